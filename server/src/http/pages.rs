//! Documents. Only join and public pages are drawn here with data; everything else is the shell.

use crate::AppState;
use app::{
    documents::{self, Assets},
    page_data::PageData,
    routes::Route,
    texts::Language,
};
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
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
    let data = entry(&code, asked.language(&headers));
    with_data(&state.site.assets, Route::Join(code), &data)
}

/// T1b, `/v/{code}/who`.
pub(super) async fn who_listens(
    State(state): State<AppState>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let data = entry(&code, asked.language(&headers));
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

fn with_data(assets: &Assets, route: Route, data: &PageData) -> Response {
    document(|nonce| documents::page(assets, nonce, route, data))
}

/// Until storage is here: the demonstration project behind every door. /tmp/vp/pages.rs.final takes its place.
fn entry(code: &str, language: Language) -> PageData {
    let project = serde_json::json!({
        "id": "00000000-0000-4000-8000-000000000001",
        "name": "Werk in Houten",
        "phase": "open",
        "municipality": "gemeente Houten",
        "organisation": "gemeente Houten",
        "partners": "de voedselbank en inloophuis De Kade",
        "contact": "Sanne, 030 123 45 67",
        "erase_by": 1_830_000_000_000_i64,
        "promises_no_effect": true,
        "quick_exit": "https://www.knmi.nl/",
        "prompts": [{
            "id": "00000000-0000-4000-8000-000000000002",
            "text": {
                "nl": "Wat betekent werk voor jou?",
                "en": "What does work mean to you?",
                "ar": "ماذا يعني لك العمل؟",
            },
        }],
        "tags": [],
        "entries": [{ "code": code, "partner": "Inloophuis De Kade", "perspective": "resident" }],
    });
    let data =
        serde_json::json!({ "language": language.tag(), "entry": { "code": code, "project": project } });
    serde_json::from_value(data).unwrap_or(PageData {
        language: language.tag().to_owned(),
        entry: None,
    })
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

#[cfg(test)]
mod tests {
    use super::{Assets, Language, empty, header};

    #[tokio::test]
    async fn only_scripts_with_the_nonce_of_this_answer_run() {
        let assets = Assets {
            style: "/pkg/app.1.css".to_owned(),
            script: "/pkg/app.2.js".to_owned(),
            wasm: "/pkg/app.3.wasm".to_owned(),
        };
        let (head, body) = empty(&assets, Language::Nl).into_parts();
        let policy = head.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap();
        assert_eq!(nonce.len(), 32);
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));

        let body = axum::body::to_bytes(body, 100_000).await.unwrap();
        let document = std::str::from_utf8(&body).unwrap();
        assert!(document.contains("<title>Vertelpunt</title>"));
        assert!(document.contains("<body data-shell>"));
        for script in document.split("<script").skip(1) {
            assert!(
                script.contains(&format!("nonce=\"{nonce}\"")),
                "a script without the nonce: {script}"
            );
        }
        assert!(!document.contains(" style="), "a style that the policy forbids");

        let again = empty(&assets, Language::Nl);
        assert_ne!(again.headers()[header::CONTENT_SECURITY_POLICY], policy);
    }
}
