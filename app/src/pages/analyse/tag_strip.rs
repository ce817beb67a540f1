//! The tags of the stories that are here, as tiles to choose by. Each says how many of the chosen stories have it.

use super::shelf::Shelf;
use crate::markup::{IntoView, View, el};
use crate::watch::Memo;
use crate::{
    components::{feet::button, icon::pictogram, tag_word::tag_word},
    texts::{staff, t},
};
use domain::{story::StorySummary, tag::Tag};

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

/// How many tiles there are before "Meer labels".
const FIRST: usize = 12;

/// The strip. `chosen` are the stories that are left.
pub(super) fn tag_strip(shelf: Shelf, chosen: Memo<Vec<Arc<StorySummary>>>) -> View {
    // In the order of all stories and not of those that are left, so that no tile moves under a finger.
    let order = Memo::new(move |_| shelf.stories.with(|stories| by_frequency(stories)));
    let counts = Memo::new(move |_| chosen.with(|stories| count(stories)));
    let shown = move || {
        let mut tags = order.get();
        if !shelf.all_tags.get() {
            let tags_chosen = shelf.tags.get();
            let mut place = 0;
            tags.retain(|tag| {
                place += 1;
                place <= FIRST || tags_chosen.contains(tag)
            });
        }
        tags
    };
    let more = move || {
        (order.with(Vec::len) > FIRST).then(|| {
            let all = shelf.all_tags.get();
            let word = t(if all {
                staff::LIBRARY_FEWER_TAGS
            } else {
                staff::LIBRARY_MORE_TAGS
            });
            let button = button("vp-btn vp-btn--quiet vp-btn--small", word, move || {
                shelf.all_tags.set(!all);
            });
            el("li").child(button).into_view()
        })
    };
    let any = Memo::new(move |_| order.with(|order| !order.is_empty()));
    let strip = move || {
        any.get().then(|| {
            el("ul")
                .class("vp-strip")
                .attr("aria-label", t(staff::LIBRARY_FILTER_TAGS))
                .child(move || {
                    shown()
                        .into_iter()
                        .map(|tag| tile(shelf, counts, tag))
                        .collect::<Vec<View>>()
                })
                .child(more)
        })
    };
    strip.into_view()
}

fn tile(shelf: Shelf, counts: Memo<BTreeMap<Tag, usize>>, tag: Tag) -> View {
    let (picture, word) = match &tag {
        Tag::Set(key) => (Some(pictogram(&["p-", key].concat())), tag_word(key)),
        Tag::Own(word) => (None, word.clone()),
    };
    let (here, counted) = (tag.clone(), tag.clone());
    let pressed = move || shelf.tags.with(|tags| tags.contains(&here)).to_string();
    let number = move || {
        counts
            .with(|counts| counts.get(&counted).copied().unwrap_or(0))
            .to_string()
    };
    let own = picture.is_none();
    let key = match &tag {
        Tag::Set(key) => ["set ", key].concat(),
        Tag::Own(word) => ["own ", word].concat(),
    };
    el("li")
        .key(key)
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-tile")
                .attr("aria-pressed", pressed)
                .on("click", move |_| {
                    shelf.skipped.set(0);
                    shelf.tags.update(|tags| {
                        if !tags.remove(&tag) {
                            tags.insert(tag.clone());
                        }
                    });
                })
                .child(picture)
                .child(
                    el("bdi")
                        .attr("dir", "auto")
                        .attr("translate", own.then_some("no"))
                        .child(word),
                )
                .child(" ")
                .child(el("b").class("vp-num").child(number)),
        )
        .into_view()
}

fn count(stories: &[Arc<StorySummary>]) -> BTreeMap<Tag, usize> {
    let mut counts = BTreeMap::new();
    for tag in stories.iter().flat_map(|story| &story.tags) {
        *counts.entry(tag.clone()).or_insert(0) += 1;
    }
    counts
}

/// The most frequent first; a teller's own words after the pictures that are as frequent.
fn by_frequency(stories: &[Arc<StorySummary>]) -> Vec<Tag> {
    let mut tags: Vec<(Tag, usize)> = count(stories).into_iter().collect();
    tags.sort_by_key(|(tag, count)| (Reverse(*count), matches!(tag, Tag::Own(_))));
    tags.into_iter().map(|(tag, _)| tag).collect()
}
