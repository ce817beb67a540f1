//! The one row about the database itself.

use super::{Error, Tx};
use domain::id::ProjectId;
use rusqlite::{Connection, OptionalExtension, named_params};

/// Counts up when the database was restored from a backup.
///
/// # Errors
/// When the database cannot be read.
pub fn epoch(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached(EPOCH)?.query_row([], |row| row.get(0))?)
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

const EPOCH: &str = "SELECT epoch FROM meta";
const DEMO: &str = "SELECT demo FROM meta";
const SET_DEMO: &str = "UPDATE meta SET demo = :project";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[EPOCH, DEMO, SET_DEMO];
