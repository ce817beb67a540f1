//! One request to the server and what is made of its answer.

use super::{Book, brings, is_change, says_gone};
use domain::{
    Entropy, Nonce,
    command::{ChangeConsent, Command},
    draft::Arrival,
    id::{CommandId, StoryId},
    problem::Problem,
    scope::{Row, Scope},
    story::{OwnState, OwnStory},
    sync::{
        outbox::Settled,
        protocol::{Envelope, KEYS_LIMIT, PULL_LIMIT, Page, Pull, SyncRequest, SyncResponse},
    },
    time::Timestamp,
};

/// The most text of stories in one request, in bytes: on a slow line an answer comes after each, and what arrived
/// stays. One story always goes, however long.
const PUSH_BYTES: usize = 128 * 1024;

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
    /// The next request: the oldest commands that wait, at most `limit`, and pulls of the joined project and of own
    /// stories; when there are more stories than keys fit in a request, `turn` says where to begin.
    pub fn exchange(&self, nonce: Nonce, limit: usize, turn: usize) -> Exchange {
        let mut request = self.outbox.batch(nonce);
        let mut bytes = 0;
        let fits = request.push.iter().take(limit.max(1)).take_while(|envelope| {
            let first = bytes == 0;
            bytes += size(&envelope.command);
            first || bytes <= PUSH_BYTES
        });
        let fits = fits.count();
        request.push.truncate(fits);

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
            let Some(story) = command.story().and_then(|id| self.story(id)) else { continue };
            // Delivering needs the lesser key only.
            hold(if brings(command) { story.upload_key.to_hex() } else { story.owner_key().to_hex() });
        }
        let pull = |scope| Pull { scope, cursor: self.replica.cursor(scope) };
        request.pull.extend(self.marks.project.map(|project| pull(Scope::Public(project))));
        let followed: Vec<_> = self
            .stories
            .iter()
            .filter(|story| matches!(story.arrival, Arrival::Safe { .. } | Arrival::Withdrawing))
            .collect();
        for story in followed.iter().cycle().skip(turn % followed.len().max(1)).take(followed.len()) {
            if request.pull.len() == PULL_LIMIT || !hold(story.owner_key().to_hex()) {
                break;
            }
            request.pull.push(pull(Scope::Story(story.id)));
        }
        Exchange { request, keys: keys.join(",") }
    }

    /// Remembers, before a request goes, which stories it may bring to the server.
    pub fn mark_tried(&mut self, push: &[Envelope]) {
        for id in push.iter().filter(|envelope| brings(&envelope.command)).filter_map(|e| e.command.story()) {
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
            self.settle(settled, answer.epoch, now);
        }
        if answer.nonce != asked.nonce {
            return Learnt::default();
        }
        let restored = self.marks.epoch.is_some_and(|epoch| epoch != answer.epoch);
        self.marks.epoch = Some(answer.epoch);
        if restored {
            self.start_scopes_over();
        } else {
            for page in &answer.pages {
                if asked.pull.iter().any(|pull| pull.scope == page.scope) {
                    self.turn_page(page, entropy);
                }
            }
        }
        self.offer_again(answer.epoch, entropy);
        self.let_leave();
        let batch = !asked.push.is_empty() && self.outbox.waiting().is_none() && self.outbox.has_work();
        Learnt { more: restored || batch || answer.pages.iter().any(|page| page.more) }
    }

    fn settle(&mut self, settled: Settled, epoch: u64, now: Timestamp) {
        let (envelope, problem) = match settled {
            Settled::Arrived(envelope) | Settled::Committed(envelope) => (envelope, None),
            Settled::Refused(envelope, problem) => (envelope, Some(problem)),
        };
        let Some(id) = envelope.command.story() else { return };
        let Some(arrival) = self.story(id).map(|story| story.arrival.clone()) else { return };
        let next = match (&envelope.command, problem) {
            (Command::FinalizeStory(_), None) => {
                self.marks.tried.retain(|tried| *tried != id);
                // Taken back while it was on its way: the withdrawal behind it settles it.
                (arrival == Arrival::Underway).then_some(Arrival::Safe { at: now, epoch })
            }
            (Command::WithdrawStory(_), None | Some(Problem::StoryUnknown)) => Some(Arrival::Withdrawn),
            // It never came in, and it was taken back: that is what the teller wanted.
            (Command::FinalizeStory(_), Some(_)) if arrival == Arrival::Withdrawing => Some(Arrival::Withdrawn),
            // Somebody with the code took it back elsewhere.
            (_, Some(problem)) if says_gone(&problem) => Some(Arrival::Withdrawn),
            _ => None,
        };
        let gone = next == Some(Arrival::Withdrawn);
        if let (Some(next), Some(story)) = (next, self.story_mut(id)) {
            story.arrival = next;
        }
        if gone {
            self.marks.tried.retain(|tried| *tried != id);
            self.drop_entries(id, |_| true);
        }
    }

    fn turn_page(&mut self, page: &Page, entropy: &mut impl Entropy) {
        if !self.replica.follows(page.scope) {
            self.replica.follow(page.scope, 0, []);
        }
        let applied = self.replica.apply(page.clone());
        for row in applied.put {
            if let Row::OwnStory(own) = row {
                self.hear_of(&own, entropy);
            }
        }
        if let Scope::Story(_) = page.scope {
            // Only the cursor is kept: the row repeats the story's content, which must be able to leave the phone.
            self.replica.follow(page.scope, self.replica.cursor(page.scope), []);
        }
    }

    /// What the server says of an own story: it may have been changed or taken back with its code elsewhere.
    fn hear_of(&mut self, own: &OwnStory, entropy: &mut impl Entropy) {
        let waits = self.entries_of(own.id).any(|entry| entry.refused.is_none());
        let Some(story) = self.story_mut(own.id) else { return };
        match &own.state {
            OwnState::Withdrawn => {
                story.arrival = Arrival::Withdrawn;
                self.drop_entries(own.id, |_| true);
            }
            OwnState::Received { .. } if waits => {}
            OwnState::Received { consent, .. } => {
                let forgotten = consent.version < story.consent.version && consent.choices != story.consent.choices;
                if forgotten {
                    // The server was restored from before the teller's last change: it is told again.
                    let choices = story.consent.choices;
                    story.consent.version = consent.version + 1;
                    let change = ChangeConsent { story: own.id, seen: consent.version, choices };
                    self.drop_entries(own.id, |entry| is_change(&entry.envelope.command));
                    self.outbox.add(CommandId::random(entropy), Command::ChangeConsent(change));
                } else {
                    story.consent = consent.clone();
                }
            }
        }
    }

    /// SY11: the server was restored from a backup. What the phone knew of its scopes is asked again from the start.
    fn start_scopes_over(&mut self) {
        for pull in self.replica.pulls() {
            let rows: Vec<_> = self.replica.rows(pull.scope).cloned().collect();
            self.replica.follow(pull.scope, 0, rows);
        }
    }

    /// SY11: stories that arrived in another epoch and are still here are offered again, as new intents.
    fn offer_again(&mut self, epoch: u64, entropy: &mut impl Entropy) {
        let earlier = |arrival: &Arrival| matches!(arrival, Arrival::Safe { epoch: then, .. } if *then != epoch);
        let ids: Vec<StoryId> =
            self.stories.iter().filter(|story| earlier(&story.arrival)).map(|story| story.id).collect();
        for id in ids {
            let name = CommandId::random(entropy);
            let Some(story) = self.story_mut(id) else { continue };
            match story.offer_again() {
                Some(command) => {
                    story.arrival = Arrival::Underway;
                    story.command = name;
                    // The offer carries the choices as they are now; what waited to change them has nothing to add.
                    self.drop_entries(id, |entry| is_change(&entry.envelope.command));
                    self.outbox.add(name, command);
                }
                None => {
                    if let Arrival::Safe { epoch: then, .. } = &mut story.arrival {
                        *then = epoch;
                    }
                }
            }
        }
    }
}

fn size(command: &Command) -> usize {
    match command {
        Command::FinalizeStory(finalize) => finalize.content.text.as_ref().map_or(0, String::len) + 1_024,
        _ => 256,
    }
}
