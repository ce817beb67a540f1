//! How much room there is for what manifests promise (ME8).

use super::store::Store;
use crate::storage::clip::Promised;
use domain::clip::CLIP_LENGTH_LIMIT;

/// The most bytes that stories may take, as an administrator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Of all clips together; without a number only the disk limits them.
    pub total: Option<u64>,
    /// Of the clips that come through one entry point.
    pub per_entry: Option<u64>,
    /// Of one clip; never more than [`CLIP_LENGTH_LIMIT`].
    pub each: u64,
    /// What clips leave free on the disk for everything else, in bytes. Written stories leave an eighth of it, for who
    /// takes a story back.
    pub reserve: u64,
}

/// What stays free when nothing else is configured: enough for the database to go on for long.
const RESERVE: u64 = 256 << 20;

impl Default for Quotas {
    fn default() -> Self {
        Self {
            total: None,
            per_entry: None,
            each: CLIP_LENGTH_LIMIT,
            reserve: RESERVE,
        }
    }
}

impl Store {
    /// How many bytes may still be promised: the least of what the disk, the instance and the entry point have left. What is
    /// promised and still to come is counted as if it were on the disk already, so that everybody who began can finish.
    pub(crate) fn room(&self, promised: Promised, through_entry: u64) -> u64 {
        let left =
            |quota: Option<u64>, taken: u64| quota.map_or(u64::MAX, |quota| quota.saturating_sub(taken));
        self.free_beyond(self.quotas.reserve)
            .saturating_sub(promised.coming)
            .min(left(self.quotas.total, promised.all))
            .min(left(self.quotas.per_entry, through_entry))
    }

    /// How many bytes a story may have that is only written.
    pub(crate) fn room_for_words(&self) -> u64 {
        self.free_beyond(self.quotas.reserve / 8)
    }

    fn free_beyond(&self, kept: u64) -> u64 {
        let free = self.free().unwrap_or_else(|error| {
            tracing::error!(%error, "how much is free on the disk cannot be found out");
            0
        });
        free.saturating_sub(kept)
    }
}
