//! The library of staff, and the chunk it comes in: everything below the split is never on a teller's phone, nor are
//! its sentences and its style.

mod answers;
mod deck;
mod entries;
mod follow;
pub(in crate::pages) mod lease;
mod library;
mod marks;
mod parts;
mod player_bar;
mod reading;
mod search;
mod shelf;
mod states;
mod story_facts;
mod tag_strip;

use super::{
    lazy::{Coming, Draw, when_here},
    manage,
};
use crate::browser::language::load_more;
use crate::markup::{IntoView, View, el, group};
use crate::texts::File;
use leptos::wasm_split::SplitLoaderError;

/// A page of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StaffPage {
    /// `/`
    Front,
    /// `/sign-in`
    SignIn,
    /// `/analyse`
    Library,
    /// `/trust`
    Trust,
}

/// The chunk. `fallible`: without network the chunk may be missing, and then the page says so instead of dying.
#[leptos::wasm_split::wasm_split(staff, wasm_split_path = ::leptos::wasm_split, fallible)]
fn chunk(page: StaffPage) -> Result<Draw, SplitLoaderError> {
    Ok(match page {
        StaffPage::Front => manage::front::draw,
        StaffPage::SignIn => manage::sign_in::draw,
        StaffPage::Library => library::draw,
        StaffPage::Trust => manage::trust::draw,
    })
}

/// The library.
pub fn page() -> impl IntoView {
    group()
        // Beside the chunk and not after it: the page would be seen without its style.
        .child(el("link").attr("rel", "stylesheet").attr("href", "/staff.css"))
        .child(load(StaffPage::Library))
}

/// Draws a page of the chunk once the chunk and the sentences of staff are there.
pub(super) fn load(page: StaffPage) -> View {
    when_here(move || -> Coming {
        Box::pin(async move {
            let sentences = load_more(File::Staff).await;
            chunk(page).await.ok().filter(|_| sentences)
        })
    })
}
