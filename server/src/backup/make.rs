//! Making an archive.

use super::{
    Entry, FORM, Failure, Hashing, KEY, MANIFEST, Manifest, Progress, SEAL, TLS, file_failed, folder_of,
};
use crate::durable::sync_folder;
use crate::media::{Quotas, Store, disk::LocalDisk};
use crate::storage::check::{self, Snapshot};
use crate::storage::{file, withdrawn};
use domain::id::ClipId;
use domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An archive that was made.
#[derive(Debug, PartialEq, Eq)]
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is, in bytes.
    pub length: u64,
    /// How many clips are in it.
    pub clips: usize,
    /// Clips that the database calls arrived, and that are not on the disk or not the bytes that arrived.
    pub wrong: Vec<ClipId>,
}

/// Copies the data folder into one archive: the database as it is at one moment, then every byte it names, then what was
/// taken back until the end. Nothing has its name before all of it is on the disk.
///
/// # Errors
/// Why there is no archive; the data folder is never changed.
pub fn make(data: &Path, to: &Path, now: Timestamp, progress: Progress<'_>) -> Result<Made, Failure> {
    let path = if to.is_dir() {
        to.join(name(now))
    } else {
        to.to_owned()
    };
    if path.exists() {
        return Err(Failure::Exists(path));
    }
    let beside = |end: &str| {
        let mut name = path.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    let (part, snapshot) = (beside(".part"), beside(".database"));
    let file = claim(&part)?;
    let made = write(data, file, &snapshot, now, progress);
    // Whatever became of it: the copy of the database is in the archive, or of no use.
    _ = fs::remove_file(&snapshot);
    let placed = made.and_then(|written| {
        let placed = fs::rename(&part, &path).and_then(|()| sync_folder(folder_of(&path)));
        placed.map_err(file_failed("the archive"))?;
        Ok(written)
    });
    match placed {
        Ok((length, clips, wrong)) => Ok(Made {
            path,
            length,
            clips,
            wrong,
        }),
        Err(failure) => {
            _ = fs::remove_file(&part);
            Err(failure)
        }
    }
}

/// Holds the file that is written against a second backup under the same name. What a kill left in it goes.
fn claim(part: &Path) -> Result<File, Failure> {
    let failed = file_failed("the archive");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(part)
        .map_err(&failed)?;
    // A network disk may know no locks.
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(Failure::Exists(part.to_owned()));
    }
    file.set_len(0).map_err(failed)?;
    Ok(file)
}

fn write(
    data: &Path,
    part: File,
    snapshot: &Path,
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<(u64, usize, Vec<ClipId>), Failure> {
    let Snapshot { clips, length } = check::snapshot(data, snapshot)?;
    let store = Store::new(data, Arc::new(LocalDisk), Quotas::default());
    let size = |path: &Path| fs::metadata(path).map_or(0, |about| about.len());
    let total = length
        + clips
            .iter()
            .map(|kept| size(&store.whole(kept.clip)) + size(&store.derived(kept.clip)))
            .sum::<u64>();

    let mut archive = Archive {
        tar: tar::Builder::new(BufWriter::with_capacity(1 << 20, part)),
        files: BTreeMap::new(),
        done: 0,
        total,
        progress,
    };
    archive.file(file::NAME, snapshot)?;
    archive.file(KEY, &data.join(KEY))?;
    let mut wrong = Vec::new();
    let mut missing = Vec::new();
    let mut there = 0;
    for kept in &clips {
        let name = kept.clip.to_string();
        match archive.file(&format!("media/{}/{name}", &name[..2]), &store.whole(kept.clip))? {
            None => missing.push(kept.clip),
            Some(entry) => {
                there += 1;
                if entry.sha256 != kept.sha256 {
                    wrong.push(kept.clip);
                }
            }
        }
        // What is not there is made again.
        if kept.derived.is_some() {
            archive.file(&format!("media/derived/{name}"), &store.derived(kept.clip))?;
        }
    }
    // What went since the database was copied was taken back; the rest is missing.
    let now_there: BTreeSet<ClipId> = check::clips(data)?.into_iter().map(|kept| kept.clip).collect();
    wrong.extend(missing.into_iter().filter(|clip| now_there.contains(clip)));
    if let Ok(entries) = fs::read_dir(data.join(TLS)) {
        for entry in entries.flatten() {
            archive.file(
                &format!("{TLS}/{}", entry.file_name().to_string_lossy()),
                &entry.path(),
            )?;
        }
    }
    archive.file(withdrawn::NAME, &data.join(withdrawn::NAME))?;
    let length = archive.finish(now)?;
    Ok((length, there, wrong))
}

/// An archive that is being written.
struct Archive<'a> {
    tar: tar::Builder<BufWriter<File>>,
    files: BTreeMap<String, Entry>,
    done: u64,
    total: u64,
    progress: Progress<'a>,
}

impl Archive<'_> {
    /// Adds a file as it is; `None` when there is none.
    fn file(&mut self, name: &str, path: &Path) -> Result<Option<Entry>, Failure> {
        let failed = file_failed("a file of the data folder");
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let length = file.metadata().map_err(&failed)?.len();
        let entry = self.add(name, length, file)?;
        self.files.insert(name.to_owned(), entry);
        Ok(Some(entry))
    }

    fn add(&mut self, name: &str, length: u64, from: impl Read) -> Result<Entry, Failure> {
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        let Self {
            done,
            total,
            progress,
            ..
        } = self;
        let mut passed = |bytes| {
            *done += bytes;
            progress((*done).min(*total), *total);
        };
        // What grows meanwhile, as a log does, is copied as far as it was.
        let mut from = Hashing::new(from.take(length), &mut passed);
        self.tar
            .append_data(&mut header, name, &mut from)
            .map_err(file_failed("the archive"))?;
        let entry = from.entry();
        if entry.length == length {
            Ok(entry)
        } else {
            let error = std::io::Error::other("it became shorter while it was copied");
            Err(Failure::File("a file of the data folder", error))
        }
    }

    /// Adds what says what is in it, and brings all of it to the disk. How long it is.
    fn finish(mut self, now: Timestamp) -> Result<u64, Failure> {
        let failed = file_failed("the archive");
        let manifest = Manifest {
            form: FORM,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: now,
            files: std::mem::take(&mut self.files),
        };
        let manifest = serde_json::to_vec(&manifest).map_err(|error| failed(error.into()))?;
        let sum = self.add(MANIFEST, manifest.len() as u64, &manifest[..])?.sha256;
        let sum = sum.to_hex();
        self.add(SEAL, sum.len() as u64, sum.as_bytes())?;
        let mut buffer = self.tar.into_inner().map_err(&failed)?;
        buffer.flush().map_err(&failed)?;
        let file = buffer.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(&failed)?;
        Ok(file.metadata().map_err(&failed)?.len())
    }
}

/// The name of an archive of this moment, in the order of time.
fn name(now: Timestamp) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1_000))
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (date, hour, minute, second) = (moment.date(), moment.hour(), moment.minute(), moment.second());
    format!("vertelpunt-{date}T{hour:02}{minute:02}{second:02}Z.tar")
}

/// Removes the oldest archives that [`make`] named in a folder, until so many are left.
///
/// # Errors
/// When the disk will not.
pub fn thin_out(folder: &Path, keep: usize) -> Result<usize, Failure> {
    let failed = file_failed("the folder of the archives");
    let mut archives = Vec::new();
    for entry in fs::read_dir(folder).map_err(&failed)? {
        let path = entry.map_err(&failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("vertelpunt-") && name.ends_with("Z.tar") {
            archives.push(path);
        }
    }
    archives.sort();
    let old = archives.len().saturating_sub(keep);
    for path in &archives[..old] {
        fs::remove_file(path).map_err(&failed)?;
    }
    Ok(old)
}
