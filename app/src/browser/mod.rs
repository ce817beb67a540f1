//! The only code that touches `web_sys` and `js_sys`, one file per capability of the browser.
//!
//! Everything here compiles for the server as well, where nothing calls it: the server draws pages, and event
//! handlers and effects do not run while a page is drawn.

pub mod document;
pub mod history;
pub mod language;
pub mod service_worker;
mod start;

pub use start::start;
