//! `GET /api/v1/live`: the socket. A message is a request of `/api/v1/sync`, and what comes back is its answer, each
//! once and in their order (LI1). There is no queue: what somebody did not hear yet is in the log of the scope they
//! follow, and is read when they ask (LI6).

use super::auth::{OwnPage, Token};
use super::body::StoryKeys;
use super::error::ApiError;
use super::sync::{Asker, Raw, Seen, answer, check, look, push, touches};
use crate::AppState;
use crate::ambient::moment;
use crate::storage::{News, sign_in};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use domain::Nonce;
use domain::id::MemberId;
use domain::problem::Problem;
use domain::sync::live::{Allowance, Close, FRAME_LIMIT, GATHER};
use domain::sync::protocol::{Outcome, Pull, WAIT_LIMIT};
use domain::time::Span;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

/// When there is no room for one more socket: how many seconds until it is worth trying.
const NO_ROOM: u32 = 60;
/// How long the other side may take to say goodbye as well, so that it hears ours.
const GOODBYE: Duration = Duration::from_secs(1);
/// The most bytes that are read at all. What is between this and [`FRAME_LIMIT`] is told that it is too large.
const READ_LIMIT: usize = 2 * FRAME_LIMIT;

/// Opens the socket, for who is signed in and from our own pages only. Messages are JSON in text frames of at most
/// 64 KB: requests as `/api/v1/sync` takes them, answered as it answers, each once and in order. A request with `wait`
/// is answered when there is news, or empty after so many seconds; a newer one ends its wait. Where `sync` would answer
/// with a problem the socket ends: 1008 and 1009 (use `sync`), 1011 and 1013 (use `sync`, come back later), 1012 (come
/// back), 4401 (not signed in any more).
#[utoipa::path(get, path = "/api/v1/live", tag = "staff",
    params(("Story-Keys" = Option<String>, Header, description = "As for `sync`; they hold for all of the socket")),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 401, description = "Nobody is signed in: `not_signed_in`", body = super::openapi::Answer),
        (status = 403, description = "Another site's page asks: `forbidden`", body = super::openapi::Answer),
        (status = 426, description = "Not a WebSocket, version 13"),
        (status = 503, description = "No room for one more; `sync` has room: `busy`", body = super::openapi::Answer),
    ))]
pub(super) async fn live(
    OwnPage: OwnPage,
    State(state): State<AppState>,
    Token(token): Token,
    StoryKeys(keys): StoryKeys,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let member = state.db.read(move |db| sign_in::member(db, token, now)).await?;
    let member = member.ok_or(Problem::NotSignedIn)?.id;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(READ_LIMIT).max_frame_size(READ_LIMIT),
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let place = state
        .sockets
        .place()
        .ok_or(Problem::Busy { retry_after: NO_ROOM })?;
    let asker = Asker {
        token,
        keys: state.db.keys(&keys),
    };
    Ok(upgrade.on_upgrade(async move |socket| {
        Talk::new(socket, state, asker, member).run().await;
        drop(place);
    }))
}

/// Why a talk is over.
enum Over {
    /// The line is gone.
    Gone,
    /// We say so.
    Close(Close),
}

impl From<ApiError> for Over {
    /// What it is, a pull says.
    fn from(_: ApiError) -> Self {
        Self::Close(Close::Trouble)
    }
}

/// A request that waits for news.
struct Waiting {
    nonce: Nonce,
    follows: Vec<Pull>,
    /// It is answered then, with or without.
    until: Instant,
    /// There was a commit: when to look what it brought.
    look_at: Option<Instant>,
    /// How many scopes the asker might follow at first.
    may_follow: usize,
}

impl Waiting {
    /// When something is to be done about it.
    fn due(&self) -> Instant {
        self.look_at.map_or(self.until, |look| look.min(self.until))
    }
}

/// One socket.
struct Talk {
    socket: WebSocket,
    state: AppState,
    asker: Asker,
    member: MemberId,
    news: Receiver<News>,
    allowance: Allowance,
    waiting: Option<Waiting>,
    /// When the other side last gave a sign.
    heard_at: Instant,
    /// When it was last told something.
    told_at: Option<Instant>,
}

impl Talk {
    fn new(socket: WebSocket, state: AppState, asker: Asker, member: MemberId) -> Self {
        Self {
            socket,
            asker,
            member,
            news: state.db.news(),
            state,
            allowance: Allowance::default(),
            waiting: None,
            heard_at: moment(),
            told_at: None,
        }
    }

    async fn run(mut self) {
        let over = self.talk().await;
        if let Over::Close(close) = over {
            let frame = CloseFrame {
                code: close.code(),
                reason: close.reason().into(),
            };
            _ = timeout(GOODBYE, async {
                if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                    while let Some(Ok(_)) = self.socket.recv().await {}
                }
            })
            .await;
        }
    }

    /// Ends only when the talk is over.
    async fn talk(&mut self) -> Over {
        let state = self.state.clone();
        let closed = state.closed();
        tokio::pin!(closed);
        let every = state.patience.heartbeat;
        let mut beat = interval_at(moment() + every, every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = self.waiting.as_ref().map(Waiting::due);
            let on_time = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let done = tokio::select! {
                message = self.socket.recv() => self.hear(message).await,
                commit = self.news.recv() => self.learn(commit).await,
                () = on_time => self.look_again().await,
                _ = beat.tick() => self.beat().await,
                () = &mut closed => Err(Over::Close(Close::Restart)),
            };
            if let Err(over) = done {
                return over;
            }
        }
    }

    /// Something came from the other side.
    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Over> {
        self.heard_at = moment();
        match message {
            // What cannot be read is larger than anything that is, or no text.
            Some(Err(_)) => Err(Over::Close(Close::Misused)),
            Some(Ok(Message::Text(text))) if text.len() > FRAME_LIMIT => Err(Over::Close(Close::TooLarge)),
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(request) => self.take(request).await,
                Err(_) => Err(Over::Close(Close::Misused)),
            },
            Some(Ok(Message::Binary(_))) => Err(Over::Close(Close::Misused)),
            // Answered by the library, and counted like a command: nobody has reason to send many.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.spend(0),
            // The library says goodbye as well.
            Some(Ok(Message::Close(_))) | None => Err(Over::Gone),
        }
    }

    /// LI5.
    fn spend(&mut self, commands: usize) -> Result<(), Over> {
        let now = i64::try_from(self.state.clock.elapsed().as_millis()).unwrap_or(i64::MAX);
        if self.allowance.take(commands, Span(now)) {
            Ok(())
        } else {
            Err(Over::Close(Close::Misused))
        }
    }

    async fn take(&mut self, request: Raw) -> Result<(), Over> {
        self.spend(request.push.len())?;
        let follows = check(&request).map_err(|_| Over::Close(Close::Misused))?;
        // One answer for each, in their order.
        if let Some(waiting) = self.waiting.take() {
            let seen = look(&self.state, &self.asker, &waiting.follows).await;
            self.tell(waiting.nonce, Vec::new(), seen.map_err(ApiError::from)?)
                .await?;
        }
        let outcomes = push(&self.state, &self.asker, request.push).await?;
        let seen = look(&self.state, &self.asker, &follows)
            .await
            .map_err(ApiError::from)?;
        let wait = request.wait.min(WAIT_LIMIT);
        if outcomes.is_empty() && wait > 0 && seen.is_quiet() {
            self.waiting = Some(Waiting {
                nonce: request.nonce,
                follows,
                until: moment() + Duration::from_secs(wait.into()),
                look_at: None,
                may_follow: seen.pages.len(),
            });
            return Ok(());
        }
        self.tell(request.nonce, outcomes, seen).await
    }

    /// There was a commit somewhere.
    async fn learn(&mut self, commit: Result<News, RecvError>) -> Result<(), Over> {
        let (touched, rights) = match commit {
            Ok(commit) => (
                self.waiting
                    .as_ref()
                    .is_some_and(|waiting| touches(&commit, &waiting.follows)),
                commit.rights.contains(&self.member),
            ),
            // So many commits at once that some were missed: any of them may have been about this.
            Err(RecvError::Lagged(_)) => (true, true),
            Err(RecvError::Closed) => return Err(Over::Close(Close::Trouble)),
        };
        if rights {
            self.still_signed_in().await?;
        }
        if let Some(waiting) = self.waiting.as_mut().filter(|_| touched) {
            let gathered = self.told_at.map(|told| told + gather());
            let look = gathered.map_or_else(moment, |gathered| gathered.max(moment()));
            waiting.look_at = Some(waiting.look_at.map_or(look, |before| before.min(look)));
        }
        Ok(())
    }

    /// The moment has come to look for news, or the wait is over.
    async fn look_again(&mut self) -> Result<(), Over> {
        let Some(mut waiting) = self.waiting.take() else {
            return Ok(());
        };
        let seen = look(&self.state, &self.asker, &waiting.follows)
            .await
            .map_err(ApiError::from)?;
        let as_before = seen.is_quiet() && seen.pages.len() == waiting.may_follow;
        if as_before && moment() < waiting.until {
            waiting.look_at = None;
            self.waiting = Some(waiting);
            return Ok(());
        }
        self.tell(waiting.nonce, Vec::new(), seen).await
    }

    /// LI9; and a sign-in may have come to its end by time alone.
    async fn beat(&mut self) -> Result<(), Over> {
        if self.heard_at.elapsed() > self.state.patience.silence {
            return Err(Over::Gone);
        }
        self.still_signed_in().await?;
        self.send(Message::Ping(axum::body::Bytes::new())).await
    }

    async fn still_signed_in(&mut self) -> Result<(), Over> {
        let (token, now) = (self.asker.token, self.state.clock.now());
        let member = self
            .state
            .db
            .read(move |db| sign_in::member(db, token, now))
            .await;
        match member.map_err(ApiError::from)? {
            Some(_) => Ok(()),
            None => Err(Over::Close(Close::SignedOut)),
        }
    }

    async fn tell(&mut self, nonce: Nonce, outcomes: Vec<Outcome>, seen: Seen) -> Result<(), Over> {
        let answer = answer(&self.state, nonce, outcomes, seen);
        let text = serde_json::to_string(&answer).map_err(|_| Over::Close(Close::Trouble))?;
        self.told_at = Some(moment());
        self.send(Message::Text(text.into())).await
    }

    /// LI6: who does not take an answer in is let go; they come back to what is true then.
    async fn send(&mut self, message: Message) -> Result<(), Over> {
        let sent = timeout(self.state.patience.telling, self.socket.send(message)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }
}

fn gather() -> Duration {
    Duration::from_millis(GATHER.0.unsigned_abs())
}
