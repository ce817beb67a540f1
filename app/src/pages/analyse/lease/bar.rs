//! What a person sees of taking stories along: the way to it, choosing, how far it is, and what is here until when.

use super::{
    super::{
        library::HEADING,
        shelf::{Contact, Shelf, Who},
        story_facts::name_in_words,
    },
    Taking, put_back,
    taking::{has_little_room, take},
};
use crate::browser::spawn_local;
use crate::browser::{dates, staff as ask};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Memo, RwSignal};
use crate::{
    components::{
        feet::button,
        icon::icon,
        notice::{live, notice_of},
    },
    texts::{fill, staff, t},
};
use domain::{
    id::StoryId,
    story::StorySummary,
    sync::lease::{LEASE_STORIES, Lease},
};
use leptos::prelude::request_animation_frame;
use std::{collections::BTreeSet, sync::Arc};

/// Id of the heading above choosing.
const CHOOSE: &str = "lease-choose";
const LINE: &str = "vp-btn vp-btn--line vp-btn--small";
const QUIET: &str = "vp-btn vp-btn--quiet vp-btn--small";

/// Everything about it that stands above the list. `chosen` are the stories in view.
pub(in super::super) fn bar(shelf: Shelf, chosen: Memo<Vec<Arc<StorySummary>>>) -> View {
    let held = shelf.held;
    let choosing = Memo::new(move |_| held.choosing.with(Option::is_some));
    let going = Memo::new(move |_| matches!(held.taking.get(), Taking::Going { .. }));
    let stands = move || {
        if going.get() {
            View::Nothing
        } else if choosing.get() {
            choose(shelf, chosen)
        } else {
            here_or_offer(shelf)
        }
    };
    group()
        .child(live(move || progress(shelf)))
        .child(stands)
        .into_view()
}

/// How far it is, what failed, and what just became of it.
fn progress(shelf: Shelf) -> Option<View> {
    let held = shelf.held;
    match held.taking.get() {
        Taking::Going { done, of } => {
            let (done, total) = (done.to_string(), of.to_string());
            let words = fill(staff::LEASE_PROGRESS, &[("done", &done), ("total", &total)]);
            let line = el("div")
                .class("vp-lease vp-lease--going")
                .child(icon("i-save"))
                .child(el("p").child([&words, " ", t(staff::LEASE_STAY)].concat()))
                .child(
                    el("progress")
                        .attr("aria-hidden", "true")
                        .attr("max", total)
                        .attr("value", done),
                );
            Some(line.into_view())
        }
        Taking::Failed { stories, why } => {
            let words = fill(why.words(), &[("count", &stories.len().to_string())]);
            let ways = group()
                .child(button(LINE, t(staff::LIBRARY_AGAIN), move || {
                    take(shelf, stories.clone());
                }))
                .child(button(QUIET, t(staff::FRAME_CLOSE), move || {
                    held.taking.set(Taking::Not);
                }));
            Some(notice_of("i-cloud-off", words.into_view(), ways.into_view()))
        }
        Taking::Not => held
            .says
            .get()
            .map(|says| notice_of("i-check", t(says).into_view(), View::Nothing)),
    }
}

fn here_or_offer(shelf: Shelf) -> View {
    let held = shelf.held;
    let online = shelf.contact.get() == Contact::Good && matches!(shelf.who.get(), Who::In(_));
    let has_stories = shelf.complete.get() && shelf.stories.with(|stories| !stories.is_empty());
    let may_take = online && has_stories;
    let begin = move || {
        held.says.set(None);
        held.choosing.set(Some(BTreeSet::new()));
        // The button goes with what it was for.
        request_animation_frame(|| _ = ask::focus(CHOOSE));
    };
    let line = held.lease.with(|lease| lease.as_ref().map(line));
    match line {
        Some(words) => {
            let more = may_take.then(|| button(QUIET, t(staff::LEASE_MORE), begin));
            el("div")
                .class("vp-lease")
                .child(icon("i-save"))
                .child(el("p").child(words))
                .child(more)
                .child(button(QUIET, t(staff::LEASE_PUT_BACK_ALL), move || {
                    put_back(shelf, None);
                    to_the_list();
                }))
                .into_view()
        }
        None if may_take => el("div")
            .class("vp-lease vp-lease--offer")
            .child(button(QUIET, t(staff::LEASE_OFFER), begin))
            .into_view(),
        None => View::Nothing,
    }
}

fn line(lease: &Lease) -> String {
    let (count, date) = (lease.stories().len().to_string(), dates::day(lease.until()));
    fill(staff::LEASE_LINE, &[("count", &count), ("date", &date)])
}

/// What was pressed is gone: on from the heading of the list.
fn to_the_list() {
    request_animation_frame(|| _ = ask::focus(HEADING));
}

/// Choosing what to take along.
fn choose(shelf: Shelf, chosen: Memo<Vec<Arc<StorySummary>>>) -> View {
    let held = shelf.held;
    let says = RwSignal::new(None::<String>);
    let little = RwSignal::new(false);
    spawn_local(async move {
        little.try_set(has_little_room().await);
    });
    let count = Memo::new(move |_| {
        held.choosing
            .with(|choice| choice.as_ref().map_or(0, BTreeSet::len))
    });
    let all = move || {
        let room = LEASE_STORIES.saturating_sub(
            held.lease
                .with_untracked(|lease| lease.as_ref().map_or(0, |lease| lease.stories().len())),
        );
        let ids = chosen.with_untracked(|stories| stories.iter().map(|story| story.id).collect::<Vec<_>>());
        let new = ids.into_iter().filter(|id| !held.holds_now(*id));
        let some: BTreeSet<StoryId> = new.take(room).collect();
        held.choosing.set(Some(some));
    };
    let go = move || {
        let ids = held.choosing.get_untracked().unwrap_or_default();
        let here = held
            .lease
            .with_untracked(|lease| lease.as_ref().map_or(0, |lease| lease.stories().len()));
        if ids.is_empty() {
            says.set(Some(t(staff::LEASE_NOTHING).to_owned()));
        } else if ids.len() + here > LEASE_STORIES {
            let most = LEASE_STORIES.to_string();
            says.set(Some(fill(staff::LEASE_MOST, &[("count", &most)])));
        } else {
            // In the order in which they are seen.
            let seen = shelf
                .stories
                .with_untracked(|stories| stories.iter().map(|story| story.id).collect::<Vec<_>>());
            take(shelf, seen.into_iter().filter(|id| ids.contains(id)).collect());
            to_the_list();
        }
    };
    el("section")
        .class("vp-lease-choose")
        .attr("aria-label", t(staff::LEASE_OFFER))
        .child(
            el("h2")
                .attr("id", CHOOSE)
                .attr("tabindex", "-1")
                .child(t(staff::LEASE_CHOOSE)),
        )
        .child(el("p").class("vp-small").child(t(staff::LEASE_MEANS)))
        .child(move || {
            little.get().then(|| {
                el("p")
                    .class("vp-small")
                    .child(t(staff::LEASE_LITTLE_ROOM))
                    .into_view()
            })
        })
        .child(el("p").attr("role", "status").child(move || {
            let chosen = fill(staff::LEASE_CHOSEN, &[("count", &count.get().to_string())]);
            says.get().unwrap_or(chosen)
        }))
        .child(
            el("div")
                .class("vp-lease-choose__ways")
                .child(button(
                    "vp-btn vp-btn--main vp-btn--small",
                    t(staff::LEASE_TAKE),
                    go,
                ))
                .child(button(LINE, t(staff::LEASE_ALL), all))
                .child(button(QUIET, t(staff::LEASE_STOP), move || {
                    held.choosing.set(None);
                    to_the_list();
                })),
        )
        .into_view()
}

/// The box beside a story, while somebody chooses.
pub(in super::super) fn pick(shelf: Shelf, story: &StorySummary) -> View {
    let (held, id) = (shelf.held, story.id);
    let name = fill(staff::LEASE_PICK, &[("title", &name_in_words(story))]);
    let shows = Memo::new(move |_| held.choosing.with(Option::is_some) && !held.holds(id));
    (move || {
        let name = name.clone();
        shows.get().then(|| {
            let is_chosen = move || {
                let has =
                    |choice: &Option<BTreeSet<StoryId>>| choice.as_ref().is_some_and(|c| c.contains(&id));
                held.choosing.with(has)
            };
            el("label")
                .class("vp-pick")
                .child(
                    el("input")
                        .attr("type", "checkbox")
                        .attr("aria-label", name)
                        .prop("checked", move || is_chosen().then_some("checked"))
                        .on("change", move |_| {
                            held.choosing.update(|choice| {
                                if let Some(choice) = choice
                                    && !choice.remove(&id)
                                {
                                    choice.insert(id);
                                }
                            });
                        }),
                )
                .into_view()
        })
    })
    .into_view()
}

/// Says of a story in the list that it is here.
pub(in super::super) fn here(shelf: Shelf, id: StoryId) -> View {
    let is_here = Memo::new(move |_| shelf.held.holds(id));
    (move || {
        is_here.get().then(|| {
            el("span")
                .class("vp-here vp-small")
                .child(icon("i-save"))
                .child(el("span").child(t(staff::LEASE_HERE)))
                .into_view()
        })
    })
    .into_view()
}

/// Says of the open story that it is here, with the way to take it off.
pub(in super::super) fn of_story(shelf: Shelf, id: StoryId) -> View {
    let is_here = Memo::new(move |_| shelf.held.holds(id));
    (move || {
        is_here.get().then(|| {
            el("div")
                .class("vp-lease")
                .child(icon("i-save"))
                .child(el("p").class("vp-small").child(t(staff::LEASE_HERE)))
                .child(button(QUIET, t(staff::LEASE_PUT_BACK), move || {
                    put_back(shelf, Some(id));
                }))
                .into_view()
        })
    })
    .into_view()
}

/// What is said of being without internet, while what is held is all there is to see; watched.
pub(in super::super) fn alone(shelf: Shelf) -> Option<String> {
    if !shelf.held.alone.get() {
        return None;
    }
    let date = shelf
        .held
        .lease
        .with(|lease| lease.as_ref().map(|lease| dates::day(lease.until())))?;
    let count = shelf.stories.with(Vec::len);
    Some(match count {
        1 => fill(staff::LEASE_ALONE_ONE, &[("date", &date)]),
        many => fill(
            staff::LEASE_ALONE,
            &[("count", &many.to_string()), ("date", &date)],
        ),
    })
}
