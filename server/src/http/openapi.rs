//! The wire contract as OpenAPI 3.1, made from the handlers themselves.

use crate::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use domain::sync::protocol::ProblemAnswer;
use utoipa::OpenApi;

/// What every answer that is not a success carries.
pub(super) type Answer = ProblemAnswer;

/// What the contract says before its routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vertelpunt",
        description = "How phones and other clients talk to Vertelpunt. Ids are UUIDs version 4, made by the client; \
                       moments are milliseconds since 1970; hashes and keys are lower-case hexadecimal. \
                       An answer that is not a success carries a problem with a stable `code`.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2"),
    ),
    components(schemas(ProblemAnswer)),
    tags(
        (name = "telling", description = "For phones of tellers; no account, keys in a header"),
        (name = "staff", description = "For members; the cookie that a sign-in link sets"),
        (name = "running", description = "For whoever runs the server"),
    )
)]
pub(super) struct Contract;

/// The contract of this server.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "running", responses(
    (status = 200, description = "This document"),
))]
pub(super) async fn document(State(state): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], state.contract)
}
