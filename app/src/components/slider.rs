//! A slider between two poles. There is no dot until a person places one: a tap anywhere, a drag, the arrow keys, or
//! the two ends, which pull it a step. Places go from −100 at the first pole, where reading begins, to 100.

use super::pole::{pole, slider_words, word};
use crate::browser::pointer;
use crate::markup::{IntoView, View, el, svg};
use crate::texts::{fill, t, tell};
use crate::watch::RwSignal;
use domain::signifier::Pole;
use std::rc::Rc;

/// What one press on an end or one arrow key moves.
const STEP: i32 = 20;
/// The drawing: its size, and half the length of the line from the middle.
const WIDE: i32 = 340;
const HIGH: i32 = 72;
const HALF: i32 = 134;

/// `name` says what the slider is about; `place` is where the dot is, `put` what a person makes of it.
pub fn slider(
    name: String,
    poles: [Pole; 2],
    place: impl Fn() -> Option<i32> + Copy + 'static,
    put: impl Fn(i32) + Copy + 'static,
) -> View {
    let poles = Rc::new(poles);
    // Said after a press on an end; the slider itself says what the arrow keys did.
    let news = RwSignal::new(String::new());
    let step = move |steps: i32| put((place().unwrap_or(0) + steps * STEP).clamp(-100, 100));
    let follow = move |event| {
        if let Some((across, _)) = pointer::place(&event) {
            put(at(across));
        }
    };
    let end = |side: usize| {
        let poles = Rc::clone(&poles);
        let shown = pole(&poles[side]);
        el("button")
            .attr("type", "button")
            .class("vp-pole")
            .attr(
                "aria-label",
                fill(tell::QUESTION_PULL, &[("what", &word(&poles[side].words))]),
            )
            .on("click", move |_| {
                step(if side == 0 { -1 } else { 1 });
                news.set(place().map_or_else(String::new, |place| slider_words(&poles, place)));
            })
            .child(shown)
    };
    let (first, second) = (end(0), end(1));
    let text = move || match place() {
        Some(place) => slider_words(&poles, place),
        None => t(tell::QUESTION_NO_DOT).to_owned(),
    };
    el("div")
        .class("vp-slider")
        .child(
            el("div")
                .class("vp-slider__bar")
                .attr("role", "slider")
                .attr("tabindex", "0")
                .attr("aria-label", name)
                .attr("aria-valuemin", "-100")
                .attr("aria-valuemax", "100")
                .attr("aria-valuenow", move || place().unwrap_or(0).to_string())
                .attr("aria-valuetext", text)
                .on("pointerdown", follow)
                .on("pointermove", follow)
                .on("keydown", move |event| {
                    if let Some(steps) = pointer::steps(&event) {
                        step(steps);
                    }
                })
                .child(
                    svg("svg")
                        .class("vp-flip")
                        .attr(
                            "viewBox",
                            ["0 0 ", &WIDE.to_string(), " ", &HIGH.to_string()].concat(),
                        )
                        .attr("aria-hidden", "true")
                        .child(line("vp-slider__line", move || Some(HALF)))
                        .child(line("vp-slider__way", move || {
                            place().map(|place| place * HALF / 100)
                        }))
                        .child(move || place().map(|place| dot(WIDE / 2 + place * HALF / 100, HIGH / 2))),
                ),
        )
        .child(el("div").class("vp-slider__ends").child(first).child(second))
        .child(
            el("p")
                .class("vp-hidden")
                .attr("role", "status")
                .child(move || news.get()),
        )
        .into_view()
}

/// An answer, small and still.
pub fn small_slider(place: i32) -> View {
    svg("svg")
        .class("vp-answer vp-answer--slider vp-flip")
        .attr(
            "viewBox",
            ["0 0 ", &WIDE.to_string(), " ", &HIGH.to_string()].concat(),
        )
        .attr("aria-hidden", "true")
        .child(line("vp-slider__line", || Some(HALF)))
        .child(line("vp-slider__way", move || Some(place * HALF / 100)))
        .child(point_of(WIDE / 2 + place * HALF / 100, HIGH / 2))
        .into_view()
}

/// Where the dot is, without its ring.
pub(super) fn point_of(x: i32, y: i32) -> View {
    svg("circle")
        .class("vp-dot__point")
        .attr("cx", x.to_string())
        .attr("cy", y.to_string())
        .attr("r", "26")
        .into_view()
}

/// The place on the slider of a place across its drawing; close to the middle is the middle.
fn at(across: i32) -> i32 {
    let place = (across - 500) * WIDE / (10 * HALF);
    if place.abs() <= 4 {
        0
    } else {
        place.clamp(-100, 100)
    }
}

fn line(class: &'static str, length: impl Fn() -> Option<i32> + Copy + 'static) -> View {
    let path = move || {
        length().map(|length| {
            // The whole line lies on both sides of the middle, the way to the dot on one.
            let start = if class == "vp-slider__line" { -length } else { 0 };
            let at = |x: i32| [(WIDE / 2 + x).to_string(), (HIGH / 2).to_string()].join(" ");
            ["M", &at(start), "L", &at(length)].concat()
        })
    };
    svg("path").class(class).attr("d", path).into_view()
}

/// The dot: a ring around a point.
pub(super) fn dot(x: i32, y: i32) -> View {
    let round = |class, radius| {
        svg("circle")
            .class(class)
            .attr("cx", x.to_string())
            .attr("cy", y.to_string())
            .attr("r", radius)
    };
    svg("g")
        .child(round("vp-dot", "26"))
        .child(round("vp-dot__ring", "14"))
        .child(round("vp-dot__point", "6"))
        .into_view()
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn sg4_a_tap_is_a_place_between_the_poles_and_near_the_middle_it_is_the_middle() {
        assert_eq!([at(-200), at(0), at(1000), at(1400)], [-100, -100, 100, 100]);
        assert_eq!([at(495), at(500), at(510)], [0, 0, 0]);
        assert_eq!(at(700), 50);
        // From the other side it is the same place towards the other pole.
        for across in 0..=1000 {
            assert_eq!(at(across), -at(1000 - across), "{across}");
        }
    }
}
