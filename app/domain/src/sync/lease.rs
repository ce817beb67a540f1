//! What staff take along to work without a network (LE): a selection of stories on one device, for a time that ends by
//! itself. This is the device's side; whoever drives it brings clock and storage, and erases what it says.

use crate::id::{MemberId, StoryId};
use crate::member::Member;
use crate::time::{Span, Timestamp};
use std::collections::BTreeSet;

/// The longest a lease lasts.
pub const LEASE_SPAN: Span = Span::days(7);
/// The most stories one device holds.
pub const LEASE_STORIES: usize = 100;
/// The most bytes of sound and pictures in one lease.
pub const LEASE_BYTES: u64 = 500 << 20;
/// How far a clock may go back, as clocks do when they are set right by the network.
const SLACK: Span = Span::seconds(300);

/// What a device is to hold from now on: all of it, in place of what it held before. Nothing ends the lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaseWish {
    /// Which stories, at most [`LEASE_STORIES`].
    pub stories: Vec<StoryId>,
}

/// The server's answer to a [`LeaseWish`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaseGiven {
    /// The server's clock.
    pub server_time: Timestamp,
    /// When it is over, by that clock.
    pub ends_at: Timestamp,
    /// The stories that may be held, in the order asked; what is missing may not, or is too much.
    pub stories: Vec<StoryId>,
}

/// LE1: when a lease that is given now ends: after [`LEASE_SPAN`], and never later than the sign-in it was asked with.
pub fn ends(now: Timestamp, signed_in_until: Timestamp) -> Timestamp {
    now.after(LEASE_SPAN).min(signed_in_until)
}

/// A lease as its device keeps it. Its form in storage stays readable for ever.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lease {
    member: Member,
    /// The server's epoch in which it was given.
    epoch: u64,
    /// When it is over, by the server's clock: what a screen says.
    ends_at: Timestamp,
    /// When it is over, by this device's clock.
    ends_here: Timestamp,
    /// The latest this device's clock was ever seen at.
    seen: Timestamp,
    /// What is here, whole.
    stories: BTreeSet<StoryId>,
}

/// What happened, as far as a lease cares.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// This device's clock says so.
    Clock(Timestamp),
    /// The server's clock said so.
    ServerClock(Timestamp),
    /// The server's epoch is this.
    Epoch(u64),
    /// These are all stories that the member may read, by the server's word of now.
    MayRead(&'a BTreeSet<StoryId>),
    /// This member is signed in, and whether they may read stories.
    SignedIn(Member),
    /// Nobody is signed in any more: signed out here or elsewhere, or the sign-in or the membership was taken away.
    SignedOut,
}

/// What is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erase {
    /// Nothing: it holds.
    Nothing,
    /// These stories; the rest holds.
    Stories(BTreeSet<StoryId>),
    /// All of it, and the lease itself.
    All,
}

impl Lease {
    /// A lease that was just given. `now` is this device's clock. Nothing is held yet, except what of an earlier lease
    /// was given again.
    pub fn begin(
        member: Member,
        epoch: u64,
        given: &LeaseGiven,
        now: Timestamp,
        before: Option<&Self>,
    ) -> Self {
        // However long a server may say, it is never more than the longest.
        let lasts = given.ends_at.since(given.server_time).min(LEASE_SPAN);
        let again = |id: &StoryId| given.stories.contains(id);
        let held = before.filter(|before| before.member.id == member.id);
        Self {
            member,
            epoch,
            ends_at: given.server_time.after(lasts),
            ends_here: now.after(lasts),
            seen: now,
            stories: held.map_or_else(BTreeSet::new, |before| {
                before.stories.iter().filter(|id| again(id)).copied().collect()
            }),
        }
    }

    /// Whose it is.
    pub fn member(&self) -> Member {
        self.member
    }

    /// When it is over, as a screen says it.
    pub fn until(&self) -> Timestamp {
        self.ends_at
    }

    /// When it is over by this device's own clock: for whoever can look at nothing but a clock.
    pub fn until_here(&self) -> Timestamp {
        self.ends_here
    }

    /// What is here.
    pub fn stories(&self) -> &BTreeSet<StoryId> {
        &self.stories
    }

    /// LE7: all of a story is stored now.
    pub fn hold(&mut self, story: StoryId) {
        self.stories.insert(story);
    }

    /// Takes in what happened, and says what is to be erased because of it. What is to be erased it does not name any
    /// more.
    pub fn after(&mut self, event: Event<'_>) -> Erase {
        let over = match event {
            Event::Clock(now) => return self.at(now),
            Event::ServerClock(now) => now >= self.ends_at,
            Event::Epoch(epoch) => epoch != self.epoch,
            Event::MayRead(stories) => return self.only(stories),
            Event::SignedIn(member) => {
                !self.is_of(member.id) || !member.can_read_stories(self.member.project)
            }
            Event::SignedOut => true,
        };
        if over { self.all() } else { Erase::Nothing }
    }

    fn is_of(&self, member: MemberId) -> bool {
        self.member.id == member
    }

    /// LE3: a clock ahead of the end ends it, whether time passed or somebody moved the hands; so does one that went
    /// back, since nobody can tell any more how much time passed.
    fn at(&mut self, now: Timestamp) -> Erase {
        if now >= self.ends_here || now.after(SLACK) < self.seen {
            return self.all();
        }
        self.seen = self.seen.max(now);
        Erase::Nothing
    }

    /// LE4.
    fn only(&mut self, stories: &BTreeSet<StoryId>) -> Erase {
        let gone: BTreeSet<StoryId> = self.stories.difference(stories).copied().collect();
        if gone.is_empty() {
            return Erase::Nothing;
        }
        self.stories.retain(|id| !gone.contains(id));
        Erase::Stories(gone)
    }

    fn all(&mut self) -> Erase {
        self.stories.clear();
        Erase::All
    }
}
