//! The number used once that ties a document's own scripts to its policy.

use std::fmt::Write as _;

/// 128 random bits in hexadecimal.
#[expect(
    clippy::disallowed_methods,
    reason = "a nonce decides nothing, so no test has to choose it"
)]
pub(super) fn nonce() -> String {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("an operating system without randomness cannot serve anybody");
    bits.iter().fold(String::with_capacity(32), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
