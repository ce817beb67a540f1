//! After an older copy of the data folder was put back: what must be true before anybody is served from it.

use crate::ambient::{Clock, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::storage::ledger::TxLedger;
use crate::storage::{Db, Error, Keys, meta, story};
use domain::change::Change;
use domain::decide::StoryFacts;
use domain::sync::authority::Ledger;

/// Takes back again what tellers took back after the copy was made, as `withdrawn.log` of this folder says, and begins
/// a new epoch, at which phones offer again what they still hold (SY11). Saying it twice does no harm.
///
/// # Errors
/// When the folder cannot be used, or a server is using it.
pub async fn restored(config: &Config) -> Result<(), Error> {
    let now = SystemClock::start().now();
    let db = Db::open(&config.data, &mut SystemEntropy)?;
    let withdrawn = Db::withdrawn(&config.data)?;
    db.write(move |tx| {
        let keys = Keys::default();
        for story in withdrawn {
            // What the copy does not know was told after it was made.
            if let StoryFacts::Finalized { project, .. } = story::facts(tx, story, &keys)? {
                TxLedger::new(tx, &keys, now).apply(vec![Change::StoryWithdrawn { story, project }])?;
            }
        }
        meta::begin_epoch(tx, now)
    })
    .await
}
