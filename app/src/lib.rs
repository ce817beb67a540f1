//! The front end of Vertelpunt.
//!
//! One crate, two builds: with `hydrate` it is the WASM library that draws in the browser, with `ssr` it draws the
//! documents the server sends. These two features are named here and in `browser/mod.rs` only.
//!
//! How a page comes to the screen: [`routes::Route`] names the path, [`pages::draw`] draws it, [`browser::start`]
//! finds out whether the document was drawn by the server (join pages) or is the empty shell, and mounts [`App`].

pub mod aloud;
pub mod browser;
pub mod components;
pub mod json;
pub mod markup;
pub mod page_data;
pub mod pages;
pub mod phone;
pub mod routes;
pub mod state;
pub mod texts;
pub mod watch;

#[cfg(feature = "ssr")]
pub mod documents;

use crate::watch::{RwSignal, provide_context};
use markup::{IntoView, View};
use routes::Route;

/// Where the person is and which language the screen speaks: the two signals that draw everything anew.
#[derive(Clone, Copy)]
pub struct Screen {
    /// The page in view. Change it with [`browser::history::go`], which also writes the address.
    pub route: RwSignal<Route>,
    /// The language in use. Change it with [`browser::language::choose`], which first fetches its sentences.
    pub language: RwSignal<texts::Language>,
}

/// The whole of what is between `<body>` and `</body>`.
pub fn app(screen: Screen) -> View {
    provide_context(screen);
    phone::Phone::provide(screen.language);
    browser::voice::Voice::provide();
    (move || {
        screen.language.track();
        pages::draw(screen.route.get())
    })
    .into_view()
}

/// Called by the document's start script once the WASM is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    browser::start();
}
