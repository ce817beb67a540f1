//! What pages are made of: the same words as Leptos' builder syntax, compiled once instead of once per type.
//!
//! A view of Leptos is a type of its own, and every combination of element, attribute and closure costs the phone
//! code: with all telling pages in it that was a quarter of the first visit. Here a page is a small tree of one
//! type, [`View`]. The server writes it out ([`html`]); the browser turns it into nodes and brings those up to date
//! when what a closure reads has changed ([`crate::browser::drawing`]). What runs the closures are effects
//! ([`crate::watch`]).
//!
//! ```
//! use app::markup::{IntoView, el};
//! let view = el("p").class("vp-small").child("Kort & klein").into_view();
//! assert_eq!(app::markup::html(view), r#"<p class="vp-small">Kort &amp; klein</p>"#);
//! ```

use crate::browser::drawing::{Event, NodeRef};
use std::borrow::Cow;

/// A text that is known when compiling, or made while drawing.
pub type Words = Cow<'static, str>;

/// Anything that can stand between two tags.
pub enum View {
    /// Nothing to see.
    Nothing,
    /// Text; it is escaped where it is written out.
    Text(Words),
    /// An element with all that is in it.
    Element(Box<Element>),
    /// Several views after one another.
    Many(Vec<View>),
    /// A closure, run again whenever a signal it reads has changed.
    Changing(Box<dyn FnMut() -> View>),
}

/// An element; [`el`] makes one, its methods fill it.
pub struct Element {
    pub(crate) tag: &'static str,
    pub(crate) is_svg: bool,
    pub(crate) key: Option<String>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) handlers: Vec<(&'static str, Handler)>,
    pub(crate) children: Vec<View>,
    pub(crate) node: Option<NodeRef>,
}

/// What an event does.
pub(crate) type Handler = Box<dyn FnMut(Event)>;

/// Something an element has.
pub(crate) struct Attribute {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) value: Value,
}

/// Where the value of an [`Attribute`] goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The attribute of that name; none where the value is none.
    Attribute,
    /// The class of that name, there or not.
    Toggle,
    /// The property of that name of the node in the browser.
    Property,
}

/// A value, or what works it out whenever a signal it reads has changed.
pub enum Value {
    /// It stays as it is; none leaves the attribute out.
    Fixed(Option<Words>),
    /// It changes.
    Changing(Box<dyn FnMut() -> Option<Words>>),
}

/// An element of HTML: `el("li")`.
pub fn el(tag: &'static str) -> El {
    element(tag, false)
}

/// An element of SVG: `svg("path")`, also for `svg` itself.
pub fn svg(tag: &'static str) -> El {
    element(tag, true)
}

/// Views after one another, without an element around them.
pub fn group() -> Group {
    Group(Vec::new())
}

fn element(tag: &'static str, is_svg: bool) -> El {
    El(Box::new(Element {
        tag,
        is_svg,
        key: None,
        attributes: Vec::new(),
        handlers: Vec::new(),
        children: Vec::new(),
        node: None,
    }))
}

/// An element being made.
#[must_use]
pub struct El(Box<Element>);

impl El {
    /// The class, or several with spaces between.
    pub fn class(self, value: impl IntoValue) -> Self {
        self.put(Kind::Attribute, "class", value.into_value())
    }
    /// An attribute. `true` leaves it without value, `false` and `None` leave it out.
    pub fn attr(self, name: &'static str, value: impl IntoValue) -> Self {
        self.put(Kind::Attribute, name, value.into_value())
    }
    /// One more class, there while `value` holds.
    pub fn toggle(self, class: &'static str, value: impl IntoValue) -> Self {
        self.put(Kind::Toggle, class, value.into_value())
    }
    /// A property of the node in the browser, such as the `value` of a field; the server leaves it out.
    pub fn prop(self, name: &'static str, value: impl IntoValue) -> Self {
        self.put(Kind::Property, name, value.into_value())
    }
    /// What happens on an event.
    pub fn on(mut self, event: &'static str, act: impl FnMut(Event) + 'static) -> Self {
        self.0.handlers.push((event, Box::new(act)));
        self
    }
    /// The words that are read aloud for it, where they are not those that stand in it; see
    /// [`crate::browser::voice`].
    pub fn aloud(self, words: String) -> Self {
        self.attr("data-aloud", (!words.is_empty()).then_some(words))
    }
    /// What comes into it, after what is in it.
    pub fn child(mut self, child: impl IntoView) -> Self {
        self.0.children.push(child.into_view());
        self
    }
    /// In a list that changes: which one it is. The one with the same key keeps its node, and with it focus.
    pub fn key(mut self, key: String) -> Self {
        self.0.key = Some(key);
        self
    }
    /// Where to find its node in the browser.
    pub fn node_ref(mut self, node: NodeRef) -> Self {
        self.0.node = Some(node);
        self
    }

    fn put(mut self, kind: Kind, name: &'static str, value: Value) -> Self {
        self.0.attributes.push(Attribute { kind, name, value });
        self
    }
}

/// Views after one another, being made.
#[must_use]
pub struct Group(Vec<View>);

impl Group {
    /// One more, after what is there.
    pub fn child(mut self, child: impl IntoView) -> Self {
        self.0.push(child.into_view());
        self
    }
}

/// What can become a [`View`].
pub trait IntoView {
    /// The view.
    fn into_view(self) -> View;
}

impl IntoView for View {
    fn into_view(self) -> View {
        self
    }
}
impl IntoView for El {
    fn into_view(self) -> View {
        View::Element(self.0)
    }
}
impl IntoView for Group {
    fn into_view(self) -> View {
        View::Many(self.0)
    }
}
impl IntoView for () {
    fn into_view(self) -> View {
        View::Nothing
    }
}
impl IntoView for &'static str {
    fn into_view(self) -> View {
        View::Text(Words::Borrowed(self))
    }
}
impl IntoView for String {
    fn into_view(self) -> View {
        View::Text(Words::Owned(self))
    }
}
impl<T: IntoView> IntoView for Option<T> {
    fn into_view(self) -> View {
        self.map_or(View::Nothing, T::into_view)
    }
}
impl<T: IntoView> IntoView for Vec<T> {
    fn into_view(self) -> View {
        View::Many(self.into_iter().map(T::into_view).collect())
    }
}
impl<F, T> IntoView for F
where
    F: FnMut() -> T + 'static,
    T: IntoView,
{
    fn into_view(mut self) -> View {
        View::Changing(Box::new(move || self().into_view()))
    }
}

/// What an attribute can be fixed to.
pub trait IntoWords {
    /// The text, none where the attribute is left out.
    fn into_words(self) -> Option<Words>;
}

impl IntoWords for &'static str {
    fn into_words(self) -> Option<Words> {
        Some(Words::Borrowed(self))
    }
}
impl IntoWords for String {
    fn into_words(self) -> Option<Words> {
        Some(Words::Owned(self))
    }
}
impl IntoWords for bool {
    fn into_words(self) -> Option<Words> {
        self.then_some(Words::Borrowed(""))
    }
}
impl<T: IntoWords> IntoWords for Option<T> {
    fn into_words(self) -> Option<Words> {
        self.and_then(T::into_words)
    }
}

/// What can become the value of an attribute: a text, yes or no, perhaps nothing, or a closure that gives one.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

macro_rules! fixed {
    ($($type:ty),*) => {
        $(impl IntoValue for $type {
            fn into_value(self) -> Value {
                Value::Fixed(self.into_words())
            }
        })*
    };
}
fixed!(&'static str, String, bool, Option<&'static str>, Option<String>);

impl<F, T> IntoValue for F
where
    F: FnMut() -> T + 'static,
    T: IntoWords,
{
    fn into_value(mut self) -> Value {
        Value::Changing(Box::new(move || self().into_words()))
    }
}

impl Value {
    fn now(self) -> Option<Words> {
        match self {
            Self::Fixed(words) => words,
            Self::Changing(mut work) => work(),
        }
    }
}

/// A view written out as HTML, closures run once.
pub fn html(view: View) -> String {
    let mut out = String::new();
    write_view(view, &mut out);
    out
}

/// Elements that have no end tag. <https://html.spec.whatwg.org/#void-elements>
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

fn write_view(view: View, out: &mut String) {
    match view {
        View::Nothing => {}
        View::Text(words) => escape(&words, out),
        View::Element(element) => write_element(*element, out),
        View::Many(views) => views.into_iter().for_each(|view| write_view(view, out)),
        View::Changing(mut draw) => write_view(draw(), out),
    }
}

fn write_element(element: Element, out: &mut String) {
    out.push('<');
    out.push_str(element.tag);
    let mut class = Vec::new();
    for Attribute { kind, name, value } in element.attributes {
        match (kind, value.now()) {
            (Kind::Property, _) | (_, None) => {}
            (Kind::Toggle, Some(_)) => class.push(Words::Borrowed(name)),
            (Kind::Attribute, Some(words)) if name == "class" => class.push(words),
            (Kind::Attribute, Some(words)) => write_attribute(name, &words, out),
        }
    }
    if !class.is_empty() {
        write_attribute("class", &class.join(" "), out);
    }
    out.push('>');
    if VOID.contains(&element.tag) {
        return;
    }
    for child in element.children {
        write_view(child, out);
    }
    out.push_str("</");
    out.push_str(element.tag);
    out.push('>');
}

fn write_attribute(name: &str, words: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    if !words.is_empty() {
        out.push_str("=\"");
        escape(words, out);
        out.push('"');
    }
}

fn escape(words: &str, out: &mut String) {
    for letter in words.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_wrote_never_becomes_markup() {
        let view = el("p")
            .attr("title", "\"><script>".to_owned())
            .child("<b>&\"".to_owned());
        assert_eq!(
            html(view.into_view()),
            r#"<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&quot;</p>"#
        );
    }

    #[test]
    fn attributes_are_there_or_not() {
        let view = el("input")
            .attr("type", "text")
            .attr("hidden", false)
            .attr("required", true)
            .attr("role", None::<&str>)
            .class("a")
            .toggle("b", || true)
            .toggle("c", false)
            .prop("value", "unseen");
        assert_eq!(
            html(view.into_view()),
            r#"<input type="text" required class="a b">"#
        );
    }

    #[test]
    fn closures_groups_and_gaps_are_written_in_order() {
        let view = group()
            .child("1")
            .child(())
            .child(|| Some(el("i").child("2")))
            .child(vec!["3", "4"]);
        assert_eq!(html(view.into_view()), "1<i>2</i>34");
    }
}
