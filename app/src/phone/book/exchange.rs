//! One request to the server and what is made of its answer.

use super::{Book, brings};
use domain::{
    Entropy, Nonce,
    command::Command,
    draft::Arrival,
    id::StoryId,
    key::OwnerKey,
    problem::Problem,
    scope::{Row, Scope},
    story::OwnStory,
    sync::{
        outbox::Settled,
        protocol::{Envelope, KEYS_LIMIT, PULL_LIMIT, Page, Pull, SyncRequest, SyncResponse},
    },
    time::Timestamp,
    voices::Voice,
};

/// One request, ready to go.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The body.
    pub request: SyncRequest,
    /// The keys it needs, in the form of the header.
    pub keys: String,
}

/// What an answer leaves to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Whether another request is worth making at once.
    pub more: bool,
}

impl Book {
    /// The next request: the oldest commands that wait, and pulls of the joined project and of own stories; when
    /// there are more stories than keys fit in a request, `turn` says where to begin.
    pub fn exchange(&self, nonce: Nonce, turn: usize) -> Exchange {
        let mut request = self.outbox.batch(nonce);
        let mut keys: Vec<String> = Vec::new();
        let mut hold = |key: String| {
            let known = keys.contains(&key);
            let fits = known || keys.len() < KEYS_LIMIT;
            if fits && !known {
                keys.push(key);
            }
            fits
        };
        for command in request.push.iter().map(|envelope| &envelope.command) {
            let Some(story) = command.story().and_then(|id| self.story(id)) else {
                continue;
            };
            let key = match command {
                // Delivering needs the lesser key only.
                Command::FinalizeStory(_) => Some(story.upload_key.to_hex()),
                // CO14: each voice changes its own answers.
                Command::ChangeConsent(change) => story.key_of(change.voice).map(OwnerKey::to_hex),
                _ => Some(story.owner_key().to_hex()),
            };
            key.map(&mut hold);
        }
        let pull = |scope| Pull {
            scope,
            cursor: self.replica.cursor(scope),
        };
        request
            .pull
            .extend(self.marks.project.map(|project| pull(Scope::Public(project))));
        let followed: Vec<_> = self
            .stories
            .iter()
            .filter(|story| matches!(story.arrival, Arrival::Safe { .. } | Arrival::Withdrawing))
            .collect();
        for story in followed
            .iter()
            .cycle()
            .skip(turn % followed.len().max(1))
            .take(followed.len())
        {
            // CO19: each voice is told its own answers; here both speak.
            let mut keys = Voice::ALL.into_iter().filter_map(|voice| story.key_of(voice));
            if request.pull.len() == PULL_LIMIT || !keys.all(|key| hold(key.to_hex())) {
                break;
            }
            request.pull.push(pull(Scope::Story(story.id)));
        }
        Exchange {
            request,
            keys: keys.join(","),
        }
    }

    /// Remembers, before a request goes, which stories it may bring to the server.
    pub fn mark_tried(&mut self, push: &[Envelope]) {
        for id in push
            .iter()
            .filter(|envelope| brings(&envelope.command))
            .filter_map(|e| e.command.story())
        {
            if !self.marks.tried.contains(&id) {
                self.marks.tried.push(id);
            }
        }
    }

    /// Takes an answer in, as far as it is to be believed.
    pub fn take_in(
        &mut self,
        asked: &SyncRequest,
        answer: &SyncResponse,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) -> Learnt {
        for settled in self.outbox.absorb(asked.nonce, answer, now, entropy) {
            self.settle(&settled, answer, now, entropy);
        }
        if answer.nonce != asked.nonce {
            return Learnt::default();
        }
        let restored = self.marks.epoch.is_some_and(|epoch| epoch != answer.epoch);
        self.marks.epoch = Some(answer.epoch);
        if restored {
            self.start_scopes_over();
            self.offer_again(answer.epoch, entropy);
        } else {
            self.turn_pages(&asked.pull, &answer.pages);
            self.let_go(answer.epoch, answer.server_time);
        }
        self.let_leave();
        // Only after progress: what an answer leaves unsaid is not asked again at once.
        let waits = |id| self.outbox.entries().iter().any(|entry| entry.envelope.id == id);
        let progress = asked.push.iter().any(|envelope| !waits(envelope.id));
        let rest = progress && self.outbox.waiting().is_none() && self.outbox.has_work();
        Learnt {
            more: restored || rest || answer.pages.iter().any(|page| page.more),
        }
    }

    fn settle(
        &mut self,
        settled: &Settled,
        answer: &SyncResponse,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) {
        let (Settled::Committed(envelope)
        | Settled::Arrived(envelope)
        | Settled::Taken(envelope)
        | Settled::Withdrawn(envelope)
        | Settled::Refused(envelope, _)) = settled;
        let Some(id) = envelope.command.story() else {
            return;
        };
        if let Settled::Arrived(_) = settled {
            self.marks.tried.retain(|tried| *tried != id);
        }
        let Self {
            stories, delivery, ..
        } = self;
        let Some(story) = stories.iter_mut().find(|story| story.id == id) else {
            return;
        };
        if let Settled::Taken(_) = settled {
            delivery.doubt(story, now, entropy);
        }
        story.settle(settled, answer.epoch, answer.server_time);
        if let Settled::Refused(envelope, problem) = settled {
            let unknown =
                matches!(envelope.command, Command::WithdrawStory(_)) && *problem == Problem::StoryUnknown;
            let never_came = brings(&envelope.command) && story.arrival == Arrival::Withdrawing;
            if unknown || never_came {
                // Taken back, and not there: that is what the teller wanted.
                story.arrival = Arrival::Withdrawn;
            }
        }
        if story.arrival == Arrival::Withdrawn {
            self.forget_commands(id);
        }
    }

    fn turn_pages(&mut self, asked: &[Pull], pages: &[Page]) {
        for pull in asked.iter().filter(|pull| matches!(pull.scope, Scope::Story(_))) {
            if !self.replica.follows(pull.scope) {
                self.replica.follow(pull.scope, pull.cursor, []);
            }
        }
        for (scope, applied) in self.replica.apply_answer(asked, pages.to_vec()) {
            for row in applied.put {
                if let Row::OwnStory(own) = row {
                    self.hear_of(&own);
                }
            }
            if let Scope::Story(_) = scope {
                // Only the cursor is kept: the row repeats the story's content, which must be able to leave the phone.
                self.replica.follow(scope, self.replica.cursor(scope), []);
            }
        }
    }

    /// SY10: what the server says of an own story: it may have been changed or taken back with its code elsewhere.
    pub fn hear_of(&mut self, own: &OwnStory) {
        let Self { stories, outbox, .. } = self;
        let Some(story) = stories.iter_mut().find(|story| story.id == own.id) else {
            return;
        };
        story.follow(own, outbox);
        if story.arrival == Arrival::Withdrawn {
            self.forget_commands(own.id);
        }
    }

    fn forget_commands(&mut self, id: StoryId) {
        self.marks.tried.retain(|tried| *tried != id);
        self.drop_entries(id, |_| true);
    }

    /// SY11: the server was restored from a backup. What the phone knew of its scopes is asked again from the start;
    /// until then the project stays known.
    fn start_scopes_over(&mut self) {
        for pull in self.replica.pulls() {
            let rows: Vec<_> = self.replica.rows(pull.scope).cloned().collect();
            self.replica.follow(pull.scope, 0, rows);
        }
    }

    /// SY11: stories that were safe in another epoch, and the choices made for them, are offered again.
    fn offer_again(&mut self, epoch: u64, entropy: &mut impl Entropy) {
        let Self { stories, outbox, .. } = self;
        for (id, command) in stories.iter_mut().flat_map(|story| story.reoffer(epoch, entropy)) {
            outbox.add(id, command);
        }
    }
}
