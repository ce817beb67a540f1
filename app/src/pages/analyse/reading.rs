//! One story, opened: beside the list on a laptop, instead of it on a phone. Its text comes when it is asked for.

use super::{
    answers::answers,
    deck,
    entries::row_id,
    lease, marks, parts,
    shelf::{Contact, Reading, Shelf, Who},
    story_facts::{facts, name, spoken, tags, uses},
};
use crate::browser::fragment;
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal, on_cleanup};
use crate::{
    browser::{
        history,
        listening::{has_dialog, shows},
        staff::{self as ask, Entry},
    },
    components::{feet::button, icon::icon, story_pair::story_pair},
    texts::{staff, t},
};
use domain::{
    clip::Measuring,
    id::StoryId,
    problem::Problem,
    story::{ReadStory, SharedClip, StorySummary},
    sync::outbox::Failure,
};
use leptos::prelude::{request_animation_frame, window_event_listener};
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
        let elsewhere = key.default_prevented() || has_dialog();
        if key.key() == "Escape" && !elsewhere && shelf.open.get_untracked().is_some() {
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
    // What is being worked on may be ready with the next news.
    Effect::new(move || {
        shelf.rounds.track();
        if let Reading::Here(read) = shelf.reading.get_untracked()
            && is_waiting(&read)
            && shelf.open.get_untracked() == Some(read.summary.id)
        {
            ask_for(shelf, read.summary.id, Reading::Here(read));
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
                    if fragment::focus_is_nowhere() {
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

fn is_waiting(read: &ReadStory) -> bool {
    read.clips.iter().any(|clip| clip.measured == Measuring::Waiting)
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
    if !leptos::prelude::untrack(|| shelf.held.holds(id)) {
        return fetch_from_server(shelf, id);
    }
    // LE8: what is held is seen and heard from here, so that it goes on when the connection is lost.
    shelf.reading.set(Reading::Loading);
    spawn_local(async move {
        let held = lease::at_hand(shelf, id).await;
        if shelf.open.get_untracked() != Some(id) || shelf.reading.get_untracked() != Reading::Loading {
            return;
        }
        match held {
            Some(read) if shelf.contact.get_untracked() != Contact::Good => {
                shelf.reading.set(Reading::Here(read));
            }
            _ => fetch_from_server(shelf, id),
        }
    });
}

fn fetch_from_server(shelf: Shelf, id: StoryId) {
    if let Some(read) = shelf.was_read(id) {
        shelf.reading.set(Reading::Here(read));
        return;
    }
    shelf.reading.set(Reading::Loading);
    ask_for(shelf, id, Reading::Loading);
}

/// Asks for a story; what comes is shown when it is still open and nothing else was said of it since.
fn ask_for(shelf: Shelf, id: StoryId, before: Reading) {
    spawn_local(async move {
        let read = match ask::story(id).await {
            Ok(story) => {
                let read = Arc::new(story);
                // What is still being worked on is asked for again the next time.
                if !is_waiting(&read) {
                    shelf.keep_read(Arc::clone(&read));
                }
                Reading::Here(read)
            }
            Err(Failure::Refused {
                problem: Problem::StoryWithdrawn,
                ..
            }) => Reading::Withdrawn,
            Err(Failure::Refused {
                problem: Problem::StoryUnknown,
                ..
            }) => Reading::NotHere,
            Err(Failure::Unreachable | Failure::NotOurs) => {
                let held = lease::at_hand(shelf, id).await;
                held.map_or(Reading::Offline, Reading::Here)
            }
            Err(Failure::Refused { .. }) => Reading::Trouble,
        };
        // Another story may be open by now, or this one may have been taken back.
        let wanted =
            shelf.open.get_untracked() == Some(id) && shelf.reading.with_untracked(|now| *now == before);
        if wanted {
            shelf.reading.set(read);
        }
    });
}

/// The open story, if there is one.
pub(super) fn panel(shelf: Shelf) -> View {
    let open = Memo::new(move |_| shelf.open.get());
    (move || open.get().map(|id| section(shelf, id))).into_view()
}

fn section(shelf: Shelf, id: StoryId) -> View {
    let story = Memo::new(move |last: Option<&Option<Arc<StorySummary>>>| {
        // A story that goes leaves nothing of itself in view.
        let gone = matches!(shelf.reading.get(), Reading::Withdrawn | Reading::NotHere);
        shelf
            .open_story()
            .or_else(|| last.cloned().flatten())
            .filter(|story| !gone && story.id == id)
    });
    let large = RwSignal::new(None);
    let language = Memo::new(move |_| {
        story.with(|story| {
            story
                .as_ref()
                .map_or_else(String::new, |story| spoken(&story.language))
        })
    });
    el("section")
        .class("vp-open")
        .attr("aria-labelledby", HEADING)
        .on("scroll", move |scroll| {
            if shows(&scroll, parts::END) {
                read_to_the_end(shelf, id);
            }
        })
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-round vp-round--tint")
                .attr("aria-label", t(staff::FRAME_CLOSE))
                .on("click", move |_| close(shelf))
                .child(icon("i-close")),
        )
        .child(move || match story.get() {
            Some(story) => told(shelf, &story, large),
            None => untold(shelf, id),
        })
        .child(parts::larger(id, language, large))
        .into_view()
}

fn told(shelf: Shelf, story: &StorySummary, large: RwSignal<Option<SharedClip>>) -> View {
    let id = story.id;
    let tags = match &story.tags[..] {
        [] => el("p")
            .class("vp-soft")
            .child(t(staff::STORY_NO_TAGS))
            .into_view(),
        _ => el("p").class("vp-entry__tags").child(tags(story)).into_view(),
    };
    group()
        .child(story_pair(story.pictures))
        .child(
            el("h2")
                .class("vp-voice")
                .attr("id", HEADING)
                .attr("tabindex", "-1")
                .child(name(story)),
        )
        .child(facts(story, "vp-facts"))
        .child(move || match shelf.reading.get() {
            Reading::Here(read) if read.summary.id == id => parts::parts(shelf, &read, large),
            Reading::Here(_) => View::Nothing,
            other => standing(shelf, id, &other),
        })
        .child(tags)
        .child({
            let story = story.clone();
            move || {
                shelf
                    .project
                    .with(|project| project.as_ref().map(|project| answers(&story, project)))
            }
        })
        .child(uses(story.consent))
        .child(heard(shelf, story))
        .child(lease::bar::of_story(shelf, id))
        .into_view()
}

/// HE4: who came to the end of a story that can only be read, read it.
fn read_to_the_end(shelf: Shelf, id: StoryId) {
    if let Reading::Here(read) = shelf.reading.get_untracked()
        && read.summary.id == id
        && deck::sounds(&read.clips).next().is_none()
        && deck::waiting_sounds(&read.clips) == 0
    {
        marks::mark(shelf, id, true);
    }
}

/// The member's own mark, to set and to take back.
fn heard(shelf: Shelf, story: &StorySummary) -> View {
    let id = story.id;
    let aloud = story.millis > 0;
    let is_heard = Memo::new(move |_| shelf.marks.is_heard(id));
    let later = Memo::new(move |_| shelf.marks.waits(id) && shelf.contact.get() != Contact::Good);
    let word = t(if aloud {
        staff::HEARD_HEARD
    } else {
        staff::HEARD_READ
    });
    let turn = move || {
        let heard = !is_heard.get_untracked();
        if !heard {
            deck::forget_heard(shelf, id);
        }
        marks::mark(shelf, id, heard);
    };
    el("div")
        .class("vp-heard")
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-chip")
                .attr(
                    "aria-pressed",
                    move || if is_heard.get() { "true" } else { "false" },
                )
                .on("click", move |_| turn())
                .child(icon("i-check"))
                .child(el("span").child(word)),
        )
        .child(el("p").class("vp-small vp-soft").child(t(staff::HEARD_OWN)))
        .child(
            el("p")
                .class("vp-small")
                .attr("role", "status")
                .child(move || later.get().then(|| t(staff::HEARD_LATER))),
        )
        .into_view()
}

/// There is nothing to show of it: not yet, or not any more.
fn untold(shelf: Shelf, id: StoryId) -> View {
    el("div")
        .class("vp-empty")
        .child(move || match shelf.reading.get() {
            Reading::Withdrawn => heading(t(staff::STORY_WITHDRAWN)),
            Reading::NotHere => heading(t(staff::STORY_NOT_HERE)),
            other => group()
                .child(heading(t(staff::STORY_HEADING)))
                .child(standing(shelf, id, &other))
                .into_view(),
        })
        .into_view()
}

fn heading(words: &'static str) -> View {
    el("h2")
        .class("vp-voice")
        .attr("id", HEADING)
        .attr("tabindex", "-1")
        .child(words)
        .into_view()
}

fn standing(shelf: Shelf, id: StoryId, reading: &Reading) -> View {
    let words = match reading {
        Reading::Loading => {
            return el("p")
                .attr("role", "status")
                .child(t(staff::STORY_LOADING))
                .into_view();
        }
        Reading::Offline => staff::STORY_OFFLINE,
        _ => staff::PROBLEM_OTHER,
    };
    let again = button("vp-btn vp-btn--line", t(staff::LIBRARY_AGAIN), move || {
        fetch(shelf, id);
    });
    group()
        .child(el("p").attr("role", "status").child(t(words)))
        .child(again)
        .into_view()
}
