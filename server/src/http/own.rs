//! A story for whoever holds its code, from any device: found by its key alone, and handed out whole.

use crate::AppState;
use crate::http::body::StoryKeys;
use crate::http::error::ApiError;
use crate::storage::story;
use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
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
        Ok(Self(if peer.is_loopback() { said().unwrap_or(peer) } else { peer }))
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
