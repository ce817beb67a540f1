//! The number used once that ties a document's own scripts to its policy.

use crate::ambient::SystemEntropy;
use crate::http::hex;
use domain::Entropy;

/// 128 random bits in hexadecimal. A nonce decides nothing, so no test has to choose it.
pub(super) fn nonce() -> String {
    let mut bits = [0; 16];
    SystemEntropy.fill(&mut bits);
    hex(bits)
}
