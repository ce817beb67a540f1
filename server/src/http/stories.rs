//! Stories for those who work with them. Nothing leaves here except through the type its consent constructs.

use crate::AppState;
use crate::http::auth::Token;
use crate::http::error::ApiError;
use crate::storage::{sign_in, story};
use axum::Json;
use axum::extract::{Path, Query, State};
use domain::id::{ProjectId, StoryId};
use domain::problem::Problem;
use domain::story::{Found, ReadStory};

/// Opens a story to read it.
#[utoipa::path(get, path = "/api/v1/stories/{id}", tag = "staff", params(("id" = StoryId, Path)), responses(
    (status = 200, description = "The story, as far as its teller allows analysis", body = ReadStory),
    (status = 401, description = "Nobody is signed in: `not_signed_in`", body = super::openapi::Answer),
    (status = 404, description = "None, or none you may know of: `story_unknown`", body = super::openapi::Answer),
    (status = 422, description = "Its teller took it back: `story_withdrawn`", body = super::openapi::Answer),
))]
pub(super) async fn read(
    State(state): State<AppState>,
    Token(token): Token,
    Path(id): Path<String>,
) -> Result<Json<ReadStory>, ApiError> {
    let (now, id) = (state.clock.now(), id.parse::<StoryId>().ok());
    let found = state.db.read(move |db| {
        let Some(member) = sign_in::member(db, token, now)? else {
            return Ok(Err(Problem::NotSignedIn));
        };
        let Some(id) = id else {
            return Ok(Err(Problem::StoryUnknown));
        };
        Ok(match story::reading(db, id, &member)? {
            Some(story) => Ok(story),
            None if story::was_taken_back(db, id, &member)? => Err(Problem::StoryWithdrawn),
            None => Err(Problem::StoryUnknown),
        })
    });
    Ok(Json(found.await??))
}

/// What is searched for.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Words, or their beginnings; all must occur.
    #[serde(default)]
    q: String,
}

/// Finds stories by their words.
#[utoipa::path(get, path = "/api/v1/projects/{id}/search", tag = "staff", params(("id" = ProjectId, Path), Asked), responses(
    (status = 200, description = "Which stories, the newest first", body = Found),
    (status = 401, description = "Nobody is signed in: `not_signed_in`", body = super::openapi::Answer),
    (status = 404, description = "None, or none you may know of: `unknown_project`", body = super::openapi::Answer),
))]
pub(super) async fn search(
    State(state): State<AppState>,
    Token(token): Token,
    Path(id): Path<String>,
    Query(Asked { q }): Query<Asked>,
) -> Result<Json<Found>, ApiError> {
    let (now, id) = (state.clock.now(), id.parse::<ProjectId>().ok());
    let found = state.db.read(move |db| {
        let Some(member) = sign_in::member(db, token, now)? else {
            return Ok(Err(Problem::NotSignedIn));
        };
        match id.filter(|id| member.can_read_stories(*id)) {
            Some(project) => Ok(Ok(Found {
                stories: story::search(db, project, &q)?,
            })),
            None => Ok(Err(Problem::UnknownProject)),
        }
    });
    Ok(Json(found.await??))
}
