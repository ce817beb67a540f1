//! The doors of projects.

use crate::AppState;
use crate::http::error::ApiError;
use crate::storage::project;
use axum::Json;
use axum::extract::{Path, State};
use domain::problem::Problem;
use domain::project::{EntryCode, Project};

/// What a phone may know of the project behind an entry code.
///
/// A code is an address, not a secret. A known one always answers, so that nobody who guesses can shut the door for
/// others; wrong ones are limited for the whole server.
#[utoipa::path(get, path = "/api/v1/entry/{code}", tag = "telling", params(("code" = String, Path)), responses(
    (status = 200, description = "The project", body = Project),
    (status = 404, description = "No such entry point: `unknown_project`", body = super::openapi::Answer),
    (status = 429, description = "Too many wrong codes on this server: `too_many_tries`", body = super::openapi::Answer),
))]
pub(super) async fn entry(
    State(state): State<AppState>,
    Path(code): Path<String>,
) -> Result<Json<Project>, ApiError> {
    let found = match EntryCode::new(&code) {
        Ok(code) => state.db.read(move |db| project::by_entry(db, &code)).await?,
        Err(_) => None,
    };
    match found {
        Some(project) => Ok(Json(project)),
        None => {
            state.limits.entry.check(state.clock.elapsed())?;
            state.limits.entry.failed(state.clock.elapsed());
            Err(Problem::UnknownProject.into())
        }
    }
}
