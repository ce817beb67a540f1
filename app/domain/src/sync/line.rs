//! By which way a screen is joined to the server, and when it tries again. It decides; whoever drives it brings the
//! socket, the requests, the clock and chance.

use crate::Entropy;
use crate::sync::live::Close;
use crate::sync::outbox::{BACKOFF_CAP, Failure};
use crate::sync::pace::{doubled, drawn};
use crate::time::{Span, Timestamp};

/// The wait after the first failure is drawn from zero to this; it doubles with each.
const FIRST_WAIT: Span = Span::seconds(1);
/// LI3: no span to draw from is longer while somebody looks.
const LONGEST_SEEN: Span = Span::seconds(5);
/// The same while nobody does.
const LONGEST_UNSEEN: Span = Span::seconds(60);
/// LI2: after a socket that carried nothing the next is tried after a moment drawn from zero to this; it doubles.
const SOCKET_WAIT: Span = Span::seconds(30);
/// LI2: no socket is put off for longer.
pub const SOCKET_CAP: Span = Span::seconds(600);

/// How the next request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the socket, opened first if it is not.
    Socket,
    /// By a request of its own.
    Pull,
}

/// How a socket came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It never answered: something between here and the server does not let sockets through.
    Mute,
    /// It had answered, and was cut off without a word.
    Cut,
    /// It had answered, and the server said why it ends.
    Said(Close),
}

/// What is known of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How often in a row the server could not be reached by any way.
    lost: u32,
    /// How many sockets in a row carried nothing.
    mute: u32,
    /// No socket is tried before this.
    not_before: Option<Timestamp>,
}

impl Line {
    /// LI2: the way of the next request. `loading`: there is more to come at once; `seen`: the page is in view.
    pub fn way(&self, loading: bool, seen: bool, now: Timestamp) -> Way {
        // A clock that was set back must not keep the socket away for years: the cap bounds any wait.
        let due = |moment: &Timestamp| now >= *moment || moment.since(now) > SOCKET_CAP;
        if seen && !loading && self.not_before.as_ref().is_none_or(due) {
            Way::Socket
        } else {
            Way::Pull
        }
    }

    /// An answer came.
    pub fn carried(&mut self, way: Way) {
        // While nothing was to be had, that a socket did not carry says nothing about sockets.
        let was_lost = std::mem::take(&mut self.lost) > 0;
        if way == Way::Socket || was_lost {
            self.mute = 0;
            self.not_before = None;
        }
    }

    /// A socket ended. Answers how long to wait before the next request.
    pub fn ended(&mut self, end: End, now: Timestamp, entropy: &mut impl Entropy) -> Span {
        match end {
            End::Cut | End::Said(Close::Restart) => self.wait(None, true, entropy),
            // What the socket could not say, a pull says at once.
            End::Said(Close::SignedOut | Close::Bye) => Span(0),
            End::Mute | End::Said(Close::Misused | Close::TooLarge | Close::Trouble | Close::Later) => {
                let bound = doubled(SOCKET_WAIT, self.mute, SOCKET_CAP);
                self.mute = self.mute.saturating_add(1);
                self.not_before = Some(now.after(drawn(bound, entropy)));
                Span(0)
            }
        }
    }

    /// LI3: a pull came to nothing. Answers how long to wait before the next.
    pub fn failed(&mut self, failure: &Failure, seen: bool, entropy: &mut impl Entropy) -> Span {
        let asked = match failure {
            Failure::Refused { retry_after, .. } => *retry_after,
            Failure::Unreachable | Failure::NotOurs => None,
        };
        self.wait(asked, seen, entropy)
    }

    fn wait(&mut self, asked: Option<Span>, seen: bool, entropy: &mut impl Entropy) -> Span {
        let cap = if seen { LONGEST_SEEN } else { LONGEST_UNSEEN };
        let bound = doubled(FIRST_WAIT, self.lost, cap);
        self.lost = self.lost.saturating_add(1);
        let asked = asked.map_or(0, |asked| asked.0.clamp(0, BACKOFF_CAP.0));
        Span(asked.saturating_add(drawn(bound, entropy).0))
    }

    /// The network came back, the page came into view, or a person asked: every wait begins short again. Where sockets
    /// do not carry, that changes with the network, so one is tried.
    pub fn hurry(&mut self) {
        *self = Self::default();
    }
}
