//! What waits on the phone to be sent, and when to try.
//!
//! The outbox never forgets a command before the server has answered it with a verdict it believes. It knows no
//! network: whoever drives it asks [`Outbox::due`], sends [`Outbox::batch`] and gives the answer to
//! [`Outbox::absorb`] or the failure to [`Outbox::failed`].

use crate::command::Command;
use crate::id::CommandId;
use crate::problem::Problem;
use crate::story::Part;
use crate::sync::protocol::{Acknowledgement, Envelope, PUSH_LIMIT, SyncRequest, SyncResponse, Verdict};
use crate::time::{Span, Timestamp};
use crate::{Entropy, Nonce};

/// The longest wait between two tries.
pub const BACKOFF_CAP: Span = Span::seconds(300);
/// The wait after the first failure is drawn from zero to this; it doubles with each failure.
pub const BACKOFF_BASE: Span = Span::seconds(2);

/// A command that waits, or was refused and waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pending {
    /// As it travels.
    pub envelope: Envelope,
    /// Why the server refused it for good; it is not sent again until a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Problem>,
}

/// Why a try came to nothing. None of them loses anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection at all, or cut off.
    Unreachable,
    /// Something answered that is not our server: the sign-in page of a Wi-Fi (P15).
    NotOurs,
    /// The server said, as a whole, no: busy, full, broken.
    Refused {
        /// Its problem, if it could be read.
        problem: Problem,
        /// The wait it asked for.
        retry_after: Option<Span>,
    },
}

/// When the next try is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pace {
    /// At once.
    Free,
    /// Not before `until`, after `failures` in a row; the last one is kept to be shown.
    Waiting { failures: u32, until: Timestamp, last: Failure },
}

/// The server's believed verdict on one command, for the caller to store with the outbox's change in one
/// transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Carried out. The entry is gone from the outbox.
    Committed(Box<Envelope>),
    /// A story arrived, and the acknowledgement names exactly its parts. The entry is gone from the outbox.
    Arrived(Box<Envelope>),
    /// Refused for good. The entry stays, visible with its reason.
    Refused(Box<Envelope>, Problem),
}

/// The queue of what a person did and the server has not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<Pending>,
    next_sequence: u64,
    pace: Pace,
}

impl Outbox {
    /// Takes up what is stored, in any order.
    pub fn restore(mut entries: Vec<Pending>) -> Self {
        entries.sort_by_key(|entry| entry.envelope.sequence);
        let next_sequence = entries.last().map_or(1, |entry| entry.envelope.sequence + 1);
        Self { entries, next_sequence, pace: Pace::Free }
    }

    /// OB1, OB2: adds a command behind all others. The caller stores the entry before it says "saved".
    pub fn add(&mut self, id: CommandId, command: Command) -> Pending {
        let envelope = Envelope { id, sequence: self.next_sequence, command };
        let pending = Pending { envelope, refused: None };
        self.next_sequence += 1;
        self.entries.push(pending.clone());
        pending
    }

    /// Everything that waits, in order, refused entries among them.
    pub fn entries(&self) -> &[Pending] {
        &self.entries
    }

    /// Whether something waits to be sent.
    pub fn has_work(&self) -> bool {
        self.entries.iter().any(|entry| entry.refused.is_none())
    }

    /// Why the last try came to nothing and when the next follows, while that lies ahead.
    pub fn waiting(&self) -> Option<(&Failure, Timestamp)> {
        match &self.pace {
            Pace::Free => None,
            Pace::Waiting { until, last, .. } => Some((last, *until)),
        }
    }

    /// OB8: whether to try now.
    pub fn due(&self, now: Timestamp) -> bool {
        match &self.pace {
            Pace::Free => true,
            // A clock that was set back must not keep a story waiting for years: the cap bounds any wait.
            Pace::Waiting { until, .. } => now >= *until || until.since(now) > BACKOFF_CAP,
        }
    }

    /// OB9: a person asked, the network came back or the page came into view: the wait is over.
    pub fn hurry(&mut self) {
        if let Pace::Waiting { until, .. } = &mut self.pace {
            *until = Timestamp(i64::MIN);
        }
    }

    /// The next request: the oldest commands that wait, in order.
    ///
    /// A refused command holds back later ones of the same story, which would make no sense without it.
    pub fn batch(&self, nonce: Nonce) -> SyncRequest {
        let mut held_back = Vec::new();
        let mut push = Vec::new();
        for entry in &self.entries {
            let story = entry.envelope.command.story();
            if entry.refused.is_some() {
                held_back.extend(story);
            } else if story.is_none_or(|story| !held_back.contains(&story)) && push.len() < PUSH_LIMIT {
                push.push(entry.envelope.clone());
            }
        }
        SyncRequest { protocol: super::protocol::PROTOCOL, nonce, push, pull: Vec::new(), wait: 0 }
    }

    /// OB4, OB5: takes an answer in, as far as it is to be believed: it repeats the nonce, and an acknowledgement
    /// names exactly the parts of the story that waits. What is not believed stays, and counts as a failed try.
    pub fn absorb(
        &mut self,
        nonce: Nonce,
        answer: &SyncResponse,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) -> Vec<Settled> {
        let mut settled = Vec::new();
        let mut trouble = (answer.nonce != nonce).then_some(Failure::NotOurs);
        let believed = if trouble.is_some() { &[][..] } else { &answer.outcomes[..] };
        for outcome in believed {
            let Some(place) = self.entries.iter().position(|entry| entry.envelope.id == outcome.id) else { continue };
            match (&outcome.verdict, &self.entries[place].envelope.command) {
                (Verdict::Committed { acknowledgement, .. }, Command::FinalizeStory(finalize)) => {
                    let names_all = |ack: &Acknowledgement| ack.confirms(finalize.story, &finalize.parts);
                    if acknowledgement.as_ref().is_some_and(names_all) {
                        settled.push(Settled::Arrived(Box::new(self.entries.remove(place).envelope)));
                    } else {
                        trouble = Some(Failure::NotOurs);
                    }
                }
                (Verdict::Committed { .. }, _) => {
                    settled.push(Settled::Committed(Box::new(self.entries.remove(place).envelope)));
                }
                (Verdict::Rejected { problem }, _) if problem.is_transient() => {
                    trouble = Some(Failure::Refused { problem: problem.clone(), retry_after: None });
                }
                (Verdict::Rejected { problem }, _) => {
                    let entry = &mut self.entries[place];
                    entry.refused = Some(problem.clone());
                    settled.push(Settled::Refused(Box::new(entry.envelope.clone()), problem.clone()));
                }
            }
        }
        match trouble {
            Some(failure) => self.failed(failure, now, entropy),
            None => self.pace = Pace::Free,
        }
        settled
    }

    /// OB8: a try came to nothing. Waits with full jitter: a moment drawn evenly between now and a bound that
    /// doubles with each failure up to five minutes, never before the server's own Retry-After.
    pub fn failed(&mut self, failure: Failure, now: Timestamp, entropy: &mut impl Entropy) {
        let failures = match &self.pace {
            Pace::Free => 1,
            Pace::Waiting { failures, .. } => failures.saturating_add(1),
        };
        let bound = BACKOFF_BASE.0.saturating_mul(1 << (failures - 1).min(20)).min(BACKOFF_CAP.0);
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        let drawn = (u64::from_be_bytes(bytes) % bound.unsigned_abs()) as i64;
        let asked = match &failure {
            Failure::Refused { retry_after: Some(span), .. } => span.0.min(BACKOFF_CAP.0),
            _ => 0,
        };
        let until = now.after(Span(drawn.max(asked)));
        self.pace = Pace::Waiting { failures, until, last: failure };
    }

    /// A person decided to try a refused command again.
    pub fn retry(&mut self, id: CommandId) -> Option<Pending> {
        let entry = self.entries.iter_mut().find(|entry| entry.envelope.id == id)?;
        entry.refused = None;
        Some(entry.clone())
    }

    /// OB6: a person decided to throw a command away. Returns what is to be removed from storage.
    pub fn discard(&mut self, id: CommandId) -> Option<Pending> {
        let place = self.entries.iter().position(|entry| entry.envelope.id == id)?;
        Some(self.entries.remove(place))
    }

    /// The parts of a story that still waits, for showing how much there is to send.
    pub fn parts_of(&self, story: crate::id::StoryId) -> Option<&[Part]> {
        self.entries.iter().find_map(|entry| match &entry.envelope.command {
            Command::FinalizeStory(finalize) if finalize.story == story => Some(finalize.parts.as_slice()),
            _ => None,
        })
    }
}
