//! T4: hearing it back and owning it. Hearing is never forced: one's own voice can be hard to hear. Also T10, the same
//! recording found again after a crash or another day.

use crate::browser::spawn_local;
use crate::browser::{
    drawing::value_of,
    history,
    player::{Played, Player},
};
use crate::markup::{IntoView, View, el, group, svg};
use crate::watch::{Callback, Effect, Memo, RwSignal, StoredValue, expect_context};
use crate::{
    components::{
        clock::{clock, clock_view, minutes_and_seconds, timed},
        draft_gate::{go_on, with_draft},
        feet::{button, main_button},
        frame::{Back, Step, teller_frame},
        icon::icon,
        more_ways::more_ways,
        notice::{live, notice, status},
        ring::{levels, line, ring, ring_view, thread},
    },
    phone::{Phone, recording::Recording},
    routes::Route,
    texts::{fill, t, tell},
};
use domain::{clip::together, draft::Draft, time::Span};
use std::{cell::Cell, rc::Rc};

/// How far back one press goes.
const BACK: Span = Span::seconds(10);

thread_local! {
    // Somebody pressed Listen on the page before: it plays as soon as this one is there.
    static PLAYS: Cell<bool> = const { Cell::new(false) };
}

/// Ends what is being recorded, if anything is, and goes to hear it.
pub(super) fn hear(phone: Phone, plays: bool) {
    phone.end_recording(move || {
        PLAYS.set(plays);
        history::go(&Route::Listen);
    });
}

/// How long everything is that was told in this draft, with what is still open.
pub(super) fn told(phone: Phone) -> Span {
    let kept = phone
        .draft
        .with(|draft| draft.as_ref().map_or(Span(0), |draft| together(draft.sounds())));
    let open = phone.recording.get().is_under_way();
    Span(kept.0 + if open { phone.stored.get().0 } else { 0 })
}

/// The page.
pub fn page() -> View {
    with_draft(Step::Tell, listen_back)
}

fn listen_back(phone: Phone, _: Draft) -> View {
    let lasts = Memo::new(move |_| told(phone));
    Effect::new(move |_| {
        if lasts.get() == Span(0) {
            history::replace(&Route::Record);
        }
    });
    let (asks, adds) = (RwSignal::new(false), RwSignal::new(false));
    let soft = move || {
        phone.draft.with(|draft| {
            draft
                .as_ref()
                .is_some_and(|draft| draft.sounds().any(|clip| draft.too_soft.contains(&clip.id)))
        })
    };
    let soft = move || soft().then(|| notice("i-mic-off", t(tell::LISTEN_TOO_SOFT), View::Nothing));
    let not_kept = live(move || {
        let says = || notice("i-clock", t(tell::STATE_MEMORY_ONLY), View::Nothing);
        phone.would_lose.get().then(says)
    });
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::LISTEN_TITLE)),
        )
        // Another recording is another player.
        .child(move || player(phone, lasts.get()))
        .child(el("div").attr("role", "status").child(soft))
        .child(not_kept)
        .child(aside(phone))
        .child(el("p").class("vp-small vp-soft").child(t(tell::LISTEN_NAMES)));
    let feet = move || {
        if asks.get() {
            ask_again(phone, asks)
        } else if adds.get() {
            more_ways(&Route::Listen, Memo::new(|_| false))
        } else {
            let small = |word, act: Box<dyn Fn()>| button("vp-btn vp-btn--line vp-btn--small", t(word), act);
            group()
                .child(main_button(t(tell::LISTEN_MINE), move || {
                    go_on(phone, &Route::Title);
                }))
                .child(
                    el("div")
                        .class("vp-feet__even")
                        .child(small(tell::LISTEN_ADD, Box::new(move || adds.set(true))))
                        .child(small(tell::LISTEN_AGAIN, Box::new(move || asks.set(true)))),
                )
                .into_view()
        }
    };
    teller_frame(
        "vp-listen",
        Some(Step::Tell),
        Back::To(Route::Record),
        body.into_view(),
        el("div").class("vp-feet").child(feet).into_view(),
    )
}

/// The old recording stays, whatever the answer: it is put aside.
fn ask_again(phone: Phone, asks: RwSignal<bool>) -> View {
    let again = move || {
        phone.tell_again();
        go_on(phone, &Route::Record);
    };
    group()
        .child(live(|| {
            Some(
                el("p")
                    .class("vp-label")
                    .child(t(tell::LISTEN_ASK_AGAIN))
                    .into_view(),
            )
        }))
        .child(
            el("div")
                .class("vp-yesno")
                .child(button("vp-btn vp-btn--line", t(tell::LISTEN_AGAIN_YES), again))
                .child(button(
                    "vp-btn vp-btn--line",
                    t(tell::LISTEN_AGAIN_NO),
                    move || asks.set(false),
                )),
        )
        .into_view()
}

/// What was told before is still there.
pub(super) fn aside(phone: Phone) -> View {
    let is_there = Memo::new(move |_| {
        phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|draft| !draft.aside.is_empty()))
    });
    let small = |word, act: Box<dyn Fn()>| button("vp-btn vp-btn--line vp-btn--small", t(word), act);
    live(move || {
        is_there.get().then(|| {
            let ways = group()
                .child(small(
                    tell::LISTEN_BRING_BACK,
                    Box::new(move || phone.bring_back_aside()),
                ))
                .child(small(
                    tell::MINE_THROW_AWAY,
                    Box::new(move || phone.throw_aside_away()),
                ));
            notice("i-undo", t(tell::LISTEN_ASIDE), ways.into_view())
        })
    })
}

/// The ring with the big play in its middle, the thread to scrub along, back ten seconds.
fn player(phone: Phone, lasts: Span) -> View {
    let seconds = (lasts.0 / 1_000) as usize;
    let known = phone.levels.get_untracked();
    let all = Rc::new(levels(&known, seconds));
    let (playing, at) = (RwSignal::new(false), RwSignal::new(Span(0)));
    let says = RwSignal::new(None);
    let player = StoredValue::new(None::<Player>);
    let with_player = move |act: &dyn Fn(&Player)| player.with_value(|player| player.as_ref().map(act));
    // What is pressed before the sound was fetched happens when it is there.
    let catch_up = move || {
        with_player(&|player| {
            if playing.get_untracked() {
                player.play();
            }
        });
    };
    let seek = move |to: Span| {
        at.set(to);
        with_player(&|player| player.seek(to));
    };
    let toggle = move || {
        says.set(None);
        playing.update(|playing| *playing = !*playing);
        if !playing.get_untracked() {
            with_player(&Player::pause);
        }
        catch_up();
    };
    let heard: Rc<dyn Fn(Played)> = Rc::new(move |played| match played {
        Played::At(now) => at.set(now),
        Played::Ended => {
            playing.set(false);
            at.set(Span(0));
        }
        Played::Failed => {
            playing.set(false);
            says.set(Some(t(tell::LISTEN_NOT_HERE).to_owned()));
        }
    });
    Effect::new(move |_| {
        playing.set(PLAYS.take());
        let heard = Rc::clone(&heard);
        let clips = phone
            .draft
            .with_untracked(|draft| draft.as_ref().map_or_else(Vec::new, |draft| draft.clips.clone()));
        spawn_local(async move {
            let sounds = phone.sounds(clips).await;
            // The page may have gone meanwhile; then there is nothing to hear.
            if player
                .try_update_value(|player| *player = Some(Player::new(sounds, heard)))
                .is_some()
            {
                catch_up();
            }
        });
    });
    // The picture moves once a second.
    let second = Memo::new(move |_| (at.get().0 / 1_000).max(0) as usize);
    let told = Rc::clone(&all);
    let drawn = group()
        .child({
            let whole = ring(&all, seconds).line;
            line("vp-ring__rest", move || whole.clone())
        })
        .child(line("vp-ring__line", move || ring(&told, second.get()).line));
    let play = el("button")
        .attr("type", "button")
        .class("vp-play")
        .attr("aria-label", move || {
            t(if playing.get() {
                tell::RECORD_PAUSE
            } else {
                tell::LISTEN_PLAY
            })
        })
        .on("click", move |_| toggle())
        .child(move || icon(if playing.get() { "i-pause" } else { "i-play" }));
    let back = move || seek(Span((at.get_untracked().0 - BACK.0).max(0)));
    group()
        .child(ring_view(drawn.into_view(), play.into_view()))
        .child(bar(all, second, seek))
        .child(
            el("div")
                .class("vp-times")
                .attr("dir", "ltr")
                .child(move || clock_view(clock(at.get())))
                .child(
                    el("button")
                        .attr("type", "button")
                        .class("vp-pill vp-pill--tint")
                        .on("click", move |_| back())
                        .child(icon("i-again"))
                        .child(el("span").attr("dir", "auto").child(t(tell::LISTEN_BACK))),
                )
                .child(clock_view(clock(lasts))),
        )
        .child(status(says))
        .into_view()
}

/// Sound runs from left to right in every language.
fn bar(levels: Rc<Vec<f32>>, second: Memo<usize>, seek: impl Fn(Span) + 'static) -> View {
    let seconds = levels.len();
    let whole = thread(&levels, seconds);
    let value = move || {
        let (minutes, seconds) = minutes_and_seconds(Span::seconds(second.get() as i64));
        fill(
            tell::LISTEN_AT,
            &[
                ("minutes", &minutes.to_string()),
                ("seconds", &seconds.to_string()),
            ],
        )
    };
    el("div")
        .class("vp-thread")
        .attr("dir", "ltr")
        .child(
            svg("svg")
                .attr("viewBox", "0 0 1000 88")
                .attr("preserveAspectRatio", "none")
                .attr("aria-hidden", "true")
                .child(line("vp-ring__rest", move || whole.clone()))
                .child(line("vp-ring__line", move || thread(&levels, second.get()))),
        )
        .child(
            el("input")
                .attr("type", "range")
                .attr("max", seconds.to_string())
                .attr("aria-label", t(tell::LISTEN_PLACE))
                .attr("aria-valuetext", value)
                .prop("value", move || second.get().to_string())
                .on("input", move |event| {
                    seek(Span::seconds(value_of(&event).parse().unwrap_or(0)));
                }),
        )
        .into_view()
}

/// What T2 knows of the recording that is found again.
#[derive(Clone)]
pub(super) struct Found {
    /// Where the way back leads.
    pub back: Back,
    /// It was cut off.
    pub cut_off: bool,
    /// It stays, and one tells something else.
    pub later: Callback<()>,
    /// It goes.
    pub throw_away: Callback<()>,
}

/// T10: a recording that was cut off, or that one comes back to. The first thing to do is to hear it.
pub fn still_here() -> View {
    let phone = Phone::here();
    let Found {
        back,
        cut_off,
        later,
        throw_away,
    } = expect_context();
    let lasts = told(phone);
    let seconds = (lasts.0 / 1_000) as usize;
    let drawn = ring(&levels(&phone.levels.get(), seconds), seconds);
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(timed(tell::HERE_TITLE, lasts)),
        )
        .child(ring_view(
            group()
                .child(line("vp-ring__line", move || drawn.line.clone()))
                .child(cut_off.then(|| line("vp-ring__dots", move || drawn.dots.clone())))
                .into_view(),
            el("p")
                .class("vp-ring__time")
                .attr("aria-hidden", "true")
                .child(el("b").child(clock_view(clock(lasts))))
                .into_view(),
        ));
    let go_on = move || {
        if phone.recording.get_untracked() == Recording::Paused {
            phone.go_on_recording();
        }
        history::go(&Route::Record);
    };
    let feet = el("div")
        .class("vp-feet")
        .child(main_button(t(tell::LISTEN_PLAY), move || hear(phone, true)))
        .child(
            el("div")
                .class("vp-feet__even")
                .child(button(
                    "vp-btn vp-btn--line vp-btn--small",
                    t(tell::RECORD_GO_ON),
                    go_on,
                ))
                .child(button(
                    "vp-btn vp-btn--line vp-btn--small",
                    t(tell::COMMON_LATER),
                    move || later.run(()),
                )),
        )
        .child(button(
            "vp-btn vp-btn--quiet vp-btn--small",
            t(tell::RECOVERED_THROW_AWAY),
            move || throw_away.run(()),
        ));
    teller_frame("vp-here", None, back, body.into_view(), feet.into_view())
}
