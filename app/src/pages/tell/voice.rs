//! T5: who tells, and in which language. Both begin with what the phone knows and both can be changed.

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
use leptos::prelude::*;

/// How many languages there are before "Meer talen".
const AT_FIRST: usize = 3;

/// The page.
pub fn page() -> AnyView {
    with_draft(Step::About, voice)
}

fn voice(phone: Phone, draft: Draft) -> AnyView {
    let tiles: Vec<AnyView> = Perspective::ALL
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
            view! {
                <button type="button" class="vp-chip" aria-expanded="false" on:click=move |_| all.set(true)>
                    {t(tell::VOICE_MORE_LANGUAGES)}
                </button>
            }
            .into_any()
        }
    };
    let body = view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(tell::VOICE_TITLE)}</h1>
        <fieldset>
            <legend class="vp-label">{t(tell::VOICE_WHO)}</legend>
            <div class="vp-tiles">{tiles}</div>
            <p class="vp-small vp-soft" role="status">
                <span>{meaning}</span>
            </p>
        </fieldset>
        <fieldset>
            <legend class="vp-label">{t(tell::VOICE_LANGUAGE)}</legend>
            <div class="vp-chips">{chips} {last}</div>
        </fieldset>
    };
    let feet = main_foot(t(tell::COMMON_NEXT), move || go_on(phone, &Route::Consent));
    teller_frame(
        "vp-voice-page",
        Some(Step::About),
        Back::To(Route::Tags),
        body.into_any(),
        feet,
    )
}

fn tile(phone: Phone, perspective: Perspective) -> AnyView {
    let chosen = move || {
        phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|d| d.perspective == perspective))
    };
    view! {
        <button
            type="button"
            class="vp-tile"
            aria-pressed=move || if chosen() { "true" } else { "false" }
            on:click=move |_| phone.edit(|draft| draft.perspective = perspective)
        >
            {perspective_mark(perspective)}
            <span>{perspective_word(perspective)}</span>
        </button>
    }
    .into_any()
}

fn chip(phone: Phone, tag: &'static str, name: &'static str, dir: Option<&'static str>) -> AnyView {
    let chosen = move || {
        phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|draft| draft.language == tag))
    };
    view! {
        <button
            type="button"
            class="vp-chip"
            lang=dir.map(|_| tag)
            dir=dir
            translate=dir.map(|_| "no")
            aria-pressed=move || if chosen() { "true" } else { "false" }
            on:click=move |_| phone.edit(|draft| tag.clone_into(&mut draft.language))
        >
            {name}
        </button>
    }
    .into_any()
}
