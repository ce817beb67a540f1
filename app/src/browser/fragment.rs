//! What stands after `#`: screens within one page, through which the phone's own back walks, and a story code that
//! must leave the address at once. It never reaches the server.

use super::{document, history, lifecycle};
use crate::routes::Route;
use crate::watch::{ReadSignal, RwSignal};
use leptos::prelude::{request_animation_frame, window};
use std::cell::{OnceCell, RefCell};
use wasm_bindgen::JsValue;

thread_local! {
    static HERE: OnceCell<RwSignal<String>> = const { OnceCell::new() };
    /// Where to go once the screens of this page are off the history.
    static THEN: RefCell<Option<Route>> = const { RefCell::new(None) };
}

/// What stands after `#` now, followed from here on. Call it once when a page is drawn.
pub fn follow() -> ReadSignal<String> {
    let here = here();
    let now = read();
    if here.with_untracked(|known| *known != now) {
        here.set(now);
    }
    here.read_only()
}

/// Goes to another screen of this page; back returns.
pub fn go(screen: &str) {
    if let Ok(history) = window().history() {
        let depth = JsValue::from_f64(depth() + 1.0);
        _ = history.push_state_with_url(&depth, "", Some(&["#", screen].concat()));
    }
    arrive();
}

/// Leaves this page for another, in the place of all its screens: back does not return to any of them.
pub fn leave(route: &Route) {
    let depth = depth();
    let stepped = depth > 0.0
        && window()
            .history()
            .is_ok_and(|history| history.go_with_delta(-depth as i32).is_ok());
    if stepped {
        // Going back is answered by an event.
        THEN.set(Some(route.clone()));
    } else {
        history::replace(route);
    }
}

/// Puts focus on the heading of a screen that came without a step, once it is drawn.
pub fn focus_heading() {
    request_animation_frame(document::focus_heading);
}

/// Puts focus on the heading, unless it is somewhere already: the page of a chunk comes later than the moment at
/// which every other page gets its focus.
pub fn focus_heading_if_nowhere() {
    if focus_is_nowhere() {
        document::focus_heading();
    }
}

/// Whether nothing has focus, also because what had it is no longer in the page.
pub fn focus_is_nowhere() -> bool {
    let body = document::document().body().map(JsValue::from);
    document::document()
        .active_element()
        .map(JsValue::from)
        .is_none_or(|active| Some(active) == body)
}

/// Takes what stands after `#` out of the address and out of the history entry, and returns it.
pub fn take() -> String {
    let taken = read();
    if !taken.is_empty()
        && let (Ok(history), Ok(path)) = (window().history(), window().location().pathname())
    {
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
    here().set(String::new());
    taken
}

fn here() -> RwSignal<String> {
    HERE.with(|here| {
        *here.get_or_init(|| {
            lifecycle::listen(&window(), "popstate", |_| match THEN.take() {
                Some(route) => history::replace(&route),
                None => arrive(),
            });
            RwSignal::lasting(read())
        })
    })
}

fn arrive() {
    let now = read();
    let here = here();
    if here.with_untracked(|known| *known != now) {
        here.set(now);
        window().scroll_to_with_x_and_y(0.0, 0.0);
        // The new screen is drawn in a microtask; its heading is there in the next frame.
        focus_heading();
    }
}

fn read() -> String {
    window()
        .location()
        .hash()
        .unwrap_or_default()
        .trim_start_matches('#')
        .to_owned()
}

/// How many screens of this page lie behind this one in the history.
fn depth() -> f64 {
    window()
        .history()
        .and_then(|history| history.state())
        .ok()
        .and_then(|state| state.as_f64())
        .unwrap_or(0.0)
}
