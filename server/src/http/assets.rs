//! The files of the build, held in memory: what cargo-leptos made, what stands in `public/`, and the text files.

use crate::{AppState, http::pages};
use app::{documents::Assets, routes::Route, texts::Language};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
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
            "png" => "image/png",
            "svg" => "image/svg+xml",
            "txt" => "text/plain; charset=utf-8",
            "wasm" => "application/wasm",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        };
        let immutable = path.starts_with("/pkg/") || path.starts_with("/texts/");
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

    /// Whether the path names the content, so that the browser never asks for it again.
    pub fn is_immutable(&self) -> bool {
        self.immutable
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
