//! Who speaks in a story: one voice, or in a dialogue two. Each voice answers for itself who may hear the story, and of
//! two answers the stricter counts (CO12).

use crate::consent::{Answer, Choices, Consent, OpenChoices, Use, Wording};
use crate::guardian::Age;

/// One of the voices of a story. Most stories have only the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// The one who answered first.
    #[default]
    First,
    /// The one to whom the phone was handed.
    Second,
}

impl Voice {
    /// Both, in the order in which they answer.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];

    /// A message leaves it out for the first voice.
    pub(crate) fn is_first(&self) -> bool {
        *self == Self::First
    }
}

/// What the voices of a story allow, each for itself. There is no way to one voice's yes as if it were the story's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consents {
    /// Of the first voice.
    first: Consent,
    /// Of the second, in a dialogue.
    second: Option<Consent>,
}

impl Consents {
    /// What was allowed by one voice, or by two.
    pub fn new(first: Consent, second: Option<Consent>) -> Self {
        Self { first, second }
    }

    /// CO12: whether this use is allowed, by everybody who speaks.
    pub fn covers(&self, to: Use) -> bool {
        self.each().all(|consent| consent.covers(to))
    }

    /// CO12: the stricter answer to each use.
    pub fn choices(&self) -> Choices {
        let second = self.second.iter().map(|second| second.choices);
        second.fold(self.first.choices, Choices::narrowed_by)
    }

    /// Counts every change of any voice, from 1.
    pub fn version(&self) -> u32 {
        self.each().fold(1, |sum, consent| {
            sum.saturating_add(consent.version.saturating_sub(1))
        })
    }

    /// What one voice allows; `None` for the second of a story that has one.
    pub fn of(&self, voice: Voice) -> Option<&Consent> {
        match voice {
            Voice::First => Some(&self.first),
            Voice::Second => self.second.as_ref(),
        }
    }

    /// The same with other answers of one voice.
    #[must_use]
    pub fn with(self, voice: Voice, consent: Consent) -> Self {
        match voice {
            Voice::First => Self {
                first: consent,
                ..self
            },
            Voice::Second => Self {
                second: Some(consent),
                ..self
            },
        }
    }

    /// Of each who speaks.
    pub fn each(&self) -> impl Iterator<Item = &Consent> {
        std::iter::once(&self.first).chain(&self.second)
    }
}

/// A story with one voice.
impl From<Consent> for Consents {
    fn from(first: Consent) -> Self {
        Self::new(first, None)
    }
}

/// Whose turn it is to answer in a dialogue that is not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The first voice answers.
    #[default]
    First,
    /// The first voice said that its answers are right, asked with these texts. The phone is to go to the other.
    Handing(Wording),
    /// The second voice has the phone; the first was asked with these texts.
    Second(Wording),
}

/// The second voice of a draft: that there is one makes it a dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SecondDraft {
    /// Who answers now.
    #[serde(default)]
    pub turn: Turn,
    /// The second voice's answers so far; none chosen beforehand.
    #[serde(default)]
    pub choices: OpenChoices,
    /// Whether the second voice is 16 or older, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
}

/// Whether a voice that answered this much keeps the story on the phone: analysis is no (CO3, CO13).
pub(crate) fn keeps_it_here(choices: &OpenChoices) -> bool {
    choices.answer(Use::Analysis) == Some(Answer::No)
}
