//! T1b: who listens.

use crate::{
    routes::Route,
    texts::{t, tell},
};
use leptos::prelude::*;

/// The page behind "Wie luistert er?".
pub fn page(code: String) -> impl IntoView {
    view! {
        <main>
            <h1>{t(tell::FRAME_STEPS)}</h1>
            <a href=Route::Join(code).path()>{t(tell::FRAME_BACK)}</a>
        </main>
    }
}
