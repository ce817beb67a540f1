//! The page's coming and going, and the network's.

use leptos::prelude::{document, window};
use std::cell::Cell;
use wasm_bindgen::{JsCast, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, EventTarget};

/// Something that happened to the page from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The browser says there is a network.
    Online,
    /// The browser says there is none.
    Offline,
    /// The page came into view.
    Visible,
    /// The page went out of view, perhaps for ever: the last sure moment to keep something.
    Hidden,
    /// The service worker was woken by the browser because there is a network (Background Sync).
    Woken,
}

/// Whether the browser says there is a network. It may be wrong when it says yes.
pub fn is_online() -> bool {
    window().navigator().on_line()
}

/// Whether somebody can see the page.
pub fn is_visible() -> bool {
    !document().hidden()
}

/// Tells of every moment from now on.
pub fn watch(tell: impl Fn(Moment) + Copy + 'static) {
    let window = window();
    listen(&window, "online", move |_| tell(Moment::Online));
    listen(&window, "offline", move |_| tell(Moment::Offline));
    listen(&window, "pagehide", move |_| tell(Moment::Hidden));
    listen(&document(), "visibilitychange", move |_| {
        tell(if is_visible() {
            Moment::Visible
        } else {
            Moment::Hidden
        });
    });
    super::service_worker::on_wake(move || tell(Moment::Woken));
}

thread_local! {
    static ASK_BEFORE_CLOSE: Cell<bool> = const { Cell::new(false) };
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

/// From now on the browser asks before the page closes, or does not.
pub fn ask_before_close(ask: bool) {
    ASK_BEFORE_CLOSE.set(ask);
    // The listener keeps a page out of the back/forward cache, so it comes only when it is needed.
    if ask && !LISTENS.replace(true) {
        listen(&window(), "beforeunload", |event| {
            if ASK_BEFORE_CLOSE.get() {
                event.prevent_default();
            }
        });
    }
}

/// Where the browser has Background Sync: asks it to wake the service worker once there is a network. The worker
/// passes that on to an open page; without one nothing happens, and nothing is promised.
pub fn ask_for_wake() {
    spawn_local(async {
        _ = register_sync().await;
    });
}

async fn register_sync() -> Option<()> {
    let registration = super::service_worker::registration().await?;
    let sync = js_sys::Reflect::get(&registration, &"sync".into()).ok()?;
    let register: js_sys::Function = js_sys::Reflect::get(&sync, &"register".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let promise: js_sys::Promise = register.call1(&sync, &"send".into()).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().map(|_| ())
}

pub(super) fn listen(target: &EventTarget, name: &str, handler: impl Fn(Event) + 'static) {
    let handler = Closure::<dyn Fn(Event)>::new(handler);
    _ = target.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    // The listener lives as long as the page.
    handler.forget();
}
