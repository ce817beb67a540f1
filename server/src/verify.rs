//! `vertelpunt verify`: whether everything that must be there is there, byte for byte. Works beside a server that is
//! running, because it changes nothing and looks again at whatever seems wrong: meanwhile it may have come, or gone.

use crate::media::{Quotas, Store, disk::LocalDisk};
use crate::storage::check::{clips, examine};
use crate::storage::derivative::Kept;
use crate::storage::{Db, Error};
use domain::id::ClipId;
use domain::{Sha256, id::StoryId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// Something that is not as it must be. Ids are random and name nobody; they are what one finds a backup's file by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The database itself, in SQLite's words.
    Database(String),
    /// What a phone brought is not on the disk.
    Missing(StoryId, ClipId),
    /// What a phone brought is on the disk with other bytes.
    Changed(StoryId, ClipId),
    /// What others are handed out is not on the disk as it was made.
    Derivative(StoryId, ClipId),
    /// A file that belongs to no story.
    Stray(ClipId),
    /// A file that cannot be read.
    Unreadable(StoryId, ClipId, ErrorKind),
    /// A story that its teller took back is there.
    Back(StoryId),
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(what) => write!(f, "The database is damaged ({what}). Put a backup back."),
            Self::Missing(story, clip) => write!(
                f,
                "Story {story}: clip {clip} is in the database and not on the disk. Put the file back from a backup."
            ),
            Self::Changed(story, clip) => write!(
                f,
                "Story {story}: clip {clip} is not the bytes that arrived. Put the file back from a backup."
            ),
            Self::Derivative(story, clip) => write!(
                f,
                "Story {story}: what is played of clip {clip} is not what was made. Remove the file media/derived/{clip}; \
                 it is made again."
            ),
            Self::Stray(clip) => write!(
                f,
                "The file of clip {clip} belongs to no story. The next start of the server removes it."
            ),
            Self::Unreadable(story, clip, error) => {
                write!(
                    f,
                    "Story {story}: a file of clip {clip} cannot be read ({error})."
                )
            }
            Self::Back(story) => write!(
                f,
                "Story {story} was taken back and is there again. Run `vertelpunt restored`."
            ),
        }
    }
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many clips there are.
    pub clips: usize,
    /// What is not as it must be.
    pub wrong: Vec<Wrong>,
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for wrong in &self.wrong {
            writeln!(f, "{wrong}")?;
        }
        match self.wrong.len() {
            0 => writeln!(
                f,
                "Everything is there: the database and the bytes of {} clips.",
                self.clips
            ),
            wrong => writeln!(f, "{wrong} of these among the database and {} clips.", self.clips),
        }
    }
}

/// Looks at everything in a data folder.
///
/// # Errors
/// When there is no data folder, or its database cannot be read at all.
pub fn verify(folder: &Path) -> Result<Report, Error> {
    let store = Store::new(folder, Arc::new(LocalDisk), Quotas::default());
    let examined = examine(folder)?;
    let failed = |error| Error::File("the media folder", error);
    let mut found: Vec<(ClipId, Wrong)> = Vec::new();
    for kept in &examined.clips {
        found.extend(look(&store, kept).map(|wrong| (kept.clip, wrong)));
    }
    let files = store.all_named().map_err(failed)?;
    // What seems wrong is looked at again: a clip may have come or gone since the database was read.
    let now: BTreeMap<ClipId, Kept> = clips(folder)?.into_iter().map(|kept| (kept.clip, kept)).collect();
    found.retain(|(clip, _)| now.get(clip).is_some_and(|kept| look(&store, kept).is_some()));
    let stray = files
        .into_iter()
        .filter(|(clip, path)| !now.contains_key(clip) && path.exists());
    let mut wrong: Vec<Wrong> = examined.damage.into_iter().map(Wrong::Database).collect();
    wrong.extend(found.into_iter().map(|(_, wrong)| wrong));
    wrong.extend(stray.map(|(clip, _)| Wrong::Stray(clip)));
    let back = Db::withdrawn(folder)?
        .into_iter()
        .map(|withdrawn| withdrawn.story);
    let back = back.collect::<BTreeSet<_>>();
    let back = back.intersection(&examined.stories).copied();
    wrong.extend(back.map(Wrong::Back));
    Ok(Report {
        clips: now.len(),
        wrong,
    })
}

fn look(store: &Store, kept: &Kept) -> Option<Wrong> {
    let (story, clip) = (kept.story, kept.clip);
    match hash(&store.whole(clip)) {
        Ok(Some(found)) if found == kept.sha256 => {}
        Ok(Some(_)) => return Some(Wrong::Changed(story, clip)),
        Ok(None) => return Some(Wrong::Missing(story, clip)),
        Err(error) => return Some(Wrong::Unreadable(story, clip, error.kind())),
    }
    let derived = kept.derived?;
    match hash(&store.derived(clip)) {
        Ok(Some(found)) if found == derived => None,
        Ok(_) => Some(Wrong::Derivative(story, clip)),
        Err(error) => Some(Wrong::Unreadable(story, clip, error.kind())),
    }
}

/// The hash of a file; `None` when there is none.
fn hash(path: &Path) -> io::Result<Option<Sha256>> {
    match fs::File::open(path) {
        Ok(file) => Ok(Some(crate::media::hash(&file)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
