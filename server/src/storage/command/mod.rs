//! What became of every command: enough for any retry to hear the same, and no content.

use super::{Error, Tx, day, kept, parsed};
use domain::id::{CommandId, StoryId};
use domain::sync::authority::Recorded;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

/// The verdict an earlier request got for this command.
///
/// # Errors
/// When the database cannot be read.
pub fn verdict(db: &Connection, id: CommandId) -> Result<Option<Recorded>, Error> {
    let row = db
        .prepare_cached(VERDICT)?
        .query_row(named_params! {":id": id.0}, |row| {
            Ok((
                row.get::<_, Option<uuid::Uuid>>("brought")?,
                row.get::<_, Option<String>>("problem")?,
            ))
        });
    row.optional()?.map(from_row).transpose()
}

fn from_row((brought, problem): (Option<uuid::Uuid>, Option<String>)) -> Result<Recorded, Error> {
    Ok(match problem {
        Some(problem) => Recorded::Rejected {
            problem: parsed(&problem)?,
        },
        None => Recorded::Committed {
            brought: brought.map(StoryId),
        },
    })
}

/// Remembers a verdict. Of the moment only the day is kept: more would tie together what one phone sent.
///
/// # Errors
/// When the database cannot be written.
pub fn record(tx: &Tx<'_>, id: CommandId, recorded: &Recorded, now: Timestamp) -> Result<(), Error> {
    let (verdict, brought, problem) = match recorded {
        Recorded::Committed { brought } => ("committed", brought.map(|story| story.0), None),
        Recorded::Rejected { problem } => ("rejected", None, Some(kept(problem)?)),
    };
    tx.prepare_cached(RECORD)?.execute(named_params! {
        ":id": id.0, ":verdict": verdict, ":brought": brought, ":problem": problem,
        ":day": day(now),
    })?;
    Ok(())
}

/// Forgets the verdicts of before this moment: no phone keeps a command that long without sending it.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx<'_>, before: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(FORGET)?
        .execute(named_params! {":day": day(before)})?;
    Ok(())
}

const VERDICT: &str = "SELECT brought, problem FROM command WHERE id = :id";
const RECORD: &str = include_str!("record.sql");
const FORGET: &str = "DELETE FROM command WHERE day < :day";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[VERDICT, RECORD, FORGET];
