//! What a question offers, as a picture and a word; and answers in words.

use super::icon::pictogram;
use crate::markup::{IntoView, View, el, group};
use crate::texts::{current, fill, t, tell};
use domain::{
    language::{PerLanguage, in_language},
    signifier::{Answer, Pole, Signifier, SignifierKind, levels_of, slider_place, triangle_shares},
};

/// A text of the project in the language of the screen, marked with its own where it has only another.
pub fn said(texts: &PerLanguage) -> View {
    let here = current().tag();
    let (language, words) = in_language(texts, here).unwrap_or((here, ""));
    el("span")
        .attr("lang", (language != here).then(|| language.to_owned()))
        .child(words.to_owned())
        .into_view()
}

/// The same without a mark, to go into a sentence.
pub fn word(texts: &PerLanguage) -> String {
    in_language(texts, current().tag()).map_or_else(String::new, |(_, words)| words.to_owned())
}

/// Picture and word.
pub fn pole(pole: &Pole) -> View {
    group()
        .child(pole.picture.as_deref().map(pictogram))
        .child(said(&pole.words))
        .into_view()
}

/// An answer as people would say it, in the language of the screen.
pub fn answer_words(asked: &Signifier, answer: &Answer) -> String {
    match (&asked.kind, answer) {
        (_, Answer::DoesNotFit) => t(tell::QUESTION_DOES_NOT_FIT).to_owned(),
        (SignifierKind::Choice { options, .. }, Answer::Choice(chosen)) => {
            list(options, |place| chosen.contains(&options[place].id))
        }
        (SignifierKind::Slider { poles }, answer) => slider_place(poles, answer)
            .map(|place| slider_words(poles, place))
            .unwrap_or_default(),
        (SignifierKind::Triangle { corners }, answer) => triangle_shares(corners, answer)
            .map(|shares| {
                let levels = levels_of(shares);
                if levels == [1; 3] {
                    return t(tell::QUESTION_ALL).to_owned();
                }
                let of = |level| list(corners, |place| levels[place] == level);
                let mostly = fill(tell::QUESTION_MOSTLY, &[("what", &of(2))]);
                let also = of(1);
                if also.is_empty() {
                    return mostly;
                }
                [mostly, fill(tell::QUESTION_ALSO, &[("what", &also)])].join(" ")
            })
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// A place on a slider as people would say it.
pub fn slider_words(poles: &[Pole; 2], place: i32) -> String {
    let towards = word(&poles[usize::from(place > 0)].words);
    match place.unsigned_abs() {
        0..=10 => t(tell::QUESTION_MIDDLE).to_owned(),
        11..=50 => fill(tell::QUESTION_BIT, &[("what", &towards)]),
        _ => fill(tell::QUESTION_MOSTLY, &[("what", &towards)]),
    }
}

fn list(poles: &[Pole], fits: impl Fn(usize) -> bool) -> String {
    let fitting = (0..poles.len()).filter(|place| fits(*place));
    let words: Vec<String> = fitting.map(|place| word(&poles[place].words)).collect();
    words.join(", ")
}
