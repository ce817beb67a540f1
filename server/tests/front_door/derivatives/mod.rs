//! What others hear and see of clips: made, handed out, checked.

mod making;
mod serving;
mod verify;

use crate::house::{House, Reply, Told, Who};
use crate::media::Spoken;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use domain::Sha256;
use domain::clip::{Clip, ClipKind, Measured, Measuring};
use domain::id::ClipId;
use domain::member::Role;
use domain::story::ReadStory;
use image::{DynamicImage, ImageFormat};
use server::media::child::Child;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;

/// A clip on a phone.
pub struct Brought {
    pub kind: ClipKind,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// A drawing with something beside its pixels.
pub fn drawing() -> Brought {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
    DynamicImage::ImageRgb8(pixels)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    let mut bytes = bytes.into_inner();
    bytes.extend(b"kanarie");
    Brought {
        kind: ClipKind::Drawing,
        media_type: "image/png",
        bytes,
    }
}

/// Three seconds as a browser records them, with tags.
pub fn recording() -> Brought {
    let made = Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=330:sample_rate=48000:duration=3",
        ])
        .args([
            "-metadata",
            "title=kanarie",
            "-c:a",
            "libopus",
            "-b:a",
            "32k",
            "-f",
            "webm",
            "-live",
            "1",
            "-",
        ])
        .output()
        .expect("the test ring has ffmpeg");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Brought {
        kind: ClipKind::Sound,
        media_type: "audio/webm;codecs=opus",
        bytes: made.stdout,
    }
}

/// Nothing that can be heard.
pub fn page() -> Brought {
    Brought {
        kind: ClipKind::Sound,
        media_type: "audio/webm",
        bytes: b"<!doctype html><script>alert(1)</script>".to_vec(),
    }
}

/// The real child.
pub fn child() -> Child {
    Child::of(env!("CARGO_BIN_EXE_vertelpunt").into())
}

pub fn path_of(told: &Told, clip: ClipId) -> String {
    format!("/api/v1/stories/{}/clips/{clip}", told.story.id)
}

impl House {
    /// A story with these clips, every byte of which arrived.
    pub async fn came(&self, seed: u64, clips: Vec<Brought>) -> Spoken {
        let with_ids: Vec<(ClipId, Brought)> = clips
            .into_iter()
            .enumerate()
            .map(|(place, clip)| {
                (
                    ClipId::random(&mut crate::house::Seeded(seed * 1_000 + place as u64)),
                    clip,
                )
            })
            .collect();
        let told = self.told_at("Met woorden erbij.", self.now(), |draft| {
            draft.clips = with_ids
                .iter()
                .map(|(id, clip)| Clip {
                    id: *id,
                    kind: clip.kind,
                    media_type: clip.media_type.to_owned(),
                    length: clip.bytes.len() as u64,
                    millis: 5_000,
                    sha256: Sha256::of(&clip.bytes),
                    words: None,
                })
                .collect();
        });
        let clips = with_ids.into_iter().map(|(id, clip)| (id, clip.bytes)).collect();
        let spoken = Spoken { told, clips };
        self.push_one(spoken.told.envelope.clone(), &Who::nobody()).await;
        self.bring_all(&spoken).await;
        assert!(self.is_acknowledged(&spoken).await);
        spoken
    }

    pub async fn derive(&self) {
        self.state.media.derive_all(&child()).await.unwrap();
    }

    pub async fn read_story(&self, told: &Told, who: &Who) -> ReadStory {
        let reply = self
            .get(
                &format!("/api/v1/stories/{}", told.story.id),
                who.cookie.as_deref(),
            )
            .await;
        assert_eq!(reply.status, StatusCode::OK);
        reply.json()
    }

    /// What came of each clip, as an analyst reads it.
    pub async fn measured(&self, told: &Told) -> Vec<Measuring> {
        let analyst = self.signed_in(Role::Analyst).await;
        let story = self.read_story(told, &analyst).await;
        assert_eq!(story.text.as_deref(), Some("Met woorden erbij."));
        story.clips.into_iter().map(|clip| clip.measured).collect()
    }

    /// A clip, asked for with these headers.
    pub async fn play(&self, told: &Told, clip: ClipId, who: &Who, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::builder().method(Method::GET).uri(path_of(told, clip));
        if let Some(cookie) = &who.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    pub fn derived(&self, clip: ClipId) -> PathBuf {
        self.folder
            .path()
            .join("data/media/derived")
            .join(clip.to_string())
    }
}

pub fn done(measuring: &Measuring) -> &Measured {
    match measuring {
        Measuring::Done(measured) => measured,
        other => panic!("{other:?}"),
    }
}
