//! The frame of every teller's screen: back, ear, language and leave fast in one bar, always in the same place.

use super::{
    calm::insecure_screen, ear::ear, icon::pointing_icon, language_menu::language_menu,
    notice::window_notice, way_marks::way_marks,
};
use crate::markup::{IntoView, View, el};
use crate::watch::Callback;
use crate::{
    browser::address,
    phone::Phone,
    routes::Route,
    texts::{t, tell},
};

pub use super::way_marks::Step;

/// What ← does. The phone's own back works beside it; both keep everything.
#[derive(Clone)]
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
/// - `feet`: what stays in view below it: see [`super::feet`], or `().into_view()`.
///
/// At an insecure address it shows [`insecure_screen`] instead.
pub fn teller_frame(page: &'static str, step: Option<Step>, back: Back, body: View, feet: View) -> View {
    if address::is_secure() {
        bare_frame(page, step, back, body, feet)
    } else {
        insecure_screen()
    }
}

/// The frame itself, at any address.
pub(super) fn bare_frame(page: &'static str, step: Option<Step>, back: Back, body: View, feet: View) -> View {
    let marks = step.map(way_marks);
    el("div")
        .class(page)
        .child(
            el("div")
                .class("vp-phone")
                .child(
                    el("header")
                        .class("vp-frame")
                        .child(
                            el("div")
                                .class("vp-top")
                                .child(back_link(back))
                                .child(el("span").class("vp-top__space"))
                                .child(ear())
                                .child(language_menu())
                                .child(exit_link(None)),
                        )
                        .child(marks),
                )
                .child(
                    el("main")
                        .class("vp-main")
                        .child(el("div").class("vp-body").child(window_notice()).child(body))
                        .child(feet),
                ),
        )
        .into_view()
}

fn back_link(back: Back) -> View {
    const CLASS: &str = "vp-round vp-round--tint";
    let label = t(tell::FRAME_BACK);
    let arrow = pointing_icon("i-back");
    match back {
        Back::None => ().into_view(),
        Back::To(route) => el("a")
            .class(CLASS)
            .attr("href", route.path())
            .attr("aria-label", label)
            .child(arrow)
            .into_view(),
        Back::Act(act) => el("button")
            .attr("type", "button")
            .class(CLASS)
            .attr("aria-label", label)
            .on("click", move |_| act.run(()))
            .child(arrow)
            .into_view(),
    }
}

/// T17, "Snel weg". A link to the plain page, so that it also leaves before the app is there; `address` is that page
/// where the page knows it before the phone does.
pub fn exit_link(address: Option<String>) -> View {
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
    el("a")
        .class("vp-pill vp-pill--tint")
        .attr("href", address)
        .attr("rel", "noreferrer")
        .on("click", move |click| {
            click.prevent_default();
            phone.leave_fast();
        })
        .child(pointing_icon("i-exit"))
        .child(el("span").child(t(tell::FRAME_EXIT)))
        .into_view()
}
