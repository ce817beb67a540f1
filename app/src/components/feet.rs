//! What stays in view at the bottom: the one next step, and at most one other of the same width.

use leptos::prelude::*;

/// One main button.
pub fn main_foot(word: &'static str, act: impl Fn() + 'static) -> AnyView {
    view! { <div class="vp-feet">{main_button(word, act)}</div> }.into_any()
}

/// One main link.
pub fn main_link_foot(word: &'static str, href: String) -> AnyView {
    view! { <div class="vp-feet"><a class="vp-btn vp-btn--main" href=href><span>{word}</span></a></div> }
        .into_any()
}

/// Two ways on of the same width: the other one (such as "Overslaan") first, the main one last.
pub fn even_feet(
    other: &'static str,
    other_act: impl Fn() + 'static,
    main: &'static str,
    main_act: impl Fn() + 'static,
) -> AnyView {
    view! {
        <div class="vp-feet vp-feet--even">
            {button("vp-btn vp-btn--line", other, other_act)} {main_button(main, main_act)}
        </div>
    }
    .into_any()
}

/// The main button by itself.
pub fn main_button(word: &'static str, act: impl Fn() + 'static) -> AnyView {
    button("vp-btn vp-btn--main", word, act)
}

/// A button with a word, of any kind: `"vp-btn vp-btn--line"`, `"vp-btn vp-btn--quiet vp-btn--small"`, …
pub fn button(class: &'static str, word: &'static str, act: impl Fn() + 'static) -> AnyView {
    boxed_button(class, word, Box::new(act))
}

// One copy of the markup for all acts.
fn boxed_button(class: &'static str, word: &'static str, act: Box<dyn Fn()>) -> AnyView {
    view! { <button type="button" class=class on:click=move |_| act()><span>{word}</span></button> }
        .into_any()
}
