//! Keeps the shelf as the server has it: page after page until nothing is left, then one long pull after another.

use super::shelf::{Contact, Shelf, Who};
use crate::browser::{
    ambient::{Random, now},
    staff as ask, timer,
};
use domain::{
    Entropy, Nonce,
    id::ProjectId,
    problem::Problem,
    sync::{
        outbox::Failure,
        protocol::{PROTOCOL, SyncRequest, WAIT_LIMIT},
    },
    time::Span,
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

/// The bound of the first wait after a failure; it doubles with each one.
const FIRST_WAIT: Span = Span::seconds(1);
/// No wait is longer, unless the server asks for it.
const LONGEST_WAIT: Span = Span::seconds(60);
/// A long pull that comes back empty sooner than this was not waited on by the server.
const TOO_SOON: Span = Span::seconds(1);

thread_local! {
    // What a round that was overtaken brings is dropped: the turn tells.
    static TURN: Cell<u32> = const { Cell::new(0) };
    static FAILURES: Cell<u32> = const { Cell::new(0) };
    static WAIT: RefCell<Option<TimeoutHandle>> = const { RefCell::new(None) };
}

/// Begins to follow, or does so anew at once: the page opened, the network came back, a person asked.
pub(super) fn start(shelf: Shelf) {
    stop();
    let turn = TURN.get();
    spawn_local(async move { while turn == TURN.get() && round(shelf, turn).await {} });
}

/// Stops following; what is under way is dropped when it comes.
pub(super) fn stop() {
    TURN.set(TURN.get().wrapping_add(1));
    if let Some(wait) = WAIT.take() {
        wait.clear();
    }
}

/// The browser says that the network is gone. A request under way may take long to find out.
pub(super) fn network_lost(shelf: Shelf) {
    stop();
    shelf.unreached(Contact::Offline);
}

/// One request. True when the next may follow at once.
async fn round(shelf: Shelf, turn: u32) -> bool {
    let outcome = match shelf.who.get_untracked() {
        Who::In(member) => pull(shelf, turn, member.project).await,
        _ => sign_on(shelf, turn).await,
    };
    if turn != TURN.get() {
        return false;
    }
    match outcome {
        Ok(()) => {
            FAILURES.set(0);
            shelf.reached();
            matches!(shelf.who.get_untracked(), Who::In(_))
        }
        Err(Failure::Refused {
            problem: Problem::NotSignedIn,
            ..
        }) => {
            let known = matches!(shelf.who.get_untracked(), Who::In(_) | Who::NotAllowed(_));
            shelf.clear(if known { Who::Ended } else { Who::Nobody });
            false
        }
        Err(failure) => {
            shelf.unreached(contact(&failure));
            try_later(shelf, &failure);
            false
        }
    }
}

async fn sign_on(shelf: Shelf, turn: u32) -> Result<(), Failure> {
    let me = ask::me().await?;
    if turn == TURN.get() {
        shelf.welcome(&me);
    }
    Ok(())
}

async fn pull(shelf: Shelf, turn: u32, project: ProjectId) -> Result<(), Failure> {
    let wait = if shelf.complete.get_untracked() && shelf.contact.get_untracked() == Contact::Good {
        WAIT_LIMIT
    } else {
        0
    };
    let began = now();
    let nonce = Nonce::random(&mut Random);
    let request = SyncRequest {
        protocol: PROTOCOL,
        nonce,
        push: Vec::new(),
        pull: shelf.pulls(),
        wait,
    };
    let answer = ask::pull(&request).await?;
    if turn != TURN.get() {
        return Ok(());
    }
    let Some(heard) = shelf.hear(project, answer) else {
        // The server says only that there is nothing here for us; who we are to it says why.
        sign_on(shelf, turn).await?;
        timer::sleep(TOO_SOON).await;
        return Ok(());
    };
    if wait > 0 && heard.nothing && !heard.more && now().since(began) < TOO_SOON {
        timer::sleep(TOO_SOON).await;
    }
    Ok(())
}

fn contact(failure: &Failure) -> Contact {
    match failure {
        Failure::Unreachable | Failure::NotOurs => Contact::Offline,
        Failure::Refused {
            problem: Problem::TooManyTries { .. },
            ..
        } => Contact::Busy,
        Failure::Refused { .. } => Contact::Trouble,
    }
}

/// Full jitter: a moment drawn evenly up to a bound that doubles, after the wait the server itself asked for.
fn try_later(shelf: Shelf, failure: &Failure) {
    let failures = FAILURES.get();
    FAILURES.set(failures.saturating_add(1));
    let bound = FIRST_WAIT
        .0
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_WAIT.0);
    let mut drawn = [0; 8];
    Random.fill(&mut drawn);
    let drawn = u64::from_be_bytes(drawn) % bound.unsigned_abs().max(1);
    let asked = match failure {
        Failure::Refused {
            retry_after: Some(span),
            ..
        } => span.0.max(0).unsigned_abs(),
        _ => 0,
    };
    let wait = Duration::from_millis(asked.saturating_add(drawn));
    WAIT.set(set_timeout_with_handle(move || start(shelf), wait).ok());
}
