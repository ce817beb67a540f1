//! "Nog iets erbij": the other ways of telling, in the same story.

use super::icon::pictogram;
use crate::markup::{IntoView, View, el};
use crate::{
    routes::Route,
    texts::{t, tell},
    watch::Memo,
};

/// Links to the ways that are not `here`; there is nothing to add to as long as `is_empty`.
pub fn more_ways(here: &Route, is_empty: Memo<bool>) -> View {
    let ways = [
        (Route::Record, "w-talk", tell::HOW_TALK),
        (Route::Write, "w-write", tell::HOW_WRITE),
        (Route::Photo, "w-photo", tell::HOW_PHOTO),
    ];
    let links: Vec<View> = ways
        .into_iter()
        .filter(|(route, ..)| route != here)
        .map(|(route, picture, word)| {
            el("a")
                .class("vp-btn vp-btn--line vp-btn--small")
                .attr("href", route.path())
                .child(pictogram(picture))
                .child(el("span").child(t(word)))
                .into_view()
        })
        .collect();
    el("nav")
        .class("vp-more")
        .attr("aria-labelledby", "more")
        .attr("hidden", move || is_empty.get())
        .child(
            el("p")
                .class("vp-small vp-soft")
                .attr("id", "more")
                .child(t(tell::LISTEN_ADD)),
        )
        .child(el("div").class("vp-ways").child(links))
        .into_view()
}
