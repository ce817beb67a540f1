//! What a rule answers when something cannot be done: a stable code and typed details, no prose.

/// Why a command or a request was not carried out. The screen words it in the reader's language
/// (`problem.{code}` in `app/locales`); it crosses the wire as `{"code": "…", …}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case", from = "Told")]
pub enum Problem {
    /// The request or command could not be read.
    Malformed,
    /// More than `limit` bytes.
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// No such project or entry point, or none the asker may know of.
    UnknownProject,
    /// The project accepts no stories any more.
    ProjectClosed,
    /// A story without a single word.
    TextEmpty,
    /// The written text is too long.
    TextTooLong {
        /// In characters.
        limit: u32,
    },
    /// The title is too long.
    TitleTooLong {
        /// In characters.
        limit: u32,
    },
    /// Too many tags.
    TooManyTags {
        /// How many one story may carry.
        limit: u32,
    },
    /// A tag that is not well formed.
    TagInvalid,
    /// A language tag that is not well formed.
    LanguageInvalid,
    /// A part's hash or length in the manifest is not that of what came.
    ManifestMismatch,
    /// Consent does not cover analysis, so the story may not leave the phone.
    ConsentMissing,
    /// A wider consent was given against another version than the present one.
    ConsentOutdated {
        /// The present version.
        current: u32,
    },
    /// The story was changed against another edition than the present one.
    StoryOutdated {
        /// The present edition.
        current: u32,
    },
    /// The story was withdrawn; that is final.
    StoryWithdrawn,
    /// No such story, or none the asker may know of: the two answer alike.
    StoryUnknown,
    /// Not allowed, where even that may be known.
    Forbidden,
    /// Nobody is signed in, or not any more.
    NotSignedIn,
    /// The sign-in link was used already, has expired or never was: the three answer alike.
    LinkUsed,
    /// Too many tries in a short time.
    TooManyTries {
        /// Seconds until another try is worth it.
        retry_after: u32,
    },
    /// The client speaks a protocol older than the oldest accepted.
    ProtocolTooOld {
        /// The oldest accepted.
        oldest: u32,
    },
    /// The server has no room at present.
    StorageFull,
    /// The server has its hands full.
    Busy {
        /// Seconds until another try is worth it.
        retry_after: u32,
    },
    /// Bytes of a clip came for another place than where it goes on, or a newer request took over: ask where it is.
    UploadConflict {
        /// Where it goes on, in bytes, when that is not for a newer request to hear.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
    },
    /// A stretch of bytes is not what its checksum says; nothing of it was kept.
    ChecksumMismatch,
    /// Something went wrong on the server; nothing was changed.
    Internal,
    /// A code of a newer server that this client does not know.
    Unknown,
}

/// A problem as it is read: one kind of detail has one name and one type, whatever the code. By itself serde would keep
/// every value of the object until it had found the code, which is 10 KB on a phone.
#[derive(serde::Deserialize)]
struct Told {
    code: String,
    #[serde(default)]
    limit: u64,
    #[serde(default)]
    current: u32,
    #[serde(default)]
    retry_after: u32,
    #[serde(default)]
    oldest: u32,
    #[serde(default)]
    offset: Option<u64>,
}

impl From<Told> for Problem {
    fn from(told: Told) -> Self {
        let limit = u32::try_from(told.limit).unwrap_or(u32::MAX);
        match told.code.as_str() {
            "malformed" => Self::Malformed,
            "too_large" => Self::TooLarge { limit: told.limit },
            "unknown_project" => Self::UnknownProject,
            "project_closed" => Self::ProjectClosed,
            "text_empty" => Self::TextEmpty,
            "text_too_long" => Self::TextTooLong { limit },
            "title_too_long" => Self::TitleTooLong { limit },
            "too_many_tags" => Self::TooManyTags { limit },
            "tag_invalid" => Self::TagInvalid,
            "language_invalid" => Self::LanguageInvalid,
            "manifest_mismatch" => Self::ManifestMismatch,
            "consent_missing" => Self::ConsentMissing,
            "consent_outdated" => Self::ConsentOutdated {
                current: told.current,
            },
            "story_outdated" => Self::StoryOutdated {
                current: told.current,
            },
            "story_withdrawn" => Self::StoryWithdrawn,
            "story_unknown" => Self::StoryUnknown,
            "forbidden" => Self::Forbidden,
            "not_signed_in" => Self::NotSignedIn,
            "link_used" => Self::LinkUsed,
            "too_many_tries" => Self::TooManyTries {
                retry_after: told.retry_after,
            },
            "protocol_too_old" => Self::ProtocolTooOld { oldest: told.oldest },
            "storage_full" => Self::StorageFull,
            "busy" => Self::Busy {
                retry_after: told.retry_after,
            },
            "upload_conflict" => Self::UploadConflict { offset: told.offset },
            "checksum_mismatch" => Self::ChecksumMismatch,
            "internal" => Self::Internal,
            _ => Self::Unknown,
        }
    }
}

impl Problem {
    /// Whether trying the same thing later, unchanged, may succeed. What is not transient stays in the outbox,
    /// visible with its reason, until a person decides.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::TooManyTries { .. } | Self::StorageFull | Self::Busy { .. } | Self::Internal
        )
    }

    /// SY2: whether a refusal for this reason is the command's outcome for ever. One that may pass is not, nor one
    /// that hangs on the keys of the request or on a story still on its way.
    pub fn is_remembered(&self) -> bool {
        !self.is_transient() && *self != Self::StoryUnknown
    }
}
