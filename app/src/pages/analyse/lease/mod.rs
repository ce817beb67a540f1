//! What staff hold on this device to work without internet (LE): what is here, what is to go, and when. Taking along is
//! in `taking`, what a person sees of it in `bar`.

pub(super) mod bar;
mod store;
mod taking;

use super::shelf::{Contact, Shelf, Who, shelf};
use crate::browser::spawn_local;
use crate::browser::{ambient::now, bytes::Blob, picture::Shown, service_worker, staff as ask};
use crate::texts::{Text, staff};
use crate::watch::{RwSignal, StoredValue};
use domain::{
    id::{ClipId, StoryId},
    story::ReadStory,
    sync::lease::{Erase, Event, Lease},
};
use leptos::prelude::set_interval;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use store::About;
pub(super) use taking::Taking;

/// How often the clock is looked at while a page is open.
const TICK: Duration = Duration::from_secs(30);

thread_local! {
    static TICKS: Cell<bool> = const { Cell::new(false) };
    /// What overtakes an asking for the stories of this device that is under way: they may have been erased.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// What this device holds, as pages see it.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub lease: RwSignal<Option<Lease>>,
    pub taking: RwSignal<Taking>,
    /// What is being chosen to take along, while somebody chooses.
    pub choosing: RwSignal<Option<BTreeSet<StoryId>>>,
    /// What just became of it.
    pub says: RwSignal<Option<Text>>,
    /// What is on the screen is what is held: the server could not be asked.
    pub alone: RwSignal<bool>,
    /// Addresses in this page of what can be heard and seen of stories that were opened.
    shown: StoredValue<BTreeMap<ClipId, (StoryId, Shown)>>,
    about: StoredValue<About>,
}

impl Held {
    pub fn new() -> Self {
        Self {
            lease: RwSignal::new(None),
            taking: RwSignal::new(Taking::Not),
            choosing: RwSignal::new(None),
            says: RwSignal::new(None),
            alone: RwSignal::new(false),
            shown: StoredValue::new(BTreeMap::new()),
            about: StoredValue::new(About::default()),
        }
    }

    /// Whether a story is here, whole; watched.
    pub fn holds(self, story: StoryId) -> bool {
        self.lease.with(|lease| is_held(lease.as_ref(), story))
    }

    /// The same, as it is now.
    pub fn holds_now(self, story: StoryId) -> bool {
        self.lease.with_untracked(|lease| is_held(lease.as_ref(), story))
    }

    /// Where a clip is on this device, once its story was opened.
    pub fn address(self, clip: ClipId) -> Option<String> {
        self.shown
            .with_value(|shown| shown.get(&clip).map(|(_, shown)| shown.address()))
    }
}

fn is_held(lease: Option<&Lease>, story: StoryId) -> bool {
    lease.is_some_and(|lease| lease.stories().contains(&story))
}

/// Looks what this device holds, and from then on when it is over. To be asked before the server is: without one, this
/// is what there is to see.
pub(super) async fn open(shelf: Shelf) {
    if !TICKS.replace(true) {
        set_interval(|| tell(super::shelf::shelf(), Event::Clock(now())), TICK);
        store::on_change(|| spawn_local(look_again(super::shelf::shelf())));
    }
    let held = shelf.held;
    if held.lease.with_untracked(Option::is_some) {
        return tell(shelf, Event::Clock(now()));
    }
    look_again(shelf).await;
    tell(shelf, Event::Clock(now()));
    _ = store::tidy().await;
}

/// Sees what is held as storage has it: another tab may have changed it.
async fn look_again(shelf: Shelf) {
    let held = shelf.held;
    match store::kept().await {
        Some((lease, about)) => {
            held.about.set_value(about);
            forget_shown(held, |story| !lease.stories().contains(&story));
            if held
                .lease
                .with_untracked(|before| before.as_ref() != Some(&lease))
            {
                held.lease.set(Some(lease));
            }
        }
        None if held.lease.with_untracked(Option::is_some) => lose(shelf, None),
        None => {}
    }
}

/// Something happened: erases what it ends.
pub(super) fn tell(shelf: Shelf, event: Event<'_>) {
    let held = shelf.held;
    let Some(mut lease) = held.lease.get_untracked() else {
        // It may be a tab that does not know of it yet.
        if let Event::SignedOut = event {
            everything(shelf, None);
        }
        return;
    };
    match lease.after(event) {
        Erase::Nothing => {
            if held
                .lease
                .with_untracked(|before| before.as_ref() != Some(&lease))
            {
                held.lease.set(Some(lease.clone()));
                spawn_local(async move {
                    _ = store::keep(&lease).await;
                });
            }
        }
        Erase::Stories(gone) => {
            held.lease.set(Some(lease.clone()));
            forget_shown(held, |story| gone.contains(&story));
            spawn_local(async move {
                _ = store::erase(&lease, &gone).await;
            });
        }
        Erase::All => {
            let says = matches!(event, Event::Clock(_) | Event::ServerClock(_));
            everything(shelf, says.then_some(staff::LEASE_OVER));
        }
    }
}

/// LE5, LE7: erases everything that is held.
fn everything(shelf: Shelf, says: Option<Text>) {
    lose(shelf, says);
    spawn_local(async {
        service_worker::forget_staff().await;
        _ = store::erase_all().await;
    });
}

/// Forgets all of it in this page, on the screen as well where nothing else is behind it.
fn lose(shelf: Shelf, says: Option<Text>) {
    let held = shelf.held;
    TURN.set(TURN.get().wrapping_add(1));
    held.lease.set(None);
    held.taking.set(Taking::Not);
    held.about.set_value(About::default());
    held.says.set(says);
    forget_shown(held, |_| true);
    // Who was let in by the server has more to see than this.
    if held.alone.get_untracked() && !shelf.is_confirmed() {
        let contact = shelf.contact.get_untracked();
        shelf.open.set(None);
        ask::show_fragment(None, ask::Entry::Replace);
        shelf.clear(Who::Asking);
        shelf.contact.set(contact);
    }
}

/// Somebody signs in: what another member, or this one with another sign-in, held here is over.
pub(in crate::pages) async fn begin_anew() {
    everything(shelf(), None);
    _ = store::erase_all().await;
}

fn forget_shown(held: Held, goes: impl Fn(StoryId) -> bool) {
    held.shown
        .update_value(|shown| shown.retain(|_, (story, _)| !goes(*story)));
}

/// The server cannot be asked, and nobody knows yet who looks: shows what is held.
pub(super) fn instead(shelf: Shelf) {
    let held = shelf.held;
    if shelf.who.get_untracked() != Who::Asking || held.lease.with_untracked(Option::is_none) {
        return;
    }
    let turn = TURN.get();
    spawn_local(async move {
        let stories = store::stories().await;
        let Some(lease) = held.lease.get_untracked() else {
            return;
        };
        if turn == TURN.get() && shelf.who.get_untracked() == Who::Asking {
            let About { name, project, heard } = held.about.get_value();
            let is_named = |read: &ReadStory| lease.stories().contains(&read.summary.id);
            let stories = stories.into_iter().filter(is_named).map(Arc::new).collect();
            shelf.show_held(lease.member(), name, project, heard, stories);
        }
    });
}

/// Makes ready what can be heard and seen of a story that is held. What it tells; `None` when it is not held.
pub(super) async fn at_hand(shelf: Shelf, id: StoryId) -> Option<Arc<ReadStory>> {
    let held = shelf.held;
    if !held.holds_now(id) {
        return None;
    }
    let stories = store::stories().await;
    let read = stories.into_iter().find(|read| read.summary.id == id)?;
    let is_ready = |shown: &BTreeMap<ClipId, (StoryId, Shown)>| shown.values().any(|(story, _)| *story == id);
    if !held.shown.with_value(is_ready) {
        let clips = store::clips(id).await;
        let blobs = clips.into_iter().filter_map(|(clip, bytes)| {
            let kind = taking::measured(&read)
                .find(|(of, _)| *of == clip)
                .map(|(_, measured)| measured.media_type.as_str())?;
            Some((clip, Shown::new(&Blob::of(&[bytes], kind)?)))
        });
        let blobs: Vec<_> = blobs.collect();
        // It may have been taken back meanwhile.
        if !held.holds_now(id) {
            return None;
        }
        held.shown.update_value(|shown| {
            shown.extend(blobs.into_iter().map(|(clip, blob)| (clip, (id, blob))));
        });
    }
    Some(Arc::new(read))
}

/// All stories that this member may read now are known, and which of them they heard.
pub(super) fn may_read(shelf: Shelf, stories: &BTreeSet<StoryId>, heard: &BTreeSet<StoryId>) {
    tell(shelf, Event::MayRead(stories));
    let held = shelf.held;
    if held.lease.with_untracked(Option::is_none) {
        return;
    }
    let mut about = held.about.get_value();
    let heard = heard.iter().filter(|id| held.holds_now(**id)).copied().collect();
    if about.heard != heard {
        about.heard = heard;
        keep_about(held, about);
    }
}

/// ED2: what is held of a story that its teller changed since goes; the others stay.
pub(super) fn without_replaced(shelf: Shelf, editions: BTreeMap<StoryId, u32>) {
    if shelf.held.lease.with_untracked(Option::is_none) {
        return;
    }
    spawn_local(async move {
        let held = store::stories().await;
        let replaced = |read: &ReadStory| {
            let now = editions.get(&read.summary.id);
            now.is_some_and(|edition| *edition != read.summary.edition)
        };
        let gone: BTreeSet<StoryId> = held
            .iter()
            .filter(|read| replaced(read))
            .map(|read| read.summary.id)
            .collect();
        if !gone.is_empty() {
            let stay = editions
                .into_keys()
                .filter(|story| !gone.contains(story))
                .collect();
            tell(shelf, Event::MayRead(&stay));
        }
    });
}

fn keep_about(held: Held, about: About) {
    held.about.set_value(about.clone());
    spawn_local(async move {
        _ = store::keep_about(&about).await;
    });
}

/// A person gives stories back: all of them, or one.
pub(super) fn put_back(shelf: Shelf, one: Option<StoryId>) {
    let Some(lease) = shelf.held.lease.get_untracked() else {
        return;
    };
    let mut rest = lease.stories().clone();
    match one {
        Some(story) => _ = rest.remove(&story),
        None => rest.clear(),
    }
    if rest.is_empty() {
        everything(shelf, Some(staff::LEASE_GONE));
    } else {
        tell(shelf, Event::MayRead(&rest));
    }
    // The server hears it where it can; else it knows by when it is over.
    if shelf.contact.get_untracked() == Contact::Good {
        spawn_local(async move {
            _ = ask::lease(rest.into_iter().collect()).await;
        });
    }
}
