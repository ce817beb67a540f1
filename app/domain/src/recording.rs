//! Recording speech: what may be said while it goes on, and what is left of it after a crash.
//!
//! The browser delivers sound in slices of about half a second. Each is stored before it counts: the clock on the
//! screen shows stored time, never time that went by.

use crate::Sha256;
use crate::time::Span;

/// How long one part may last where the project does not say.
pub const DEFAULT_LIMIT: Span = Span::seconds(600);
/// How long a project may let one part last: a minute to an hour, which still fits in a clip.
pub const LIMITS: std::ops::RangeInclusive<Span> = Span::seconds(60)..=Span::seconds(3_600);
/// How often the browser is asked for a slice.
pub const SLICE: Span = Span(500);
/// What is asked of the browser, in bits a second, and about what it gives.
pub const BITS_PER_SECOND: u32 = 32_000;

/// What is said when nothing at all was heard this long after the start.
const NOTHING_YET: Span = Span::seconds(8);
/// What is said when it is quiet this long after somebody spoke.
const THINKING: Span = Span::seconds(20);
/// What is said when this much is left.
const NEARLY_FULL: Span = Span::seconds(60);
/// Below this a minute of sound does not fit with room to spare.
const BYTES_PER_MINUTE: u64 = BITS_PER_SECOND as u64 / 8 * 60 * 5 / 4;
/// Somebody speaks: a level (0 to 1) that a quiet room does not reach.
const SPEECH: f32 = 0.02;

/// What to tell somebody who records, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Nothing was heard since the start.
    NothingYet,
    /// It is quiet after speech: thinking. It goes on as long as it takes.
    TakeYourTime,
}

/// What was heard so far (ME5). Silence never ends a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hearing {
    spoke: bool,
    quiet: Span,
    heard: bool,
}

impl Hearing {
    /// `level`, from 0 (nothing) to 1 (as loud as can be), was heard for `span`.
    pub fn hear(&mut self, level: f32, span: Span) {
        self.heard = true;
        if level >= SPEECH {
            self.spoke = true;
            self.quiet = Span(0);
        } else {
            self.quiet = Span(self.quiet.0.saturating_add(span.0));
        }
    }

    /// What to say about it now.
    pub fn hint(&self) -> Option<Hint> {
        match self.spoke {
            false if self.quiet >= NOTHING_YET => Some(Hint::NothingYet),
            true if self.quiet >= THINKING => Some(Hint::TakeYourTime),
            _ => None,
        }
    }

    /// Whether one would hear next to nothing when listening back. Where the browser tells no level, nobody knows.
    pub fn is_too_soft(&self) -> bool {
        self.heard && !self.spoke
    }
}

/// How much of the limit is left (ME6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Enough to say nothing about.
    Plenty,
    /// The last minute.
    AMinute,
    /// Nothing: this part ends, and all of it is kept.
    Nothing,
}

/// How much is left of `limit` when `stored` is there.
pub fn left(stored: Span, limit: Span) -> Left {
    match Span(limit.0.saturating_sub(stored.0)) {
        left if left <= Span(0) => Left::Nothing,
        left if left <= NEARLY_FULL => Left::AMinute,
        _ => Left::Plenty,
    }
}

/// How much sound fits on the phone (ME7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Enough to say nothing about.
    Plenty,
    /// This many minutes, at most two.
    Minutes(u32),
    /// Not one minute.
    None,
}

/// What `free` bytes of storage are room for.
pub fn room(free: u64) -> Room {
    match free / BYTES_PER_MINUTE {
        0 => Room::None,
        minutes @ 1..=2 => Room::Minutes(minutes as u32),
        _ => Room::Plenty,
    }
}

/// A stored slice, as found in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its place, counted from 0.
    pub number: u32,
    /// The recording had lasted this long when the slice ended, by the phone's own running clock.
    pub until: Span,
    /// The checksum stored with it.
    pub stored_as: Sha256,
    /// The checksum of the bytes that are there.
    pub is: Sha256,
}

/// ME3: how many slices, from the first on, are whole and follow one another, and how long they last. What comes after
/// a gap or a torn slice cannot be played, so it does not count.
pub fn whole(slices: &[Slice]) -> (usize, Span) {
    let good = slices
        .iter()
        .enumerate()
        .take_while(|(place, slice)| slice.number as usize == *place && slice.stored_as == slice.is)
        .count();
    let until = good.checked_sub(1).map_or(Span(0), |last| slices[last].until);
    (good, until)
}
