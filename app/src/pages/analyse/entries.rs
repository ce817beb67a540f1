//! The list: newest first, a part of it at a time, so that a long one stays quick.

use super::{
    lease::bar,
    reading,
    shelf::Shelf,
    story_facts::{facts, name, tags, uses},
};
use crate::browser::drawing::is_plain_click;
use crate::markup::{El, IntoView, View, el, group};
use crate::watch::Memo;
use crate::{
    browser::staff as ask,
    components::{feet::button, icon::story_picture},
    routes::Route,
    texts::{staff, t},
};
use domain::{
    consent::{Answer, Use},
    id::StoryId,
    story::{StoryPictures, StorySummary},
};
use leptos::prelude::request_animation_frame;
use std::sync::Arc;

/// The most rows in the document at once.
const ROWS: usize = 60;

/// The list and its two ways on. `chosen` are the stories to list.
pub(super) fn entries(shelf: Shelf, chosen: Memo<Vec<Arc<StorySummary>>>) -> View {
    let total = Memo::new(move |_| chosen.with(Vec::len));
    // Stories may have gone since the person went on.
    let skipped = Memo::new(move |_| {
        shelf
            .skipped
            .get()
            .min(total.get().saturating_sub(1) / ROWS * ROWS)
    });
    let rows = move || {
        let from = skipped.get();
        chosen.with(|chosen| chosen.iter().skip(from).take(ROWS).cloned().collect::<Vec<_>>())
    };
    let go = move |to: usize| {
        shelf.skipped.set(to);
        request_animation_frame(move || {
            if let Some(first) = chosen.with_untracked(|chosen| chosen.get(to).map(|story| story.id)) {
                ask::focus(&row_id(first));
            }
        });
    };
    group()
        .child(move || {
            (skipped.get() > 0).then(|| {
                button(
                    "vp-btn vp-btn--line vp-btn--small",
                    t(staff::LIBRARY_LOAD_NEWER),
                    move || go(skipped.get_untracked().saturating_sub(ROWS)),
                )
            })
        })
        .child(
            el("ol")
                .class("vp-entries")
                .attr("aria-label", t(staff::LIBRARY_LIST))
                .child(move || {
                    rows()
                        .iter()
                        .map(|story| entry(shelf, story))
                        .collect::<Vec<View>>()
                }),
        )
        .child(move || {
            (skipped.get() + ROWS < total.get()).then(|| {
                button("vp-btn vp-btn--line", t(staff::LIBRARY_LOAD_MORE), move || {
                    go(skipped.get_untracked() + ROWS);
                })
            })
        })
        .into_view()
}

/// Id of a row's link, by which focus returns to it.
pub(super) fn row_id(story: StoryId) -> String {
    ["story-", &story.to_string()].concat()
}

/// The way to open a story, with its pictures; what else a row says of it goes behind these.
pub(super) fn link(shelf: Shelf, story: &StorySummary) -> El {
    let (id, StoryPictures(first, second)) = (story.id, story.pictures);
    el("a")
        .class("vp-entry")
        .attr("id", row_id(id))
        .attr("href", [&Route::Analyse.path(), "#", &id.to_string()].concat())
        .attr("aria-current", move || {
            (shelf.open.get() == Some(id)).then_some("true")
        })
        .on("click", move |click| {
            if is_plain_click(&click) {
                click.prevent_default();
                reading::open(shelf, id);
            }
        })
        .child(
            el("span")
                .class("vp-pair")
                .attr("aria-hidden", "true")
                .child(story_picture(first))
                .child(story_picture(second)),
        )
}

fn entry(shelf: Shelf, story: &StorySummary) -> View {
    let id = story.id;
    // A choice is the only thing about a story that changes: a row is new exactly when one does.
    let choices = Use::ALL.map(|to| {
        if story.consent.answer(to) == Answer::Yes {
            "y"
        } else {
            "n"
        }
    });
    let key = [id.to_string(), choices.concat()].concat();
    // A short way for eyes (a heard story is lighter), and the words for ears.
    let heard = Memo::new(move |_| shelf.marks.is_heard(id));
    let new = move || {
        (!heard.get()).then(|| {
            el("span")
                .class("vp-hidden")
                .child(t(staff::STORY_NOT_HEARD))
                .into_view()
        })
    };
    el("li")
        .key(key)
        .toggle("is-choosing", move || shelf.held.choosing.with(Option::is_some))
        .child(bar::pick(shelf, story))
        .child(
            link(shelf, story)
                .toggle("is-known", move || heard.get())
                .child(
                    el("div")
                        .child(el("h2").child(name(story)))
                        .child(new)
                        .child(bar::here(shelf, id))
                        .child(facts(story, "vp-facts vp-small")),
                )
                .child(el("div").class("vp-entry__tags").child(tags(story)))
                .child(uses(story.consent)),
        )
        .into_view()
}
