//! Documents. Only join and public pages are drawn here with data; everything else is the shell.

use crate::{AppState, storage::project};
use app::{
    documents::{self, Assets},
    page_data::{Entry, PageData},
    routes::Route,
    texts::Language,
};
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use domain::project::EntryCode;
use serde::Deserialize;

/// The language asked for in the address: `?l=ar`.
#[derive(Deserialize)]
pub(super) struct Asked {
    l: Option<String>,
}

impl Asked {
    /// The language of this request: the address says it, else the browser does.
    pub(super) fn language(&self, headers: &HeaderMap) -> Language {
        self.l.as_deref().and_then(Language::from_tag).unwrap_or_else(|| {
            let accepted = headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok());
            Language::from_accept_language(accepted.unwrap_or_default())
        })
    }
}

/// T1, `/v/{code}`.
pub(super) async fn join(
    State(state): State<AppState>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let data = behind(&state, &code, asked.language(&headers)).await;
    with_data(&state.site.assets, Route::Join(code), &data)
}

/// T1b, `/v/{code}/who`.
pub(super) async fn who_listens(
    State(state): State<AppState>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let data = behind(&state, &code, asked.language(&headers)).await;
    with_data(&state.site.assets, Route::WhoListens(code), &data)
}

/// The empty document, `/shell`: what the service worker keeps.
pub(super) async fn shell(State(state): State<AppState>, headers: HeaderMap) -> Response {
    empty(&state.site.assets, Asked { l: None }.language(&headers))
}

/// A shell for a path the browser knows how to draw.
pub(super) fn empty(assets: &Assets, language: Language) -> Response {
    document(|nonce| documents::shell(assets, nonce, language))
}

/// A page of a door nobody knows is a 404 that says so in words; when storage cannot answer now, the browser gets the
/// shell and asks for itself.
fn with_data(assets: &Assets, route: Route, data: &Behind) -> Response {
    match data {
        Behind::Page(data) => {
            let mut response = document(|nonce| documents::page(assets, nonce, route, data));
            if data.entry.is_none() {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
        Behind::Trouble(language) => empty(assets, *language),
    }
}

enum Behind {
    Page(Box<PageData>),
    Trouble(Language),
}

/// The project behind a door. Documents are not counted against guessing: a code is an address, not a secret.
async fn behind(state: &AppState, code: &str, language: Language) -> Behind {
    let found = match EntryCode::new(code) {
        Ok(code) => {
            let asked = code.clone();
            match state.db.read(move |db| project::by_entry(db, &asked)).await {
                Ok(project) => project.map(|project| Entry { code, project }),
                Err(error) => {
                    tracing::error!(%error, "the project behind a door could not be read");
                    return Behind::Trouble(language);
                }
            }
        }
        Err(_) => None,
    };
    Behind::Page(Box::new(PageData {
        language: language.tag().to_owned(),
        entry: found,
    }))
}

/// A document and the policy that names its nonce. Only scripts that carry the nonce, and what they import, run;
/// `'wasm-unsafe-eval'` compiles WASM and nothing else.
fn document(draw: impl FnOnce(&str) -> String) -> Response {
    let nonce = super::nonce::nonce();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
         img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; \
         worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = Html(draw(&nonce)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
