//! Two equal answers: same size, same colour, neither chosen beforehand.

use super::icon::icon;
use crate::markup::{IntoView, View, el};
use crate::texts::{t, tell};
use crate::watch::{Callback, Signal};
use domain::consent::Answer;

/// [Ja] and [Nee]. `question` names the pair, `yes` and `no` are the answers in full for who hears them;
/// `answer` is the one that holds now.
pub fn yes_no(
    small: bool,
    question: String,
    yes: String,
    no: String,
    answer: Signal<Option<Answer>>,
    act: Callback<Answer>,
) -> View {
    let button = |wish: Answer, full: String| {
        let (door, word) = match wish {
            Answer::Yes => ("i-open", tell::COMMON_YES),
            Answer::No => ("i-closed", tell::COMMON_NO),
        };
        el("button")
            .attr("type", "button")
            .aloud(if small { String::new() } else { full.clone() })
            .attr("aria-label", full)
            .attr("aria-pressed", move || {
                if answer.get() == Some(wish) {
                    "true"
                } else {
                    "false"
                }
            })
            .on("click", move |_| act.run(wish))
            .child(icon(door))
            .child(el("span").attr("aria-hidden", "true").child(t(word)))
            .into_view()
    };
    let class = if small {
        "vp-yesno vp-yesno--small"
    } else {
        "vp-yesno"
    };
    el("div")
        .class(class)
        .attr("role", "group")
        .attr("aria-label", question)
        .child(button(Answer::Yes, yes))
        .child(button(Answer::No, no))
        .into_view()
}
