//! What a story is about, in the teller's own choice of pictures and words.

/// One tag: a picture of the set, or a word of the teller's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// A picture of the set, by its key: lower-case letters and hyphens, such as `looking-for-work`.
    Set(String),
    /// The teller's own word or words.
    Own(String),
}

/// The most tags one story carries.
pub const TAG_LIMIT: usize = 20;
/// The most characters of an own word, and of a key of the set.
pub const TAG_LENGTH_LIMIT: usize = 40;

impl Tag {
    /// Whether the tag is well formed: a key of the right alphabet, or own words of 1 to 40 characters.
    pub fn is_valid(&self) -> bool {
        let (Self::Set(text) | Self::Own(text)) = self;
        let fits = !text.trim().is_empty() && text.chars().count() <= TAG_LENGTH_LIMIT;
        fits && match self {
            Self::Set(key) => key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            Self::Own(word) => !word.chars().any(char::is_control),
        }
    }
}

/// The set offered when a project names none, in the order of the tiles. Their words live in `app/locales`, their
/// pictures in `public/pictures.svg` under `p-{key}`.
pub const DEFAULT_SET: [&str; 33] = [
    "work",
    "money",
    "meeting-people",
    "looking-for-work",
    "language",
    "letters",
    "learning",
    "family",
    "worries",
    "volunteering",
    "bills",
    "benefits",
    "forms",
    "municipality",
    "rules",
    "waiting",
    "papers",
    "devices",
    "housing",
    "neighbourhood",
    "neighbours",
    "children",
    "alone",
    "help",
    "caring",
    "food",
    "outdoors",
    "transport",
    "safe",
    "angry",
    "hope",
    "proud",
    "fair",
];
