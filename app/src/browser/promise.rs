//! What the browser promises about keeping what is stored.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// How much room there is, in bytes, as the browser estimates it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Taken by this site.
    pub used: f64,
    /// The most it may take.
    pub limit: f64,
}

/// Asks the browser never to clear this site's storage by itself. `None` when it cannot be asked.
pub async fn persist() -> Option<bool> {
    ask("persist").await?.as_bool()
}

/// Whether the browser promised that before.
pub async fn persisted() -> Option<bool> {
    ask("persisted").await?.as_bool()
}

/// The room there is.
pub async fn estimate() -> Option<Room> {
    let answer = ask("estimate").await?;
    let field = |name: &str| Reflect::get(&answer, &name.into()).ok()?.as_f64();
    Some(Room {
        used: field("usage")?,
        limit: field("quota")?,
    })
}

/// `navigator.storage` exists in secure contexts only, and each of its methods is younger than the last.
async fn ask(method: &str) -> Option<JsValue> {
    let manager = Reflect::get(&window().navigator(), &"storage".into()).ok()?;
    let method: Function = Reflect::get(&manager, &method.into()).ok()?.dyn_into().ok()?;
    let answer: Promise = method.call0(&manager).ok()?.dyn_into().ok()?;
    JsFuture::from(answer).await.ok()
}
