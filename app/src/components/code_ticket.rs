//! The story ticket: pictures, QR and words, made to be kept, photographed and printed.

use super::{qr::qr, story_pair::story_pair};
use crate::markup::{IntoView, View, el};
use crate::texts::{t, tell};
use domain::{code::WORD_COUNT, story::StoryPictures};

/// The ticket. `address` is what the QR opens.
pub fn code_ticket(pictures: StoryPictures, address: &str, words: &[&'static str; WORD_COUNT]) -> View {
    el("section")
        .class("vp-ticket")
        .attr("aria-label", t(tell::CODE_TITLE))
        .child(el("div").class("vp-art").attr("aria-hidden", "true"))
        .child(story_pair(pictures))
        .child(
            el("div")
                .class("vp-ticket__qr")
                .child(qr(address, t(tell::CODE_QR))),
        )
        .child(code_words("vp-ticket__words vp-voice", words))
        .into_view()
}

/// The nine words in three rows of three. Words of a code are Dutch in every language, and nothing may translate them.
pub fn code_words(class: &'static str, words: &[&'static str; WORD_COUNT]) -> View {
    let words: Vec<View> = words
        .iter()
        .map(|word| {
            el("li")
                .attr("lang", "nl")
                .attr("data-slow", true)
                .child(*word)
                .into_view()
        })
        .collect();
    el("ol")
        .class(class)
        .attr("aria-label", t(tell::CODE_WORDS))
        .attr("dir", "ltr")
        .attr("translate", "no")
        .child(words)
        .into_view()
}
