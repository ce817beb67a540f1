//! Which stories a member heard: their own marks, nobody else's business, and gone with the story.

use super::{Error, Tx};
use domain::id::{MemberId, StoryId};
use rusqlite::{Connection, named_params};

/// Puts a member's mark on a story, or takes it off. False when it was so already.
///
/// # Errors
/// When the database cannot be written.
pub fn set(tx: &Tx<'_>, member: MemberId, story: StoryId, heard: bool) -> Result<bool, Error> {
    let mark = named_params! {":member": member.0, ":story": story.0};
    let sql = if heard { INSERT } else { DELETE };
    Ok(tx.prepare_cached(sql)?.execute(mark)? > 0)
}

/// Takes every mark off a story; whose they were.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx<'_>, story: StoryId) -> Result<Vec<MemberId>, Error> {
    let mut statement = tx.prepare_cached(FORGET)?;
    let members = statement.query_map(named_params! {":story": story.0}, |row| row.get(0).map(MemberId))?;
    Ok(members.collect::<Result<_, _>>()?)
}

/// How many members marked a story.
///
/// # Errors
/// When the database cannot be read.
pub fn count(db: &Connection, story: StoryId) -> Result<u32, Error> {
    let mut statement = db.prepare_cached(COUNT)?;
    Ok(statement.query_row(named_params! {":story": story.0}, |row| row.get(0))?)
}

const INSERT: &str = "INSERT INTO heard (member, story) VALUES (:member, :story) ON CONFLICT DO NOTHING";
const DELETE: &str = "DELETE FROM heard WHERE member = :member AND story = :story";
const COUNT: &str = "SELECT count(*) FROM heard WHERE story = :story";
const FORGET: &str = "DELETE FROM heard WHERE story = :story RETURNING member";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, DELETE, COUNT, FORGET];
