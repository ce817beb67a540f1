//! Bodies and the story keys beside them, read with limits.

use crate::AppState;
use crate::http::error::ApiError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use domain::key::read_presented;
use domain::problem::Problem;
use domain::sync::protocol::{KEYS_HEADER, KEYS_LIMIT};
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;

/// A JSON body of at most `max_body` bytes. One that is compressed is refused: it could unfold without end.
pub struct Parsed<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Parsed<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Problem::Malformed.into());
        }
        let body = read(request, state.max_body).await?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|_| Problem::Malformed.into())
    }
}

async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    let collected = Limited::new(request.into_body(), limit).collect().await;
    collected
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            let too_large = error.is::<http_body_util::LengthLimitError>();
            let limit = limit as u64;
            if too_large {
                Problem::TooLarge { limit }
            } else {
                Problem::Malformed
            }
            .into()
        })
}

/// The story keys a request presents, in the header [`KEYS_HEADER`].
pub struct StoryKeys(pub Vec<[u8; 32]>);

impl<S: Sync> FromRequestParts<S> for StoryKeys {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(KEYS_HEADER) else {
            return Ok(Self(Vec::new()));
        };
        let keys = value
            .to_str()
            .ok()
            .and_then(|text| read_presented(text, KEYS_LIMIT));
        keys.map(Self).ok_or(Problem::Malformed.into())
    }
}
