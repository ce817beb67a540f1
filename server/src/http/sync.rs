//! `POST /api/v1/sync`: the one way in for what people make, and the one way out for what they follow.

use crate::AppState;
use crate::http::auth::Token;
use crate::http::body::{Parsed, StoryKeys};
use crate::http::error::ApiError;
use crate::storage::ledger::{TxLedger, acknowledged};
use crate::storage::{Error, Keys, News, Reading, meta, scope, sign_in, story};
use axum::Json;
use axum::extract::State;
use domain::Sha256;
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
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// A request in which each command is still unread, so that one that cannot be read is refused alone.
type Raw = SyncRequest<Box<RawValue>>;

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
    let keys = state.db.keys(&keys);
    let news = state.db.news();
    let outcomes = push(&state, token, &keys, request.push).await?;
    let wait = if outcomes.is_empty() {
        request.wait.min(WAIT_LIMIT)
    } else {
        0
    };
    let (epoch, pages) = pull(&state, news, Asker { token, keys, follows }, wait).await?;
    let (protocol, nonce, server_time) = (PROTOCOL, request.nonce, state.clock.now());
    Ok(Json(SyncResponse {
        protocol,
        nonce,
        epoch,
        server_time,
        outcomes,
        pages,
    }))
}

/// What may be pulled. A phone of before the oldest protocol is told so, but what it brings is still taken in.
fn check(request: &Raw) -> Result<Vec<Pull>, Problem> {
    if request.push.len() > PUSH_LIMIT || request.pull.len() > PULL_LIMIT {
        return Err(Problem::Malformed);
    }
    if request.protocol >= OLDEST_PROTOCOL {
        Ok(request.pull.clone())
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
async fn push(
    state: &AppState,
    token: Option<Sha256>,
    keys: &Keys,
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
    let (keys, now) = (keys.clone(), state.clock.now());
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

/// Who asks for what.
#[derive(Clone)]
struct Asker {
    token: Option<Sha256>,
    keys: Keys,
    follows: Vec<Pull>,
}

/// The epoch and the pages; waits at most `wait` seconds while there is no line in any.
async fn pull(
    state: &AppState,
    mut news: Receiver<News>,
    asker: Asker,
    wait: u32,
) -> Result<(u64, Vec<Page>), ApiError> {
    let over = async {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(wait.into())) => {}
            () = state.closed() => {}
        }
    };
    tokio::pin!(over);
    loop {
        let (asked, now) = (asker.clone(), state.clock.now());
        let (epoch, pages) = state
            .db
            .read(move |db| Ok((meta::epoch(db)?, pages(db, &asked, now)?)))
            .await?;
        let nothing_new = pages.iter().all(|page| page.lines.is_empty() && !page.reload);
        if wait == 0 || asker.follows.is_empty() || !nothing_new {
            return Ok((epoch, pages));
        }
        tokio::select! {
            () = heard(&mut news, &asker.follows) => {}
            () = &mut over => return Ok((epoch, pages)),
        }
    }
}

/// Returns after a commit that touched one of these scopes, or when commits were missed.
async fn heard(news: &mut Receiver<News>, follows: &[Pull]) {
    loop {
        match news.recv().await {
            Ok(touched) if !follows.iter().any(|pull| touched.contains(&pull.scope)) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            // The writer has ended; the wait ends by its own time.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// A page of each scope the asker may follow; what may not is left out, as if it did not exist.
fn pages(db: &Reading, asker: &Asker, now: domain::time::Timestamp) -> Result<Vec<Page>, Error> {
    let member = sign_in::member(db, asker.token, now)?;
    let mut pages = Vec::with_capacity(asker.follows.len());
    for pull in &asker.follows {
        let holds = match pull.scope {
            Scope::Story(id) => story::holds(db, id, &asker.keys)?,
            Scope::Public(_) | Scope::Members(_) | Scope::Member(_) => Holds::Nothing,
        };
        if pull.scope.may_be_followed(member.as_ref(), holds) {
            pages.extend(scope::page(db, *pull)?);
        }
    }
    Ok(pages)
}
