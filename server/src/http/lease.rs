//! What a device of staff takes along to work without a network. The stories themselves are asked for as always, one by
//! one; here the server learns that they may stay there for a while, so that a teller can be told.

use crate::AppState;
use crate::http::auth::Token;
use crate::http::body::Parsed;
use crate::http::error::ApiError;
use crate::storage::{Error, Reading, lease, sign_in, story};
use axum::Json;
use axum::extract::State;
use domain::clip::Measuring;
use domain::id::StoryId;
use domain::member::Member;
use domain::problem::Problem;
use domain::story::ReadStory;
use domain::sync::lease::{LEASE_BYTES, LEASE_STORIES, LeaseGiven, LeaseWish, ends};

/// Says what this browser holds from now on, in place of what it held before; for seven days, or less when the sign-in
/// ends sooner. An empty list gives everything back.
#[utoipa::path(put, path = "/api/v1/lease", request_body = LeaseWish, tag = "staff", responses(
    (status = 200, description = "Which of them may be held, and until when; those that are not there, not for you or too much are left out", body = LeaseGiven),
    (status = 400, description = "It cannot be read, or names more than a hundred stories: `malformed`", body = super::openapi::Answer),
    (status = 401, description = "Nobody is signed in: `not_signed_in`", body = super::openapi::Answer),
))]
pub(super) async fn lease(
    State(state): State<AppState>,
    Token(token): Token,
    Parsed(LeaseWish { stories }): Parsed<LeaseWish>,
) -> Result<Json<LeaseGiven>, ApiError> {
    if stories.len() > LEASE_STORIES {
        return Err(Problem::Malformed.into());
    }
    let now = state.clock.now();
    let given = state.db.write(move |tx| {
        let signed_in = sign_in::member(tx, token, now)?.zip(token);
        let Some((member, token)) = signed_in else {
            return Ok(Err(Problem::NotSignedIn));
        };
        let Some(until) = sign_in::until(tx, token, now)? else {
            return Ok(Err(Problem::NotSignedIn));
        };
        let (stories, ends_at) = (may_hold(tx, &stories, &member)?, ends(now, until));
        lease::give(tx, token, &stories, ends_at)?;
        Ok(Ok(LeaseGiven {
            server_time: now,
            ends_at,
            stories,
        }))
    });
    Ok(Json(given.await??))
}

/// LE1: those that this member may read now, each once and as far as they fit.
fn may_hold(db: &Reading, asked: &[StoryId], member: &Member) -> Result<Vec<StoryId>, Error> {
    let (mut held, mut left) = (Vec::new(), LEASE_BYTES);
    for id in asked {
        if held.contains(id) {
            continue;
        }
        let Some(read) = story::reading(db, *id, member)? else {
            continue;
        };
        let Some(rest) = left.checked_sub(bytes(&read)) else {
            continue;
        };
        left = rest;
        held.push(*id);
    }
    Ok(held)
}

fn bytes(read: &ReadStory) -> u64 {
    let lengths = read.clips.iter().map(|clip| match &clip.measured {
        Measuring::Done(measured) => measured.length,
        Measuring::Waiting | Measuring::Refused => 0,
    });
    lengths.sum()
}
