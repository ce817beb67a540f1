//! The one place that turns anything into an HTTP answer that is not a success.

use crate::media::{COME_BACK, Failure};
use crate::storage;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use domain::sync::protocol::ProblemAnswer;

/// Why a request was not answered as asked. Internals are logged here, once, and never told.
#[derive(Debug)]
pub struct ApiError(Problem);

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<storage::Error> for ApiError {
    fn from(error: storage::Error) -> Self {
        Self(problem_of(&error))
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        Self(match failure {
            Failure::Problem(problem) => problem,
            Failure::Full => Problem::StorageFull,
            Failure::NoFiles => Problem::Busy {
                retry_after: COME_BACK,
            },
            Failure::Unlike => Problem::ManifestMismatch,
            // Unknown and forbidden answer alike, and so does what was taken back.
            Failure::Gone => Problem::StoryUnknown,
            Failure::Storage(error) => problem_of(&error),
            Failure::Lost | Failure::Disk(_) | Failure::Stopped => {
                tracing::error!(?failure, "media");
                Problem::Internal
            }
        })
    }
}

/// What may be told of a failure of storage; the rest goes to the log.
fn problem_of(error: &storage::Error) -> Problem {
    tracing::error!(%error, "storage");
    match error {
        storage::Error::Full => Problem::StorageFull,
        _ => Problem::Internal,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let (status, retry_after) = match &problem {
            Problem::Malformed => (StatusCode::BAD_REQUEST, None),
            Problem::NotSignedIn => (StatusCode::UNAUTHORIZED, None),
            Problem::Forbidden | Problem::LinkUsed => (StatusCode::FORBIDDEN, None),
            Problem::UnknownProject | Problem::StoryUnknown => (StatusCode::NOT_FOUND, None),
            Problem::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, None),
            Problem::ProtocolTooOld { .. } => (StatusCode::UPGRADE_REQUIRED, None),
            Problem::TooManyTries { retry_after } => (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after)),
            Problem::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, Some(60)),
            Problem::Busy { retry_after } => (StatusCode::SERVICE_UNAVAILABLE, Some(*retry_after)),
            Problem::UploadConflict { .. } => (StatusCode::CONFLICT, None),
            // As tus has it; no other protocol knows the number.
            Problem::ChecksumMismatch => (
                StatusCode::from_u16(460).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
                None,
            ),
            Problem::Internal | Problem::Unknown => (StatusCode::INTERNAL_SERVER_ERROR, None),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, None),
        };
        let mut response = (status, Json(ProblemAnswer { problem })).into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
