//! How much room there is for what manifests promise (ME8).

use super::store::Store;
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
    /// How many bytes of clips the disk has room for beside those that were promised and are still to come: these count
    /// as if they were on the disk already, so that everybody who began can finish.
    pub(crate) fn room_for_clips(&self, coming: u64) -> u64 {
        self.free_beyond(self.quotas.reserve).saturating_sub(coming)
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
