//! Small conveniences in local and session storage. Nothing here is the only copy of anything: storage that is
//! blocked or full just means that a convenience is missing.

use domain::id::StoryId;
use gloo_storage::{LocalStorage, SessionStorage, Storage};

const DRAFT: &str = "draft";
const FINISHED: &str = "finished";
const CHOSEN: &str = "chosen";
const INSTALL_HINT: &str = "install-hint-shown";
const SHOWS_NAMES: &str = "shows-names";

/// The draft this tab works on. It is named here and never in the address.
pub fn draft() -> Option<StoryId> {
    SessionStorage::get(DRAFT).ok()
}

/// Names the draft this tab works on.
pub fn set_draft(id: Option<StoryId>) {
    set_in_session(DRAFT, id);
}

/// The story this tab just finished.
pub fn finished() -> Option<StoryId> {
    SessionStorage::get(FINISHED).ok()
}

/// Names the story this tab just finished.
pub fn set_finished(id: Option<StoryId>) {
    set_in_session(FINISHED, id);
}

/// The story whose code, choices or withdrawal this tab shows.
pub fn chosen() -> Option<StoryId> {
    SessionStorage::get(CHOSEN).ok()
}

/// Names the story whose code, choices or withdrawal this tab shows.
pub fn set_chosen(id: StoryId) {
    set_in_session(CHOSEN, Some(id));
}

/// Whether the hint to put the app on the home screen was shown before.
pub fn install_hint_was_shown() -> bool {
    LocalStorage::get(INSTALL_HINT).unwrap_or(false)
}

/// Remembers that the hint was shown.
pub fn set_install_hint_shown() {
    _ = LocalStorage::set(INSTALL_HINT, true);
}

/// Whether the frame shows words beside its pictures; `None` when the person never chose.
pub fn shows_names() -> Option<bool> {
    LocalStorage::get(SHOWS_NAMES).ok()
}

/// Remembers whether the frame shows words beside its pictures.
pub fn set_shows_names(shows: bool) {
    _ = LocalStorage::set(SHOWS_NAMES, shows);
}

fn set_in_session(key: &str, id: Option<StoryId>) {
    match id {
        Some(id) => _ = SessionStorage::set(key, id),
        None => SessionStorage::delete(key),
    }
}
