//! The table of routes.
//!
//! - **A route of the API**: a handler in a file of its own beside this one, one line in [`api::routes`].
//! - **A page the browser draws**: nothing here. Any path that is neither a file nor a route gets the empty shell;
//!   the page is a variant of `app::routes::Route` and a file under `app/src/pages`.
//! - **A page the server draws** (join and public pages only): a handler in [`pages`] and a line here.

pub mod api;
pub mod assets;
mod auth;
mod body;
mod clips;
mod copy;
mod entry;
mod error;
mod headers;
mod health;
mod lease;
pub mod limits;
mod live;
mod nonce;
mod openapi;
mod own;
mod pages;
mod service_worker;
mod stories;
mod sync;
pub mod trust;
mod tus;

pub(crate) use auth::hex;

use crate::{AppState, connections};
use axum::{Router, http::StatusCode, middleware, routing::get};
use tower_http::compression::{
    CompressionLayer, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

/// All routes, with the headers that every answer carries.
pub fn routes(state: AppState) -> Router {
    let (api, _) = api::routes();
    let pace = middleware::from_fn_with_state(state.patience, connections::paced);
    let router = Router::new()
        .merge(api)
        .route("/v/{code}", get(pages::join))
        .route("/v/{code}/who", get(pages::who_listens))
        .route("/shell", get(pages::shell))
        .route("/sw.js", get(service_worker::script))
        .route("/manifest.webmanifest", get(service_worker::manifest))
        .route("/api/{*rest}", axum::routing::any(async || StatusCode::NOT_FOUND))
        .fallback(assets::file_or_shell)
        .layer(pace)
        .layer(middleware::map_response(headers::harden))
        // Files of the build come compressed already; letters and pictures are compressed by their format.
        .layer(
            CompressionLayer::new().compress_when(
                SizeAbove::new(256)
                    .and(NotForContentType::IMAGES)
                    .and(NotForContentType::const_new("audio/"))
                    .and(NotForContentType::const_new("font/"))
                    .and(NotForContentType::const_new("application/wasm")),
            ),
        );
    api::observed(router).with_state(state)
}
