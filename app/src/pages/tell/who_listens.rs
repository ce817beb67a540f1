//! T1b: who listens, what is promised, and how to leave unseen.

use super::{
    door::{self, Door},
    join::nothing_yet,
};
use crate::markup::{IntoView, View, el, group};
use crate::{
    components::{
        feet::main_link_foot,
        frame::{Back, teller_frame},
    },
    page_data::Entry,
    routes::Route,
    texts::{fill, t, tell},
};

/// The page behind "Wie luistert er?".
pub fn page(code: String) -> View {
    let door = door::find(&code);
    (move || match &door.get() {
        Door::Open(entry) => answer(entry),
        other => nothing_yet(other),
    })
    .into_view()
}

fn answer(entry: &Entry) -> View {
    let project = &entry.project;
    let learn = fill(tell::WHO_LEARN, &[("municipality", &project.municipality)]);
    let join = Route::Join(entry.code.as_str().to_owned());
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::WHO_TITLE)),
        )
        .child(paragraph(vec![
            capital(&learn),
            t(tell::WHO_LISTEN).to_owned(),
            t(tell::WHO_CHOOSE).to_owned(),
            t(tell::WHO_STOP).to_owned(),
        ]))
        // A promise: it appears only after the manager confirmed it for the organisation.
        .child(
            project
                .promises_no_effect
                .then(|| paragraph(vec![t(tell::WHO_BENEFITS).to_owned()])),
        )
        .child(paragraph(vec![
            t(tell::WHO_EXIT).to_owned(),
            t(tell::WHO_HISTORY).to_owned(),
        ]))
        .child(paragraph(vec![t(tell::WHO_AGE).to_owned()]));
    let feet = main_link_foot(t(tell::FRAME_BACK), join.path());
    teller_frame("vp-who", None, Back::To(join), body.into_view(), feet)
}

/// Each sentence has an element of its own, for browsers that translate.
fn paragraph(sentences: Vec<String>) -> View {
    let sentences: Vec<View> = sentences
        .into_iter()
        .map(|sentence| group().child(el("span").child(sentence)).child(" ").into_view())
        .collect();
    el("p").child(sentences).into_view()
}

/// A sentence that begins with a name ("gemeente Houten") begins with a capital all the same.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
