//! The copy of the database that is made before it is brought to a new form, so that the version of before can go on
//! from it. There is one at most. It holds stories, so it goes with the first that is taken back, and after a week.

use super::Error;
use crate::durable::{gone, sync_folder};
use domain::time::{Span, Timestamp};
use rusqlite::Connection;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// How long a copy of before a migration is kept.
pub const KEPT: Span = Span::days(7);
const FOLDER: &str = "before";

/// Copies a database into one file, with nothing in it of what was deleted. Readers and writers go on meanwhile.
pub(super) fn copy(connection: &Connection, to: &Path) -> Result<(), Error> {
    let failed = |error| Error::File("the copy of the database", error);
    // SQLite would make it for everybody to read; into one that is there and empty it writes.
    gone(fs::remove_file(to)).map_err(failed)?;
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to);
    let file = made.map_err(failed)?;
    let name = to.to_str().ok_or(Error::Damaged("a path is not text"))?;
    // Else stale pieces of stories are left in the gaps of the copy's pages, and stay when the story itself is taken back.
    connection.execute_batch("PRAGMA secure_delete = ON;")?;
    let copied = connection.execute(COPY, [name]).map_err(Error::from);
    let copied = copied.and_then(|_| file.sync_all().map_err(failed));
    copied.inspect_err(|_| _ = fs::remove_file(to))
}

/// Keeps the database as it is at this version, in place of what was kept before.
pub(super) fn keep(connection: &Connection, data: &Path, version: i32) -> Result<(), Error> {
    let failed = |error| Error::File("the copy of before the migration", error);
    let folder = data.join(FOLDER);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(failed)?;
    let (part, name) = (folder.join("part"), format!("version-{version}.sqlite"));
    copy(connection, &part)?;
    let placed = fs::rename(&part, folder.join(&name)).and_then(|()| sync_folder(&folder));
    placed.map_err(failed)?;
    for old in kept(data).map_err(failed)? {
        if !old.ends_with(&name) {
            gone(fs::remove_file(old)).map_err(failed)?;
        }
    }
    Ok(())
}

/// Removes every copy.
///
/// # Errors
/// When the disk will not.
pub(super) fn forget(data: &Path) -> io::Result<()> {
    kept(data)?
        .into_iter()
        .try_for_each(|copy| gone(fs::remove_file(copy)))
}

/// Removes copies that were kept long enough.
///
/// # Errors
/// When the disk will not.
pub fn forget_old(data: &Path, now: Timestamp) -> io::Result<()> {
    for copy in kept(data)? {
        let made = fs::metadata(&copy)?
            .modified()?
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let made = Timestamp(i64::try_from(made.as_millis()).unwrap_or(i64::MAX));
        if now.since(made) >= KEPT {
            gone(fs::remove_file(copy))?;
        }
    }
    Ok(())
}

/// The copies in a data folder, and what a kill left half made.
fn kept(data: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(data.join(FOLDER)) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

const COPY: &str = "VACUUM INTO ?1";
