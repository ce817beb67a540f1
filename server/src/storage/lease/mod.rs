//! What staff took along to devices (LE): which stories, under which sign-in, until when. No content; it goes with the
//! sign-out, with the story and with its end.

use super::{Error, Tx};
use domain::Sha256;
use domain::id::StoryId;
use domain::time::Timestamp;
use rusqlite::{OptionalExtension, named_params};

/// Notes that this sign-in holds these stories until `ends_at`, and no others (LE2).
///
/// # Errors
/// When the database cannot be written.
pub fn give(tx: &Tx<'_>, token: Sha256, stories: &[StoryId], ends_at: Timestamp) -> Result<(), Error> {
    end(tx, token)?;
    let mut insert = tx.prepare_cached(INSERT)?;
    for story in stories {
        insert.execute(named_params! {":sign_in": token.0, ":story": story.0, ":ends": ends_at.0})?;
    }
    Ok(())
}

/// The device of this sign-in holds nothing any more.
///
/// # Errors
/// When the database cannot be written.
pub fn end(tx: &Tx<'_>, token: Sha256) -> Result<(), Error> {
    tx.prepare_cached(END)?
        .execute(named_params! {":sign_in": token.0})?;
    Ok(())
}

/// LE6: a story is taken back. Forgets who holds it, and keeps with what stays of the story until when somebody out of
/// reach may.
///
/// # Errors
/// When the database cannot be written.
pub fn taken_back(tx: &Tx<'_>, story: StoryId, now: Timestamp) -> Result<(), Error> {
    let of = named_params! {":story": story.0, ":now": now.0};
    let until: Option<i64> = tx
        .prepare_cached(LAST)?
        .query_row(of, |row| row.get(0))
        .optional()?
        .flatten();
    tx.prepare_cached(FORGET_STORY)?
        .execute(named_params! {":story": story.0})?;
    if until.is_some() {
        tx.prepare_cached(KEEP)?
            .execute(named_params! {":story": story.0, ":until": until})?;
    }
    Ok(())
}

/// Forgets what is over by now.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(FORGET)?
        .execute(named_params! {":now": now.0})?;
    tx.prepare_cached(FORGET_KEPT)?
        .execute(named_params! {":now": now.0})?;
    Ok(())
}

const INSERT: &str = "INSERT INTO lease (sign_in, story, ends_at) VALUES (:sign_in, :story, :ends)";
const END: &str = "DELETE FROM lease WHERE sign_in = :sign_in";
const LAST: &str = "SELECT max(ends_at) FROM lease WHERE story = :story AND ends_at > :now";
const FORGET_STORY: &str = "DELETE FROM lease WHERE story = :story";
const KEEP: &str = "UPDATE story SET held_until = :until WHERE id = :story";
const FORGET: &str = "DELETE FROM lease WHERE ends_at <= :now";
const FORGET_KEPT: &str = "UPDATE story SET held_until = NULL WHERE held_until <= :now";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, END, LAST, FORGET_STORY, KEEP, FORGET, FORGET_KEPT];
