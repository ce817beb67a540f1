//! Putting the app on the home screen.

use js_sys::{Function, Reflect};
use leptos::prelude::window;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;

thread_local! {
    static QUESTION: RefCell<Option<Event>> = const { RefCell::new(None) };
}

/// What the browser offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Its own question, when [`ask`] is called.
    Prompt,
    /// iOS in a browser tab: only a person can do it.
    ByHand,
    /// Nothing, or it is installed already.
    Nothing,
}

/// Tells what is offered, now and when that changes.
pub fn watch(tell: impl Fn(Offer) + Copy + 'static) {
    // Only Safari on iOS has `navigator.standalone`; false means: in a tab, not from the home screen.
    let standalone = Reflect::get(&window().navigator(), &"standalone".into()).ok();
    tell(if standalone == Some(JsValue::FALSE) {
        Offer::ByHand
    } else {
        Offer::Nothing
    });
    super::lifecycle::listen(&window(), "beforeinstallprompt", move |event| {
        event.prevent_default();
        QUESTION.set(Some(event));
        tell(Offer::Prompt);
    });
    super::lifecycle::listen(&window(), "appinstalled", move |_| {
        QUESTION.set(None);
        tell(Offer::Nothing);
    });
}

/// Opens the browser's question, once; it may be asked only from a tap.
pub fn ask() {
    let Some(question) = QUESTION.take() else { return };
    if let Some(prompt) = Reflect::get(&question, &"prompt".into())
        .ok()
        .and_then(|f| f.dyn_into::<Function>().ok())
    {
        _ = prompt.call0(&question);
    }
}
