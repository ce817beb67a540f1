//! Hearing and seeing the clips of a story: what was derived of them, never what the phone brought. Members come with
//! their sign-in; tellers, whose player can send no header, exchange the owner key for a cookie of ten minutes.

mod range;

use crate::AppState;
use crate::http::auth::{Token, cookie, set_cookie_at};
use crate::http::body::StoryKeys;
use crate::http::error::ApiError;
use crate::media::Store;
use crate::storage::derivative;
use crate::storage::{sign_in, story};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Sha256;
use domain::clip::{Measured, Measuring};
use domain::decide::StoryFacts;
use domain::id::{ClipId, StoryId};
use domain::key::Holds;
use domain::problem::Problem;
use domain::time::Span;
use futures_util::{Stream, StreamExt};
use range::{Part, part};
use std::convert::Infallible;
use std::io::{self, ErrorKind, SeekFrom};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, Take};
use tokio_util::io::ReaderStream;

/// The name of the cookie. `__Secure-`: the browser itself sees to it that it is Secure. Its path is that of the clips of
/// one story, so that a browser may hold several and sends only the one that fits.
const COOKIE: &str = "__Secure-vertelpunt-listen";
/// How long a teller may listen before the key is asked again.
const LISTENS: Span = Span::seconds(600);
/// When it is worth asking again for what is still being made, in seconds.
const SOON: u32 = 2;
/// How many bytes are read from the disk at once.
const READ: usize = 64 << 10;

/// What the cookie says; whether it opens anything is for the key file to say.
pub(super) struct Ticket(Option<String>);

impl<S: Sync> FromRequestParts<S> for Ticket {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(cookie(parts, COOKIE).map(str::to_owned)))
    }
}

/// Lets a browser play the clips of the holder's own story for ten minutes.
#[utoipa::path(post, path = "/api/v1/stories/{story}/listen", tag = "telling", params(
    ("story" = StoryId, Path),
    ("Story-Keys" = String, Header, description = "The owner key of the story, hexadecimal"),
), responses(
    (status = 204, description = "The cookie is set, for the clips of this story only"),
    (status = 404, description = "None, or none you may know of: `story_unknown`", body = super::openapi::Answer),
))]
pub(super) async fn listen(
    State(state): State<AppState>,
    StoryKeys(keys): StoryKeys,
    Path(story): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let (keys, story) = (state.db.keys(&keys), known(&story)?);
    let facts = state.db.read(move |db| story::facts(db, story, &keys)).await?;
    let StoryFacts::Finalized {
        holds: Holds::Owner(_),
        ..
    } = facts
    else {
        return Err(Problem::StoryUnknown.into());
    };
    let ticket = state.db.ticket(story, state.clock.now().after(LISTENS));
    let path = format!("/api/v1/stories/{story}/clips");
    Ok((
        StatusCode::NO_CONTENT,
        set_cookie_at(COOKIE, &ticket, &path, LISTENS.0 / 1_000),
    ))
}

/// Plays or shows a clip. One range of bytes can be asked for; of several, all is answered.
#[utoipa::path(get, path = "/api/v1/stories/{story}/clips/{clip}", tag = "staff", params(
    ("story" = StoryId, Path), ("clip" = ClipId, Path),
    ("Range" = Option<String>, Header, description = "One range of bytes"),
    ("If-Range" = Option<String>, Header, description = "The `ETag` the range is meant for"),
), responses(
    (status = 200, description = "All of it, as its teller allows analysis or to its own teller", content_type = "application/octet-stream"),
    (status = 206, description = "The range asked for", content_type = "application/octet-stream"),
    (status = 401, description = "Nobody is signed in, nor listens to their own: `not_signed_in`", body = super::openapi::Answer),
    (status = 404, description = "None, or none you may know of, or nothing that can be played: `story_unknown`", body = super::openapi::Answer),
    (status = 416, description = "The range begins behind the end"),
    (status = 503, description = "It is still being made: `busy`", body = super::openapi::Answer),
))]
pub(super) async fn clip(
    State(state): State<AppState>,
    Token(token): Token,
    Ticket(ticket): Ticket,
    Path((story, clip)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (story, clip, now) = (known(&story)?, known(&clip)?, state.clock.now());
    let owner = ticket.is_some_and(|ticket| state.db.may_listen(story, &ticket, now));
    let found = state.db.read(move |db| {
        if owner {
            return Ok(Ok(story::hearing_own(db, story, clip)?));
        }
        match sign_in::member(db, token, now)? {
            Some(member) => Ok(Ok(story::hearing(db, story, clip, &member)?)),
            None => Ok(Err(Problem::NotSignedIn)),
        }
    });
    match found.await?? {
        Some((Measuring::Done(measured), Some(hash))) => {
            handed_out(&state, clip, &measured, hash, &headers).await
        }
        Some((Measuring::Waiting, _)) => Err(Problem::Busy { retry_after: SOON }.into()),
        _ => Err(Problem::StoryUnknown.into()),
    }
}

/// An id that does not parse is one that does not exist.
fn known<Id: std::str::FromStr>(id: &str) -> Result<Id, Problem> {
    id.parse().map_err(|_| Problem::StoryUnknown)
}

async fn handed_out(
    state: &AppState,
    clip: ClipId,
    measured: &Measured,
    hash: Sha256,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let mut file = match open(state, clip, measured.length).await? {
        Some(file) => file,
        None => {
            // It is made anew from what the phone brought, which is kept.
            tracing::error!("a derivative is not on the disk as it was made; it is made again");
            let now = state.clock.now();
            state.db.write(move |tx| derivative::lost(tx, clip, now)).await?;
            return Err(Problem::Busy { retry_after: SOON }.into());
        }
    };
    let tag = HeaderValue::try_from(format!("\"{}\"", super::hex(hash.0))).map_err(|_| Problem::Internal)?;
    let media_type = HeaderValue::try_from(&measured.media_type).map_err(|_| Problem::Internal)?;
    let meant = headers.get(header::IF_RANGE).is_none_or(|known| *known == tag);
    let asked = headers.get(header::RANGE).filter(|_| meant);
    let length = measured.length;
    let (status, from, to) = match part(asked, length) {
        Part::All => (StatusCode::OK, 0, length),
        Part::Some { from, to } => (StatusCode::PARTIAL_CONTENT, from, to),
        Part::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    file.seek(SeekFrom::Start(from))
        .await
        .map_err(|_| Problem::Internal)?;
    let bytes = ReaderStream::with_capacity(file.take(to - from), READ);
    let body = Body::from_stream(until_taken_back(bytes, state.db.store(), clip));
    let mut response = (status, body).into_response();
    let answer = response.headers_mut();
    for (name, value) in [
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CONTENT_LENGTH, HeaderValue::from(to - from)),
        (header::CONTENT_TYPE, media_type),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("inline; filename=\"clip\""),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
        (header::ETAG, tag),
    ] {
        answer.insert(name, value);
    }
    let range = match status {
        StatusCode::PARTIAL_CONTENT => Some(format!("bytes {from}-{}/{length}", to - 1)),
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{length}")),
        _ => None,
    };
    if let Some(range) = range.and_then(|range| HeaderValue::try_from(range).ok()) {
        answer.insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

/// ER2: the bytes of a file that is open stay readable when it is removed. Whoever takes their story back does not wait
/// for a slow listener: not a byte more goes out.
fn until_taken_back(
    bytes: ReaderStream<Take<File>>,
    store: Arc<Store>,
    clip: ClipId,
) -> impl Stream<Item = io::Result<Bytes>> {
    bytes.map(move |next| match store.is_gone(clip) {
        true => Err(io::Error::other("taken back")),
        false => next,
    })
}

/// Opened by itself, as a document, a clip may do nothing at all.
const SANDBOX: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// The file of a derivative, when it is there with all its bytes.
async fn open(state: &AppState, clip: ClipId, length: u64) -> Result<Option<File>, Problem> {
    match File::open(state.media.store().derived(clip)).await {
        Ok(file) => {
            let found = file.metadata().await.map_or(0, |about| about.len());
            Ok((found == length).then_some(file))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            // Most likely there are too many at once.
            tracing::error!(%error, "a derivative cannot be opened");
            Err(Problem::Busy { retry_after: SOON })
        }
    }
}
