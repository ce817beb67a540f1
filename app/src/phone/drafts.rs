//! Telling: the draft this tab works on, kept at every pause.

use super::{Phone, Saved, State, StorageKind, acts, book::Book, clips, courier, recording, store, tabs};
use crate::browser::spawn_local;
use crate::{
    browser::{
        ambient::{self, Random},
        indexed_db::Trouble,
        preferences,
        tabs::lead,
        timer::{self, Timer},
    },
    texts::{self, t, tell},
};
use domain::{consent::Wording, draft::Draft, id::StoryId, problem::Problem, story::Origin, time::Span};
use std::cell::{Cell, RefCell};

/// A pause in typing this long keeps the draft.
const PAUSE: Span = Span(300);
/// Who types without a pause is kept this often all the same.
const AT_LEAST_EVERY: Span = Span(2_000);

/// A draft that was thrown away, for bringing it back while the page offers that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown(Draft);

/// Why a draft is not a finished story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// This tab works on no draft.
    NoDraft,
    /// A rule forbids it; the draft is as it was.
    Problem(Problem),
    /// The phone's storage refused; the draft is as it was.
    NotKept,
}

thread_local! {
    /// Counts the edits of this tab, so that "saved" is said only of the newest.
    static EDITS: Cell<u64> = const { Cell::new(0) };
    static WAITING_SINCE: Cell<Option<i64>> = const { Cell::new(None) };
    /// The draft that can be brought back now.
    static THROWN: RefCell<Option<Draft>> = const { RefCell::new(None) };
}

impl Phone {
    /// Starts an empty draft, in the screen's language and with the entry point's perspective, and works on it.
    /// Nothing happens before a project is joined.
    pub fn start_draft(self) {
        let Some(joined) = self.joined.get_untracked() else {
            return;
        };
        let Some(prompt) = joined.project.prompts.first() else {
            return;
        };
        let perspective = joined.project.entry(&joined.entry).map(|entry| entry.perspective);
        let origin = Origin {
            project: joined.project.id,
            entry: Some(joined.entry.clone()),
            prompt: prompt.id,
        };
        let language = story_language(self.state.language.get_untracked());
        self.keep_now();
        let draft = Draft::start(origin, language, perspective, ambient::now(), &mut Random);
        self.state.work_on(draft, Saved::Saving);
        // An empty draft is kept as well: after a reload the tab finds the one it names.
        self.state.edited();
        self.keep_now();
    }

    /// Goes on with a draft.
    pub fn open_draft(self, id: StoryId) {
        self.keep_now();
        let found = self
            .state
            .drafts
            .with_untracked(|drafts| drafts.iter().find(|draft| draft.id == id).cloned());
        if let Some(draft) = found {
            let saved = if self.state.storage.get_untracked() == StorageKind::Kept {
                Saved::Saved
            } else {
                Saved::Nothing
            };
            self.state.work_on(draft, saved);
        }
    }

    /// Changes the draft this tab works on; it is stored after a pause of 300 ms.
    pub fn edit(self, change: impl FnOnce(&mut Draft)) {
        let mut change = Some(change);
        self.edit_once(&mut |draft| {
            if let Some(change) = change.take() {
                change(draft);
            }
        });
    }

    fn edit_once(self, change: &mut dyn FnMut(&mut Draft)) {
        let mut touched = false;
        self.state.draft.maybe_update(|draft| {
            if let Some(draft) = draft {
                let before = draft.clone();
                change(draft);
                touched = *draft != before;
                if touched {
                    draft.kept_at = ambient::now();
                }
            }
            touched
        });
        if !touched {
            return;
        }
        self.state.edited();
        let now = ambient::now();
        let since = WAITING_SINCE.get().unwrap_or(now.0);
        WAITING_SINCE.set(Some(since));
        if now.0.saturating_sub(since) >= AT_LEAST_EVERY.0 || now.0 < since {
            self.keep_now();
        } else {
            timer::set(Timer::Keep, PAUSE, move || self.keep_now());
        }
    }

    /// Stores the draft at once: when a step ends, and when the page goes out of view.
    pub fn keep_now(self) {
        if self.state.storage.get_untracked() == StorageKind::Opening {
            // Opening ends with another call.
            return;
        }
        timer::clear(Timer::Keep);
        let unsaved =
            WAITING_SINCE.take().is_some() || matches!(self.state.saved.get_untracked(), Saved::Failed);
        let Some(draft) = self.state.draft.get_untracked().filter(|_| unsaved) else {
            return;
        };
        let state = self.state;
        let edits = EDITS.get();
        state.remember_draft(&draft);
        if state.storage.get_untracked() != StorageKind::Kept {
            return;
        }
        spawn_local(async move {
            let kept = store::keep_draft(&draft).await;
            if EDITS.get() == edits {
                state
                    .saved
                    .set(if kept.is_ok() { Saved::Saved } else { Saved::Failed });
            }
            state.look_at_hand();
            match kept {
                Ok(()) => tabs::tell(tabs::Word::Drafts),
                Err(trouble) => acts::storage_failed(state, trouble),
            }
        });
    }

    /// Throws a draft away. The page offers [`Phone::bring_back`] for a while.
    pub fn throw_away(self, id: StoryId) -> Option<Thrown> {
        let state = self.state;
        if state
            .draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.id == id))
        {
            if let Some(draft) = state.draft.get_untracked() {
                state.remember_draft(&draft);
            }
            state.put_down();
        }
        let mut thrown = None;
        state.drafts.update(|drafts| {
            if let Some(place) = drafts.iter().position(|draft| draft.id == id) {
                thrown = Some(Thrown(drafts.remove(place)));
            }
        });
        if let Some(Thrown(draft)) = thrown.clone() {
            // Two are never offered at once.
            self.undo_is_over();
            THROWN.set(Some(draft.clone()));
            if state.storage.get_untracked() == StorageKind::Kept {
                // Until this tab lets go of it, no other tab takes it for forgotten.
                lead(&lock(id), || {});
                spawn_local(async move {
                    if store::throw_away(&draft).await.is_ok() {
                        tabs::tell(tabs::Word::Drafts);
                    }
                });
            }
        }
        thrown
    }

    /// Nothing offers any more to bring back what was thrown away: it goes from the phone, with its bytes.
    pub fn undo_is_over(self) {
        let Some(draft) = THROWN.take() else { return };
        let is_kept = self.state.storage.get_untracked() == StorageKind::Kept;
        spawn_local(async move {
            // When storage fails the next visit does it.
            if is_kept {
                _ = store::forget_thrown(draft.id).await;
            } else {
                for clip in draft.keeps() {
                    _ = clips::remove(clip).await;
                }
            }
        });
    }

    /// Undoes [`Phone::throw_away`].
    pub fn bring_back(self, thrown: Thrown) {
        let state = self.state;
        let Thrown(draft) = thrown;
        THROWN.set(None);
        state.remember_draft(&draft);
        if state.storage.get_untracked() == StorageKind::Kept {
            spawn_local(async move {
                match store::bring_back(&draft).await {
                    Ok(()) => tabs::tell(tabs::Word::Drafts),
                    Err(trouble) => acts::storage_failed(state, trouble),
                }
            });
        }
    }

    /// Ends the draft (OB1): story, secrets and outbox entry are stored and the draft removed in one strict
    /// transaction; only after its confirmation this returns, and the courier starts.
    ///
    /// # Errors
    /// See [`Unfinished`]; the draft is as it was.
    pub async fn finish(self) -> Result<StoryId, Unfinished> {
        let state = self.state;
        // A part that was left paused belongs to the story too.
        self.close_open_part().await.map_err(|_| Unfinished::NotKept)?;
        timer::clear(Timer::Keep);
        WAITING_SINCE.set(None);
        let draft = state.draft.get_untracked().ok_or(Unfinished::NoDraft)?;
        let project = state
            .book
            .with_untracked(|book| book.project(draft.origin.project).cloned());
        if !draft.may_leave(project.and_then(|project| project.under_16)) {
            return Err(Unfinished::Problem(Problem::ConsentMissing));
        }
        let (story, id, command) = draft
            .finalize(self.wording(), ambient::now(), &mut Random)
            .map_err(Unfinished::Problem)?;
        let finish = |book: &mut Book| book.finish(story.clone(), id, command.clone());
        let gone = [store::without_draft(draft.id)];
        if let Err(trouble) = acts::commit(state, &gone, &finish).await {
            if trouble == Trouble::Stale || state.upgrade_needed.get_untracked() {
                return Err(Unfinished::NotKept);
            }
            // ME10: what storage does not take can still be sent; the draft stays there for the next visit.
            state.storage.set(StorageKind::MemoryOnly);
            acts::commit(state, &[], &finish)
                .await
                .map_err(|_| Unfinished::NotKept)?;
        }
        state
            .drafts
            .update(|drafts| drafts.retain(|kept| kept.id != draft.id));
        state.put_down();
        state.finished.set(Some(draft.id));
        preferences::set_finished(Some(draft.id));
        tabs::tell(tabs::Word::Drafts);
        courier::hurry(self);
        Ok(draft.id)
    }

    /// The texts that the screen asks with: the locale file that asks the questions also says which version it asks.
    pub fn wording(self) -> Wording {
        let language = story_language(self.state.language.get_untracked());
        Wording([&language, "/", t(tell::CONSENT_VERSION)].concat())
    }

    /// Forgets which story this tab just finished: the next telling starts clean.
    pub fn put_finished_away(self) {
        self.state.finished.set(None);
        preferences::set_finished(None);
    }
}

/// Held by the tab that can bring a draft back.
fn lock(id: StoryId) -> String {
    ["vertelpunt-thrown-", &id.to_string()].concat()
}

/// What was thrown away in a tab that is gone cannot be brought back any more. What another tab still offers to bring
/// back is left to it, and forgotten when it is gone.
pub(super) async fn forget_what_was_thrown_away() {
    for id in store::thrown().await.unwrap_or_default() {
        lead(&lock(id), move || {
            spawn_local(async move {
                // When storage fails the next visit does it.
                _ = store::forget_thrown(id).await;
            });
        });
    }
}

impl State {
    /// Makes `draft` the one this tab works on.
    pub(super) fn work_on(self, draft: Draft, saved: Saved) {
        recording::leave(self, Some(draft.id));
        if self
            .draft
            .with_untracked(|now| now.as_ref().is_some_and(|now| now.id != draft.id))
        {
            clips::put_away();
        }
        preferences::set_draft(Some(draft.id));
        self.draft.set(Some(draft));
        self.saved.set(saved);
        EDITS.set(EDITS.get() + 1);
        WAITING_SINCE.set(None);
    }

    /// This tab works on no draft any more.
    pub(super) fn put_down(self) {
        recording::leave(self, None);
        clips::put_away();
        preferences::set_draft(None);
        self.draft.set(None);
        self.saved.set(Saved::Nothing);
        EDITS.set(EDITS.get() + 1);
        WAITING_SINCE.set(None);
    }

    /// Whether the draft on the screen has edits that storage has not confirmed.
    pub(super) fn is_unsaved(self) -> bool {
        matches!(self.saved.get_untracked(), Saved::Saving | Saved::Failed)
    }

    fn edited(self) {
        EDITS.set(EDITS.get() + 1);
        WAITING_SINCE.set(Some(WAITING_SINCE.get().unwrap_or(ambient::now().0)));
        let kept = self.storage.get_untracked() != StorageKind::MemoryOnly;
        self.saved.set(if kept { Saved::Saving } else { Saved::Nothing });
    }

    /// Whether storage has what is at hand.
    pub(super) fn look_at_hand(self) {
        self.lags.set(!clips::all_is_stored());
    }

    /// Whether this tab works on it.
    pub(super) fn is_told_here(self, story: StoryId) -> bool {
        self.draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.id == story))
    }

    /// A draft as it is now, whether this tab still works on it or not.
    pub(super) fn draft_of(self, story: StoryId) -> Option<Draft> {
        let here = self.draft.get_untracked().filter(|draft| draft.id == story);
        here.or_else(|| {
            let drafts = self.drafts.get_untracked();
            drafts.into_iter().find(|draft| draft.id == story)
        })
    }

    /// Puts the newest form of a draft in front of the list.
    pub(super) fn remember_draft(self, draft: &Draft) {
        self.drafts.update(|drafts| {
            drafts.retain(|kept| kept.id != draft.id);
            drafts.insert(0, draft.clone());
        });
    }
}

/// The language a story starts in: the screen's, and Dutch under the test language, which nobody speaks.
fn story_language(screen: texts::Language) -> String {
    match screen {
        texts::Language::Qps => texts::Language::Nl.tag(),
        spoken => spoken.tag(),
    }
    .to_owned()
}
