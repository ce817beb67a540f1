//! Everything the server keeps: one SQLite database, one key file and one log of withdrawals in the data folder.
//!
//! Reading happens in [`Db::read`], writing in [`Db::write`]: both take a synchronous closure that runs in one
//! transaction on a blocking thread. An answer leaves only after the commit is durable. SQL stands only below this
//! folder, one folder per entity.

pub mod check;
pub mod clip;
pub mod command;
pub mod copies;
pub mod derivative;
mod error;
pub(crate) mod file;
pub mod heard;
pub mod lease;
pub mod ledger;
pub mod member;
pub mod meta;
#[cfg(test)]
mod migrating;
mod pepper;
pub mod project;
mod readers;
mod reserve;
pub mod scope;
pub mod sign_in;
pub mod story;
#[cfg(test)]
mod tests;
pub(crate) mod withdrawn;
mod writer;

pub use error::Error;
pub use pepper::{Keys, Pepper};
pub use withdrawn::Withdrawn;
pub use writer::Tx;

use crate::media::{Quotas, Store, disk::LocalDisk};
use domain::Entropy;
use domain::id::{MemberId, StoryId};
use domain::scope::Scope;
use domain::time::{Span, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, oneshot};

/// How many writes may wait before a request has to.
const QUEUE: usize = 1_024;
/// How many commits a slow listener may miss before it is told to look again.
const NEWS: usize = 256;

/// What a read transaction is seen through.
pub type Reading = rusqlite::Connection;

/// What one commit changed that somebody may be waiting for.
#[derive(Debug, Default)]
pub struct Commit {
    /// The scopes it touched.
    pub touched: BTreeSet<Scope>,
    /// Whose rights it changed: a sign-in ended.
    pub rights: BTreeSet<MemberId>,
}

/// LI7: what is told of a commit once it is durable.
pub type News = Arc<Commit>;

/// The database, for reading and for writing. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    queue: mpsc::Sender<writer::Job>,
    readers: Arc<readers::Readers>,
    news: broadcast::Sender<News>,
    pepper: Arc<Pepper>,
    store: Arc<Store>,
    folder: Arc<Path>,
}

impl Db {
    /// Opens the data folder on this machine's disk, without quotas; see [`open_with`](Self::open_with).
    ///
    /// # Errors
    /// Those of [`open_with`](Self::open_with).
    pub fn open(folder: &Path, entropy: &mut impl Entropy) -> Result<Self, Error> {
        let store = Store::new(folder, Arc::new(LocalDisk), Quotas::default());
        Self::open_with(folder, store, entropy)
    }

    /// Opens the data folder; the bytes of clips are in `store`. See [`open_doubled`](Self::open_doubled).
    ///
    /// # Errors
    /// Those of [`open_doubled`](Self::open_doubled).
    pub fn open_with(folder: &Path, store: Store, entropy: &mut impl Entropy) -> Result<Self, Error> {
        Self::open_doubled(folder, store, None, entropy)
    }

    /// Opens the data folder, making what is missing and migrating what is old. Holds it against a second server.
    /// `double` is where `withdrawn.log` is written a second time.
    ///
    /// # Errors
    /// When the folder cannot be used, another server holds it, a restore of it has not ended, the database is damaged
    /// or newer than this code, or the key file is not its own.
    pub fn open_doubled(
        folder: &Path,
        store: Store,
        double: Option<&Path>,
        entropy: &mut impl Entropy,
    ) -> Result<Self, Error> {
        let lock = file::claim(folder)?;
        // Before anything else is made: a full disk may have no room left for it.
        let reserve = reserve::Reserve::open(folder);
        let path = folder.join(file::NAME);
        let connection = file::open_for_writing(folder)?;
        store.prepare()?;
        let store = Arc::new(store);
        let pepper = Arc::new(Pepper::open(folder, &connection, entropy)?);
        let withdrawn = withdrawn::Log::open(folder, double)?;
        let (news, _) = broadcast::channel(NEWS);
        let (queue, jobs) = mpsc::channel(QUEUE);
        writer::spawn(writer::Writer {
            connection,
            jobs,
            news: news.clone(),
            pepper: Arc::clone(&pepper),
            withdrawn,
            reserve,
            store: Arc::clone(&store),
            folder: folder.to_owned(),
            _lock: lock,
        })?;
        Ok(Self {
            queue,
            readers: Arc::new(readers::Readers::new(path)),
            news,
            pepper,
            store,
            folder: folder.into(),
        })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the bytes of clips are.
    pub fn store(&self) -> Arc<Store> {
        Arc::clone(&self.store)
    }

    /// Runs `work` in a read transaction of its own: everything it sees is of one moment.
    ///
    /// # Errors
    /// Those of `work`, or when the database cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reading) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers.read(work).await
    }

    /// Runs `work` on the writer thread and answers once its effects are durable.
    ///
    /// # Errors
    /// Those of `work`, which then left nothing behind, or of the commit.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, receiver) = oneshot::channel();
        let job = writer::job(work, answer);
        self.queue.send(job).await.map_err(|_| Error::Stopped)?;
        receiver.await.map_err(|_| Error::Stopped)?
    }

    /// The stories that were ever taken back in this data folder, whatever its database holds.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn withdrawn(folder: &Path) -> Result<Vec<Withdrawn>, Error> {
        withdrawn::Log::read(folder)
    }

    /// Listens for commits from now on.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// The keys of a request, as stories know them.
    pub fn keys(&self, presented: &[[u8; 32]]) -> Keys {
        self.pepper.keys(presented)
    }

    /// Proof, until a moment, that whoever has it held the owner key of a story.
    pub fn ticket(&self, story: StoryId, until: Timestamp) -> String {
        self.pepper.ticket(story, until)
    }

    /// Whether somebody with this proof held the owner key of a story.
    pub fn may_listen(&self, story: StoryId, ticket: &str, now: Timestamp) -> bool {
        self.pepper.admits(story, ticket, now)
    }

    /// Ready once the writer has ended, which it does only when the disk failed it: nothing can be promised then.
    pub async fn writer_ended(&self) {
        self.queue.closed().await;
    }

    /// Whether the writer has ended.
    pub fn has_failed(&self) -> bool {
        self.queue.is_closed()
    }
}

/// Days since 1970: as much of a moment as is kept of what only has to be forgotten in time.
fn day(moment: Timestamp) -> i64 {
    moment.0.div_euclid(Span::days(1).0)
}

/// Rows are read by `from_row` functions that may meet a value this code did not write.
fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|_| Error::Damaged("a stored value does not read back"))
}

/// The form in which a value that is not a column of its own is kept.
fn kept(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Damaged("a value has no JSON form"))
}

/// The bare word of an enum without facts, such as `analyst`, as its own serialisation names it.
fn word(value: &impl serde::Serialize) -> Result<String, Error> {
    Ok(kept(value)?.trim_matches('"').to_owned())
}

/// Reads what [`word`] wrote.
fn from_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, Error> {
    parsed(&format!("\"{word}\""))
}
