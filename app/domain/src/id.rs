//! Identifiers, made on the device that makes the thing.
//!
//! All are UUIDs version 4 (RFC 9562): a time-ordered id would print the moment of telling into every export.
//! Order never comes from an id; it comes from the server's revision and from the outbox's own sequence.

use crate::Entropy;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(try_from = "String")]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// Makes a new id from 122 random bits.
            pub fn random(entropy: &mut impl Entropy) -> Self {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes);
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                uuid::Uuid::try_parse(text).map(Self)
            }
        }

        // The reader that comes with the UUID finds words for every mistake, and costs a phone 2 KB.
        impl TryFrom<String> for $name {
            type Error = uuid::Error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}

id! {
    /// One gathering round around one concern.
    ProjectId,
    /// One open question of a project.
    PromptId,
    /// One question about a story.
    SignifierId,
    /// One told thing.
    StoryId,
    /// One recorded, photographed or drawn part of a story.
    ClipId,
    /// One intent, the key by which a retry is recognised.
    CommandId,
    /// One person who works in a project.
    MemberId,
}
