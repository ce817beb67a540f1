//! "Zet op je beginscherm": once, after the first story is safe.

use super::{feet::button, icon::icon};
use crate::markup::{IntoView, View, el};
use crate::watch::{Effect, Memo, RwSignal};
use crate::{
    phone::{Install, Phone},
    texts::{t, tell},
};

/// The hint; it comes when `safe` becomes true and was not shown on this phone before.
pub fn install_hint(safe: Memo<bool>) -> View {
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
    el("div")
        .attr("role", "status")
        .child(move || match shown.get() {
            Install::No => ().into_view(),
            offer => notice(phone, offer, open),
        })
        .into_view()
}

fn notice(phone: Phone, offer: Install, open: RwSignal<bool>) -> View {
    let way = match offer {
        Install::Prompt => button(
            "vp-btn vp-btn--line vp-btn--small",
            t(tell::INSTALL_BUTTON),
            move || phone.install(),
        ),
        _ => el("ol")
            .class("vp-small")
            .child(el("li").child(t(tell::INSTALL_IOS_1)))
            .child(el("li").child(t(tell::INSTALL_IOS_2)))
            .child(el("li").child(t(tell::INSTALL_IOS_3)))
            .into_view(),
    };
    el("div")
        .class("vp-notice")
        .child(icon("i-plus"))
        .child(
            el("p")
                .child(el("strong").child(t(tell::INSTALL_TITLE)))
                .child(" ")
                .child(el("span").child(t(tell::INSTALL_WHY))),
        )
        .child(el("div").class("vp-notice__ways").child(way).child(button(
            "vp-btn vp-btn--quiet vp-btn--small",
            t(tell::INSTALL_NO),
            move || open.set(false),
        )))
        .into_view()
}
