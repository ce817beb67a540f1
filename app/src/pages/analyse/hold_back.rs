//! Holding a story back, and what managers see of stories that are (WH). It narrows, so it asks no second question: undo
//! stands beside it.

use super::{
    entries,
    manage::sign_in::role_word,
    reading,
    shelf::{Shelf, Who},
    states::Reading,
    story_facts::name,
};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Memo, RwSignal};
use crate::{
    browser::{ambient::Random, dates, drawing::value_of, spawn_local, staff as ask},
    components::{feet::button, icon::icon, notice::status},
    texts::{Text, fill, staff, t},
};
use domain::{
    Nonce,
    command::Command,
    id::{CommandId, StoryId},
    problem::Problem,
    story::StorySummary,
    sync::{
        outbox::Failure,
        protocol::{Envelope, PROTOCOL, SyncRequest, Verdict},
    },
    withheld::{Ground, HoldBack, LetThrough, NOTE_LIMIT, Withheld},
};
use std::sync::Arc;

const LINE: &str = "vp-btn vp-btn--line vp-btn--small";

/// The words of a ground.
fn ground_word(ground: Ground) -> Text {
    match ground {
        Ground::ThirdPerson => staff::HELD_THIRD_PERSON,
        Ground::Danger => staff::HELD_DANGER,
        Ground::NotAStory => staff::HELD_NOT_A_STORY,
        Ground::Other => staff::HELD_OTHER,
    }
}

/// Below an open story: the way to hold it back or, for managers, why it is and the way to let it through.
pub(super) fn panel(shelf: Shelf, story: &StorySummary) -> View {
    match &story.withheld {
        Some(withheld) => held(shelf, story.id, withheld),
        None => form(shelf, story.id),
    }
}

/// What the screen says of a story that was held back here a moment ago, with the way back.
pub(super) fn just_done(shelf: Shelf, story: StoryId) -> View {
    let says = RwSignal::new(None);
    group()
        .child(el("p").child(t(staff::HELD_DONE)))
        .child(button(LINE, t(staff::HELD_UNDO), move || {
            let_through(shelf, story, says);
        }))
        .child(status(says))
        .into_view()
}

fn held(shelf: Shelf, story: StoryId, withheld: &Withheld) -> View {
    let says = RwSignal::new(None);
    let date = dates::day(withheld.at);
    let by = fill(
        staff::HELD_BY,
        &[("role", t(role_word(withheld.role))), ("date", &date)],
    );
    let note = withheld.note.clone().map(|note| {
        el("p")
            .class("vp-hold__note")
            .child(el("bdi").attr("dir", "auto").attr("translate", "no").child(note))
            .into_view()
    });
    el("section")
        .class("vp-hold is-held")
        .attr("aria-labelledby", "held")
        .child(el("h3").attr("id", "held").child(t(staff::HELD_TITLE)))
        .child(el("p").child(t(ground_word(withheld.ground))))
        .child(note)
        .child(el("p").class("vp-small vp-soft").child(by))
        .child(button(LINE, t(staff::HELD_LET_THROUGH), move || {
            let_through(shelf, story, says);
        }))
        .child(status(says))
        .into_view()
}

fn form(shelf: Shelf, story: StoryId) -> View {
    let open = RwSignal::new(false);
    let (ground, note) = (RwSignal::new(None::<Ground>), RwSignal::new(String::new()));
    let says = RwSignal::new(None);
    let choice = move |own: Ground| {
        el("label")
            .class("vp-hold__ground")
            .child(
                el("input")
                    .attr("type", "radio")
                    .attr("name", "ground")
                    .prop("checked", move || (ground.get() == Some(own)).then_some("true"))
                    .on("change", move |_| ground.set(Some(own))),
            )
            .child(el("span").child(t(ground_word(own))))
            .into_view()
    };
    let act = move || {
        let Some(ground) = ground.get_untracked() else {
            return says.set(Some(t(staff::HELD_CHOOSE).to_owned()));
        };
        let note = note.get_untracked();
        let note = Some(note.trim()).filter(|note| !note.is_empty());
        let hold = HoldBack {
            story,
            ground,
            note: note.map(str::to_owned),
        };
        hold_back(shelf, hold, says);
    };
    let fields = move || {
        open.get().then(|| {
            group()
                .child(el("p").class("vp-small").child(t(staff::HELD_MEANS)))
                .child(
                    el("fieldset")
                        .child(el("legend").child(t(staff::HELD_WHY)))
                        .child(Ground::ALL.map(choice).into_iter().collect::<Vec<View>>()),
                )
                .child(el("label").attr("for", "hold-note").child(t(staff::HELD_NOTE)))
                .child(
                    el("textarea")
                        .class("vp-field")
                        .attr("id", "hold-note")
                        .attr("dir", "auto")
                        .attr("rows", "3")
                        .attr("maxlength", NOTE_LIMIT.to_string())
                        .on("input", move |event| note.set(value_of(&event))),
                )
                .child(status(says))
                .child(
                    el("div")
                        .class("vp-hold__ways")
                        .child(button(LINE, t(staff::HELD_HOLD), act))
                        .child(button(
                            "vp-btn vp-btn--quiet vp-btn--small",
                            t(staff::HELD_LEAVE),
                            move || open.set(false),
                        )),
                )
                .into_view()
        })
    };
    el("div")
        .class("vp-hold")
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-btn vp-btn--quiet vp-btn--small")
                .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
                .on("click", move |_| open.update(|open| *open = !*open))
                .child(icon("i-lock"))
                .child(el("span").child(t(staff::HELD_OPEN))),
        )
        .child(fields)
        .into_view()
}

/// For managers, below the list: what is held back.
pub(super) fn list(shelf: Shelf) -> View {
    let held = Memo::new(move |_| shelf.withheld.get());
    let rows = move || held.with(|held| held.iter().map(|story| row(shelf, story)).collect::<Vec<View>>());
    let is_there = Memo::new(move |_| held.with(|held| !held.is_empty()));
    let heading = move || {
        let count = held.with(Vec::len).to_string();
        fill(staff::HELD_COUNT, &[("count", &count)])
    };
    (move || {
        is_there.get().then(|| {
            el("section")
                .class("vp-held")
                .attr("aria-labelledby", "held-stories")
                .child(
                    el("h2")
                        .class("vp-voice")
                        .attr("id", "held-stories")
                        .child(heading),
                )
                .child(el("p").class("vp-soft vp-small").child(t(staff::HELD_MANAGERS)))
                .child(el("ol").class("vp-entries").child(rows))
                .into_view()
        })
    })
    .into_view()
}

fn row(shelf: Shelf, story: &Arc<StorySummary>) -> View {
    let id = story.id;
    let ground = story.withheld.as_ref().map_or(Ground::Other, |held| held.ground);
    el("li")
        .key([&id.to_string(), t(ground_word(ground))].concat())
        .child(
            entries::link(shelf, story).child(
                el("div")
                    .child(el("h3").child(name(story)))
                    .child(el("p").class("vp-small").child(t(ground_word(ground)))),
            ),
        )
        .into_view()
}

/// Holds a story back. What the list says follows by itself, the way of all news.
fn hold_back(shelf: Shelf, hold: HoldBack, says: RwSignal<Option<String>>) {
    spawn_local(async move {
        let story = hold.story;
        // Before the answer: the news that it is gone may be here first.
        shelf.held_here.set(Some(story));
        if !say(Command::HoldBack(hold)).await {
            shelf.held_here.set(None);
            says.try_set(Some(t(staff::PROBLEM_OTHER).to_owned()));
        }
    });
}

fn let_through(shelf: Shelf, story: StoryId, says: RwSignal<Option<String>>) {
    spawn_local(async move {
        if say(Command::LetThrough(LetThrough { story })).await {
            shelf.held_here.set(None);
            if shelf.open.get_untracked() == Some(story) {
                reading::fetch(shelf, story);
            }
        } else {
            says.try_set(Some(t(staff::PROBLEM_OTHER).to_owned()));
        }
    });
}

/// Brings one command. True when it is done.
async fn say(command: Command) -> bool {
    let id = CommandId::random(&mut Random);
    let request = SyncRequest {
        protocol: PROTOCOL,
        nonce: Nonce::random(&mut Random),
        push: vec![Envelope {
            id,
            sequence: 1,
            command,
        }],
        pull: Vec::new(),
        wait: 0,
    };
    let outcomes = ask::pull(&request).await.map(|answer| answer.outcomes);
    let done = |verdict: &Verdict| matches!(verdict, Verdict::Committed { .. });
    outcomes.is_ok_and(|outcomes| outcomes.iter().any(|own| own.id == id && done(&own.verdict)))
}

/// For a manager, an open story came to be held back, or is so no longer.
pub(super) fn turned(shelf: Shelf, story: &StorySummary) {
    let words = match &story.withheld {
        None => staff::HELD_LET_THROUGH_DONE,
        Some(_) if shelf.held_here.get_untracked() == Some(story.id) => staff::HELD_DONE,
        Some(_) => staff::HELD_TITLE,
    };
    shelf.news.set(t(words).to_owned());
}

/// A story that was here is not here any more: says why as far as this reader may know, and nothing that is not so.
pub(super) fn went(shelf: Shelf, story: StoryId) {
    // From a manager's screen a story does not go by being held back.
    let stays =
        matches!(shelf.who.get_untracked(), Who::In(member) if member.can_see_withheld(member.project));
    let here = !stays && shelf.held_here.get_untracked() == Some(story);
    if here {
        shelf.news.set(t(staff::HELD_DONE).to_owned());
    }
    let before = if here { Reading::HeldHere } else { Reading::Gone };
    let is_open = move || shelf.open.get_untracked() == Some(story);
    if is_open() {
        shelf.reading.set(before.clone());
    }
    if here || !matches!(shelf.who.get_untracked(), Who::In(_)) {
        return;
    }
    spawn_local(async move {
        let taken_back = matches!(
            ask::story(story).await,
            Err(Failure::Refused {
                problem: Problem::StoryWithdrawn,
                ..
            })
        );
        let words = if taken_back {
            staff::STORY_WITHDRAWN
        } else {
            staff::STORY_GONE
        };
        if shelf.deck.says.get_untracked() == Some(staff::STORY_GONE) {
            shelf.deck.says.set(Some(words));
        }
        shelf.news.set(t(words).to_owned());
        if taken_back && is_open() && shelf.reading.with_untracked(|now| *now == before) {
            shelf.reading.set(Reading::Withdrawn);
        }
    });
}
