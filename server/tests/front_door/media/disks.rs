//! Disks that fill up, fail, and forget at a power cut what was never brought to them.

use crate::house::House;
use domain::time::Timestamp;
use server::media::Quotas;
use server::media::disk::{Disk, LocalDisk, OpenFile};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use tempfile::TempDir;

/// What a disk does that is not as it should be. Below it is the real one.
#[derive(Default)]
pub struct Weather {
    /// How many bytes more can be written.
    pub room: Option<u64>,
    /// How many bytes it says are free, when that is not what really is.
    pub free: Option<u64>,
    /// Bringing bytes to the disk fails.
    pub sync_fails: bool,
    /// How many operations come before the power goes; then every one fails.
    pub power: Option<u32>,
    /// Says that bytes are on the disk and keeps them in its memory.
    pub lies: bool,
    /// At the power cut, files that had grown keep their length and hold zeros there.
    pub torn: bool,
    /// Which file has which name now, and which it has after a power cut.
    names: HashMap<PathBuf, u64>,
    names_on_disk: HashMap<PathBuf, u64>,
    /// What is in each file after a power cut.
    on_disk: HashMap<u64, Vec<u8>>,
    files: u64,
}

impl House {
    /// A new server whose media are on this disk.
    pub async fn upon(disk: &Weathered) -> Self {
        Self::upon_in(tempfile::tempdir().unwrap(), disk).await
    }

    pub async fn upon_in(folder: TempDir, disk: &Weathered) -> Self {
        Self::open_on(folder, Arc::new(disk.clone()), Quotas::default()).await
    }
}

/// A disk with weather.
#[derive(Clone, Default)]
pub struct Weathered(Arc<Mutex<Weather>>);

impl Weathered {
    pub fn weather(&self) -> MutexGuard<'_, Weather> {
        self.0.lock().unwrap()
    }

    /// Counts an operation; fails once the power is gone.
    fn operation(&self) -> io::Result<MutexGuard<'_, Weather>> {
        let mut weather = self.weather();
        match &mut weather.power {
            Some(0) => return Err(io::Error::other("no power")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(weather)
    }

    /// The power was cut and is back: every file holds what was brought to the disk, under the names that were.
    pub fn after_power_cut(&self) {
        let mut weather = self.weather();
        weather.power = None;
        let grown: HashMap<u64, u64> = weather
            .names
            .iter()
            .filter_map(|(path, file)| Some((*file, std::fs::metadata(path).ok()?.len())))
            .collect();
        for path in weather.names.keys() {
            _ = std::fs::remove_file(path);
        }
        let torn = weather.torn;
        for (path, file) in weather.names_on_disk.clone() {
            let mut bytes = weather.on_disk.get(&file).cloned().unwrap_or_default();
            if let Some(grown) = grown.get(&file).filter(|_| torn) {
                bytes.resize((*grown as usize).max(bytes.len()), 0);
            }
            weather.on_disk.insert(file, bytes.clone());
            std::fs::write(path, bytes).unwrap();
        }
        weather.names = weather.names_on_disk.clone();
    }
}

struct File {
    disk: Weathered,
    number: u64,
    below: Arc<dyn OpenFile>,
}

impl Disk for Weathered {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        LocalDisk.make_folder(path)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        let mut weather = self.operation()?;
        weather.files += 1;
        let new = weather.files;
        let number = *weather.names.entry(path.to_owned()).or_insert(new);
        let (disk, below) = (self.clone(), LocalDisk.open(path)?);
        Ok(Arc::new(File { disk, number, below }))
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        LocalDisk.length(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut weather = self.operation()?;
        LocalDisk.rename(from, to)?;
        if let Some(file) = weather.names.remove(from) {
            weather.names.insert(to.to_owned(), file);
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operation()?.names.remove(path);
        LocalDisk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut weather = self.operation()?;
        if weather.lies {
            return Ok(());
        }
        let inside = |name: &Path| name.parent() == Some(path);
        weather.names_on_disk.retain(|name, _| !inside(name));
        let now: Vec<_> = weather
            .names
            .iter()
            .filter(|(name, _)| inside(name))
            .map(|(name, file)| (name.clone(), *file))
            .collect();
        weather.names_on_disk.extend(now);
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Timestamp)>> {
        LocalDisk.list(folder)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let said = self.weather().free;
        said.map_or_else(|| LocalDisk.free(folder), Ok)
    }
}

impl OpenFile for File {
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut weather = self.disk.operation()?;
        if let Some(room) = &mut weather.room {
            let fits = bytes.len().min(*room as usize);
            *room -= fits as u64;
            // As real disks do: some of it is written.
            self.below.write(at, &bytes[..fits])?;
            if fits < bytes.len() {
                return Err(ErrorKind::StorageFull.into());
            }
            return Ok(());
        }
        self.below.write(at, bytes)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.below.read(at, into)
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        let _weather = self.disk.operation()?;
        self.below.cut(length)
    }

    fn sync(&self) -> io::Result<()> {
        let mut weather = self.disk.operation()?;
        if weather.sync_fails {
            return Err(io::Error::other("EIO"));
        }
        // Some disks give out room only now.
        if weather.room == Some(0) {
            return Err(ErrorKind::StorageFull.into());
        }
        if weather.lies {
            return Ok(());
        }
        let (mut all, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
        loop {
            let read = self.below.read(all.len() as u64, &mut buffer)?;
            if read == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..read]);
        }
        weather.on_disk.insert(self.number, all);
        self.below.sync()
    }

    fn touch(&self, at: Timestamp) -> io::Result<()> {
        self.below.touch(at)
    }
}
