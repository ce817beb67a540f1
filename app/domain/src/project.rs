//! A project, and the doors through which stories come in.

use crate::guardian::Under16;
use crate::id::{ProjectId, PromptId};
use crate::language::PerLanguage;
use crate::problem::Problem;
use crate::recording::{DEFAULT_LIMIT, LIMITS};
use crate::signifier::{Signifier, check_questions};
use crate::story::Perspective;
use crate::time::{Span, Timestamp};

/// How often it is looked at what must be erased.
pub const ROUND: Span = Span::days(1);

/// Where a project is in its life. `Closing` still accepts what phones have queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Stories are invited.
    Open,
    /// No new invitations; what was told before still arrives.
    Closing,
    /// Nothing comes in any more.
    Closed,
}

/// The open question that invites a story.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prompt {
    /// Which.
    pub id: PromptId,
    /// The question itself, per language; Dutch always.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub text: PerLanguage,
    /// Addresses on this server of the question read aloud, per language; may be empty.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub spoken: PerLanguage,
}

/// The code of an entry point in an address: `/v/{code}`. An address, not a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct EntryCode(String);

/// The text is not an entry code: 3 to 32 lower-case letters, digits and hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnEntryCode;

impl std::fmt::Display for NotAnEntryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("expected 3 to 32 lower-case letters, digits and hyphens")
    }
}

impl std::error::Error for NotAnEntryCode {}

impl EntryCode {
    /// Reads a code; capitals are forgiven, because codes are also typed from paper.
    ///
    /// # Errors
    /// When it is not 3 to 32 letters, digits and hyphens.
    pub fn new(text: &str) -> Result<Self, NotAnEntryCode> {
        let text = text.trim().to_ascii_lowercase();
        let alphabet = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (3..=32).contains(&text.len()) && text.bytes().all(alphabet) {
            Ok(Self(text))
        } else {
            Err(NotAnEntryCode)
        }
    }

    /// The code as it stands in the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EntryCode {
    type Error = NotAnEntryCode;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<EntryCode> for String {
    fn from(code: EntryCode) -> Self {
        code.0
    }
}

/// A partner's own door into the project.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryPoint {
    /// In the address of the join page.
    pub code: EntryCode,
    /// The organisation people know, named first on the join page.
    pub partner: String,
    /// What a story told here is taken to be told as, until the teller says otherwise.
    pub perspective: Perspective,
}

/// The most characters of one of the [`Expectations`].
pub const EXPECTATION_LIMIT: usize = 300;

/// What a project says beforehand, in its own words and per language: each is optional, Dutch always is among them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expectations {
    /// What happens with the stories.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub happens: PerLanguage,
    /// When and how tellers hear what came of them.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub hear_back: PerLanguage,
    /// What is not promised.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub not_promised: PerLanguage,
}

impl Expectations {
    /// All three, in the order they are shown.
    pub fn each(&self) -> [&PerLanguage; 3] {
        [&self.happens, &self.hear_back, &self.not_promised]
    }

    fn is_sayable(&self) -> bool {
        let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= EXPECTATION_LIMIT;
        self.each()
            .into_iter()
            .flat_map(PerLanguage::iter)
            .all(|(_, text)| fits(text))
    }
}

/// Everything about a project that a teller's phone may know: it replicates to whoever holds an entry code.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Its name for those who work in it.
    pub name: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// The municipality that asks.
    pub municipality: String,
    /// Who is responsible for the stories, named in the consent texts.
    pub organisation: String,
    /// Who works along, as one readable list ("de voedselbank en het inloophuis").
    pub partners: String,
    /// Name and telephone number for questions.
    pub contact: String,
    /// When every story is erased at the latest.
    pub erase_by: Timestamp,
    /// Whether the manager confirmed that a story changes nothing about benefits, help or papers.
    pub promises_no_effect: bool,
    /// The plain page of another site that the quick exit opens, set by the manager.
    pub quick_exit: String,
    /// Its questions, the first one asked on the join page.
    pub prompts: Vec<Prompt>,
    /// The tag pictures it offers, by key, in order.
    pub tags: Vec<String>,
    /// What it asks a teller about their own story, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signifiers: Vec<Signifier>,
    /// What it asks of tellers younger than 16; absent, nobody is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_16: Option<Under16>,
    /// How long one recorded part may last, in seconds; absent, ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_limit_seconds: Option<u32>,
    /// What tellers may expect; absent, the join page says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Expectations>,
    /// Its doors.
    pub entries: Vec<EntryPoint>,
}

impl Project {
    /// RE1: whether every story of it must be gone by now. What is erased once a day is erased a day early, so that what
    /// was told beforehand is true whenever that day's round comes.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.after(ROUND) >= self.erase_by
    }

    /// The entry point with this code, if the project has it.
    pub fn entry(&self, code: &EntryCode) -> Option<&EntryPoint> {
        self.entries.iter().find(|entry| entry.code == *code)
    }

    /// ME6: how long one recorded part may last.
    pub fn recording_limit(&self) -> Span {
        let seconds = |seconds: u32| Span::seconds(seconds.into());
        self.recording_limit_seconds.map_or(DEFAULT_LIMIT, seconds)
    }

    /// SG1, ME6, RE4: whether it asks what a project may ask, and says what it may say.
    ///
    /// # Errors
    /// [`Problem::Malformed`] when it does not.
    pub fn check(&self) -> Result<(), Problem> {
        let sayable = self.expectations.as_ref().is_none_or(Expectations::is_sayable);
        if !LIMITS.contains(&self.recording_limit()) || !sayable {
            return Err(Problem::Malformed);
        }
        check_questions(&self.signifiers)
    }
}
