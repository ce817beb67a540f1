//! Forgetting in time what was kept only for a time. None of it is content: not a word anybody told goes this way.

use crate::storage::{Db, Error, command, copies, lease, meta, scope, sign_in};
use crate::{AppState, verify};
use domain::time::{Span, Timestamp};
use std::path::Path;
use std::time::Duration;

/// Thirteen months: as long as an old outbox is accepted, a retry of what it holds gets the same verdict.
const VERDICTS: Span = Span::days(397);
/// A device that was away longer gets everything of a scope anew.
const ENDS: Span = Span::days(180);
/// How often it is looked at.
const DAILY: Duration = Duration::from_secs(86_400);
/// How far a clock may be from where it must be by now and still be believed.
const JUMP: Span = Span::days(1);
/// How often every byte is held against its hash.
const VERIFIED: Span = Span::days(7);

/// Forgets verdicts of thirteen months ago, what left a scope half a year ago, and leases and sign-ins that are over.
///
/// # Errors
/// When the database cannot be written.
pub async fn what_is_old(db: &Db, now: Timestamp) -> Result<(), Error> {
    let before = move |span: Span| Timestamp(now.0.saturating_sub(span.0));
    db.write(move |tx| {
        command::forget(tx, before(VERDICTS))?;
        scope::forget(tx, before(ENDS))?;
        lease::forget(tx, now)?;
        sign_in::forget(tx, now)
    })
    .await
}

/// S10: whether a clock may be believed when something is to be forgotten by it.
///
/// One that is more than a day ahead of where it must be by now is believed once it has gone on from there for a day: an
/// administrator who reads the log has that long to set it right. A server that was off for long waits as long.
#[derive(Debug)]
pub struct Watch {
    /// What the clock said when it was last looked at, and how long the machine had run by then.
    last: Option<(Timestamp, Duration)>,
}

impl Watch {
    /// Goes on from what the database says of when it was last looked at.
    pub fn resume(last: Option<Timestamp>, running: Duration) -> Self {
        Self {
            last: last.map(|last| (last, running)),
        }
    }

    /// Whether this moment may be believed; to be asked each time something is to be forgotten.
    pub fn believes(&mut self, now: Timestamp, running: Duration) -> bool {
        let Some((last, then)) = self.last.replace((now, running)) else {
            return true;
        };
        let passed = i64::try_from(running.saturating_sub(then).as_millis()).unwrap_or(i64::MAX);
        now.since(last).0 <= passed.saturating_add(JUMP.0)
    }
}

/// What is done every day. The first time it is asked, it goes on from where the last server of this folder was.
///
/// # Errors
/// When the database or the disk fails.
pub async fn today(state: &AppState, watch: &mut Option<Watch>) -> Result<(), Error> {
    let (now, running) = (state.clock.now(), state.clock.elapsed());
    let (last, verified) = state.db.read(meta::rounds).await?;
    let watch = watch.get_or_insert_with(|| Watch::resume(last, running));
    let believed = watch.believes(now, running);
    state.db.write(move |tx| meta::forgot(tx, now)).await?;
    if !believed {
        tracing::error!(
            "the clock is more than a day ahead of where it was; nothing is forgotten by it until it was so for a day"
        );
        return Ok(());
    }
    what_is_old(&state.db, now).await?;
    if let Err(failure) = state.media.forget(now).await {
        tracing::warn!(?failure, "bytes that nobody finished could not be removed");
    }
    let folder = state.db.folder().to_owned();
    copies::forget_old(&folder, now)
        .map_err(|error| Error::File("the copy of before the migration", error))?;
    if verified.is_none_or(|verified| now.since(verified) >= VERIFIED) {
        every_byte(&folder).await;
        state.db.write(move |tx| meta::verified(tx, now)).await?;
    }
    Ok(())
}

/// S6: holds every byte against its hash, beside the server. What is wrong raises an alarm; which it is, `vertelpunt
/// verify` says to whoever runs the server.
async fn every_byte(folder: &Path) {
    let folder = folder.to_owned();
    let report = tokio::task::spawn_blocking(move || verify::verify(&folder)).await;
    match report {
        Ok(Ok(report)) if report.wrong.is_empty() => {
            tracing::info!(clips = report.clips, "every byte is as it must be");
        }
        Ok(Ok(report)) => tracing::error!(
            wrong = report.wrong.len(),
            "not everything is as it must be: run `vertelpunt verify`"
        ),
        Ok(Err(error)) => tracing::error!(%error, "it could not be looked whether everything is there"),
        // The server is going down.
        Err(_) => {}
    }
}

/// Forgets every day, until the server goes down.
pub(crate) async fn daily(state: AppState) {
    let mut watch = None;
    loop {
        if let Err(error) = today(&state, &mut watch).await {
            // Tomorrow is early enough; nobody misses that it is gone.
            tracing::warn!(%error, "what is old could not be forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(DAILY) => {}
            () = state.closed() => return,
        }
    }
}
