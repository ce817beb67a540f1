//! A story for whoever holds its code, from any device: found by its key alone, and handed out whole.

use super::copy;
use crate::AppState;
use crate::http::body::StoryKeys;
use crate::http::error::ApiError;
use crate::storage::story;
use app::texts::Language;
use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::id::StoryId;
use domain::problem::Problem;
use domain::story::OpenedStory;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// From where a request comes. It is counted by, for a moment, and written down nowhere.
pub(super) struct From(IpAddr);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        // Only a proxy on this machine is believed about where a request came from, and only what it says itself: the
        // last of the addresses. What stands before that anybody may have written.
        let said = || {
            let header = parts.headers.get_all("x-forwarded-for").iter().next_back()?;
            header.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        Ok(Self(if peer.is_loopback() {
            said().unwrap_or(peer)
        } else {
            peer
        }))
    }
}

/// Opens the story of a code: what its teller made and chose, and what happened with it.
#[utoipa::path(post, path = "/api/v1/story", tag = "telling", params(
    ("Story-Keys" = String, Header, description = "The owner key that follows from the code, hexadecimal"),
), responses(
    (status = 200, description = "The story, as far as this key is told of it", body = OpenedStory),
    (status = 404, description = "No such code, or its story was taken back: `story_unknown`", body = super::openapi::Answer),
    (status = 429, description = "Too many codes that opened nothing: `too_many_tries`", body = super::openapi::Answer),
))]
pub(super) async fn open(
    State(state): State<AppState>,
    From(from): From,
    StoryKeys(keys): StoryKeys,
) -> Result<Json<OpenedStory>, ApiError> {
    // A phone on which two told their story has both of its keys; more would be several guesses for one.
    if keys.len() > 2 {
        return Err(Problem::Malformed.into());
    }
    state.limits.story.check(from, state.clock.elapsed())?;
    let keys = state.db.keys(&keys);
    match state.db.read(move |db| story::opened(db, &keys)).await? {
        Some(opened) => Ok(Json(opened)),
        None => {
            state.limits.story.failed(from, state.clock.elapsed());
            Err(Problem::StoryUnknown.into())
        }
    }
}

/// When it is worth asking again for a copy, in seconds.
const SOON: u32 = 5;

/// FB3: everything there is of a story as one file.
#[utoipa::path(post, path = "/api/v1/stories/{story}/copy", tag = "telling", params(
    ("story" = StoryId, Path),
    ("Story-Keys" = String, Header, description = "The owner key of the story, hexadecimal"),
    ("Accept-Language" = Option<String>, Header, description = "The language of the page in it"),
), responses(
    (status = 200, description = "A ZIP with a plain page, and sound and pictures as they came", content_type = "application/zip"),
    (status = 404, description = "None, or none you may know of: `story_unknown`", body = super::openapi::Answer),
    (status = 503, description = "Several are being made, or not all of the story is here yet: `busy`", body = super::openapi::Answer),
))]
pub(super) async fn copy(
    State(state): State<AppState>,
    StoryKeys(keys): StoryKeys,
    Path(story): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id: StoryId = story.parse().map_err(|_| Problem::StoryUnknown)?;
    let keys = state.db.keys(&keys);
    let opened = state.db.read(move |db| story::opened(db, &keys)).await?;
    let opened = opened
        .filter(|opened| opened.story.id == id)
        .ok_or(Problem::StoryUnknown)?;
    let busy = Problem::Busy { retry_after: SOON };
    let turn = state.limits.copies.clone().try_acquire_owned();
    let turn = turn.ok().filter(|_| opened.whole).ok_or(busy)?;
    let bytes = copy::clips(&opened)
        .iter()
        .map(|clip| state.media.store().whole(clip.id))
        .collect();
    let asked = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|asked| asked.to_str().ok());
    let language = Language::from_accept_language(asked.unwrap_or_default());
    let body = Body::new(copy::begin(opened, bytes, language, turn));
    let mut response = body.into_response();
    let attached = HeaderValue::from_static("attachment; filename=\"vertelpunt.zip\"");
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    answer.insert(header::CONTENT_DISPOSITION, attached);
    Ok(response)
}
