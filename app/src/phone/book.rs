//! The life of finished stories on a phone, as one value: acts of a person and answers of the server go in, the next
//! value comes out. No storage, no network, no clock: `acts` stores the difference, `courier` talks to the server.

use super::Joined;
use domain::{
    Entropy,
    code::StoryCode,
    command::{Command, ReviseStory, Wish},
    consent::{Answer, Consent, Use},
    draft::{Arrival, Draft, PhoneStory, Revision},
    guardian::Age,
    id::{CommandId, ProjectId, StoryId},
    problem::Problem,
    project::{EntryCode, Project},
    scope::{Row, Scope},
    story::{OpenedStory, Told},
    sync::{
        delivery::Delivery,
        outbox::{Outbox, Pending},
        replica::Replica,
    },
    time::Timestamp,
    voices::{SecondDraft, Turn, Voice},
};

mod bytes;
mod exchange;

pub use exchange::{Exchange, Learnt};

/// Small facts a phone remembers beside its stories.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Marks {
    /// The door the phone last came in through.
    pub entry: Option<EntryCode>,
    /// The project behind it.
    pub project: Option<ProjectId>,
    /// The server's epoch when it last answered.
    pub epoch: Option<u64>,
    /// Stories of which a request may have reached the server without an answer.
    pub tried: Vec<StoryId>,
    /// Stories that leave this borrowed phone as soon as they are safe.
    pub leaving: Vec<StoryId>,
}

/// Finished stories, what waits to be sent, what the phone replicates.
#[derive(Clone, Debug)]
pub struct Book {
    /// Finished stories, newest first.
    pub stories: Vec<PhoneStory>,
    /// What waits to be sent.
    pub outbox: Outbox,
    /// How the bytes of clips get on; in memory only.
    pub delivery: Delivery,
    /// What the phone holds of the scopes it follows.
    pub replica: Replica,
    /// Small facts.
    pub marks: Marks,
    /// Counts up with every change in storage: how a tab notices that another one was first.
    pub generation: u64,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            stories: Vec::new(),
            outbox: Outbox::restore(Vec::new()),
            delivery: Delivery::default(),
            replica: Replica::default(),
            marks: Marks::default(),
            generation: 0,
        }
    }
}

impl Book {
    /// One story.
    pub fn story(&self, id: StoryId) -> Option<&PhoneStory> {
        self.stories.iter().find(|story| story.id == id)
    }

    fn story_mut(&mut self, id: StoryId) -> Option<&mut PhoneStory> {
        self.stories.iter_mut().find(|story| story.id == id)
    }

    /// A project this phone follows.
    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.replica.rows(Scope::Public(id)).find_map(|row| match row {
            Row::Project(project) => Some(&**project),
            _ => None,
        })
    }

    /// The project last joined, if it is still known.
    pub fn joined(&self) -> Option<Joined> {
        let entry = self.marks.entry.clone()?;
        let project = self.project(self.marks.project?)?.clone();
        Some(Joined { entry, project })
    }

    /// Follows the public side of a project, beginning with what a join page brought.
    pub fn join(&mut self, entry: EntryCode, project: Project) {
        let scope = Scope::Public(project.id);
        self.marks.entry = Some(entry);
        self.marks.project = Some(project.id);
        let cursor = self.replica.cursor(scope);
        // A page kept for use without internet may be older than what was pulled since.
        if cursor == 0 || self.project(project.id).is_none() {
            self.replica
                .follow(scope, cursor, [Row::Project(Box::new(project))]);
        }
    }

    /// Whether anything finished is on this phone alone: waiting to be sent, or being sent.
    pub fn has_unsent(&self) -> bool {
        self.outbox.has_work() || self.stories.iter().any(PhoneStory::is_on_its_way)
    }

    /// How many finished stories are not known to have arrived: without this phone they are lost.
    pub fn on_phone_alone(&self) -> usize {
        let stories = self.stories.iter();
        stories.filter(|story| story.is_on_its_way()).count()
    }

    /// OB1: a story is finished, its command waits.
    pub fn finish(&mut self, story: PhoneStory, id: CommandId, command: Command) {
        self.stories.insert(0, story);
        self.outbox.add(id, command);
    }

    /// CO11: a teller wants other choices. Taking analysis back is withdrawing. A wish of the same voice that was refused
    /// before is replaced by this one.
    pub fn change_choices(&mut self, id: StoryId, wish: impl Into<Wish>, entropy: &mut impl Entropy) {
        let wish = wish.into();
        if wish.choices.answer(Use::Analysis) == Answer::No {
            return self.withdraw(id, true, entropy);
        }
        self.drop_entries(id, |entry| {
            entry.refused.is_some() && is_change_of(wish.voice, &entry.envelope.command)
        });
        if let Some(command) = self.story_mut(id).and_then(|story| story.choose(wish)) {
            self.outbox.add(CommandId::random(entropy), command);
        }
    }

    /// The teller takes the story back. What no request can have carried yet is simply never sent; otherwise the
    /// command that brings it stays in front of the one that takes it back, so that a late copy of the first changes
    /// nothing any more.
    pub fn withdraw(&mut self, id: StoryId, keep_here: bool, entropy: &mut impl Entropy) {
        let refused = self
            .entries_of(id)
            .any(|entry| entry.refused.is_some() && brings(&entry.envelope.command));
        let never_sent = refused || !self.marks.tried.contains(&id);
        let Some(story) = self.story_mut(id) else { return };
        let never_there = never_sent && story.arrival == Arrival::Underway;
        let command = story.take_back();
        if !keep_here {
            story.content = None;
        }
        if never_there {
            story.arrival = Arrival::Withdrawn;
            self.drop_entries(id, |_| true);
        } else if let Some(command) = command {
            self.drop_entries(id, |entry| !brings(&entry.envelope.command));
            self.outbox.add(CommandId::random(entropy), command);
        }
        self.let_leave();
    }

    /// OB10: a person tries what was refused again, as a new intent: the server remembers its verdict on the old one.
    pub fn retry(&mut self, id: StoryId, entropy: &mut impl Entropy) {
        let refused: Vec<Pending> = self
            .entries_of(id)
            .filter(|entry| entry.refused.is_some())
            .cloned()
            .collect();
        for Pending { envelope, .. } in refused {
            match envelope.command {
                // Made against choices that no longer hold: the same wish is made again against those that do.
                Command::ChangeConsent(change) => {
                    self.outbox.discard(envelope.id);
                    let wish = Wish {
                        voice: change.voice,
                        choices: change.choices,
                        guardian: change.guardian,
                    };
                    self.change_choices(id, wish, entropy);
                }
                // What it was made of is no more; its words wait until their teller looks at them again (ED6).
                Command::ReviseStory(_) => {}
                _ => {
                    let anew = CommandId::random(entropy);
                    self.outbox.retry(envelope.id, anew);
                    if brings(&envelope.command)
                        && let Some(story) = self.story_mut(id)
                    {
                        story.command = anew;
                    }
                }
            }
        }
    }

    /// CD6: a story whose code was shown here. What this phone has of it already stays as it is.
    pub fn open(
        &mut self,
        opened: &OpenedStory,
        code: StoryCode,
        entropy: &mut impl Entropy,
        now: Timestamp,
    ) {
        let id = opened.story.id;
        if self
            .story(id)
            .is_some_and(|story| story.arrival != Arrival::Withdrawn)
        {
            return;
        }
        let epoch = self.marks.epoch.unwrap_or(0);
        let safe = Arrival::Safe { at: now, epoch };
        let Some(story) = PhoneStory::opened(opened, code, entropy, safe) else {
            return;
        };
        self.remove(id);
        self.stories.insert(0, story);
        let project = &opened.project;
        if self.project(project.id).is_none() {
            self.marks.project.get_or_insert(project.id);
            let rows = [Row::Project(project.clone())];
            self.replica.follow(Scope::Public(project.id), 0, rows);
        }
    }

    /// ED1: a teller changes what they told, of which they saw `told`. What was refused before is replaced by this.
    ///
    /// # Errors
    /// When what would be left is no story; then nothing changes.
    pub fn revise(
        &mut self,
        id: StoryId,
        told: &Told,
        wish: Revision,
        entropy: &mut impl Entropy,
    ) -> Result<(), Problem> {
        let waits = self.revising(id) == Some(Revising::Waits);
        let story = self.story_mut(id).ok_or(Problem::StoryUnknown)?;
        let known = story.edition;
        if !waits {
            // ED6: what the teller saw counts, not what came in behind the screen since.
            story.edition = told.edition;
        }
        let revised = story.revise(&told.content, wish);
        let command = revised.inspect_err(|_| story.edition = known)?;
        self.forget_refused_revision(id);
        self.outbox.add(CommandId::random(entropy), command);
        Ok(())
    }

    /// How it stands with what a teller changed last in a story.
    pub fn revising(&self, id: StoryId) -> Option<Revising> {
        let mut entries = self
            .entries_of(id)
            .filter(|entry| revises(&entry.envelope.command));
        entries.next_back().map(|entry| match &entry.refused {
            Some(problem) => Revising::Refused(problem.clone()),
            None => Revising::Waits,
        })
    }

    /// ED6: the change that was refused last, with every word of it.
    pub fn refused_revision(&self, id: StoryId) -> Option<ReviseStory> {
        let entries = self.entries_of(id).filter(|entry| entry.refused.is_some());
        entries.rev().find_map(|entry| match &entry.envelope.command {
            Command::ReviseStory(revise) => Some(revise.clone()),
            _ => None,
        })
    }

    /// Lets go of changes that were refused.
    pub fn forget_refused_revision(&mut self, id: StoryId) {
        self.drop_entries(id, |entry| {
            entry.refused.is_some() && revises(&entry.envelope.command)
        });
    }

    /// Takes up what another tab stored. What this tab knows of the connection stays.
    pub fn refresh(&mut self, stored: Self) {
        let mut outbox = self.outbox.clone();
        for entry in self.outbox.entries() {
            if !stored.outbox.entries().contains(entry) {
                outbox.discard(entry.envelope.id);
            }
        }
        for entry in stored.outbox.entries() {
            if !outbox.entries().contains(entry) {
                outbox.adopt(entry.clone());
            }
        }
        let delivery = self.delivery.clone();
        *self = Self {
            outbox,
            delivery,
            ..stored
        };
    }

    /// A refused story becomes a draft again, with everything in it; its next end makes a new story.
    pub fn edit_refused(&mut self, id: StoryId, now: Timestamp, entropy: &mut impl Entropy) -> Option<Draft> {
        let refused = self
            .entries_of(id)
            .any(|entry| entry.refused.is_some() && brings(&entry.envelope.command));
        let story = self.story(id).filter(|_| refused)?;
        let content = story.content.clone()?;
        let second = story.second.as_ref().map(|second| SecondDraft {
            turn: Turn::First,
            choices: second.consent.choices.into(),
            age: younger(&second.consent),
        });
        let draft = Draft {
            id: StoryId::random(entropy),
            origin: story.origin.clone(),
            pictures: content.pictures,
            text: content.text.unwrap_or_default(),
            title: content.title.unwrap_or_default(),
            tags: content.tags,
            answers: content.answers,
            language: content.language,
            perspective: content.perspective,
            choices: story.consent.choices.into(),
            age: younger(&story.consent),
            second,
            clips: content.clips,
            open: None,
            aside: Vec::new(),
            too_soft: Vec::new(),
            kept_at: now,
        };
        self.remove(id);
        Some(draft)
    }

    /// The phone is borrowed: everything of this story goes from it once it is safe, the code included.
    pub fn remove_once_safe(&mut self, id: StoryId) {
        if self.story(id).is_some() && !self.marks.leaving.contains(&id) {
            self.marks.leaving.push(id);
        }
        self.let_leave();
    }

    /// OB7, OB16: content whose grace is over, as the server says in an answer, leaves the phone.
    pub fn let_go(&mut self, epoch: u64, now: Timestamp) {
        for story in &mut self.stories {
            story.let_go(epoch, now);
        }
    }

    fn let_leave(&mut self) {
        for id in self.marks.leaving.clone() {
            let settled = self
                .story(id)
                .is_none_or(|story| matches!(story.arrival, Arrival::Safe { .. } | Arrival::Withdrawn));
            if settled && self.entries_of(id).next().is_none() {
                self.remove(id);
            }
        }
    }

    fn remove(&mut self, id: StoryId) {
        self.drop_entries(id, |_| true);
        self.stories.retain(|story| story.id != id);
        self.marks.leaving.retain(|leaving| *leaving != id);
        self.marks.tried.retain(|tried| *tried != id);
        self.replica.forget(Scope::Story(id));
    }

    fn entries_of(&self, id: StoryId) -> impl DoubleEndedIterator<Item = &Pending> {
        self.outbox
            .entries()
            .iter()
            .filter(move |entry| entry.envelope.command.story() == Some(id))
    }

    fn drop_entries(&mut self, id: StoryId, which: impl Fn(&Pending) -> bool) {
        let names: Vec<_> = self
            .entries_of(id)
            .filter(|entry| which(entry))
            .map(|entry| entry.envelope.id)
            .collect();
        for name in names {
            self.outbox.discard(name);
        }
    }
}

fn brings(command: &Command) -> bool {
    matches!(command, Command::FinalizeStory(_))
}

fn revises(command: &Command) -> bool {
    matches!(command, Command::ReviseStory(_))
}

/// How it stands with what a teller changed in a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revising {
    /// It goes to the server.
    Waits,
    /// The server did not take it.
    Refused(Problem),
}

fn is_change_of(voice: Voice, command: &Command) -> bool {
    matches!(command, Command::ChangeConsent(change) if change.voice == voice)
}

/// What is known of a voice whose guardian said yes: they are asked anew before it is sent again (CO17).
fn younger(consent: &Consent) -> Option<Age> {
    consent.guardian.map(|_| Age::Younger { guardian: None })
}

#[cfg(test)]
mod tests;
