//! Screens that say one thing: an obstacle, what is true, one way on.

use super::{
    feet::main_link_foot,
    frame::{Back, bare_frame, teller_frame},
    icon::icon,
};
use crate::{
    browser::address,
    routes::Route,
    texts::{t, tell},
};
use leptos::prelude::*;

/// Body of a calm screen: picture, heading, what is true (may be empty). Give the frame the class `"vp-calm"`.
pub fn calm_body(picture: &str, title: &'static str, sentence: &'static str) -> AnyView {
    view! {
        <div class="vp-scene">{icon(picture)}</div>
        <h1 class="vp-voice vp-ask" tabindex="-1">{title}</h1>
        {(!sentence.is_empty()).then(|| view! { <p>{sentence}</p> }.into_any())}
    }
    .into_any()
}

/// Nothing is here, and that is all right; `way` is where one goes from here.
pub fn empty_screen(
    back: Back,
    title: &'static str,
    sentence: &'static str,
    way: (&'static str, Route),
) -> AnyView {
    let body = view! {
        <div class="vp-empty">
            <h1 class="vp-voice vp-ask" tabindex="-1">{title}</h1>
            <p>{sentence}</p>
        </div>
    };
    teller_frame(
        "vp-calm",
        None,
        back,
        body.into_any(),
        main_link_foot(way.0, way.1.path()),
    )
}

/// The project is over: thanks, and the way to one's own stories.
pub fn closed_screen() -> AnyView {
    empty_screen(
        Back::None,
        t(tell::CLOSED_TITLE),
        t(tell::CLOSED_THANKS),
        (t(tell::MISSING_MINE), Route::Mine),
    )
}

/// The screen at an address that others on the Wi-Fi can read along with. It takes the place of every teller's page.
pub fn insecure_screen() -> AnyView {
    let body = view! {
        {calm_body("i-lock", t(tell::INSECURE_TITLE), t(tell::INSECURE_WHY))}
        <p>{t(tell::INSECURE_WHAT)}</p>
    };
    let feet = match address::with_https() {
        Some(address) => main_link_foot(t(tell::INSECURE_TRY), address),
        None => ().into_any(),
    };
    bare_frame("vp-calm", None, Back::None, body.into_any(), feet)
}
