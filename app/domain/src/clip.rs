//! What is not written: a recorded, photographed or drawn part of a story.

use crate::Sha256;
use crate::id::ClipId;
use crate::problem::Problem;
use crate::story::{Part, PartKind};
use crate::time::Span;

/// How many clips one story may have.
pub const CLIP_LIMIT: usize = 40;
/// The most bytes of one clip: ten minutes of sound at twice the rate we ask for, or a large photo.
pub const CLIP_LENGTH_LIMIT: u64 = 50_000_000;
/// The most stretches in which the loudness of a clip is told.
pub const PEAK_LIMIT: usize = 400;
/// The most characters of what a teller says of a picture.
pub const WORDS_LIMIT: u32 = 500;

/// What a clip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClipKind {
    /// Recorded speech.
    Sound,
    /// A photo, encoded anew on the phone: nothing of its camera or place is in it.
    Photo,
    /// Drawn with a finger.
    Drawing,
}

impl ClipKind {
    /// The containers a phone may bring, as the beginning of the media type.
    fn containers(self) -> &'static [&'static str] {
        match self {
            Self::Sound => &["audio/webm", "audio/mp4", "audio/ogg"],
            Self::Photo => &["image/jpeg", "image/webp"],
            Self::Drawing => &["image/png", "image/webp"],
        }
    }

    /// Its name in a manifest.
    pub fn part(self) -> PartKind {
        match self {
            Self::Sound => PartKind::Sound,
            Self::Photo => PartKind::Photo,
            Self::Drawing => PartKind::Drawing,
        }
    }
}

/// A finished clip: facts about its bytes, which are kept beside the story and travel apart from it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clip {
    /// Which; its bytes are found by it.
    pub id: ClipId,
    /// What it is.
    pub kind: ClipKind,
    /// The type its bytes really have, as the browser said, such as `audio/webm;codecs=opus`.
    pub media_type: String,
    /// In bytes.
    pub length: u64,
    /// How long it lasts in milliseconds; 0 for a picture.
    pub millis: u32,
    /// Of its bytes.
    pub sha256: Sha256,
    /// What the teller says of a picture, for who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl Clip {
    /// Its line in the manifest.
    pub fn part(&self) -> Part {
        Part {
            sha256: self.sha256,
            length: self.length,
            kind: self.kind.part(),
        }
    }

    /// How long it lasts.
    pub fn lasts(&self) -> Span {
        Span(self.millis.into())
    }

    /// ME1: whether it is what it says, as far as facts tell.
    ///
    /// # Errors
    /// [`Problem::Malformed`] for an unknown container or a clip without bytes, [`Problem::TooLarge`] for too many.
    pub fn check(&self) -> Result<(), Problem> {
        let container = self.media_type.split(';').next().unwrap_or_default();
        let words = self
            .words
            .iter()
            .map(|words| words.chars().count())
            .sum::<usize>();
        let known = self.kind.containers().contains(&container) && self.media_type.len() <= 100;
        if !known || self.length == 0 || words > WORDS_LIMIT as usize {
            return Err(Problem::Malformed);
        }
        if self.length > CLIP_LENGTH_LIMIT {
            return Err(Problem::TooLarge {
                limit: CLIP_LENGTH_LIMIT,
            });
        }
        Ok(())
    }
}

/// What the server found out about the bytes it hands out for a clip: a *derivative* with nothing in it of device or
/// place, and with seek points, not the original.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measured {
    /// The media type it is handed out with.
    pub media_type: String,
    /// In bytes.
    pub length: u64,
    /// How long it lasts in milliseconds, read from the sound itself; 0 for a picture.
    #[serde(default)]
    pub millis: u32,
    /// How loud it is, in at most [`PEAK_LIMIT`] stretches of the same length, evenly in decibels: 255 is as loud as can
    /// be, 0 is 60 dB below. Empty for a picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peaks: Vec<u8>,
    /// Width and height in pixels; absent for sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
}

/// Where the server is with finding that out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measuring {
    /// It is still at it; the clip is not handed out yet.
    Waiting,
    /// It is done, and the clip is handed out.
    Done(Measured),
    /// The bytes are no sound or picture that can be handed out; the original is kept.
    Refused,
}

/// How long clips last together.
pub fn together<'a>(clips: impl IntoIterator<Item = &'a Clip>) -> Span {
    Span(clips.into_iter().map(|clip| i64::from(clip.millis)).sum())
}
