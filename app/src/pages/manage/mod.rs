//! Pages of who sets things up: the front page, signing in, trusting this computer's certificate.

pub mod front;
pub mod sign_in;
pub mod trust;

use crate::watch::Effect;
use crate::{
    browser::staff,
    components::{icon::pictogram, language_menu::language_menu},
    routes::Route,
    texts::{Language, current},
};
use leptos::prelude::*;

/// `lang` and `dir` of a screen of staff: where there is no translation it is Dutch, which a screen reader has to
/// know. `None` where the document says it already.
pub(super) fn staff_language() -> (Option<&'static str>, Option<&'static str>) {
    match current() {
        Language::Ar => (Some(Language::Nl.tag()), Some(Language::Nl.dir())),
        Language::Nl | Language::En | Language::Qps => (None, None),
    }
}

/// A plain screen of staff: the name, the languages, one thing. `page` is the class of its own style.
fn plain_frame(page: &'static str, body: AnyView, feet: AnyView) -> AnyView {
    let (lang, dir) = staff_language();
    Effect::new(|_| staff::focus_heading_if_nowhere());
    view! {
        <div class=["vp-plain ", page].concat() lang=lang dir=dir>
            <div class="vp-phone">
                <header class="vp-top">
                    <a class="vp-logo" href=Route::Front.path() translate="no">
                        {pictogram("logo")} <span class="vp-voice">"vertelpunt"</span>
                    </a>
                    <span class="vp-top__space"></span>
                    {language_menu()}
                </header>
                <main class="vp-main">
                    <div class="vp-body">{body}</div>
                    {feet}
                </main>
            </div>
        </div>
    }
    .into_any()
}
