//! Whether this phone keeps stories for good, in plain words.

use super::icon::icon;
use crate::markup::{IntoView, View, el};
use crate::{
    phone::{Install, Phone, StorageKind},
    texts::{Text, fill, t, tell},
};

/// iOS clears what a page stored when it was not opened for this many days, unless it is on the home screen.
const IOS_DAYS: &str = "7";

/// The line. Nothing before the browser was asked.
pub fn storage_line() -> View {
    let phone = Phone::here();
    el("div")
        .attr("role", "status")
        .child(move || line(phone))
        .into_view()
}

fn line(phone: Phone) -> View {
    let hint = |picture: &str, sentence: String| {
        el("p")
            .class("vp-small vp-hint vp-soft")
            .child(icon(picture))
            .child(el("span").child(sentence))
            .into_view()
    };
    let say = |picture: &str, text: Text| hint(picture, t(text).to_owned());
    if phone.storage.get() == StorageKind::MemoryOnly {
        return say("i-clock", tell::STORAGE_NONE);
    }
    match phone.persisted.get() {
        None => ().into_view(),
        Some(true) => say("i-phone", tell::STORAGE_KEEPS),
        Some(false) => {
            let first = if phone.can_install.get() == Install::IosSteps {
                fill(tell::STORAGE_MAY_ERASE, &[("days", IOS_DAYS)])
            } else {
                t(tell::STORAGE_MAY_ERASE_FULL).to_owned()
            };
            hint("i-clock", [&first, " ", t(tell::STORAGE_KEEP_CODE)].concat())
        }
    }
}
