//! What a kill left undone is finished at start; what nobody finishes goes in time.

use super::syncer::Then;
use super::{Failure, LIFETIME, Media};
use crate::storage::clip::{self, Expected};
use domain::id::ClipId;
use domain::time::Timestamp;
use std::collections::HashSet;

impl Media {
    /// Looks at everything on the disk before anybody is served: bytes of no story go, bytes that are whole and were not
    /// called so are, and clips that are called arrived without bytes are counted and raise an alarm (ME18).
    ///
    /// # Errors
    /// When the disk or the database cannot be read.
    pub async fn sweep(&self) -> Result<(), Failure> {
        let (whole, incoming) = self
            .blocking(|store| Ok((store.all_whole()?, store.all_incoming()?)))
            .await?;
        let ids: Vec<ClipId> = whole
            .iter()
            .copied()
            .chain(incoming.iter().map(|(id, _)| *id))
            .collect();
        let found = self.db.read(move |db| {
            let expected = ids.into_iter().map(|id| Ok((id, clip::expected(db, id)?)));
            let expected =
                expected.collect::<Result<Vec<(ClipId, Option<Expected>)>, crate::storage::Error>>()?;
            Ok((expected, clip::all_arrived(db)?, clip::any_story(db)?))
        });
        let (expected, arrived, any) = found.await?;
        let there: HashSet<ClipId> = whole.iter().copied().collect();
        let missing = arrived.iter().filter(|id| !there.contains(id)).count();
        self.missing
            .store(missing as u64, std::sync::atomic::Ordering::Relaxed);
        if missing > 0 {
            tracing::error!(
                missing,
                "clips that arrived are not on the disk; put them back from a backup"
            );
        }
        if !any && !expected.is_empty() {
            // A database that knows no story at all beside a folder full of them is somebody's mistake, not a leftover.
            tracing::error!(
                files = expected.len(),
                "media of another database; nothing of it is removed"
            );
            return Ok(());
        }
        for (id, expected) in expected {
            let done = match expected {
                None => {
                    self.blocking(move |store| {
                        store.remove_incoming(id)?;
                        store.remove_whole(id)?;
                        Ok(store.remove_derived(id)?)
                    })
                    .await
                }
                Some(expected) if !expected.arrived && there.contains(&id) => {
                    self.call_whole(&expected).await
                }
                Some(_) => Ok(()),
            };
            // A disk that is full or will not let go is no reason not to be read from; the next start tries again.
            if let Err(failure) = done {
                tracing::error!(?failure, "what a kill left undone could not be finished");
            }
        }
        if let Err(failure) = self.forget(self.clock.now()).await {
            tracing::error!(?failure, "bytes that nobody finished could not be removed");
        }
        Ok(())
    }

    /// Bytes that got their last name just before a kill.
    async fn call_whole(&self, expected: &Expected) -> Result<(), Failure> {
        let id = expected.id;
        let Some(file) = self.blocking(move |store| store.open_whole(id)).await? else {
            return Ok(());
        };
        match self.called_whole(expected, file, Then::Placed).await {
            // They go, and the phone brings them again; or their story was taken back.
            Err(Failure::Unlike | Failure::Gone) => Ok(()),
            called => called,
        }
    }

    /// Removes what came of clips that nobody added to for [`LIFETIME`], and what is left beside bytes that are whole.
    ///
    /// # Errors
    /// When the disk or the database cannot be read.
    pub async fn forget(&self, now: Timestamp) -> Result<(), Failure> {
        for (id, touched) in self.blocking(|store| Ok(store.all_incoming()?)).await? {
            let expected = self.db.read(move |db| clip::expected(db, id)).await?;
            let wanted = expected.is_some_and(|expected| !expected.arrived);
            if wanted && now.since(touched) < LIFETIME {
                continue;
            }
            // Somebody is adding to it just now.
            let Some(mut turn) = self.store.turns.take_if_free(id) else {
                continue;
            };
            self.blocking(move |store| Ok(store.remove_incoming(id)?)).await?;
            turn.known.synced = None;
        }
        Ok(())
    }
}
