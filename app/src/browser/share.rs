//! Handing a text on: the phone's share sheet, the clipboard, paper.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Whether this browser has a share sheet.
pub fn can_share() -> bool {
    method(&window().navigator(), "share").is_some()
}

/// Opens the share sheet with a text; call it from a tap. False when it was closed or is not there.
pub async fn share(text: &str) -> bool {
    let data = Object::new();
    _ = Reflect::set(&data, &"text".into(), &text.into());
    call(&window().navigator(), "share", &data).await
}

/// Puts a text on the clipboard; call it from a tap. False when that is not allowed.
pub async fn copy(text: &str) -> bool {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    call(&clipboard, "writeText", &text.into()).await
}

/// Opens the browser's print dialog for this page.
pub fn print() {
    _ = window().print();
}

fn method(of: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(of, &name.into()).ok()?.dyn_into().ok()
}

async fn call(of: &JsValue, name: &str, argument: &JsValue) -> bool {
    let Some(promise) = method(of, name).and_then(|method| method.call1(of, argument).ok()) else {
        return false;
    };
    match promise.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}
