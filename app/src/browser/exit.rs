//! Leaving fast (T17): somebody looks over a shoulder.

use super::{ambient, document, lifecycle, voice};
use domain::time::{Span, Timestamp};
use leptos::prelude::window;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

/// Three presses of Escape within this time leave.
const WITHIN: Span = Span::seconds(2);

/// Empties the page at once: the first thing that happens, before anything is kept.
pub fn blank() {
    voice::stop();
    document::clear_body();
}

/// Opens another page in the place of this one, so that back does not return here.
pub fn replace(address: &str) {
    _ = window().location().replace(address);
}

/// Calls `leave` when somebody presses Escape three times in a row.
pub fn watch_escape(leave: impl Fn() + 'static) {
    let presses = Cell::new([Timestamp(i64::MIN); 2]);
    lifecycle::listen(&window(), "keydown", move |event| {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if key.key() != "Escape" || key.repeat() {
            if key.key() != "Escape" {
                presses.set([Timestamp(i64::MIN); 2]);
            }
            return;
        }
        let now = ambient::now();
        let [first, second] = presses.get();
        presses.set([second, now]);
        if now.since(first) <= WITHIN {
            leave();
        }
    });
}
