//! Where the bytes of clips are: `media/incoming/{clip}` while they come, `media/{first two digits}/{clip}` once they are
//! whole, `media/derived/{clip}` what others are handed out. No story shares bytes with another, so erasing one touches
//! no other.

use super::Failure;
use super::disk::{Disk, FromStart, OpenFile};
use super::room::Quotas;
use super::turn::Turns;
use crate::storage::Error;
use domain::id::ClipId;
use domain::time::Timestamp;
use sha2::Digest;
use std::collections::HashSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The bytes of clips on one disk. What was taken back is refused from then on, so that a request that began before
/// leaves nothing behind.
pub struct Store {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    pub(crate) quotas: Quotas,
    pub(super) turns: Arc<Turns>,
    /// Clips taken back while this process runs; their ids are random and never come again.
    gone: Mutex<HashSet<ClipId>>,
    failed: watch::Sender<bool>,
}

/// The bytes of one clip that are coming.
pub(super) struct Incoming {
    pub(super) file: Arc<dyn OpenFile>,
    pub(super) length: u64,
}

impl Store {
    /// The store below a data folder.
    pub fn new(data: &Path, disk: Arc<dyn Disk>, quotas: Quotas) -> Self {
        Self {
            folder: data.join("media"),
            disk,
            quotas,
            turns: Arc::default(),
            gone: Mutex::default(),
            failed: watch::Sender::new(false),
        }
    }

    /// Makes its folders.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        let made = self.disk.make_folder(&self.incoming_folder());
        let folders = (0..=u8::MAX).map(|first| self.folder.join(format!("{first:02x}")));
        let made = made.and_then(|()| {
            folders
                .into_iter()
                .try_for_each(|folder| self.disk.make_folder(&folder))
        });
        made.and_then(|()| self.disk.sync_folder(&self.folder))
            .and_then(|()| {
                self.folder
                    .parent()
                    .map_or(Ok(()), |data| self.disk.sync_folder(data))
            })
            .map_err(|error| Error::File("the media folder", error))
    }

    /// The most bytes of one clip.
    pub(crate) fn max_size(&self) -> u64 {
        self.quotas.each
    }

    pub(super) fn incoming_folder(&self) -> PathBuf {
        self.folder.join("incoming")
    }

    pub(super) fn folder_of(&self, clip: ClipId) -> PathBuf {
        self.folder.join(&clip.to_string()[..2])
    }

    fn incoming(&self, clip: ClipId) -> PathBuf {
        self.incoming_folder().join(clip.to_string())
    }

    /// Where the whole bytes of a clip are.
    pub fn whole(&self, clip: ClipId) -> PathBuf {
        self.folder_of(clip).join(clip.to_string())
    }

    /// Where what others are handed out of a clip is.
    pub fn derived(&self, clip: ClipId) -> PathBuf {
        self.derived_folder().join(clip.to_string())
    }

    pub(super) fn derived_folder(&self) -> PathBuf {
        self.folder.join("derived")
    }

    pub(super) fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.make_folder(folder)
    }

    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    pub(super) fn names_in(&self, folder: &Path) -> io::Result<Vec<String>> {
        Ok(self
            .disk
            .list(folder)?
            .into_iter()
            .map(|(name, _)| name)
            .collect())
    }

    /// Whether a clip was taken back while this process runs.
    pub(crate) fn is_gone(&self, clip: ClipId) -> bool {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.contains(&clip)
    }

    /// The bytes that came so far; made when there are none and `make`.
    pub(super) fn open_incoming(&self, clip: ClipId, make: bool) -> Result<Option<Incoming>, Failure> {
        let path = self.incoming(clip);
        let there = self.disk.length(&path)?;
        if self.is_gone(clip) {
            return Err(Failure::Gone);
        }
        if there.is_none() && !make {
            return Ok(None);
        }
        let file = self.disk.open(&path)?;
        // Taken back between the two: what was just made must not stay.
        if self.is_gone(clip) {
            self.disk.remove(&path)?;
            return Err(Failure::Gone);
        }
        Ok(Some(Incoming {
            file,
            length: there.unwrap_or_default(),
        }))
    }

    /// The whole bytes of a clip, when they are here.
    pub(super) fn open_whole(&self, clip: ClipId) -> Result<Option<Arc<dyn OpenFile>>, Failure> {
        let path = self.whole(clip);
        Ok(match self.disk.length(&path)? {
            Some(_) => Some(self.disk.open(&path)?),
            None => None,
        })
    }

    /// Brings what was written to the disk. A disk that fails here may have lost anything, also of before, and asking
    /// again would hide that: the bytes go, and the server stops so that a restart looks at what is really there.
    pub(super) fn sync(&self, clip: ClipId, file: &dyn OpenFile) -> Result<(), Failure> {
        file.sync().map_err(|error| match Failure::from(error) {
            // What was on the disk before still is; whoever wrote takes the rest back.
            Failure::Full => Failure::Full,
            failure => {
                tracing::error!(?failure, "the disk failed to keep bytes");
                _ = self.disk.remove(&self.incoming(clip));
                self.fail();
                Failure::Lost
            }
        })
    }

    pub(super) fn sync_folder(&self, folder: &Path) -> Result<(), Failure> {
        self.disk
            .sync_folder(folder)
            .map_err(|error| match Failure::from(error) {
                // Not even opened: the names wait for whoever asks next.
                Failure::NoFiles => Failure::NoFiles,
                failure => {
                    tracing::error!(?failure, "the disk failed to keep names");
                    self.fail();
                    Failure::Lost
                }
            })
    }

    fn fail(&self) {
        self.failed.send_replace(true);
    }

    /// Whether the disk failed to keep what it had taken: nothing can be promised until a restart.
    pub fn has_failed(&self) -> bool {
        *self.failed.borrow()
    }

    /// Ready once the disk failed to keep what it had taken.
    pub async fn failed(&self) {
        // This store holds the sender, so the wait can only end by the value.
        _ = self.failed.subscribe().wait_for(|failed| *failed).await;
    }

    /// Moves bytes that are whole to where they stay. Answers the folder whose names must be brought to the disk.
    pub(super) fn place(&self, clip: ClipId) -> Result<PathBuf, Failure> {
        self.move_to(clip, &self.incoming(clip), &self.whole(clip))?;
        Ok(self.folder_of(clip))
    }

    /// Gives what was made of a clip its last name, which survives a power cut once this returns.
    pub(super) fn place_over(&self, clip: ClipId, from: &Path, to: &Path) -> Result<(), Failure> {
        self.move_to(clip, from, to)
            .inspect_err(|_| _ = self.disk.remove(from))?;
        Ok(self.disk.sync_folder(&self.derived_folder())?)
    }

    fn move_to(&self, clip: ClipId, from: &Path, to: &Path) -> Result<(), Failure> {
        if self.is_gone(clip) {
            return Err(Failure::Gone);
        }
        let renamed = self.disk.rename(from, to);
        // Taken back between the two: whoever erased may have looked before the name was there.
        if self.is_gone(clip) {
            self.disk.remove(to)?;
            return Err(Failure::Gone);
        }
        Ok(renamed?)
    }

    /// Removes the bytes that came so far.
    pub(super) fn remove_incoming(&self, clip: ClipId) -> io::Result<()> {
        self.disk.remove(&self.incoming(clip))
    }

    /// Removes bytes that are whole but not what they should be, or nobody's.
    pub(super) fn remove_whole(&self, clip: ClipId) -> io::Result<()> {
        self.disk.remove(&self.whole(clip))
    }

    /// Removes what others were handed out of a clip.
    pub(super) fn remove_derived(&self, clip: ClipId) -> io::Result<()> {
        self.disk.remove(&self.derived(clip))
    }

    /// Removes every byte of clips that were taken back, ends the requests that bring more, and refuses those to come.
    /// Whatever the disk refuses is removed at the next start.
    pub(crate) fn erase(&self, clips: &[ClipId]) {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.extend(clips);
        drop(gone);
        for clip in clips {
            self.turns.end(*clip);
            for path in [self.incoming(*clip), self.whole(*clip), self.derived(*clip)] {
                if let Err(error) = self.disk.remove(&path) {
                    tracing::error!(%error, "bytes that were taken back could not be removed; the next start tries again");
                }
            }
        }
    }

    /// The clips of which bytes are coming, and when each was last touched.
    pub(super) fn all_incoming(&self) -> io::Result<Vec<(ClipId, Timestamp)>> {
        self.clips_in(&self.incoming_folder())
    }

    /// The clips whose bytes are whole.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn all_whole(&self) -> io::Result<Vec<ClipId>> {
        let mut all = Vec::new();
        for first in 0..=u8::MAX {
            let folder = self.folder.join(format!("{first:02x}"));
            all.extend(self.clips_in(&folder)?.into_iter().map(|(clip, _)| clip));
        }
        Ok(all)
    }

    fn clips_in(&self, folder: &Path) -> io::Result<Vec<(ClipId, Timestamp)>> {
        let files = self.disk.list(folder)?.into_iter();
        Ok(files
            .filter_map(|(name, touched)| Some((name.parse().ok()?, touched)))
            .collect())
    }

    pub(super) fn free(&self) -> io::Result<u64> {
        self.disk.free(&self.folder)
    }
}

/// The SHA-256 and the length of what a file really holds, read back from it.
pub(super) fn hash(file: &dyn OpenFile) -> io::Result<(domain::Sha256, u64)> {
    let (mut hasher, mut length) = (sha2::Sha256::new(), 0);
    let (mut from, mut buffer) = (FromStart::new(file), vec![0; 64 << 10]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((domain::Sha256(hasher.finalize().into()), length));
        }
        hasher.update(&buffer[..read]);
        length += read as u64;
    }
}
