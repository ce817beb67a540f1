//! Other tabs of the same phone: who of them leads, and words between them.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// Calls `lead` once this tab is the only one that holds the lock `name`; it keeps it until it closes. A browser
/// without Web Locks (an insecure address) makes every tab lead: the server takes each thing once anyway.
pub fn lead(name: &str, lead: impl FnOnce() + 'static) {
    let granted = Closure::once_into_js(move || {
        lead();
        // A promise that is never kept: the lock goes with the tab.
        Promise::new(&mut |_, _| {})
    });
    let locks = Reflect::get(&window().navigator(), &"locks".into()).unwrap_or(JsValue::UNDEFINED);
    let request = Reflect::get(&locks, &"request".into())
        .ok()
        .and_then(|found| found.dyn_into::<Function>().ok());
    match request {
        Some(request) => _ = request.call2(&locks, &name.into(), &granted),
        None => _ = granted.unchecked_ref::<Function>().call0(&JsValue::UNDEFINED),
    }
}

/// A channel to the other tabs.
#[derive(Debug)]
pub struct Tabs(Option<BroadcastChannel>);

impl Drop for Tabs {
    fn drop(&mut self) {
        if let Some(channel) = &self.0 {
            channel.close();
        }
    }
}

impl Tabs {
    /// Opens the channel `name`; `hear` gets what other tabs say. Without BroadcastChannel nobody hears anything.
    pub fn open(name: &str, hear: impl Fn(String) + 'static) -> Self {
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(word) = event.data().as_string() {
                    hear(word);
                }
            });
            channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
            hear.forget();
        }
        Self(channel)
    }

    /// Says something to all other tabs.
    pub fn tell(&self, word: &str) {
        if let Some(channel) = &self.0 {
            _ = channel.post_message(&word.into());
        }
    }
}
