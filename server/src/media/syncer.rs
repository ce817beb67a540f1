//! The one place that waits for the disk: it gathers what waits, brings each file to the disk once, gives names, brings
//! the names to the disk, and only then answers all (ME13). The files of a round go to the disk side by side, because a
//! disk that is asked for many things at once needs little longer than for one; and while some rounds are under way,
//! what comes gathers for the next, so that the busier it is, the more uploads share one wait.

use super::store::Store;
use super::{Failure, disk::OpenFile};
use domain::id::ClipId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// The most files in one round.
const BATCH: usize = 64;
/// The most rounds at the same time.
const ROUNDS: usize = 4;

/// What is to be on the disk before it is answered.
pub(super) struct Job {
    pub(super) clip: ClipId,
    pub(super) file: Arc<dyn OpenFile>,
    pub(super) then: Then,
}

/// What happens once the bytes of a file are on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing: more bytes come, and the file has its name for sure already.
    Nothing,
    /// The file is new among those that are coming: its name too must survive.
    NameIt,
    /// It is whole and moves to where it stays.
    Place,
    /// It is where it stays; that too must survive.
    Placed,
}

type Waiting = (Job, oneshot::Sender<Result<(), Failure>>);

/// The way to it. It ends when every one of these is gone.
#[derive(Clone)]
pub(super) struct Syncer(mpsc::UnboundedSender<Waiting>);

impl Syncer {
    /// Starts it on the runtime of the caller.
    pub(super) fn start(store: Arc<Store>) -> Self {
        let (sender, mut jobs) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let rounds = Arc::new(Semaphore::new(ROUNDS));
            while let Ok(round) = Arc::clone(&rounds).acquire_owned().await
                && let Some(batch) = gather(&mut jobs).await
            {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    run(&store, batch).await;
                    drop(round);
                });
            }
        });
        Self(sender)
    }

    /// Returns once the job is done and durable.
    pub(super) async fn done(&self, job: Job) -> Result<(), Failure> {
        let (answer, done) = oneshot::channel();
        self.0.send((job, answer)).map_err(|_| Failure::Stopped)?;
        done.await.map_err(|_| Failure::Stopped)?
    }
}

async fn gather(jobs: &mut mpsc::UnboundedReceiver<Waiting>) -> Option<Vec<Waiting>> {
    let mut batch = vec![jobs.recv().await?];
    while batch.len() < BATCH
        && let Ok(job) = jobs.try_recv()
    {
        batch.push(job);
    }
    Some(batch)
}

/// Does one thing for each, all at the same time.
async fn side_by_side<T: Send + 'static, R: Send + 'static>(
    store: &Arc<Store>,
    all: impl IntoIterator<Item = T>,
    work: fn(&Store, T) -> Result<R, Failure>,
) -> Vec<Result<R, Failure>> {
    let started: Vec<_> = all
        .into_iter()
        .map(|one| {
            let store = Arc::clone(store);
            tokio::task::spawn_blocking(move || work(&store, one))
        })
        .collect();
    let mut done = Vec::with_capacity(started.len());
    for one in started {
        done.push(one.await.unwrap_or(Err(Failure::Stopped)));
    }
    done
}

async fn run(store: &Arc<Store>, batch: Vec<Waiting>) {
    let (jobs, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let named = side_by_side(store, jobs, one).await;
    let folders: BTreeSet<PathBuf> = named.iter().flatten().flatten().cloned().collect();
    let kept = side_by_side(store, folders.clone(), |store, folder| store.sync_folder(&folder)).await;
    let mut failed = BTreeMap::new();
    for (folder, kept) in folders.into_iter().zip(kept) {
        if let Err(failure) = kept {
            failed.insert(folder, matches!(failure, Failure::NoFiles));
        }
    }
    for (answer, named) in answers.into_iter().zip(named) {
        let outcome = named.and_then(|folder| match folder.and_then(|folder| failed.get(&folder)) {
            None => Ok(()),
            Some(true) => Err(Failure::NoFiles),
            Some(false) => Err(Failure::Lost),
        });
        // Nobody may be waiting any more; the bytes are on the disk all the same.
        _ = answer.send(outcome);
    }
}

/// Brings one file to the disk. Answers the folder whose names must follow.
fn one(store: &Store, job: Job) -> Result<Option<PathBuf>, Failure> {
    store.sync(job.clip, &*job.file)?;
    match job.then {
        Then::Nothing => Ok(None),
        Then::NameIt => Ok(Some(store.incoming_folder())),
        Then::Place => store.place(job.clip).map(Some),
        Then::Placed => Ok(Some(store.folder_of(job.clip))),
    }
}
