//! Turns a [`View`] into nodes of the page, and brings them up to date where it changes.
//!
//! What is new is compared with what is there, place by place: the same element keeps its node, and with it focus, the
//! cursor and what a screen reader is reading. Elements in a list are the same when their keys are
//! ([`El::key`](crate::markup::El::key)).

use super::document::document;
use crate::markup::{Attribute, Element, Handler, Kind, Value, View, Words};
use crate::watch::{RenderEffect, RwSignal};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Node;

/// An event of the browser.
pub type Event = web_sys::Event;

/// Where a page finds the node of one of its elements: `None` before it was drawn for the first time.
#[derive(Clone, Copy)]
pub struct NodeRef(RwSignal<Option<web_sys::HtmlElement>>);

impl NodeRef {
    /// For one element of the page being drawn.
    #[expect(clippy::new_without_default, reason = "it belongs to the page being drawn")]
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }
    /// The node, watched.
    pub fn get(&self) -> Option<web_sys::HtmlElement> {
        self.0.get()
    }
    /// The node, once; none as well where the page has gone, as it may have by the next frame.
    pub fn get_untracked(&self) -> Option<web_sys::HtmlElement> {
        self.0.try_get_untracked().flatten()
    }
}

/// What is in a field after the event.
pub fn value_of(event: &Event) -> String {
    leptos::prelude::event_target_value(event)
}

/// Whether it is the Enter key, and not the one that ends a word in Japanese or Chinese.
pub fn is_enter(event: &Event) -> bool {
    let key: &web_sys::KeyboardEvent = event.unchecked_ref();
    key.key() == "Enter" && !key.is_composing()
}

/// Whether it is a click that opens here, and not in a new tab or window.
pub fn is_plain_click(event: &Event) -> bool {
    let click: &web_sys::MouseEvent = event.unchecked_ref();
    click.button() == 0 && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
}

/// Draws `view` at the end of `parent`. It stays as long as what is returned.
#[must_use]
pub fn mount(view: View, parent: &Node) -> Mounted {
    build(view, parent, None)
}

/// A view that is in the page.
pub struct Mounted(Inner);

enum Inner {
    /// Nothing to see, but a place.
    Nothing(Node),
    Text(Node, Words),
    Element(Box<Drawn>),
    /// What is in it, and the place where it ends.
    Many(Vec<Mounted>, Node),
    Changing(RenderEffect<Mounted>, Node),
}

/// An element in the page.
struct Drawn {
    node: web_sys::Element,
    tag: &'static str,
    key: Option<String>,
    attributes: Vec<(Kind, &'static str, Set)>,
    handlers: Vec<(&'static str, Rc<RefCell<Handler>>)>,
    /// What the browser calls; it goes with the element.
    _listeners: Vec<Closure<dyn FnMut(Event)>>,
    children: Vec<Mounted>,
}

/// What an attribute is set to.
enum Set {
    Fixed(Option<Words>),
    Changing(RenderEffect<Option<Words>>),
}

impl Mounted {
    fn first(&self) -> Node {
        match &self.0 {
            Inner::Nothing(node) | Inner::Text(node, _) => node.clone(),
            Inner::Element(drawn) => drawn.node.clone().into(),
            Inner::Many(views, end) => views.first().map_or_else(|| end.clone(), Self::first),
            Inner::Changing(effect, end) => effect
                .with_value(|view| view.first())
                .unwrap_or_else(|| end.clone()),
        }
    }

    /// Each node that stands directly in the parent.
    fn each(&self, act: &mut dyn FnMut(&Node)) {
        match &self.0 {
            Inner::Nothing(node) | Inner::Text(node, _) => act(node),
            Inner::Element(drawn) => act(&drawn.node),
            Inner::Many(views, end) => {
                views.iter().for_each(|view| view.each(act));
                act(end);
            }
            Inner::Changing(effect, end) => {
                effect.with_value(|view| view.each(act));
                act(end);
            }
        }
    }

    fn key(&self) -> Option<&str> {
        match &self.0 {
            Inner::Element(drawn) => drawn.key.as_deref(),
            _ => None,
        }
    }

    fn remove(&self) {
        self.each(&mut |node| {
            if let Some(parent) = node.parent_node() {
                _ = parent.remove_child(node);
            }
        });
    }
}

/// A node that shows nothing and keeps a place.
fn mark(parent: &Node, before: Option<&Node>) -> Node {
    text("", parent, before)
}

fn text(words: &str, parent: &Node, before: Option<&Node>) -> Node {
    let node: Node = document().create_text_node(words).into();
    _ = parent.insert_before(&node, before);
    node
}

fn build(view: View, parent: &Node, before: Option<&Node>) -> Mounted {
    Mounted(match view {
        View::Nothing => Inner::Nothing(mark(parent, before)),
        View::Text(words) => Inner::Text(text(&words, parent, before), words),
        View::Element(element) => Inner::Element(Box::new(build_element(*element, parent, before))),
        View::Many(views) => {
            let end = mark(parent, before);
            let views = views
                .into_iter()
                .map(|view| build(view, parent, Some(&end)))
                .collect();
            Inner::Many(views, end)
        }
        View::Changing(draw) => {
            let end = mark(parent, before);
            Inner::Changing(keep_drawing(draw, end.clone(), None), end)
        }
    })
}

/// Draws what stands before `end`, now and after each change; `before` is what stands there already.
fn keep_drawing(
    mut draw: Box<dyn FnMut() -> View>,
    end: Node,
    before: Option<Mounted>,
) -> RenderEffect<Mounted> {
    let run = move |before: Option<Mounted>| {
        let view = draw();
        match before {
            Some(mut there) => {
                patch(view, &mut there);
                there
            }
            None => match end.parent_node() {
                Some(parent) => build(view, &parent, Some(&end)),
                None => Mounted(Inner::Nothing(end.clone())),
            },
        }
    };
    RenderEffect::new(before, run)
}

fn build_element(element: Element, parent: &Node, before: Option<&Node>) -> Drawn {
    let node = if element.is_svg {
        document().create_element_ns(Some("http://www.w3.org/2000/svg"), element.tag)
    } else {
        document().create_element(element.tag)
    };
    let node = node.expect("every name of an element in the code is one");
    let children = element
        .children
        .into_iter()
        .map(|view| build(view, &node, None))
        .collect();
    // After the children, because the value of a choice is one of them.
    let attributes = element
        .attributes
        .into_iter()
        .map(|Attribute { kind, name, value }| (kind, name, set(&node, kind, name, value, None)))
        .collect();
    let mut listeners = Vec::new();
    let handlers = element
        .handlers
        .into_iter()
        .map(|(name, handler)| {
            let handler = Rc::new(RefCell::new(handler));
            let called = Rc::clone(&handler);
            let call: Box<dyn FnMut(Event)> = Box::new(move |event| (called.borrow_mut())(event));
            let listener = Closure::wrap(call);
            _ = node.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            listeners.push(listener);
            (name, handler)
        })
        .collect();
    _ = parent.insert_before(&node, before);
    show(element.node, &node);
    Drawn {
        node,
        tag: element.tag,
        key: element.key,
        attributes,
        handlers,
        _listeners: listeners,
        children,
    }
}

fn show(place: Option<NodeRef>, node: &web_sys::Element) {
    if let Some(place) = place {
        place.0.set(node.dyn_ref().cloned());
    }
}

fn set(
    node: &web_sys::Element,
    kind: Kind,
    name: &'static str,
    value: Value,
    before: Option<Option<Words>>,
) -> Set {
    match value {
        Value::Fixed(words) => {
            if before.as_ref() != Some(&words) {
                apply(node, kind, name, words.as_deref());
            }
            Set::Fixed(words)
        }
        Value::Changing(mut work) => {
            let node = node.clone();
            let run = move |before: Option<Option<Words>>| {
                let words = work();
                // A field's value changes under the person's hands as well, so it is always set.
                if before.as_ref() != Some(&words) || kind == Kind::Property {
                    apply(&node, kind, name, words.as_deref());
                }
                words
            };
            Set::Changing(RenderEffect::new(before, run))
        }
    }
}

fn apply(node: &web_sys::Element, kind: Kind, name: &str, words: Option<&str>) {
    match (kind, words) {
        (Kind::Attribute, Some(words)) => _ = node.set_attribute(name, words),
        (Kind::Attribute, None) => _ = node.remove_attribute(name),
        (Kind::Toggle, Some(_)) => _ = node.class_list().add_1(name),
        (Kind::Toggle, None) => _ = node.class_list().remove_1(name),
        (Kind::Property, words) => {
            let (name, now) = (name.into(), words.unwrap_or_default().into());
            // Setting what is there already would move the cursor.
            if js_sys::Reflect::get(node, &name).as_ref() != Ok(&now) {
                _ = js_sys::Reflect::set(node, &name, &now);
            }
        }
    }
}

fn patch(view: View, there: &mut Mounted) {
    match (view, &mut there.0) {
        (View::Nothing, Inner::Nothing(_)) => {}
        (View::Text(words), Inner::Text(node, shown)) => {
            if words != *shown {
                node.set_node_value(Some(&words));
                *shown = words;
            }
        }
        (View::Element(element), Inner::Element(drawn)) if is_same(&element, drawn) => {
            patch_element(*element, drawn);
        }
        (View::Many(views), Inner::Many(there, end)) => {
            if let Some(parent) = end.parent_node() {
                patch_list(views, there, &parent, Some(end));
            }
        }
        (View::Changing(draw), Inner::Changing(effect, end)) => {
            let before = effect.take_value();
            *effect = keep_drawing(draw, end.clone(), before);
        }
        (view, _) => {
            let place = there.first();
            if let Some(parent) = place.parent_node() {
                let new = build(view, &parent, Some(&place));
                there.remove();
                *there = new;
            }
        }
    }
}

/// Whether it is the same element with other contents: the same tag and key, and what it has is called the same.
fn is_same(element: &Element, drawn: &Drawn) -> bool {
    element.tag == drawn.tag
        && element.key == drawn.key
        && element
            .attributes
            .iter()
            .map(|attribute| (attribute.kind, attribute.name))
            .eq(drawn.attributes.iter().map(|(kind, name, _)| (*kind, *name)))
        && element
            .handlers
            .iter()
            .map(|(name, _)| name)
            .eq(drawn.handlers.iter().map(|(name, _)| name))
}

fn patch_element(element: Element, drawn: &mut Drawn) {
    let node = &drawn.node;
    patch_list(element.children, &mut drawn.children, node, None);
    for (attribute, (kind, name, now)) in element.attributes.into_iter().zip(&mut drawn.attributes) {
        let before = match now {
            Set::Fixed(words) => Some(words.take()),
            Set::Changing(effect) => effect.take_value(),
        };
        *now = set(node, *kind, name, attribute.value, before);
    }
    for ((_, new), (_, handler)) in element.handlers.into_iter().zip(&drawn.handlers) {
        // Not while it runs: then it goes on to the end as it is, and the element it was for stays.
        if let Ok(mut handler) = handler.try_borrow_mut() {
            *handler = new;
        }
    }
    show(element.node, node);
}

/// `end` is the node before which the list ends, none where it ends with its parent.
fn patch_list(views: Vec<View>, there: &mut Vec<Mounted>, parent: &Node, end: Option<&Node>) {
    let keys: Vec<Option<String>> = views.iter().map(key_of).collect();
    if keys.iter().any(Option::is_some) {
        return patch_keyed(views, &keys, there, parent, end);
    }
    for surplus in there.drain(views.len().min(there.len())..) {
        surplus.remove();
    }
    for (place, view) in views.into_iter().enumerate() {
        match there.get_mut(place) {
            Some(there) => patch(view, there),
            None => there.push(build(view, parent, end)),
        }
    }
}

fn key_of(view: &View) -> Option<String> {
    match view {
        View::Element(element) => element.key.clone(),
        _ => None,
    }
}

/// From the end to the start, so that what keeps its order is never taken out of the page: that would lose focus.
fn patch_keyed(
    views: Vec<View>,
    keys: &[Option<String>],
    there: &mut Vec<Mounted>,
    parent: &Node,
    end: Option<&Node>,
) {
    let (mut kept, gone): (Vec<_>, Vec<_>) = std::mem::take(there)
        .into_iter()
        .partition(|view| keys.iter().any(|key| key.as_deref() == view.key()));
    for view in gone {
        view.remove();
    }
    let mut next = end.cloned();
    for (view, key) in views.into_iter().zip(keys).rev() {
        let known = kept.iter().rposition(|view| view.key() == key.as_deref());
        let new = match known.map(|place| kept.remove(place)) {
            Some(mut same) => {
                let mut last = None;
                same.each(&mut |node| last = Some(node.clone()));
                if last.and_then(|last| last.next_sibling()) != next {
                    same.each(&mut |node| _ = parent.insert_before(node, next.as_ref()));
                }
                patch(view, &mut same);
                same
            }
            None => build(view, parent, next.as_ref()),
        };
        next = Some(new.first());
        there.push(new);
    }
    there.reverse();
    for twice in kept {
        twice.remove();
    }
}
