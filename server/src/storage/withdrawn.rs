//! `withdrawn.log`: the stories that were taken back, one a line, outside the database. Restoring a backup never
//! replaces it, so that what a teller took back does not come back with an older database.
//!
//! A line holds what the database keeps of such a story, and nothing that anybody told: its id, its project, and the
//! keyed hashes of its keys, in hexadecimal, by which its tellers are told (SY19). Older lines hold the id alone.

use super::Error;
use domain::Sha256;
use domain::id::{ProjectId, StoryId};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The log's name in the data folder.
pub(crate) const NAME: &str = "withdrawn.log";
/// How many letters an id has.
const ID: usize = 36;

/// The keyed hash of a key, as stories keep it.
pub(super) type Stored = [u8; 32];

/// What is kept of a story that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Which story.
    pub story: StoryId,
    /// What a restored server needs to know of a story its copy does not have; lines of before this have none of it.
    pub(super) known: Option<Known>,
}

/// By what a restored server answers those who told a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) project: ProjectId,
    pub(super) owner: Stored,
    pub(super) upload: Stored,
    pub(super) second: Option<Stored>,
}

impl Withdrawn {
    fn line(&self) -> String {
        let mut line = self.story.to_string();
        if let Some(known) = &self.known {
            line = format!(
                "{line} {} {} {}",
                known.project,
                Sha256(known.owner).to_hex(),
                Sha256(known.upload).to_hex()
            );
            if let Some(second) = &known.second {
                line = format!("{line} {}", Sha256(*second).to_hex());
            }
        }
        line
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let story = words.next()?.parse().ok()?;
        let rest: Vec<&str> = words.collect();
        let known = match &rest[..] {
            [project, owner, upload, second @ ..] if second.len() < 2 => {
                let second = second.first().map(|second| stored(second));
                Some(Known {
                    project: project.parse().ok()?,
                    owner: stored(owner)?,
                    upload: stored(upload)?,
                    second: second.map_or(Some(None), |second| second.map(Some))?,
                })
            }
            _ => None,
        };
        Some(Self { story, known })
    }
}

/// The log of a data folder, and its double on another disk where there is one.
pub(super) struct Log(Vec<File>);

impl Log {
    pub(super) fn open(folder: &Path, double: Option<&Path>) -> Result<Self, Error> {
        let main = folder.join(NAME);
        let mut files = vec![appending(&main)?];
        if let Some(double) = double {
            // What was taken back before there was a double, or while its disk was away, is brought to it now.
            let mut file = appending(double)?;
            let (there, here) = (read(double)?, read(&main)?);
            let missing: Vec<_> = here
                .into_iter()
                .filter(|(story, _)| !there.contains_key(story))
                .map(|(_, line)| line)
                .collect();
            write(&mut file, &missing)?;
            files.push(file);
        }
        Ok(Self(files))
    }

    /// Every story ever added to the log of this folder.
    pub(super) fn read(folder: &Path) -> Result<Vec<Withdrawn>, Error> {
        Ok(read(&folder.join(NAME))?.into_values().collect())
    }

    /// Adds stories durably.
    pub(super) fn append(&mut self, stories: &[Withdrawn]) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|file| write(file, stories))
    }
}

/// Every story that any of these logs names, each with the most that is known of it.
///
/// # Errors
/// When one of them cannot be read; one that is not there names none.
pub(crate) fn merged(logs: &[&Path]) -> Result<String, Error> {
    let mut all = BTreeMap::new();
    for log in logs {
        for (story, withdrawn) in read(log)? {
            keep(&mut all, story, withdrawn);
        }
    }
    Ok(all.values().map(|withdrawn| withdrawn.line() + "\n").collect())
}

fn read(log: &Path) -> Result<BTreeMap<StoryId, Withdrawn>, Error> {
    let bytes = match std::fs::read(log) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::File(NAME, error)),
    };
    // What a machine that stopped left behind may be anything; its commit never came.
    let text = String::from_utf8_lossy(&bytes);
    let mut all = BTreeMap::new();
    for line in text.lines() {
        // Behind a line that was torn an older version wrote the next id, on the same line.
        let torn = || Withdrawn::read(line.get(line.len().checked_sub(ID)?..)?);
        if let Some(withdrawn) = Withdrawn::read(line).or_else(torn) {
            keep(&mut all, withdrawn.story, withdrawn);
        }
    }
    Ok(all)
}

fn keep(all: &mut BTreeMap<StoryId, Withdrawn>, story: StoryId, withdrawn: Withdrawn) {
    let known = all.get(&story).is_some_and(|known| known.known.is_some());
    if !known {
        all.insert(story, withdrawn);
    }
}

fn appending(path: &Path) -> Result<File, Error> {
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(path);
    let mut file = file.map_err(|error| Error::File(NAME, error))?;
    if ends_torn(&mut file).map_err(|error| Error::File(NAME, error))? {
        write_all(&mut file, "\n")?;
    }
    Ok(file)
}

/// Whether the last line was cut off.
fn ends_torn(file: &mut File) -> std::io::Result<bool> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != [b'\n'])
}

fn write(file: &mut File, stories: &[Withdrawn]) -> Result<(), Error> {
    let lines: String = stories.iter().map(|story| story.line() + "\n").collect();
    if lines.is_empty() {
        return Ok(());
    }
    write_all(file, &lines)
}

fn write_all(file: &mut File, text: &str) -> Result<(), Error> {
    let before = file.metadata().map(|about| about.len());
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
    written.map_err(|error| match error.kind() {
        // Like a commit that does not fit: nothing happened, and nothing is broken. What fits of a line may not stand
        // before the next one; where a machine stops here, the next start ends the line.
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            _ = before.and_then(|before| file.set_len(before));
            Error::Full
        }
        _ => Error::File(NAME, error),
    })
}

fn stored(hexadecimal: &str) -> Option<Stored> {
    hexadecimal.parse::<Sha256>().ok().map(|sum| sum.0)
}
