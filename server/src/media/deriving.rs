//! Making what others are handed out, one clip after another, once the story is here and acknowledged: nobody's upload
//! ever waits for it (DE5).

use super::child::{Child, Ended, WRITES};
use super::{Failure, Media, Store, store};
use crate::storage::derivative::{self, Made, Waiting};
use domain::id::ClipId;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// When it is looked at again after the disk or the machine had no room.
const AGAIN: Duration = Duration::from_secs(60);
/// How many times as long as it worked it rests while bytes are coming: they get the processor and the disk first, and
/// who listens still gets something.
const YIELDS: u32 = 9;
/// Goes behind the name of what is being written.
const UNFINISHED: &str = ".part";

impl Media {
    /// Makes what is missing, and then what comes, until the server goes down.
    pub async fn deriving(self, child: Child) {
        let mut closing = self.closing.clone();
        let work = async {
            let mut news = self.db.news();
            if let Err(failure) = self.tidy().await {
                tracing::error!(?failure, "derivatives cannot be looked through");
            }
            loop {
                let rest = match self.derive_all(&child).await {
                    Ok(()) => Duration::MAX,
                    Err(failure) => {
                        tracing::error!(?failure, "derivatives wait");
                        AGAIN
                    }
                };
                tokio::select! {
                    heard = news.recv() => match heard {
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    },
                    () = tokio::time::sleep(rest) => {}
                }
            }
        };
        tokio::select! {
            () = work => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    }

    /// Makes everything that can be made now.
    ///
    /// # Errors
    /// When the disk, the database or the machine cannot; what is missing stays to be made.
    pub async fn derive_all(&self, child: &Child) -> Result<(), Failure> {
        while let Some(waiting) = self.db.read(derivative::next).await? {
            let clip = waiting.clip;
            let begun = self.clock.elapsed();
            let made = self.make(waiting, child).await?;
            let took = self.clock.elapsed().saturating_sub(begun);
            let (now, whether) = (self.clock.now(), matches!(made, Made::Derivative(..)));
            let stands = self
                .db
                .write(move |tx| derivative::keep(tx, clip, &made, now))
                .await?;
            if whether && !stands {
                // DE6: taken back while it was made.
                self.blocking(move |store| Ok(store.remove_derived(clip)?))
                    .await?;
            }
            if self.is_busy() {
                tokio::time::sleep(took * YIELDS).await;
            }
        }
        Ok(())
    }

    /// Removes what a kill left half made and what belongs to no clip, and tries again what was given up.
    ///
    /// # Errors
    /// When the disk or the database cannot be read.
    pub async fn tidy(&self) -> Result<(), Failure> {
        let files = self.blocking(Store::all_derived).await?;
        let kept = self.db.read(derivative::all).await?;
        let kept: HashSet<ClipId> = kept
            .iter()
            .filter(|kept| kept.derived.is_some())
            .map(|kept| kept.clip)
            .collect();
        self.blocking(move |store| {
            for (clip, path) in files {
                if !clip.is_some_and(|clip| kept.contains(&clip)) {
                    store.remove(&path)?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(self.db.write(derivative::try_again).await?)
    }

    async fn make(&self, waiting: Waiting, child: &Child) -> Result<Made, Failure> {
        let (clip, sha256, length) = (waiting.clip, waiting.sha256, waiting.length);
        let files = self.blocking(move |store| {
            let Some(whole) = store.open_whole(clip)? else {
                return Ok(None);
            };
            // Bytes that changed since they arrived are nobody's story any more (S6).
            if store::hash(&*whole)? != (sha256, length) {
                return Ok(None);
            }
            Ok(Some((File::open(store.whole(clip))?, store.unfinished(clip)?)))
        });
        let (original, out) = match files.await {
            Ok(Some(files)) => files,
            Ok(None) => {
                tracing::error!("a clip is not what arrived; `vertelpunt verify` says which");
                return Ok(Made::Refused);
            }
            Err(Failure::Disk(error)) if error.kind() == ErrorKind::NotFound => return Ok(Made::Failed),
            Err(failure) => return Err(failure),
        };
        match child.derive(&waiting.claim, original, out).await? {
            Ended::Made(measured) => {
                let hash = self.blocking(move |store| store.place_derived(clip)).await;
                match hash {
                    Ok(hash) => Ok(Made::Derivative(measured, hash)),
                    Err(Failure::Gone) => Ok(Made::Failed),
                    Err(failure) => Err(failure),
                }
            }
            Ended::Refused(why) => {
                tracing::info!(why, "nothing can be handed out for a clip");
                Ok(Made::Refused)
            }
            // A child that found no room to write did nothing wrong.
            Ended::Died if self.blocking(|store| Ok(store.free()?)).await? < WRITES => Err(Failure::Full),
            Ended::Died => {
                tracing::warn!("making a derivative failed");
                Ok(Made::Failed)
            }
        }
    }
}

impl Store {
    fn unfinished_path(&self, clip: ClipId) -> PathBuf {
        self.derived_folder().join(format!("{clip}{UNFINISHED}"))
    }

    /// An empty file for a child to write to.
    fn unfinished(&self, clip: ClipId) -> Result<File, Failure> {
        self.make_folder(&self.derived_folder())?;
        let mut how = OpenOptions::new();
        how.create(true).truncate(true).write(true).mode(0o600);
        Ok(how.open(self.unfinished_path(clip))?)
    }

    /// Brings what a child wrote to the disk under its last name; its hash.
    fn place_derived(&self, clip: ClipId) -> Result<domain::Sha256, Failure> {
        let from = self.unfinished_path(clip);
        let file = File::open(&from)?;
        file.sync_all()?;
        let (hash, _) = store::hash(&file)?;
        self.place_over(clip, &from, &self.derived(clip))?;
        Ok(hash)
    }

    /// Every file under the name of a clip: what phones brought whole, and what others are handed out.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn all_named(&self) -> std::io::Result<Vec<(ClipId, PathBuf)>> {
        let whole = self.all_whole()?.into_iter().map(|clip| (clip, self.whole(clip)));
        let derived = self.names_in(&self.derived_folder())?.into_iter();
        let derived = derived.filter_map(|name| name.parse().ok());
        Ok(whole
            .chain(derived.map(|clip| (clip, self.derived(clip))))
            .collect())
    }

    /// The files of derivatives; without a clip what is no finished one.
    fn all_derived(&self) -> Result<Vec<(Option<ClipId>, PathBuf)>, Failure> {
        let folder = self.derived_folder();
        let names = self.names_in(&folder)?.into_iter();
        Ok(names.map(|name| (name.parse().ok(), folder.join(name))).collect())
    }
}
