//! `POST /api/v1/sync`: the one way in for what people make, and the one way out for what they follow.

use crate::AppState;
use crate::http::auth::Token;
use crate::http::body::{Parsed, StoryKeys};
use crate::http::error::ApiError;
use crate::storage::ledger::{TxLedger, acknowledged};
use crate::storage::{Commit, Error, Keys, News, Reading, meta, scope, sign_in, story};
use axum::Json;
use axum::extract::State;
use domain::command::Command;
use domain::decide::Sender;
use domain::id::CommandId;
use domain::key::Holds;
use domain::problem::Problem;
use domain::scope::Scope;
use domain::sync::authority::{held_up, receive};
use domain::sync::protocol::{
    Envelope, OLDEST_PROTOCOL, Outcome, PROTOCOL, PULL_LIMIT, PUSH_LIMIT, Page, Pull, SyncRequest,
    SyncResponse, Verdict, WAIT_LIMIT,
};
use domain::time::Timestamp;
use domain::{Nonce, Sha256};
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// A request in which each command is still unread, so that one that cannot be read is refused alone.
pub(super) type Raw = SyncRequest<Box<RawValue>>;

/// Pushes commands, then pulls what is new in the scopes named; waits for news when asked to and there is none.
#[utoipa::path(post, path = "/api/v1/sync", tag = "telling", request_body = SyncRequest<Command>,
    params(("Story-Keys" = Option<String>, Header, description = "Keys of stories, hexadecimal, separated by commas")),
    responses(
        (status = 200, description = "One outcome per command, one page per scope that may be followed", body = SyncResponse),
        (status = 400, description = "The request could not be read: `malformed`", body = super::openapi::Answer),
        (status = 413, description = "The request is too long: `too_large`", body = super::openapi::Answer),
        (status = 426, description = "Only pulls, in too old a protocol: `protocol_too_old`", body = super::openapi::Answer),
        (status = 507, description = "No room at present: `storage_full`", body = super::openapi::Answer),
    ))]
pub(super) async fn sync(
    State(state): State<AppState>,
    Token(token): Token,
    StoryKeys(keys): StoryKeys,
    Parsed(request): Parsed<Raw>,
) -> Result<Json<SyncResponse>, ApiError> {
    let follows = check(&request)?;
    let asker = Asker {
        token,
        keys: state.db.keys(&keys),
    };
    let news = state.db.news();
    let outcomes = push(&state, &asker, request.push).await?;
    let wait = if outcomes.is_empty() {
        request.wait.min(WAIT_LIMIT)
    } else {
        0
    };
    let seen = pull(&state, news, &asker, &follows, wait).await?;
    Ok(Json(answer(&state, request.nonce, outcomes, seen)))
}

/// What is answered to a request with this nonce.
pub(super) fn answer(state: &AppState, nonce: Nonce, outcomes: Vec<Outcome>, seen: Seen) -> SyncResponse {
    SyncResponse {
        protocol: PROTOCOL,
        nonce,
        epoch: seen.epoch,
        server_time: state.clock.now(),
        outcomes,
        pages: seen.pages,
    }
}

/// What may be pulled. A phone of before the oldest protocol is told so, but what it brings is still taken in.
pub(super) fn check(request: &Raw) -> Result<Vec<Pull>, Problem> {
    if request.push.len() > PUSH_LIMIT || request.pull.len() > PULL_LIMIT {
        return Err(Problem::Malformed);
    }
    if request.protocol >= OLDEST_PROTOCOL {
        let mut follows: Vec<Pull> = Vec::with_capacity(request.pull.len());
        for pull in &request.pull {
            // Once each: an answer is not made larger than what there is.
            if follows.iter().all(|before| before.scope != pull.scope) {
                follows.push(*pull);
            }
        }
        Ok(follows)
    } else if request.push.is_empty() {
        Err(Problem::ProtocolTooOld {
            oldest: OLDEST_PROTOCOL,
        })
    } else {
        Ok(Vec::new())
    }
}

/// Carries out commands in their order and in one transaction. A problem stays with its command; when storage itself
/// fails, nothing of the request happened and the phone sends it again.
pub(super) async fn push(
    state: &AppState,
    asker: &Asker,
    envelopes: Vec<Envelope<Box<RawValue>>>,
) -> Result<Vec<Outcome>, ApiError> {
    if envelopes.is_empty() {
        return Ok(Vec::new());
    }
    // A phone asks again once its bytes are here. What is durable already need not wait for what others write.
    let ids: Vec<CommandId> = envelopes.iter().map(|envelope| envelope.id).collect();
    if let Some(outcomes) = state.db.read(move |db| all_acknowledged(db, &ids)).await? {
        return Ok(outcomes);
    }
    let (Asker { token, keys }, now) = (asker.clone(), state.clock.now());
    let outcomes = state.db.write(move |tx| {
        let sender = sign_in::member(tx, token, now)?.map_or(Sender::Anybody, Sender::Member);
        let mut ledger = TxLedger::new(tx, &keys, now);
        let mut done: Vec<(Option<Envelope>, Outcome)> = Vec::with_capacity(envelopes.len());
        for raw in envelopes {
            let Ok(envelope) = read(&raw) else {
                let problem = Problem::Malformed;
                let verdict = Verdict::Rejected { problem };
                done.push((None, Outcome { id: raw.id, verdict }));
                continue;
            };
            let earlier = done
                .iter()
                .filter_map(|(before, outcome)| Some((before.as_ref()?, outcome)));
            let outcome = match held_up(earlier, &envelope) {
                Some(outcome) => outcome,
                None => receive(&mut ledger, &envelope, sender, now)?,
            };
            done.push((Some(envelope), outcome));
        }
        Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
    });
    Ok(outcomes.await?)
}

/// The outcomes of commands whose stories are whole already; `None` when anything else is among them.
fn all_acknowledged(db: &Reading, ids: &[CommandId]) -> Result<Option<Vec<Outcome>>, Error> {
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(outcome) = acknowledged(db, *id)? else {
            return Ok(None);
        };
        outcomes.push(outcome);
    }
    Ok(Some(outcomes))
}

fn read(raw: &Envelope<Box<RawValue>>) -> serde_json::Result<Envelope> {
    Ok(Envelope {
        id: raw.id,
        sequence: raw.sequence,
        command: serde_json::from_str(raw.command.get())?,
    })
}

/// Who asks.
#[derive(Clone)]
pub(super) struct Asker {
    pub token: Option<Sha256>,
    pub keys: Keys,
}

/// What somebody may see of the scopes they asked for, all of one moment.
pub(super) struct Seen {
    pub epoch: u64,
    pub pages: Vec<Page>,
}

impl Seen {
    /// Whether there is something to wait for: scopes that may be followed, and no line in any.
    pub fn is_quiet(&self) -> bool {
        let mut pages = self.pages.iter();
        !self.pages.is_empty() && pages.all(|page| page.lines.is_empty() && !page.reload)
    }
}

/// Looks at the scopes as they are now.
pub(super) async fn look(state: &AppState, asker: &Asker, follows: &[Pull]) -> Result<Seen, Error> {
    let (asker, follows, now) = (asker.clone(), follows.to_vec(), state.clock.now());
    let seen = state.db.read(move |db| {
        Ok(Seen {
            epoch: meta::epoch(db)?,
            pages: pages(db, &asker, &follows, now)?,
        })
    });
    seen.await
}

/// Looks, and waits at most `wait` seconds while there is nothing new and the asker may follow as much as before.
async fn pull(
    state: &AppState,
    mut news: Receiver<News>,
    asker: &Asker,
    follows: &[Pull],
    wait: u32,
) -> Result<Seen, ApiError> {
    let over = async {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(wait.into())) => {}
            () = state.closed() => {}
        }
    };
    tokio::pin!(over);
    let first = look(state, asker, follows).await?;
    let may_follow = first.pages.len();
    let mut seen = first;
    while wait > 0 && seen.is_quiet() && seen.pages.len() == may_follow {
        tokio::select! {
            () = heard(&mut news, follows) => seen = look(state, asker, follows).await?,
            () = &mut over => break,
        }
    }
    Ok(seen)
}

/// Returns after a commit that touched one of these scopes or anybody's rights, or when commits were missed.
async fn heard(news: &mut Receiver<News>, follows: &[Pull]) {
    loop {
        match news.recv().await {
            Ok(commit) if commit.rights.is_empty() && !touches(&commit, follows) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            // The writer has ended; the wait ends by its own time.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Whether a commit touched one of these scopes.
pub(super) fn touches(commit: &Commit, follows: &[Pull]) -> bool {
    follows.iter().any(|pull| commit.touched.contains(&pull.scope))
}

/// A page of each scope the asker may follow; what may not is left out, as if it did not exist.
fn pages(db: &Reading, asker: &Asker, follows: &[Pull], now: Timestamp) -> Result<Vec<Page>, Error> {
    let member = sign_in::member(db, asker.token, now)?;
    let mut pages = Vec::with_capacity(follows.len());
    for pull in follows {
        let holds = match pull.scope {
            Scope::Story(id) => story::holds(db, id, &asker.keys)?,
            Scope::Public(_) | Scope::Members(_) | Scope::Member(_) => Holds::Nothing,
        };
        if pull.scope.may_be_followed(member.as_ref(), holds) {
            pages.extend(scope::page(db, *pull, holds)?);
        }
    }
    Ok(pages)
}
