//! Listening to the browser for as long as something lasts.

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, EventTarget};

/// One handler of several events of several things. They are let go of when this is dropped, which the handler itself
/// may do.
pub(super) struct Listener {
    handler: Closure<dyn Fn(Event)>,
    hears: Vec<(EventTarget, &'static [&'static str])>,
}

impl Listener {
    pub(super) fn new(handler: Box<dyn Fn(Event)>) -> Self {
        Self {
            handler: Closure::wrap(handler),
            hears: Vec::new(),
        }
    }

    /// Listens to these events as well.
    pub(super) fn hear(&mut self, target: &EventTarget, names: &'static [&'static str]) {
        for name in names {
            _ = target.add_event_listener_with_callback(name, self.handler.as_ref().unchecked_ref());
        }
        self.hears.push((target.clone(), names));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for (target, names) in &self.hears {
            for name in *names {
                _ = target.remove_event_listener_with_callback(name, self.handler.as_ref().unchecked_ref());
            }
        }
    }
}
