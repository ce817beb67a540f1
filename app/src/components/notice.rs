//! A calm line that says what is true and offers one way on.

use super::{feet::button, icon::icon};
use crate::browser::drawing::NodeRef;
use crate::markup::{IntoView, View, el, group};
use crate::watch::RwSignal;
use crate::{
    browser::{address, document},
    phone::Phone,
    texts::{fill, t, tell},
};
use leptos::prelude::request_animation_frame;

/// A notice with a picture, a sentence and its ways on (buttons or links, may be `()`). It is a live region only when
/// it stands in the page before it speaks: for that see [`status`].
pub fn notice(picture: &str, sentence: &'static str, ways: View) -> View {
    notice_of(picture, sentence.into_view(), ways)
}

/// The same, with a sentence that holds a time or a number.
pub fn notice_of(picture: &str, sentence: View, ways: View) -> View {
    el("div")
        .class("vp-notice")
        .child(icon(picture))
        .child(el("p").child(sentence))
        .child(el("div").class("vp-notice__ways").child(ways))
        .into_view()
}

/// A place for what has to be said now: always in the page, spoken when it changes, nothing to see while it is silent.
pub fn status(says: RwSignal<Option<String>>) -> View {
    live(move || {
        says.get().map(|says| {
            el("p")
                .class("vp-notice")
                .child(el("span").child(says))
                .into_view()
        })
    })
}

/// The same for more than a sentence. What appears is brought into view, clear of the foot.
pub fn live(says: impl Fn() -> Option<View> + Send + 'static) -> View {
    let place = NodeRef::new();
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
    el("div")
        .attr("role", "status")
        .node_ref(place)
        .child(said)
        .into_view()
}

/// P7: this phone erased stories that were not sent. It is said once, and stands there as long as this visit lasts; at
/// the door not to who comes after somebody who left fast.
pub fn erased_notice(at_the_door: bool) -> View {
    let phone = Phone::here();
    live(move || {
        let count = phone.erased.get();
        if count == 0 || (at_the_door && phone.was_left_fast()) {
            return None;
        }
        phone.erased_was_said();
        let words = match count {
            1 => t(tell::STATE_ERASED).to_owned(),
            count => fill(tell::STATE_ERASED_MORE, &[("count", &count.to_string())]),
        };
        Some(notice_of("i-phone", words.into_view(), View::Nothing))
    })
}

/// T16: a newer version waits. It shows itself only when nothing is unsaved or under way, and "Straks" sends it away
/// until the next page.
pub fn update_bar() -> View {
    let phone = Phone::here();
    let later = RwSignal::new(false);
    let shown = move || phone.update_waiting.get() && !later.get();
    el("div")
        .attr("role", "status")
        .child(move || {
            shown().then(|| {
                let ways = group()
                    .child(button(
                        "vp-btn vp-btn--line vp-btn--small",
                        t(tell::UPDATE_NOW),
                        move || phone.update_now(),
                    ))
                    .child(button(
                        "vp-btn vp-btn--quiet vp-btn--small",
                        t(tell::UPDATE_LATER),
                        move || later.set(true),
                    ));
                notice("i-again", t(tell::UPDATE_TEXT), ways.into_view())
            })
        })
        .into_view()
}

/// P9: another tab holds a newer storage, and this page can no longer keep anything.
pub(super) fn window_notice() -> View {
    let phone = Phone::here();
    el("div")
        .attr("role", "status")
        .child(move || {
            phone.upgrade_needed.get().then(|| {
                let way = button(
                    "vp-btn vp-btn--line vp-btn--small",
                    t(tell::STORAGE_RELOAD),
                    address::reload,
                );
                notice("i-again", t(tell::STORAGE_OTHER_WINDOW), way)
            })
        })
        .into_view()
}
