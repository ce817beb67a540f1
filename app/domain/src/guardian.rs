//! Tellers younger than 16: what a project asks of them. No age and no birth date, ever; whether somebody is 16 or
//! older stays on the phone.

use crate::consent::Answer;

/// What a project wants for a story of somebody younger than 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Under16 {
    /// A second yes, of a parent or guardian, on the teller's phone.
    Guardian,
    /// It stays on the phone.
    Stays,
}

/// What a voice said when asked whether it is 16 or older. It lives in the draft alone (CO16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Yes.
    SixteenOrOlder,
    /// No.
    Younger {
        /// What the parent or guardian said of the four answers as they are, once asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guardian: Option<Answer>,
    },
}

/// A parent's or guardian's yes: all that ever travels of it. Without one, nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Guardian {
    /// They said yes.
    Yes,
}

impl Age {
    /// The parent's or guardian's yes, if it was needed and given.
    pub fn guardian(self) -> Option<Guardian> {
        match self {
            Self::Younger {
                guardian: Some(Answer::Yes),
            } => Some(Guardian::Yes),
            _ => None,
        }
    }

    /// The same with the guardian still to be asked: their yes was to other answers (CO17).
    #[must_use]
    pub fn asked_anew(self) -> Self {
        match self {
            Self::SixteenOrOlder => self,
            Self::Younger { .. } => Self::Younger { guardian: None },
        }
    }
}

impl Under16 {
    /// CO17: whether a story may leave the phone of a teller who said this.
    pub fn lets_go(self, age: Option<Age>) -> bool {
        match age {
            Some(Age::SixteenOrOlder) => true,
            Some(age) => self == Self::Guardian && age.guardian().is_some(),
            None => false,
        }
    }

    /// CO17: whether what was said already means that the story stays.
    pub fn keeps_here(self, age: Option<Age>) -> bool {
        match age {
            Some(Age::Younger { guardian }) => self == Self::Stays || guardian == Some(Answer::No),
            _ => false,
        }
    }
}
