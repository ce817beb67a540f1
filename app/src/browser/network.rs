//! Talking to our own server, and telling it from everything else that may answer in its place.

use domain::{
    problem::Problem,
    sync::{
        outbox::Failure,
        protocol::{KEYS_HEADER, ProblemAnswer},
    },
    time::Span,
};
use leptos::prelude::{set_timeout_with_handle, window};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect, Response,
    ResponseType,
};

/// How long an answer may take, beside a second for every kilobyte sent: on 2G a long story takes a minute.
const PATIENCE: Span = Span::seconds(30);

/// Posts JSON and returns the JSON of a success. `keys` goes into the header of story keys, unless empty.
///
/// # Errors
/// Why it came to nothing; nothing is lost by any of them.
pub async fn post(path: &str, keys: &str, body: &str) -> Result<String, Failure> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let headers = Headers::new().map_err(|_| Failure::Unreachable)?;
    _ = headers.set("content-type", "application/json");
    if !keys.is_empty() {
        _ = headers.set(KEYS_HEADER, keys);
    }
    init.set_headers(&headers);
    let patience = PATIENCE.0.saturating_add(i64::try_from(body.len()).unwrap_or(0));
    ask(path, &init, Span(patience)).await
}

/// Gets the JSON of an address of our server.
///
/// # Errors
/// As for [`post`].
pub async fn get(path: &str) -> Result<String, Failure> {
    ask(path, &RequestInit::new(), PATIENCE).await
}

async fn ask(path: &str, init: &RequestInit, patience: Span) -> Result<String, Failure> {
    let controller = AbortController::new().map_err(|_| Failure::Unreachable)?;
    init.set_signal(Some(&controller.signal()));
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
    heard.unwrap_or(Err(Failure::Unreachable))
}

/// `None` when the connection failed or was cut off before the last byte.
async fn listen(path: &str, init: &RequestInit) -> Option<Result<String, Failure>> {
    let response = JsFuture::from(window().fetch_with_str_and_init(path, init))
        .await
        .ok()?;
    let response: Response = response.dyn_into().ok()?;
    let body = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let header = |name: &str| response.headers().get(name).ok().flatten().unwrap_or_default();
    Some(judge(&Heard {
        status: response.status(),
        redirected: response.redirected() || response.type_() == ResponseType::Opaqueredirect,
        kind: header("content-type"),
        retry_after: header("retry-after"),
        body,
    }))
}

/// An answer as it came in.
#[derive(Clone, Debug)]
pub struct Heard {
    /// HTTP status; 0 for a redirect that was not followed.
    pub status: u16,
    /// Whether somebody wanted to lead us elsewhere.
    pub redirected: bool,
    /// Its `Content-Type`, empty when absent.
    pub kind: String,
    /// Its `Retry-After`, empty when absent.
    pub retry_after: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(status: u16, kind: &str, retry_after: &str, body: &str) -> Heard {
        let (kind, retry_after, body) = (kind.to_owned(), retry_after.to_owned(), body.to_owned());
        Heard {
            status,
            redirected: false,
            kind,
            retry_after,
            body,
        }
    }

    #[test]
    fn p15_the_page_of_a_wifi_is_not_our_server() {
        let html = "<html>Welcome to the library's Wi-Fi</html>";
        for status in [200, 302, 403, 511] {
            assert_eq!(
                judge(&heard(status, "text/html", "", html)),
                Err(Failure::NotOurs),
                "{status}"
            );
        }
        let redirected = Heard {
            redirected: true,
            ..heard(0, "", "", "")
        };
        assert_eq!(judge(&redirected), Err(Failure::NotOurs));
        assert_eq!(
            judge(&heard(403, "application/json", "", "{}")),
            Err(Failure::NotOurs)
        );
    }

    #[test]
    fn p16_a_server_in_trouble_is_ours_and_its_wait_is_heard() {
        let refused = |problem, seconds: Option<i64>| {
            Err(Failure::Refused {
                problem,
                retry_after: seconds.map(Span::seconds),
            })
        };
        assert_eq!(
            judge(&heard(502, "text/html", "", "<h1>Bad gateway</h1>")),
            refused(Problem::Internal, None)
        );
        assert_eq!(
            judge(&heard(503, "text/html", "7", "")),
            refused(Problem::Internal, Some(7))
        );
        assert_eq!(
            judge(&heard(413, "text/html", "", "")),
            refused(Problem::TooLarge { limit: 0 }, None)
        );
        assert_eq!(judge(&heard(408, "text/html", "", "")), Err(Failure::Unreachable));
        let problem = r#"{"problem":{"code":"too_many_tries","retry_after":9}}"#;
        assert_eq!(
            judge(&heard(429, "application/json", "", problem)),
            refused(Problem::TooManyTries { retry_after: 9 }, Some(9))
        );
        let newer = r#"{"problem":{"code":"made_up_next_year"}}"#;
        assert_eq!(
            judge(&heard(422, "application/json", "", newer)),
            refused(Problem::Unknown, None)
        );
    }

    #[test]
    fn a_success_must_be_json() {
        assert_eq!(
            judge(&heard(200, "application/json; charset=utf-8", "", "{}")),
            Ok("{}".to_owned())
        );
        assert_eq!(judge(&heard(200, "", "", "{}")), Err(Failure::NotOurs));
    }
}
