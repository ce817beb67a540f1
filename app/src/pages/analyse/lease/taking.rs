//! Taking stories along: first the server is told which, then each comes whole or not at all.

use super::{
    super::{
        deck::address,
        shelf::{Shelf, Who},
    },
    TURN, at_hand, keep_about,
    store::{self, About},
};
use crate::browser::spawn_local;
use crate::browser::{ambient::now, indexed_db::Trouble, promise, service_worker, staff as ask};
use crate::texts::{Text, staff};
use domain::{
    clip::{Measured, Measuring},
    id::{ClipId, StoryId},
    story::ReadStory,
    sync::{
        lease::{LEASE_STORIES, Lease},
        outbox::Failure,
    },
};
use std::collections::BTreeSet;

/// How far taking along is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Taking {
    /// Nothing is under way.
    Not,
    /// So many of so many are here.
    Going { done: usize, of: usize },
    /// It ended, and these are not here.
    Failed { stories: Vec<StoryId>, why: Why },
}

/// Why a story is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Why {
    /// The connection was lost.
    Network,
    /// Storage is full.
    Room,
    /// This browser cannot keep it.
    Page,
    /// The server did not give it, or it is not ready.
    Other,
}

impl Why {
    /// What a screen says of so many stories.
    pub fn words(self) -> Text {
        match self {
            Self::Network => staff::LEASE_NO_NETWORK,
            Self::Room => staff::LEASE_NO_ROOM,
            Self::Page => staff::LEASE_NO_PAGE,
            Self::Other => staff::LEASE_FAILED,
        }
    }

    /// Whether the next story would fare alike.
    fn is_for_all(self) -> bool {
        matches!(self, Self::Network | Self::Room)
    }
}

impl From<Trouble> for Why {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Full => Self::Room,
            Trouble::Unavailable | Trouble::Stale | Trouble::Failed => Self::Page,
        }
    }
}

impl From<Failure> for Why {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable | Failure::NotOurs => Self::Network,
            Failure::Refused { .. } => Self::Other,
        }
    }
}

/// The recordings and pictures of a story that can be heard and seen.
pub(super) fn measured(read: &ReadStory) -> impl Iterator<Item = (ClipId, &Measured)> {
    read.clips.iter().filter_map(|clip| match &clip.measured {
        Measuring::Done(measured) => Some((clip.id, measured)),
        Measuring::Waiting | Measuring::Refused => None,
    })
}

/// Takes these along as well.
pub(in super::super) fn take(shelf: Shelf, stories: Vec<StoryId>) {
    let held = shelf.held;
    if matches!(held.taking.get_untracked(), Taking::Going { .. }) {
        return;
    }
    TURN.set(TURN.get().wrapping_add(1));
    let turn = TURN.get();
    held.says.set(None);
    held.choosing.set(None);
    held.taking.set(Taking::Going {
        done: 0,
        of: stories.len(),
    });
    spawn_local(async move {
        let ended = match all(shelf, turn, &stories).await {
            Ok(ended) => ended,
            Err(why) => Some(Taking::Failed { stories, why }),
        };
        if let Some(ended) = ended.filter(|_| turn == TURN.get()) {
            let done = ended == Taking::Not;
            held.taking.set(ended);
            held.says.set(done.then_some(staff::LEASE_DONE));
        }
    });
}

/// `None` when something overtook it.
async fn all(shelf: Shelf, turn: u32, stories: &[StoryId]) -> Result<Option<Taking>, Why> {
    let held = shelf.held;
    let (Who::In(member), Some(epoch)) = (shelf.who.get_untracked(), shelf.epoch()) else {
        return Err(Why::Network);
    };
    if !service_worker::keep_staff().await {
        return Err(Why::Page);
    }
    _ = promise::persist().await;
    let before = held.lease.get_untracked();
    let mut wish: BTreeSet<StoryId> = before.iter().flat_map(|lease| lease.stories()).copied().collect();
    wish.extend(stories);
    let given = ask::lease(wish.into_iter().take(LEASE_STORIES).collect()).await?;
    if turn != TURN.get() {
        return Ok(None);
    }
    let lease = Lease::begin(member, epoch, &given, now(), before.as_ref());
    let gone: BTreeSet<StoryId> = before
        .iter()
        .flat_map(|before| before.stories().difference(lease.stories()))
        .copied()
        .collect();
    store::erase(&lease, &gone).await?;
    held.lease.set(Some(lease));
    keep_about(held, about(shelf));
    let (mut failed, mut why, mut done) = (Vec::new(), Why::Other, 0);
    for id in stories {
        let came = if failed.last().is_some() && why.is_for_all() {
            Err(why)
        } else if given.stories.contains(id) {
            one(shelf, turn, *id).await
        } else {
            Err(Why::Other)
        };
        if turn != TURN.get() {
            return Ok(None);
        }
        match came {
            Ok(()) => {
                done += 1;
                held.taking.set(Taking::Going {
                    done,
                    of: stories.len(),
                });
            }
            Err(reason) => {
                why = reason;
                failed.push(*id);
            }
        }
    }
    if failed.is_empty() {
        return Ok(Some(Taking::Not));
    }
    // What did not come is not held either; where the server does not hear it, it only promises less than is true.
    let here = held
        .lease
        .with_untracked(|lease| lease.iter().flat_map(Lease::stories).copied().collect());
    _ = ask::lease(here).await;
    Ok(Some(Taking::Failed { stories: failed, why }))
}

/// LE7: one story, whole.
async fn one(shelf: Shelf, turn: u32, id: StoryId) -> Result<(), Why> {
    let held = shelf.held;
    if held.holds_now(id) {
        return Ok(());
    }
    let read = ask::story(id).await?;
    if read.clips.iter().any(|clip| clip.measured == Measuring::Waiting) {
        return Err(Why::Other);
    }
    let mut clips = Vec::new();
    for (clip, measured) in measured(&read) {
        clips.push((clip, ask::clip(&address(id, clip), measured.length).await?));
    }
    let Some(mut lease) = held
        .lease
        .get_untracked()
        .filter(|_| turn == TURN.get() && shelf.has(id))
    else {
        return Err(Why::Other);
    };
    lease.hold(id);
    store::keep_story(&lease, &read, clips).await?;
    settle(shelf, turn, id).await?;
    if shelf.open.get_untracked() == Some(id) {
        _ = at_hand(shelf, id).await;
    }
    Ok(())
}

/// What was stored is said; but not what was erased, or taken back, while it was being stored.
async fn settle(shelf: Shelf, turn: u32, id: StoryId) -> Result<(), Why> {
    let held = shelf.held;
    match held.lease.get_untracked() {
        None => {
            store::erase_all().await?;
            Err(Why::Other)
        }
        Some(now) if turn != TURN.get() || !shelf.has(id) => {
            store::erase(&now, &BTreeSet::from([id])).await?;
            Err(Why::Other)
        }
        Some(mut now) => {
            now.hold(id);
            held.lease.set(Some(now));
            Ok(())
        }
    }
}

fn about(shelf: Shelf) -> About {
    About {
        name: shelf.name.get_untracked(),
        project: shelf.project.get_untracked().map(|project| (*project).clone()),
        heard: crate::watch::untrack(|| shelf.marks.held()),
    }
}

/// How much room there must be for not saying that there is little.
const LITTLE: f64 = 200e6;

/// Whether the browser says that there is little room here.
pub(in super::super) async fn has_little_room() -> bool {
    let room = promise::estimate().await;
    room.is_some_and(|room| room.limit - room.used < LITTLE)
}
