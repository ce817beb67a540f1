//! T3: telling aloud. One red circle that keeps its place in every state; above it the question, the stored time and
//! the line the voice leaves. What stands in the way (T11, T12, T13) is a screen of its own with a way on.

use super::{
    listen::{aside, hear},
    write::question,
};
use crate::browser::spawn_local;
use crate::browser::{
    IS_HERE, fragment, history,
    timer::{self, Timer},
};
use crate::markup::{IntoView, View, el, group, svg};
use crate::watch::{Callback, Effect, Memo, RwSignal, on_cleanup};
use crate::{
    browser::recorder::Refused,
    components::{
        calm::calm_body,
        clock::{clock, clock_view, timed},
        draft_gate::{go_on, with_draft},
        ear::silent_while,
        feet::{button, main_button},
        frame::{Back, Step, teller_frame},
        icon::icon,
        notice::status,
        ring::{line, ring, ring_view},
    },
    phone::{Install, Phone, StorageKind, recording::Recording},
    routes::Route,
    texts::{Text, fill, t, tell},
};
use domain::{
    clip::{CLIP_LIMIT, together},
    draft::Draft,
    recording::{Hint, Left, Room},
    time::Span,
};
use std::cell::Cell;

/// A press this long is holding: it begins at once, and letting go does not end it.
const HOLD: Span = Span(400);
/// Cards for who asks, when two talk together.
const CARDS: [Text; 4] = [
    tell::TOGETHER_THEN,
    tell::TOGETHER_FEEL,
    tell::TOGETHER_EXAMPLE,
    tell::TOGETHER_HELPS,
];

thread_local! {
    // The browser asked for the microphone in this tab.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// The page.
pub fn page() -> View {
    with_draft(Step::Tell, tell_aloud)
}

/// What stands in the way of telling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Refused(Refused),
    Full,
    StoryFull,
}

fn tell_aloud(phone: Phone, draft: Draft) -> View {
    Effect::new(move |_| phone.look_for_room());
    silent_while(Memo::new(move |_| phone.recording.get().is_under_way()));
    // Back, also the phone's own, means pause. Another language draws this page anew and changes nothing.
    on_cleanup(move || {
        if IS_HERE && history::here() != Route::Record {
            phone.pause_recording();
            phone.put_recording_away();
        }
    });
    let obstacle = Memo::new(move |_| match phone.recording.get() {
        Recording::Refused(why) => Some(Obstacle::Refused(why)),
        Recording::StorageFull => Some(Obstacle::Full),
        Recording::StoryFull => Some(Obstacle::StoryFull),
        _ => None,
    });
    Effect::new(move |before: Option<Option<Obstacle>>| {
        let now = obstacle.get();
        if before.is_some_and(|before| before != now) {
            fragment::focus_heading();
        }
        now
    });
    let question = question(phone, &draft, tell::HOW_TALK);
    (move || match obstacle.get() {
        None => Page::new(phone).view(question.clone()),
        Some(Obstacle::Refused(why)) => refused(phone, why),
        Some(Obstacle::Full) => full(phone),
        Some(Obstacle::StoryFull) => story_full(phone),
    })
    .into_view()
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    /// The parts of this story that are kept.
    kept: Memo<Span>,
    /// It began while the circle was held, and was let go.
    let_go: RwSignal<bool>,
    held: RwSignal<bool>,
}

impl Page {
    fn new(phone: Phone) -> Self {
        Self {
            phone,
            kept: Memo::new(move |_| {
                phone
                    .draft
                    .with(|draft| draft.as_ref().map_or(Span(0), |draft| together(draft.sounds())))
            }),
            let_go: RwSignal::new(false),
            held: RwSignal::new(false),
        }
    }

    fn view(self, (language, question): (String, String)) -> View {
        let phone = self.phone;
        let is_dialogue = phone
            .draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.second.is_some()));
        let body = group()
            .child(
                el("h1")
                    .class("vp-voice vp-ask")
                    .attr("tabindex", "-1")
                    .attr("lang", language)
                    .child(question),
            )
            .child(self.ring())
            .child(is_dialogue.then(cards))
            .child(
                el("div")
                    .class("vp-rec__says")
                    .attr("role", "status")
                    .child(move || self.says())
                    .child(move || el("p").child(self.more())),
            )
            .child(move || (phone.recording.get() == Recording::Idle).then(|| aside(phone)));
        let feet = el("div")
            .class("vp-feet vp-rec__foot")
            .child(move || self.before())
            .child(self.circle())
            .child(move || self.done());
        let back = Callback::new(move |()| {
            if phone.recording.get_untracked() == Recording::Recording {
                phone.pause_recording();
            } else {
                history::go(&Route::How);
            }
        });
        let page = el("div")
            .class("vp-rec")
            .toggle("is-on", move || phone.recording.get() == Recording::Recording);
        let frame = teller_frame(
            "",
            Some(Step::Tell),
            Back::Act(back),
            body.into_view(),
            feet.into_view(),
        );
        page.child(frame).into_view()
    }

    /// The line of the voice with the stored time in its middle.
    fn ring(self) -> View {
        let Phone {
            recording,
            levels,
            level,
            stored,
            ..
        } = self.phone;
        let begun = Memo::new(move |_| !matches!(recording.get(), Recording::Idle | Recording::Asking));
        let now = Memo::new(move |_| {
            let levels = if begun.get() { levels.get() } else { Vec::new() };
            ring(&levels, levels.len())
        });
        let tip = move |class, radius: Box<dyn Fn(i32) -> f32>| {
            svg("circle")
                .class(class)
                .attr("cx", move || now.with(|ring| ring.tip[0].to_string()))
                .attr("cy", move || now.with(|ring| ring.tip[1].to_string()))
                .attr("r", move || {
                    (radius(now.with(|ring| ring.tip[2])) as i32).to_string()
                })
        };
        let wait = |class, radius| {
            svg("circle")
                .class(class)
                .attr("cx", "1920")
                .attr("cy", "1920")
                .attr("r", radius)
        };
        let drawn = move || {
            let on = recording.get() == Recording::Recording;
            if !begun.get() {
                return group()
                    .child(wait("vp-ring__wait", "1240"))
                    .child(wait("vp-ring__wait vp-ring__wait--far", "1640"))
                    .into_view();
            }
            group()
                .child(on.then(|| tip("vp-ring__level", Box::new(move |_| 170.0 + 260.0 * level.get()))))
                .child(line("vp-ring__line", move || now.with(|ring| ring.line.clone())))
                .child(on.then(|| tip("vp-ring__line", Box::new(|half| half.max(90) as f32))))
                .child((!on).then(|| line("vp-ring__dots", move || now.with(|ring| ring.dots.clone()))))
                .into_view()
        };
        let time = move || clock(if begun.get() { stored.get() } else { Span(0) });
        let kept = move || (begun.get() && self.all_is_kept()).then(|| t(tell::RECORD_KEPT));
        let inside = el("p")
            .class("vp-ring__time")
            .toggle("vp-soft", move || !begun.get())
            .child(el("b").child(move || clock_view(time())))
            .child(el("span").child(kept));
        ring_view(
            group()
                .child(wait("vp-ring__middle", "760"))
                .child(drawn)
                .into_view(),
            inside.into_view(),
        )
    }

    /// What is true now.
    fn says(self) -> View {
        let phone = self.phone;
        let text = match phone.recording.get() {
            Recording::Recording => tell::RECORD_ON,
            Recording::Paused => tell::RECORD_PAUSED,
            Recording::Interrupted => tell::RECORD_INTERRUPTED,
            Recording::PartFull if self.all_is_kept() => tell::RECORD_PART_FULL,
            Recording::PartFull => tell::RECORD_PART_FULL_HERE,
            Recording::Closing => tell::COMMON_WAIT,
            _ => return View::Nothing,
        };
        let words = match t(text).split_once("{time}") {
            // Not all of it is kept, so nothing of the kind is said.
            Some((before, _)) if !self.all_is_kept() => before.into_view(),
            Some(_) => timed(text, phone.stored.get()),
            None => t(text).into_view(),
        };
        el("p").class("vp-voice").child(words).into_view()
    }

    /// Whether storage has all that is on the screen.
    fn all_is_kept(self) -> bool {
        let phone = self.phone;
        phone.storage.get() == StorageKind::Kept
            && phone.kept.get() == phone.stored.get()
            && !phone.would_lose.get()
    }

    /// ME10: how much is kept where not all of it is.
    fn not_all(self) -> View {
        match self.phone.kept.get() {
            Span(0) => t(tell::STATE_MEMORY_ONLY).into_view(),
            kept => timed(tell::RECORD_PARTLY_KEPT, kept),
        }
    }

    /// What helps now.
    fn more(self) -> View {
        let phone = self.phone;
        let text = match (phone.recording.get(), phone.hint.get(), phone.left.get()) {
            (Recording::Idle, ..) => return self.before_it_begins(),
            (Recording::Asking, ..) => tell::RECORD_ASK,
            (Recording::Recording, ..) if self.let_go.get() => tell::RECORD_LET_GO,
            (Recording::Recording, _, Left::AMinute) => tell::RECORD_A_MINUTE,
            (Recording::Recording, Some(Hint::NothingYet), _) => tell::RECORD_NOTHING_YET,
            (Recording::Recording, Some(Hint::TakeYourTime), _) => tell::RECORD_TAKE_YOUR_TIME,
            _ if !self.all_is_kept() => return el("span").child(self.not_all()).into_view(),
            _ => return View::Nothing,
        };
        el("span").child(t(text)).into_view()
    }

    fn before_it_begins(self) -> View {
        let phone = self.phone;
        let kept = self.kept.get();
        let words = match phone.room.get() {
            Room::None => t(tell::RECORD_PHONE_FULL).to_owned(),
            Room::Minutes(1) => t(tell::RECORD_ALMOST_FULL_ONE).to_owned(),
            Room::Minutes(left) => fill(tell::RECORD_ALMOST_FULL, &[("minutes", &left.to_string())]),
            Room::Plenty if kept > Span(0) && phone.would_lose.get() => {
                return el("span").child(t(tell::STATE_MEMORY_ONLY)).into_view();
            }
            Room::Plenty if kept > Span(0) => return timed(tell::RECORD_SAVED, kept),
            Room::Plenty if ASKED.get() => return View::Nothing,
            Room::Plenty => {
                return el("span")
                    .class("vp-hint")
                    .child(icon("i-ask"))
                    .child(el("span").child(t(tell::RECORD_ASK)))
                    .into_view();
            }
        };
        el("span").child(words).into_view()
    }

    /// The one red thing. It is tapped; who holds it is heard from the moment they hold.
    fn circle(self) -> View {
        let phone = self.phone;
        let recording = phone.recording;
        let begins = move || {
            matches!(
                recording.get_untracked(),
                Recording::Idle | Recording::Interrupted | Recording::PartFull
            )
        };
        let begin = move || {
            ASKED.set(true);
            phone.record();
        };
        let press = move || {
            self.let_go.set(self.held.get_untracked());
            if self.held.get_untracked() {
                self.held.set(false);
            } else if begins() {
                begin();
            } else if recording.get_untracked() == Recording::Paused {
                phone.go_on_recording();
            } else {
                phone.pause_recording();
            }
        };
        let hold = move || {
            self.held.set(false);
            if begins() {
                timer::set(Timer::Hold, HOLD, move || {
                    self.held.set(true);
                    begin();
                });
            }
        };
        let word = move || {
            t(match recording.get() {
                Recording::Idle | Recording::Asking if phone.room.get() != Room::Plenty => {
                    tell::STORAGE_TELL_ANYWAY
                }
                Recording::Idle | Recording::Asking => tell::RECORD_START,
                Recording::Recording => tell::RECORD_PAUSE,
                Recording::PartFull => tell::RECORD_ONE_MORE,
                _ => tell::RECORD_GO_ON,
            })
        };
        let picture = move || {
            icon(if recording.get() == Recording::Recording {
                "i-pause"
            } else {
                "i-mic"
            })
        };
        el("button")
            .attr("type", "button")
            .class("vp-circle vp-circle--voice")
            .on("click", move |_| press())
            .on("pointerdown", move |_| hold())
            .on("pointerup", |_| timer::clear(Timer::Hold))
            .on("pointerleave", |_| timer::clear(Timer::Hold))
            .on("pointercancel", |_| timer::clear(Timer::Hold))
            .on("keydown", move |_| self.held.set(false))
            .child(el("i").child(picture))
            .child(
                el("span")
                    .toggle("vp-voice", move || {
                        matches!(recording.get(), Recording::Idle | Recording::Asking)
                    })
                    .child(word),
            )
            .into_view()
    }

    /// At the side where reading begins: another way to add something, or hearing what is there.
    fn before(self) -> View {
        let phone = self.phone;
        match phone.recording.get() {
            Recording::Idle if self.kept.get() > Span(0) => {
                side("vp-circle", "i-pen", tell::RECORD_WRITE, move || {
                    go_on(phone, &Route::Write);
                })
            }
            Recording::Paused | Recording::Interrupted | Recording::PartFull => {
                side("vp-circle", "i-play", tell::RECORD_LISTEN, move || {
                    hear(phone, true);
                })
            }
            _ => el("span").into_view(),
        }
    }

    fn done(self) -> View {
        let phone = self.phone;
        match phone.recording.get() {
            Recording::Asking | Recording::Closing => return el("span").into_view(),
            Recording::Idle if self.kept.get() == Span(0) => return el("span").into_view(),
            _ => {}
        }
        side(
            "vp-circle vp-circle--done",
            "i-check",
            tell::RECORD_DONE,
            move || hear(phone, false),
        )
    }
}

fn side(class: &'static str, picture: &'static str, word: Text, act: impl Fn() + 'static) -> View {
    el("button")
        .attr("type", "button")
        .class(class)
        .on("click", move |_| act())
        .child(el("i").child(icon(picture)))
        .child(el("span").child(t(word)))
        .into_view()
}

/// One card at a time, for who asks; a tap brings the next.
fn cards() -> View {
    let card = RwSignal::new(0);
    el("button")
        .attr("type", "button")
        .class("vp-card")
        .on("click", move |_| {
            card.update(|card| *card = (*card + 1) % CARDS.len());
        })
        .child(
            el("span")
                .class("vp-voice")
                .attr("aria-live", "polite")
                .child(move || t(CARDS[card.get()])),
        )
        .child(icon("i-again"))
        .child(el("span").class("vp-hidden").child(t(tell::TOGETHER_NEXT)))
        .into_view()
}

fn obstacle(picture: &str, title: Text, sentence: View, ways: View) -> View {
    let body = group().child(calm_body(picture, t(title), "")).child(sentence);
    let feet = el("div").class("vp-feet").child(ways);
    teller_frame(
        "vp-calm",
        Some(Step::Tell),
        Back::To(Route::How),
        body.into_view(),
        feet.into_view(),
    )
}

/// T11, T12: no microphone for us. Other ways are equals, not a fallback.
fn refused(phone: Phone, why: Refused) -> View {
    let again = move || phone.record();
    let write = move || go_on(phone, &Route::Write);
    let other = |word, act: Box<dyn Fn()>| button("vp-btn vp-btn--line", t(word), act);
    match why {
        Refused::NotAllowed => {
            let how = RwSignal::new(false);
            let steps = move || how.get().then(|| steps(phone));
            let main = move || {
                if how.get() {
                    main_button(t(tell::TROUBLE_AGAIN), again)
                } else {
                    group()
                        .child(main_button(t(tell::RECORD_OFF_HOW), move || how.set(true)))
                        .child(other(tell::TROUBLE_AGAIN, Box::new(again)))
                        .into_view()
                }
            };
            let ways = group().child(main).child(other(
                tell::RECORD_OFF_OTHER,
                Box::new(|| history::go(&Route::How)),
            ));
            obstacle(
                "i-mic-off",
                tell::RECORD_OFF,
                el("div").attr("role", "status").child(steps).into_view(),
                ways.into_view(),
            )
        }
        Refused::Busy => obstacle(
            "i-mic-off",
            tell::RECORD_BUSY,
            View::Nothing,
            group()
                .child(main_button(t(tell::TROUBLE_AGAIN), again))
                .child(other(tell::RECORD_WRITE, Box::new(write)))
                .into_view(),
        ),
        Refused::NoMicrophone | Refused::Unsupported => obstacle(
            "i-mic-off",
            if why == Refused::NoMicrophone {
                tell::RECORD_NONE
            } else {
                tell::RECORD_UNSUPPORTED
            },
            View::Nothing,
            group()
                .child(main_button(t(tell::RECORD_WRITE), write))
                .child(other(
                    tell::HOW_PHOTO,
                    Box::new(move || go_on(phone, &Route::Photo)),
                ))
                .into_view(),
        ),
    }
}

/// Where the switch is. The sign beside the address is another in each browser, its place is not.
fn steps(phone: Phone) -> View {
    let ios = phone.can_install.get_untracked() == Install::IosSteps;
    let switch = if ios {
        tell::RECORD_OFF_2_IOS
    } else {
        tell::RECORD_OFF_2
    };
    let step = |picture: &str, text| {
        el("li")
            .child(el("i").child(icon(picture)))
            .child(el("span").child(t(text)))
            .into_view()
    };
    el("ol")
        .class("vp-rec-steps")
        .child(step("i-address", tell::RECORD_OFF_1))
        .child(step("i-mic", switch))
        .child(step("i-again", tell::RECORD_OFF_3))
        .into_view()
}

/// T13: the phone is full. What was told is kept, and can go on its way.
fn full(phone: Phone) -> View {
    let clips = phone
        .draft
        .with_untracked(|draft| draft.as_ref().map_or_else(Vec::new, |draft| draft.clips.clone()));
    let stored = together(&clips);
    let says = RwSignal::new(None);
    let save = move || {
        let clips = clips.clone();
        spawn_local(async move {
            let saved = phone.save_sounds(clips).await;
            says.try_set(saved.then(|| t(tell::MINE_COPIED).to_owned()));
        });
    };
    let kept = (stored > Span(0)).then(|| {
        group()
            .child(el("p").child(timed(tell::RECORD_SAVED, stored)))
            .child(status(says))
            .into_view()
    });
    let ways = if stored > Span(0) {
        group()
            .child(main_button(t(tell::STORAGE_ON_TO_SENDING), move || {
                go_on(phone, &Route::Title);
            }))
            .child(button("vp-btn vp-btn--line", t(tell::STORAGE_SAVE_FILE), save))
            .into_view()
    } else {
        main_button(t(tell::RECORD_WRITE), move || go_on(phone, &Route::Write))
    };
    obstacle("i-phone", tell::RECORD_PHONE_FULL, kept.into_view(), ways)
}

/// ME1: the story has no room for another part. Said before anybody speaks, not after.
fn story_full(phone: Phone) -> View {
    let sentence = fill(tell::RECORD_STORY_FULL_WHY, &[("max", &CLIP_LIMIT.to_string())]);
    obstacle(
        "i-check",
        tell::RECORD_STORY_FULL,
        el("p").child(sentence).into_view(),
        main_button(t(tell::RECORD_LISTEN), move || {
            phone.put_recording_away();
            hear(phone, false);
        }),
    )
}
