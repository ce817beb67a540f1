//! Saving a text or a recording as a file on the phone.

use super::bytes::Blob;
use js_sys::Array;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{BlobPropertyBag, HtmlAnchorElement, Url};

/// Saves `text` as a plain UTF-8 file called `name`. False when the browser would not.
pub fn text_file(name: &str, text: &str) -> bool {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/plain;charset=utf-8");
    web_sys::Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind)
        .is_ok_and(|blob| file(name, &Blob(blob)))
}

/// Saves what is in `blob` as a file called `name`. False when the browser would not.
pub fn file(name: &str, blob: &Blob) -> bool {
    try_file(name, blob).is_some()
}

fn try_file(name: &str, Blob(blob): &Blob) -> Option<()> {
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The address is not given back: Safari may read it only after the page had time to ask its own question. It is
    // as long as the story and goes with the page.
    Some(())
}
