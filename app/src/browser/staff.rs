//! What only pages of staff ask of the browser and, through it, of the server. Nothing here is on a teller's phone:
//! it goes with the chunk of staff.

use super::{
    bytes::Bytes,
    document::document,
    lifecycle,
    network::{self, Heard},
};
use domain::{
    id::{ProjectId, StoryId},
    member::{Me, SignIn},
    story::{Found, ReadStory},
    sync::{
        lease::{LeaseGiven, LeaseWish},
        outbox::Failure,
        protocol::{SyncRequest, SyncResponse},
    },
    time::Span,
};
use leptos::prelude::{set_timeout_with_handle, window};
use serde::de::DeserializeOwned;
use std::{cell::RefCell, time::Duration};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, Response};

thread_local! {
    static SECRET: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Takes the secret of a sign-in link out of the address at once, so that it stands in no history and over nobody's
/// shoulder, and holds it until [`secret`] is asked for.
pub fn catch_secret() {
    if let Some(secret) = fragment() {
        show_fragment(None, Entry::Replace);
        SECRET.set(Some(secret));
    }
}

/// The secret that was caught, until [`forget_secret`].
pub fn secret() -> Option<String> {
    SECRET.with_borrow(Clone::clone)
}

/// The secret did its work, or never will.
pub fn forget_secret() {
    SECRET.set(None);
}

/// Trades the secret of a link for a session; the browser keeps its cookie out of reach of scripts.
///
/// # Errors
/// `Problem::LinkUsed` when it was used, is too old or never was; else what every
/// request may meet.
pub async fn sign_in(secret: &str) -> Result<(), Failure> {
    let body = crate::json::to_string(&SignIn {
        secret: secret.to_owned(),
    });
    session("POST", Some(&body)).await
}

/// Ends the session, here and on the server.
///
/// # Errors
/// What every request may meet; then the session goes on.
pub async fn sign_out() -> Result<(), Failure> {
    session("DELETE", None).await
}

/// Begins or ends a session. Its success has no content, so that the sign-in page of a Wi-Fi cannot be taken for it.
async fn session(method: &str, body: Option<&str>) -> Result<(), Failure> {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        let headers = Headers::new().map_err(|_| Failure::Unreachable)?;
        _ = headers.set("content-type", "application/json");
        init.set_headers(&headers);
        init.set_body(&JsValue::from_str(body));
    }
    let response = fetch(&init).await.ok_or(Failure::Unreachable)?;
    let status = response.status();
    if status == 204 {
        return Ok(());
    }
    let header = |name: &str| response.headers().get(name).ok().flatten().unwrap_or_default();
    let heard = Heard {
        status,
        redirected: response.redirected(),
        kind: header("content-type"),
        retry_after: header("retry-after"),
        body: text(&response).await.unwrap_or_default(),
        ..Heard::default()
    };
    network::judge(&heard).and(Err(Failure::NotOurs))
}

async fn fetch(init: &RequestInit) -> Option<Response> {
    JsFuture::from(window().fetch_with_str_and_init("/api/v1/sign-in", init))
        .await
        .ok()?
        .dyn_into()
        .ok()
}

async fn text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// Who is signed in.
///
/// # Errors
/// `Problem::NotSignedIn` when nobody is; else what every request may meet.
pub async fn me() -> Result<Me, Failure> {
    read(&network::get("/api/v1/me").await?)
}

/// One story with its text.
///
/// # Errors
/// `Problem::StoryUnknown` or `Problem::StoryWithdrawn` when it is not there for this reader; else what every
/// request may meet.
pub async fn story(id: StoryId) -> Result<ReadStory, Failure> {
    read(&network::get(&["/api/v1/stories/", &id.to_string()].concat()).await?)
}

/// LE2: says what this device holds from now on, and hears what of it may be held, and until when.
///
/// # Errors
/// What every request may meet.
pub async fn lease(stories: Vec<StoryId>) -> Result<LeaseGiven, Failure> {
    let body = crate::json::to_string(&LeaseWish { stories });
    read(&network::put("/api/v1/lease", &body).await?)
}

/// All of a clip, which has this length; less is nothing.
///
/// # Errors
/// [`Failure::Unreachable`] when it does not come, or not whole, within [`CLIP_LIMIT`].
pub async fn clip(address: &str, length: u64) -> Result<Bytes, Failure> {
    let controller = AbortController::new().map_err(|_| Failure::Unreachable)?;
    let init = RequestInit::new();
    init.set_signal(Some(&controller.signal()));
    let wait = Duration::from_millis(CLIP_LIMIT.0.unsigned_abs());
    let end = set_timeout_with_handle(move || controller.abort(), wait);
    let came = bytes(address, &init).await;
    if let Ok(end) = end {
        end.clear();
    }
    came.filter(|bytes| bytes.length() == length)
        .ok_or(Failure::Unreachable)
}

/// How long one clip may take: the longest, of 50 MB, on a slow line.
const CLIP_LIMIT: Span = Span::seconds(600);

async fn bytes(address: &str, init: &RequestInit) -> Option<Bytes> {
    let came = JsFuture::from(window().fetch_with_str_and_init(address, init))
        .await
        .ok()?;
    let response: Response = came.dyn_into().ok()?;
    if response.status() != 200 {
        return None;
    }
    let bytes = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Bytes(bytes.unchecked_into()))
}

/// The stories in which these words stand.
///
/// # Errors
/// What every request may meet.
pub async fn search(project: ProjectId, words: &str) -> Result<Vec<StoryId>, Failure> {
    let words = String::from(js_sys::encode_uri_component(words));
    let path = ["/api/v1/projects/", &project.to_string(), "/search?q=", &words].concat();
    read::<Found>(&network::get(&path).await?).map(|found| found.stories)
}

/// One pull; with `wait` it is answered when there is news.
///
/// # Errors
/// What every request may meet, also when somebody else answers in our server's place.
pub async fn pull(request: &SyncRequest) -> Result<SyncResponse, Failure> {
    let body = crate::json::to_string(request);
    let answer: SyncResponse = read(&network::post("/api/v1/sync", "", &body).await?)?;
    if answer.nonce == request.nonce {
        Ok(answer)
    } else {
        Err(Failure::NotOurs)
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Failure> {
    crate::json::from_str(body).map_err(|_| Failure::NotOurs)
}

/// Whether the browser says there is a network.
pub fn is_online() -> bool {
    lifecycle::is_online()
}

/// Where to go on once this phone trusts the computer: the HTTPS address that the plain port names.
pub async fn encrypted_address() -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Trust {
        next: String,
    }
    let answer: Trust = read(&network::get("/trust.json").await.ok()?).ok()?;
    answer.next.starts_with("https://").then_some(answer.next)
}

/// The SHA-256 of the certificate at `path` (PEM), as devices show it: `3A:91:…`.
pub async fn fingerprint(path: &str) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str(path)).await.ok()?;
    let pem = text(&response.dyn_into().ok()?).await?;
    let (_, inside) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (inside, _) = inside.split_once("-----END CERTIFICATE-----")?;
    let base64: String = inside.split_whitespace().collect();
    // `atob` answers one character per byte.
    let bytes: Vec<u8> = window().atob(&base64).ok()?.chars().map(|c| c as u8).collect();
    let digits = domain::Sha256::of(&bytes).to_hex().to_uppercase();
    let pairs: Vec<&str> = (0..digits.len())
        .step_by(2)
        .filter_map(|at| digits.get(at..at + 2))
        .collect();
    Some(pairs.join(":"))
}

/// What stands after `#` in the address.
pub fn fragment() -> Option<String> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix('#')
        .filter(|hash| !hash.is_empty())
        .map(str::to_owned)
}

/// What to do with the history when the fragment changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Back returns to how it was.
    Push,
    /// Back skips how it was.
    Replace,
}

/// Changes what stands after `#`; the page itself stays.
pub fn show_fragment(fragment: Option<&str>, entry: Entry) {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let address = [
        path.as_str(),
        fragment.map_or("", |_| "#"),
        fragment.unwrap_or_default(),
    ]
    .concat();
    if let Ok(history) = window().history() {
        _ = match entry {
            Entry::Push => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
            Entry::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
        };
    }
}

/// Puts focus on the element with this id. False when it is not in the page.
pub fn focus(id: &str) -> bool {
    let found = document()
        .get_element_by_id(id)
        .and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
    found.is_some_and(|found| found.focus().is_ok())
}
