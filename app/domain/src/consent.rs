//! Who may hear a story: four uses, each answered yes or no by the teller, none chosen beforehand.

use crate::guardian::Guardian;

/// What a story may be used for, from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Heard and learnt from by staff and a few residents. Without it nothing leaves the phone.
    Analysis,
    /// Played in a meeting.
    Meeting,
    /// Quoted in a report, without a name.
    Report,
    /// Heard by everybody, also on the internet.
    Public,
}

impl Use {
    /// All four, in the order they are asked.
    pub const ALL: [Self; 4] = [Self::Analysis, Self::Meeting, Self::Report, Self::Public];
}

/// An active answer. There is no third value: a question without an answer has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes, that may be done.
    Yes,
    /// No, that may not be done.
    No,
}

/// An answer to each of the four uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choices {
    /// May it be heard and learnt from?
    pub analysis: Answer,
    /// May it be played in a meeting?
    pub meeting: Answer,
    /// May parts of it be quoted in a report?
    pub report: Answer,
    /// May everybody hear it?
    pub public: Answer,
}

impl Choices {
    /// The answer to one use.
    pub fn answer(&self, to: Use) -> Answer {
        match to {
            Use::Analysis => self.analysis,
            Use::Meeting => self.meeting,
            Use::Report => self.report,
            Use::Public => self.public,
        }
    }

    /// The same choices with one answer replaced.
    #[must_use]
    pub fn with(mut self, to: Use, answer: Answer) -> Self {
        *match to {
            Use::Analysis => &mut self.analysis,
            Use::Meeting => &mut self.meeting,
            Use::Report => &mut self.report,
            Use::Public => &mut self.public,
        } = answer;
        self
    }

    /// Yes only where both say yes.
    #[must_use]
    pub fn narrowed_by(self, other: Self) -> Self {
        Use::ALL
            .into_iter()
            .filter(|&to| other.answer(to) == Answer::No)
            .fold(self, |all, to| all.with(to, Answer::No))
    }
}

/// The answers of a draft: each use unanswered, yes or no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OpenChoices([Option<Answer>; 4]);

/// All four answered.
impl From<Choices> for OpenChoices {
    fn from(choices: Choices) -> Self {
        Self(Use::ALL.map(|to| Some(choices.answer(to))))
    }
}

impl OpenChoices {
    /// The answer given so far.
    pub fn answer(&self, to: Use) -> Option<Answer> {
        self.0[to as usize]
    }

    /// Answers one use.
    pub fn set(&mut self, to: Use, answer: Answer) {
        self.0[to as usize] = Some(answer);
    }

    /// The first use without an answer.
    pub fn next_open(&self) -> Option<Use> {
        Use::ALL.into_iter().find(|&to| self.answer(to).is_none())
    }

    /// All four answers, if all were given.
    pub fn complete(&self) -> Option<Choices> {
        Some(Choices {
            analysis: self.answer(Use::Analysis)?,
            meeting: self.answer(Use::Meeting)?,
            report: self.answer(Use::Report)?,
            public: self.answer(Use::Public)?,
        })
    }
}

/// Which texts the teller was asked with: language and version, such as `nl/1`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(transparent)]
pub struct Wording(pub String);

/// What one voice of a story allowed, with which wording. Version 1 is what was given at the end of telling; every later
/// change counts one up. A withdrawn story has no consent at all.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    /// Counts up from 1.
    pub version: u32,
    /// The texts the teller was asked with.
    pub wording: Wording,
    /// The four answers.
    pub choices: Choices,
    /// A parent's or guardian's yes to these answers, where one was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Guardian>,
}

/// What comes of a wish to change consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Everything stays as it was.
    Nothing,
    /// These choices hold from now on.
    To(Consent),
    /// Analysis was taken back: that is withdrawing the story.
    Withdrawn,
    /// The wish was wider and made against another version than the present one.
    Outdated,
}

impl Consent {
    /// Whether this use is allowed: analysis is the ground on which the other three stand.
    pub fn covers(&self, to: Use) -> bool {
        self.choices.analysis == Answer::Yes && self.choices.answer(to) == Answer::Yes
    }

    /// CO6, CO7: narrowing always applies; widening applies only when `seen` is the present version.
    #[must_use]
    pub fn change(&self, seen: u32, wish: Choices) -> Changed {
        let current = seen == self.version;
        let next = if current {
            wish
        } else {
            self.choices.narrowed_by(wish)
        };
        if next.analysis == Answer::No {
            Changed::Withdrawn
        } else if next != self.choices {
            Changed::To(Self {
                version: self.version + 1,
                wording: self.wording.clone(),
                choices: next,
                guardian: self.guardian,
            })
        } else if wish == self.choices {
            Changed::Nothing
        } else {
            Changed::Outdated
        }
    }
}
