//! What travels between a phone and the server, by pull, long pull or socket alike.

use crate::command::Command;
use crate::id::{CommandId, StoryId};
use crate::problem::Problem;
use crate::scope::{EntityRef, Row, Scope};
use crate::story::Part;
use crate::time::Timestamp;
use crate::{Nonce, Sha256};

/// The protocol this code speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest protocol the server still answers fully. Commands of older phones are accepted all the same.
pub const OLDEST_PROTOCOL: u32 = 1;
/// The most commands in one request; the rest follows in the next.
pub const PUSH_LIMIT: usize = 50;
/// About how many bytes of story content one request carries, at least one command whatever its size: a batch
/// stays below what servers and proxies accept, and gets through on a slow line.
pub const PUSH_BYTES: u64 = 512 * 1024;
/// The most scopes in one request.
pub const PULL_LIMIT: usize = 64;
/// The most lines of one scope in one answer; `more` says that others follow.
pub const PAGE_LIMIT: usize = 200;
/// The longest a request may wait for news, in seconds.
pub const WAIT_LIMIT: u32 = 25;
/// The request header that carries story keys: hexadecimal, separated by commas.
pub const KEYS_HEADER: &str = "story-keys";
/// The most keys in one request.
pub const KEYS_LIMIT: usize = 64;

/// A command on its way, with its name and its place in the outbox it comes from.
///
/// `C` is [`Command`]; the server first reads the batch with a raw `C`, so that one unreadable command is refused
/// alone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope<C = Command> {
    /// The command's name, by which a retry is recognised.
    pub id: CommandId,
    /// Its place in its outbox: the order in which it was meant.
    pub sequence: u64,
    /// The intent.
    pub command: C,
}

/// From where a scope is to be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pull {
    /// Which scope.
    pub scope: Scope,
    /// The last revision of this scope the replica holds; 0 for nothing yet.
    pub cursor: u64,
}

/// One request: what goes, and what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncRequest<C = Command> {
    /// The protocol the sender speaks.
    pub protocol: u32,
    /// Random; the answer repeats it.
    pub nonce: Nonce,
    /// Commands in the order they were meant.
    #[serde(default = "Vec::new")]
    pub push: Vec<Envelope<C>>,
    /// Scopes to pull.
    #[serde(default)]
    pub pull: Vec<Pull>,
    /// Seconds to wait for news when there is none; 0 answers at once.
    #[serde(default)]
    pub wait: u32,
}

/// What became of one command.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// Which command.
    pub id: CommandId,
    /// What became of it.
    pub verdict: Verdict,
}

/// The server's word on a command; a retry gets the same one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Carried out, durably, just now or at an earlier try.
    Committed {
        /// True when an earlier request had it carried out already.
        #[serde(default)]
        already: bool,
        /// For a command that brings a story: what arrived.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acknowledgement: Option<Acknowledgement>,
    },
    /// Not carried out; nothing changed.
    Rejected {
        /// Why.
        problem: Problem,
    },
}

/// The server's word that a story arrived byte for byte. It names every part, proves arrival and grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledgement {
    /// Which story.
    pub story: StoryId,
    /// The version of its manifest.
    pub version: u32,
    /// SHA-256 of every part the server holds.
    pub parts: Vec<Sha256>,
    /// The consent version that holds.
    pub consent: u32,
}

impl Acknowledgement {
    /// OB5: whether this names exactly the parts the phone holds of exactly this story.
    pub fn confirms(&self, story: StoryId, parts: &[Part]) -> bool {
        self.story == story
            && !parts.is_empty()
            && self.parts.iter().eq(parts.iter().map(|part| &part.sha256))
    }
}

/// One line of a scope's log, answered with the thing's present content.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// The scope's revision at which this was written.
    pub revision: u64,
    /// There or gone.
    pub news: News,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The thing is there, like this.
    Put {
        /// Its present content.
        row: Row,
    },
    /// The thing left this scope.
    Gone {
        /// Which thing.
        entity: EntityRef,
    },
}

/// What is new in one scope.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// Which scope.
    pub scope: Scope,
    /// Its news in order of revision; each thing at most once.
    pub lines: Vec<Line>,
    /// The cursor to ask with next.
    pub cursor: u64,
    /// Whether more waits behind this page.
    pub more: bool,
    /// True when the replica's cursor was of before the log begins: what it holds of this scope is to be forgotten
    /// before the lines are applied.
    #[serde(default)]
    pub reload: bool,
}

/// The answer to a [`SyncRequest`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncResponse {
    /// The protocol the server speaks.
    pub protocol: u32,
    /// The request's nonce.
    pub nonce: Nonce,
    /// Counts up when the server was restored from a backup: phones then offer again what they still hold.
    pub epoch: u64,
    /// The server's clock.
    pub server_time: Timestamp,
    /// One outcome per pushed command, in the same order.
    pub outcomes: Vec<Outcome>,
    /// One page per scope that may be followed; a scope that may not is left out, as if it did not exist.
    pub pages: Vec<Page>,
}

/// Every answer that is not a success: a stable code with its details.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemAnswer {
    /// What is the matter.
    pub problem: Problem,
}
