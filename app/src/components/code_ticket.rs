//! The story ticket: pictures, QR and words, made to be kept, photographed and printed.

use super::{qr::qr, story_pair::story_pair};
use crate::texts::{t, tell};
use domain::{code::WORD_COUNT, story::StoryPictures};
use leptos::prelude::*;

/// The ticket. `address` is what the QR opens.
pub fn code_ticket(pictures: StoryPictures, address: &str, words: &[&'static str; WORD_COUNT]) -> AnyView {
    view! {
        <section class="vp-ticket" aria-label=t(tell::CODE_TITLE)>
            <div class="vp-art" aria-hidden="true"></div>
            {story_pair(pictures)}
            <div class="vp-ticket__qr">{qr(address, t(tell::CODE_QR))}</div>
            {code_words("vp-ticket__words vp-voice", words)}
        </section>
    }
    .into_any()
}

/// The nine words in three rows of three. Words of a code are Dutch in every language, and nothing may translate them.
pub fn code_words(class: &'static str, words: &[&'static str; WORD_COUNT]) -> AnyView {
    let words: Vec<AnyView> = words
        .iter()
        .map(|word| view! { <li lang="nl">{*word}</li> }.into_any())
        .collect();
    view! { <ol class=class aria-label=t(tell::CODE_WORDS) dir="ltr" translate="no">{words}</ol> }.into_any()
}
