//! Keeping the screen on while something must not be cut off.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// The wish that the screen stays on, as long as this lives. The browser grants it where it can; it takes it back when
/// the page goes out of view.
pub(super) struct WakeLock(Rc<RefCell<Held>>);

enum Held {
    /// Not granted, not yet, or taken back.
    Not,
    Granted(JsValue),
    /// Nobody wishes it any more.
    Over,
}

impl WakeLock {
    pub(super) fn ask() -> Self {
        let lock = Self(Rc::new(RefCell::new(Held::Not)));
        lock.ask_again();
        lock
    }

    /// The page came into view: what was granted before is gone.
    pub(super) fn ask_again(&self) {
        let held = self.0.clone();
        spawn_local(async move {
            let Some(granted) = request().await else { return };
            match held.replace(Held::Granted(granted.clone())) {
                Held::Not => {}
                Held::Granted(old) => release(&old),
                Held::Over => {
                    held.replace(Held::Over);
                    release(&granted);
                }
            }
        });
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        if let Held::Granted(granted) = self.0.replace(Held::Over) {
            release(&granted);
        }
    }
}

async fn request() -> Option<JsValue> {
    let locks = Reflect::get(&window().navigator(), &"wakeLock".into()).ok()?;
    JsFuture::from(call(&locks, "request", &"screen".into())?)
        .await
        .ok()
}

fn release(granted: &JsValue) {
    call(granted, "release", &JsValue::UNDEFINED);
}

/// `web_sys` still calls wake locks unstable.
fn call(of: &JsValue, method: &str, argument: &JsValue) -> Option<Promise> {
    let method: Function = Reflect::get(of, &method.into()).ok()?.dyn_into().ok()?;
    method.call1(of, argument).ok()?.dyn_into().ok()
}
