//! What stays in view at the bottom: the one next step, and at most one other of the same width.
use crate::markup::{IntoView, View, el};

/// One main button.
pub fn main_foot(word: &'static str, act: impl Fn() + 'static) -> View {
    el("div")
        .class("vp-feet")
        .child(main_button(word, act))
        .into_view()
}

/// One main link.
pub fn main_link_foot(word: &'static str, href: String) -> View {
    el("div")
        .class("vp-feet")
        .child(
            el("a")
                .class("vp-btn vp-btn--main")
                .attr("href", href)
                .child(el("span").child(word)),
        )
        .into_view()
}

/// Two ways on of the same width: the other one (such as "Overslaan") first, the main one last.
pub fn even_feet(
    other: &'static str,
    other_act: impl Fn() + 'static,
    main: &'static str,
    main_act: impl Fn() + 'static,
) -> View {
    el("div")
        .class("vp-feet vp-feet--even")
        .child(button("vp-btn vp-btn--line", other, other_act))
        .child(main_button(main, main_act))
        .into_view()
}

/// The main button by itself.
pub fn main_button(word: &'static str, act: impl Fn() + 'static) -> View {
    button("vp-btn vp-btn--main", word, act)
}

/// A button with a word, of any kind: `"vp-btn vp-btn--line"`, `"vp-btn vp-btn--quiet vp-btn--small"`, …
pub fn button(class: &'static str, word: &'static str, act: impl Fn() + 'static) -> View {
    boxed_button(class, word, Box::new(act))
}

// One copy of the markup for all acts.
fn boxed_button(class: &'static str, word: &'static str, act: Box<dyn Fn()>) -> View {
    el("button")
        .attr("type", "button")
        .class(class)
        .on("click", move |_| act())
        .child(el("span").child(word))
        .into_view()
}
