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
    /// A restore into this data folder has not ended.
    HalfRestored,
    /// The database is damaged, in SQLite's words.
    Unsound(String),
    /// The key file is missing or another database's.
    WrongKey,
    /// A newer version of this program made the database.
    Newer {
        /// Its form, a number that goes up.
        found: i32,
        /// The newest form this program knows.
        known: i32,
    },
    /// An older version of this program made the database, and this one was never started with it.
    Older,
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
            Self::HalfRestored => f.write_str(
                "a restore into this data folder was cut off before its end. Run the same `vertelpunt restore` again; until \
                 then nothing is served from it",
            ),
            Self::Unsound(what) => write!(
                f,
                "the database is damaged ({what}). Nothing was changed. `vertelpunt verify` says more; put a backup back"
            ),
            Self::WrongKey => f.write_str(
                "the file `key` in the data folder is missing or belongs to another database: with it no teller's code \
                 would work. Nothing was changed. Put the `key` back that lay beside this database",
            ),
            Self::Newer { found, known } => write!(
                f,
                "a newer version of vertelpunt made this data folder (form {found}; this one knows {known}). Nothing was \
                 changed. Start the newer version, or put back what is in the folder `before`"
            ),
            Self::Older => f.write_str(
                "an older version of vertelpunt made this data folder. Use that version, or start this one first",
            ),
            Self::Migration(error) => write!(
                f,
                "the database could not be brought to the form of this version ({error}). It is as it was before"
            ),
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
