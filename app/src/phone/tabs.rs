//! Keeping the tabs of one phone together: who of them sends, and what they tell each other.

use super::{Phone, State, StorageKind, book::Book, courier, opening};
use crate::browser::{
    ambient::{self, Random},
    tabs::{Tabs, lead},
};
use domain::{problem::Problem, standing::Link, sync::outbox::Failure};
use std::cell::{Cell, RefCell};

const NAME: &str = "vertelpunt";

/// What tabs tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Drafts changed in storage.
    Drafts,
    /// Stories, outbox, replica or marks changed in storage.
    Book,
    /// A person asked to send now.
    Hurry,
    /// A request is under way.
    Sending,
    /// No request is under way.
    Idle,
    /// The last try: no connection.
    Unreachable,
    /// The last try: somebody else answered.
    NotOurs,
    /// The last try: the server was busy.
    Busy,
    /// The last try: the server broke.
    Broken,
}

const WORDS: [(Word, &str); 9] = [
    (Word::Drafts, "drafts"),
    (Word::Book, "book"),
    (Word::Hurry, "hurry"),
    (Word::Sending, "sending"),
    (Word::Idle, "idle"),
    (Word::Unreachable, "unreachable"),
    (Word::NotOurs, "not-ours"),
    (Word::Busy, "busy"),
    (Word::Broken, "broken"),
];

thread_local! {
    static TABS: RefCell<Option<Tabs>> = const { RefCell::new(None) };
    static LEADS: Cell<bool> = const { Cell::new(false) };
}

/// Opens the channel and stands in line to lead.
pub(super) fn open(phone: Phone) {
    TABS.set(Some(Tabs::open(NAME, move |word| {
        if let Some((word, _)) = WORDS.iter().find(|(_, text)| *text == word) {
            hear(phone, *word);
        }
    })));
    if phone.state.storage.get_untracked() == StorageKind::MemoryOnly {
        // It could only keep the lock from a tab that has storage.
        return;
    }
    lead(NAME, move || {
        LEADS.set(true);
        courier::wake(phone, courier::Why::Look);
    });
}

/// Whether this tab may send: it leads, or what it holds is in its own memory only.
pub(super) fn leads(state: State) -> bool {
    LEADS.get() || state.storage.get_untracked() == StorageKind::MemoryOnly
}

/// Tells the other tabs.
pub(super) fn tell(word: Word) {
    TABS.with_borrow(|tabs| {
        if let (Some(tabs), Some((_, text))) = (tabs, WORDS.iter().find(|(known, _)| *known == word)) {
            tabs.tell(text);
        }
    });
}

fn hear(phone: Phone, word: Word) {
    let state = phone.state;
    if state.storage.get_untracked() != StorageKind::Kept {
        return;
    }
    let failed = |failure| {
        state
            .book
            .update(|book| book.outbox.failed(failure, ambient::now(), &mut Random));
    };
    match word {
        Word::Drafts => opening::read_drafts_again(phone),
        Word::Book => opening::read_book_again(phone),
        Word::Hurry => courier::hurry(phone),
        Word::Sending if !LEADS.get() => state.link.set(Link::Sending),
        Word::Idle if !LEADS.get() => {
            state.link.set(courier::resting());
            // If it came to nothing, the next word says so.
            state.book.update(Book::hurry);
        }
        _ if LEADS.get() => {}
        Word::Sending | Word::Idle => {}
        Word::Unreachable => failed(Failure::Unreachable),
        Word::NotOurs => failed(Failure::NotOurs),
        Word::Busy => failed(Failure::Refused {
            problem: Problem::StorageFull,
            retry_after: None,
        }),
        Word::Broken => failed(Failure::Refused {
            problem: Problem::Internal,
            retry_after: None,
        }),
    }
}
