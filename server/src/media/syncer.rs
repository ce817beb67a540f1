//! The one thread that waits for the disk: it gathers what comes within two milliseconds, brings each file to the disk
//! once, gives names, brings the names to the disk, and only then answers all (ME11).

use super::store::Store;
use super::{Failure, disk::OpenFile};
use domain::id::ClipId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time;

/// The most files in one round.
const BATCH: usize = 64;
/// How long the first file waits for others.
const GATHER: Duration = Duration::from_millis(2);

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

/// The way to the thread. It ends when every one of these is gone.
#[derive(Clone)]
pub(super) struct Syncer(mpsc::UnboundedSender<Waiting>);

impl Syncer {
    /// Starts the thread. A machine that cannot start one cannot serve: every upload is then refused.
    pub(super) fn start(store: Arc<Store>) -> Self {
        let (sender, mut jobs) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let thread = std::thread::Builder::new().name("syncer".to_owned());
        let started = runtime.and_then(|runtime| {
            thread.spawn(move || {
                while let Some(batch) = runtime.block_on(gather(&mut jobs)) {
                    run(&store, batch);
                }
            })
        });
        if let Err(error) = started {
            tracing::error!(%error, "nothing can be brought to the disk");
        }
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
    _ = time::timeout(GATHER, async {
        while batch.len() < BATCH {
            match jobs.recv().await {
                Some(job) => batch.push(job),
                None => break,
            }
        }
    })
    .await;
    Some(batch)
}

fn run(store: &Store, batch: Vec<Waiting>) {
    let mut folders = BTreeSet::new();
    let mut done = Vec::with_capacity(batch.len());
    for (job, answer) in batch {
        let named = one(store, &job);
        if let Ok(Some(folder)) = &named {
            folders.insert(folder.clone());
        }
        done.push((answer, named));
    }
    let failed: BTreeMap<PathBuf, bool> = folders
        .into_iter()
        .filter_map(|folder| match store.sync_folder(&folder) {
            Ok(()) => None,
            Err(failure) => Some((folder, matches!(failure, Failure::NoFiles))),
        })
        .collect();
    for (answer, named) in done {
        let outcome = match named {
            Ok(Some(folder)) => match failed.get(&folder) {
                None => Ok(()),
                Some(true) => Err(Failure::NoFiles),
                Some(false) => Err(Failure::Lost),
            },
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        };
        // Nobody may be waiting any more; the bytes are on the disk all the same.
        _ = answer.send(outcome);
    }
}

/// Brings one file to the disk. Answers the folder whose names must follow.
fn one(store: &Store, job: &Job) -> Result<Option<PathBuf>, Failure> {
    store.sync(job.clip, &*job.file)?;
    match job.then {
        Then::Nothing => Ok(None),
        Then::NameIt => Ok(Some(store.incoming_folder())),
        Then::Place => store.place(job.clip).map(Some),
        Then::Placed => Ok(Some(store.folder_of(job.clip))),
    }
}
