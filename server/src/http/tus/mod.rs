//! The bytes of clips, by the open protocol tus 1.0.0 (tus.io/protocols/resumable-upload): core, creation,
//! creation-with-upload, checksum, termination and expiration. What is ours is only the header with the keys and that an
//! upload is found by the id of its clip, so that creating it twice creates it once.

mod headers;

use crate::AppState;
use crate::http::body::StoryKeys;
use crate::http::error::ApiError;
use crate::media::{Chunk, Failure, From, Held};
use crate::storage::Keys;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::ClipId;
use domain::problem::Problem;
use headers::Resumable;
use std::time::{Duration, UNIX_EPOCH};

/// Says what is spoken here.
#[utoipa::path(options, path = "/api/v1/media", tag = "telling", responses(
    (status = 204, description = "The version, the extensions, the checksums and the most bytes of one upload, in headers of tus"),
))]
pub(super) async fn options(State(state): State<AppState>) -> impl IntoResponse {
    (
        StatusCode::NO_CONTENT,
        [
            ("tus-version", HeaderValue::from_static(headers::VERSION)),
            ("tus-extension", HeaderValue::from_static(headers::EXTENSIONS)),
            (
                "tus-checksum-algorithm",
                HeaderValue::from_static(headers::ALGORITHMS),
            ),
            ("tus-max-size", HeaderValue::from(state.media.max_size())),
        ],
    )
}

/// Begins bringing the bytes of a clip, or tells how far that is; with bytes in the body, brings the first.
#[utoipa::path(post, path = "/api/v1/media", tag = "telling", params(
    ("Story-Keys" = String, Header, description = "A key of the story, hexadecimal"),
    ("Upload-Length" = u64, Header, description = "As the manifest says"),
    ("Upload-Metadata" = String, Header, description = "`clip` and the id of the clip in Base64"),
    ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256` and the hash of the body in Base64"),
), responses(
    (status = 201, description = "Where the bytes go (`Location`) and how many are here (`Upload-Offset`)"),
    (status = 400, description = "The request could not be read: `malformed`", body = super::openapi::Answer),
    (status = 404, description = "No such clip, or none that these keys may bring: `story_unknown`", body = super::openapi::Answer),
    (status = 409, description = "A newer request took over: `upload_conflict`", body = super::openapi::Answer),
    (status = 412, description = "Another version of tus: `malformed`", body = super::openapi::Answer),
    (status = 413, description = "More bytes than are taken: `too_large`", body = super::openapi::Answer),
    (status = 422, description = "Another length than the manifest's: `manifest_mismatch`", body = super::openapi::Answer),
    (status = 460, description = "Not the bytes that were announced: `checksum_mismatch`, or `manifest_mismatch` for all of them together", body = super::openapi::Answer),
    (status = 503, description = "Too many at present: `busy`", body = super::openapi::Answer),
    (status = 507, description = "No room at present: `storage_full`", body = super::openapi::Answer),
))]
pub(super) async fn create(
    State(state): State<AppState>,
    _: Resumable,
    StoryKeys(keys): StoryKeys,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let (id, length) = (headers::clip(&headers)?, headers::length(&headers)?);
    let limit = state.media.max_size();
    if length > limit {
        return Err(Problem::TooLarge { limit }.into());
    }
    let keys = state.db.keys(&keys);
    let held = if headers::brings_bytes(&headers)? {
        let checksum = headers::checksum(&headers)?;
        let from = From::Start { length };
        let _permit = state.media.admit()?;
        state
            .media
            .receive(id, keys, Chunk { from, checksum, body })
            .await?
    } else {
        state.media.begin(id, keys, length).await?
    };
    let location = HeaderValue::try_from(format!("/api/v1/media/{id}")).map_err(|_| Problem::Internal)?;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        progress(held),
    )
        .into_response())
}

/// Tells how many bytes of a clip are here. Ends a request that was bringing more.
#[utoipa::path(head, path = "/api/v1/media/{clip}", tag = "telling", params(("clip" = ClipId, Path),
    ("Story-Keys" = String, Header, description = "A key of the story, hexadecimal"),
), responses(
    (status = 200, description = "`Upload-Offset` and `Upload-Length`"),
    (status = 404, description = "No such clip, or none that these keys may bring"),
    (status = 412, description = "Another version of tus"),
))]
pub(super) async fn held(State(state): State<AppState>, asked: Asked) -> Result<Response, Refused> {
    let held = state.media.held(asked.clip, asked.keys).await?;
    let length = [("upload-length", HeaderValue::from(held.length))];
    Ok((StatusCode::OK, length, progress(held)).into_response())
}

/// Brings bytes of a clip, from where it goes on. Ends an older request for the same clip. The answer comes once the
/// bytes are on the disk, and for the last of them once all hold against the manifest.
#[utoipa::path(patch, path = "/api/v1/media/{clip}", tag = "telling", params(("clip" = ClipId, Path),
    ("Story-Keys" = String, Header, description = "A key of the story, hexadecimal"),
    ("Upload-Offset" = u64, Header, description = "How many bytes are here"),
    ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256` and the hash of the body in Base64"),
), responses(
    (status = 204, description = "How many bytes are here now (`Upload-Offset`)"),
    (status = 400, description = "The request could not be read, or broke off: `malformed`", body = super::openapi::Answer),
    (status = 404, description = "No such clip, or none that these keys may bring: `story_unknown`", body = super::openapi::Answer),
    (status = 409, description = "It goes on elsewhere, or a newer request took over: `upload_conflict`", body = super::openapi::Answer),
    (status = 412, description = "Another version of tus: `malformed`", body = super::openapi::Answer),
    (status = 413, description = "More bytes than the clip has: `too_large`", body = super::openapi::Answer),
    (status = 415, description = "Another type of body than tus's own: `malformed`", body = super::openapi::Answer),
    (status = 460, description = "Not the bytes that were announced: `checksum_mismatch`, or `manifest_mismatch` for all of them together", body = super::openapi::Answer),
    (status = 503, description = "Too many at present, or the server is going down: `busy`", body = super::openapi::Answer),
    (status = 507, description = "No room at present: `storage_full`", body = super::openapi::Answer),
))]
pub(super) async fn append(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    if !headers::brings_bytes(&headers)? {
        return Err(Refused::with(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::Malformed,
        ));
    }
    let from = From::Offset(headers::offset(&headers)?);
    let checksum = headers::checksum(&headers)?;
    let _permit = state.media.admit()?;
    let chunk = Chunk { from, checksum, body };
    let held = state.media.receive(asked.clip, asked.keys, chunk).await?;
    Ok((StatusCode::NO_CONTENT, progress(held)).into_response())
}

/// Throws away what came of a clip that is not whole yet. The manifest stays, and bringing it can begin again.
#[utoipa::path(delete, path = "/api/v1/media/{clip}", tag = "telling", params(("clip" = ClipId, Path),
    ("Story-Keys" = String, Header, description = "A key of the story, hexadecimal"),
), responses(
    (status = 204, description = "Nothing of it is here"),
    (status = 403, description = "All of it is here; it goes with its story: `forbidden`", body = super::openapi::Answer),
    (status = 404, description = "No such clip, or none that these keys may bring: `story_unknown`", body = super::openapi::Answer),
    (status = 412, description = "Another version of tus: `malformed`", body = super::openapi::Answer),
))]
pub(super) async fn terminate(State(state): State<AppState>, asked: Asked) -> Result<StatusCode, Refused> {
    state.media.terminate(asked.clip, asked.keys).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every answer says which version of tus it speaks, also one that is not a success.
pub(super) async fn spoken(mut response: Response) -> Response {
    let version = HeaderValue::from_static(headers::VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert("tus-version", version.clone());
    }
    response.headers_mut().insert("tus-resumable", version);
    response
}

/// Which upload a request is about, and with which keys: how every request but the first for a clip begins.
pub(super) struct Asked {
    clip: ClipId,
    keys: Keys,
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refused> {
        Resumable::from_request_parts(parts, state).await?;
        let StoryKeys(keys) = StoryKeys::from_request_parts(parts, state).await?;
        let name = Path::<String>::from_request_parts(parts, state).await;
        // A name that is no id is the name of no clip.
        let clip = name.ok().and_then(|Path(name)| name.parse().ok());
        Ok(Self {
            clip: clip.ok_or(Problem::StoryUnknown)?,
            keys: state.db.keys(&keys),
        })
    }
}

/// How far it is, and until when that is kept.
fn progress(held: Held) -> HeaderMap {
    let offset = HeaderName::from_static("upload-offset");
    let mut headers = HeaderMap::from_iter([(offset, HeaderValue::from(held.offset))]);
    let expires = held.expires.and_then(|at| {
        let since = Duration::from_millis(u64::try_from(at.0).ok()?);
        HeaderValue::try_from(httpdate::fmt_http_date(UNIX_EPOCH + since)).ok()
    });
    if let Some(expires) = expires {
        headers.insert("upload-expires", expires);
    }
    headers
}

/// Why a request was refused: a problem, with what tus adds to it.
pub(crate) struct Refused {
    status: Option<StatusCode>,
    offset: Option<u64>,
    error: ApiError,
}

impl Refused {
    fn with(status: StatusCode, problem: Problem) -> Self {
        Self {
            status: Some(status),
            offset: None,
            error: problem.into(),
        }
    }
}

impl std::convert::From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Failure::Problem(problem).into()
    }
}

impl std::convert::From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            status: None,
            offset: None,
            error,
        }
    }
}

impl std::convert::From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        let (status, offset) = match &failure {
            Failure::Problem(Problem::UploadConflict { offset }) => (None, *offset),
            // All bytes together were not what the manifest names: nothing of them was kept.
            Failure::Unlike => (StatusCode::from_u16(460).ok(), Some(0)),
            _ => (None, None),
        };
        Self {
            status,
            offset,
            error: failure.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.error.into_response();
        if let Some(status) = self.status {
            *response.status_mut() = status;
        }
        if let Some(offset) = self.offset {
            response
                .headers_mut()
                .insert("upload-offset", HeaderValue::from(offset));
        }
        response
    }
}
