//! What this phone holds and does: the state every teller's page reads, and the acts it may ask for.
//!
//! Pages read signals and call acts; an act returns at once and the state follows. Where it is kept is
//! `store`, what a story's life on the phone is `book`, who talks to the server `courier`.

mod acts;
pub mod book;
mod carrier;
pub mod clips;
mod courier;
mod drafts;
mod erased;
mod hearing;
mod leaving;
mod opening;
mod own;
pub mod pictures;
pub mod recording;
mod store;
mod tabs;

pub use drafts::{Thrown, Unfinished};

use crate::browser::{bell::Bell, preferences, service_worker};
use crate::texts::Language;
use crate::watch::{Effect, Memo, ReadSignal, RwSignal, Signal, expect_context, provide_context};
use book::Book;
use domain::{
    draft::{Draft, PhoneStory},
    id::{ProjectId, StoryId},
    project::{EntryCode, Project},
    recording::{Hint, Left, Room},
    standing::{Link, Standing, standing},
    time::Span,
};
use recording::Recording;

/// Where what a person makes is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// Not known yet; nothing may be said about keeping.
    Opening,
    /// In the phone's own storage: it survives closing everything.
    Kept,
    /// Only in this page (P8): private mode, or storage that does not answer. It is gone when the page closes.
    MemoryOnly,
}

/// Whether the draft one works on is in storage, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Nothing to say: nothing changed yet, or there is only memory.
    Nothing,
    /// Changes wait for a pause in typing, or for storage to confirm.
    Saving,
    /// Storage confirmed everything on the screen.
    Saved,
    /// Storage refused; the text is still in the page and the next pause tries again.
    Failed,
}

/// How this phone can put the app on its home screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    /// Not offered: it is there already, or the browser does not say.
    No,
    /// [`Phone::install`] opens the browser's own question.
    Prompt,
    /// On iOS a person does it by hand; the page shows the steps.
    IosSteps,
}

/// The project the phone last came into, and through which door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The entry point's code.
    pub entry: EntryCode,
    /// Everything a teller's phone knows of the project.
    pub project: Project,
}

/// The phone as pages see it. Copy it freely; [`Phone::here`] finds it anywhere below the app.
#[derive(Clone, Copy)]
pub struct Phone {
    /// Storage has been read: only now "there is no draft" is true. Never on the server.
    pub ready: ReadSignal<bool>,
    /// Where things are kept.
    pub storage: ReadSignal<StorageKind>,
    /// The project last joined.
    pub joined: Memo<Option<Joined>>,
    /// Drafts worth going on with, newest first.
    pub drafts: Signal<Vec<Draft>>,
    /// The draft this tab works on.
    pub draft: ReadSignal<Option<Draft>>,
    /// Whether that draft is in storage.
    pub saved: ReadSignal<Saved>,
    /// Finished stories, newest first.
    pub stories: Memo<Vec<PhoneStory>>,
    /// The connection, as far as the phone knows.
    pub link: ReadSignal<Link>,
    /// What the browser answered to "keep this for ever"; `None` before it was asked.
    pub persisted: ReadSignal<Option<bool>>,
    /// The next visit works without internet: everything needed is on the phone.
    pub works_offline: Signal<bool>,
    /// A newer version waits, and nothing is unsaved or under way (T16).
    pub update_waiting: Signal<bool>,
    /// The server no longer speaks to a page this old (P24); what waits is still accepted after a reload.
    pub page_too_old: ReadSignal<bool>,
    /// How the app can be put on the home screen.
    pub can_install: ReadSignal<Install>,
    /// Another tab holds storage of another version (P9): this page can go on only after a reload.
    pub upgrade_needed: ReadSignal<bool>,
    /// The story this tab just finished (T7, T8).
    pub finished: ReadSignal<Option<StoryId>>,
    /// Where telling aloud is.
    pub recording: ReadSignal<Recording>,
    /// How much of the part being recorded is stored: the only clock a teller sees (ME2).
    pub stored: ReadSignal<Span>,
    /// How much of it is in storage: less than [`Phone::stored`] where storage failed meanwhile, or is none (ME10).
    pub kept: ReadSignal<Span>,
    /// How loud it is now, from 0 to 1, about ten times a second.
    pub level: ReadSignal<f32>,
    /// How loud each stored second of this part was.
    pub levels: ReadSignal<Vec<f32>>,
    /// What to tell who records, if anything (ME5).
    pub hint: ReadSignal<Option<Hint>>,
    /// How much of the limit is left (ME6).
    pub left: Memo<Left>,
    /// How much sound fits on the phone (ME7), since [`Phone::look_for_room`].
    pub room: ReadSignal<Room>,
    /// A recording that was cut off and is here again (T10): which draft, and how long that part lasts.
    pub recovered: ReadSignal<Option<(StoryId, Span)>>,
    /// How many stories that were not sent this phone erased (P7); said once, see [`Phone::erased_was_said`].
    pub erased: ReadSignal<u32>,
    /// Something that was told in this visit is not in storage, and closing the page would lose it.
    pub would_lose: Memo<bool>,
    state: State,
}

thread_local! {
    /// Rings when storage has been read.
    static READY: Bell = const { Bell::new() };
}

/// The same, to be written: only by this module.
#[derive(Clone, Copy)]
struct State {
    ready: RwSignal<bool>,
    storage: RwSignal<StorageKind>,
    drafts: RwSignal<Vec<Draft>>,
    draft: RwSignal<Option<Draft>>,
    saved: RwSignal<Saved>,
    book: RwSignal<Book>,
    link: RwSignal<Link>,
    persisted: RwSignal<Option<bool>>,
    page_too_old: RwSignal<bool>,
    can_install: RwSignal<Install>,
    upgrade_needed: RwSignal<bool>,
    finished: RwSignal<Option<StoryId>>,
    recording: RwSignal<Recording>,
    stored: RwSignal<Span>,
    kept: RwSignal<Span>,
    level: RwSignal<f32>,
    levels: RwSignal<Vec<f32>>,
    hint: RwSignal<Option<Hint>>,
    room: RwSignal<Room>,
    recovered: RwSignal<Option<(StoryId, Span)>>,
    erased: RwSignal<u32>,
    /// Sound or pictures are at hand that storage could not take.
    lags: RwSignal<bool>,
    language: RwSignal<Language>,
}

impl Phone {
    /// Makes the phone's state, gives it to everything below, and in the browser begins to read storage. The app
    /// does this once, before it draws.
    pub fn provide(language: RwSignal<Language>) -> Self {
        let state = State {
            ready: RwSignal::new(false),
            storage: RwSignal::new(StorageKind::Opening),
            drafts: RwSignal::new(Vec::new()),
            draft: RwSignal::new(None),
            saved: RwSignal::new(Saved::Nothing),
            book: RwSignal::new(Book::default()),
            link: RwSignal::new(Link::Idle),
            persisted: RwSignal::new(None),
            page_too_old: RwSignal::new(false),
            can_install: RwSignal::new(Install::No),
            upgrade_needed: RwSignal::new(false),
            finished: RwSignal::new(None),
            recording: RwSignal::new(Recording::Idle),
            stored: RwSignal::new(Span(0)),
            kept: RwSignal::new(Span(0)),
            level: RwSignal::new(0.0),
            levels: RwSignal::new(Vec::new()),
            hint: RwSignal::new(None),
            room: RwSignal::new(Room::Plenty),
            recovered: RwSignal::new(None),
            erased: RwSignal::new(0),
            lags: RwSignal::new(false),
            language,
        };
        let joined = Memo::new(move |_| state.book.with(Book::joined));
        let service_worker::Worker {
            offline,
            update_waits,
        } = service_worker::worker();
        let phone = Self {
            ready: state.ready.read_only(),
            storage: state.storage.read_only(),
            joined,
            drafts: Signal::derive(move || {
                state
                    .drafts
                    .with(|drafts| drafts.iter().filter(|draft| !draft.is_empty()).cloned().collect())
            }),
            draft: state.draft.read_only(),
            saved: state.saved.read_only(),
            stories: Memo::new(move |_| state.book.with(|book| book.stories.clone())),
            link: state.link.read_only(),
            persisted: state.persisted.read_only(),
            works_offline: Signal::derive(move || {
                offline.get() == service_worker::Offline::Settled
                    && state.storage.get() == StorageKind::Kept
                    && joined.with(Option::is_some)
            }),
            update_waiting: Signal::derive(move || {
                update_waits.get()
                    && !matches!(state.saved.get(), Saved::Saving | Saved::Failed)
                    && !state.recording.get().is_under_way()
                    && state.link.get() != Link::Sending
            }),
            page_too_old: state.page_too_old.read_only(),
            can_install: state.can_install.read_only(),
            upgrade_needed: state.upgrade_needed.read_only(),
            finished: state.finished.read_only(),
            recording: state.recording.read_only(),
            stored: state.stored.read_only(),
            kept: state.kept.read_only(),
            level: state.level.read_only(),
            levels: state.levels.read_only(),
            hint: state.hint.read_only(),
            left: Memo::new(move |_| domain::recording::left(state.stored.get(), state.recording_limit())),
            room: state.room.read_only(),
            recovered: state.recovered.read_only(),
            erased: state.erased.read_only(),
            would_lose: Memo::new(move |_| state.would_lose()),
            state,
        };
        provide_context(phone);
        // Effects run in the browser only, so the server never reaches for a storage it does not have.
        Effect::new(move |_| opening::open(phone));
        phone
    }

    /// The phone, anywhere below the app.
    ///
    /// # Panics
    /// Outside the app: that is a mistake in the code, not a thing that happens to a person.
    pub fn here() -> Self {
        expect_context()
    }

    /// Waits until storage has been read.
    pub async fn until_ready(self) {
        while !self.ready.get_untracked() {
            READY.with(Bell::next).await;
        }
    }

    /// Where a story is, in the one word a screen may say about it; `None` when it is not on this phone.
    pub fn standing(self, id: StoryId) -> Signal<Option<Standing>> {
        let State { book, link, .. } = self.state;
        Signal::derive(move || {
            let link = link.get();
            book.with(|book| {
                book.story(id)
                    .map(|story| standing(story, &book.outbox, &book.delivery, link))
            })
        })
    }

    /// One story, followed.
    pub fn story(self, id: StoryId) -> Signal<Option<PhoneStory>> {
        let book = self.state.book;
        Signal::derive(move || book.with(|book| book.story(id).cloned()))
    }

    /// What is known of a project this phone joined once.
    pub fn project(self, id: ProjectId) -> Option<Project> {
        self.state.book.with(|book| book.project(id).cloned())
    }

    /// Whether something finished still waits to be sent.
    pub fn has_unsent(self) -> bool {
        self.state.book.with(Book::has_unsent)
    }

    /// Whether the hint to put the app on the home screen was shown on this phone before.
    pub fn install_hint_was_shown(self) -> bool {
        preferences::install_hint_was_shown()
    }

    /// Remembers that the hint was shown: it comes once.
    pub fn install_hint_shown(self) {
        preferences::set_install_hint_shown();
    }
}

impl State {
    /// Storage has been read: who waited for that goes on.
    fn is_ready(self) {
        self.ready.set(true);
        READY.with(Bell::ring);
    }

    /// Whether closing the page would lose something.
    fn would_lose(self) -> bool {
        if self.storage.get() != StorageKind::MemoryOnly {
            return self.lags.get() || self.saved.get() == Saved::Failed;
        }
        let telling = |draft: &Option<Draft>| draft.as_ref().is_some_and(|draft| !draft.is_empty());
        self.draft.with(telling) || self.book.with(Book::has_unsent)
    }
}
