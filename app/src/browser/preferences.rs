//! Small conveniences in local and session storage. Nothing here is the only copy of anything: storage that is
//! blocked or full just means that a convenience is missing.
//!
//! Two numbers stand here because they must outlive the storage where stories are kept (P7): how many stories are on
//! this phone alone, and how many of them it erased. Numbers only, nothing of the stories and no ids.

use crate::texts::Language;
use domain::id::{MemberId, StoryId};
use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use leptos::prelude::window;
use serde::{Serialize, de::DeserializeOwned};
use web_sys::Storage;

const LANGUAGE: &str = "language";
const DRAFT: &str = "draft";
const FINISHED: &str = "finished";
const CHOSEN: &str = "chosen";
const INSTALL_HINT: &str = "install-hint-shown";
const SHOWS_NAMES: &str = "shows-names";
const MET_TRIANGLE: &str = "met-triangle";
const LEFT_FAST: &str = "left-fast";
const ON_PHONE_ALONE: &str = "on-phone-alone";
const ERASED: &str = "erased";

/// The language the person chose for the screen.
pub fn language() -> Option<Language> {
    Language::from_tag(&read::<String>(local(), LANGUAGE)?)
}

/// Remembers the language the person chose.
pub fn set_language(language: Language) {
    write(local(), LANGUAGE, language.tag());
}

/// The draft this tab works on. It is named here and never in the address.
pub fn draft() -> Option<StoryId> {
    read(session(), DRAFT)
}

/// Names the draft this tab works on.
pub fn set_draft(id: Option<StoryId>) {
    write_session(DRAFT, id);
}

/// The story this tab just finished.
pub fn finished() -> Option<StoryId> {
    read(session(), FINISHED)
}

/// Names the story this tab just finished.
pub fn set_finished(id: Option<StoryId>) {
    write_session(FINISHED, id);
}

/// The story whose code, choices or withdrawal this tab shows.
pub fn chosen() -> Option<StoryId> {
    read(session(), CHOSEN)
}

/// Names the story whose code, choices or withdrawal this tab shows.
pub fn set_chosen(id: StoryId) {
    write_session(CHOSEN, Some(id));
}

/// Whether the hint to put the app on the home screen was shown before.
pub fn install_hint_was_shown() -> bool {
    read(local(), INSTALL_HINT).unwrap_or(false)
}

/// Remembers that the hint was shown.
pub fn set_install_hint_shown() {
    write(local(), INSTALL_HINT, true);
}

/// Whether the frame shows words beside its pictures; `None` when the person never chose.
pub fn shows_names() -> Option<bool> {
    read(local(), SHOWS_NAMES)
}

/// Remembers whether the frame shows words beside its pictures.
pub fn set_shows_names(shows: bool) {
    write(local(), SHOWS_NAMES, shows);
}

/// What a member marked as heard, or not, that the server does not know yet.
pub fn unsent_marks(member: MemberId) -> Vec<(StoryId, bool)> {
    read(local(), &marks_of(member)).unwrap_or_default()
}

/// Keeps what the server does not know yet, for the next time the page opens.
pub fn set_unsent_marks(member: MemberId, marks: &[(StoryId, bool)]) {
    let key = marks_of(member);
    if marks.is_empty() {
        remove(local(), &key);
    } else {
        write(local(), &key, marks);
    }
}

fn marks_of(member: MemberId) -> String {
    ["marks-", &member.to_string()].concat()
}

/// Whether somebody met a triangle on this phone.
pub fn met_triangle() -> bool {
    read(local(), MET_TRIANGLE).unwrap_or(false)
}

/// Remembers that somebody met a triangle on this phone.
pub fn set_met_triangle() {
    write(local(), MET_TRIANGLE, true);
}

/// Whether the last thing somebody did on this phone was to leave fast.
pub fn left_fast() -> bool {
    read(local(), LEFT_FAST).unwrap_or(false)
}

/// Remembers that somebody left fast, or that the phone is in use again.
pub fn set_left_fast(left: bool) {
    write(local(), LEFT_FAST, left);
}

/// How many stories, finished or not, were on this phone alone when that was last written.
pub fn on_phone_alone() -> u32 {
    read(local(), ON_PHONE_ALONE).unwrap_or(0)
}

/// Remembers how many stories are on this phone alone.
pub fn set_on_phone_alone(count: u32) {
    write(local(), ON_PHONE_ALONE, count);
}

/// How many stories this phone erased without anybody having been told so.
pub fn erased() -> u32 {
    read(local(), ERASED).unwrap_or(0)
}

/// Remembers how many stories this phone erased; none once somebody was told.
pub fn set_erased(count: u32) {
    write(local(), ERASED, count);
}

/// Forgets everything this tab was about.
pub fn forget_this_tab() {
    if let Some(storage) = session() {
        _ = storage.clear();
    }
}

// gloo-storage panics where a browser forbids storage altogether, and a panic ends the page: so it is asked first. Values
// go through our own JSON, because gloo-storage's `get` and `set` bring serde_json's along.

fn local() -> Option<Storage> {
    matches!(window().local_storage(), Ok(Some(_))).then(LocalStorage::raw)
}

fn session() -> Option<Storage> {
    matches!(window().session_storage(), Ok(Some(_))).then(SessionStorage::raw)
}

fn read<T: DeserializeOwned>(storage: Option<Storage>, key: &str) -> Option<T> {
    let text = storage?.get_item(key).ok()??;
    crate::json::from_str(&text).ok()
}

fn write(storage: Option<Storage>, key: &str, value: impl Serialize) {
    if let Some(storage) = storage {
        _ = storage.set_item(key, &crate::json::to_string(&value));
    }
}

fn remove(storage: Option<Storage>, key: &str) {
    if let Some(storage) = storage {
        _ = storage.remove_item(key);
    }
}

fn write_session(key: &str, value: Option<impl Serialize>) {
    match value {
        Some(value) => write(session(), key, value),
        None => remove(session(), key),
    }
}
