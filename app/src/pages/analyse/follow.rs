//! Keeps the shelf as the server has it: page after page until nothing is left, then news after news. By which way it
//! comes is settled here, request by request (`domain::sync::line`); nothing behind this file can tell.

use super::lease;
use super::shelf::{Contact, Shelf, Who};
use crate::browser::spawn_local;
use crate::browser::{
    ambient::{Random, now},
    lifecycle, socket, staff as ask, timer,
};
use domain::{
    Nonce,
    id::ProjectId,
    problem::Problem,
    sync::{
        lease::Event,
        line::{End, Line, Way},
        live::Close,
        outbox::Failure,
        protocol::{PROTOCOL, Pull, SyncRequest, SyncResponse, WAIT_LIMIT},
    },
    time::Span,
};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

/// A long pull that comes back empty sooner than this was not waited on by the server.
const TOO_SOON: Span = Span::seconds(1);
/// How long an answer by socket may take, beside the time the server was asked to wait.
const PATIENCE: Span = Span::seconds(5);

thread_local! {
    // What a round that was overtaken brings is dropped: the turn tells.
    static TURN: Cell<u32> = const { Cell::new(0) };
    static LINE: Cell<Option<Line>> = const { Cell::new(None) };
    /// In which turn a socket is being tried.
    static TRYING: Cell<Option<u32>> = const { Cell::new(None) };
    /// The last answer left something behind.
    static MORE: Cell<bool> = const { Cell::new(false) };
    static WAIT: RefCell<Option<TimeoutHandle>> = const { RefCell::new(None) };
}

/// Asks the line, or tells it something.
fn line<T>(with: impl FnOnce(&mut Line) -> T) -> T {
    let mut line = LINE.get().unwrap_or_default();
    let answer = with(&mut line);
    LINE.set(Some(line));
    answer
}

/// Begins to follow, or does so anew at once: the page opened, the network came back, a person asked.
pub(super) fn start(shelf: Shelf) {
    line(Line::hurry);
    go_on(shelf);
}

fn go_on(shelf: Shelf) {
    stop();
    let turn = TURN.get();
    spawn_local(async move { while turn == TURN.get() && round(shelf, turn).await {} });
}

/// Stops following; what is under way is dropped when it comes.
pub(super) fn stop() {
    TURN.set(TURN.get().wrapping_add(1));
    socket::close();
    if let Some(wait) = WAIT.take() {
        wait.clear();
    }
}

/// The browser says that the network is gone. A request under way may take long to find out.
pub(super) fn network_lost(shelf: Shelf) {
    stop();
    shelf.unreached(Contact::Offline);
}

/// The page came into view or went out of it.
pub(super) fn seen_or_not(shelf: Shelf) {
    // A laptop that wakes up may have slept for days.
    lease::tell(shelf, Event::Clock(now()));
    if !lifecycle::is_visible() {
        // LI2: whoever does not look leaves the socket to others; what still plays hears of a withdrawal by long pull.
        socket::close();
    } else if ask::is_online() {
        start(shelf);
    }
}

/// One request. True when the next may follow at once.
async fn round(shelf: Shelf, turn: u32) -> bool {
    let outcome = match shelf.who.get_untracked() {
        Who::In(member) if shelf.is_confirmed() => pull(shelf, turn, member.project).await,
        _ => sign_on(shelf, turn).await,
    };
    if turn != TURN.get() {
        return false;
    }
    match outcome {
        Ok(()) => {
            shelf.reached();
            matches!(shelf.who.get_untracked(), Who::In(_))
        }
        Err(Failure::Refused {
            problem: Problem::NotSignedIn,
            ..
        }) => {
            let known = matches!(shelf.who.get_untracked(), Who::In(_) | Who::NotAllowed(_));
            lease::tell(shelf, Event::SignedOut);
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
    let good = shelf.contact.get_untracked() == Contact::Good;
    let loading = MORE.get() || !good || !shelf.complete.get_untracked();
    let way = match line(|line| line.way(loading, lifecycle::is_visible(), now())) {
        Way::Socket if !socket::has_answered() => {
            try_socket(turn);
            Way::Pull
        }
        way => way,
    };
    let wait = if loading { 0 } else { WAIT_LIMIT };
    let began = now();
    let request = request(shelf.pulls(), wait);
    let answer = match way {
        Way::Pull => ask::pull(&request).await?,
        Way::Socket => match by_socket(&request).await {
            Ok(answer) => answer,
            Err(end) => return socket_ended(shelf, turn, end).await,
        },
    };
    if turn != TURN.get() {
        return Ok(());
    }
    line(|line| line.carried(way));
    let Some(heard) = shelf.hear(project, answer) else {
        // The server says only that there is nothing here for us; who we are to it says why.
        sign_on(shelf, turn).await?;
        timer::sleep(TOO_SOON).await;
        return Ok(());
    };
    MORE.set(heard.more);
    if way == Way::Pull && wait > 0 && heard.nothing && !heard.more && now().since(began) < TOO_SOON {
        timer::sleep(TOO_SOON).await;
    }
    Ok(())
}

fn request(pull: Vec<Pull>, wait: u32) -> SyncRequest {
    SyncRequest {
        protocol: PROTOCOL,
        nonce: Nonce::random(&mut Random),
        push: Vec::new(),
        pull,
        wait,
    }
}

/// LI2: opens a socket and asks nothing, to see whether it carries, while pulls go on.
fn try_socket(turn: u32) {
    if TRYING.replace(Some(turn)) == Some(turn) {
        return;
    }
    spawn_local(async move {
        let tried = by_socket(&request(Vec::new(), 0)).await;
        if turn != TURN.get() {
            return;
        }
        TRYING.set(None);
        line(|line| match tried {
            Ok(_) => line.carried(Way::Socket),
            Err(end) => _ = line.ended(end, now(), &mut Random),
        });
    });
}

/// One request by socket.
async fn by_socket(request: &SyncRequest) -> Result<SyncResponse, End> {
    let body = crate::json::to_string(request);
    let patience = Span(PATIENCE.0 + Span::seconds(i64::from(request.wait)).0);
    let text = socket::ask(&body, patience).await?;
    let answer = crate::json::from_str::<SyncResponse>(&text).ok();
    // Whoever else may sit at the other end is not listened to.
    let ours = answer.filter(|answer| answer.nonce == request.nonce);
    ours.ok_or_else(|| {
        socket::close();
        End::Mute
    })
}

/// The socket ended, which no page notices: the next request goes as the line says.
async fn socket_ended(shelf: Shelf, turn: u32, end: End) -> Result<(), Failure> {
    if turn != TURN.get() {
        return Ok(());
    }
    let pause = line(|line| line.ended(end, now(), &mut Random));
    if end == End::Said(Close::SignedOut) {
        return sign_on(shelf, turn).await;
    }
    if pause > Span(0) {
        timer::sleep(pause).await;
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

fn try_later(shelf: Shelf, failure: &Failure) {
    let wait = line(|line| line.failed(failure, lifecycle::is_visible(), &mut Random));
    let wait = Duration::from_millis(wait.0.unsigned_abs());
    WAIT.set(set_timeout_with_handle(move || go_on(shelf), wait).ok());
}
