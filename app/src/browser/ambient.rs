//! The only home of the clock and of randomness in the front end: everything else takes them as arguments.
#![expect(
    clippy::disallowed_methods,
    reason = "this file is the home of the ambient clock and randomness"
)]

use domain::{
    Entropy,
    time::{Span, Timestamp},
};

/// The phone's clock. It may be ten years off (P13): good for waiting and for a claim, never for order.
pub fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// How long the page has been running. It never jumps, whatever happens to the phone's clock: good for measuring.
pub fn running() -> Span {
    let running = leptos::prelude::window().performance();
    Span(running.map_or(0.0, |performance| performance.now()) as i64)
}

/// The browser's randomness, `crypto.getRandomValues`.
#[derive(Clone, Copy, Debug)]
pub struct Random;

impl Entropy for Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        let crypto = leptos::prelude::window().crypto();
        crypto
            .and_then(|crypto| crypto.get_random_values_with_u8_array(bytes))
            .expect("every browser that runs WASM has crypto.getRandomValues, also at an insecure address");
    }
}
