//! The library of staff, and the chunk it comes in: everything below the split is never on a teller's phone, nor are
//! its sentences and its style.

mod entries;
mod follow;
mod library;
mod reading;
mod search;
mod shelf;
mod states;
mod story_facts;
mod tag_strip;

use super::manage;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, RwSignal};
use crate::{
    browser::language::load_staff,
    components::feet::main_foot,
    texts::{t, tell},
};
use leptos::{prelude::untrack, task::spawn_local, wasm_split::SplitLoaderError};

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

/// What draws a page. The chunk hands over a function and not a view, so that the view is made where it belongs:
/// inside the page, which owns its signals.
type Draw = fn() -> View;

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

/// Where a page of the chunk is in its loading.
#[derive(Clone, Copy)]
enum Loading {
    Waits,
    Here(Draw),
    Failed,
}

/// Draws a page of the chunk once the chunk and the sentences of staff are there.
pub(super) fn load(page: StaffPage) -> View {
    let loading = RwSignal::new(Loading::Waits);
    let begin = move || {
        loading.set(Loading::Waits);
        spawn_local(async move {
            let sentences = load_staff().await;
            let loaded = match chunk(page).await {
                Ok(draw) if sentences => Loading::Here(draw),
                _ => Loading::Failed,
            };
            // The person may have left meanwhile.
            _ = loading.try_set(loaded);
        });
    };
    // Effects run in the browser only; the server sends an empty document for these pages.
    Effect::new(move |_| begin());
    (move || match loading.get() {
        Loading::Waits => el("main").class("vp-main").attr("aria-busy", "true").into_view(),
        Loading::Here(draw) => untrack(draw),
        Loading::Failed => el("div")
            .class("vp-phone")
            .child(
                el("main")
                    .class("vp-main")
                    .child(
                        el("div").class("vp-body").child(
                            el("h1")
                                .class("vp-voice vp-ask")
                                .attr("tabindex", "-1")
                                .child(t(tell::TROUBLE_NOT_LOADED)),
                        ),
                    )
                    .child(main_foot(t(tell::TROUBLE_AGAIN), begin)),
            )
            .into_view(),
    })
    .into_view()
}
