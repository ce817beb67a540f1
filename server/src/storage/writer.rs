//! The one thread that writes.
//!
//! It takes what waits in the queue (at most 64), runs each piece of work in a SAVEPOINT inside one `BEGIN IMMEDIATE`, and
//! answers all after COMMIT. Work that fails is rolled back alone; a COMMIT that fails fails all. What comes while the
//! disk is waited for shares the next wait, so that the busier it is, the more writes share one.

use super::reserve::Reserve;
use super::withdrawn::{self, Withdrawn};
use super::{Commit, Error, News, Pepper, copies};
use crate::media::Store;
use domain::id::{ClipId, MemberId};
use domain::scope::Scope;
use rusqlite::{Connection, ErrorCode};
use std::cell::RefCell;
use std::fs::File;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time;

/// The most pieces of work in one commit.
const BATCH: usize = 64;
/// How soon overwriting what was withdrawn is tried again when a reader was in the way.
const SCRUB_AGAIN: Duration = Duration::from_millis(500);

/// A write transaction. Reads like a connection; remembers what must happen beside the database at commit.
pub struct Tx<'c> {
    connection: &'c Connection,
    pub(super) pepper: &'c Pepper,
    pub(super) store: &'c Store,
    effects: RefCell<Effects>,
}

#[derive(Default)]
struct Effects {
    told: Commit,
    withdrawn: Vec<Withdrawn>,
    erased: Vec<ClipId>,
    /// Something was changed or taken out whose older form is to be nowhere (ED2).
    replaced: bool,
    /// Something did not fit on the disk.
    full: bool,
}

impl Tx<'_> {
    /// Followers of this scope are woken after the commit.
    pub(super) fn touch(&self, scope: Scope) {
        self.effects.borrow_mut().told.touched.insert(scope);
    }

    /// LI8: what this member has open is looked at again after the commit.
    pub(super) fn rights_changed(&self, member: MemberId) {
        self.effects.borrow_mut().told.rights.insert(member);
    }

    /// The story goes to `withdrawn.log` before the commit, and the bytes of its clips go after it, before anybody is
    /// answered.
    pub(super) fn withdrawn(&self, story: Withdrawn, clips: Vec<ClipId>) {
        let mut effects = self.effects.borrow_mut();
        effects.withdrawn.push(story);
        effects.erased.extend(clips);
    }

    /// ED2: a story was changed; the bytes of these clips go after the commit, before anybody is answered.
    pub(super) fn without(&self, clips: Vec<ClipId>) {
        let mut effects = self.effects.borrow_mut();
        effects.erased.extend(clips);
        effects.replaced = true;
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// How a piece of work ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    /// The disk was full.
    Full,
    /// It refused, failed, or was not even tried.
    Otherwise,
}

/// How the work ended, and how to answer once the fate of the commit is known.
type Ran = (Ended, Finish);
type Finish = Box<dyn FnOnce(Result<(), Error>) + Send>;
/// A piece of work in the queue, that is done when there is a transaction for it and answered in any case.
pub(super) type Job = Box<dyn FnOnce(Option<&Tx<'_>>) -> Ran + Send>;

pub(super) fn job<T: Send + 'static>(
    work: impl FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    answer: oneshot::Sender<Result<T, Error>>,
) -> Job {
    Box::new(move |tx| {
        // Without a transaction the commit has failed already, and says how.
        let result = tx.map_or(Err(Error::Stopped), work);
        let ended = match &result {
            Ok(_) => Ended::Well,
            Err(Error::Full) => Ended::Full,
            Err(_) => Ended::Otherwise,
        };
        // Nobody may be waiting any more; the work is done all the same.
        (
            ended,
            Box::new(move |committed| _ = answer.send(committed.and(result))),
        )
    })
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) news: broadcast::Sender<News>,
    pub(super) pepper: Arc<Pepper>,
    pub(super) withdrawn: withdrawn::Log,
    pub(super) reserve: Reserve,
    pub(super) store: Arc<Store>,
    /// The data folder.
    pub(super) folder: PathBuf,
    /// Held as long as anything may be written.
    pub(super) _lock: File,
}

/// Starts the writer; it ends when every [`Db`](super::Db) is gone or the disk fails.
pub(super) fn spawn(mut writer: Writer) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.map_err(|error| Error::File("the writer", error))?;
    let thread = std::thread::Builder::new().name("writer".to_owned());
    let started = thread.spawn(move || {
        // A kill may have come between a withdrawal and its scrubbing.
        let mut must_scrub = !writer.scrub();
        while let Some(batch) = runtime.block_on(writer.gather(must_scrub)) {
            match writer.run(batch) {
                Ok(withdrew) => must_scrub |= withdrew,
                Err(Broken) => return,
            }
            must_scrub = must_scrub && !writer.scrub();
        }
    });
    started
        .map(|_| ())
        .map_err(|error| Error::File("the writer", error))
}

/// The disk failed a commit: nothing may be promised any more, and what was written is read afresh after a restart.
struct Broken;

impl Writer {
    /// Waits for work. Empty when only scrubbing is to be tried again, `None` when no work can come any more.
    async fn gather(&mut self, must_scrub: bool) -> Option<Vec<Job>> {
        let first = if must_scrub {
            match time::timeout(SCRUB_AGAIN, self.jobs.recv()).await {
                Ok(job) => job?,
                Err(_) => return Some(Vec::new()),
            }
        } else {
            self.jobs.recv().await?
        };
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = self.jobs.try_recv()
        {
            batch.push(job);
        }
        Some(batch)
    }

    /// Runs a batch and answers it. True when a story was withdrawn.
    fn run(&mut self, batch: Vec<Job>) -> Result<bool, Broken> {
        if batch.is_empty() {
            return Ok(false);
        }
        let mut all = Effects::default();
        let mut finishes = Vec::with_capacity(batch.len());
        let mut committed = self
            .connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(Error::from);
        for job in batch {
            if committed.is_ok() {
                let (finish, ran) = self.run_one(job, &mut all);
                finishes.extend(finish);
                committed = ran;
            } else {
                finishes.push(job(None).1);
            }
        }
        // Before the commit: should the machine stop in between, the teller's wish is on record and comes again.
        if committed.is_ok() && !all.withdrawn.is_empty() {
            committed = self.withdrawn.append(&all.withdrawn);
        }
        let committed = committed.and_then(|()| self.connection.execute_batch("COMMIT").map_err(Error::from));
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed");
            if !self.connection.is_autocommit() {
                _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        if committed.is_ok() {
            self.store.erase(&all.erased);
            if (all.replaced || !all.withdrawn.is_empty())
                && let Err(error) = copies::forget(&self.folder)
            {
                tracing::error!(%error, "the copy of before the migration, which holds what is no more, could not be removed");
            }
        }
        if all.full || matches!(committed, Err(Error::Full)) {
            // Before anybody is told to come back: a log that is copied into the database and cut is room again.
            self.reserve.give_up();
            self.scrub();
        } else if committed.is_ok() {
            self.reserve.keep();
        }
        for finish in finishes {
            finish(match &committed {
                Ok(()) => Ok(()),
                Err(Error::Full) => Err(Error::Full),
                Err(error) => Err(Error::Commit(error.to_string())),
            });
        }
        match committed {
            Ok(()) => {
                if !(all.told.touched.is_empty() && all.told.rights.is_empty()) {
                    // An error only says that nobody listens.
                    _ = self.news.send(Arc::new(all.told));
                }
                Ok(all.replaced || !all.withdrawn.is_empty())
            }
            Err(Error::Sqlite(error)) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                Err(Broken)
            }
            Err(Error::File(..)) => Err(Broken),
            Err(_) => Ok(false),
        }
    }

    /// Runs one piece of work in a savepoint of its own. Answers how to tell it, which is gone when it panicked, and
    /// whether the transaction stands.
    fn run_one(&self, job: Job, all: &mut Effects) -> (Option<Finish>, Result<(), Error>) {
        if let Err(error) = self.connection.execute_batch("SAVEPOINT work") {
            return (Some(job(None).1), Err(error.into()));
        }
        let tx = Tx {
            connection: &self.connection,
            pepper: &self.pepper,
            store: &self.store,
            effects: RefCell::default(),
        };
        let ran = catch_unwind(AssertUnwindSafe(|| job(Some(&tx))));
        let (ended, finish) = match ran {
            Ok((ended, finish)) => (ended, Some(finish)),
            Err(_) => (Ended::Otherwise, None),
        };
        all.full |= ended == Ended::Full;
        // On a full disk SQLite may take back the whole transaction by itself, with what others did in it.
        if ended == Ended::Full && self.connection.is_autocommit() {
            return (finish, Err(Error::Full));
        }
        if ended == Ended::Well {
            let effects = tx.effects.into_inner();
            all.told.touched.extend(effects.told.touched);
            all.told.rights.extend(effects.told.rights);
            all.withdrawn.extend(effects.withdrawn);
            all.replaced |= effects.replaced;
            all.erased.extend(effects.erased);
        }
        let done = match ended {
            Ended::Well => "RELEASE work",
            Ended::Full | Ended::Otherwise => "ROLLBACK TO work; RELEASE work",
        };
        (finish, self.connection.execute_batch(done).map_err(Error::from))
    }

    /// Copies the log into the database and cuts it to nothing, so that what was withdrawn is in no file any more.
    /// False when a reader was in the way.
    fn scrub(&self) -> bool {
        let busy = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        matches!(busy, Ok(0))
    }
}
