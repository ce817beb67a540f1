//! The chunk with the pages one comes to later: the questions about a story, and what one does with a story that was
//! told. The service worker fetches it while the first page is read, before that says that everything works without
//! internet. It counts to the bytes of a first visit, unlike [`super::making`].

use super::{choices, code, consent, done, mine, question, voice, withdraw};
use crate::markup::View;
use crate::pages::lazy::{Coming, Draw, when_here};
use leptos::wasm_split::SplitLoaderError;

/// A page of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum LaterPage {
    /// T5.
    Question,
    /// Who tells it, and in which language.
    Voice,
    /// T6.
    Consent,
    /// T7.
    Done,
    /// T8.
    Code,
    /// T9.
    Mine,
    /// Changing who may hear it.
    Choices,
    /// Taking it back.
    Withdraw,
}

#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn chunk(page: LaterPage) -> Result<Draw, SplitLoaderError> {
    Ok(match page {
        LaterPage::Question => question::page,
        LaterPage::Voice => voice::page,
        LaterPage::Consent => consent::page,
        LaterPage::Done => done::page,
        LaterPage::Code => code::page,
        LaterPage::Mine => mine::page,
        LaterPage::Choices => choices::page,
        LaterPage::Withdraw => withdraw::page,
    })
}

/// The page.
pub(in crate::pages) fn page(page: LaterPage) -> View {
    when_here(move || -> Coming { Box::pin(async move { chunk(page).await.ok() }) })
}
