//! The list of stories.

use crate::texts::{staff, t};
use leptos::prelude::*;

/// The library's first page.
pub fn page() -> impl IntoView {
    let count = RwSignal::new(0);
    let first = staff::KEYS.first().map(|(_, text)| t(*text)).unwrap_or_default();
    view! {
        <main>
            <h1>"Library"</h1>
            <p>{first}</p>
            <button on:click=move |_| count.update(|n| *n += 1)>{move || count.get()}</button>
        </main>
    }
}
