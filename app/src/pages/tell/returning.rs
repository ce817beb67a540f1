//! The chunk of who comes back with a code: finding a story, and what one's own story is at the server. It is fetched when
//! it is asked for, with its sentences: all of it needs internet anyway.

use super::{find, own};
use crate::browser::language::load_more;
use crate::markup::View;
use crate::pages::lazy::{Coming, Draw, when_here};
use crate::texts::File;
use leptos::wasm_split::SplitLoaderError;

/// A page of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum ReturningPage {
    /// Finding a story by its code.
    Find,
    /// One's own story.
    Own,
}

#[leptos::wasm_split::wasm_split(returning, wasm_split_path = ::leptos::wasm_split, fallible)]
fn chunk(page: ReturningPage) -> Result<Draw, SplitLoaderError> {
    Ok(match page {
        ReturningPage::Find => find::page,
        ReturningPage::Own => own::page,
    })
}

/// The page.
pub(in crate::pages) fn page(page: ReturningPage) -> View {
    when_here(move || -> Coming {
        Box::pin(async move {
            let sentences = load_more(File::Own).await;
            chunk(page).await.ok().filter(|_| sentences)
        })
    })
}
