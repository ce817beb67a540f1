//! The rules of Vertelpunt.
//!
//! Everything a person does is a [`command::Command`]; [`decide::decide`] turns it into [`change::Change`]s or a
//! [`problem::Problem`]. The same code decides on the phone and on the server. Nothing here performs input or
//! output, reads a clock or makes up randomness: time, ids and messages come in as arguments, effects go out as
//! values. `SPEC.md` beside this file numbers the rules; tests carry their ids.

mod bytes;
pub mod change;
pub mod clip;
pub mod code;
pub mod command;
pub mod consent;
pub mod decide;
pub mod draft;
pub mod guardian;
pub mod id;
pub mod key;
pub mod language;
pub mod member;
pub mod ordered;
pub mod problem;
pub mod project;
pub mod recording;
pub mod scope;
pub mod signifier;
pub mod standing;
pub mod story;
pub mod sync;
pub mod tag;
pub mod time;
pub mod voices;
pub mod withheld;

pub use bytes::{Nonce, Sha256};

/// Where randomness comes from. The phone gives the browser's, the server the operating system's, a test a seed.
pub trait Entropy {
    /// Fills `bytes` with uniformly random bits.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<E: Entropy + ?Sized> Entropy for &mut E {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}
