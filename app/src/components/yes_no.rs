//! Two equal answers: same size, same colour, neither chosen beforehand.

use super::icon::icon;
use crate::texts::{t, tell};
use crate::watch::Signal;
use domain::consent::Answer;
use leptos::prelude::*;

/// [Ja] and [Nee]. `question` names the pair, `yes` and `no` are the answers in full for who hears them;
/// `answer` is the one that holds now.
pub fn yes_no(
    small: bool,
    question: String,
    yes: String,
    no: String,
    answer: Signal<Option<Answer>>,
    act: Callback<Answer>,
) -> AnyView {
    let button = |wish: Answer, full: String| {
        let (door, word) = match wish {
            Answer::Yes => ("i-open", tell::COMMON_YES),
            Answer::No => ("i-closed", tell::COMMON_NO),
        };
        view! {
            <button
                type="button"
                aria-label=full
                aria-pressed=move || if answer.get() == Some(wish) { "true" } else { "false" }
                on:click=move |_| act.run(wish)
            >
                {icon(door)}
                <span aria-hidden="true">{t(word)}</span>
            </button>
        }
        .into_any()
    };
    let class = if small {
        "vp-yesno vp-yesno--small"
    } else {
        "vp-yesno"
    };
    view! {
        <div class=class role="group" aria-label=question>
            {button(Answer::Yes, yes)}
            {button(Answer::No, no)}
        </div>
    }
    .into_any()
}
