//! The chunk with which one tells in another way than writing: the recorder, listening back, photos and drawings. The
//! service worker fetches it while the first page is read, before it says that everything works without internet.

use super::{draw, listen, photo, record};
use crate::markup::View;
use crate::pages::lazy::{Coming, Draw, when_here};
use leptos::wasm_split::SplitLoaderError;

/// A page of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum AloudPage {
    /// T3.
    Record,
    /// T4.
    Listen,
    /// T3b.
    Photo,
    /// T3b.
    Draw,
}

#[leptos::wasm_split::wasm_split(aloud, wasm_split_path = ::leptos::wasm_split, fallible)]
fn chunk(page: AloudPage) -> Result<Draw, SplitLoaderError> {
    Ok(match page {
        AloudPage::Record => record::page,
        AloudPage::Listen => listen::page,
        AloudPage::Photo => photo::page,
        AloudPage::Draw => draw::page,
    })
}

/// The page.
pub(in crate::pages) fn page(page: AloudPage) -> View {
    when_here(move || -> Coming { Box::pin(async move { chunk(page).await.ok() }) })
}
