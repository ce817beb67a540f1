//! What just happened, with the way back: undo rather than warn.

use super::{feet::button, icon::icon};
use crate::markup::{IntoView, View, el};
use crate::texts::{t, tell};

/// A sentence and "Ongedaan maken". Put it inside an element with `role="status"` that was there before.
pub fn undo(sentence: String, act: impl Fn() + 'static) -> View {
    el("div")
        .class("vp-notice")
        .child(icon("i-undo"))
        .child(el("p").child(sentence))
        .child(button(
            "vp-btn vp-btn--line vp-btn--small",
            t(tell::COMMON_UNDO),
            act,
        ))
        .into_view()
}
