//! A calm line that says what is true and offers one way on.

use super::{feet::button, icon::icon};
use crate::watch::RwSignal;
use crate::{
    browser::{address, document},
    phone::Phone,
    texts::{t, tell},
};
use leptos::{html::Div, prelude::*};

/// A notice with a picture, a sentence and its ways on (buttons or links, may be `()`). It is a live region only when
/// it stands in the page before it speaks: for that see [`status`].
pub fn notice(picture: &str, sentence: &'static str, ways: AnyView) -> AnyView {
    view! {
        <div class="vp-notice">
            {icon(picture)} <p>{sentence}</p> <div class="vp-notice__ways">{ways}</div>
        </div>
    }
    .into_any()
}

/// A place for what has to be said now: always in the page, spoken when it changes, nothing to see while it is silent.
pub fn status(says: RwSignal<Option<String>>) -> AnyView {
    live(move || {
        says.get()
            .map(|says| view! { <p class="vp-notice"><span>{says}</span></p> }.into_any())
    })
}

/// The same for more than a sentence. What appears is brought into view, clear of the foot.
pub fn live(says: impl Fn() -> Option<AnyView> + Send + 'static) -> AnyView {
    let place = NodeRef::<Div>::new();
    let said = move || {
        let said = says();
        if said.is_some() {
            // It is in the page from the next frame on.
            request_animation_frame(move || {
                if let Some(place) = place.get_untracked() {
                    document::bring_into_view(&place);
                }
            });
        }
        said
    };
    view! {
        <div role="status" node_ref=place>
            {said}
        </div>
    }
    .into_any()
}

/// T16: a newer version waits. It shows itself only when nothing is unsaved or under way, and "Straks" sends it away
/// until the next page.
pub fn update_bar() -> AnyView {
    let phone = Phone::here();
    let later = RwSignal::new(false);
    let shown = move || phone.update_waiting.get() && !later.get();
    view! {
        <div role="status">
            {move || {
                shown()
                    .then(|| {
                        let ways = view! {
                            {button("vp-btn vp-btn--line vp-btn--small", t(tell::UPDATE_NOW), move || phone.update_now())}
                            {button("vp-btn vp-btn--quiet vp-btn--small", t(tell::UPDATE_LATER), move || later.set(true))}
                        };
                        notice("i-again", t(tell::UPDATE_TEXT), ways.into_any())
                    })
            }}
        </div>
    }
    .into_any()
}

/// P9: another tab holds a newer storage, and this page can no longer keep anything.
pub(super) fn window_notice() -> AnyView {
    let phone = Phone::here();
    view! {
        <div role="status">
            {move || {
                phone
                    .upgrade_needed
                    .get()
                    .then(|| {
                        let way = button("vp-btn vp-btn--line vp-btn--small", t(tell::STORAGE_RELOAD), address::reload);
                        notice("i-again", t(tell::STORAGE_OTHER_WINDOW), way)
                    })
            }}
        </div>
    }
    .into_any()
}
