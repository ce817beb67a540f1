//! The frame of every teller's screen: back, language and leave fast in one bar, always in the same place.

use super::{
    calm::insecure_screen, icon::pointing_icon, language_menu::language_menu, notice::window_notice,
    way_marks::way_marks,
};
use crate::{
    browser::address,
    phone::Phone,
    routes::Route,
    texts::{t, tell},
};
use leptos::prelude::*;

pub use super::way_marks::Step;

/// What ← does. The phone's own back works beside it; both keep everything.
#[derive(Clone, Debug)]
pub enum Back {
    /// There is nothing before this screen.
    None,
    /// To the page before this one.
    To(Route),
    /// To what came before within the page, such as the previous card.
    Act(Callback<()>),
}

/// A whole teller's screen.
///
/// - `page`: the class of the page's own style, such as `"vp-write"`.
/// - `step`: where one is in telling; `None` leaves the way-marks out.
/// - `body`: what goes into `vp-body`, with the one `<h1 class="vp-voice vp-ask" tabindex="-1">`.
/// - `feet`: what stays in view below it: see [`super::feet`], or `().into_any()`.
///
/// At an insecure address it shows [`insecure_screen`] instead.
pub fn teller_frame(
    page: &'static str,
    step: Option<Step>,
    back: Back,
    body: AnyView,
    feet: AnyView,
) -> AnyView {
    if address::is_secure() {
        bare_frame(page, step, back, body, feet)
    } else {
        insecure_screen()
    }
}

/// The frame itself, at any address.
pub(super) fn bare_frame(
    page: &'static str,
    step: Option<Step>,
    back: Back,
    body: AnyView,
    feet: AnyView,
) -> AnyView {
    let marks = step.map(way_marks);
    view! {
        <div class=page>
            <div class="vp-phone">
                <header class="vp-frame">
                    <div class="vp-top">{back_link(back)} <span class="vp-top__space"></span> {language_menu()} {exit_link(None)}</div>
                    {marks}
                </header>
                <main class="vp-main">
                    <div class="vp-body">{window_notice()} {body}</div>
                    {feet}
                </main>
            </div>
        </div>
    }
    .into_any()
}

fn back_link(back: Back) -> AnyView {
    const CLASS: &str = "vp-round vp-round--tint";
    let label = t(tell::FRAME_BACK);
    let arrow = pointing_icon("i-back");
    match back {
        Back::None => ().into_any(),
        Back::To(route) => view! { <a class=CLASS href=route.path() aria-label=label>{arrow}</a> }.into_any(),
        Back::Act(act) => {
            view! { <button type="button" class=CLASS aria-label=label on:click=move |_| act.run(())>{arrow}</button> }
                .into_any()
        }
    }
}

/// T17, "Snel weg". A link to the plain page, so that it also leaves before the app is there; `address` is that page
/// where the page knows it before the phone does.
pub fn exit_link(address: Option<String>) -> AnyView {
    let phone = Phone::here();
    let address = move || {
        let known = phone
            .joined
            .with(|joined| joined.as_ref().map(|joined| joined.project.quick_exit.clone()));
        address
            .clone()
            .or(known)
            .unwrap_or_else(|| "about:blank".to_owned())
    };
    view! {
        <a
            class="vp-pill vp-pill--tint"
            href=address
            rel="noreferrer"
            on:click=move |click| {
                click.prevent_default();
                phone.leave_fast();
            }
        >
            {pointing_icon("i-exit")}
            <span>{t(tell::FRAME_EXIT)}</span>
        </a>
    }
    .into_any()
}
