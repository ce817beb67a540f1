//! WH3: what a teller is told of their own story when those who received it hold it back.

use super::icon::icon;
use crate::markup::{IntoView, View, el};
use crate::watch::{Memo, untrack};
use crate::{
    phone::Phone,
    texts::{Text, fill, t, tell},
};
use domain::{id::StoryId, withheld::Ground};

fn reason(ground: Ground) -> Text {
    match ground {
        Ground::ThirdPerson => tell::HELD_THIRD_PERSON,
        Ground::Danger => tell::HELD_DANGER,
        Ground::NotAStory => tell::HELD_NOT_A_STORY,
        Ground::Other => tell::HELD_OTHER,
    }
}

/// That it is held back, on which ground, and whom to ask. Nothing while it is not.
pub fn held_line(phone: Phone, id: StoryId) -> View {
    let story = phone.story(id);
    let held = Memo::new(move |_| story.with(|story| story.as_ref().and_then(|story| story.withheld)));
    let project = untrack(|| story.with(|story| story.as_ref().map(|story| story.origin.project)));
    let contact = untrack(|| project.and_then(|project| phone.project(project)))
        .map(|project| fill(tell::HELD_QUESTIONS, &[("contact", &project.contact)]));
    let line = move || {
        held.get().map(|ground| {
            el("div")
                .class("vp-notice")
                .child(icon("i-lock"))
                .child(
                    el("div")
                        .child(el("p").child(t(tell::HELD_HIDDEN)))
                        .child(el("p").child(t(reason(ground))))
                        .child(el("p").child(t(tell::HELD_YOURS)))
                        .child(contact.clone().map(|contact| el("p").child(contact).into_view())),
                )
                .into_view()
        })
    };
    el("div").attr("role", "status").child(line).into_view()
}
