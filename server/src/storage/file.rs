//! The database file and the folder around it.

use super::Error;
use rusqlite::{Connection, OpenFlags};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

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
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, Error> {
    let made = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    made.map_err(|error| Error::File("the database file", error))?;
    let mut connection = Connection::open(path)?;
    prepare(&connection)?;
    // FULL: a commit that was answered survives a power cut. secure_delete: what is deleted is overwritten.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    migrate(&mut connection)?;
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

pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let done = migrations::migrations::runner().run(connection);
    done.map(|_| ())
        .map_err(|error| Error::Migration(error.to_string()))
}
