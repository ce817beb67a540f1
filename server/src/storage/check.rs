//! Looking at a data folder that a server may be using, without changing anything in it.

use super::derivative::{self, Kept};
use super::{Error, copies, file};
use domain::id::StoryId;
use std::collections::BTreeSet;
use std::path::Path;

/// What the database says of itself and of what must be on the disk beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What is wrong with the database, in SQLite's words; empty when it is sound.
    pub damage: Vec<String>,
    /// Every clip that arrived.
    pub clips: Vec<Kept>,
    /// Every story that was not taken back.
    pub stories: BTreeSet<StoryId>,
}

/// Reads a whole database to see whether it is sound, and what clips it knows.
///
/// # Errors
/// When it cannot be opened or read at all.
pub fn examine(folder: &Path) -> Result<Examined, Error> {
    let mut connection = open(folder)?;
    let db = connection.transaction()?;
    let mut damage = db
        .prepare("PRAGMA quick_check")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    damage.retain(|line| line != "ok");
    let mut statement = db.prepare("PRAGMA foreign_key_check")?;
    let orphans = statement.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} belongs to no row of {parent}"))
    })?;
    damage.extend(orphans.collect::<Result<Vec<_>, _>>()?);
    let clips = derivative::all(&db)?;
    let mut statement = db.prepare(STORIES)?;
    let stories = statement.query_map([], |row| row.get(0).map(StoryId))?;
    let stories = stories.collect::<Result<_, _>>()?;
    Ok(Examined {
        damage,
        clips,
        stories,
    })
}

/// A copy of a database of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Every clip that had arrived.
    pub clips: Vec<Kept>,
    /// How long the copy is, in bytes.
    pub length: u64,
}

/// Copies the database of a data folder as it is at one moment, while a server may go on.
///
/// # Errors
/// When it cannot be read, another version made it, or the copy cannot be written.
pub fn snapshot(folder: &Path, to: &Path) -> Result<Snapshot, Error> {
    let db = open(folder)?;
    match (file::version(&db)?, file::newest()) {
        (found, known) if found > known => return Err(Error::Newer { found, known }),
        (found, known) if found < known => return Err(Error::Older),
        _ => {}
    }
    // SQLite counts writing into another file as writing.
    db.execute_batch("PRAGMA query_only = OFF;")?;
    copies::copy(&db, to)?;
    let length = std::fs::metadata(to).map_err(|error| Error::File("the copy of the database", error))?;
    let copy = file::open_for_reading(to)?;
    Ok(Snapshot {
        clips: derivative::all(&copy)?,
        length: length.len(),
    })
}

/// The clips that have arrived by now.
///
/// # Errors
/// When the database cannot be read.
pub fn clips(folder: &Path) -> Result<Vec<Kept>, Error> {
    derivative::all(&open(folder)?)
}

const STORIES: &str = "SELECT id FROM story WHERE state = 'finalized'";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[STORIES];

fn open(folder: &Path) -> Result<rusqlite::Connection, Error> {
    let path = folder.join(file::NAME);
    // Opening would make one.
    std::fs::metadata(&path).map_err(|error| Error::File("the database file", error))?;
    file::open_for_reading(&path)
}
