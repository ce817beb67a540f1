//! The telling flow.

pub mod join;
pub mod unknown;
pub mod who_listens;
