//! `/`: what this is and for whom. It asks nothing and follows nobody.

use super::plain_frame;
use crate::{
    pages::analyse::{self, StaffPage},
    phone::Phone,
    routes::Route,
    texts::{staff, t},
};
use leptos::prelude::*;

/// The page; it comes with the chunk of staff, because a teller begins at a join page.
pub fn page() -> impl IntoView {
    analyse::load(StaffPage::Front)
}

/// Draws the page.
pub(in crate::pages) fn draw() -> AnyView {
    let phone = Phone::here();
    let has_stories =
        move || phone.stories.with(|stories| !stories.is_empty()) || phone.drafts.with(|d| !d.is_empty());
    let body = view! {
        <h1 class="vp-voice" tabindex="-1">{t(staff::FRONT_TITLE)}</h1>
        <p>{t(staff::FRONT_WHAT)}</p>
        <section>
            <h2 class="vp-voice">{t(staff::FRONT_TELLER_TITLE)}</h2>
            <p>{t(staff::FRONT_TELLER)}</p>
            {move || {
                has_stories()
                    .then(|| {
                        view! {
                            <p>
                                <a class="vp-btn vp-btn--line" href=Route::Mine.path()>
                                    <span>{t(staff::FRONT_MINE)}</span>
                                </a>
                            </p>
                        }
                            .into_any()
                    })
            }}
        </section>
        <section>
            <h2 class="vp-voice">{t(staff::FRONT_STAFF_TITLE)}</h2>
            <p>{t(staff::FRONT_STAFF)}</p>
            <p>
                <a href=Route::Analyse.path()>{t(staff::FRONT_LIBRARY)}</a>
            </p>
        </section>
        <p class="vp-small vp-soft">{t(staff::FRONT_PRIVACY)}</p>
        <div class="vp-room" aria-hidden="true">
            <div class="vp-art"></div>
        </div>
    };
    plain_frame("vp-poster vp-front", body.into_any(), ().into_any())
}
