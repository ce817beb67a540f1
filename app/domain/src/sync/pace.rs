//! When to try again: one pace for every kind of sending.

use crate::Entropy;
use crate::problem::Problem;
use crate::time::{Span, Timestamp};

/// The longest wait between two tries.
pub const BACKOFF_CAP: Span = Span::seconds(300);
/// The wait after the first failure is drawn from zero to this; it doubles with each failure.
pub const BACKOFF_BASE: Span = Span::seconds(2);

/// Why a try came to nothing. None of them loses anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection at all, or cut off.
    Unreachable,
    /// Something answered that is not our server: the sign-in page of a Wi-Fi (P15).
    NotOurs,
    /// The server said, as a whole, no: busy, full, broken.
    Refused {
        /// Its problem, if it could be read.
        problem: Problem,
        /// The wait it asked for.
        retry_after: Option<Span>,
    },
}

impl Failure {
    /// Whether any other request would have failed alike: there is no connection to our server, or it asked to be left
    /// alone.
    pub fn is_of_the_line(&self) -> bool {
        match self {
            Self::Unreachable | Self::NotOurs => true,
            Self::Refused { retry_after, .. } => retry_after.is_some(),
        }
    }
}

/// Full jitter: a span drawn evenly from zero to `bound`.
pub(super) fn drawn(bound: Span, entropy: &mut impl Entropy) -> Span {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    Span((u64::from_be_bytes(bytes) % bound.0.max(1).unsigned_abs()) as i64)
}

/// `base`, doubled so many times, and never more than `cap`.
pub(super) fn doubled(base: Span, times: u32, cap: Span) -> Span {
    Span(base.0.saturating_mul(1 << times.min(20)).min(cap.0))
}

/// When the next try is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pace {
    /// At once.
    #[default]
    Free,
    /// Not before `until`, after `failures` in a row; the last one is kept to be shown. The server itself may have
    /// asked to be left alone until `asked`.
    Waiting {
        failures: u32,
        until: Timestamp,
        asked: Option<Timestamp>,
        last: Failure,
    },
}

impl Pace {
    /// Why the last try came to nothing and when the next follows.
    pub(super) fn waiting(&self) -> Option<(&Failure, Timestamp)> {
        match self {
            Self::Free => None,
            Self::Waiting { until, last, .. } => Some((last, *until)),
        }
    }

    /// OB8: whether to try now.
    pub(super) fn due(&self, now: Timestamp) -> bool {
        match self {
            Self::Free => true,
            // A clock that was set back must not keep a story waiting for years: the cap bounds any wait.
            Self::Waiting { until, .. } => now >= *until || until.since(now) > BACKOFF_CAP,
        }
    }

    /// How long to sleep before asking [`Pace::due`] again.
    pub(super) fn pause(&self, now: Timestamp) -> Span {
        match self {
            Self::Waiting { until, .. } if !self.due(now) => until.since(now),
            _ => Span(0),
        }
    }

    /// OB9: the wait is over and the next one is short again. Only a wait the server itself asked for goes on.
    pub(super) fn hurry(&mut self) {
        match self {
            Self::Waiting {
                failures,
                until,
                asked: Some(asked),
                ..
            } => {
                *failures = 0;
                *until = *asked;
            }
            pace => *pace = Self::Free,
        }
    }

    /// OB8: a try came to nothing. Waits with full jitter: a moment drawn evenly between now and a bound that
    /// doubles with each failure, after the server's own Retry-After if it gave one; five minutes at the most.
    pub(super) fn failed(&mut self, failure: Failure, now: Timestamp, entropy: &mut impl Entropy) {
        let failures = match self {
            Self::Free => 1,
            Self::Waiting { failures, .. } => failures.saturating_add(1),
        };
        let drawn = drawn(doubled(BACKOFF_BASE, failures - 1, BACKOFF_CAP), entropy).0;
        let asked = match &failure {
            Failure::Refused {
                retry_after: Some(span),
                ..
            } => Some(span.0.clamp(0, BACKOFF_CAP.0)),
            _ => None,
        };
        let wait = asked.unwrap_or(0).saturating_add(drawn).min(BACKOFF_CAP.0);
        let asked = asked.map(|asked| now.after(Span(asked)));
        *self = Self::Waiting {
            failures,
            until: now.after(Span(wait)),
            asked,
            last: failure,
        };
    }
}
