//! To be written.

use leptos::prelude::*;

/// The page.
pub fn page() -> impl IntoView {
    view! { <main><h1 tabindex="-1">"story"</h1></main> }
}
