//! What waits on the phone to be sent, and when to try.
//!
//! The outbox never forgets a command before the server has answered it with a verdict it believes. It knows no
//! network: whoever drives it asks [`Outbox::due`], sends [`Outbox::batch`] and gives the answer to
//! [`Outbox::absorb`] or the failure to [`Outbox::failed`].

use crate::command::Command;
use crate::id::{CommandId, StoryId};
use crate::ordered::in_order;
use crate::problem::Problem;
use crate::sync::pace::Pace;
pub use crate::sync::pace::{BACKOFF_BASE, BACKOFF_CAP, Failure};
use crate::sync::protocol::{
    Acknowledgement, Envelope, PROTOCOL, PUSH_BYTES, PUSH_LIMIT, SyncRequest, SyncResponse, Verdict,
};
use crate::time::{Span, Timestamp};
use crate::{Entropy, Nonce};

/// A command that waits, or was refused and waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pending {
    /// As it travels.
    pub envelope: Envelope,
    /// Why the server refused it for good; it is not sent again until a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Problem>,
}

impl Pending {
    /// OB2: the outbox's own sequence. Two tabs may have given the same one; then a story comes before what is
    /// said about it, and its withdrawal last.
    fn order(&self) -> (u64, u8) {
        let rank = match &self.envelope.command {
            Command::CreateProject(_) | Command::FinalizeStory(_) => 0,
            Command::ChangeConsent(_)
            | Command::ReviseStory(_)
            | Command::MarkHeard(_)
            | Command::MarkUnheard(_) => 1,
            Command::WithdrawStory(_) => 2,
        };
        (self.envelope.sequence, rank)
    }
}

/// The server's believed verdict on one command, for the caller to store with the outbox's change in one
/// transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Carried out. The entry is gone from the outbox.
    Committed(Box<Envelope>),
    /// A story arrived, and the acknowledgement names exactly its parts. The entry is gone from the outbox.
    Arrived(Box<Envelope>),
    /// A story's manifest was taken in, and the bytes of its clips are wanted (ME9). The entry is gone from the outbox;
    /// once the bytes are there, the same command is added again to ask for the acknowledgement.
    Taken(Box<Envelope>),
    /// The story it is about was taken back, here or elsewhere, so there is nothing left to do or to decide. The
    /// entry is gone from the outbox.
    Withdrawn(Box<Envelope>),
    /// Refused for good. The entry stays, visible with its reason.
    Refused(Box<Envelope>, Problem),
}

/// The queue of what a person did and the server has not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<Pending>,
    next_sequence: u64,
    pace: Pace,
    /// How many commands one request carries; halved when a request was too large.
    width: usize,
    /// Stories acknowledged since this outbox was taken up: an answer that still calls one unknown is older.
    arrived: Vec<StoryId>,
}

impl Outbox {
    /// Takes up what is stored, in any order.
    pub fn restore(mut entries: Vec<Pending>) -> Self {
        arrange(&mut entries);
        let next_sequence = entries
            .last()
            .map_or(1, |entry| entry.envelope.sequence.saturating_add(1));
        Self {
            entries,
            next_sequence,
            pace: Pace::Free,
            width: PUSH_LIMIT,
            arrived: Vec::new(),
        }
    }

    /// Takes up an entry that another tab stored, or stored otherwise than this one knows it.
    pub fn adopt(&mut self, entry: Pending) {
        self.entries
            .retain(|known| known.envelope.id != entry.envelope.id);
        self.next_sequence = self.next_sequence.max(entry.envelope.sequence.saturating_add(1));
        self.entries.push(entry);
        arrange(&mut self.entries);
    }

    /// OB1, OB2: adds a command behind all others; only a story offered again goes before what waits to be said
    /// about it. The caller stores the entry, by its command's id, before it says "saved".
    pub fn add(&mut self, id: CommandId, command: Command) -> Pending {
        if let Some(known) = self.entries.iter().find(|entry| entry.envelope.id == id) {
            return known.clone();
        }
        let envelope = Envelope {
            id,
            sequence: self.next_sequence,
            command,
        };
        let pending = Pending {
            envelope,
            refused: None,
        };
        self.next_sequence = self.next_sequence.saturating_add(1);
        self.entries.push(pending.clone());
        arrange(&mut self.entries);
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
        self.pace.waiting()
    }

    /// OB8: whether to try now.
    pub fn due(&self, now: Timestamp) -> bool {
        self.pace.due(now)
    }

    /// How long to sleep before asking [`Outbox::due`] again. Not to be computed from [`Outbox::waiting`]: the clock
    /// may have jumped since.
    pub fn pause(&self, now: Timestamp) -> Span {
        self.pace.pause(now)
    }

    /// OB9: a person asked, the page was opened, came into view or the network came back: the wait is over and the
    /// next one is short again. Only a wait the server itself asked for goes on.
    pub fn hurry(&mut self) {
        self.pace.hurry();
    }

    /// UP4: whether nothing at all is to be asked of the server now: the connection failed, or the server wants to be
    /// left alone. What it only could not do for a command keeps nothing else waiting.
    pub fn holds_the_line(&self, now: Timestamp) -> bool {
        !self.due(now)
            && self
                .waiting()
                .is_some_and(|(failure, _)| failure.is_of_the_line())
    }

    /// Something else got through: a wait for the connection is over.
    pub fn got_through(&mut self) {
        if self
            .waiting()
            .is_some_and(|(failure, _)| matches!(failure, Failure::Unreachable | Failure::NotOurs))
        {
            self.pace = Pace::Free;
        }
    }

    /// Whether something is still to be settled about a story, by the server or (for the story itself) by a person.
    pub fn speaks_of(&self, story: StoryId) -> bool {
        self.entries.iter().any(|entry| {
            let brings = matches!(entry.envelope.command, Command::FinalizeStory(_));
            entry.envelope.command.story() == Some(story) && (brings || entry.refused.is_none())
        })
    }

    /// The next request: the oldest commands that wait, in order.
    ///
    /// OB3: a refused story holds back what is said about it, which would make no sense without it. A refused wish
    /// about consent holds back nothing: a withdrawal behind it must get through.
    /// OB12: at most [`PUSH_LIMIT`] commands and about [`PUSH_BYTES`], fewer after a request was too large.
    pub fn batch(&self, nonce: Nonce) -> SyncRequest {
        let mut room = PUSH_BYTES;
        let fits = |envelope: &&Envelope| {
            let size = size(&envelope.command);
            let first = room == PUSH_BYTES;
            let fits = first || size <= room;
            room = room.saturating_sub(size);
            fits
        };
        let push = self
            .sendable()
            .take(self.width)
            .take_while(fits)
            .cloned()
            .collect();
        SyncRequest {
            protocol: PROTOCOL,
            nonce,
            push,
            pull: Vec::new(),
            wait: 0,
        }
    }

    /// What may be sent, in order (OB3).
    fn sendable(&self) -> impl Iterator<Item = &Envelope> {
        let mut held_back = Vec::new();
        self.entries.iter().filter_map(move |entry| {
            let story = entry.envelope.command.story();
            if entry.refused.is_some() && matches!(entry.envelope.command, Command::FinalizeStory(_)) {
                held_back.extend(story);
            }
            let free = entry.refused.is_none() && story.is_none_or(|story| !held_back.contains(&story));
            free.then_some(&entry.envelope)
        })
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
        let believed = if trouble.is_some() {
            &[][..]
        } else {
            &answer.outcomes[..]
        };
        for outcome in believed {
            let Some(place) = self
                .entries
                .iter()
                .position(|entry| entry.envelope.id == outcome.id)
            else {
                continue;
            };
            match (&outcome.verdict, &self.entries[place].envelope.command) {
                (Verdict::Committed { acknowledgement, .. }, Command::FinalizeStory(finalize)) => {
                    let names_all = |ack: &Acknowledgement| ack.confirms(finalize.story, &finalize.parts);
                    if acknowledgement.as_ref().is_some_and(names_all) {
                        self.arrived.push(finalize.story);
                        settled.push(Settled::Arrived(Box::new(self.entries.remove(place).envelope)));
                    } else if acknowledgement.is_none() && !finalize.content.clips.is_empty() {
                        self.arrived.push(finalize.story);
                        settled.push(Settled::Taken(Box::new(self.entries.remove(place).envelope)));
                    } else {
                        // It knew the nonce, so it is our server; what it says of the story is not to be believed.
                        trouble = Some(Failure::Refused {
                            problem: Problem::Internal,
                            retry_after: None,
                        });
                    }
                }
                (Verdict::Committed { .. }, _) => {
                    settled.push(Settled::Committed(Box::new(self.entries.remove(place).envelope)));
                }
                (
                    Verdict::Rejected {
                        problem: Problem::StoryWithdrawn,
                    },
                    _,
                ) => {
                    settled.push(Settled::Withdrawn(Box::new(self.entries.remove(place).envelope)));
                }
                (Verdict::Rejected { problem }, _) if problem.is_transient() => {
                    trouble = Some(Failure::Refused {
                        problem: problem.clone(),
                        retry_after: None,
                    });
                }
                // OB11: the story itself had not got through yet, so the server could not know it. Asked again once.
                (
                    Verdict::Rejected {
                        problem: Problem::StoryUnknown,
                    },
                    command,
                ) if self.follows_its_story(place)
                    || command.story().is_some_and(|id| take_out(&mut self.arrived, id)) => {}
                (Verdict::Rejected { problem }, _) => {
                    let entry = &mut self.entries[place];
                    entry.refused = Some(problem.clone());
                    settled.push(Settled::Refused(
                        Box::new(entry.envelope.clone()),
                        problem.clone(),
                    ));
                }
            }
        }
        match trouble {
            Some(failure) => self.failed(failure, now, entropy),
            None => self.pace = Pace::Free,
        }
        settled
    }

    /// Whether the story that the command here is about is still to be brought itself.
    fn follows_its_story(&self, place: usize) -> bool {
        let story = self.entries[place].envelope.command.story();
        self.entries[..place]
            .iter()
            .any(|entry| match &entry.envelope.command {
                Command::FinalizeStory(finalize) => Some(finalize.story) == story,
                _ => false,
            })
    }

    /// OB8: a try came to nothing. Waits with full jitter: a moment drawn evenly between now and a bound that
    /// doubles with each failure, after the server's own Retry-After if it gave one; five minutes at the most.
    pub fn failed(&mut self, failure: Failure, now: Timestamp, entropy: &mut impl Entropy) {
        if matches!(
            failure,
            Failure::Refused {
                problem: Problem::TooLarge { .. },
                ..
            }
        ) {
            self.shrink(&failure);
        }
        self.pace.failed(failure, now, entropy);
    }

    /// OB12: the next request carries half as much; a command too large all alone waits for a person.
    fn shrink(&mut self, failure: &Failure) {
        let sent = self.batch(Nonce([0; 16])).push;
        if sent.len() > 1 {
            self.width = sent.len() / 2;
        } else if let ([alone], Failure::Refused { problem, .. }) = (&sent[..], failure)
            && let Some(entry) = self
                .entries
                .iter_mut()
                .find(|entry| entry.envelope.id == alone.id)
        {
            entry.refused = Some(problem.clone());
        }
    }

    /// OB10: a person decided to try a refused command again, at once. It keeps its place but goes under a new id,
    /// because the server remembers its answer to the old one. The caller replaces the stored entry `id` by the
    /// returned one in one transaction.
    pub fn retry(&mut self, id: CommandId, anew: CommandId) -> Option<Pending> {
        let entry = self.entries.iter_mut().find(|entry| entry.envelope.id == id)?;
        entry.refused = None;
        entry.envelope.id = anew;
        let retried = entry.clone();
        self.hurry();
        Some(retried)
    }

    /// OB6: a person decided to throw a command away. Returns what is to be removed from storage.
    pub fn discard(&mut self, id: CommandId) -> Option<Pending> {
        let place = self.entries.iter().position(|entry| entry.envelope.id == id)?;
        Some(self.entries.remove(place))
    }
}

/// OB2: brings entries in the order in which they go.
fn arrange(entries: &mut Vec<Pending>) {
    *entries = in_order(std::mem::take(entries), Pending::order);
    for place in 1..entries.len() {
        let Command::FinalizeStory(finalize) = &entries[place].envelope.command else {
            continue;
        };
        let about = |entry: &Pending| entry.envelope.command.story() == Some(finalize.story);
        if let Some(first) = entries[..place].iter().position(about) {
            entries[first..=place].rotate_right(1);
        }
    }
}

/// Takes `story` off the list; whether it was on it.
fn take_out(list: &mut Vec<StoryId>, story: StoryId) -> bool {
    let place = list.iter().position(|listed| *listed == story);
    place.is_some_and(|place| list.swap_remove(place) == story)
}

/// About how many bytes a command is on its way: its story's parts and, for the rest, a kilobyte.
fn size(command: &Command) -> u64 {
    let parts = match command {
        Command::FinalizeStory(finalize) => finalize.parts.as_slice(),
        Command::ReviseStory(revise) => {
            let text = revise.text.as_ref().map_or(0, String::len);
            return 1024_u64.saturating_add(text as u64);
        }
        Command::ChangeConsent(_)
        | Command::WithdrawStory(_)
        | Command::CreateProject(_)
        | Command::MarkHeard(_)
        | Command::MarkUnheard(_) => &[],
    };
    parts
        .iter()
        .fold(1024, |sum, part| part.length.saturating_add(sum))
}
