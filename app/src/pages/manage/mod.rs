//! Pages of who sets things up: the front page, signing in, trusting this computer's certificate.

pub mod front;
pub mod sign_in;
pub mod trust;
