//! Pictures from the two sprites. Beside a word a picture says nothing to a screen reader; alone it needs a name.

use leptos::prelude::*;

/// A small icon on the line of the text: `icon("i-check")`.
pub fn icon(id: &str) -> AnyView {
    sprite("vp-i", &["/pictures.svg#", id])
}

/// A small icon that points, and so points the other way in a language that runs from right to left.
pub fn pointing_icon(id: &str) -> AnyView {
    sprite("vp-i vp-flip", &["/pictures.svg#", id])
}

/// A pictogram: `pictogram("w-write")`.
pub fn pictogram(id: &str) -> AnyView {
    sprite("vp-p", &["/pictures.svg#", id])
}

/// One of the 64 story pictures, without its name.
pub fn story_picture(number: u8) -> AnyView {
    sprite("vp-p", &["/pictures-stories.svg#s-", &number.to_string()])
}

fn sprite(class: &'static str, address: &[&str]) -> AnyView {
    let address = address.concat();
    view! { <svg class=class aria-hidden="true"><use href=address /></svg> }.into_any()
}
