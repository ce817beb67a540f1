//! Four small pictures for where one is. No numbers: nobody has to count how much is left.

use super::icon::icon;
use crate::markup::{IntoView, View, el};
use crate::texts::{Text, t, tell};

/// The four stretches of telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// T2, T3b.
    Tell,
    /// T5.
    About,
    /// T6.
    Consent,
    /// T7, T8.
    Done,
}

const MARKS: [(&str, Text); 4] = [
    ("m-tell", tell::FRAME_WAY_TELL),
    ("m-about", tell::FRAME_WAY_ABOUT),
    ("m-hear", tell::FRAME_WAY_CONSENT),
    ("m-done", tell::FRAME_WAY_DONE),
];

/// The way-marks, `now` marked.
pub fn way_marks(now: Step) -> View {
    let now = now as usize;
    let marks: Vec<View> = MARKS
        .iter()
        .enumerate()
        .map(|(number, (picture, word))| {
            el("li")
                .toggle("is-done", number < now)
                .attr("aria-current", (number == now).then_some("step"))
                .child(icon(picture))
                .child(el("span").class("vp-hidden").child(t(*word)))
                .into_view()
        })
        .collect();
    el("ol")
        .class("vp-way")
        .attr("aria-label", t(tell::FRAME_STEPS))
        .child(marks)
        .into_view()
}
