//! Carries the bytes of clips: one request of the tus protocol for one step of the delivery, with the bytes it needs
//! read from storage a few pieces at a time.

use super::{book::Book, clips};
use crate::browser::{
    bytes::{Bytes, base64},
    indexed_db::Trouble,
    network::{self, MEDIA},
};
use domain::{
    id::ClipId,
    sync::{
        delivery::{Ask, Reply, Step},
        protocol::KEYS_HEADER,
    },
};
use std::cell::RefCell;

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
    static READING: RefCell<Option<Reading>> = const { RefCell::new(None) };
}

/// Makes the request of a step; `None` when its story is not on this phone any more.
pub(super) async fn make(step: &Step, book: &Book) -> Option<Reply> {
    let keys = book.story(step.story)?.upload_key.to_hex();
    let keys = (KEYS_HEADER, &*keys);
    Some(match &step.ask {
        Ask::Where => {
            let length = step.length.to_string();
            let about = ["clip ", &base64(step.clip.to_string().as_bytes())].concat();
            let headers = [keys, ("upload-length", &*length), ("upload-metadata", &*about)];
            network::carry("POST", MEDIA, &headers, None).await
        }
        Ask::Take { place, from, length } => {
            let Ok(Some(chunk)) = read(step.clip, *from, *length).await else {
                return Some(Reply::Unreadable);
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
    })
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
