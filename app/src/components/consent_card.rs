//! One use of a story as a card: picture, question, what it means. And the words of all four uses.

use super::icon::pictogram;
use crate::markup::{IntoView, View, el, group};
use crate::texts::{Text, fill, t, tell};
use domain::consent::{Answer, Use};

/// The sentences about one use.
#[derive(Clone, Copy, Debug)]
pub struct UseWords {
    /// Id of its picture.
    pub picture: &'static str,
    /// The question.
    pub ask: Text,
    /// What it means, in full.
    pub spoken: Text,
    /// Its short name.
    pub name: Text,
    answers: [Text; 2],
    recaps: [Text; 2],
    effects: [Option<Text>; 2],
}

const WORDS: [UseWords; 4] = [
    UseWords {
        picture: "c-analysis",
        ask: tell::CONSENT_ANALYSIS_ASK,
        spoken: tell::CONSENT_ANALYSIS_SPOKEN,
        name: tell::CONSENT_ANALYSIS_NAME,
        answers: [tell::CONSENT_ANALYSIS_YES, tell::CONSENT_ANALYSIS_NO],
        recaps: [tell::CONSENT_ANALYSIS_RECAP_YES, tell::CONSENT_ANALYSIS_RECAP_NO],
        // A story that nobody may listen to has no choices left to widen.
        effects: [None, Some(tell::CONSENT_ANALYSIS_EFFECT_NO)],
    },
    UseWords {
        picture: "c-meeting",
        ask: tell::CONSENT_MEETING_ASK,
        spoken: tell::CONSENT_MEETING_SPOKEN,
        name: tell::CONSENT_MEETING_NAME,
        answers: [tell::CONSENT_MEETING_YES, tell::CONSENT_MEETING_NO],
        recaps: [tell::CONSENT_MEETING_RECAP_YES, tell::CONSENT_MEETING_RECAP_NO],
        effects: [
            Some(tell::CONSENT_MEETING_EFFECT_YES),
            Some(tell::CONSENT_MEETING_EFFECT_NO),
        ],
    },
    UseWords {
        picture: "c-report",
        ask: tell::CONSENT_REPORT_ASK,
        spoken: tell::CONSENT_REPORT_SPOKEN,
        name: tell::CONSENT_REPORT_NAME,
        answers: [tell::CONSENT_REPORT_YES, tell::CONSENT_REPORT_NO],
        recaps: [tell::CONSENT_REPORT_RECAP_YES, tell::CONSENT_REPORT_RECAP_NO],
        effects: [
            Some(tell::CONSENT_REPORT_EFFECT_YES),
            Some(tell::CONSENT_REPORT_EFFECT_NO),
        ],
    },
    UseWords {
        picture: "c-public",
        ask: tell::CONSENT_PUBLIC_ASK,
        spoken: tell::CONSENT_PUBLIC_SPOKEN,
        name: tell::CONSENT_PUBLIC_NAME,
        answers: [tell::CONSENT_PUBLIC_YES, tell::CONSENT_PUBLIC_NO],
        recaps: [tell::CONSENT_PUBLIC_RECAP_YES, tell::CONSENT_PUBLIC_RECAP_NO],
        effects: [
            Some(tell::CONSENT_PUBLIC_EFFECT_YES),
            Some(tell::CONSENT_PUBLIC_EFFECT_NO),
        ],
    },
];

/// The sentences about one use.
pub fn use_words(to: Use) -> &'static UseWords {
    &WORDS[to as usize]
}

impl UseWords {
    /// The answer in full: "Ja, de gemeente mag luisteren".
    pub fn answer(&self, answer: Answer, organisation: &str) -> String {
        filled(pick(&self.answers, answer), organisation)
    }

    /// The line of the recap: "Bijeenkomst: nee, niet te horen".
    pub fn recap(&self, answer: Answer, organisation: &str) -> String {
        filled(pick(&self.recaps, answer), organisation)
    }

    /// What changes from now on.
    pub fn effect(&self, answer: Answer) -> &'static str {
        pick(&self.effects, answer).map_or("", t)
    }
}

/// A sentence with the name of who is responsible in it.
pub fn filled(text: Text, organisation: &str) -> String {
    fill(text, &[("organisation", organisation)])
}

/// The card, without its two buttons.
pub fn consent_card(to: Use, organisation: &str) -> View {
    let words = use_words(to);
    let number = (to as usize + 1).to_string();
    group()
        .child(scene(words.picture))
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(
                    el("span")
                        .class("vp-hidden")
                        .child(fill(tell::CONSENT_CARD, &[("number", &number)]))
                        .child(". "),
                )
                .child(el("span").child(filled(words.ask, organisation))),
        )
        .child(el("p").class("vp-soft").child(filled(words.spoken, organisation)))
        .into_view()
}

/// A large picture on its panel.
pub fn scene(picture: &str) -> View {
    el("div").class("vp-scene").child(pictogram(picture)).into_view()
}

fn pick<T: Copy>(pair: &[T; 2], answer: Answer) -> T {
    pair[usize::from(answer == Answer::No)]
}
