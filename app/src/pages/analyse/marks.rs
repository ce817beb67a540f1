//! "Nog niet gehoord door mij": which stories this member heard, on every device they use. What a person marks holds
//! here at once, and goes to the server when it can be reached; until then it is kept on this device.

use super::shelf::{Shelf, Who};
use crate::browser::spawn_local;
use crate::browser::{ambient::Random, preferences, staff as ask};
use crate::watch::RwSignal;
use domain::{
    Nonce,
    command::Command,
    id::{ClipId, CommandId, MemberId, StoryId},
    member::Heard,
    scope::Scope,
    sync::protocol::{Envelope, PROTOCOL, PUSH_LIMIT, SyncRequest, Verdict},
};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// What a person marked and the server has not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    heard: bool,
    /// The command that says so, by which a retry is recognised.
    command: CommandId,
}

/// The marks of this member.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    /// As the server has them.
    held: RwSignal<BTreeSet<StoryId>>,
    /// What goes before that: the last word on each story.
    wishes: RwSignal<BTreeMap<StoryId, Wish>>,
}

impl Marks {
    pub fn new() -> Self {
        Self {
            held: RwSignal::new(BTreeSet::new()),
            wishes: RwSignal::new(BTreeMap::new()),
        }
    }

    /// Takes up what this member marked here and nobody could be told of.
    pub fn take_up(self, member: MemberId) {
        let kept = preferences::unsent_marks(member).into_iter();
        self.wishes
            .set(kept.map(|(story, heard)| (story, Wish::new(heard))).collect());
    }

    /// Another person may sit here next.
    pub fn clear(self) {
        self.held.set(BTreeSet::new());
        self.wishes.set(BTreeMap::new());
    }

    /// What the server says.
    pub fn hold(self, held: BTreeSet<StoryId>) {
        if self.held.with_untracked(|before| *before != held) {
            self.held.set(held);
        }
    }

    /// What this member heard, by the server's word.
    pub fn held(self) -> BTreeSet<StoryId> {
        self.held.get_untracked()
    }

    /// Whether this member heard a story; watched.
    pub fn is_heard(self, story: StoryId) -> bool {
        let wish = self
            .wishes
            .with(|wishes| wishes.get(&story).map(|wish| wish.heard));
        wish.unwrap_or_else(|| self.held.with(|held| held.contains(&story)))
    }

    /// Whether the server does not know yet what was marked on this story; watched.
    pub fn waits(self, story: StoryId) -> bool {
        self.wishes.with(|wishes| wishes.contains_key(&story))
    }

    /// How many marks the server does not know yet; watched.
    pub fn waiting(self) -> usize {
        self.wishes.with(BTreeMap::len)
    }

    fn has_work(self) -> bool {
        self.wishes.with_untracked(|wishes| !wishes.is_empty())
    }

    /// What goes next, of stories that are here.
    fn batch(self) -> Vec<Envelope> {
        self.wishes.with_untracked(|wishes| {
            let envelope = |(sequence, (story, wish)): (usize, (&StoryId, &Wish))| Envelope {
                id: wish.command,
                sequence: sequence as u64,
                command: wish.command_of(*story),
            };
            wishes.iter().take(PUSH_LIMIT).enumerate().map(envelope).collect()
        })
    }

    /// A verdict on one of them; that it failed for now changes nothing.
    fn settle(self, command: CommandId, verdict: &Verdict) {
        let done = match verdict {
            Verdict::Committed { .. } => true,
            Verdict::Rejected { problem } if problem.is_transient() => return,
            // The story is not here any more: nothing is left to mark.
            Verdict::Rejected { .. } => false,
        };
        let of = |wishes: &BTreeMap<StoryId, Wish>| {
            let found = wishes.iter().find(|(_, wish)| wish.command == command);
            found.map(|(story, wish)| (*story, wish.heard))
        };
        // The person may have changed their mind meanwhile; then this is no longer the last word.
        let Some((story, heard)) = self.wishes.with_untracked(of) else {
            return;
        };
        self.held.update(|held| {
            if done && heard {
                held.insert(story);
            } else {
                held.remove(&story);
            }
        });
        self.wishes.update(|wishes| _ = wishes.remove(&story));
    }

    fn keep(self, member: MemberId) {
        let marks: Vec<(StoryId, bool)> = self
            .wishes
            .with_untracked(|wishes| wishes.iter().map(|(story, wish)| (*story, wish.heard)).collect());
        preferences::set_unsent_marks(member, &marks);
    }
}

impl Wish {
    fn new(heard: bool) -> Self {
        Self {
            heard,
            command: CommandId::random(&mut Random),
        }
    }

    fn command_of(self, story: StoryId) -> Command {
        let heard = Heard { story };
        if self.heard {
            Command::MarkHeard(heard)
        } else {
            Command::MarkUnheard(heard)
        }
    }
}

/// Marks a story as heard, or not.
pub(super) fn mark(shelf: Shelf, story: StoryId, heard: bool) {
    let Who::In(member) = shelf.who.get_untracked() else {
        return;
    };
    if crate::watch::untrack(|| shelf.marks.is_heard(story)) == heard {
        return;
    }
    shelf
        .marks
        .wishes
        .update(|wishes| _ = wishes.insert(story, Wish::new(heard)));
    shelf.marks.keep(member.id);
    send(shelf);
}

/// Sends what waits: something was marked, or the server was just reached. One request at a time; where it fails, the
/// next sign of the server tries again.
pub(super) fn send(shelf: Shelf) {
    let Who::In(member) = shelf.who.get_untracked() else {
        return;
    };
    if !shelf.marks.has_work() || BUSY.replace(true) {
        return;
    }
    spawn_local(async move {
        let nonce = Nonce::random(&mut Random);
        let scope = Scope::Member(member.id);
        let sent = shelf.marks.batch();
        let request = SyncRequest {
            protocol: PROTOCOL,
            nonce,
            push: sent.clone(),
            // Only to hear whether we still are who we were: what is new comes the way of all news.
            pull: shelf
                .pulls()
                .into_iter()
                .filter(|pull| pull.scope == scope)
                .collect(),
            wait: 0,
        };
        let answer = ask::pull(&request).await;
        BUSY.set(false);
        // Somebody else may sit here by now.
        if shelf.who.get_untracked() != Who::In(member) {
            return;
        }
        let ours = answer
            .ok()
            .filter(|answer| answer.pages.iter().any(|page| page.scope == scope));
        let Some(answer) = ours else { return };
        for outcome in &answer.outcomes {
            shelf.marks.settle(outcome.id, &outcome.verdict);
        }
        shelf.marks.keep(member.id);
        let is_news = |envelope: &Envelope| sent.iter().all(|sent| sent.id != envelope.id);
        if shelf.marks.batch().iter().any(is_news) {
            send(shelf);
        }
    });
}

/// HE4: whether all that can be heard of a story was.
pub(super) fn is_all_heard(sounds: &[ClipId], heard: &BTreeSet<ClipId>) -> bool {
    !sounds.is_empty() && sounds.iter().all(|sound| heard.contains(sound))
}

#[cfg(test)]
mod tests {
    use super::is_all_heard;
    use domain::id::ClipId;
    use std::collections::BTreeSet;

    #[test]
    fn he4_a_story_is_heard_when_every_part_that_plays_was_heard_to_its_end_in_any_order() {
        let clip = |letter: &str| -> ClipId {
            ["6f1c3a52-3a63-4c1e-9f0a-2f6f4a1f7a1", letter]
                .concat()
                .parse()
                .unwrap()
        };
        let [a, b, other] = ["a", "b", "c"].map(clip);
        let heard = |clips: &[ClipId]| clips.iter().copied().collect::<BTreeSet<_>>();
        assert!(!is_all_heard(&[a, b], &heard(&[])));
        assert!(!is_all_heard(&[a, b], &heard(&[b])));
        assert!(!is_all_heard(&[a, b], &heard(&[b, other])));
        assert!(is_all_heard(&[a, b], &heard(&[b, a])));
        // A story without sound is read, not heard.
        assert!(!is_all_heard(&[], &heard(&[])));
    }
}
