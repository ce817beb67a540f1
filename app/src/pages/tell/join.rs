//! T1: who asks, what is asked, that you may.

use crate::{
    page_data::PageData,
    routes::Route,
    texts::{fill, t, tell},
};
use leptos::prelude::*;

/// The join page, drawn by the server with its data, later by the phone.
pub fn page(code: String) -> impl IntoView {
    let entry = use_context::<PageData>().and_then(|data| data.entry).filter(|entry| entry.code == code);
    let (partner, municipality, question) =
        entry.map(|entry| (entry.partner, entry.municipality, entry.question)).unwrap_or_default();
    view! {
        <main>
            <p>{fill(tell::JOIN_ASK, &[("partner", &partner), ("municipality", &municipality), ("gemeente", &municipality)])}</p>
            <h1>{question}</h1>
            <a href=Route::How.path()>{t(tell::APP_NAME)}</a>
            <a href=Route::WhoListens(code).path()>"who"</a>
        </main>
    }
}
