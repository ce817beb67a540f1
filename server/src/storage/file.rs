//! The database file and the folder around it.

use super::{Error, copies};
use rusqlite::{Connection, OpenFlags};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// The name of the database in the data folder.
pub(crate) const NAME: &str = "vertelpunt.sqlite";
/// Where a restore unpacks, inside the folder it is for; there as long as it has not ended.
pub(crate) const RESTORING: &str = ".restoring";

mod migrations {
    refinery::embed_migrations!("src/storage/migrations");
}

/// Makes the folder if there is none and holds it for this process.
pub(super) fn claim(folder: &Path) -> Result<File, Error> {
    let failed = |error| Error::File("the data folder", error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    if folder.join(RESTORING).exists() {
        return Err(Error::HalfRestored);
    }
    let path = folder.join("lock");
    let lock = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Held),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Opens the one connection that writes, and brings the database to the present form.
pub(super) fn open_for_writing(folder: &Path) -> Result<Connection, Error> {
    let mut connection = connect(&folder.join(NAME))?;
    bring_up_to_date(&mut connection, folder)?;
    Ok(connection)
}

/// Opens the database as it is.
pub(super) fn connect(path: &Path) -> Result<Connection, Error> {
    let made = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    made.map_err(|error| Error::File("the database file", error))?;
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    // FULL: a commit that was answered survives a power cut. secure_delete: what is deleted is overwritten.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(Duration::from_millis(250))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Nothing that was told may be spilled to a temporary file.
    connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
    Ok(())
}

/// A database as it was before the later migrations.
#[cfg(test)]
pub(super) fn migrate_to(connection: &mut Connection, version: i32) -> Result<(), Error> {
    let runner = migrations::migrations::runner().set_target(refinery::Target::Version(version));
    let done = runner.run(connection);
    done.map(|_| ())
        .map_err(|error| Error::Migration(error.to_string()))
}

/// Looks whether the database is sound, and brings it to the present form: all of the way in one transaction, or not at
/// all. What it was before is kept beside it.
pub(super) fn bring_up_to_date(connection: &mut Connection, folder: &Path) -> Result<(), Error> {
    let unsound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if unsound != "ok" {
        return Err(Error::Unsound(unsound));
    }
    let (found, known) = (version(connection)?, newest());
    if found > known {
        return Err(Error::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        copies::keep(connection, folder, found)?;
    }
    migrate(connection)
}

/// The form a database is in; 0 when there is nothing in it.
pub(super) fn version(connection: &Connection) -> Result<i32, Error> {
    if connection.table_exists(None, HISTORY)? {
        let version = format!("SELECT coalesce(max(version), 0) FROM {HISTORY}");
        Ok(connection.query_row(&version, [], |row| row.get(0))?)
    } else {
        Ok(0)
    }
}

/// The forms there ever were.
pub(super) fn versions() -> Vec<i32> {
    let runner = migrations::migrations::runner();
    let migrations = runner.get_migrations().iter();
    migrations.map(|migration| migration.version()).collect()
}

/// The newest form this code knows.
pub(super) fn newest() -> i32 {
    versions().into_iter().max().unwrap_or_default()
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let done = migrations::migrations::runner().set_grouped(true).run(connection);
    done.map(|_| ())
        .map_err(|error| Error::Migration(error.to_string()))
}

/// Where the migrations that were done are kept.
const HISTORY: &str = "refinery_schema_history";
