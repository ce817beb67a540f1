//! What only pages of staff ask of the browser and, through it, of the server. Nothing here is on a teller's phone:
//! it goes with the chunk of staff.

use super::{document::document, lifecycle, network};
use domain::{
    id::{ProjectId, StoryId},
    member::Member,
    problem::Problem,
    story::ReadStory,
    sync::{
        outbox::Failure,
        protocol::{SyncRequest, SyncResponse},
    },
    time::Timestamp,
};
use leptos::prelude::{document as page, window};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const SIGN_IN: &str = "/api/v1/sign-in";

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
/// [`Problem::LinkUsed`] when it was used, is too old or never was; else what every request may meet.
pub async fn sign_in(secret: &str) -> Result<Member, Failure> {
    #[derive(Serialize)]
    struct Link<'a> {
        secret: &'a str,
    }
    let body = serde_json::to_string(&Link { secret }).map_err(|_| Failure::NotOurs)?;
    read(&network::post(SIGN_IN, "", &body).await?)
}

/// Ends the session, here and on the server.
///
/// # Errors
/// What every request may meet; then the session goes on.
pub async fn sign_out() -> Result<(), Failure> {
    let init = web_sys::RequestInit::new();
    init.set_method("DELETE");
    let response = JsFuture::from(window().fetch_with_str_and_init(SIGN_IN, &init)).await;
    let response: web_sys::Response =
        response.ok().and_then(|response| response.dyn_into().ok()).ok_or(Failure::Unreachable)?;
    // Who is not signed in any more is signed out.
    if response.ok() || response.status() == 401 {
        Ok(())
    } else {
        Err(Failure::Refused { problem: Problem::Internal, retry_after: None })
    }
}

/// Who is signed in.
///
/// # Errors
/// [`Problem::NotSignedIn`] when nobody is; else what every request may meet.
pub async fn me() -> Result<Member, Failure> {
    read(&network::get("/api/v1/me").await?)
}

/// One story with its text.
///
/// # Errors
/// [`Problem::StoryUnknown`] or [`Problem::StoryWithdrawn`] when it is not there for this reader; else what every
/// request may meet.
pub async fn story(id: StoryId) -> Result<ReadStory, Failure> {
    read(&network::get(&["/api/v1/stories/", &id.to_string()].concat()).await?)
}

/// The stories in which these words stand.
///
/// # Errors
/// What every request may meet.
pub async fn search(project: ProjectId, words: &str) -> Result<Vec<StoryId>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        stories: Vec<StoryId>,
    }
    let words = String::from(js_sys::encode_uri_component(words));
    let path = ["/api/v1/projects/", &project.to_string(), "/search?q=", &words].concat();
    read::<Found>(&network::get(&path).await?).map(|found| found.stories)
}

/// One pull; with `wait` it is answered when there is news.
///
/// # Errors
/// What every request may meet, also when somebody else answers in our server's place.
pub async fn pull(request: &SyncRequest) -> Result<SyncResponse, Failure> {
    let body = serde_json::to_string(request).map_err(|_| Failure::NotOurs)?;
    let answer: SyncResponse = read(&network::post("/api/v1/sync", "", &body).await?)?;
    if answer.nonce == request.nonce { Ok(answer) } else { Err(Failure::NotOurs) }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Failure> {
    serde_json::from_str(body).map_err(|_| Failure::NotOurs)
}

/// Whether the browser says there is a network.
pub fn is_online() -> bool {
    lifecycle::is_online()
}

/// Scheme, host and port of this page.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Whether this page came over HTTPS.
pub fn is_encrypted() -> bool {
    window().location().protocol().is_ok_and(|protocol| protocol == "https:")
}

/// What stands after `#` in the address.
pub fn fragment() -> Option<String> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix('#').filter(|hash| !hash.is_empty()).map(str::to_owned)
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
    let address = [&path, fragment.map_or("", |_| "#"), fragment.unwrap_or_default()].concat();
    if let Ok(history) = window().history() {
        _ = match entry {
            Entry::Push => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
            Entry::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
        };
    }
}

/// Puts focus on the element with this id. False when it is not in the page.
pub fn focus(id: &str) -> bool {
    let found = document().get_element_by_id(id).and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
    found.is_some_and(|found| found.focus().is_ok())
}

/// Puts focus on the heading, unless it is somewhere already: the page of a chunk comes later than the moment at
/// which every other page gets its focus.
pub fn focus_heading_if_nowhere() {
    let body = page().body().map(JsValue::from);
    if document().active_element().map(JsValue::from) == body {
        super::document::focus_heading();
    }
}

/// A day in full, "22 november 2026", in the language `tag`, in Latin digits and the calendar of the rest of Europe.
pub fn day(moment: Timestamp, tag: &str) -> String {
    let options = js_sys::Object::new();
    for (name, value) in [("day", "numeric"), ("month", "long"), ("year", "numeric")] {
        _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    // Timestamps are far below the 2^53 up to which a number of JavaScript is exact.
    let date = js_sys::Date::new(&JsValue::from_f64(moment.0 as f64));
    let locale = [tag, "-u-nu-latn-ca-gregory"].concat();
    date.to_locale_date_string(&locale, &options).into()
}
