//! Where the story is, as a way of three stops: this phone, under way, safe. Drawn as far as it is true.

use super::icon::icon;
use crate::texts::{Text, t, tell};
use crate::watch::Memo;
use leptos::prelude::*;

const STOPS: [(&str, Text); 3] = [
    ("i-phone", tell::DONE_HERE),
    ("i-way", tell::STATE_WAY),
    ("i-check", tell::STATE_SAFE),
];

/// The way; `at` is the stop where the story is, `None` once it was taken back: then there is no way to show.
pub fn progress_way(at: Memo<Option<usize>>) -> AnyView {
    let stops: Vec<AnyView> = STOPS
        .iter()
        .enumerate()
        .map(|(number, (picture, word))| {
            view! {
                <li
                    class:is-done=move || at.get().is_some_and(|at| number < at)
                    aria-current=move || (at.get() == Some(number)).then_some("step")
                >
                    <i>{icon(picture)}</i>
                    <span>{t(*word)}</span>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ol class="vp-journey" hidden=move || at.get().is_none()>{stops}</ol> }.into_any()
}
