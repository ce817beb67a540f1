//! The server's side: every command is carried out at most once, and every retry hears the same.

use crate::change::Change;
use crate::command::Command;
use crate::decide::{Facts, Sender, decide};
use crate::id::{CommandId, StoryId};
use crate::problem::Problem;
use crate::sync::protocol::{Acknowledgement, Envelope, Outcome, Verdict};
use crate::time::Timestamp;

/// What the authority needs of storage: one transaction, seen through five questions.
///
/// The server answers them from SQLite, the convergence tests from memory; both run [`receive`].
pub trait Ledger {
    /// What storage itself may fail with; it fails the whole request, and the phone tries again.
    type Error;

    /// The verdict an earlier request got for this command, without content.
    ///
    /// # Errors
    /// When storage cannot answer.
    fn verdict(&self, id: CommandId) -> Result<Option<Recorded>, Self::Error>;

    /// What is true of the things this command is about.
    ///
    /// # Errors
    /// When storage cannot answer.
    fn facts(&self, command: &Command) -> Result<Facts, Self::Error>;

    /// Makes the changes true and writes the lines of every scope they touch.
    ///
    /// # Errors
    /// When storage cannot; then nothing of this command stays.
    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Self::Error>;

    /// Remembers the verdict for at least 13 months.
    ///
    /// # Errors
    /// When storage cannot; then nothing of this command stays.
    fn record(&mut self, id: CommandId, recorded: &Recorded) -> Result<(), Self::Error>;

    /// What of a story is here.
    ///
    /// # Errors
    /// When storage cannot answer.
    fn brought(&self, story: StoryId) -> Result<Brought, Self::Error>;
}

/// What of a story that a command brought is here now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// Every byte.
    Whole(Acknowledgement),
    /// Its manifest; bytes of its clips are still to come (ME9).
    InPart,
    /// Nothing any more: it was taken back.
    Withdrawn,
}

/// A verdict as it is remembered: whether, not what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Carried out; for a command that brings a story, which.
    Committed {
        /// The story it brought.
        brought: Option<StoryId>,
    },
    /// Refused for good.
    Rejected {
        /// Why.
        problem: Problem,
    },
}

/// Carries out one pushed command inside one transaction.
///
/// # Errors
/// Only storage's own; a problem of the command is an outcome.
pub fn receive<L: Ledger>(
    ledger: &mut L,
    envelope: &Envelope,
    sender: Sender,
    now: Timestamp,
) -> Result<Outcome, L::Error> {
    let id = envelope.id;
    if let Some(recorded) = ledger.verdict(id)? {
        return Ok(Outcome {
            id,
            verdict: answer(ledger, recorded, true)?,
        });
    }
    let facts = ledger.facts(&envelope.command)?;
    let recorded = match decide(&envelope.command, &facts, sender, now) {
        Ok(changes) => {
            ledger.apply(changes)?;
            let brought = match &envelope.command {
                Command::FinalizeStory(finalize) => Some(finalize.story),
                _ => None,
            };
            Recorded::Committed { brought }
        }
        Err(problem) if !problem.is_remembered() => {
            return Ok(Outcome {
                id,
                verdict: Verdict::Rejected { problem },
            });
        }
        Err(problem) => Recorded::Rejected { problem },
    };
    ledger.record(id, &recorded)?;
    Ok(Outcome {
        id,
        verdict: answer(ledger, recorded, false)?,
    })
}

/// SY16: the outcome of a command behind one of the same story that could not be carried out for now: neither can
/// this one, so that what a person did happens in the order it was done in. To be asked before [`receive`], with
/// what came earlier in the same request.
pub fn held_up<'a>(
    earlier: impl IntoIterator<Item = (&'a Envelope, &'a Outcome)>,
    envelope: &Envelope,
) -> Option<Outcome> {
    let story = envelope.command.story()?;
    earlier
        .into_iter()
        .find_map(|(before, outcome)| match &outcome.verdict {
            Verdict::Rejected { problem }
                if problem.is_transient() && before.command.story() == Some(story) =>
            {
                Some(Outcome {
                    id: envelope.id,
                    verdict: outcome.verdict.clone(),
                })
            }
            _ => None,
        })
}

fn answer<L: Ledger>(ledger: &L, recorded: Recorded, already: bool) -> Result<Verdict, L::Error> {
    Ok(match recorded {
        Recorded::Committed { brought: None } => Verdict::Committed {
            already,
            acknowledgement: None,
        },
        Recorded::Committed { brought: Some(story) } => match ledger.brought(story)? {
            Brought::Whole(acknowledgement) => Verdict::Committed {
                already,
                acknowledgement: Some(acknowledgement),
            },
            Brought::InPart => Verdict::Committed {
                already,
                acknowledgement: None,
            },
            // SY1: it was brought and taken back since. Without saying so, the phone would offer it for ever.
            Brought::Withdrawn => Verdict::Rejected {
                problem: Problem::StoryWithdrawn,
            },
        },
        Recorded::Rejected { problem } => Verdict::Rejected { problem },
    })
}
