//! The sync protocol as state machines without input or output: `protocol` says what travels, `outbox`,
//! `delivery` and `replica` are the phone's side, `authority` the server's. Whoever drives them brings network, storage and clock.

pub mod authority;
pub mod delivery;
pub mod lease;
pub mod line;
pub mod live;
pub mod outbox;
mod pace;
pub mod protocol;
pub mod replica;
