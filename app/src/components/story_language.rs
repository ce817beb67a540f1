//! Languages a story can be told in, by their own names: more than the screen speaks.

use crate::texts::{t, tell};

/// Tag, own name and direction; the first three are offered at once, in the order of the screen's languages.
pub const STORY_LANGUAGES: [(&str, &str, &str); 7] = [
    ("nl", "Nederlands", "ltr"),
    ("en", "English", "ltr"),
    ("ar", "العربية", "rtl"),
    ("ti", "ትግርኛ", "ltr"),
    ("uk", "Українська", "ltr"),
    ("tr", "Türkçe", "ltr"),
    ("pl", "Polski", "ltr"),
];

/// The tag of a language that is not in the list.
pub const OTHER: &str = "other";

/// The own name of a story's language, in its own script.
pub fn language_name(tag: &str) -> &'static str {
    let known = STORY_LANGUAGES.iter().find(|(known, _, _)| *known == tag);
    known.map_or_else(|| t(tell::VOICE_OTHER_LANGUAGE), |(_, name, _)| name)
}
