//! What a person does with stories that are finished, and with the phone itself.

use super::{Install, Joined, Phone, Saved, State, StorageKind, book::Book, clips, courier, store, tabs};
use crate::browser::spawn_local;
use crate::browser::{
    ambient::{self, Random},
    download, exit,
    indexed_db::{Trouble, Write},
    install, network, preferences, promise, service_worker,
};
use domain::{
    command::Wish,
    draft::{Arrival, PhoneStory},
    id::StoryId,
    project::{EntryCode, Project},
};
use std::cell::Cell;

/// How often an act is decided anew because another tab wrote first.
const TRIES: usize = 5;
/// Where the quick exit leads when the project names no page, and before one is joined: nowhere, at once.
const PLAIN_PAGE: &str = "about:blank";

impl Phone {
    /// Joins a project through one of its doors. Phones follow its public side from then on.
    pub fn join(self, entry: EntryCode, project: Project) {
        if self.joined.with_untracked(|joined| {
            joined.as_ref().is_some_and(
                |Joined {
                     entry: known,
                     project: held,
                 }| *known == entry && *held == project,
            )
        }) {
            return;
        }
        self.act(Courier::Look, move |book| {
            book.join(entry.clone(), project.clone());
        });
    }

    /// Joins by code alone: asks the server for the project. False when it could not be had.
    pub async fn join_by_code(self, entry: EntryCode) -> bool {
        let path = ["/api/v1/entry/", entry.as_str()].concat();
        let Ok(body) = network::get(&path).await else {
            return false;
        };
        let Ok(project) = crate::json::from_str(&body) else {
            return false;
        };
        self.join(entry, project);
        true
    }

    /// Changes who may hear a story, as far as one voice says; with internet at once, else when there is. Analysis "no"
    /// is withdrawing.
    pub fn change_choices(self, id: StoryId, wish: Wish) {
        self.act(Courier::Hurry, move |book| {
            book.change_choices(id, wish, &mut Random);
        });
    }

    /// Takes a story back for good. With `keep_here` what is still on this phone stays on it.
    pub fn withdraw(self, id: StoryId, keep_here: bool) {
        self.act(Courier::Hurry, move |book| {
            book.withdraw(id, keep_here, &mut Random);
        });
    }

    /// OB9: sends now, whatever wait there was.
    pub fn send_now(self) {
        courier::hurry(self);
        tabs::tell(tabs::Word::Hurry);
    }

    /// Tries again what the server refused.
    pub fn retry(self, id: StoryId) {
        self.act(Courier::Hurry, move |book| book.retry(id, &mut Random));
    }

    /// Makes a refused story a draft again, with everything in it; this tab goes on with it. False when the story
    /// was not refused or storage failed; then nothing changed.
    pub async fn edit_refused(self, id: StoryId) -> bool {
        let state = self.state;
        self.keep_now();
        // The draft is decided once, before storage, so that book and draft store change in one transaction.
        let Some(draft) = state
            .book
            .with_untracked(|book| book.clone().edit_refused(id, ambient::now(), &mut Random))
        else {
            return false;
        };
        let with_draft = store::with_draft(&draft);
        let was_refused = Cell::new(false);
        let forget = |book: &mut Book| {
            was_refused.set(book.edit_refused(id, ambient::now(), &mut Random).is_some());
        };
        match commit(state, &[with_draft], &forget).await {
            Ok(()) if was_refused.get() => {
                state.remember_draft(&draft);
                let kept = state.storage.get_untracked() == StorageKind::Kept;
                state.work_on(draft, if kept { Saved::Saved } else { Saved::Nothing });
                tabs::tell(tabs::Word::Drafts);
                true
            }
            _ => false,
        }
    }

    /// A borrowed phone: this story goes from it, code and all, as soon as it is safe. Show the code first.
    pub fn remove_here_once_safe(self, id: StoryId) {
        self.act(Courier::Hurry, move |book| book.remove_once_safe(id));
    }

    /// Asks the browser never to clear what is kept; the answer appears in [`Phone::persisted`].
    pub fn ask_persist(self) {
        spawn_local(async move {
            self.state
                .persisted
                .set(Some(promise::persist().await.unwrap_or(false)));
        });
    }

    /// Lets the newer version in and loads the page anew (T16). What is on the screen is kept first.
    pub fn update_now(self) {
        self.keep_now();
        service_worker::let_new_version_in();
    }

    /// Opens the browser's own question to put the app on the home screen; call it from a tap.
    pub fn install(self) {
        install::ask();
        self.state.can_install.set(Install::No);
    }

    /// Quick exit (T17): blank first, then keep, then away, without a way back to this page.
    pub fn leave_fast(self) {
        exit::blank();
        self.stop_recording();
        preferences::set_left_fast(true);
        self.keep_now();
        // Coming back opens the first page, without a trace of what was being told; the draft itself is kept.
        self.state.put_down();
        self.state.finished.set(None);
        preferences::forget_this_tab();
        let page = self
            .joined
            .with_untracked(|joined| joined.as_ref().map(|joined| joined.project.quick_exit.clone()));
        let page = page
            .filter(|page| page.starts_with("https://"))
            .unwrap_or_else(|| PLAIN_PAGE.to_owned());
        exit::replace(&page);
    }

    /// Saves a story as a plain text file. False when its text is not on this phone any more.
    pub fn save_file(self, id: StoryId) -> bool {
        let text = self
            .state
            .book
            .with_untracked(|book| book.story(id).and_then(as_text));
        text.is_some_and(|text| download::text_file("vertelpunt.txt", &text))
    }

    fn act(self, then: Courier, act: impl Fn(&mut Book) + 'static) {
        self.act_boxed(then, Box::new(act));
    }

    fn act_boxed(self, then: Courier, act: Box<dyn Fn(&mut Book)>) {
        spawn_local(async move {
            if commit(self.state, &[], &act).await.is_ok() {
                match then {
                    Courier::Hurry => self.send_now(),
                    Courier::Look => courier::wake(self, courier::Why::Look),
                }
            }
        });
    }
}

/// What the courier is to do after an act.
#[derive(Clone, Copy)]
enum Courier {
    Hurry,
    Look,
}

/// The title and the text.
fn as_text(story: &PhoneStory) -> Option<String> {
    let content = story.content.as_ref()?;
    let text = content.text.as_deref()?;
    Some(match &content.title {
        Some(title) => [title, "\r\n\r\n", text, "\r\n"].concat(),
        None => [text, "\r\n"].concat(),
    })
}

/// Decides on the book, stores what changed together with `also`, and only then shows it. When another tab wrote
/// first, its book is read and `act` decides again.
///
/// # Errors
/// When storage fails; then the book is as it was.
pub(super) async fn commit(state: State, also: &[Write], act: &dyn Fn(&mut Book)) -> Result<(), Trouble> {
    for _ in 0..TRIES {
        let old = state.book.get_untracked();
        let mut new = old.clone();
        act(&mut new);
        let mut also = also.to_vec();
        // UP8. Where a draft is written along, it may have taken the clips over; what it did not is swept away later.
        if also.is_empty() {
            also.extend(old.clips_gone_in(&new).into_iter().map(clips::without));
        }
        if state.storage.get_untracked() == StorageKind::MemoryOnly {
            // ME10: a draft that storage kept when it did not take the story stays until the story is safe elsewhere.
            let is_over =
                |story: &&PhoneStory| matches!(story.arrival, Arrival::Safe { .. } | Arrival::Withdrawn);
            let over: Vec<StoryId> = new.stories.iter().filter(is_over).map(|story| story.id).collect();
            state.book.set(new);
            _ = clips::write(&also).await;
            for id in over {
                _ = store::remove_draft(id).await;
            }
            return Ok(());
        }
        match store::turn(&old, &new, &also).await {
            Ok(wrote) => {
                if wrote {
                    new.generation = old.generation + 1;
                }
                state.book.set(new);
                state.look_at_hand();
                if wrote {
                    tabs::tell(tabs::Word::Book);
                }
                return Ok(());
            }
            Err(Trouble::Stale) => {
                let stored = store::book().await?;
                state.book.update(|book| book.refresh(stored));
            }
            Err(trouble) => {
                storage_failed(state, trouble);
                return Err(trouble);
            }
        }
    }
    Err(Trouble::Stale)
}

/// When storage is gone for good, the page goes on in memory and says so.
pub(super) fn storage_failed(state: State, trouble: Trouble) {
    if trouble == Trouble::Unavailable && !state.upgrade_needed.get_untracked() {
        store::give_up();
        state.storage.set(StorageKind::MemoryOnly);
    }
}
