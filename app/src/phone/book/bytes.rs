//! The bytes of clips: which of them go next, and what follows from an answer.

use super::{Book, brings};
use domain::{
    Entropy,
    draft::{Arrival, PhoneStory},
    id::{ClipId, StoryId},
    sync::{
        delivery::{Reply, Step},
        outbox::Outbox,
    },
    time::{Span, Timestamp},
};

impl Book {
    /// The next request that carries bytes, if one may be made now.
    pub fn next_step(&self, now: Timestamp) -> Option<Step> {
        self.delivery.next(&self.stories, &self.outbox, now)
    }

    /// How long until something is to be sent, commands or bytes; `None` when nothing waits.
    pub fn pause(&self, now: Timestamp) -> Option<Span> {
        let commands = self.outbox.has_work().then(|| self.outbox.pause(now));
        let bytes = self.pause_of_bytes(now).map(|pause| {
            if self.outbox.holds_the_line(now) {
                pause.max(self.outbox.pause(now))
            } else {
                pause
            }
        });
        match (commands, bytes) {
            (Some(commands), Some(bytes)) => Some(commands.min(bytes)),
            (commands, bytes) => commands.or(bytes),
        }
    }

    /// The same for bytes alone, while there is a line.
    pub fn pause_of_bytes(&self, now: Timestamp) -> Option<Span> {
        self.delivery.pause(&self.stories, &self.outbox, now)
    }

    /// UP1: whether the bytes of this story are still wanted, with nothing to be said before them.
    pub fn wants_bytes(&self, id: StoryId) -> bool {
        let open = |story: &PhoneStory| matches!(story.arrival, Arrival::Delivering { .. });
        self.story(id).is_some_and(open) && !self.outbox.speaks_of(id)
    }

    /// OB9: every wait is over.
    pub fn hurry(&mut self) {
        self.outbox.hurry();
        self.delivery.hurry();
    }

    /// Takes in what came of a step. UP6: once every byte is there, and where the server does not know the story, the
    /// command that brings it is offered again.
    pub fn hear(
        &mut self,
        step: &Step,
        reply: &Reply,
        took: Span,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) {
        let Self {
            stories,
            outbox,
            delivery,
            ..
        } = self;
        match reply {
            Reply::Failed(failure) if failure.is_of_the_line() => {
                outbox.failed(failure.clone(), now, entropy);
            }
            Reply::Failed(_) | Reply::Unreadable => {}
            Reply::Has { .. } | Reply::OutOfStep | Reply::Unknown => outbox.got_through(),
        }
        delivery.hear(step, reply.clone(), took, now, entropy);
        let Some(story) = stories.iter_mut().find(|story| story.id == step.story) else {
            return;
        };
        story.brought(delivery.sent(story));
        if *reply == Reply::Unknown || delivery.is_whole(story) {
            offer(story, outbox);
        }
    }

    /// UP7: what waits on this phone and of which nothing says so: it was finished before there was a way for it, or
    /// the phone was cut off in between.
    pub fn offer_what_waits(&mut self) {
        let Self { stories, outbox, .. } = self;
        for story in stories.iter().filter(|story| story.arrival == Arrival::Underway) {
            offer(story, outbox);
        }
    }

    /// UP8: the clips that stories name here and nothing names in `new` any more.
    pub fn clips_gone_in(&self, new: &Self) -> Vec<ClipId> {
        let kept: Vec<ClipId> = new.clips().collect();
        self.clips().filter(|clip| !kept.contains(clip)).collect()
    }

    fn clips(&self) -> impl Iterator<Item = ClipId> {
        let contents = self.stories.iter().filter_map(|story| story.content.as_ref());
        contents.flat_map(|content| content.clips.iter().map(|clip| clip.id))
    }
}

/// Puts the command that brings a story into the outbox, unless it is there.
fn offer(story: &PhoneStory, outbox: &mut Outbox) {
    let there = outbox
        .entries()
        .iter()
        .any(|entry| brings(&entry.envelope.command) && entry.envelope.command.story() == Some(story.id));
    if !there && let Some(command) = story.offer_again() {
        outbox.add(story.command, command);
    }
}
