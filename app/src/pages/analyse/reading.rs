//! One story, opened: beside the list on a laptop, instead of it on a phone. Its text comes when it is asked for.

use super::{
    entries::row_id,
    shelf::{Contact, Reading, Shelf, Who},
    story_facts::{facts, name, spoken, tags, uses},
};
use crate::watch::{Effect, Memo};
use crate::{
    browser::{
        history,
        staff::{self as ask, Entry},
    },
    components::{feet::button, icon::icon, story_pair::story_pair},
    texts::{staff, t},
};
use domain::{id::StoryId, problem::Problem, story::StorySummary, sync::outbox::Failure};
use leptos::{prelude::*, task::spawn_local};
use std::{cell::Cell, sync::Arc};

/// Id of the open story's heading.
const HEADING: &str = "open-story";

thread_local! {
    // Whether opening made an entry in the history, to which closing can return.
    static PUSHED: Cell<bool> = const { Cell::new(false) };
}

/// Opens a story. Back closes it again, as on every phone; going from one to the next makes no further steps.
pub(super) fn open(shelf: Shelf, id: StoryId) {
    let entry = if shelf.open.get_untracked().is_some() {
        Entry::Replace
    } else {
        Entry::Push
    };
    if entry == Entry::Push {
        PUSHED.set(true);
    }
    ask::show_fragment(Some(&id.to_string()), entry);
    shelf.open.set(Some(id));
    request_animation_frame(|| _ = ask::focus(HEADING));
}

/// Closes the open story; focus returns to its row.
pub(super) fn close(shelf: Shelf) {
    if PUSHED.get() {
        // The answer is an event, heard by `follow_address`.
        history::back();
    } else {
        ask::show_fragment(None, Entry::Replace);
        take_address(shelf);
    }
}

/// Opens what the address names, now and whenever a person goes back or forward. Call it when the page is drawn.
pub(super) fn follow_address(shelf: Shelf) {
    shelf.open.set(named());
    let back = window_event_listener(leptos::ev::popstate, move |_| take_address(shelf));
    let escape = window_event_listener(leptos::ev::keydown, move |key| {
        if key.key() == "Escape" && !key.default_prevented() && shelf.open.get_untracked().is_some() {
            close(shelf);
        }
    });
    on_cleanup(move || {
        back.remove();
        escape.remove();
    });
    // Who comes in sees the story that the address named before.
    Effect::new(move |_| {
        let is_in = matches!(shelf.who.get(), Who::In(_));
        if let Some(id) = shelf.open.get()
            && is_in
        {
            fetch(shelf, id);
        }
    });
    Effect::new(move |_| {
        let again = matches!(shelf.reading.get_untracked(), Reading::Offline | Reading::Trouble);
        if shelf.contact.get() == Contact::Good
            && again
            && let Some(id) = shelf.open.get_untracked()
        {
            fetch(shelf, id);
        }
    });
    Effect::new(move |before: Option<Option<Arc<StorySummary>>>| {
        let (before, now, open) = (before.flatten(), shelf.open_story(), shelf.open.get());
        let same = before.filter(|before| Some(before.id) == open);
        match (&same, &now) {
            (Some(before), Some(now)) if before.consent != now.consent => {
                shelf.news.set(t(staff::STORY_CHANGED).to_owned());
            }
            // A story that was here and is not is one that its teller took back.
            (Some(_), None) if shelf.complete.get_untracked() => {
                shelf.reading.set(Reading::Withdrawn);
                shelf.news.set(t(staff::STORY_WITHDRAWN).to_owned());
                request_animation_frame(|| {
                    if ask::focus_is_nowhere() {
                        ask::focus(HEADING);
                    }
                });
            }
            // While everything comes in anew it may seem gone.
            (Some(_), None) => return same,
            _ => {}
        }
        now
    });
}

fn named() -> Option<StoryId> {
    ask::fragment()?.parse().ok()
}

fn take_address(shelf: Shelf) {
    let (before, now) = (shelf.open.get_untracked(), named());
    if before == now {
        return;
    }
    shelf.open.set(now);
    if now.is_none() {
        PUSHED.set(false);
    }
    request_animation_frame(move || match (now, before) {
        (Some(_), _) => _ = ask::focus(HEADING),
        // The row may be gone with its story.
        (None, Some(before)) if !ask::focus(&row_id(before)) => _ = ask::focus(super::library::HEADING),
        _ => {}
    });
}

fn fetch(shelf: Shelf, id: StoryId) {
    if let Some(text) = shelf.text(id) {
        shelf.reading.set(Reading::Text(text));
        return;
    }
    shelf.reading.set(Reading::Loading);
    spawn_local(async move {
        let read = match ask::story(id).await {
            Ok(story) => {
                shelf.keep_text(id, story.text.clone());
                Reading::Text(story.text)
            }
            Err(Failure::Refused {
                problem: Problem::StoryWithdrawn,
                ..
            }) => Reading::Withdrawn,
            Err(Failure::Refused {
                problem: Problem::StoryUnknown,
                ..
            }) => Reading::NotHere,
            Err(Failure::Unreachable | Failure::NotOurs) => Reading::Offline,
            Err(Failure::Refused { .. }) => Reading::Trouble,
        };
        // Another story may be open by now, or this one may have been taken back.
        let wanted =
            shelf.open.get_untracked() == Some(id) && shelf.reading.get_untracked() == Reading::Loading;
        if wanted {
            shelf.reading.set(read);
        }
    });
}

/// The open story, if there is one.
pub(super) fn panel(shelf: Shelf) -> AnyView {
    let open = Memo::new(move |_| shelf.open.get());
    (move || open.get().map(|id| section(shelf, id))).into_any()
}

fn section(shelf: Shelf, id: StoryId) -> AnyView {
    let story = Memo::new(move |last: Option<&Option<Arc<StorySummary>>>| {
        // A story that goes leaves nothing of itself in view.
        let gone = matches!(shelf.reading.get(), Reading::Withdrawn | Reading::NotHere);
        shelf
            .open_story()
            .or_else(|| last.cloned().flatten())
            .filter(|story| !gone && story.id == id)
    });
    view! {
        <section class="vp-open" aria-labelledby=HEADING>
            <button
                type="button"
                class="vp-round vp-round--tint"
                aria-label=t(staff::FRAME_CLOSE)
                on:click=move |_| close(shelf)
            >
                {icon("i-close")}
            </button>
            {move || match story.get() {
                Some(story) => told(shelf, &story),
                None => untold(shelf, id),
            }}
        </section>
    }
    .into_any()
}

fn told(shelf: Shelf, story: &StorySummary) -> AnyView {
    let (id, language) = (story.id, spoken(&story.language));
    let tags = match &story.tags[..] {
        [] => view! { <p class="vp-soft">{t(staff::STORY_NO_TAGS)}</p> }.into_any(),
        _ => view! { <p class="vp-entry__tags">{tags(story)}</p> }.into_any(),
    };
    view! {
        {story_pair(story.pictures)}
        <h2 class="vp-voice" id=HEADING tabindex="-1">
            {name(story)}
        </h2>
        {facts(story, "vp-facts")}
        {move || match shelf.reading.get() {
            Reading::Text(Some(text)) => {
                view! {
                    <p class="vp-open__text" lang=language.clone() dir="auto" translate="no">
                        {text}
                    </p>
                }
                    .into_any()
            }
            Reading::Text(None) => ().into_any(),
            other => standing(shelf, id, &other),
        }}
        {tags}
        {uses(story.consent)}
    }
    .into_any()
}

/// There is nothing to show of it: not yet, or not any more.
fn untold(shelf: Shelf, id: StoryId) -> AnyView {
    view! {
        <div class="vp-empty">
            {move || match shelf.reading.get() {
                Reading::Withdrawn => heading(t(staff::STORY_WITHDRAWN)),
                Reading::NotHere => heading(t(staff::STORY_NOT_HERE)),
                other => view! { {heading(t(staff::STORY_HEADING))} {standing(shelf, id, &other)} }.into_any(),
            }}
        </div>
    }
    .into_any()
}

fn heading(words: &'static str) -> AnyView {
    view! { <h2 class="vp-voice" id=HEADING tabindex="-1">{words}</h2> }.into_any()
}

fn standing(shelf: Shelf, id: StoryId, reading: &Reading) -> AnyView {
    let words = match reading {
        Reading::Loading => return view! { <p role="status">{t(staff::STORY_LOADING)}</p> }.into_any(),
        Reading::Offline => staff::STORY_OFFLINE,
        _ => staff::PROBLEM_OTHER,
    };
    let again = button("vp-btn vp-btn--line", t(staff::LIBRARY_AGAIN), move || {
        fetch(shelf, id);
    });
    view! {
        <p role="status">{t(words)}</p>
        {again}
    }
    .into_any()
}
