//! What a phone gets without HTTPS before it trusts this machine: the page that explains how, the certificate
//! authority, and nothing else.

use crate::AppState;
use crate::http::{assets, headers};
use axum::Router;
use axum::http::header;
use axum::middleware::map_response;
use axum::routing::get;

/// The file a phone installs.
pub const AUTHORITY_PATH: &str = "/vertelpunt-ca.crt";

/// The routes of the second port. `next` is where the teller goes once the phone trusts us.
pub fn routes(state: AppState, authority: Vec<u8>, next: String) -> Router {
    let next = serde_json::json!({ "next": next }).to_string();
    let download = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"vertelpunt-ca.crt\"",
        ),
    ];
    Router::new()
        .route(AUTHORITY_PATH, get(async move || (download, authority)))
        .route(
            "/trust.json",
            get(async move || ([(header::CONTENT_TYPE, "application/json")], next)),
        )
        .fallback(assets::file_or_shell)
        .layer(map_response(headers::harden))
        .with_state(state)
}
