//! "Zet op je beginscherm": once, after the first story is safe.

use super::{feet::button, icon::icon};
use crate::watch::{Effect, Memo, RwSignal};
use crate::{
    phone::{Install, Phone},
    texts::{t, tell},
};
use leptos::prelude::*;

/// The hint; it comes when `safe` becomes true and was not shown on this phone before.
pub fn install_hint(safe: Memo<bool>) -> AnyView {
    let phone = Phone::here();
    let open = RwSignal::new(!phone.install_hint_was_shown());
    let shown = Memo::new(move |_| {
        if open.get() && safe.get() {
            phone.can_install.get()
        } else {
            Install::No
        }
    });
    Effect::new(move || {
        if shown.get() != Install::No {
            phone.install_hint_shown();
        }
    });
    view! {
        <div role="status">
            {move || match shown.get() {
                Install::No => ().into_any(),
                offer => notice(phone, offer, open),
            }}
        </div>
    }
    .into_any()
}

fn notice(phone: Phone, offer: Install, open: RwSignal<bool>) -> AnyView {
    let way = match offer {
        Install::Prompt => button(
            "vp-btn vp-btn--line vp-btn--small",
            t(tell::INSTALL_BUTTON),
            move || phone.install(),
        ),
        _ => view! {
            <ol class="vp-small">
                <li>{t(tell::INSTALL_IOS_1)}</li>
                <li>{t(tell::INSTALL_IOS_2)}</li>
                <li>{t(tell::INSTALL_IOS_3)}</li>
            </ol>
        }
        .into_any(),
    };
    view! {
        <div class="vp-notice">
            {icon("i-plus")} <p><strong>{t(tell::INSTALL_TITLE)}</strong> " " <span>{t(tell::INSTALL_WHY)}</span></p>
            <div class="vp-notice__ways">
                {way} {button("vp-btn vp-btn--quiet vp-btn--small", t(tell::INSTALL_NO), move || open.set(false))}
            </div>
        </div>
    }
    .into_any()
}
