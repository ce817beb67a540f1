//! Bytes of one request, from the socket to the disk.

use super::syncer::{Job, Then};
use super::{Failure, Held, Media, Turn, detached, disk::OpenFile, store::Incoming};
use crate::storage::Keys;
use crate::storage::clip::Expected;
use axum::body::{Body, Bytes};
use domain::id::ClipId;
use domain::problem::Problem;
use http_body_util::BodyExt;
use sha1::Digest;
use std::sync::Arc;

/// How many bytes are held in memory for one request before they are written.
const BUFFER: usize = 128 << 10;
/// What to say to a phone when the server is going down, in seconds.
const BACK_SOON: u32 = 2;

/// Bytes that a request brings.
pub struct Chunk {
    /// Where they go on.
    pub from: From,
    /// What they must be, when the request says so.
    pub checksum: Option<Checksum>,
    /// The bytes.
    pub body: Body,
}

/// Where the bytes of a request go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the beginning, if nothing is here yet; otherwise the request is only told how far it is.
    Start {
        /// How many bytes there are in all.
        length: u64,
    },
    /// Exactly here.
    Offset(u64),
}

/// What the bytes of one request must hash to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1: against accidents only.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256([u8; 32]),
}

enum Hasher {
    None,
    Sha1(sha1::Sha1, [u8; 20]),
    Sha256(sha2::Sha256, [u8; 32]),
}

impl Hasher {
    fn new(checksum: Option<Checksum>) -> Self {
        match checksum {
            None => Self::None,
            Some(Checksum::Sha1(expected)) => Self::Sha1(sha1::Sha1::new(), expected),
            Some(Checksum::Sha256(expected)) => Self::Sha256(sha2::Sha256::new(), expected),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::None => {}
            Self::Sha1(hasher, _) => hasher.update(bytes),
            Self::Sha256(hasher, _) => hasher.update(bytes),
        }
    }

    /// Whether all bytes came as they should; `None` when nothing was said of them.
    fn holds(self) -> Option<bool> {
        match self {
            Self::None => None,
            Self::Sha1(hasher, expected) => Some(hasher.finalize()[..] == expected),
            Self::Sha256(hasher, expected) => Some(hasher.finalize()[..] == expected),
        }
    }
}

/// How a request's bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// As they should.
    Well,
    /// The connection broke, or nothing came for too long.
    Cut,
    /// A newer request took over.
    TakenOver,
    /// The server is going down.
    Closing,
    /// More came than the clip has.
    TooLong,
}

impl Media {
    /// Takes in bytes of a clip. The answer comes once they are on the disk; when they were the last, once the clip is
    /// whole. A connection that breaks leaves what came, unless the bytes had a checksum.
    ///
    /// # Errors
    /// Why they were not taken; then how far it is can be asked.
    pub async fn receive(&self, id: ClipId, keys: Keys, chunk: Chunk) -> Result<Held, Failure> {
        let (media, arrival) = (self.clone(), self.store.turns.arrive(id));
        detached(async move {
            let (expected, mut turn) = media.turn(arrival, id, &keys).await?;
            let offset = media.take_in(&expected, &mut turn, chunk).await?;
            Ok(media.so_far(&expected, offset))
        })
        .await
    }

    /// Answers how many bytes are on the disk afterwards.
    async fn take_in(&self, expected: &Expected, turn: &mut Turn, chunk: Chunk) -> Result<u64, Failure> {
        if let From::Start { length } = chunk.from
            && length != expected.length
        {
            return Err(Problem::ManifestMismatch.into());
        }
        let held = self.settle(expected, turn).await?;
        match chunk.from {
            From::Start { .. } if held > 0 => return Ok(held),
            From::Offset(offset) if offset != held => {
                return Err(Problem::UploadConflict { offset: Some(held) }.into());
            }
            _ if held == expected.length => return Ok(held),
            _ => {}
        }
        let id = expected.id;
        let Some(Incoming { file, length }) =
            self.blocking(move |store| store.open_incoming(id, true)).await?
        else {
            return Err(Failure::Stopped);
        };
        // Until it is all on the disk nothing is sure but what was.
        turn.known.synced = None;
        let ended = async {
            if length > held {
                let file = Arc::clone(&file);
                self.blocking(move |_| Ok(file.cut(held)?)).await?;
            }
            self.write(&file, held, expected.length, turn, chunk).await
        };
        let (ended, holds, end) = match ended.await {
            Ok(written) => written,
            Err(failure) => {
                self.back_to(held, file, turn, expected).await;
                return Err(failure);
            }
        };
        let whole = ended == Ended::Well;
        if ended == Ended::TooLong || holds == Some(false) || (holds.is_some() && !whole) {
            self.back_to(held, file, turn, expected).await;
            return Err(refusal(ended, held, expected.length));
        }
        let kept = if end == expected.length {
            self.called_whole(expected, Arc::clone(&file), Then::Place).await
        } else {
            self.keep(id, &file, held).await
        };
        if let Err(failure) = kept {
            // A disk that was full when it came to it: what was on it before still is.
            if matches!(failure, Failure::Full) {
                self.back_to(held, file, turn, expected).await;
            }
            return Err(failure);
        }
        if end == expected.length {
            return Ok(end);
        }
        turn.known.synced = Some(end);
        if whole {
            Ok(end)
        } else {
            Err(refusal(ended, end, expected.length))
        }
    }

    /// Brings what was written behind the first `held` bytes to the disk.
    async fn keep(&self, id: ClipId, file: &Arc<dyn OpenFile>, held: u64) -> Result<(), Failure> {
        let (touched, now) = (Arc::clone(file), self.clock.now());
        self.blocking(move |_| Ok(touched.touch(now)?)).await?;
        let then = if held == 0 { Then::NameIt } else { Then::Nothing };
        let (clip, file) = (id, Arc::clone(file));
        self.syncer.done(Job { clip, file, then }).await
    }

    /// Writes what comes. Answers how it ended, whether it is what its checksum says, and where the file ends.
    async fn write(
        &self,
        file: &Arc<dyn OpenFile>,
        held: u64,
        length: u64,
        turn: &mut Turn,
        chunk: Chunk,
    ) -> Result<(Ended, Option<bool>, u64), Failure> {
        let (mut hasher, mut body) = (Hasher::new(chunk.checksum), chunk.body);
        let (mut buffer, mut at) = (Vec::with_capacity(BUFFER), held);
        let mut closing = self.closing.clone();
        let ended = loop {
            let next = tokio::select! {
                biased;
                () = turn.taken_over() => break Ended::TakenOver,
                _ = closing.wait_for(|closing| *closing) => break Ended::Closing,
                next = data(&mut body) => next,
            };
            let bytes = match next {
                None => break Ended::Well,
                Some(Err(Broken)) => break Ended::Cut,
                Some(Ok(bytes)) => bytes,
            };
            if at + (buffer.len() + bytes.len()) as u64 > length {
                break Ended::TooLong;
            }
            hasher.update(&bytes);
            buffer.extend_from_slice(&bytes);
            if buffer.len() >= BUFFER {
                (buffer, at) = self.flush(file, buffer, at).await?;
            }
        };
        let (_, at) = self.flush(file, buffer, at).await?;
        Ok((ended, hasher.holds(), at))
    }

    async fn flush(
        &self,
        file: &Arc<dyn OpenFile>,
        mut buffer: Vec<u8>,
        at: u64,
    ) -> Result<(Vec<u8>, u64), Failure> {
        if buffer.is_empty() {
            return Ok((buffer, at));
        }
        let file = Arc::clone(file);
        self.blocking(move |_| {
            file.write(at, &buffer)?;
            let at = at + buffer.len() as u64;
            buffer.clear();
            Ok((buffer, at))
        })
        .await
    }

    /// Undoes what a request wrote, which also gives the room back. What was before it was on the disk and stays there.
    async fn back_to(&self, held: u64, file: Arc<dyn OpenFile>, turn: &mut Turn, expected: &Expected) {
        let id = expected.id;
        let undone = self
            .blocking(move |store| {
                if held == 0 {
                    Ok(store.remove_incoming(id)?)
                } else {
                    Ok(file.cut(held)?)
                }
            })
            .await;
        match undone {
            Ok(()) if held > 0 => turn.known.synced = Some(held),
            Ok(()) => {}
            // How far it is is found out by the next request.
            Err(failure) => tracing::warn!(?failure, "what did not hold could not be undone"),
        }
    }
}

fn refusal(ended: Ended, offset: u64, length: u64) -> Failure {
    Failure::Problem(match ended {
        Ended::Well => Problem::ChecksumMismatch,
        Ended::Cut => Problem::Malformed,
        Ended::TakenOver => Problem::UploadConflict { offset: None },
        Ended::Closing => Problem::Busy {
            retry_after: BACK_SOON,
        },
        Ended::TooLong => Problem::TooLarge {
            limit: length - offset,
        },
    })
}

struct Broken;

/// The next bytes of a body; trailers are passed over.
async fn data(body: &mut Body) -> Option<Result<Bytes, Broken>> {
    loop {
        match body.frame().await? {
            Ok(frame) => {
                if let Ok(bytes) = frame.into_data() {
                    return Some(Ok(bytes));
                }
            }
            Err(_) => return Some(Err(Broken)),
        }
    }
}
