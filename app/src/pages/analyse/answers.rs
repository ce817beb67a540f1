//! What the teller answered to the project's questions: a small picture of each answer, and the same in a sentence.

use super::story_facts::word_language;
use crate::markup::{IntoView, View, el};
use crate::{
    components::{
        icon::icon,
        pole::{answer_words, pole, said},
        slider::small_slider,
        triangle::small_triangle,
    },
    texts::{staff, t},
};
use domain::{
    project::Project,
    signifier::{Answer, Signifier, SignifierKind, answer_to, slider_place, triangle_shares},
    story::StorySummary,
};

/// The answers; nothing where all questions were skipped.
pub(super) fn answers(story: &StorySummary, project: &Project) -> View {
    let lines = project.signifiers.iter().filter_map(|asked| {
        let answer = answer_to(&story.answers, asked.id)?;
        let line = el("div")
            .child(
                el("dt")
                    .attr("lang", word_language())
                    .child(said(&asked.question)),
            )
            .child(
                el("dd")
                    .attr("lang", word_language())
                    .child(picture(asked, answer)),
            );
        Some(line.into_view())
    });
    let lines: Vec<View> = lines.collect();
    if lines.is_empty() {
        return View::Nothing;
    }
    el("section")
        .class("vp-answers")
        .child(el("h3").child(t(staff::STORY_ANSWERS)))
        .child(el("dl").child(lines))
        .into_view()
}

/// The picture and the sentence; chosen options are tiles, which are both.
fn picture(asked: &Signifier, answer: &Answer) -> Vec<View> {
    let sentence = el("span").child(answer_words(asked, answer)).into_view();
    let drawn = match (&asked.kind, answer) {
        (_, Answer::DoesNotFit) => Some(icon("i-close")),
        (SignifierKind::Choice { options, .. }, Answer::Choice(chosen)) => {
            let chosen = options.iter().filter(|option| chosen.contains(&option.id));
            let tile = |option| el("span").class("vp-tag").child(pole(option)).into_view();
            return chosen.map(tile).collect();
        }
        (SignifierKind::Slider { poles }, answer) => slider_place(poles, answer).map(small_slider),
        (SignifierKind::Triangle { corners }, answer) => triangle_shares(corners, answer).map(small_triangle),
        _ => None,
    };
    drawn.into_iter().chain([sentence]).collect()
}
