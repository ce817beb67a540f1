//! A file that does nothing but take up room, and gives it back on the day the disk is full: so that even then the
//! database opens, and a teller can take back what they told (S4). Stories do not get that room, see `media/room.rs`.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How much room the file keeps, in bytes: a few hundred withdrawals.
const SIZE: u64 = 4 << 20;
/// With less room than this, in bytes, the database may not even open.
const TIGHT: u64 = SIZE / 4;

pub(super) struct Reserve {
    folder: PathBuf,
    held: bool,
}

impl Reserve {
    /// Keeps room in a data folder, or gives it up at once when the disk is full.
    pub(super) fn open(folder: &Path) -> Self {
        let (folder, held) = (folder.to_owned(), false);
        let mut reserve = Self { folder, held };
        if reserve.free() < TIGHT {
            reserve.give_up();
        } else {
            reserve.keep();
        }
        reserve
    }

    /// Makes room by removing the file.
    pub(super) fn give_up(&mut self) {
        self.held = false;
        match std::fs::remove_file(self.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, "the room that was kept cannot be given up");
            }
            _ => {}
        }
    }

    /// Makes the file again once there is plenty of room.
    pub(super) fn keep(&mut self) {
        if !self.held && (self.path().exists() || self.free() > 4 * SIZE) {
            self.held = true;
            if let Err(error) = self.make() {
                tracing::warn!(%error, "no room can be kept for a full disk");
                self.give_up();
            }
        }
    }

    fn make(&self) -> io::Result<()> {
        let mut how = OpenOptions::new();
        let file = how
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.path())?;
        Ok(fallocate(&file, FallocateFlags::empty(), 0, SIZE)?)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    fn free(&self) -> u64 {
        let disk = statvfs(&self.folder);
        disk.map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}
