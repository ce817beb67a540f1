//! The chunk with the pages on which one records, draws or takes a photo, and hears it back: what a first visit may go
//! without until the page has settled. The service worker fetches it behind the first page, before that says that
//! everything works without internet.

use super::{draw, listen, own_sound, photo, record};
use crate::markup::View;
use crate::pages::lazy::{Coming, Draw, when_here};
use leptos::wasm_split::SplitLoaderError;

/// A page of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum MakingPage {
    /// T3.
    Record,
    /// T4.
    Listen,
    /// T10, which T2 puts in its own place.
    StillHere,
    /// T3b.
    Photo,
    /// T3b.
    Draw,
}

#[leptos::wasm_split::wasm_split(making, wasm_split_path = ::leptos::wasm_split, fallible)]
fn chunk(page: MakingPage) -> Result<Draw, SplitLoaderError> {
    Ok(match page {
        MakingPage::Record => record::page,
        MakingPage::Listen => listen::page,
        MakingPage::StillHere => listen::still_here,
        MakingPage::Photo => photo::page,
        MakingPage::Draw => draw::page,
    })
}

/// The page.
pub(in crate::pages) fn page(page: MakingPage) -> View {
    when_here(move || -> Coming { Box::pin(async move { chunk(page).await.ok() }) })
}

/// What plays an own story, with what it plays by.
#[leptos::wasm_split::wasm_split(making, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(super) fn own_sound() -> Result<own_sound::Make, SplitLoaderError> {
    Ok(own_sound::own_sound)
}
