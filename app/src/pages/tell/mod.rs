//! Pages of the teller, in the order in which they come.

pub mod choices;
mod chosen;
pub mod code;
pub mod consent;
mod consent_steps;
pub mod done;
pub mod door;
pub mod draw;
pub mod how;
pub mod join;
pub mod later;
pub mod listen;
pub mod making;
pub mod mine;
mod own_sound;
pub mod photo;
pub mod question;
pub mod record;
pub mod story;
pub mod tags;
pub mod title;
pub mod unknown;
pub mod voice;
mod which_voice;
pub mod who_listens;
pub mod withdraw;
pub mod write;
