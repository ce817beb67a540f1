//! The sync protocol as state machines without input or output: `protocol` says what travels, `outbox` and
//! `replica` are the phone's side, `authority` the server's. Whoever drives them brings network, storage and clock.

pub mod authority;
pub mod outbox;
pub mod protocol;
pub mod replica;
