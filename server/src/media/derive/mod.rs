//! Derivatives: what others are handed out for a clip. Made from the bytes a phone brought, by reading them to the
//! end and writing anew what can be heard or seen in them, and nothing else: no tag, no device, no place, no byte
//! that is not sound or picture.
//!
//! Nothing here believes what a file says of itself. The container is recognised by its bytes, sound lasts as long as
//! its packets decode to, and a picture is the pixels that came out of it. This code reads what strangers sent, so it
//! runs in a process of its own ([`crate::media::child`]).

mod loudness;
mod mp4;
mod ogg;
mod opus;
mod picture;
mod sound;
#[cfg(test)]
mod tests;
mod webm;

use domain::clip::{Clip, ClipKind, Measured};
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::io::MediaSource;

/// The most a sound may last, in seconds. A phone ends a part after ten minutes; other clients get room.
pub const LASTS_LIMIT: u64 = 3_600;

/// Why nothing can be handed out for a clip.
#[derive(Debug)]
pub enum Failed {
    /// The bytes are not what the clip says they are, or nothing that can be heard or seen is in them. Trying again
    /// gives the same.
    Refused(&'static str),
    /// The bytes could not be read or the derivative not be written.
    Io(io::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Failed {}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What has to be known of a clip to derive from its bytes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Claim {
    /// What it is.
    pub kind: ClipKind,
    /// What its bytes are said to be, such as `audio/webm;codecs=opus`.
    pub media_type: String,
}

impl Claim {
    /// What a clip says of itself.
    pub fn of(clip: &Clip) -> Self {
        Self {
            kind: clip.kind,
            media_type: clip.media_type.clone(),
        }
    }

    /// The media type without parameters.
    fn container(&self) -> &str {
        self.media_type.split(';').next().unwrap_or_default().trim()
    }
}

/// Reads `original` and writes the derivative to `out`.
///
/// # Errors
/// [`Failed::Refused`] for bytes that are not what `claim` says; [`Failed::Io`] when reading or writing fails.
pub fn derive(
    claim: &Claim,
    original: impl MediaSource + 'static,
    out: &mut impl Write,
) -> Result<Measured, Failed> {
    let derived = catch_unwind(AssertUnwindSafe(|| match claim.kind {
        ClipKind::Sound => sound::derive(claim.container(), original, out),
        ClipKind::Photo | ClipKind::Drawing => picture::derive(claim, original, out),
    }));
    // Some readers check by an assertion what a file should not say; the next try would meet it again.
    derived.unwrap_or(Err(Failed::Refused("a reader gave up on it")))
}

/// Counts what passes through.
struct Counting<W> {
    inner: W,
    length: u64,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
