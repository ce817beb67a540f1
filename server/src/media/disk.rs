//! What the store asks of a disk, so narrow that a test can stand in for one that lies, fills up or fails.

use domain::time::Timestamp;
use std::fs::{DirBuilder, File, FileTimes, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// A disk, as far as media need one. Every call blocks.
pub trait Disk: Send + Sync {
    /// Makes a folder and those above it; one that is there is left alone.
    ///
    /// # Errors
    /// The disk's own.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Opens a file to write and to read, making it when it is not there.
    ///
    /// # Errors
    /// The disk's own.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>>;

    /// How many bytes a file has; `None` when there is none.
    ///
    /// # Errors
    /// The disk's own.
    fn length(&self, path: &Path) -> io::Result<Option<u64>>;

    /// Gives a file another name, in place of what has it.
    ///
    /// # Errors
    /// The disk's own.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file; one that is not there is removed already.
    ///
    /// # Errors
    /// The disk's own.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns once the names in a folder survive a power cut.
    ///
    /// # Errors
    /// The disk's own; nothing in the folder can be promised then.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// The files of a folder and when each was last touched; none when there is no such folder.
    ///
    /// # Errors
    /// The disk's own.
    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Timestamp)>>;

    /// How many bytes more fit on the disk of a folder.
    ///
    /// # Errors
    /// The disk's own.
    fn free(&self, folder: &Path) -> io::Result<u64>;
}

/// An open file.
pub trait OpenFile: Send + Sync {
    /// Writes bytes from this place on.
    ///
    /// # Errors
    /// The disk's own; some of the bytes may be there.
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Reads from this place on; how many bytes, 0 at the end.
    ///
    /// # Errors
    /// The disk's own.
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Cuts the file to this length.
    ///
    /// # Errors
    /// The disk's own.
    fn cut(&self, length: u64) -> io::Result<()>;

    /// Returns once everything written survives a power cut.
    ///
    /// # Errors
    /// The disk's own; nothing written since the last success can be promised then, also not by asking again.
    fn sync(&self) -> io::Result<()>;

    /// Says when the file was last touched.
    ///
    /// # Errors
    /// The disk's own.
    fn touch(&self, at: Timestamp) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        let mut how = OpenOptions::new();
        let file = how
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        Ok(Arc::new(file))
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        there(std::fs::metadata(path).map(|about| about.len()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        there(std::fs::remove_file(path)).map(|_| ())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Timestamp)>> {
        let mut found = Vec::new();
        for entry in there(std::fs::read_dir(folder))?.into_iter().flatten() {
            let entry = entry?;
            let Some(about) = there(entry.metadata())?.filter(std::fs::Metadata::is_file) else {
                continue;
            };
            let since = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            let touched = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
            found.push((entry.file_name().to_string_lossy().into_owned(), touched));
        }
        Ok(found)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

impl OpenFile for File {
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.read_at(into, at)
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn touch(&self, at: Timestamp) -> io::Result<()> {
        let since = Duration::from_millis(u64::try_from(at.0).unwrap_or_default());
        self.set_times(FileTimes::new().set_modified(UNIX_EPOCH + since))
    }
}

/// An open file, read from its beginning.
pub(super) struct FromStart<'a> {
    file: &'a dyn OpenFile,
    at: u64,
}

impl<'a> FromStart<'a> {
    pub(super) fn new(file: &'a dyn OpenFile) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for FromStart<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(self.at, into)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What is not there is absent, which is no failure.
fn there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
