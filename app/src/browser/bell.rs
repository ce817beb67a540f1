//! Waiting for something that this page itself brings about.

use js_sys::{Function, Promise};
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Something to wait for. Who waits goes on when it rings next.
#[derive(Debug, Default)]
pub struct Bell(RefCell<Vec<Function>>);

impl Bell {
    /// One that nobody waits for yet.
    pub const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Begins to wait at once, whenever the answer is asked for.
    pub fn next(&self) -> impl Future<Output = ()> + use<> {
        let rings = Promise::new(&mut |resolve, _| self.0.borrow_mut().push(resolve));
        async move {
            _ = JsFuture::from(rings).await;
        }
    }

    /// It came about.
    pub fn ring(&self) {
        for waits in self.0.take() {
            _ = waits.call0(&JsValue::UNDEFINED);
        }
    }
}
