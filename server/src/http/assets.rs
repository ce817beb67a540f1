//! The files of the build, held in memory: what cargo-leptos made, what stands in `public/`, and the text files.

use crate::{AppState, http::pages};
use app::{documents::Assets, routes::Route, texts::Language};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Every file the server hands out, by its path.
pub struct Site {
    /// Addresses of the files each document needs.
    pub assets: Assets,
    files: BTreeMap<String, File>,
}

/// Sentences read aloud, `/voice/*.mp3`.
const SOUND: &str = "mp3";

/// One file.
pub struct File {
    body: Bytes,
    brotli: Option<Bytes>,
    kind: &'static str,
    /// The hexadecimal SHA-256 of the body.
    hash: String,
    /// The path names the content: it never has to be asked for again.
    immutable: bool,
}

impl Site {
    /// Reads the folder that `cargo leptos build` fills (`target/site`).
    ///
    /// # Errors
    /// When the folder cannot be read, or one of the build's own three files is missing or there twice.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        read(folder, folder, &mut files)?;
        for (path, body) in app::documents::FILES {
            files.insert(
                (*path).to_owned(),
                File::new(path, Bytes::from_static(body.as_bytes()), None),
            );
        }
        let only = |end: &str| {
            let mut found = files
                .keys()
                .filter(|path| path.starts_with("/pkg/app.") && path.ends_with(end));
            match (found.next(), found.next()) {
                (Some(path), None) => Ok(path.clone()),
                _ => Err(io::Error::other(format!(
                    "{} should hold exactly one pkg/app.*{end}; run `make build`",
                    folder.display()
                ))),
            }
        };
        let assets = Assets {
            style: only(".css")?,
            script: only(".js")?,
            wasm: only(".wasm")?,
        };
        Ok(Self { assets, files })
    }

    /// The paths of all files, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// One file, `None` if there is none at this path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }
}

impl File {
    fn new(path: &str, body: Bytes, brotli: Option<Bytes>) -> Self {
        let hash = Sha256::digest(&body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let kind = match path.rsplit('.').next().unwrap_or_default() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "json" => "application/json",
            SOUND => "audio/mpeg",
            "png" => "image/png",
            "svg" => "image/svg+xml",
            "txt" => "text/plain; charset=utf-8",
            "wasm" => "application/wasm",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        };
        // Pages ask for a sound with its edition behind the name.
        let immutable =
            ["/pkg/", "/texts/"].iter().any(|folder| path.starts_with(folder)) || path.ends_with(SOUND);
        // A piece of a sound is a piece of the sound itself.
        let brotli = brotli.filter(|_| !path.ends_with(SOUND));
        Self {
            body,
            brotli,
            kind,
            hash,
            immutable,
        }
    }

    /// The hexadecimal SHA-256 of the file.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What is in it, not compressed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether the path names the content, so that the browser never asks for it again.
    pub fn is_immutable(&self) -> bool {
        self.immutable
    }

    /// A sound, whole or the piece that is asked for: Safari plays none that cannot be had in pieces.
    fn sound(&self, asked: &HeaderMap, tag: &HeaderValue, head: [(HeaderName, HeaderValue); 3]) -> Response {
        let length = self.body.len();
        let range = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
        let (status, range, body) = match range.and_then(|range| piece(range, length)) {
            None => (StatusCode::OK, None, self.body.clone()),
            Some(Ok((first, last))) => {
                let range = format!("bytes {first}-{last}/{length}");
                (
                    StatusCode::PARTIAL_CONTENT,
                    Some(range),
                    self.body.slice(first..=last),
                )
            }
            Some(Err(())) => {
                let range = format!("bytes */{length}");
                (StatusCode::RANGE_NOT_SATISFIABLE, Some(range), Bytes::new())
            }
        };
        let mut response = (status, head, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::ETAG, tag.clone());
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range).ok()) {
            headers.insert(header::CONTENT_RANGE, range);
        }
        response
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", &self.hash[..32]);
        let caching = if self.immutable {
            "public, max-age=31536000, immutable"
        } else {
            "public, no-cache"
        };
        let head = [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.kind)),
            (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        let Ok(tag) = HeaderValue::from_str(&tag) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        // `contains`: a cache may send several tags, or a weak one.
        let says = |name, value: &str| {
            asked
                .get(name)
                .and_then(|v| v.to_str().ok())
                .is_some_and(|all| all.contains(value))
        };
        if says(header::IF_NONE_MATCH, &self.hash[..32]) {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)], head).into_response();
        }
        if self.kind == "audio/mpeg" {
            return self.sound(asked, &tag, head);
        }
        match &self.brotli {
            Some(brotli) if says(header::ACCEPT_ENCODING, "br") => (
                [
                    (header::ETAG, tag),
                    (header::CONTENT_ENCODING, HeaderValue::from_static("br")),
                ],
                head,
                Body::from(brotli.clone()),
            )
                .into_response(),
            _ => ([(header::ETAG, tag)], head, Body::from(self.body.clone())).into_response(),
        }
    }
}

/// First and last byte of the one piece that is asked for, as far as the body goes. `None` where all of it is to be
/// sent: another unit, several pieces, or no number to begin with.
fn piece(range: &str, length: usize) -> Option<Result<(usize, usize), ()>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first, last) {
        ("", back) => (length.saturating_sub(back.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    Some(if first <= last { Ok((first, last)) } else { Err(()) })
}

/// Answers what no route answered: a file, else the shell for a page the browser draws, else a shell that says that
/// the page does not exist.
pub(super) async fn file_or_shell(State(state): State<AppState>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path();
    if let Some(file) = state.site.file(path) {
        return file.answer(request.headers());
    }
    let accepted = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let shell = pages::empty(
        &state.site.assets,
        Language::from_accept_language(accepted.unwrap_or_default()),
    );
    if Route::parse(path) == Route::Unknown {
        (StatusCode::NOT_FOUND, shell).into_response()
    } else {
        shell
    }
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(root, &path, files)?;
            continue;
        }
        let name = path.strip_prefix(root).map_err(io::Error::other)?;
        let name = format!("/{}", name.to_string_lossy().replace('\\', "/"));
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let brotli = beside(&path)
            .filter(|brotli| brotli.exists())
            .map(fs::read)
            .transpose()?;
        files.insert(
            name.clone(),
            File::new(&name, fs::read(&path)?.into(), brotli.map(Bytes::from)),
        );
    }
    Ok(())
}

fn beside(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(format!("{}.br", path.file_name()?.to_str()?)))
}

#[cfg(test)]
mod tests {
    use super::{Bytes, File, HeaderMap, HeaderValue, StatusCode, header};

    fn asked(range: &'static str) -> (StatusCode, Option<String>, Option<String>) {
        let sound = File::new(
            "/voice/nl/1.mp3",
            Bytes::from_static(b"0123456789"),
            Some(Bytes::from_static(b"br")),
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        let answer = sound.answer(&headers);
        let said = |name| {
            let value: &HeaderValue = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        (
            answer.status(),
            said(header::CONTENT_RANGE),
            said(header::CONTENT_ENCODING),
        )
    }

    #[test]
    fn a_sound_is_had_in_pieces_and_never_compressed() {
        let piece = |range: &str| (StatusCode::PARTIAL_CONTENT, Some(range.to_owned()), None);
        assert_eq!(asked("bytes=0-1"), piece("bytes 0-1/10"));
        assert_eq!(asked("bytes=4-"), piece("bytes 4-9/10"));
        assert_eq!(asked("bytes=4-99"), piece("bytes 4-9/10"));
        assert_eq!(asked("bytes=-3"), piece("bytes 7-9/10"));
        let none = (
            StatusCode::RANGE_NOT_SATISFIABLE,
            Some("bytes */10".to_owned()),
            None,
        );
        assert_eq!(asked("bytes=10-"), none);
        for whole in ["", "bytes=", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b"] {
            assert_eq!(asked(whole), (StatusCode::OK, None, None), "{whole}");
        }
    }

    #[test]
    fn a_sound_is_asked_for_once() {
        assert!(File::new("/voice/nl/1.mp3", Bytes::new(), None).is_immutable());
        assert!(!File::new("/voice/manifest.json", Bytes::new(), None).is_immutable());
    }
}
