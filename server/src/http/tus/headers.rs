//! What the headers of tus say, read once and strictly.

use crate::media::Checksum;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::id::ClipId;
use domain::problem::Problem;

use super::Refused;

/// The version of tus that is spoken.
pub(super) const VERSION: &str = "1.0.0";
/// What of it beyond the core.
pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";
/// The algorithms of checksums.
pub(super) const ALGORITHMS: &str = "sha1,sha256";
/// The media type of bytes that go on where others ended.
const BYTES: &str = "application/offset+octet-stream";

/// The request speaks this version of tus.
pub(crate) struct Resumable;

impl<S: Sync> FromRequestParts<S> for Resumable {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        if text(&parts.headers, "tus-resumable")? == Some(VERSION) {
            Ok(Self)
        } else {
            Err(Refused::with(StatusCode::PRECONDITION_FAILED, Problem::Malformed))
        }
    }
}

/// A header that is there at most once and is text.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut all = headers.get_all(name).into_iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Problem::Malformed),
        (Some(_), Some(_)) => Err(Problem::Malformed),
    }
}

/// A number of bytes: digits only.
fn number(headers: &HeaderMap, name: &str) -> Result<u64, Problem> {
    let digits =
        text(headers, name)?.filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or(Problem::Malformed)
}

/// How many bytes the upload has in all. That must be known from the start, as the manifest knows it.
pub(super) fn length(headers: &HeaderMap) -> Result<u64, Problem> {
    if headers.contains_key("upload-defer-length") || headers.contains_key("upload-concat") {
        return Err(Problem::Malformed);
    }
    number(headers, "upload-length")
}

/// Where the bytes of this request go on.
pub(super) fn offset(headers: &HeaderMap) -> Result<u64, Problem> {
    number(headers, "upload-offset")
}

/// Whether the request brings bytes of an upload.
pub(super) fn brings_bytes(headers: &HeaderMap) -> Result<bool, Problem> {
    Ok(text(headers, "content-type")? == Some(BYTES))
}

/// What the bytes of this request must hash to.
pub(super) fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Problem> {
    let Some(text) = text(headers, "upload-checksum")? else {
        return Ok(None);
    };
    let (algorithm, hash) = text.split_once(' ').ok_or(Problem::Malformed)?;
    let hash = STANDARD.decode(hash).map_err(|_| Problem::Malformed)?;
    let checksum = match algorithm {
        "sha1" => hash.try_into().map(Checksum::Sha1),
        "sha256" => hash.try_into().map(Checksum::Sha256),
        _ => return Err(Problem::Malformed),
    };
    checksum.map(Some).map_err(|_| Problem::Malformed)
}

/// The clip that the metadata names. What else a client says of its upload is passed over: the manifest has said it.
pub(super) fn clip(headers: &HeaderMap) -> Result<ClipId, Problem> {
    let metadata = text(headers, "upload-metadata")?.ok_or(Problem::Malformed)?;
    let mut named = metadata
        .split(',')
        .filter_map(|pair| pair.trim().strip_prefix("clip "));
    let (Some(name), None) = (named.next(), named.next()) else {
        return Err(Problem::Malformed);
    };
    let name = STANDARD.decode(name.trim()).map_err(|_| Problem::Malformed)?;
    let name = String::from_utf8(name).map_err(|_| Problem::Malformed)?;
    name.parse().map_err(|_| Problem::Malformed)
}
