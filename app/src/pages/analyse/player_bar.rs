//! The bar at the foot of the desk, with what plays: dark in both modes, there as long as something is on.

use super::{
    deck::{Record, SPEEDS, STRETCHES},
    shelf::Shelf,
    story_facts::name,
};
use crate::browser::{
    drawing::value_of,
    listening::{Wish, key},
};
use crate::markup::{IntoView, View, el, svg};
use crate::watch::Memo;
use crate::{
    components::{
        clock::{clock, clock_view, minutes_and_seconds},
        icon::icon,
        ring::{line, thread},
    },
    texts::{fill, staff, t, tell},
};
use domain::time::Span;
use std::rc::Rc;

/// The bar, when there is something to hold or to say.
pub(super) fn player_bar(shelf: Shelf) -> View {
    let deck = shelf.deck;
    deck.while_in_view();
    let record = Memo::new(move |_| deck.record.get());
    let says = Memo::new(move |_| deck.says.get().map(t));
    (move || match (record.get(), says.get()) {
        (Some(record), _) => bar(shelf, &record),
        (None, Some(sentence)) => ended(shelf, sentence),
        (None, None) => View::Nothing,
    })
    .into_view()
}

/// Nothing is on any more, and why.
fn ended(shelf: Shelf, sentence: &'static str) -> View {
    section()
        .child(el("p").class("vp-player__says").child(sentence))
        .child(close(shelf))
        .into_view()
}

fn section() -> crate::markup::El {
    el("section")
        .class("vp-player")
        .attr("aria-label", t(staff::PLAYER_NAME))
}

fn close(shelf: Shelf) -> View {
    round("i-close", t(staff::PLAYER_STOP), move || {
        shelf.deck.take_off(None);
    })
}

fn round(picture: &'static str, name: &'static str, act: impl Fn() + 'static) -> View {
    el("button")
        .attr("type", "button")
        .class("vp-round")
        .attr("aria-label", name)
        .on("click", move |_| act())
        .child(icon(picture))
        .into_view()
}

fn bar(shelf: Shelf, record: &Rc<Record>) -> View {
    let deck = shelf.deck;
    let plays = Memo::new(move |_| deck.plays.get());
    let play = el("button")
        .attr("type", "button")
        .class("vp-player__play")
        .attr("aria-label", move || {
            t(if plays.get() {
                staff::PLAYER_PAUSE
            } else {
                staff::PLAYER_PLAY
            })
        })
        .on("click", move |_| deck.turn(Wish::Turn))
        .child(move || icon(if plays.get() { "i-pause" } else { "i-play" }));
    let back = el("button")
        .attr("type", "button")
        .class("vp-round vp-player__back")
        .attr("aria-label", t(staff::PLAYER_BACK))
        .on("click", move |_| deck.back())
        .child(icon("i-again"))
        .child(el("span").class("vp-num").attr("aria-hidden", "true").child("10"));
    let says = move || match deck.says.get() {
        Some(text) => el("span").class("vp-player__says").child(t(text)).into_view(),
        None => part_line(shelf, record_parts(shelf)),
    };
    section()
        .child(
            el("div")
                .class("vp-player__hold")
                // Time runs from left to right in every language, and what holds it with it.
                .attr("dir", "ltr")
                .child(back)
                .child(play),
        )
        .child(
            el("div")
                .class("vp-player__now")
                .child(el("b").child(name(&record.story)))
                .child(says),
        )
        .child(the_thread(shelf, record))
        .child(
            el("div")
                .class("vp-player__more")
                .child(speed(shelf))
                .child(close(shelf)),
        )
        .into_view()
}

fn record_parts(shelf: Shelf) -> usize {
    shelf
        .deck
        .record
        .with(|record| record.as_ref().map_or(0, |record| record.parts.len()))
}

/// Which part it is, where there are several.
fn part_line(shelf: Shelf, parts: usize) -> View {
    if parts < 2 {
        return View::Nothing;
    }
    let deck = shelf.deck;
    let part = Memo::new(move |_| {
        let at = deck.at.get();
        deck.record
            .with(|record| record.as_ref().map_or(0, |record| record.part_at(at)))
    });
    el("span")
        .child(move || {
            fill(
                staff::PLAYER_PART,
                &[
                    ("part", &(part.get() + 1).to_string()),
                    ("parts", &parts.to_string()),
                ],
            )
        })
        .into_view()
}

/// The thread to seek along, between where it is and how long it lasts.
fn the_thread(shelf: Shelf, record: &Rc<Record>) -> View {
    let deck = shelf.deck;
    let lasts = record.lasts();
    let levels = Rc::new(record.levels(STRETCHES));
    let whole = thread(&levels, STRETCHES);
    let second = Memo::new(move |_| deck.at.get().0 / 1_000);
    let stretch = Memo::new(move |_| {
        let place = deck.at.get().0 * STRETCHES as i64 / lasts.0.max(1);
        usize::try_from(place).unwrap_or(0)
    });
    let value = move || {
        let (minutes, seconds) = minutes_and_seconds(Span::seconds(second.get()));
        fill(
            tell::LISTEN_AT,
            &[
                ("minutes", &minutes.to_string()),
                ("seconds", &seconds.to_string()),
            ],
        )
    };
    el("div")
        .class("vp-player__thread")
        .attr("dir", "ltr")
        .child(move || clock_view(clock(Span::seconds(second.get()))))
        .child(
            el("div")
                .class("vp-thread")
                .child(
                    svg("svg")
                        .attr("viewBox", "0 0 1000 88")
                        .attr("preserveAspectRatio", "none")
                        .attr("aria-hidden", "true")
                        .child(line("vp-ring__rest", move || whole.clone()))
                        .child(line("vp-ring__line", move || thread(&levels, stretch.get()))),
                )
                .child(
                    el("input")
                        .attr("type", "range")
                        .attr("max", (lasts.0 / 1_000).to_string())
                        .attr("aria-label", t(staff::PLAYER_PLACE))
                        .attr("aria-valuetext", value)
                        .prop("value", move || second.get().to_string())
                        .on("input", move |event| {
                            deck.go(Span::seconds(value_of(&event).parse().unwrap_or(0)));
                        })
                        .on("keydown", move |event| {
                            if let Some(wish) = key(&event) {
                                deck.turn(wish);
                            }
                        }),
                ),
        )
        .child(clock_view(clock(lasts)))
        .into_view()
}

fn speed(shelf: Shelf) -> View {
    let deck = shelf.deck;
    let now = deck.speed.get_untracked();
    let options = SPEEDS.map(|speed| {
        el("option")
            .attr("value", speed.to_string())
            .attr("selected", speed == now)
            .child(speed_word(speed))
            .into_view()
    });
    el("select")
        .class("vp-player__speed vp-num")
        .attr("aria-label", t(staff::PLAYER_SPEED))
        .attr("dir", "ltr")
        .on("change", move |event| {
            if let Ok(speed) = value_of(&event).parse() {
                deck.set_speed(speed);
            }
        })
        .child(options.into_iter().collect::<Vec<View>>())
        .into_view()
}

/// `1,25×`, with the comma of the language of the screen.
fn speed_word(speed: u32) -> String {
    let (whole, rest) = (speed / 100, speed % 100);
    let rest = match rest {
        0 => String::new(),
        rest => [t(staff::PLAYER_COMMA), rest.to_string().trim_end_matches('0')].concat(),
    };
    [whole.to_string().as_str(), &rest, "×"].concat()
}
