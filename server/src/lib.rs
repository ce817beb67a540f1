//! The server of Vertelpunt, as a library: [`router`] is the whole of it, ready for a socket or for a test.

pub mod ambient;
mod announce;
pub mod backup;
mod command;
pub mod config;
pub mod connections;
mod durable;
pub mod forget;
pub mod http;
pub mod media;
pub mod seed;
mod serve;
mod state;
pub mod storage;
mod tls;
pub mod verify;

pub use command::{back_up, restore, restored};
pub use serve::run;
pub use state::AppState;

/// Every route of the server. To add one: a line in [`http::routes`], which says where.
pub fn router(state: AppState) -> axum::Router {
    http::routes(state)
}
