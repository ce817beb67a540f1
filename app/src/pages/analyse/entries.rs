//! The list: newest first, a part of it at a time, so that a long one stays quick.

use super::{
    reading,
    shelf::Shelf,
    story_facts::{facts, name, tags, uses},
};
use crate::watch::Memo;
use crate::{
    browser::staff as ask,
    components::{feet::button, icon::story_picture},
    routes::Route,
    texts::{staff, t},
};
use domain::{
    consent::Answer,
    id::StoryId,
    story::{StoryPictures, StorySummary},
};
use leptos::{ev::MouseEvent, prelude::*};
use std::sync::Arc;

/// The most rows in the document at once.
const ROWS: usize = 60;

/// The list and its two ways on. `chosen` are the stories to list.
pub(super) fn entries(shelf: Shelf, chosen: Memo<Vec<Arc<StorySummary>>>) -> AnyView {
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
    view! {
        {move || {
            (skipped.get() > 0)
                .then(|| {
                    button(
                        "vp-btn vp-btn--line vp-btn--small",
                        t(staff::LIBRARY_LOAD_NEWER),
                        move || go(skipped.get_untracked().saturating_sub(ROWS)),
                    )
                })
        }}
        <ol class="vp-entries" aria-label=t(staff::LIBRARY_LIST)>
            <For each=rows key=|story| (story.id, story.consent.bits()) children=move |story| entry(shelf, &story) />
        </ol>
        {move || {
            (skipped.get() + ROWS < total.get())
                .then(|| {
                    button(
                        "vp-btn vp-btn--line",
                        t(staff::LIBRARY_LOAD_MORE),
                        move || go(skipped.get_untracked() + ROWS),
                    )
                })
        }}
    }
    .into_any()
}

/// A choice is the only thing about a story that changes: a row is drawn anew exactly when one does.
trait Bits {
    fn bits(&self) -> [bool; 4];
}

impl Bits for domain::consent::Choices {
    fn bits(&self) -> [bool; 4] {
        [self.analysis, self.meeting, self.report, self.public].map(|answer| answer == Answer::Yes)
    }
}

/// Id of a row's link, by which focus returns to it.
pub(super) fn row_id(story: StoryId) -> String {
    ["story-", &story.to_string()].concat()
}

fn entry(shelf: Shelf, story: &StorySummary) -> AnyView {
    let id = story.id;
    let StoryPictures(first, second) = story.pictures;
    let address = [&Route::Analyse.path(), "#", &id.to_string()].concat();
    view! {
        <li>
            <a
                class="vp-entry"
                id=row_id(id)
                href=address
                aria-current=move || (shelf.open.get() == Some(id)).then_some("true")
                on:click=move |click: MouseEvent| {
                    let plain = click.button() == 0
                        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key());
                    if plain {
                        click.prevent_default();
                        reading::open(shelf, id);
                    }
                }
            >
                <span class="vp-pair" aria-hidden="true">
                    {story_picture(first)}
                    {story_picture(second)}
                </span>
                <div>
                    <h2>{name(story)}</h2>
                    {facts(story, "vp-facts vp-small")}
                </div>
                <div class="vp-entry__tags">{tags(story)}</div>
                {uses(story.consent)}
            </a>
        </li>
    }
    .into_any()
}
