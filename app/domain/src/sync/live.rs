//! The socket: the same messages as by pull, over one connection that stays. What it may carry, and what its end says.

use crate::time::Span;

/// Where the socket is opened.
pub const PATH: &str = "/api/v1/live";
/// The most bytes of one message to the server.
pub const FRAME_LIMIT: usize = 64 * 1024;
/// How often the server looks whether the other side is there. Proxies cut what is silent for a minute.
pub const HEARTBEAT: Span = Span::seconds(20);
/// LI9: how long the other side may give no sign.
pub const SILENCE: Span = Span::seconds(50);
/// News that comes this soon after other news is told together with what follows it, so that whoever asks again after
/// each answer stays within what a socket may carry.
pub const GATHER: Span = Span(250);
/// LI5: the most commands at once.
pub const BURST: u32 = 60;
/// LI5: how long it takes until one more is allowed: five a second.
pub const EACH: Span = Span(200);

/// LI5: what one connection may still carry.
///
/// The generic cell rate algorithm: all it remembers is when everything will be allowed again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    whole_again: Span,
}

impl Allowance {
    /// Takes a message with so many commands in; one without costs as much as one command. False when that is too much,
    /// and then nothing was taken. `now` counts from any moment and never goes back.
    pub fn take(&mut self, commands: usize, now: Span) -> bool {
        let cost = i64::try_from(commands.max(1)).unwrap_or(i64::MAX);
        let then = self.whole_again.0.max(now.0);
        let then = then.saturating_add(cost.saturating_mul(EACH.0));
        let fits = then.saturating_sub(now.0) <= EACH.0 * i64::from(BURST);
        if fits {
            self.whole_again = Span(then);
        }
        fits
    }
}

/// LI4: why a socket ends. Its code is the number of a WebSocket's end, RFC 6455 section 7.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The other side wanted it.
    Bye,
    /// The message could not be read, or there were too many.
    Misused,
    /// The message was too large for a socket.
    TooLarge,
    /// The server is in trouble with this request; by pull it says which.
    Trouble,
    /// The server goes down and comes back.
    Restart,
    /// There is no room, or the other side could not keep up.
    Later,
    /// Whoever opened it is not signed in any more.
    SignedOut,
}

/// Every end there is.
const ENDS: [Close; 7] = [
    Close::Bye,
    Close::Misused,
    Close::TooLarge,
    Close::Trouble,
    Close::Restart,
    Close::Later,
    Close::SignedOut,
];

impl Close {
    /// Its number on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Bye => 1000,
            Self::Misused => 1008,
            Self::TooLarge => 1009,
            Self::Trouble => 1011,
            Self::Restart => 1012,
            Self::Later => 1013,
            Self::SignedOut => 4401,
        }
    }

    /// What a number on the wire says; `None` for one that is not ours, such as 1006 of a connection that was cut.
    pub fn from_code(code: u16) -> Option<Self> {
        ENDS.into_iter().find(|end| end.code() == code)
    }

    /// The same for people who look at the wire.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Bye => "bye",
            Self::Misused => "use pull",
            Self::TooLarge => "too large: use pull",
            Self::Trouble => "trouble: use pull",
            Self::Restart => "restart: come back",
            Self::Later => "come back later, use pull meanwhile",
            Self::SignedOut => "not signed in",
        }
    }
}
