//! Pictures from the two sprites. Beside a word a picture says nothing to a screen reader; alone it needs a name.
use crate::markup::{IntoView, View, svg};

/// A small icon on the line of the text: `icon("i-check")`.
pub fn icon(id: &str) -> View {
    sprite("vp-i", &["/pictures.svg#", id])
}

/// A small icon that points, and so points the other way in a language that runs from right to left.
pub fn pointing_icon(id: &str) -> View {
    sprite("vp-i vp-flip", &["/pictures.svg#", id])
}

/// A pictogram: `pictogram("w-write")`.
pub fn pictogram(id: &str) -> View {
    sprite("vp-p", &["/pictures.svg#", id])
}

/// One of the 64 story pictures, without its name.
pub fn story_picture(number: u8) -> View {
    sprite("vp-p", &["/pictures-stories.svg#s-", &number.to_string()])
}

fn sprite(class: &'static str, address: &[&str]) -> View {
    let address = address.concat();
    svg("svg")
        .class(class)
        .attr("aria-hidden", "true")
        .child(svg("use").attr("href", address))
        .into_view()
}
