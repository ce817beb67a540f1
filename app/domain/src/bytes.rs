//! Fixed-size byte values that travel as lower-case hexadecimal.

use sha2::Digest;

/// Writes `bytes` as lower-case hexadecimal digits.
pub(crate) fn write_hex(bytes: &[u8], out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

/// Reads exactly `N` bytes from `2 * N` hexadecimal digits; anything else is `None`.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |d: u8| char::from(d).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

/// The text was not the hexadecimal form of the expected number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHex;

impl std::fmt::Display for NotHex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("expected lower-case hexadecimal digits of a fixed length")
    }
}

impl std::error::Error for NotHex {}

/// Defines a newtype over `[u8; N]` that is written, read and serialised as hexadecimal.
macro_rules! hex_newtype {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $size]);

        impl $name {
            /// Draws a uniformly random value.
            pub fn random(entropy: &mut impl crate::Entropy) -> Self {
                let mut bytes = [0; $size];
                entropy.fill(&mut bytes);
                Self(bytes)
            }

            /// Writes the value as lower-case hexadecimal digits.
            pub fn to_hex(self) -> String {
                String::from(self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::bytes::NotHex;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                crate::bytes::read_hex(text).map(Self).ok_or(crate::bytes::NotHex)
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::bytes::NotHex;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                struct Hex([u8; $size]);
                impl std::fmt::Display for Hex {
                    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        crate::bytes::write_hex(&self.0, f)
                    }
                }
                Hex(value.0).to_string()
            }
        }
    };
}
pub(crate) use hex_newtype;

hex_newtype! {
    /// The SHA-256 (FIPS 180-4) of the bytes of one part of a story: what an acknowledgement names.
    Sha256, 32
}

hex_newtype! {
    /// A random value a request carries and its answer repeats, so that a cached or foreign answer is not believed.
    Nonce, 16
}

impl Sha256 {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }
}

macro_rules! debug_as_hex {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write_hex(&self.0, f)
            }
        }
    )*};
}
debug_as_hex!(Sha256, Nonce);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_like_the_published_test_vector() {
        assert_eq!(
            Sha256::of(b"abc").to_hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn hex_of_another_length_or_alphabet_is_refused() {
        for text in ["", "ba78", "zz", "é", &"a".repeat(63), &"g".repeat(64)] {
            assert!(text.parse::<Sha256>().is_err(), "{text}");
        }
    }
}
