//! Where the story is, as a way of three stops: this phone, under way, safe. Drawn as far as it is true.

use super::icon::icon;
use crate::markup::{IntoView, View, el};
use crate::texts::{Text, t, tell};
use crate::watch::Memo;

const STOPS: [(&str, Text); 3] = [
    ("i-phone", tell::DONE_HERE),
    ("i-way", tell::STATE_WAY),
    ("i-check", tell::STATE_SAFE),
];

/// The way; `at` is the stop where the story is, `None` once it was taken back: then there is no way to show.
pub fn progress_way(at: Memo<Option<usize>>) -> View {
    let stops: Vec<View> = STOPS
        .iter()
        .enumerate()
        .map(|(number, (picture, word))| {
            el("li")
                .toggle("is-done", move || at.get().is_some_and(|at| number < at))
                .attr("aria-current", move || {
                    (at.get() == Some(number)).then_some("step")
                })
                .child(el("i").child(icon(picture)))
                .child(el("span").child(t(*word)))
                .into_view()
        })
        .collect();
    el("ol")
        .class("vp-journey")
        .attr("hidden", move || at.get().is_none())
        .child(stops)
        .into_view()
}
