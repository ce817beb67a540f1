//! `withdrawn.log`: the ids of withdrawn stories, one a line, outside the database. Restoring a backup never
//! replaces it, so that what a teller took back does not come back with an older database.

use super::Error;
use domain::id::StoryId;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const NAME: &str = "withdrawn.log";
/// How many letters an id has.
const ID: usize = 36;

pub(super) struct Log(File);

impl Log {
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NAME);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path);
        file.map(Self).map_err(|error| Error::File(NAME, error))
    }

    /// Every id ever added to the log of this folder.
    pub(super) fn read(folder: &Path) -> Result<Vec<StoryId>, Error> {
        let text = std::fs::read_to_string(folder.join(NAME)).map_err(|error| Error::File(NAME, error))?;
        // A line that was torn when the machine stopped is no id, and its commit never came; the next id stands behind it.
        let id = |line: &str| line.get(line.len().checked_sub(ID)?..)?.parse().ok();
        Ok(text.lines().filter_map(id).collect())
    }

    /// Adds ids durably. What of them fits on a full disk may stay: their tellers want it gone all the same.
    pub(super) fn append(&mut self, stories: &[StoryId]) -> Result<(), Error> {
        let lines: String = stories.iter().map(|story| format!("{story}\n")).collect();
        let written = self
            .0
            .write_all(lines.as_bytes())
            .and_then(|()| self.0.sync_data());
        written.map_err(|error| match error.kind() {
            // Like a commit that does not fit: nothing happened, and nothing is broken.
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full,
            _ => Error::File(NAME, error),
        })
    }
}
