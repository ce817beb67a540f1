//! The address bar: which page is in view, links that stay in the page, back and forward.

use crate::routes::Route;
use crate::watch::RwSignal;
use leptos::prelude::{request_animation_frame, window};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{Event, HtmlAnchorElement, MouseEvent};

thread_local! {
    static ROUTE: std::cell::Cell<Option<RwSignal<Route>>> = const { std::cell::Cell::new(None) };
}

/// The route of the address.
pub fn here() -> Route {
    Route::parse(&window().location().pathname().unwrap_or_default())
}

/// Goes to another page. The title and the history entry are always just "Vertelpunt".
pub fn go(route: &Route) {
    push(&route.path());
}

/// Goes to another page in the place of this one: back does not return here.
pub fn replace(route: &Route) {
    if let Ok(history) = window().history() {
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&route.path()));
    }
    arrive();
}

/// One page back, as the phone's own back does.
pub fn back() {
    if let Ok(history) = window().history() {
        _ = history.back();
    }
}

/// Keeps `route` equal to the address from now on, and lets links to our own pages change it without a new document.
pub(super) fn follow(route: RwSignal<Route>) {
    ROUTE.set(Some(route));
    listen("popstate", |_| arrive());
    listen("click", |event| {
        let Some(path) = event.dyn_ref().and_then(path_of_plain_click) else {
            return;
        };
        event.prevent_default();
        push(&path);
    });
}

fn listen(name: &str, handler: impl Fn(Event) + 'static) {
    let handler = Closure::<dyn Fn(Event)>::new(handler);
    _ = window().add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    // The listener lives as long as the page.
    handler.forget();
}

fn push(path: &str) {
    if let Ok(history) = window().history() {
        _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
    arrive();
}

fn arrive() {
    let Some(route) = ROUTE.get() else { return };
    let here = here();
    if route.with_untracked(|now| *now != here) {
        route.set(here);
        window().scroll_to_with_x_and_y(0.0, 0.0);
        // The new page is drawn in a microtask; its heading is there in the next frame.
        request_animation_frame(super::document::focus_heading);
    }
}

/// The path, query and fragment of a click that asks for one of our own pages in this tab.
fn path_of_plain_click(click: &MouseEvent) -> Option<String> {
    if click.default_prevented()
        || click.button() != 0
        || click.meta_key()
        || click.alt_key()
        || click.ctrl_key()
        || click.shift_key()
    {
        return None;
    }
    let target = click.target()?.dyn_into::<web_sys::Element>().ok()?;
    let link = target
        .closest("a[href]")
        .ok()??
        .dyn_into::<HtmlAnchorElement>()
        .ok()?;
    let ours = link.origin() == window().location().origin().ok()?
        && link.target().is_empty()
        && !link.has_attribute("download")
        && Route::parse(&link.pathname()) != Route::Unknown;
    ours.then(|| [link.pathname(), link.search(), link.hash()].concat())
}
