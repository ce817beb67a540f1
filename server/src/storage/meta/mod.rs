//! The one row about the database itself.

use super::{Error, Tx};
use domain::id::ProjectId;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

/// Goes up when the database was restored from a backup.
///
/// # Errors
/// When the database cannot be read.
pub fn epoch(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached(EPOCH)?.query_row([], |row| row.get(0))?)
}

/// Begins a new epoch. It is named by its moment, because the same backup may be put back twice, and counting alone would
/// give the same number again.
///
/// # Errors
/// When the database cannot be written.
pub fn begin_epoch(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(BEGIN_EPOCH)?
        .execute(named_params! {":now": now.0})?;
    Ok(())
}

/// The project this folder was given as a demonstration, if it was.
///
/// # Errors
/// When the database cannot be read.
pub fn demo(db: &Connection) -> Result<Option<ProjectId>, Error> {
    let demo: Option<Option<uuid::Uuid>> = db
        .prepare_cached(DEMO)?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(demo.flatten().map(ProjectId))
}

/// Remembers that this project is a demonstration.
///
/// # Errors
/// When the database cannot be written.
pub fn set_demo(tx: &Tx<'_>, project: ProjectId) -> Result<(), Error> {
    tx.prepare_cached(SET_DEMO)?
        .execute(named_params! {":project": project.0})?;
    Ok(())
}

/// What the key file of this database comes to; `None` before it was first seen.
///
/// # Errors
/// When the database cannot be read.
pub(super) fn key_check(db: &Connection) -> Result<Option<[u8; 32]>, Error> {
    Ok(db.query_row(KEY_CHECK, [], |row| row.get(0))?)
}

pub(super) fn set_key_check(db: &Connection, check: &[u8; 32]) -> Result<(), Error> {
    db.execute(SET_KEY_CHECK, named_params! {":check": check})?;
    Ok(())
}

/// When it was last looked for what is old, and when every byte was last held against its hash.
///
/// # Errors
/// When the database cannot be read.
pub fn rounds(db: &Connection) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
    let moment = |at: Option<i64>| at.map(Timestamp);
    Ok(db
        .prepare_cached(ROUNDS)?
        .query_row([], |row| Ok((moment(row.get(0)?), moment(row.get(1)?))))?)
}

/// It was looked for what is old.
///
/// # Errors
/// When the database cannot be written.
pub fn forgot(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(FORGOT)?
        .execute(named_params! {":now": now.0})?;
    Ok(())
}

/// Every byte was held against its hash.
///
/// # Errors
/// When the database cannot be written.
pub fn verified(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(VERIFIED)?
        .execute(named_params! {":now": now.0})?;
    Ok(())
}

const KEY_CHECK: &str = "SELECT key_check FROM meta";
const SET_KEY_CHECK: &str = "UPDATE meta SET key_check = :check";
const ROUNDS: &str = "SELECT last_forgot, last_verified FROM meta";
const FORGOT: &str = "UPDATE meta SET last_forgot = :now";
const VERIFIED: &str = "UPDATE meta SET last_verified = :now";
const EPOCH: &str = "SELECT epoch FROM meta";
const BEGIN_EPOCH: &str = "UPDATE meta SET epoch = max(epoch + 1, :now)";
const DEMO: &str = "SELECT demo FROM meta";
const SET_DEMO: &str = "UPDATE meta SET demo = :project";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    EPOCH,
    BEGIN_EPOCH,
    DEMO,
    SET_DEMO,
    KEY_CHECK,
    SET_KEY_CHECK,
    ROUNDS,
    FORGOT,
    VERIFIED,
];
