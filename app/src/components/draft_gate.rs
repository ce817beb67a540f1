//! The pages of a draft are drawn when this tab works on one; otherwise the way leads to one's own stories.

use super::frame::{Back, Step, teller_frame};
use crate::markup::{IntoView, View, el};
use crate::watch::{Effect, Memo, untrack};
use crate::{
    browser::history,
    phone::Phone,
    routes::Route,
    texts::{t, tell},
};
use domain::draft::Draft;

/// Draws `page` with the draft as it is now, once it is there; drawn again only when another draft takes its place.
/// Without a draft, once storage is read, `/mine` takes the place of this page.
pub fn with_draft(step: Step, page: fn(Phone, Draft) -> View) -> View {
    let phone = Phone::here();
    let which = Memo::new(move |_| phone.draft.with(|draft| draft.as_ref().map(|draft| draft.id)));
    Effect::new(move |_| {
        if which.get().is_none() && phone.ready.get() {
            history::replace(&Route::Mine);
        }
    });
    (move || match which.get().and_then(|_| phone.draft.get_untracked()) {
        // What a page reads while it is drawn must not draw it again: somebody is typing in it.
        Some(draft) => untrack(|| page(phone, draft)),
        None => {
            let body = el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::COMMON_WAIT));
            teller_frame(
                "vp-calm",
                Some(step),
                Back::None,
                body.into_view(),
                ().into_view(),
            )
        }
    })
    .into_view()
}

/// Keeps the draft and goes on to another page of telling.
pub fn go_on(phone: Phone, route: &Route) {
    phone.keep_now();
    history::go(route);
}
