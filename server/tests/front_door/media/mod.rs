//! The bytes of clips through the front door: by tus, onto the disk, into a whole story.

mod broken;
mod coming;
pub mod disks;
mod expiry;
mod killed;
mod power;
mod protocol;
mod restart;
mod room;
mod taken_back;

use crate::house::{House, Reply, Seeded, Told, Who, acknowledged};
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::clip::{Clip, ClipKind};
use domain::id::ClipId;
use domain::sync::protocol::{KEYS_HEADER, Verdict};
use domain::time::Span;
use domain::{Entropy, Sha256};
use futures_util::stream;
use std::io;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// A story that was spoken, with the bytes of its clips.
pub struct Spoken {
    pub told: Told,
    pub clips: Vec<(ClipId, Vec<u8>)>,
}

impl Spoken {
    /// Of its first clip.
    pub fn id(&self) -> ClipId {
        self.clips[0].0
    }

    pub fn bytes(&self) -> &[u8] {
        &self.clips[0].1
    }
}

/// So many bytes, the same at every run for the same seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Seeded(seed).fill(&mut bytes);
    bytes
}

/// An upload request, as any tus client that sends the key would make it.
pub fn tus(method: Method, path: &str, who: &Who, headers: &[(&str, String)], body: Body) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("tus-resumable", "1.0.0")
        .header(KEYS_HEADER, who.keys.join(","));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(body).unwrap()
}

/// A body whose bytes come when the test says so. What was sent has reached the server once there is room for more.
pub fn pipe() -> (mpsc::Sender<Result<Bytes, io::Error>>, Body) {
    let (sender, receiver) = mpsc::channel(1);
    let bytes = stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|bytes| (bytes, receiver))
    });
    (sender, Body::from_stream(Box::pin(bytes)))
}

/// A body that breaks off behind these bytes.
pub fn cut(bytes: &[u8]) -> Body {
    let pieces = [Ok(Bytes::copy_from_slice(bytes)), Err(io::Error::other("cut"))];
    Body::from_stream(stream::iter(pieces))
}

/// `Upload-Checksum` of these bytes.
pub fn checksum(bytes: &[u8]) -> (&'static str, String) {
    let hash = STANDARD.encode(Sha256::of(bytes).0);
    ("upload-checksum", format!("sha256 {hash}"))
}

pub const BYTES: &str = "application/offset+octet-stream";

pub fn address(id: ClipId) -> String {
    format!("/api/v1/media/{id}")
}

pub fn metadata(id: ClipId) -> String {
    format!("clip {}", STANDARD.encode(id.to_string()))
}

/// What the answer says is on the disk.
pub fn offset(reply: &Reply) -> u64 {
    let offset = reply.headers.get("upload-offset");
    offset
        .unwrap_or_else(|| {
            panic!(
                "no offset: {} {}",
                reply.status,
                String::from_utf8_lossy(&reply.body)
            )
        })
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

impl House {
    /// A story told aloud, with clips of these lengths, on a phone and not sent yet.
    pub fn spoken(&self, seed: u64, lengths: &[usize]) -> Spoken {
        let clips: Vec<(ClipId, Vec<u8>)> = lengths
            .iter()
            .enumerate()
            .map(|(place, length)| {
                let id = ClipId::random(&mut Seeded(seed * 1_000 + place as u64));
                (id, noise(seed * 1_000 + place as u64, *length))
            })
            .collect();
        let told = self.told_at("", self.now(), |draft| {
            draft.clips = clips
                .iter()
                .map(|(id, bytes)| Clip {
                    id: *id,
                    kind: ClipKind::Sound,
                    media_type: "audio/webm;codecs=opus".to_owned(),
                    length: bytes.len() as u64,
                    millis: 5_000,
                    sha256: Sha256::of(bytes),
                    words: None,
                })
                .collect();
        });
        Spoken { told, clips }
    }

    /// The same, whose manifest the server has taken.
    pub async fn announced(&self, seed: u64, lengths: &[usize]) -> Spoken {
        let spoken = self.spoken(seed, lengths);
        let verdict = self.push_one(spoken.told.envelope.clone(), &Who::nobody()).await;
        assert!(
            matches!(
                verdict,
                Verdict::Committed {
                    acknowledgement: None,
                    ..
                }
            ),
            "{verdict:?}"
        );
        spoken
    }

    pub async fn create(&self, id: ClipId, length: usize, who: &Who) -> Reply {
        let headers = [
            ("upload-length", length.to_string()),
            ("upload-metadata", metadata(id)),
        ];
        self.ask(tus(Method::POST, "/api/v1/media", who, &headers, Body::empty()))
            .await
    }

    /// Creation with all bytes at once.
    pub async fn bring(&self, id: ClipId, bytes: impl Into<Body>, length: usize, who: &Who) -> Reply {
        let headers = [
            ("upload-length", length.to_string()),
            ("upload-metadata", metadata(id)),
            ("content-type", BYTES.to_owned()),
        ];
        self.ask(tus(Method::POST, "/api/v1/media", who, &headers, bytes.into()))
            .await
    }

    pub async fn held(&self, id: ClipId, who: &Who) -> Reply {
        self.ask(tus(Method::HEAD, &address(id), who, &[], Body::empty()))
            .await
    }

    pub async fn patch(&self, id: ClipId, from: u64, bytes: impl Into<Body>, who: &Who) -> Reply {
        self.patch_with(id, from, bytes, who, &[]).await
    }

    pub async fn patch_with(
        &self,
        id: ClipId,
        from: u64,
        bytes: impl Into<Body>,
        who: &Who,
        more: &[(&str, String)],
    ) -> Reply {
        let mut headers = vec![
            ("upload-offset", from.to_string()),
            ("content-type", BYTES.to_owned()),
        ];
        headers.extend_from_slice(more);
        self.ask(tus(Method::PATCH, &address(id), who, &headers, bytes.into()))
            .await
    }

    /// Brings every clip, each in one request.
    pub async fn bring_all(&self, spoken: &Spoken) {
        for (id, bytes) in &spoken.clips {
            let reply = self
                .bring(*id, bytes.clone(), bytes.len(), &spoken.told.deliverer())
                .await;
            assert_eq!(reply.status, StatusCode::CREATED);
            assert_eq!(offset(&reply), bytes.len() as u64);
        }
    }

    /// What the server says when the story is sent again; true once it is acknowledged with every hash.
    pub async fn is_acknowledged(&self, spoken: &Spoken) -> bool {
        let verdict = self.push_one(spoken.told.envelope.clone(), &Who::nobody()).await;
        if matches!(
            verdict,
            Verdict::Committed {
                acknowledgement: None,
                ..
            }
        ) {
            return false;
        }
        let story = &spoken.told.story;
        acknowledged(&verdict).1.confirms(story.id, &story.parts)
    }

    /// The server tidies as it does every day.
    pub async fn a_day_later(&self) {
        self.clock.pass(Span::days(1));
        self.state.media.forget(self.now()).await.unwrap();
    }

    pub fn incoming(&self, id: ClipId) -> PathBuf {
        self.folder
            .path()
            .join("data/media/incoming")
            .join(id.to_string())
    }

    pub fn whole(&self, id: ClipId) -> PathBuf {
        let id = id.to_string();
        self.folder.path().join("data/media").join(&id[..2]).join(&id)
    }
}
