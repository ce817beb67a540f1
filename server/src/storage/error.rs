//! What storage itself may fail with. A rule that says no is not among them: that is a `Problem`.

use rusqlite::ErrorCode;

/// A failure of storage; nothing of the work it met stays behind.
#[derive(Debug)]
pub enum Error {
    /// The disk is full.
    Full,
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// The commit failed, and with it every write of its batch.
    Commit(String),
    /// The writer has ended.
    Stopped,
    /// A stored value is not one this code can have written.
    Damaged(&'static str),
    /// A file of the data folder cannot be used.
    File(&'static str, std::io::Error),
    /// Another server holds the data folder.
    Held,
    /// The database could not be brought to the present form.
    Migration(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full => f.write_str("the disk is full"),
            Self::Sqlite(error) => write!(f, "SQLite: {error}"),
            Self::Commit(error) => write!(f, "the commit failed: {error}"),
            Self::Stopped => f.write_str("the writer has stopped"),
            Self::Damaged(what) => write!(f, "damaged: {what}"),
            Self::File(what, error) => write!(f, "{what}: {error}"),
            Self::Held => f.write_str("another server is using this data folder"),
            Self::Migration(error) => write!(f, "the database could not be migrated: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}
