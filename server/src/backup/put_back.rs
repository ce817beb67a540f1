//! Putting an archive back.

use super::{Entry, FORM, Failure, Hashing, MANIFEST, Manifest, Progress, SEAL, TLS, belongs, file_failed};
use crate::durable::{self, gone, sync_folder};
use crate::storage::ledger::TxLedger;
use crate::storage::{self, Db, Keys, check, file, meta, story, withdrawn};
use domain::Entropy;
use domain::change::Change;
use domain::decide::StoryFacts;
use domain::sync::authority::Ledger;
use domain::time::Timestamp;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The most bytes of a manifest: some two million files.
const MANIFEST_LIMIT: u64 = 512 << 20;

/// What was put back.
#[derive(Debug, PartialEq, Eq)]
pub struct PutBack {
    /// When the archive was made.
    pub made_at: Timestamp,
    /// How many stories stand.
    pub stories: usize,
    /// How many clips are there.
    pub clips: usize,
    /// How many stories are known to be taken back.
    pub withdrawn: usize,
}

/// Puts an archive back into a data folder that holds nothing, or nothing but its `withdrawn.log`. All of the archive is
/// held against its hashes before anything has its place; what was taken back since is taken back again; a new epoch
/// begins. Cut off in between, the folder serves nobody, and the same is to be done again.
///
/// # Errors
/// Why nothing was put back; the folder is then as it was.
pub async fn put_back(
    archive: &Path,
    data: &Path,
    double: Option<&Path>,
    now: Timestamp,
    entropy: &mut impl Entropy,
    progress: Progress<'_>,
) -> Result<PutBack, Failure> {
    let failed = file_failed("the data folder");
    let was_there = data.exists();
    may_be_filled(data)?;
    let opened = File::open(archive).map_err(Failure::Unreadable)?;
    let folder = data.join(file::RESTORING);
    // Whoever holds this lock is putting back; a kill lets it go.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(&failed)?;
    let lock = File::open(&folder).map_err(&failed)?;
    if lock.try_lock().is_err() {
        return Err(Failure::Held);
    }
    let done = fill(opened, data, &folder, double, now, entropy, progress).await;
    if done.is_err() {
        // As it was: nothing has its place yet, or what had is removed at the next try.
        if clear(data).is_ok() && !was_there {
            _ = fs::remove_dir(data);
        }
    }
    done
}

async fn fill(
    archive: File,
    data: &Path,
    folder: &Path,
    double: Option<&Path>,
    now: Timestamp,
    entropy: &mut impl Entropy,
    progress: Progress<'_>,
) -> Result<PutBack, Failure> {
    let failed = file_failed("the data folder");
    clear_but_restoring(data).map_err(&failed)?;
    let manifest = unpack(archive, folder, progress)?;
    let unpacked = folder.join(withdrawn::NAME);
    let logs = [unpacked.as_path(), &data.join(withdrawn::NAME)];
    let log = withdrawn::merged(&logs.into_iter().chain(double).collect::<Vec<_>>())?;
    durable::write(&unpacked, log.as_bytes()).map_err(&failed)?;
    let db = Db::open(folder, entropy)?;
    again(&db, folder, now).await?;
    // Its writer lets the folder go once nobody can send it work any more, and everything is in the one file then.
    let held = File::open(folder.join("lock")).map_err(&failed)?;
    drop(db);
    held.lock().map_err(&failed)?;
    let examined = check::examine(folder)?;
    if let Some(damage) = examined.damage.first() {
        return Err(Failure::Damaged(format!("the database ({damage})")));
    }
    let done = PutBack {
        made_at: manifest.made_at,
        stories: examined.stories.len(),
        clips: examined.clips.len(),
        withdrawn: log.lines().count(),
    };
    // The database comes last: without it there is nothing to serve.
    for name in ["media", TLS, super::KEY, withdrawn::NAME, file::NAME] {
        let from = folder.join(name);
        if from.exists() {
            fs::rename(from, data.join(name)).map_err(&failed)?;
        }
    }
    sync_folder(data).map_err(&failed)?;
    // From here on the folder may be served.
    fs::remove_dir_all(folder).map_err(&failed)?;
    sync_folder(data).map_err(&failed)?;
    Ok(done)
}

/// Takes back again what tellers took back after a copy was made, as `withdrawn.log` of the folder says, and begins a new
/// epoch, at which phones offer again what they still hold (SY11, SY19). Saying it twice does no harm.
///
/// # Errors
/// When the folder cannot be used.
pub async fn again(db: &Db, folder: &Path, now: Timestamp) -> Result<(), storage::Error> {
    let withdrawn = Db::withdrawn(folder)?;
    db.write(move |tx| {
        let keys = Keys::default();
        for gone in withdrawn {
            let story = gone.story;
            match story::facts(tx, story, &keys)? {
                StoryFacts::Finalized { project, .. } => {
                    TxLedger::new(tx, &keys, now).apply(vec![Change::StoryWithdrawn { story, project }])?;
                }
                StoryFacts::Unknown => story::keep_withdrawn(tx, &gone, now)?,
                StoryFacts::Withdrawn { .. } => {}
            }
        }
        meta::begin_epoch(tx, now)
    })
    .await
}

/// Unpacks an archive and holds every file against the manifest.
fn unpack(archive: File, folder: &Path, progress: Progress<'_>) -> Result<Manifest, Failure> {
    let total = archive.metadata().map_err(Failure::Unreadable)?.len();
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 20, archive));
    let mut found = BTreeMap::new();
    let (mut manifest, mut sealed, mut done) = (None, false, 0);
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = entry.path().map_err(unreadable)?.to_string_lossy().into_owned();
        let length = entry.header().size().map_err(unreadable)?;
        if sealed || entry.header().entry_type() != tar::EntryType::Regular {
            return Err(Failure::Foreign(format!("it holds {name}")));
        }
        let mut passed = |bytes: u64| {
            done += bytes;
            progress(done.min(total), total);
        };
        if name == MANIFEST || name == SEAL {
            let mut bytes = Vec::new();
            entry
                .take(MANIFEST_LIMIT)
                .read_to_end(&mut bytes)
                .map_err(unreadable)?;
            if bytes.len() as u64 != length {
                return Err(Failure::CutOff);
            }
            match (&manifest, name == SEAL) {
                (None, false) => manifest = Some(bytes),
                (Some(manifest), true) if domain::Sha256::of(manifest).to_hex().as_bytes() == bytes => {
                    sealed = true;
                }
                _ => return Err(Failure::Damaged("the manifest".to_owned())),
            }
        } else if manifest.is_none() && belongs(&name) && !found.contains_key(&name) {
            let entry = unpack_one(&mut entry, &folder.join(&name), length, &mut passed)?;
            found.insert(name, entry);
        } else {
            return Err(Failure::Foreign(format!("it holds {name}")));
        }
    }
    let (Some(manifest), true) = (manifest, sealed) else {
        return Err(Failure::CutOff);
    };
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|_| Failure::Foreign("its manifest is another's".to_owned()))?;
    if manifest.form > FORM {
        let version = &manifest.version;
        return Err(Failure::Foreign(format!("version {version} made it")));
    }
    let names = manifest.files.keys().chain(found.keys());
    for name in names {
        if manifest.files.get(name) != found.get(name) {
            return Err(Failure::Damaged(name.clone()));
        }
    }
    if !found.contains_key(file::NAME) || !found.contains_key(super::KEY) {
        return Err(Failure::Foreign("it holds no database or no key".to_owned()));
    }
    sync_all(folder).map_err(file_failed("the data folder"))?;
    Ok(manifest)
}

fn unpack_one(
    from: &mut impl Read,
    to: &Path,
    length: u64,
    passed: &mut dyn FnMut(u64),
) -> Result<Entry, Failure> {
    let failed = file_failed("the data folder");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(super::folder_of(to))
        .map_err(&failed)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(&failed)?;
    let mut from = Hashing::new(from, passed);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = from.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read]).map_err(&failed)?;
    }
    let entry = from.entry();
    if entry.length != length {
        return Err(Failure::CutOff);
    }
    file.sync_all().map_err(&failed)?;
    Ok(entry)
}

fn unreadable(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::UnexpectedEof => Failure::CutOff,
        ErrorKind::Other | ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            Failure::Damaged("something between its files".to_owned())
        }
        _ => Failure::Unreadable(error),
    }
}

/// Refuses a folder that holds anything of its own. What a restore that was cut off left there is no such thing.
fn may_be_filled(data: &Path) -> Result<(), Failure> {
    let failed = file_failed("the data folder");
    if data.join(file::RESTORING).exists() {
        return Ok(());
    }
    let entries = match fs::read_dir(data) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let name = entry.map_err(&failed)?.file_name();
        // A new disk comes with a folder of its own.
        if name != withdrawn::NAME && name != "lost+found" {
            let found = name.to_string_lossy().into_owned();
            return Err(Failure::NotEmpty(data.to_owned(), found));
        }
    }
    Ok(())
}

/// Removes what a restore put in its place before it was cut off, and what it unpacked.
fn clear_but_restoring(data: &Path) -> io::Result<()> {
    for name in [file::NAME, super::KEY] {
        gone(fs::remove_file(data.join(name)))?;
    }
    for folder in ["media", TLS] {
        gone(fs::remove_dir_all(data.join(folder)))?;
    }
    for entry in fs::read_dir(data.join(file::RESTORING))? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn clear(data: &Path) -> io::Result<()> {
    clear_but_restoring(data)?;
    fs::remove_dir(data.join(file::RESTORING))
}

/// Brings the names below a folder to the disk.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        }
    }
    sync_folder(folder)
}
