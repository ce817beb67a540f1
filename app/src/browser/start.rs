//! From "the WASM is there" to a page that answers.

use super::{document, drawing, history, language, service_worker};
use crate::watch::{Owner, RwSignal, provide_context};
use crate::{Screen, app, page_data::PageData, texts};
use wasm_bindgen_futures::spawn_local;

/// Draws the page in view. A join page was already drawn by the server and a shell is empty; both are drawn anew in
/// one go, without a paint in between. (Leptos could adopt the server's nodes instead, but a page the browser has
/// translated or an extension has touched no longer has the nodes it expects, and it dies; and adopting costs bytes.)
pub fn start() {
    // Where std is compiled along (.ci/build) a panic has no words and calls nothing.
    #[cfg(not(panic = "immediate-abort"))]
    console_error_panic_hook::set_once();
    spawn_local(async {
        let data = document::page_data();
        let language = language::wanted(data.as_ref().map(|data| data.language.as_str()));
        let language = language::load(language).await;
        document::set_language(language);
        draw(data, language);
        service_worker::register();
    });
}

fn draw(data: Option<PageData>, language: texts::Language) {
    document::clear_body();
    let page = Owner::new();
    page.with(move || {
        if let Some(data) = data {
            provide_context(data);
        }
        let screen = Screen {
            route: RwSignal::new(history::here()),
            language: RwSignal::new(language),
        };
        history::follow(screen.route);
        std::mem::forget(drawing::mount(app(screen), &document::body()));
    });
    // All of it stays as long as the document does.
    std::mem::forget(page);
}
