//! What listening to stories asks of the browser: the keys of the player, what the phone's or keyboard's own media keys
//! do, the larger view of a picture, and whether somebody came to the end.

use super::{document::document, drawing::Event};
use domain::time::Span;
use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::window;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};

/// How far back one press goes: a sentence.
pub const BACK: Span = Span::seconds(10);
/// How far an arrow key goes.
const STEP: Span = Span::seconds(5);

/// What a person asks of what plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Play, or hold.
    Turn,
    /// Play.
    Play,
    /// Hold.
    Hold,
    /// So much on, or back where it is less than nothing.
    By(Span),
    /// To the beginning.
    Beginning,
    /// To the end.
    End,
}

/// What a key on the thread asks for; time runs from left to right in every language. `None` for any other key, which
/// then does what it always does.
pub fn key(event: &Event) -> Option<Wish> {
    let key: &web_sys::KeyboardEvent = event.unchecked_ref();
    if key.ctrl_key() || key.meta_key() || key.alt_key() {
        return None;
    }
    let wish = match key.key().as_str() {
        " " => Wish::Turn,
        "ArrowRight" | "ArrowUp" => Wish::By(STEP),
        "ArrowLeft" | "ArrowDown" => Wish::By(Span(-STEP.0)),
        "PageUp" => Wish::By(BACK),
        "PageDown" => Wish::By(Span(-BACK.0)),
        "Home" => Wish::Beginning,
        "End" => Wish::End,
        _ => return None,
    };
    event.prevent_default();
    Some(wish)
}

/// The media keys of this device, and what it shows beside them, belong to what plays here as long as this lives.
/// Where the browser has none nothing happens.
pub struct MediaKeys {
    session: JsValue,
    handlers: Vec<(&'static str, Handler)>,
}

type Handler = Closure<dyn Fn()>;

impl MediaKeys {
    /// `title` is what the device shows; `act` what its keys do.
    pub fn take(title: &str, act: Rc<dyn Fn(Wish)>) -> Option<Self> {
        let session = Reflect::get(&window().navigator(), &"mediaSession".into()).ok()?;
        let make: Function = Reflect::get(&window(), &"MediaMetadata".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let shown = Object::new();
        Reflect::set(&shown, &"title".into(), &title.into()).ok()?;
        let metadata = Reflect::construct(&make, &Array::of1(&shown)).ok()?;
        Reflect::set(&session, &"metadata".into(), &metadata).ok()?;
        let keys = [
            ("play", Wish::Play),
            ("pause", Wish::Hold),
            ("seekbackward", Wish::By(Span(-BACK.0))),
        ];
        let handlers = keys.map(|(name, wish)| {
            let act = Rc::clone(&act);
            (name, Handler::new(move || act(wish)))
        });
        let keys = Self {
            session,
            handlers: handlers.into_iter().collect(),
        };
        for (name, handler) in &keys.handlers {
            keys.handle(name, handler.as_ref());
        }
        Some(keys)
    }

    fn handle(&self, name: &str, handler: &JsValue) {
        let set = Reflect::get(&self.session, &"setActionHandler".into()).ok();
        if let Some(set) = set.and_then(|set| set.dyn_into::<Function>().ok()) {
            // A browser that does not know the action refuses it.
            _ = set.call2(&self.session, &name.into(), handler);
        }
    }
}

impl Drop for MediaKeys {
    fn drop(&mut self) {
        for (name, _) in &self.handlers {
            self.handle(name, &JsValue::NULL);
        }
        _ = Reflect::set(&self.session, &"metadata".into(), &JsValue::NULL);
    }
}

/// Shows the dialog with this id over everything else; the browser keeps focus in it, and gives it back.
pub fn show_dialog(id: &str) {
    if let Some(dialog) = document().get_element_by_id(id) {
        _ = dialog
            .dyn_into::<web_sys::HtmlDialogElement>()
            .map(|dialog| dialog.show_modal());
    }
}

/// Closes it.
pub fn close_dialog(id: &str) {
    if let Some(dialog) = document().get_element_by_id(id) {
        _ = dialog
            .dyn_into::<web_sys::HtmlDialogElement>()
            .map(|dialog| dialog.close());
    }
}

/// Whether a dialog is over everything else.
pub fn has_dialog() -> bool {
    document()
        .query_selector("dialog[open]")
        .is_ok_and(|found| found.is_some())
}

/// Whether what was scrolled shows the element with this id now.
pub fn shows(scroll: &Event, id: &str) -> bool {
    let room = scroll
        .current_target()
        .and_then(|room| room.dyn_into::<web_sys::Element>().ok());
    let (Some(room), Some(end)) = (room, document().get_element_by_id(id)) else {
        return false;
    };
    end.get_bounding_client_rect().bottom() <= room.get_bounding_client_rect().bottom() + 1.0
}
