//! Holding a story back: somebody else is named in it, somebody is in danger, or it is no story at all. Only managers and
//! the teller still see it, and nothing of it goes: it can be let through again.

use crate::id::{MemberId, StoryId};
use crate::member::Role;
use crate::problem::Problem;
use crate::time::Timestamp;

/// The most characters of a note.
pub const NOTE_LIMIT: usize = 500;

/// Why a story is held back: what its teller is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Somebody else can be recognised in it, or asked for this.
    ThirdPerson,
    /// Somebody is in danger.
    Danger,
    /// It is not a story: a try, a joke, an advertisement.
    NotAStory,
    /// What the note says. Also what a newer client calls otherwise.
    #[serde(other)]
    Other,
}

impl Ground {
    /// All four, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::ThirdPerson, Self::Danger, Self::NotAStory, Self::Other];
}

/// A member holds a story back.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldBack {
    /// Which story.
    pub story: StoryId,
    /// Why.
    pub ground: Ground,
    /// What managers should know, such as who asked. Nobody else reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A story is let through again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LetThrough {
    /// Which story.
    pub story: StoryId,
}

/// What managers are told of a story that is held back.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Withheld {
    /// Why.
    pub ground: Ground,
    /// What else managers should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who did it.
    pub by: MemberId,
    /// As what they did it.
    pub role: Role,
    /// When, by the server's clock.
    pub at: Timestamp,
}

impl HoldBack {
    /// WH1: the note as it is kept: trimmed, and none where nothing is written.
    ///
    /// # Errors
    /// [`Problem::Malformed`] when it is too long; nothing is cut off.
    pub fn note(&self) -> Result<Option<String>, Problem> {
        let note = self
            .note
            .as_deref()
            .map(str::trim)
            .filter(|note| !note.is_empty());
        match note {
            Some(note) if note.chars().count() > NOTE_LIMIT => Err(Problem::Malformed),
            note => Ok(note.map(str::to_owned)),
        }
    }
}
