//! Screens that say one thing: an obstacle, what is true, one way on.

use super::{
    feet::main_link_foot,
    frame::{Back, bare_frame, teller_frame},
    icon::icon,
};
use crate::markup::{IntoView, View, el, group};
use crate::{
    browser::address,
    routes::Route,
    texts::{t, tell},
};

/// Body of a calm screen: picture, heading, what is true (may be empty). Give the frame the class `"vp-calm"`.
pub fn calm_body(picture: &str, title: &'static str, sentence: &'static str) -> View {
    group()
        .child(el("div").class("vp-scene").child(icon(picture)))
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(title),
        )
        .child((!sentence.is_empty()).then(|| el("p").child(sentence).into_view()))
        .into_view()
}

/// Nothing is here, and that is all right; `way` is where one goes from here.
pub fn empty_screen(
    back: Back,
    title: &'static str,
    sentence: &'static str,
    way: (&'static str, Route),
) -> View {
    let body = el("div")
        .class("vp-empty")
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(title),
        )
        .child(el("p").child(sentence));
    teller_frame(
        "vp-calm",
        None,
        back,
        body.into_view(),
        main_link_foot(way.0, way.1.path()),
    )
}

/// The project is over: thanks, and the way to one's own stories.
pub fn closed_screen() -> View {
    empty_screen(
        Back::None,
        t(tell::CLOSED_TITLE),
        t(tell::CLOSED_THANKS),
        (t(tell::MISSING_MINE), Route::Mine),
    )
}

/// The screen at an address that others on the Wi-Fi can read along with. It takes the place of every teller's page.
pub fn insecure_screen() -> View {
    let body = group()
        .child(calm_body(
            "i-lock",
            t(tell::INSECURE_TITLE),
            t(tell::INSECURE_WHY),
        ))
        .child(el("p").child(t(tell::INSECURE_WHAT)));
    let feet = match address::with_https() {
        Some(address) => main_link_foot(t(tell::INSECURE_TRY), address),
        None => ().into_view(),
    };
    bare_frame("vp-calm", None, Back::None, body.into_view(), feet)
}
