//! Carries the bytes of clips: one request of the tus protocol for one step of the delivery, with the bytes it needs
//! read from storage a few pieces at a time.
//!
//! A first visit has no bytes to bring, so this comes in the chunk with what makes them.

use super::{State, acts, book::Book, clips, courier, tabs};
use crate::browser::{
    ambient::{self, Random},
    bytes::{Bytes, base64},
    indexed_db::Trouble,
    network::{self, MEDIA},
};
use domain::{
    id::{ClipId, StoryId},
    sync::{
        delivery::{Ask, Reply, Step},
        protocol::KEYS_HEADER,
    },
};
use leptos::wasm_split::SplitLoaderError;
use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
};

/// Makes one request that carries bytes, if one may be made now. True when there was one.
pub(super) type Carry = fn(State) -> Pin<Box<dyn Future<Output = bool>>>;

/// Whoever carries.
#[leptos::wasm_split::wasm_split(making, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(super) fn chunk() -> Result<Carry, SplitLoaderError> {
    Ok(|state| Box::pin(carry(state)))
}

/// How many pieces are read at once: some fifteen seconds of sound.
const AT_ONCE: u32 = 32;

/// What was read of one clip and is not all sent yet. The next chunk goes on from there.
struct Reading {
    clip: ClipId,
    /// Of the next piece to be read.
    number: u32,
    /// Where in the clip the first held piece begins.
    start: u64,
    held: Vec<Bytes>,
}

thread_local! {
    /// Of which story bytes are on their way.
    static CARRIES: Cell<Option<StoryId>> = const { Cell::new(None) };
    static READING: RefCell<Option<Reading>> = const { RefCell::new(None) };
}

/// UP1: what was just said of a story goes before its bytes: a request that carries some ends.
pub(super) fn stop_unwanted(state: State) {
    if let Some(story) = CARRIES.get()
        && !state.book.with_untracked(|book| book.wants_bytes(story))
    {
        network::stop_carrying();
    }
}

async fn carry(state: State) -> bool {
    let began = ambient::now();
    let Some(step) = state.book.with_untracked(|book| book.next_step(began)) else {
        return false;
    };
    CARRIES.set(Some(step.story));
    let key = state
        .book
        .with_untracked(|book| book.story(step.story).map(|story| story.upload_key.to_hex()));
    let reply = match &key {
        Some(key) => Some(make(&step, key).await),
        None => None,
    };
    CARRIES.set(None);
    let wanted = state.book.with_untracked(|book| book.wants_bytes(step.story));
    // What came of bytes that are not wanted any more says nothing of the line: perhaps we cut it off ourselves.
    let Some(reply) = reply.filter(|_| wanted) else {
        return true;
    };
    let now = ambient::now();
    let hear = |book: &mut Book| book.hear(&step, &reply, now.since(began), now, &mut Random);
    if acts::commit(state, &[], &hear).await.is_err() {
        // True all the same. Storage lags behind; at the next visit the server says again what it has.
        state.book.update(hear);
    }
    tabs::tell(tabs::Word::Idle);
    courier::tell_of_waiting(state);
    true
}

/// Makes the request of a step.
async fn make(step: &Step, key: &str) -> Reply {
    let keys = (KEYS_HEADER, key);
    match &step.ask {
        Ask::Where => {
            let length = step.length.to_string();
            let about = ["clip ", &base64(step.clip.to_string().as_bytes())].concat();
            let headers = [keys, ("upload-length", &*length), ("upload-metadata", &*about)];
            network::carry("POST", MEDIA, &headers, None).await
        }
        Ask::Take { place, from, length } => {
            let Ok(Some(chunk)) = read(step.clip, *from, *length).await else {
                return Reply::Unreadable;
            };
            let from = from.to_string();
            let sum = ["sha256 ", &base64(&chunk.sha256().await.0)].concat();
            let headers = [
                keys,
                ("content-type", "application/offset+octet-stream"),
                ("upload-offset", &*from),
                ("upload-checksum", &*sum),
            ];
            network::carry("PATCH", place, &headers, Some(&chunk)).await
        }
    }
}

/// These bytes of a clip; `None` when there are not so many.
async fn read(clip: ClipId, from: u64, length: u64) -> Result<Option<Bytes>, Trouble> {
    let known = READING.take();
    let mut reading = known
        .filter(|reading| reading.clip == clip && reading.start <= from)
        .unwrap_or(Reading {
            clip,
            number: 0,
            start: 0,
            held: Vec::new(),
        });
    loop {
        while let Some(first) = reading.held.first()
            && reading.start + first.length() <= from
        {
            reading.start += first.length();
            reading.held.remove(0);
        }
        let held: u64 = reading.held.iter().map(Bytes::length).sum();
        if reading.start + held >= from + length {
            let chunk = Bytes::joined(&reading.held).part(from - reading.start, length);
            READING.set(Some(reading));
            return Ok(Some(chunk));
        }
        let pieces = clips::some(clip, reading.number, AT_ONCE).await?;
        let Some(last) = pieces.last() else {
            return Ok(None);
        };
        reading.number = last.number + 1;
        reading.held.extend(pieces.into_iter().map(|piece| piece.bytes));
    }
}
