//! The word and the picture of a tag.

use super::icon::pictogram;
use crate::markup::{IntoView, View, el};
use crate::texts::{Text, t, tell};
use domain::tag::Tag;

/// Every key of the set with its word.
const WORDS: [(&str, Text); 34] = [
    ("work", tell::TAG_WORK),
    ("looking-for-work", tell::TAG_LOOKING_FOR_WORK),
    ("volunteering", tell::TAG_VOLUNTEERING),
    ("money", tell::TAG_MONEY),
    ("bills", tell::TAG_BILLS),
    ("benefits", tell::TAG_BENEFITS),
    ("learning", tell::TAG_LEARNING),
    ("language", tell::TAG_LANGUAGE),
    ("transport", tell::TAG_TRANSPORT),
    ("safe", tell::TAG_SAFE),
    ("letters", tell::TAG_LETTERS),
    ("forms", tell::TAG_FORMS),
    ("municipality", tell::TAG_MUNICIPALITY),
    ("rules", tell::TAG_RULES),
    ("waiting", tell::TAG_WAITING),
    ("papers", tell::TAG_PAPERS),
    ("devices", tell::TAG_DEVICES),
    ("housing", tell::TAG_HOUSING),
    ("neighbourhood", tell::TAG_NEIGHBOURHOOD),
    ("worries", tell::TAG_WORRIES),
    ("angry", tell::TAG_ANGRY),
    ("hope", tell::TAG_HOPE),
    ("neighbours", tell::TAG_NEIGHBOURS),
    ("family", tell::TAG_FAMILY),
    ("children", tell::TAG_CHILDREN),
    ("meeting-people", tell::TAG_MEETING_PEOPLE),
    ("alone", tell::TAG_ALONE),
    ("help", tell::TAG_HELP),
    ("caring", tell::TAG_CARING),
    ("food", tell::TAG_FOOD),
    ("outdoors", tell::TAG_OUTDOORS),
    ("proud", tell::TAG_PROUD),
    ("fair", tell::TAG_FAIR),
    ("health", tell::TAG_HEALTH),
];

/// The word of a tag of the set in the screen's language; a key nobody knows is its own word.
pub fn tag_word(key: &str) -> String {
    WORDS
        .iter()
        .find(|(known, _)| *known == key)
        .map_or(key, |(_, word)| t(*word))
        .to_owned()
}

/// A tag as it stands under a story: picture and word, or the teller's own word.
pub fn tag_chip(tag: &Tag) -> View {
    match tag {
        Tag::Set(key) => el("span")
            .class("vp-tag")
            .child(pictogram(&["p-", key].concat()))
            .child(el("span").child(tag_word(key)))
            .into_view(),
        Tag::Own(word) => el("span")
            .class("vp-tag")
            .child(
                el("bdi")
                    .attr("dir", "auto")
                    .attr("translate", "no")
                    .child(word.clone()),
            )
            .into_view(),
    }
}
