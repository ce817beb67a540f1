//! Pages of who sets things up: the front page, signing in, trusting this computer's certificate.

pub mod front;
pub mod sign_in;
pub mod trust;

use crate::markup::{IntoView, View, el};
use crate::watch::Effect;
use crate::{
    browser::fragment,
    components::{icon::pictogram, language_menu::language_menu},
    routes::Route,
    texts::{Language, current},
};

/// `lang` and `dir` of a screen of staff: where there is no translation it is Dutch, which a screen reader has to
/// know. `None` where the document says it already.
pub(super) fn staff_language() -> (Option<&'static str>, Option<&'static str>) {
    match current() {
        Language::Ar => (Some(Language::Nl.tag()), Some(Language::Nl.dir())),
        Language::Nl | Language::En | Language::Qps => (None, None),
    }
}

/// A plain screen of staff: the name, the languages, one thing. `page` is the class of its own style.
fn plain_frame(page: &'static str, body: View, feet: View) -> View {
    let (lang, dir) = staff_language();
    Effect::new(|_| fragment::focus_heading_if_nowhere());
    el("div")
        .class(["vp-plain ", page].concat())
        .attr("lang", lang)
        .attr("dir", dir)
        .child(
            el("div")
                .class("vp-phone")
                .child(
                    el("header")
                        .class("vp-top")
                        .child(
                            el("a")
                                .class("vp-logo")
                                .attr("href", Route::Front.path())
                                .attr("translate", "no")
                                .child(pictogram("logo"))
                                .child(el("span").class("vp-voice").child("vertelpunt")),
                        )
                        .child(el("span").class("vp-top__space"))
                        .child(language_menu()),
                )
                .child(
                    el("main")
                        .class("vp-main")
                        .child(el("div").class("vp-body").child(body))
                        .child(feet),
                ),
        )
        .into_view()
}
