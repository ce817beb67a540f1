//! T1b: who listens, what is promised, and how to leave unseen.

use super::{
    door::{self, Door},
    join::nothing_yet,
};
use crate::{
    components::{
        feet::main_link_foot,
        frame::{Back, teller_frame},
    },
    page_data::Entry,
    routes::Route,
    texts::{fill, t, tell},
};
use leptos::prelude::*;

/// The page behind "Wie luistert er?".
pub fn page(code: String) -> AnyView {
    let door = door::find(&code);
    (move || match &door.get() {
        Door::Open(entry) => answer(entry),
        other => nothing_yet(other),
    })
    .into_any()
}

fn answer(entry: &Entry) -> AnyView {
    let project = &entry.project;
    let learn = fill(tell::WHO_LEARN, &[("municipality", &project.municipality)]);
    let join = Route::Join(entry.code.as_str().to_owned());
    let body = view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(tell::WHO_TITLE)}</h1>
        {paragraph(vec![
            capital(&learn),
            t(tell::WHO_LISTEN).to_owned(),
            t(tell::WHO_CHOOSE).to_owned(),
            t(tell::WHO_STOP).to_owned(),
        ])}
        // A promise: it appears only after the manager confirmed it for the organisation.
        {project.promises_no_effect.then(|| paragraph(vec![t(tell::WHO_BENEFITS).to_owned()]))}
        {paragraph(vec![t(tell::WHO_EXIT).to_owned(), t(tell::WHO_HISTORY).to_owned()])}
        {paragraph(vec![t(tell::WHO_AGE).to_owned()])}
    };
    let feet = main_link_foot(t(tell::FRAME_BACK), join.path());
    teller_frame("vp-who", None, Back::To(join), body.into_any(), feet)
}

/// Each sentence has an element of its own, for browsers that translate.
fn paragraph(sentences: Vec<String>) -> AnyView {
    let sentences: Vec<AnyView> = sentences
        .into_iter()
        .map(|sentence| view! { <span>{sentence}</span> " " }.into_any())
        .collect();
    view! { <p>{sentences}</p> }.into_any()
}

/// A sentence that begins with a name ("gemeente Houten") begins with a capital all the same.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
