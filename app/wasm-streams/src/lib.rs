//! Stands in for the crate of this name, with which server functions stream. There are none here (invariant 4), but
//! Leptos brings that crate along, and whatever it exports to JavaScript stays in the WASM. What server functions call
//! of it is here by name only.

use futures_util::stream::{Pending, Stream};
use wasm_bindgen::JsValue;

type Chunk = Result<JsValue, JsValue>;

/// A stream that nothing can make.
pub enum ReadableStream {}

impl ReadableStream {
    /// Never called.
    pub fn from_raw(_: web_sys::ReadableStream) -> Self {
        unreachable!("no server functions")
    }

    /// Never called.
    pub fn from_stream(_: impl Stream<Item = Chunk> + 'static) -> Self {
        unreachable!("no server functions")
    }

    /// Never called.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        match self {}
    }

    /// Never called.
    pub fn into_stream(self) -> Pending<Chunk> {
        match self {}
    }
}
