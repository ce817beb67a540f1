//! Which stories are held back, by whom and why: for managers alone, and gone with the story.

use super::{Error, Tx, from_word, word};
use domain::id::{MemberId, StoryId};
use domain::time::Timestamp;
use domain::withheld::Withheld;
use rusqlite::{Connection, OptionalExtension, named_params};

/// Holds a story back, or says otherwise why.
///
/// # Errors
/// When the database cannot be written.
pub fn put(tx: &Tx<'_>, story: StoryId, withheld: &Withheld) -> Result<(), Error> {
    tx.prepare_cached(PUT)?.execute(named_params! {
        ":story": story.0, ":ground": word(&withheld.ground)?, ":note": withheld.note, ":member": withheld.by.0,
        ":role": word(&withheld.role)?, ":at": withheld.at.0,
    })?;
    Ok(())
}

/// Forgets that a story was held back: it is let through, or it goes.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx<'_>, story: StoryId) -> Result<(), Error> {
    tx.prepare_cached(FORGET)?
        .execute(named_params! {":story": story.0})?;
    Ok(())
}

/// By whom and why a story is held back; `None` when it is not.
///
/// # Errors
/// When the database cannot be read.
pub fn of_story(db: &Connection, story: StoryId) -> Result<Option<Withheld>, Error> {
    let mut statement = db.prepare_cached(OF_STORY)?;
    let row = statement.query_row(named_params! {":story": story.0}, |row| {
        Ok((
            row.get::<_, String>("ground")?,
            row.get("note")?,
            MemberId(row.get("member")?),
            row.get::<_, String>("role")?,
            Timestamp(row.get("at")?),
        ))
    });
    let Some((ground, note, by, role, at)) = row.optional()? else {
        return Ok(None);
    };
    Ok(Some(Withheld {
        ground: from_word(&ground)?,
        note,
        by,
        role: from_word(&role)?,
        at,
    }))
}

const PUT: &str = include_str!("put.sql");
const FORGET: &str = "DELETE FROM withheld WHERE story = :story";
const OF_STORY: &str = "SELECT * FROM withheld WHERE story = :story";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, FORGET, OF_STORY];
