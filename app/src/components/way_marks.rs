//! Four small pictures for where one is. No numbers: nobody has to count how much is left.

use super::icon::icon;
use crate::texts::{Text, t, tell};
use leptos::prelude::*;

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
pub fn way_marks(now: Step) -> AnyView {
    let now = now as usize;
    let marks: Vec<AnyView> = MARKS
        .iter()
        .enumerate()
        .map(|(number, (picture, word))| {
            view! {
                <li class:is-done=number < now aria-current=(number == now).then_some("step")>
                    {icon(picture)} <span class="vp-hidden">{t(*word)}</span>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ol class="vp-way" aria-label=t(tell::FRAME_STEPS)>{marks}</ol> }.into_any()
}
