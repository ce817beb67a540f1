//! The document around the app.

use crate::{
    page_data::{PageData, SCRIPT_ID},
    texts::Language,
};
use web_sys::Document;

/// The document. Only a page without one, which no browser shows, would make this fail.
pub(super) fn document() -> Document {
    leptos::prelude::document()
}

/// What the server put into the document for this page, `None` in the empty shell.
pub(super) fn page_data() -> Option<PageData> {
    let script = document().get_element_by_id(SCRIPT_ID)?;
    crate::json::from_str(&script.text_content()?).ok()
}

/// The body, which every document the server sends has.
pub(super) fn body() -> web_sys::HtmlElement {
    document()
        .body()
        .expect("every document the server sends has a body")
}

/// Takes away what the server drew, or the shell's note for browsers without WASM.
pub(super) fn clear_body() {
    if let Some(body) = document().body() {
        body.replace_children_with_node_0();
    }
}

/// Tells the browser, its screen reader and the style sheet which language the page is in.
pub(super) fn set_language(language: Language) {
    if let Some(root) = document().document_element() {
        _ = root.set_attribute("lang", language.tag());
        _ = root.set_attribute("dir", language.dir());
    }
}

/// Puts focus on the heading of a new page, so that a screen reader starts there; what was read aloud of the page
/// before it stops.
pub(super) fn focus_heading() {
    super::voice::leave();
    if let Ok(Some(heading)) = document().query_selector("h1") {
        _ = heading.set_attribute("tabindex", "-1");
        if let Ok(heading) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(heading) {
            _ = heading.focus();
        }
    }
}

/// Scrolls just so far that all of `element` is in view.
pub fn bring_into_view(element: &web_sys::Element) {
    let how = web_sys::ScrollIntoViewOptions::new();
    how.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&how);
}
