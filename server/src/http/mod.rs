//! The table of routes.
//!
//! - **A route of the API**: a handler in a file of its own beside this one, one line in [`routes`] under `/api/v1`.
//! - **A page the browser draws**: nothing here. Any path that is neither a file nor a route gets the empty shell;
//!   the page is a variant of `app::routes::Route` and a file under `app/src/pages`.
//! - **A page the server draws** (join and public pages only): a handler in [`pages`] and a line here.

pub mod assets;
mod headers;
mod nonce;
mod pages;
mod service_worker;

use crate::AppState;
use axum::{Router, http::StatusCode, middleware, routing::get};

/// All routes, with the headers that every answer carries.
pub fn routes(state: AppState) -> Router {
    Router::new()
        .route("/v/{code}", get(pages::join))
        .route("/v/{code}/who", get(pages::who_listens))
        .route("/shell", get(pages::shell))
        .route("/sw.js", get(service_worker::script))
        .route("/manifest.webmanifest", get(service_worker::manifest))
        .route("/api/{*rest}", axum::routing::any(async || StatusCode::NOT_FOUND))
        .fallback(assets::file_or_shell)
        .layer(middleware::map_response(headers::harden))
        .with_state(state)
}
