//! The server through its front door: the whole router over a real SQLite file in a temporary folder, with the
//! test's own clock and seeded randomness. Names carry the ids of SPEC.md (SY, CO) and of faults (P, S).

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers fail by panicking, as the test itself does"
)]

mod backup;
mod binary;
mod connections;
mod consent;
mod contract;
mod derivatives;
mod disk;
mod forgetting;
mod full;
mod heard;
mod house;
mod lease;
mod live;
mod media;
mod phones;
mod restore;
mod returning;
mod rights;
mod scopes;
mod search;
mod signifiers;
mod staff;
mod sync;
mod versions;
mod voices;
