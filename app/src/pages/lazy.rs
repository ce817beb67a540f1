//! Pages that come in a chunk of their own: what a first visit does not need it does not wait for.
//!
//! A chunk hands over a function and not a view, so that the view is made where it belongs: inside the page, which owns
//! its signals.

use crate::browser::fragment;
use crate::browser::spawn_local;
use crate::components::feet::main_foot;
use crate::markup::{IntoView, View, el};
use crate::texts::{t, tell};
use crate::watch::{Effect, RwSignal, untrack};
use leptos::prelude::request_animation_frame;
use std::{future::Future, pin::Pin};

/// What draws a page.
pub(super) type Draw = fn() -> View;

/// A chunk on its way; `None` when it could not be had.
pub(super) type Coming = Pin<Box<dyn Future<Output = Option<Draw>>>>;

/// Where a page is in its loading.
#[derive(Clone, Copy)]
enum Loading {
    Waits,
    Here(Draw),
    Failed,
}

/// Draws a page once its chunk is there; where it cannot be had the page says so and offers to try again.
pub(super) fn when_here(fetch: impl Fn() -> Coming + Copy + 'static) -> View {
    let loading = RwSignal::new(Loading::Waits);
    let begin = move || {
        loading.set(Loading::Waits);
        let coming = fetch();
        spawn_local(async move {
            let loaded = coming.await.map_or(Loading::Failed, Loading::Here);
            // The person may have left meanwhile.
            if loading.try_set(loaded) {
                // The heading was not there yet when the address changed.
                request_animation_frame(fragment::focus_heading_if_nowhere);
            }
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
