//! Forgetting in time what was kept only for a time. None of it is content: not a word anybody told goes this way.

use crate::AppState;
use crate::storage::{Db, Error, command, scope};
use domain::time::{Span, Timestamp};
use std::time::Duration;

/// Thirteen months: as long as an old outbox is accepted, a retry of what it holds gets the same verdict.
const VERDICTS: Span = Span::days(397);
/// A device that was away longer gets everything of a scope anew.
const ENDS: Span = Span::days(180);
/// How often it is looked at.
const DAILY: Duration = Duration::from_secs(86_400);

/// Forgets verdicts of thirteen months ago, and what left a scope half a year ago. A clock that jumped ahead does no
/// lasting harm: devices start scopes over, and a command sent again is decided again.
///
/// # Errors
/// When the database cannot be written.
pub async fn what_is_old(db: &Db, now: Timestamp) -> Result<(), Error> {
    let before = move |span: Span| Timestamp(now.0.saturating_sub(span.0));
    db.write(move |tx| {
        command::forget(tx, before(VERDICTS))?;
        scope::forget(tx, before(ENDS))
    })
    .await
}

/// Forgets every day, until the server goes down.
pub(crate) async fn daily(state: AppState) {
    loop {
        if let Err(error) = what_is_old(&state.db, state.clock.now()).await {
            // Tomorrow is early enough; nobody misses that it is gone.
            tracing::warn!(%error, "what is old could not be forgotten");
        }
        if let Err(failure) = state.media.forget(state.clock.now()).await {
            tracing::warn!(?failure, "bytes that nobody finished could not be removed");
        }
        tokio::select! {
            () = tokio::time::sleep(DAILY) => {}
            () = state.closed() => return,
        }
    }
}
