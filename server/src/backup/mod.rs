//! One archive that holds everything: how it is made while the server runs, and put back when there is no server any more.
//!
//! It is a tar file: the database of one moment, the key, every clip that the database names, `withdrawn.log` as it is at
//! the end, and last a manifest with the length and the hash of each. An archive without its end is no archive.

mod make;
mod put_back;

pub use make::{Made, make, thin_out};
pub use put_back::{PutBack, again, put_back};

use crate::storage::{self, file, withdrawn};
use domain::Sha256;
use domain::time::Timestamp;
use sha2::Digest;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The last but one file of an archive.
const MANIFEST: &str = "manifest.json";
/// The last file of an archive: the hash of the manifest.
const SEAL: &str = "manifest.sha256";
/// The form of archives; goes up when an older program could not put one back.
const FORM: u32 = 1;
/// The key under which tellers' keys are hashed.
const KEY: &str = "key";
/// The certificate authority of a machine that serves phones on its Wi-Fi.
const TLS: &str = "tls";

/// What an archive holds.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Manifest {
    form: u32,
    /// The version of the program that made it.
    version: String,
    made_at: Timestamp,
    files: BTreeMap<String, Entry>,
}

/// One file of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Entry {
    length: u64,
    sha256: Sha256,
}

/// How far long work is: bytes done, of so many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Why a backup was not made or not put back. Each says what that means for what is there.
#[derive(Debug)]
pub enum Failure {
    /// There is something under that name already.
    Exists(PathBuf),
    /// The folder to put an archive back into holds something.
    NotEmpty(PathBuf, String),
    /// Somebody else is putting an archive back into the folder, or serves it.
    Held,
    /// The archive cannot be read.
    Unreadable(io::Error),
    /// The archive ends before its end.
    CutOff,
    /// A file of the archive is not what the manifest says, or not there.
    Damaged(String),
    /// Not one of our archives, or of a newer version.
    Foreign(String),
    /// A file could not be read or written.
    File(&'static str, io::Error),
    /// The disk is full.
    Full,
    /// Storage failed.
    Storage(storage::Error),
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(path) => write!(
                f,
                "there is something under the name {} already; it was left alone, and no backup was made",
                path.display()
            ),
            Self::NotEmpty(path, found) => write!(
                f,
                "the data folder {} is not empty (it holds {found}); nothing in it was touched. Put a backup back into an empty folder",
                path.display()
            ),
            Self::Held => f.write_str(
                "a server is using this data folder, or another restore is going on; nothing was changed",
            ),
            Self::Unreadable(error) => {
                write!(f, "the archive cannot be read ({error}); nothing was put back")
            }
            Self::CutOff => f.write_str(
                "the archive is cut off: its end is missing. Nothing was put back; take another archive",
            ),
            Self::Damaged(name) => write!(
                f,
                "the archive is damaged: {name} is not what was put in. Nothing was put back; take another archive"
            ),
            Self::Foreign(what) => write!(
                f,
                "this is no archive that this version of vertelpunt can put back ({what}). Nothing was put back"
            ),
            Self::File(what, error) => write!(f, "{what}: {error}"),
            Self::Full => f.write_str(
                "the disk is full; what was half done was removed, and everything else is as it was",
            ),
            Self::Storage(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<storage::Error> for Failure {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Full => Self::Full,
            storage::Error::Held => Self::Held,
            storage::Error::File(what, error) => file_failed(what)(error),
            error => Self::Storage(error),
        }
    }
}

fn file_failed(what: &'static str) -> impl Fn(io::Error) -> Failure {
    move |error| match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failure::Full,
        _ => Failure::File(what, error),
    }
}

/// Whether a name may stand in an archive; what else it names is never written anywhere.
fn belongs(name: &str) -> bool {
    let plain = |part: &str| {
        !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    };
    match name.split('/').collect::<Vec<_>>()[..] {
        [name] => [file::NAME, KEY, withdrawn::NAME].contains(&name),
        [TLS, name] => !name.is_empty() && plain(name),
        ["media", folder, clip] => {
            (folder == "derived" || clip.get(..2) == Some(folder))
                && clip.parse::<domain::id::ClipId>().is_ok()
        }
        _ => false,
    }
}

/// Counts and hashes what goes through.
struct Hashing<'a, T> {
    inner: T,
    hasher: sha2::Sha256,
    length: u64,
    passed: &'a mut dyn FnMut(u64),
}

impl<'a, T> Hashing<'a, T> {
    fn new(inner: T, passed: &'a mut dyn FnMut(u64)) -> Self {
        Self {
            inner,
            hasher: sha2::Sha256::new(),
            length: 0,
            passed,
        }
    }

    fn entry(self) -> Entry {
        Entry {
            length: self.length,
            sha256: Sha256(self.hasher.finalize().into()),
        }
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        (self.passed)(bytes.len() as u64);
    }
}

impl<T: Read> Read for Hashing<'_, T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.pass(&into[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.pass(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The folder in which a path names something.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
