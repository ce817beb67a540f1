//! The only code that touches `web_sys` and `js_sys`, one file per capability of the browser.
//!
//! Everything here compiles for the server as well, where nothing calls it: the server draws pages, and event
//! handlers and effects do not run while a page is drawn.

pub mod address;
pub mod ambient;
pub mod bell;
pub mod bytes;
pub mod canvas;
pub mod dates;
pub mod document;
pub mod download;
pub mod drawing;
pub mod exit;
pub mod fragment;
pub mod history;
pub mod indexed_db;
pub mod install;
pub mod language;
pub mod lifecycle;
mod listener;
pub mod listening;
mod loudness;
pub mod network;
pub mod picture;
pub mod player;
pub mod pointer;
pub mod preferences;
pub mod promise;
pub mod recorder;
pub mod service_worker;
pub mod share;
pub mod socket;
pub mod staff;
mod start;
pub mod tabs;
pub mod ticket_picture;
pub mod timer;
pub mod voice;
mod wake_lock;

pub use start::start;
/// Does something that waits, beside everything else.
pub use wasm_bindgen_futures::spawn_local;

/// Whether this code runs in a browser, or on the server while it draws a page.
pub const IS_HERE: bool = cfg!(target_arch = "wasm32");
