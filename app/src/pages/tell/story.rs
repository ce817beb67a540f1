//! A story code, opened from its QR (`/story#…`) or asked for. Finding a story on another phone comes later; here the
//! code leaves the address at once, and a story that is on this phone opens.

use crate::markup::{IntoView, el, group};
use crate::watch::{Effect, RwSignal};
use crate::{
    browser::{fragment, history, preferences},
    components::{
        feet::main_link_foot,
        frame::{Back, teller_frame},
    },
    phone::Phone,
    routes::Route,
    texts::{t, tell},
};
use domain::{code::StoryCode, voices::Voice};

/// The page.
pub fn page() -> impl IntoView {
    let phone = Phone::here();
    let screen = fragment::follow();
    let asked = RwSignal::new(None::<StoryCode>);
    Effect::new(move || {
        // Also when another code is opened in this tab.
        if screen.with(|screen| !screen.is_empty()) {
            asked.set(StoryCode::try_from(fragment::take()).ok());
        }
    });
    Effect::new(move || {
        let Some(code) = asked.get() else { return };
        let found = phone.stories.with(|stories| {
            stories
                .iter()
                .find(|story| {
                    Voice::ALL
                        .into_iter()
                        .any(|voice| story.code_of(voice) == Some(&code))
                })
                .map(|story| story.id)
        });
        if let Some(id) = found {
            preferences::set_chosen(id);
            history::replace(&Route::Mine);
        }
    });
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::RETURN_TITLE)),
        )
        .child(el("p").child(t(tell::RETURN_SOON)))
        .child(el("p").child(t(tell::RETURN_KEEP)))
        .child(el("p").class("vp-soft").child(t(tell::RETURN_LOST)));
    let feet = main_link_foot(t(tell::DONE_MINE), Route::Mine.path());
    teller_frame(
        "vp-story-code",
        None,
        Back::To(Route::Mine),
        body.into_view(),
        feet,
    )
}
