//! Intents: everything a person does.
//!
//! A variant once shipped stays readable for ever: it may be waiting in somebody's outbox. New fields are optional.

use crate::consent::{Changed, Choices, Consent, Wording};
use crate::id::StoryId;
use crate::key::KeyHash;
use crate::project::Project;
use crate::story::{Content, Origin, Part};
use crate::time::Timestamp;

/// One intent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// A teller finished a story and allowed at least analysis.
    FinalizeStory(Box<FinalizeStory>),
    /// A teller changes who may hear it.
    ChangeConsent(ChangeConsent),
    /// A teller takes the story back, for good.
    WithdrawStory(WithdrawStory),
    /// The instance sets up a project.
    CreateProject(Box<Project>),
}

/// A finished story with everything the server needs to keep it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FinalizeStory {
    /// Made on the phone, once.
    pub story: StoryId,
    /// Where it came in.
    pub origin: Origin,
    /// What the teller made.
    pub content: Content,
    /// The manifest: every part by hash and length, so that what arrives is what was sent.
    pub parts: Vec<Part>,
    /// What the teller allowed.
    pub choices: Choices,
    /// The texts the teller was asked with.
    pub wording: Wording,
    /// SHA-256 of the owner key.
    pub owner_key_hash: KeyHash,
    /// SHA-256 of the upload key.
    pub upload_key_hash: KeyHash,
    /// When the phone says it was told: a claim, kept beside the server's own time.
    pub told_at: Timestamp,
}

/// New choices for a story that was sent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeConsent {
    /// Which story.
    pub story: StoryId,
    /// The consent version the teller was looking at.
    pub seen: u32,
    /// The answers the teller was looking at. A phone counts its own waiting changes on, so that two devices can
    /// mean different things by one version; the answers tell them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<Choices>,
    /// All four answers as the teller wants them.
    pub choices: Choices,
}

/// Taking a story back.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawStory {
    /// Which story.
    pub story: StoryId,
}

impl ChangeConsent {
    /// What comes of this wish where `consent` holds (CO6, CO7).
    pub fn applied_to(&self, consent: &Consent) -> Changed {
        let saw_this = self.saw.is_none_or(|saw| saw == consent.choices);
        // Versions count from 1, so that 0 is never the present one.
        consent.change(if saw_this { self.seen } else { 0 }, self.choices)
    }
}

impl Command {
    /// The story this command is about, if it is about one.
    pub fn story(&self) -> Option<StoryId> {
        match self {
            Self::FinalizeStory(finalize) => Some(finalize.story),
            Self::ChangeConsent(change) => Some(change.story),
            Self::WithdrawStory(withdraw) => Some(withdraw.story),
            Self::CreateProject(_) => None,
        }
    }
}
