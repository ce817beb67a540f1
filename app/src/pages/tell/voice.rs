//! T5: who tells, and in which language. Both begin with what the phone knows and both can be changed.

use super::question;
use crate::markup::{IntoView, View, el, group};
use crate::watch::RwSignal;
use crate::{
    components::{
        draft_gate::{go_on, with_draft},
        feet::main_foot,
        frame::{Back, Step, teller_frame},
        perspective::{perspective_mark, perspective_meaning, perspective_word},
        story_language::{OTHER, STORY_LANGUAGES},
    },
    phone::Phone,
    routes::Route,
    texts::{t, tell},
};
use domain::{draft::Draft, story::Perspective};

/// How many languages there are before "Meer talen".
const AT_FIRST: usize = 3;

/// The page.
pub fn page() -> View {
    with_draft(Step::About, voice)
}

fn voice(phone: Phone, draft: Draft) -> View {
    let tiles: Vec<View> = Perspective::ALL
        .into_iter()
        .map(|perspective| tile(phone, perspective))
        .collect();
    let meaning = move || {
        phone
            .draft
            .with(|draft| draft.as_ref().map(|draft| perspective_meaning(draft.perspective)))
    };
    let is_further_on = !STORY_LANGUAGES
        .iter()
        .take(AT_FIRST)
        .any(|(tag, _, _)| *tag == draft.language);
    let all = RwSignal::new(is_further_on);
    let chips = move || {
        let count = if all.get() {
            STORY_LANGUAGES.len()
        } else {
            AT_FIRST
        };
        STORY_LANGUAGES
            .iter()
            .take(count)
            .map(|(tag, name, dir)| chip(phone, tag, name, Some(dir)))
            .collect::<Vec<_>>()
    };
    let last = move || {
        if all.get() {
            chip(phone, OTHER, t(tell::VOICE_OTHER_LANGUAGE), None)
        } else {
            el("button")
                .attr("type", "button")
                .class("vp-chip")
                .attr("aria-expanded", "false")
                .on("click", move |_| all.set(true))
                .child(t(tell::VOICE_MORE_LANGUAGES))
                .into_view()
        }
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::VOICE_TITLE)),
        )
        .child(
            el("fieldset")
                .child(el("legend").class("vp-label").child(t(tell::VOICE_WHO)))
                .child(el("div").class("vp-tiles").child(tiles))
                .child(
                    el("p")
                        .class("vp-small vp-soft")
                        .attr("role", "status")
                        .child(el("span").child(meaning)),
                ),
        )
        .child(
            el("fieldset")
                .child(el("legend").class("vp-label").child(t(tell::VOICE_LANGUAGE)))
                .child(el("div").class("vp-chips").child(chips).child(last)),
        );
    let feet = main_foot(t(tell::COMMON_NEXT), move || go_on(phone, &Route::Consent));
    teller_frame(
        "vp-voice-page",
        Some(Step::About),
        Back::To(question::before_voice(phone, &draft)),
        body.into_view(),
        feet,
    )
}

fn tile(phone: Phone, perspective: Perspective) -> View {
    let chosen = move || {
        phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|d| d.perspective == perspective))
    };
    el("button")
        .attr("type", "button")
        .class("vp-tile")
        .attr("aria-pressed", move || if chosen() { "true" } else { "false" })
        .on("click", move |_| {
            phone.edit(|draft| draft.perspective = perspective);
        })
        .child(perspective_mark(perspective))
        .child(el("span").child(perspective_word(perspective)))
        .into_view()
}

fn chip(phone: Phone, tag: &'static str, name: &'static str, dir: Option<&'static str>) -> View {
    let chosen = move || {
        phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|draft| draft.language == tag))
    };
    el("button")
        .attr("type", "button")
        .class("vp-chip")
        .attr("lang", dir.map(|_| tag))
        .attr("dir", dir)
        .attr("translate", dir.map(|_| "no"))
        .attr("aria-pressed", move || if chosen() { "true" } else { "false" })
        .on("click", move |_| {
            phone.edit(|draft| tag.clone_into(&mut draft.language));
        })
        .child(name)
        .into_view()
}
