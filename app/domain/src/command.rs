//! Intents: everything a person does.
//!
//! A variant once shipped stays readable for ever: it may be waiting in somebody's outbox. New fields are optional.

use crate::consent::{Changed, Choices, Consent, Wording};
use crate::guardian::Guardian;
use crate::id::{ClipId, StoryId};
use crate::key::KeyHash;
use crate::member::Heard;
use crate::problem::Problem;
use crate::project::Project;
use crate::story::{Content, Origin, Part};
use crate::time::Timestamp;
use crate::voices::{Consents, Voice};

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
    /// A teller changes what they told: its name, its text, or a part less.
    ReviseStory(ReviseStory),
    /// The instance sets up a project.
    CreateProject(Box<Project>),
    /// A member heard or read a story to its end.
    MarkHeard(Heard),
    /// A member wants to hear a story again, as if it were new.
    MarkUnheard(Heard),
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
    /// The yes of a parent or guardian, where the teller needed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Guardian>,
    /// In a dialogue, the other voice; what stands above is the first one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondVoice>,
}

/// The second voice of a dialogue, answering for itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondVoice {
    /// What it allowed.
    pub choices: Choices,
    /// The texts it was asked with.
    pub wording: Wording,
    /// SHA-256 of its own owner key.
    pub owner_key_hash: KeyHash,
    /// The yes of its parent or guardian, where it needed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Guardian>,
}

/// New choices for a story that was sent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeConsent {
    /// Which story.
    pub story: StoryId,
    /// Whose choices.
    #[serde(default, skip_serializing_if = "Voice::is_first")]
    pub voice: Voice,
    /// The consent version the teller was looking at.
    pub seen: u32,
    /// The answers the teller was looking at. A phone counts its own waiting changes on, so that two devices can
    /// mean different things by one version; the answers tell them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<Choices>,
    /// All four answers as the teller wants them.
    pub choices: Choices,
    /// The yes of a parent or guardian to these answers, where the teller needs one to widen (CO18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Guardian>,
}

/// How a teller wants the answers of one voice to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Whose.
    pub voice: Voice,
    /// All four.
    pub choices: Choices,
    /// The yes of a parent or guardian, where the teller needs one to widen (CO18).
    pub guardian: Option<Guardian>,
}

/// A wish of the first voice, or of the only one.
impl From<Choices> for Wish {
    fn from(choices: Choices) -> Self {
        Self {
            voice: Voice::First,
            choices,
            guardian: None,
        }
    }
}

impl FinalizeStory {
    /// What each voice allows.
    pub fn consents(&self) -> Consents {
        let consent = |choices, wording: &Wording, guardian| Consent {
            version: 1,
            wording: wording.clone(),
            choices,
            guardian,
        };
        let second = self.second.as_ref();
        Consents::new(
            consent(self.choices, &self.wording, self.guardian),
            second.map(|second| consent(second.choices, &second.wording, second.guardian)),
        )
    }
}

/// What a teller makes of their story after it came in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviseStory {
    /// Which story.
    pub story: StoryId,
    /// The edition the teller was looking at.
    pub seen: u32,
    /// Its name from now on; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// All of its written text from now on; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sound and pictures that go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<ClipId>,
}

impl ReviseStory {
    /// ED1, ED3: what comes of a story of which this was told so far.
    ///
    /// # Errors
    /// When what would be left is no story any more, or is too long.
    pub fn applied_to(&self, content: &Content) -> Result<Content, Problem> {
        let mut next = Content {
            title: self.title.clone(),
            text: self.text.clone().filter(|text| !text.trim().is_empty()),
            ..content.clone()
        };
        next.clips.retain(|clip| !self.without.contains(&clip.id));
        next.check()
    }
}

/// Taking a story back.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawStory {
    /// Which story.
    pub story: StoryId,
}

impl ChangeConsent {
    /// What comes of this wish where `consent` holds for the voice that wishes (CO6, CO7).
    pub fn applied_to(&self, consent: &Consent) -> Changed {
        let saw_this = self.saw.is_none_or(|saw| saw == consent.choices);
        let may_widen = saw_this && !self.lacks_guardian(consent);
        // Versions count from 1, so that 0 is never the present one.
        consent.change(if may_widen { self.seen } else { 0 }, self.choices)
    }

    /// CO18: whether a guardian, who said yes to what holds, is still to say yes to more.
    pub fn lacks_guardian(&self, consent: &Consent) -> bool {
        consent.guardian.is_some() && self.guardian.is_none()
    }
}

impl Command {
    /// The story this command is about, if it is about one.
    pub fn story(&self) -> Option<StoryId> {
        match self {
            Self::FinalizeStory(finalize) => Some(finalize.story),
            Self::ChangeConsent(change) => Some(change.story),
            Self::WithdrawStory(withdraw) => Some(withdraw.story),
            Self::ReviseStory(revise) => Some(revise.story),
            Self::MarkHeard(heard) | Self::MarkUnheard(heard) => Some(heard.story),
            Self::CreateProject(_) => None,
        }
    }
}
