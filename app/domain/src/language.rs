//! Languages of stories and of texts.

use crate::ordered::Ordered;

/// A language as a BCP 47 tag of the simple kind we need: two or three letters, or `other` when nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(String);

/// The text is not a language tag of two or three letters, nor `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALanguage;

impl std::fmt::Display for NotALanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("expected a language tag of two or three letters, or \"other\"")
    }
}

impl std::error::Error for NotALanguage {}

impl LanguageTag {
    /// Reads a tag.
    ///
    /// # Errors
    /// When it is neither two or three lower-case letters nor `other`.
    pub fn new(text: &str) -> Result<Self, NotALanguage> {
        let short = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        if short || text == "other" {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotALanguage)
        }
    }

    /// The tag as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = NotALanguage;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<LanguageTag> for String {
    fn from(tag: LanguageTag) -> Self {
        tag.0
    }
}

/// One text in several languages, by tag; never empty of Dutch when a project is open.
pub type PerLanguage = Ordered<LanguageTag, String>;

/// The text in `wanted`, else in Dutch, else in any language, with the tag it is really in.
pub fn in_language<'a>(texts: &'a PerLanguage, wanted: &str) -> Option<(&'a str, &'a str)> {
    let by = |tag: &str| texts.iter().find(|(have, _)| have.as_str() == tag);
    by(wanted)
        .or_else(|| by("nl"))
        .or_else(|| texts.iter().next())
        .map(|(tag, text)| (tag.as_str(), text.as_str()))
}
