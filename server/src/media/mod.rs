//! Bytes of clips: how they come in, when they are called whole, and how they go.
//!
//! The order is what makes the promises true (SPEC.md, ME12 to ME21): a manifest first, then bytes; an offset is answered
//! once the bytes are on the disk; a clip has arrived once all its bytes hold against their hash, are on the disk under
//! their last name, and a transaction said so.

pub mod child;
pub mod derive;
mod deriving;
pub mod disk;
mod receive;
mod room;
mod store;
mod sweep;
mod syncer;
mod turn;

pub use receive::{Checksum, Chunk, From};
pub use room::Quotas;
pub use store::Store;

use crate::ambient::Clock;
use crate::storage::clip::{self, Expected};
use crate::storage::ledger::TxLedger;
use crate::storage::{Db, Error, Keys};
use domain::id::ClipId;
use domain::problem::Problem;
use domain::time::{Span, Timestamp};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use syncer::{Job, Syncer, Then};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use turn::{Arrival, TakenOver, Turn};

/// How long bytes that nobody adds to are kept. The manifest stays: the phone can begin again.
pub const LIFETIME: Span = Span::days(7);
/// The most requests that bring bytes at the same time, whatever the machine allows.
const RUNNING: usize = 512;
/// What to say to a phone that comes when too many are served, in seconds.
pub(crate) const COME_BACK: u32 = 5;

/// Why bytes were not taken.
#[derive(Debug)]
pub enum Failure {
    /// A rule says no.
    Problem(Problem),
    /// All bytes of a clip came, and together they are not what the manifest names; they were dropped.
    Unlike,
    /// The disk is full.
    Full,
    /// This process has no file to spare at present; nothing is wrong with the disk.
    NoFiles,
    /// The story was taken back meanwhile.
    Gone,
    /// The disk failed to keep what it had taken; nothing of it may be promised.
    Lost,
    /// The disk failed otherwise.
    Disk(io::Error),
    /// The database failed.
    Storage(Error),
    /// The server is going down.
    Stopped,
}

impl std::convert::From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        use rustix::io::Errno;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            _ => match Errno::from_io_error(&error) {
                Some(Errno::MFILE | Errno::NFILE) => Self::NoFiles,
                _ => Self::Disk(error),
            },
        }
    }
}

impl std::convert::From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

impl std::convert::From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// How far a clip has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// How many bytes there are in all.
    pub length: u64,
    /// How many of them are on the disk.
    pub offset: u64,
    /// When they go if no more come; `None` once all are here.
    pub expires: Option<Timestamp>,
}

/// The bytes of clips, with everything that is needed to take them in. Cheap to clone.
#[derive(Clone)]
pub struct Media {
    db: Db,
    store: Arc<Store>,
    syncer: Syncer,
    clock: Arc<dyn Clock>,
    closing: watch::Receiver<bool>,
    running: Arc<Semaphore>,
    most_running: usize,
    missing: Arc<AtomicU64>,
}

impl Media {
    /// Takes in bytes for the stories of a database.
    pub fn new(db: Db, clock: Arc<dyn Clock>, closing: watch::Receiver<bool>) -> Self {
        let store = db.store();
        let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let most_running = most_running(files);
        Self {
            db,
            syncer: Syncer::start(Arc::clone(&store)),
            store,
            clock,
            closing,
            running: Arc::new(Semaphore::new(most_running)),
            most_running,
            missing: Arc::default(),
        }
    }

    /// Where the bytes are.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The most bytes of one clip.
    pub fn max_size(&self) -> u64 {
        self.store.quotas.each
    }

    /// How many clips the database calls arrived although their bytes are not there, as the last start found.
    pub fn missing(&self) -> u64 {
        self.missing.load(Ordering::Relaxed)
    }

    /// Room for one more request that brings bytes.
    ///
    /// # Errors
    /// [`Problem::Busy`] when as many run as this machine has files for.
    pub fn admit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let permit = Arc::clone(&self.running).try_acquire_owned();
        permit.map_err(|_| Problem::Busy {
            retry_after: COME_BACK,
        })
    }

    /// Whether anybody is bringing bytes just now.
    fn is_busy(&self) -> bool {
        self.running.available_permits() < self.most_running
    }

    /// How far a clip has come, for who holds a key of its story. Whoever was sending it is ended: they lost the way to
    /// us, and what they sent counts as far as it is on the disk.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub async fn held(&self, id: ClipId, keys: Keys) -> Result<Held, Failure> {
        self.asked(id, keys, None).await
    }

    /// Begins bringing a clip of this length; one that was begun goes on where it is.
    ///
    /// # Errors
    /// Why that cannot be, also that the manifest says another length.
    pub async fn begin(&self, id: ClipId, keys: Keys, length: u64) -> Result<Held, Failure> {
        self.asked(id, keys, Some(length)).await
    }

    async fn asked(&self, id: ClipId, keys: Keys, length: Option<u64>) -> Result<Held, Failure> {
        let (media, arrival) = (self.clone(), self.store.turns.arrive(id));
        detached(async move {
            let (expected, mut turn) = media.turn(arrival, id, &keys).await?;
            if length.is_some_and(|length| length != expected.length) {
                return Err(Problem::ManifestMismatch.into());
            }
            let offset = media.settle(&expected, &mut turn).await?;
            if offset > 0 && offset < expected.length {
                // Somebody still wants it.
                let now = media.clock.now();
                media
                    .blocking(move |store| {
                        let incoming = store.open_incoming(id, false)?;
                        Ok(incoming.map_or(Ok(()), |incoming| incoming.file.touch(now))?)
                    })
                    .await?;
            }
            Ok(media.so_far(&expected, offset))
        })
        .await
    }

    /// Throws away the bytes that came so far; the manifest stays.
    ///
    /// # Errors
    /// Why that cannot be done: bytes that are whole go only with their story.
    pub async fn terminate(&self, id: ClipId, keys: Keys) -> Result<(), Failure> {
        let (media, arrival) = (self.clone(), self.store.turns.arrive(id));
        detached(async move {
            let (expected, mut turn) = media.turn(arrival, id, &keys).await?;
            if media.settle(&expected, &mut turn).await? == expected.length {
                return Err(Problem::Forbidden.into());
            }
            media
                .blocking(move |store| Ok(store.remove_incoming(id)?))
                .await?;
            turn.known.synced = None;
            Ok(())
        })
        .await
    }

    /// What may be delivered with these keys.
    async fn expected(&self, id: ClipId, keys: &Keys) -> Result<Expected, Failure> {
        let keys = keys.clone();
        let found = self.db.read(move |db| clip::deliverable(db, id, &keys)).await?;
        found.ok_or(Failure::Problem(Problem::StoryUnknown))
    }

    /// Takes the turn for a clip, once it is sure that these keys may; and what is true of it in this turn.
    async fn turn(&self, arrival: Arrival, id: ClipId, keys: &Keys) -> Result<(Expected, Turn), Failure> {
        self.expected(id, keys).await?;
        let turn = match arrival.take().await {
            Ok(turn) => turn,
            Err(TakenOver) => return Err(Problem::UploadConflict { offset: None }.into()),
        };
        // Again: while we waited it may have become whole, or been taken back.
        let expected = self.expected(id, keys).await?;
        Ok((expected, turn))
    }

    /// Finds out how many bytes of a clip surely are on the disk, and finishes what a kill left undone.
    async fn settle(&self, expected: &Expected, turn: &mut Turn) -> Result<u64, Failure> {
        if expected.arrived {
            return Ok(expected.length);
        }
        if let Some(offset) = turn.known.synced {
            return Ok(offset);
        }
        let (id, length) = (expected.id, expected.length);
        let found = self.blocking(move |store| {
            let whole = store.open_whole(id)?;
            let incoming = match whole {
                Some(_) => None,
                None => store.open_incoming(id, false)?,
            };
            Ok((whole, incoming))
        });
        let (whole, incoming) = found.await?;
        if let Some(file) = whole {
            return match self.called_whole(expected, file, Then::Placed).await {
                Ok(()) => Ok(length),
                Err(Failure::Unlike) => Ok(0),
                Err(failure) => Err(failure),
            };
        }
        let Some(incoming) = incoming else {
            return Ok(0);
        };
        let offset = incoming.length.min(length);
        if offset == length {
            // All came, and the kill came before it was called whole.
            return match self.called_whole(expected, incoming.file, Then::Place).await {
                Ok(()) => Ok(length),
                Err(Failure::Unlike) => Ok(0),
                Err(failure) => Err(failure),
            };
        }
        let (clip, file) = (id, incoming.file);
        let then = Then::NameIt;
        self.syncer.done(Job { clip, file, then }).await?;
        turn.known.synced = Some(offset);
        Ok(offset)
    }

    /// ME14: calls a clip whole if all its bytes hold against their hash: then they get their last name on the disk, and
    /// a transaction says that they arrived. Bytes that do not hold are dropped.
    async fn called_whole(
        &self,
        expected: &Expected,
        file: Arc<dyn disk::OpenFile>,
        then: Then,
    ) -> Result<(), Failure> {
        let (id, read) = (expected.id, Arc::clone(&file));
        let found = self.blocking(move |_| Ok(store::hash(&*read)?)).await?;
        if found != (expected.sha256, expected.length) {
            self.blocking(move |store| {
                store.remove_incoming(id)?;
                Ok(store.remove_whole(id)?)
            })
            .await?;
            return Err(Failure::Unlike);
        }
        let clip = id;
        self.syncer.done(Job { clip, file, then }).await?;
        let now = self.clock.now();
        let arrived = self
            .db
            .write(move |tx| TxLedger::new(tx, &Keys::default(), now).clip_arrived(id));
        if arrived.await? {
            return Ok(());
        }
        // Taken back between the two: nobody's bytes.
        self.blocking(move |store| Ok(store.remove_whole(id)?)).await?;
        Err(Failure::Gone)
    }

    fn so_far(&self, expected: &Expected, offset: u64) -> Held {
        let length = expected.length;
        let expires = (offset < length).then(|| self.clock.now().after(LIFETIME));
        Held {
            length,
            offset,
            expires,
        }
    }

    /// Does something with the disk where waiting hurts nobody.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || work(&store));
        done.await.unwrap_or(Err(Failure::Stopped))
    }
}

/// The SHA-256 of what a file really holds, read back from it.
///
/// # Errors
/// When it cannot be read.
pub fn hash(file: &std::fs::File) -> io::Result<domain::Sha256> {
    store::hash(file).map(|(hash, _)| hash)
}

/// Runs to its end also when nobody waits for it any more: a connection that breaks must not leave half a step behind.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    tokio::spawn(work).await.unwrap_or(Err(Failure::Stopped))
}

/// How many requests may bring bytes at once with so many files: each has a connection and a file, and the database,
/// the listeners and everybody else need some too.
fn most_running(files: Option<u64>) -> usize {
    let each = files.map(|files| files.saturating_sub(96) / 2);
    each.map_or(RUNNING, |each| usize::try_from(each).unwrap_or(RUNNING))
        .clamp(8, RUNNING)
}

#[cfg(test)]
mod tests {
    use super::most_running;

    #[test]
    fn s15_with_few_files_few_requests_bring_bytes_at_once() {
        assert_eq!(
            [Some(64), Some(256), Some(1_024), Some(1 << 20), None].map(most_running),
            [8, 80, 464, 512, 512]
        );
    }
}
