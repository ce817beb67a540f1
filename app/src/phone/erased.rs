//! P7: a phone that erased stories which were not sent.
//!
//! Storage that was settled in bears a mark. Where the mark is missing, storage is new, or the phone erased it; which
//! of the two, a number beside it tells: how many stories were on this phone alone. When the phone erased that number
//! as well, nothing can be known, and nothing is said.

use super::{Phone, State, StorageKind, book::Book, store};
use crate::browser::{indexed_db::Trouble, preferences};
use crate::watch::Effect;
use domain::draft::Draft;

impl Phone {
    /// Somebody read how many stories were erased: it is said in this visit, and never again.
    pub fn erased_was_said(self) {
        preferences::set_erased(0);
    }

    /// Whether the last thing somebody did on this phone was to leave fast: then nothing of their stories shows by
    /// itself.
    pub fn was_left_fast(self) -> bool {
        preferences::left_fast()
    }
}

/// Looks whether storage is the one that was left, and settles in where it is not. What was erased is written down
/// before the mark is, so that a crash in between cannot swallow it.
///
/// # Errors
/// When storage fails.
pub(super) async fn look(state: State) -> Result<(), Trouble> {
    if !store::is_settled().await? {
        let lost = preferences::on_phone_alone();
        if lost > 0 {
            preferences::set_erased(lost);
            preferences::set_on_phone_alone(0);
        }
        store::settle().await?;
    }
    state.erased.set(preferences::erased());
    Ok(())
}

/// Keeps the number beside storage right, as long as there is storage.
pub(super) fn count(state: State) {
    Effect::new(move |_| {
        if state.ready.get() && state.storage.get() == StorageKind::Kept {
            let begun = state
                .drafts
                .with(|drafts| drafts.iter().filter(|draft| !Draft::is_empty(draft)).count());
            let told = state.book.with(Book::on_phone_alone);
            preferences::set_on_phone_alone(u32::try_from(begun + told).unwrap_or(u32::MAX));
        }
    });
}
