//! The authority's ledger over one write transaction.

use super::{Error, Keys, Tx, command, project, scope, story};
use domain::change::Change;
use domain::command::Command;
use domain::decide::{Facts, ProjectFacts, StoryFacts};
use domain::id::{CommandId, StoryId};
use domain::scope::touched;
use domain::sync::authority::{Brought, Ledger, Recorded};
use domain::time::Timestamp;

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
            Command::ChangeConsent(_) | Command::WithdrawStory(_) => None,
        };
        let project = project.map(|project| ProjectFacts {
            phase: project.phase,
            prompts: project.prompts.iter().map(|prompt| prompt.id).collect(),
            signifiers: project.signifiers,
            under_16: project.under_16,
            room: u64::MAX,
        });
        let story = match command.story() {
            Some(id) => story::facts(self.tx, id, self.keys)?,
            None => StoryFacts::Unknown,
        };
        Ok(Facts { project, story })
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        for change in changes {
            let lines = touched(&change);
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
                Change::StoryWithdrawn { story, .. } => story::withdraw(self.tx, story)?,
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
