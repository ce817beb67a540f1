//! What just happened, with the way back: undo rather than warn.

use super::{feet::button, icon::icon};
use crate::texts::{t, tell};
use leptos::prelude::*;

/// A sentence and "Ongedaan maken". Put it inside an element with `role="status"` that was there before.
pub fn undo(sentence: String, act: impl Fn() + 'static) -> AnyView {
    view! {
        <div class="vp-notice">
            {icon("i-undo")} <p>{sentence}</p>
            {button("vp-btn vp-btn--line vp-btn--small", t(tell::COMMON_UNDO), act)}
        </div>
    }
    .into_any()
}
