//! The chunk of who comes back with a code: finding a story, and what one's own story is at the server. It is fetched when
//! it is asked for, with its sentences: all of it needs internet anyway.

use super::{find, own};
use crate::browser::{
    IS_HERE, fragment,
    language::load_more,
    ticket_picture::{self, TicketPicture},
};
use crate::markup::View;
use crate::pages::lazy::{Coming, Draw, when_here};
use crate::texts::File;
use domain::code::StoryCode;
use leptos::wasm_split::SplitLoaderError;
use std::{cell::Cell, future::Future, pin::Pin};

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

/// What saves a picture of a code.
pub(super) type Save = fn(TicketPicture) -> Pin<Box<dyn Future<Output = bool>>>;

/// It is asked for once in the life of a story, so it comes in this chunk.
#[leptos::wasm_split::wasm_split(returning, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(super) fn save_picture() -> Result<Save, SplitLoaderError> {
    Ok(|ticket| Box::pin(ticket_picture::save(ticket)))
}

thread_local! {
    /// The code that stood in the address, taken out of it before the chunk is there.
    static BROUGHT: Cell<Option<StoryCode>> = const { Cell::new(None) };
}

/// The code with which this page was opened, once.
pub(super) fn brought() -> Option<StoryCode> {
    BROUGHT.take()
}

/// The page.
pub(in crate::pages) fn page(page: ReturningPage) -> View {
    // Only a code is taken: the other page has screens behind `#`.
    if IS_HERE && page == ReturningPage::Find {
        let code = StoryCode::try_from(fragment::take()).ok();
        if code.is_some() {
            BROUGHT.set(code);
        }
    }
    when_here(move || -> Coming {
        Box::pin(async move {
            let sentences = load_more(File::Own).await;
            chunk(page).await.ok().filter(|_| sentences)
        })
    })
}
