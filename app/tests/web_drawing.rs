//! What changes in a page keeps what a person is busy with: nodes, focus, the cursor.
#![cfg(target_arch = "wasm32")]

mod support;

use app::{
    browser::drawing::{Mounted, NodeRef, mount, value_of},
    markup::{IntoView, View, el, svg},
    watch::RwSignal,
};
use support::{frame, page};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

/// A fresh place in the document, with `view` in it.
fn draw(view: impl IntoView) -> (Element, Mounted) {
    let document = leptos::prelude::document();
    let place = document.create_element("div").expect("a name of an element");
    let body = document.body().expect("a body");
    _ = body.append_child(&place);
    let mounted = mount(view.into_view(), &place);
    (place, mounted)
}

fn find(place: &Element, selector: &str) -> HtmlElement {
    let found = place.query_selector(selector).ok().flatten();
    found
        .and_then(|found| found.dyn_into().ok())
        .expect("it is in the page")
}

fn has_focus(node: &HtmlElement) -> bool {
    let active = leptos::prelude::document().active_element();
    active.is_some_and(|active| active == **node)
}

#[wasm_bindgen_test]
async fn only_what_a_closure_reads_is_drawn_again() {
    page().await;
    let (word, class, hidden) = (RwSignal::new("een"), RwSignal::new("a"), RwSignal::new(false));
    let view = el("p")
        .class(move || class.get())
        .attr("hidden", move || hidden.get())
        .toggle("is-long", move || word.get().len() > 3)
        .child("vast ")
        .child(move || word.get());
    let (place, _kept) = draw(view);
    let node = find(&place, "p");
    assert_eq!(node.outer_html(), r#"<p class="a">vast een</p>"#);
    word.set("twee");
    frame().await;
    assert_eq!(node.outer_html(), r#"<p class="a is-long">vast twee</p>"#);
    hidden.set(true);
    frame().await;
    assert!(node.has_attribute("hidden"));
    assert!(find(&place, "p") == node, "the same node all along");
}

#[wasm_bindgen_test]
async fn a_part_that_is_drawn_again_keeps_its_nodes_and_focus() {
    page().await;
    let count = RwSignal::new(0);
    let (place, _kept) = draw(move || {
        el("button")
            .attr("type", "button")
            .child(count.get().to_string())
            .on("click", move |_| count.update(|count| *count += 1))
    });
    let button = find(&place, "button");
    _ = button.focus();
    for presses in 1..4 {
        button.click();
        frame().await;
        assert_eq!(
            button.text_content().as_deref(),
            Some(presses.to_string().as_str())
        );
        assert!(has_focus(&button));
    }
}

#[wasm_bindgen_test]
async fn what_is_something_else_takes_the_place_of_what_was_there() {
    page().await;
    let state = RwSignal::new(0);
    let (place, _kept) = draw(
        el("div")
            .child("[")
            .child(move || -> View {
                match state.get() {
                    0 => ().into_view(),
                    1 => "woord".into_view(),
                    2 => el("b").child("vet").into_view(),
                    3 => vec!["a", "b", "c"].into_view(),
                    4 => vec!["a"].into_view(),
                    _ => (move || Some(svg("svg").child(svg("path")))).into_view(),
                }
            })
            .child("]"),
    );
    let shown = find(&place, "div");
    for (number, html) in [
        (1, "[woord]"),
        (2, "[<b>vet</b>]"),
        (3, "[abc]"),
        (4, "[a]"),
        (0, "[]"),
        (5, "[<svg><path></path></svg>]"),
        (2, "[<b>vet</b>]"),
        (0, "[]"),
    ] {
        state.set(number);
        frame().await;
        assert_eq!(shown.inner_html(), html);
    }
}

#[wasm_bindgen_test]
async fn a_list_keeps_the_node_of_each_key() {
    page().await;
    let rows = RwSignal::new(vec!["b", "d"]);
    let (place, _kept) = draw(el("ol").child(move || {
        let row = |name: &'static str| {
            el("li")
                .key(name.to_owned())
                .child(el("a").attr("href", "#").child(name))
        };
        rows.get().into_iter().map(row).collect::<Vec<_>>()
    }));
    let list = find(&place, "ol");
    let focused = find(&place, "li:nth-child(2) a");
    _ = focused.focus();
    for (now, text) in [
        (vec!["a", "b", "c", "d"], "abcd"),
        (vec!["c", "d"], "cd"),
        (vec!["d"], "d"),
        (vec!["z", "d", "y"], "zdy"),
    ] {
        rows.set(now);
        frame().await;
        assert_eq!(list.text_content().as_deref(), Some(text));
        assert!(has_focus(&focused), "it stays on d");
    }
    rows.set(vec!["y", "z", "d", "y"]);
    frame().await;
    assert_eq!(list.text_content().as_deref(), Some("yzdy"));
    rows.set(vec![]);
    frame().await;
    assert_eq!(list.text_content().as_deref(), Some(""));
}

#[wasm_bindgen_test]
async fn a_field_keeps_what_is_typed_and_where_the_cursor_is() {
    page().await;
    let text = RwSignal::new(String::from("hallo"));
    let field = NodeRef::new();
    let (place, _kept) = draw(
        el("input")
            .node_ref(field)
            .prop("value", move || text.get())
            .on("input", move |event| text.set(value_of(&event))),
    );
    let input: HtmlInputElement = find(&place, "input").unchecked_into();
    assert_eq!(input.value(), "hallo");
    assert!(field.get_untracked().is_some_and(|node| node == *input));
    input.set_value("hallo daar");
    _ = input.set_selection_range(2, 2);
    let event = web_sys::Event::new("input").expect("an event");
    _ = input.dispatch_event(&event);
    frame().await;
    assert_eq!(text.get_untracked(), "hallo daar");
    assert_eq!(input.selection_start().ok().flatten(), Some(2));
    text.set(String::new());
    frame().await;
    assert_eq!(input.value(), "");
}

#[wasm_bindgen_test]
async fn what_left_the_page_hears_nothing_more() {
    page().await;
    let (shown, word) = (RwSignal::new(true), RwSignal::new(0));
    let heard = RwSignal::new(0);
    let (place, kept) = draw(move || {
        shown.get().then(|| {
            el("p").child(move || {
                heard.update_untracked(|heard| *heard += 1);
                word.get().to_string()
            })
        })
    });
    frame().await;
    shown.set(false);
    frame().await;
    word.set(1);
    frame().await;
    assert_eq!(
        (heard.get_untracked(), place.text_content().as_deref()),
        (1, Some(""))
    );
    drop(kept);
    shown.set(true);
    frame().await;
    assert_eq!(place.text_content().as_deref(), Some(""));
}
