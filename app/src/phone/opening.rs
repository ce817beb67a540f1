//! What happens when the page opens: storage is read, the phone begins to listen to the world.

use super::{Install, Phone, Saved, StorageKind, acts, courier, drafts, erased, recording, store, tabs};
use crate::browser::spawn_local;
use crate::browser::{
    exit,
    indexed_db::{Conflict, Trouble},
    install, lifecycle, preferences, promise,
};
use crate::watch::Effect;
use domain::draft::Draft;

/// Opens the phone, once.
pub(super) fn open(phone: Phone) {
    let state = phone.state;
    state.finished.set(preferences::finished());
    state.link.set(courier::resting());
    lifecycle::watch(move |moment| courier::on_moment(phone, moment));
    exit::watch_escape(move || phone.leave_fast());
    install::watch(move |offer| {
        state.can_install.set(match offer {
            install::Offer::Prompt => Install::Prompt,
            install::Offer::ByHand => Install::IosSteps,
            install::Offer::Nothing => Install::No,
        });
    });
    // The browser asks before the page closes only while closing would lose something.
    Effect::new(move |_| lifecycle::ask_before_close(phone.would_lose.get()));
    erased::count(state);
    spawn_local(async move {
        let kind = match read(phone).await {
            Ok(()) => StorageKind::Kept,
            Err(_) => StorageKind::MemoryOnly,
        };
        state.storage.set(kind);
        state.is_ready();
        if state.is_unsaved() {
            phone.keep_now();
        }
        tabs::open(phone);
        recording::recover(phone).await;
        drafts::forget_what_was_thrown_away().await;
        let settled = acts::commit(state, &[], &|book| {
            book.offer_what_waits();
        });
        // What could not leave the phone or be offered does so at the next visit.
        _ = settled.await;
        courier::wake(phone, courier::Why::Look);
        if promise::persisted().await == Some(true) {
            state.persisted.set(Some(true));
        }
    });
}

async fn read(phone: Phone) -> Result<(), Trouble> {
    let state = phone.state;
    store::open(move |conflict| match conflict {
        Conflict::Outdated => {
            phone.keep_now();
            phone.stop_recording();
            state.upgrade_needed.set(true);
        }
        Conflict::Blocked => state.upgrade_needed.set(true),
        Conflict::Unblocked => state.upgrade_needed.set(false),
    })
    .await?;
    erased::look(state).await?;
    let drafts = store::drafts().await?;
    let book = store::book().await?;
    // Somebody may have begun to tell while storage was opening.
    let begun = state.draft.get_untracked();
    let mine = preferences::draft();
    if begun.is_none()
        && let Some(draft) = drafts.iter().find(|draft| Some(draft.id) == mine)
    {
        state.work_on(draft.clone(), Saved::Saved);
    }
    let mut kept = Vec::new();
    for draft in drafts {
        if draft.is_empty() && Some(draft.id) != mine {
            store::remove_draft(draft.id).await?;
        } else {
            kept.push(draft);
        }
    }
    state.drafts.set(kept);
    state.book.set(book);
    Ok(())
}

/// Another tab changed drafts.
pub(super) fn read_drafts_again(phone: Phone) {
    let state = phone.state;
    spawn_local(async move {
        let Ok(drafts) = store::drafts().await else { return };
        // The draft on the screen follows, unless it has edits of its own that are not stored yet.
        let mine = state
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.id));
        if let Some(id) = mine
            && !state.is_unsaved()
        {
            match drafts.iter().find(|draft| draft.id == id) {
                Some(newer) if state.draft.with_untracked(|now| now.as_ref() != Some(newer)) => {
                    state.work_on(Draft::clone(newer), Saved::Saved);
                }
                Some(_) => {}
                // Finished or thrown away there.
                None => state.put_down(),
            }
        }
        state.drafts.set(drafts);
    });
}

/// Another tab changed the book.
pub(super) fn read_book_again(phone: Phone) {
    let state = phone.state;
    spawn_local(async move {
        let Ok(book) = store::book().await else { return };
        state.book.update(|known| known.refresh(book));
        courier::wake(phone, courier::Why::Due);
    });
}
