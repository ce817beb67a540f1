//! The secrets with which a story rules itself.
//!
//! A story needs no account: whoever holds its *owner key* may do all a teller may, whoever holds its *upload key*
//! may only deliver it. The phone registers the SHA-256 of both with the command that creates the story.

use crate::bytes::hex_newtype;
use crate::voices::Voice;
use crate::{Sha256, code::StoryCode};

hex_newtype! {
    /// Derived from the story code; may read, change and withdraw the story.
    OwnerKey, 32
}

hex_newtype! {
    /// Random and independent of the code; may only deliver the story until it is acknowledged. In reporter mode it
    /// is the only key that stays on the phone.
    UploadKey, 32
}

hex_newtype! {
    /// The SHA-256 of a key: all that a server ever learns of it at registration.
    KeyHash, 32
}

impl OwnerKey {
    /// Derives the key from the 80 bits of a story code with HKDF-SHA-256 (RFC 5869), without salt.
    pub fn derive(code: &StoryCode) -> Self {
        let mut key = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::new(None, code.bits())
            .expand(b"vertelpunt owner key 1", &mut key)
            .expect("32 bytes is a length HKDF-SHA-256 can give");
        Self(key)
    }

    /// The hash under which the server knows this key.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::of(&self.0).0)
    }
}

impl UploadKey {
    /// The hash under which the server knows this key.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::of(&self.0).0)
    }
}

impl KeyHash {
    /// The hash of a key as a request presents it, before anybody knows which of the two kinds it is.
    pub fn of_presented(key: [u8; 32]) -> Self {
        Self(Sha256::of(&key).0)
    }
}

macro_rules! debug_hides {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )*};
}
debug_hides!(OwnerKey, UploadKey, KeyHash);

/// Reads the keys of a request header: hexadecimal keys separated by commas, spaces allowed around them.
///
/// At most `limit` keys; a part that is no key makes the whole header unreadable, so that a typing error is noticed.
pub fn read_presented(header: &str, limit: usize) -> Option<Vec<[u8; 32]>> {
    let parts = header.split(',').map(str::trim).filter(|part| !part.is_empty());
    let keys = parts.map(crate::bytes::read_hex).collect::<Option<Vec<_>>>()?;
    (keys.len() <= limit).then_some(keys)
}

/// What the keys of a request may do with one story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// No key of this story was presented.
    Nothing,
    /// The upload key: deliver only.
    Upload,
    /// The owner key: all a teller may. Of a dialogue each voice has its own.
    Owner(Owns),
}

/// Whose owner keys of a story were presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owns {
    /// The first voice's; most stories have no other.
    First,
    /// The second voice's.
    Second,
    /// Those of both: the phone on which they told it together.
    Both,
}

impl Holds {
    /// What it comes to: whether the owner key of the first voice, that of the second and the upload key are there.
    pub fn of(first: bool, second: bool, upload: bool) -> Self {
        match (first, second, upload) {
            (true, true, _) => Self::Owner(Owns::Both),
            (true, false, _) => Self::Owner(Owns::First),
            (false, true, _) => Self::Owner(Owns::Second),
            (false, false, true) => Self::Upload,
            (false, false, false) => Self::Nothing,
        }
    }

    /// Whether it is an owner, of whichever voice: may read the story and take it back.
    pub fn is_owner(self) -> bool {
        matches!(self, Self::Owner(_))
    }

    /// CO14: whether this may change the answers of `voice`.
    pub fn speaks_for(self, voice: Voice) -> bool {
        match self {
            Self::Owner(Owns::Both) => true,
            Self::Owner(Owns::First) => voice == Voice::First,
            Self::Owner(Owns::Second) => voice == Voice::Second,
            Self::Upload | Self::Nothing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_shows_in_debug_output() {
        let key = UploadKey([7; 32]);
        assert!(!format!("{key:?} {:?}", key.hash()).contains("07"));
    }

    #[test]
    fn a_header_with_a_broken_key_is_unreadable() {
        let good = UploadKey([7; 32]).to_hex();
        assert_eq!(
            read_presented(&format!("{good} , {good}"), 4).map(|keys| keys.len()),
            Some(2)
        );
        assert_eq!(read_presented(&format!("{good}, x"), 4), None);
        assert_eq!(read_presented(&format!("{good},{good}"), 1), None);
        assert_eq!(read_presented("", 4), Some(vec![]));
    }
}
