//! The library of staff. It is a chunk of its own: a teller's phone never downloads it.

mod library;

use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

/// The chunk. `fallible`: without network the chunk may be missing, and then the page says so instead of dying.
#[leptos::wasm_split::wasm_split(analyse, wasm_split_path = ::leptos::wasm_split, fallible)]
fn library() -> Result<AnyView, SplitLoaderError> {
    Ok(library::page().into_any())
}

/// Draws the library once its chunk is there.
pub fn page() -> impl IntoView {
    let loaded = RwSignal::new_local(None::<bool>);
    let view = StoredValue::new_local(None::<AnyView>);
    leptos::task::spawn_local(async move {
        let outcome = library().await;
        loaded.set(Some(outcome.is_ok()));
        view.set_value(outcome.ok());
    });
    move || match loaded.get() {
        None => ().into_any(),
        Some(true) => view.write_value().take().into_any(),
        Some(false) => view! { <main><h1>"?"</h1></main> }.into_any(),
    }
}
