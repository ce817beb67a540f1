//! The authority's ledger over one write transaction.

use super::{Error, Keys, Reading, Tx, clip, command, heard, lease, project, scope, story};
use domain::change::Change;
use domain::command::Command;
use domain::decide::{Facts, ProjectFacts, StoryFacts, arrive};
use domain::id::{ClipId, CommandId, StoryId};
use domain::scope::{mark_line, touched};
use domain::sync::authority::{Brought, Ledger, Recorded};
use domain::sync::protocol::{Outcome, Verdict};
use domain::time::Timestamp;

/// SY1: the outcome of a command that brought a story, once every byte of it is here; `None` in every other case, which
/// is then for [`receive`](domain::sync::authority::receive) to say.
///
/// # Errors
/// When the database cannot be read.
pub fn acknowledged(db: &Reading, id: CommandId) -> Result<Option<Outcome>, Error> {
    let Some(Recorded::Committed { brought: Some(story) }) = command::verdict(db, id)? else {
        return Ok(None);
    };
    Ok(match story::brought(db, story)? {
        Brought::Whole(acknowledgement) => Some(Outcome {
            id,
            verdict: Verdict::Committed {
                already: true,
                acknowledgement: Some(acknowledgement),
            },
        }),
        Brought::InPart | Brought::Withdrawn => None,
    })
}

/// One transaction, as the sync engine sees it.
pub struct TxLedger<'a> {
    tx: &'a Tx<'a>,
    keys: &'a Keys,
    now: Timestamp,
}

impl<'a> TxLedger<'a> {
    /// Opens the ledger for a request with these keys at this moment.
    pub fn new(tx: &'a Tx<'a>, keys: &'a Keys, now: Timestamp) -> Self {
        Self { tx, keys, now }
    }

    /// ME9, ME14: every byte of a clip is here. Says so, and when it was the last of its story, what follows from that by
    /// the consent of this moment. False when the story was taken back meanwhile.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn clip_arrived(&mut self, id: ClipId) -> Result<bool, Error> {
        let Some(story) = clip::story(self.tx, id)? else {
            return Ok(false);
        };
        let before = story::facts(self.tx, story, self.keys)?;
        clip::arrived(self.tx, id)?;
        if story::is_whole(self.tx, story)? {
            self.apply(arrive(story, &before).into_iter().collect())?;
        }
        Ok(true)
    }

    /// ME8: how many bytes may still be promised to a story. What is only written is not counted, but takes none of the
    /// room that taking back may need (ME17).
    fn room(&self, command: &Command) -> Result<u64, Error> {
        match command {
            Command::FinalizeStory(finalize) if !finalize.content.clips.is_empty() => {
                let (tx, quotas) = (self.tx, self.tx.store.quotas);
                let entry = finalize.origin.entry.as_ref();
                let through_entry = || entry.map_or(Ok(0), |entry| clip::promised_by(tx, entry));
                let on_disk = tx.store.room_for_clips(clip::coming(tx)?);
                Ok(on_disk
                    .min(left(quotas.total, || clip::promised(tx))?)
                    .min(left(quotas.per_entry, through_entry)?))
            }
            Command::FinalizeStory(_) => Ok(self.tx.store.room_for_words()),
            _ => Ok(u64::MAX),
        }
    }

    /// ME21: whether a manifest names a clip that came with a manifest before.
    fn names_a_clip_of_a_story(&self, command: &Command) -> Result<bool, Error> {
        let Command::FinalizeStory(finalize) = command else {
            return Ok(false);
        };
        for clip in &finalize.content.clips {
            if clip::story(self.tx, clip.id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What is left of a quota. What is taken of it is a sum over many clips, so it is only asked where there is one.
fn left(quota: Option<u64>, taken: impl FnOnce() -> Result<u64, Error>) -> Result<u64, Error> {
    quota.map_or(Ok(u64::MAX), |quota| Ok(quota.saturating_sub(taken()?)))
}

impl Ledger for TxLedger<'_> {
    type Error = Error;

    fn verdict(&self, id: CommandId) -> Result<Option<Recorded>, Error> {
        command::verdict(self.tx, id)
    }

    fn facts(&self, command: &Command) -> Result<Facts, Error> {
        let project = match command {
            Command::FinalizeStory(finalize) => project::by_id(self.tx, finalize.origin.project)?,
            Command::CreateProject(project) => {
                let mut taken = project::by_id(self.tx, project.id)?;
                for entry in &project.entries {
                    taken = taken.or(project::by_entry(self.tx, &entry.code)?);
                }
                taken
            }
            Command::ChangeConsent(_)
            | Command::ReviseStory(_)
            | Command::WithdrawStory(_)
            | Command::MarkHeard(_)
            | Command::MarkUnheard(_) => None,
        };
        let room = self.room(command)?;
        let clips_taken = self.names_a_clip_of_a_story(command)?;
        let project = project.map(|project| ProjectFacts {
            phase: project.phase,
            prompts: project.prompts.iter().map(|prompt| prompt.id).collect(),
            signifiers: project.signifiers,
            under_16: project.under_16,
            room,
            clip_limit: self.tx.store.max_size(),
            clips_taken,
        });
        let story = match command.story() {
            Some(id) => story::facts(self.tx, id, self.keys)?,
            None => StoryFacts::Unknown,
        };
        let told = match command {
            Command::ReviseStory(revise) => story::told(self.tx, revise.story)?,
            _ => None,
        };
        Ok(Facts { project, story, told })
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        for change in changes {
            let mut lines = touched(&change);
            match change {
                Change::ProjectCreated(project) => project::insert(self.tx, &project)?,
                Change::StoryReceived(received) => story::insert(self.tx, *received, self.now)?,
                Change::ConsentChanged {
                    story,
                    voice,
                    consent,
                    ..
                } => {
                    story::change_consent(self.tx, story, voice, &consent, self.now)?;
                }
                // The clips say it themselves.
                Change::StoryArrived { .. } => {}
                Change::StoryRevised {
                    story, told, consent, ..
                } => story::revise(self.tx, story, *told, &consent)?,
                Change::StoryWithdrawn { story, .. } => {
                    let marked_by = heard::forget(self.tx, story)?;
                    lines.extend(
                        marked_by
                            .into_iter()
                            .map(|member| mark_line(member, story, false)),
                    );
                    story::withdraw(self.tx, story)?;
                    lease::taken_back(self.tx, story, self.now)?;
                }
                Change::StoryMarked { story, member, heard } => {
                    // HE1: what was so already is no news.
                    if !heard::set(self.tx, member, story, heard)? {
                        continue;
                    }
                }
            }
            for line in lines {
                scope::write(self.tx, &line, self.now)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, id: CommandId, recorded: &Recorded) -> Result<(), Error> {
        command::record(self.tx, id, recorded, self.now)
    }

    fn brought(&self, story: StoryId) -> Result<Brought, Error> {
        story::brought(self.tx, story)
    }
}
