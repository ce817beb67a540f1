//! `/`: what this is and for whom. It asks nothing and follows nobody.

use super::plain_frame;
use crate::markup::{IntoView, View, el, group};
use crate::{
    pages::analyse::{self, StaffPage},
    phone::Phone,
    routes::Route,
    texts::{staff, t},
};

/// The page; it comes with the chunk of staff, because a teller begins at a join page.
pub fn page() -> impl IntoView {
    analyse::load(StaffPage::Front)
}

/// Draws the page.
pub(in crate::pages) fn draw() -> View {
    let phone = Phone::here();
    let has_stories =
        move || phone.stories.with(|stories| !stories.is_empty()) || phone.drafts.with(|d| !d.is_empty());
    let body = group()
        .child(
            el("h1")
                .class("vp-voice")
                .attr("tabindex", "-1")
                .child(t(staff::FRONT_TITLE)),
        )
        .child(el("p").child(t(staff::FRONT_WHAT)))
        .child(
            el("section")
                .child(el("h2").class("vp-voice").child(t(staff::FRONT_TELLER_TITLE)))
                .child(el("p").child(t(staff::FRONT_TELLER)))
                .child(move || {
                    has_stories().then(|| {
                        el("p")
                            .child(
                                el("a")
                                    .class("vp-btn vp-btn--line")
                                    .attr("href", Route::Mine.path())
                                    .child(el("span").child(t(staff::FRONT_MINE))),
                            )
                            .into_view()
                    })
                }),
        )
        .child(
            el("section")
                .child(el("h2").class("vp-voice").child(t(staff::FRONT_STAFF_TITLE)))
                .child(el("p").child(t(staff::FRONT_STAFF)))
                .child(
                    el("p").child(
                        el("a")
                            .attr("href", Route::Analyse.path())
                            .child(t(staff::FRONT_LIBRARY)),
                    ),
                ),
        )
        .child(el("p").class("vp-small vp-soft").child(t(staff::FRONT_PRIVACY)))
        .child(
            el("div")
                .class("vp-room")
                .attr("aria-hidden", "true")
                .child(el("div").class("vp-art")),
        );
    plain_frame("vp-poster vp-front", body.into_view(), ().into_view())
}
