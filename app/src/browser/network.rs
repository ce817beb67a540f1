//! Talking to our own server, and telling it from everything else that may answer in its place.

use super::bytes::{Blob, Bytes};
use domain::{
    problem::Problem,
    sync::{
        delivery::Reply,
        outbox::Failure,
        protocol::{KEYS_HEADER, ProblemAnswer},
    },
    time::Span,
};
use leptos::prelude::{set_timeout_with_handle, window};
use std::{cell::RefCell, time::Duration};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect, Response,
    ResponseType,
};

/// How long an answer may take, beside a second for every kilobyte sent: on 2G a long story takes a minute.
const PATIENCE: Span = Span::seconds(30);
/// The version of tus spoken.
const TUS: &str = "1.0.0";
/// Where the bytes of clips go.
pub const MEDIA: &str = "/api/v1/media";

/// Posts JSON and returns the JSON of a success. `keys` goes into the header of story keys, unless empty.
///
/// # Errors
/// Why it came to nothing; nothing is lost by any of them.
pub async fn post(path: &str, keys: &str, body: &str) -> Result<String, Failure> {
    send("POST", path, keys, body).await
}

/// The same, to put something in the place of what was there.
///
/// # Errors
/// As for [`post`].
pub async fn put(path: &str, body: &str) -> Result<String, Failure> {
    send("PUT", path, "", body).await
}

async fn send(method: &str, path: &str, keys: &str, body: &str) -> Result<String, Failure> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_body(&JsValue::from_str(body));
    let headers = Headers::new().map_err(|_| Failure::Unreachable)?;
    _ = headers.set("content-type", "application/json");
    if !keys.is_empty() {
        _ = headers.set(KEYS_HEADER, keys);
    }
    init.set_headers(&headers);
    let patience = PATIENCE.0.saturating_add(i64::try_from(body.len()).unwrap_or(0));
    ask(path, &init, Span(patience), false)
        .await
        .and_then(|heard| judge(&heard))
}

/// Asks our server for something that it answers with nothing but yes. `keys` as for [`post`].
///
/// # Errors
/// As for [`post`].
pub async fn ask_leave(path: &str, keys: &str) -> Result<(), Failure> {
    let init = RequestInit::new();
    init.set_method("POST");
    let headers = Headers::new().map_err(|_| Failure::Unreachable)?;
    _ = headers.set(KEYS_HEADER, keys);
    init.set_headers(&headers);
    let heard = ask(path, &init, PATIENCE, false).await?;
    if heard.status == 204 {
        return Ok(());
    }
    judge(&heard).and(Err(Failure::NotOurs))
}

/// Fetches a file of our server, in a language. `keys` as for [`post`].
///
/// # Errors
/// As for [`post`].
pub async fn fetch_file(path: &str, keys: &str, language: &str) -> Result<Blob, Failure> {
    let init = RequestInit::new();
    init.set_method("POST");
    let headers = Headers::new().map_err(|_| Failure::Unreachable)?;
    _ = headers.set(KEYS_HEADER, keys);
    _ = headers.set("accept-language", language);
    init.set_headers(&headers);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Manual);
    let fetched = async {
        let response = JsFuture::from(window().fetch_with_str_and_init(path, &init))
            .await
            .ok()?;
        let response: Response = response.dyn_into().ok()?;
        let kind = response.headers().get("content-type").ok().flatten()?;
        // A Wi-Fi that wants a sign-in answers with a page of its own.
        if !response.ok() || kind != "application/zip" {
            return None;
        }
        JsFuture::from(response.blob().ok()?).await.ok()?.dyn_into().ok()
    };
    fetched.await.map(Blob).ok_or(Failure::Unreachable)
}

/// Gets the JSON of an address of our server.
///
/// # Errors
/// As for [`post`].
pub async fn get(path: &str) -> Result<String, Failure> {
    ask(path, &RequestInit::new(), PATIENCE, false)
        .await
        .and_then(|heard| judge(&heard))
}

thread_local! {
    /// Ends the request that carries bytes, while there is one.
    static CARRYING: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Ends the request of [`carry`] that is under way, if any: its bytes are not wanted any more.
pub fn stop_carrying() {
    CARRYING.with_borrow(|carrying| carrying.iter().for_each(AbortController::abort));
}

/// A request of the tus protocol, version 1.0.0, about the bytes of a clip. One at a time.
pub async fn carry(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Bytes>) -> Reply {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(Bytes(body)) = body {
        init.set_body(body);
    }
    let Ok(all) = Headers::new() else {
        return Reply::Failed(Failure::Unreachable);
    };
    _ = all.set("tus-resumable", TUS);
    for (name, value) in headers {
        _ = all.set(name, value);
    }
    init.set_headers(&all);
    let patience = PATIENCE
        .0
        .saturating_add(body.map_or(0, |body| body.length().cast_signed()));
    let heard = ask(path, &init, Span(patience), true).await;
    CARRYING.set(None);
    heard.map_or_else(Reply::Failed, |heard| judge_carried(&heard))
}

async fn ask(path: &str, init: &RequestInit, patience: Span, carrying: bool) -> Result<Heard, Failure> {
    let controller = AbortController::new().map_err(|_| Failure::Unreachable)?;
    init.set_signal(Some(&controller.signal()));
    if carrying {
        CARRYING.set(Some(controller.clone()));
    }
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::SameOrigin);
    // Our server redirects none of these; a Wi-Fi that wants a sign-in does. "manual" shows that it was tried.
    init.set_redirect(RequestRedirect::Manual);
    let wait = Duration::from_millis(patience.0.unsigned_abs());
    let end = set_timeout_with_handle(move || controller.abort(), wait);
    let heard = listen(path, init).await;
    if let Ok(end) = end {
        end.clear();
    }
    heard.ok_or(Failure::Unreachable)
}

/// `None` when the connection failed or was cut off before the last byte.
async fn listen(path: &str, init: &RequestInit) -> Option<Heard> {
    let response = JsFuture::from(window().fetch_with_str_and_init(path, init))
        .await
        .ok()?;
    let response: Response = response.dyn_into().ok()?;
    let body = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let header = |name: &str| response.headers().get(name).ok().flatten().unwrap_or_default();
    Some(Heard {
        status: response.status(),
        redirected: response.redirected() || response.type_() == ResponseType::Opaqueredirect,
        kind: header("content-type"),
        retry_after: header("retry-after"),
        tus: header("tus-resumable"),
        offset: header("upload-offset"),
        place: header("location"),
        body,
    })
}

/// An answer as it came in.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// HTTP status; 0 for a redirect that was not followed.
    pub status: u16,
    /// Whether somebody wanted to lead us elsewhere.
    pub redirected: bool,
    /// Its `Content-Type`, empty when absent.
    pub kind: String,
    /// Its `Retry-After`, empty when absent.
    pub retry_after: String,
    /// Its `Tus-Resumable`, empty when absent.
    pub tus: String,
    /// Its `Upload-Offset`, empty when absent.
    pub offset: String,
    /// Its `Location`, empty when absent.
    pub place: String,
    /// Its body as text.
    pub body: String,
}

/// Tells our server's answers from others (P15, P16). A success is believed only as JSON, and its reader still has
/// to find the nonce in it.
///
/// # Errors
/// Whatever is not a success of ours.
pub fn judge(heard: &Heard) -> Result<String, Failure> {
    let Heard {
        status,
        redirected,
        kind,
        retry_after,
        body,
        ..
    } = heard;
    let json = kind.split(';').next().is_some_and(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        kind == "application/json" || kind == "application/problem+json"
    });
    if *redirected {
        return Err(Failure::NotOurs);
    }
    if (200..300).contains(status) {
        return if json {
            Ok(body.clone())
        } else {
            Err(Failure::NotOurs)
        };
    }
    let asked = retry_after.trim().parse().ok().map(Span::seconds);
    if json && let Ok(ProblemAnswer { problem }) = crate::json::from_str(body) {
        let own = match problem {
            Problem::TooManyTries { retry_after } | Problem::Busy { retry_after } => {
                Some(Span::seconds(i64::from(retry_after)))
            }
            _ => None,
        };
        return Err(Failure::Refused {
            problem,
            retry_after: asked.or(own),
        });
    }
    // A proxy in front of our server answers in HTML when it is in trouble; so does a Wi-Fi, with a 4xx or 511.
    let problem = match status {
        408 => return Err(Failure::Unreachable),
        413 => Problem::TooLarge { limit: 0 },
        429 => Problem::TooManyTries { retry_after: 0 },
        500..=510 => Problem::Internal,
        _ => return Err(Failure::NotOurs),
    };
    Err(Failure::Refused {
        problem,
        retry_after: asked,
    })
}

/// The same for an answer about bytes: a yes is believed only in the words of tus, with how much is there. A place
/// elsewhere than at our server is none: keys go along there.
pub fn judge_carried(heard: &Heard) -> Reply {
    let ours = heard.tus == TUS && !heard.redirected;
    match (heard.status, heard.offset.trim().parse()) {
        (200..300, Ok(bytes)) if ours => Reply::Has {
            bytes,
            place: place_of(&heard.place),
        },
        (409 | 460, _) => Reply::OutOfStep,
        (status, _) => match judge(heard) {
            // Only what it answers itself, not a Wi-Fi that knows nothing of it.
            Err(Failure::Refused { .. }) if matches!(status, 403 | 404 | 410) => Reply::Unknown,
            Err(failure) => Reply::Failed(failure),
            Ok(_) => Reply::Failed(Failure::NotOurs),
        },
    }
}

fn place_of(location: &str) -> Option<String> {
    let (before, name) = location.rsplit_once('/')?;
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (before.ends_with(MEDIA) && plain && !name.is_empty()).then(|| [MEDIA, "/", name].concat())
}

#[cfg(test)]
mod tests;
