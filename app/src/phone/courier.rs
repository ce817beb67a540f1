//! The one who carries: what waits in the outbox to the server, then the bytes of clips, and what the server has to tell
//! back. One tab, one request at a time: a chunk of bytes takes some seconds, so nothing else waits for long. It decides
//! nothing; `book` does.

use super::{
    Phone, State, acts,
    book::{Book, Exchange},
    carrier, tabs,
};
use crate::browser::spawn_local;
use crate::browser::{
    ambient::{self, Random},
    lifecycle::{self, Moment},
    network,
    timer::{self, Timer},
};
use domain::{
    Nonce,
    problem::Problem,
    standing::Link,
    sync::{outbox::Failure, protocol::SyncResponse},
    time::{Span, Timestamp},
};
use std::cell::Cell;

/// Where everything but bytes is said.
pub(super) const PATH: &str = "/api/v1/sync";
/// While somebody looks at the page, news is asked for this often.
const LOOK_EVERY: Span = Span::seconds(300);
/// When an answer left something unsaid about what was sent, it is asked again after this.
const STUCK: Span = Span::seconds(30);
/// A little after the moment a wait ends, because timers may be early.
const SLACK: Span = Span(50);

/// Why the courier is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Something may be due.
    Due,
    /// News of the server is wanted as well.
    Look,
}

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// Who called while it was busy.
    static AGAIN: Cell<Option<Phone>> = const { Cell::new(None) };
    static LOOK: Cell<bool> = const { Cell::new(false) };
    static LOOKED_AT: Cell<Timestamp> = const { Cell::new(Timestamp(0)) };
    static TURN: Cell<usize> = const { Cell::new(0) };
    /// The last request got through, whatever the browser says of the network.
    static THROUGH: Cell<bool> = const { Cell::new(false) };
}

/// What the phone knows of its connection while no request is under way.
pub(super) fn resting() -> Link {
    if lifecycle::is_online() {
        Link::Idle
    } else {
        Link::Offline
    }
}

/// OB9: the wait is over; sends what there is.
pub(super) fn hurry(phone: Phone) {
    phone.state.book.update(Book::hurry);
    wake(phone, Why::Look);
}

/// Something happened to the page.
pub(super) fn on_moment(phone: Phone, moment: Moment) {
    match moment {
        Moment::Online | Moment::Visible | Moment::Woken => {
            if phone.state.link.get_untracked() != Link::Sending {
                phone.state.link.set(resting());
            }
            if phone.state.ready.get_untracked() {
                hurry(phone);
            }
        }
        Moment::Offline => phone.state.link.set(Link::Offline),
        Moment::Hidden => phone.keep_now(),
    }
}

/// Sends if something is due, or looks for news if that is wanted; else sees to it that it is called in time.
pub(super) fn wake(phone: Phone, why: Why) {
    if why == Why::Look {
        LOOK.set(true);
    }
    let state = phone.state;
    if !state.ready.get_untracked() {
        return;
    }
    if !tabs::leads(state) {
        LOOK.set(false);
        return;
    }
    if BUSY.replace(true) {
        AGAIN.set(Some(phone));
        // UP1: what was just said of a story goes before its bytes.
        carrier::stop_unwanted(state);
        return;
    }
    spawn_local(async move {
        let mut called = Some(phone);
        while let Some(Phone { state, .. }) = called {
            while round(state).await || carry(state).await {}
            called = AGAIN.take();
        }
        BUSY.set(false);
        rest(phone);
    });
}

/// One request, if there is reason for one. True when another should follow at once.
async fn round(state: State) -> bool {
    let now = ambient::now();
    let (work, due) = state
        .book
        .with_untracked(|book| (book.outbox.has_work(), book.outbox.due(now)));
    let look = LOOK.take() && state.book.with_untracked(|book| book.marks.project.is_some());
    // Only a person, the network or the page's coming into view may try while the browser says there is none.
    if !(due && (work || look)) || (!lifecycle::is_online() && !look) {
        return false;
    }
    let nonce = Nonce::random(&mut Random);
    TURN.set(TURN.get().wrapping_add(1));
    let mut exchange = state.book.with_untracked(|book| book.exchange(nonce, TURN.get()));
    let mark = exchange.request.push.clone();
    // Before anything goes: a withdrawal must know what may have arrived.
    if acts::commit(state, &[], &|book| book.mark_tried(&mark))
        .await
        .is_err()
    {
        // A phone that is full must be able to send all the same; then only this page knows.
        state.book.update(|book| book.mark_tried(&mark));
    }
    // While storage was asked, the person may have taken back what was to be sent.
    state.book.with_untracked(|book| {
        let waits = |id| book.outbox.entries().iter().any(|entry| entry.envelope.id == id);
        exchange.request.push.retain(|envelope| waits(envelope.id));
    });
    let body = crate::json::to_string(&exchange.request);
    if !exchange.request.push.is_empty() {
        state.link.set(Link::Sending);
        tabs::tell(tabs::Word::Sending);
    }
    LOOKED_AT.set(now);
    let answer = network::post(PATH, &exchange.keys, &body)
        .await
        .and_then(|body| crate::json::from_str::<SyncResponse>(&body).map_err(|_| Failure::NotOurs));
    THROUGH.set(answer.is_ok());
    let more = match answer {
        Ok(answer) => take_in(state, &exchange, &answer).await,
        Err(failure) => {
            failed(state, failure);
            false
        }
    };
    state.link.set(resting());
    tabs::tell(tabs::Word::Idle);
    tell_of_waiting(state);
    more
}

/// One request that carries bytes, if some are to go. True when there was one.
async fn carry(state: State) -> bool {
    let wanted = state
        .book
        .with_untracked(|book| book.pause_of_bytes(ambient::now()));
    if wanted.is_none() || !(lifecycle::is_online() || THROUGH.get()) {
        return false;
    }
    // Once the chunk can be had, bytes go; a timer comes back to it.
    let Ok(carry) = carrier::chunk().await else {
        return false;
    };
    let carried = carry(state).await;
    let holds = |book: &Book| book.outbox.holds_the_line(ambient::now());
    THROUGH.set(!state.book.with_untracked(holds));
    carried
}

async fn take_in(state: State, exchange: &Exchange, answer: &SyncResponse) -> bool {
    let more = Cell::new(false);
    let take = |book: &mut Book| {
        let learnt = book.take_in(&exchange.request, answer, ambient::now(), &mut Random);
        more.set(learnt.more);
    };
    if acts::commit(state, &[], &take).await.is_err() {
        // True all the same. Storage lags behind; at the next visit the same is asked again and answered alike.
        state.book.update(take);
        return false;
    }
    if more.get() {
        LOOK.set(true);
    }
    more.get()
}

fn failed(state: State, failure: Failure) {
    if let Failure::Refused {
        problem: Problem::ProtocolTooOld { .. },
        ..
    } = &failure
    {
        state.page_too_old.set(true);
    }
    state
        .book
        .update(|book| book.outbox.failed(failure, ambient::now(), &mut Random));
}

pub(super) fn tell_of_waiting(state: State) {
    let word = state.book.with_untracked(|book| {
        book.outbox.waiting().map(|(failure, _)| match failure {
            Failure::Unreachable => tabs::Word::Unreachable,
            Failure::NotOurs => tabs::Word::NotOurs,
            Failure::Refused {
                problem: Problem::Internal,
                ..
            } => tabs::Word::Broken,
            Failure::Refused { .. } => tabs::Word::Busy,
        })
    });
    if let Some(word) = word {
        tabs::tell(word);
    }
}

/// Nothing to do now: sets the timer for the next moment there is.
fn rest(phone: Phone) {
    let now = ambient::now();
    let pause = phone.state.book.with_untracked(|book| book.pause(now));
    let next_try = match pause {
        Some(Span(0)) => STUCK,
        Some(pause) => pause,
        None => LOOK_EVERY,
    };
    // Not while there is a network: the browser would wake us at once, and no wait would ever be kept.
    if pause.is_some() && !lifecycle::is_online() {
        lifecycle::ask_for_wake();
    }
    let wait = Span(next_try.0.min(LOOK_EVERY.0) + SLACK.0);
    timer::set(Timer::Courier, wait, move || {
        let (now, then) = (ambient::now(), LOOKED_AT.get());
        // A clock that was set back must not put an end to looking.
        let long_ago = now < then || now.since(then) >= LOOK_EVERY;
        let look = long_ago && lifecycle::is_visible() && lifecycle::is_online();
        wake(phone, if look { Why::Look } else { Why::Due });
    });
}
