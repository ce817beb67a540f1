//! The two story pictures, by which people recognise a story without title or name.

use super::icon::story_picture;
use crate::markup::{IntoView, View, el};
use crate::texts::{Text, t, tell};
use domain::story::{PICTURE_COUNT, StoryPictures};

/// The names, by number.
#[rustfmt::skip]
const NAMES: [Text; PICTURE_COUNT as usize] = [
    tell::PICTURE_0, tell::PICTURE_1, tell::PICTURE_2, tell::PICTURE_3,
    tell::PICTURE_4, tell::PICTURE_5, tell::PICTURE_6, tell::PICTURE_7,
    tell::PICTURE_8, tell::PICTURE_9, tell::PICTURE_10, tell::PICTURE_11,
    tell::PICTURE_12, tell::PICTURE_13, tell::PICTURE_14, tell::PICTURE_15,
    tell::PICTURE_16, tell::PICTURE_17, tell::PICTURE_18, tell::PICTURE_19,
    tell::PICTURE_20, tell::PICTURE_21, tell::PICTURE_22, tell::PICTURE_23,
    tell::PICTURE_24, tell::PICTURE_25, tell::PICTURE_26, tell::PICTURE_27,
    tell::PICTURE_28, tell::PICTURE_29, tell::PICTURE_30, tell::PICTURE_31,
    tell::PICTURE_32, tell::PICTURE_33, tell::PICTURE_34, tell::PICTURE_35,
    tell::PICTURE_36, tell::PICTURE_37, tell::PICTURE_38, tell::PICTURE_39,
    tell::PICTURE_40, tell::PICTURE_41, tell::PICTURE_42, tell::PICTURE_43,
    tell::PICTURE_44, tell::PICTURE_45, tell::PICTURE_46, tell::PICTURE_47,
    tell::PICTURE_48, tell::PICTURE_49, tell::PICTURE_50, tell::PICTURE_51,
    tell::PICTURE_52, tell::PICTURE_53, tell::PICTURE_54, tell::PICTURE_55,
    tell::PICTURE_56, tell::PICTURE_57, tell::PICTURE_58, tell::PICTURE_59,
    tell::PICTURE_60, tell::PICTURE_61, tell::PICTURE_62, tell::PICTURE_63,
];

/// The two pictures, named for a screen reader.
pub fn story_pair(pictures: StoryPictures) -> View {
    let StoryPictures(first, second) = pictures;
    el("span")
        .class("vp-pair")
        .attr("role", "img")
        .attr("aria-label", pair_name(pictures))
        .child(story_picture(first))
        .child(story_picture(second))
        .into_view()
}

/// Both names: "vis, fiets". With a comma, because "en" is a different word in each language.
pub fn pair_name(StoryPictures(first, second): StoryPictures) -> String {
    [picture_name(first), ", ", picture_name(second)].concat()
}

/// The name of one story picture.
pub fn picture_name(number: u8) -> &'static str {
    NAMES.get(usize::from(number)).map_or("", |name| t(*name))
}
