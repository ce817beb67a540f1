//! T5: a name for the story, in words or by a picture.

use crate::browser::drawing::{is_enter, value_of};
use crate::markup::{IntoView, View, el, group};
use crate::watch::RwSignal;
use crate::{
    components::{
        draft_gate::{go_on, with_draft},
        feet::{button, even_feet},
        frame::{Back, Step, teller_frame},
        icon::story_picture,
        notice::status,
        story_pair::picture_name,
    },
    phone::Phone,
    routes::Route,
    texts::{fill, t, tell},
};
use domain::{
    draft::Draft,
    id::StoryId,
    story::{PICTURE_COUNT, StoryPictures, TITLE_LIMIT},
};

use std::cell::Cell;

/// How many pictures are offered at a time.
const OFFERED: u8 = 8;

thread_local! {
    // Which picture was picked, for coming back to this page. A draft always has two pictures, so it cannot tell
    // whether somebody chose one; nothing may look chosen that nobody chose.
    static PICKED: Cell<Option<(StoryId, u8)>> = const { Cell::new(None) };
}

/// The page.
pub fn page() -> View {
    with_draft(Step::About, name)
}

fn name(phone: Phone, draft: Draft) -> View {
    let told = told_at(&draft);
    let says = RwSignal::new(None);
    let before = PICKED
        .get()
        .filter(|(story, _)| *story == draft.id)
        .map(|(_, number)| number);
    let picked = RwSignal::new(before);
    let title = move || {
        phone.draft.with(|draft| {
            draft
                .as_ref()
                .map(|draft| draft.title.clone())
                .unwrap_or_default()
        })
    };
    let next = move || {
        let title = phone
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.title.clone()));
        let title = title.unwrap_or_default();
        let limit = TITLE_LIMIT.to_string();
        says.set(match title.trim() {
            "" if picked.get_untracked().is_none() => Some(t(tell::TITLE_EMPTY).to_owned()),
            name if name.chars().count() > TITLE_LIMIT as usize => {
                Some(fill(tell::TITLE_TOO_LONG, &[("max", &limit)]))
            }
            _ => return go_on(phone, &Route::Tags),
        });
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(el("label").attr("for", "name").child(t(tell::TITLE_TITLE))),
        )
        .child(
            el("input")
                .class("vp-field")
                .attr("id", "name")
                .attr("name", "name")
                .attr("type", "text")
                .attr("dir", "auto")
                .attr("autocomplete", "off")
                .attr("enterkeyhint", "next")
                .prop("value", title)
                .on("input", move |event| {
                    let title = value_of(&event);
                    phone.edit(|draft| draft.title = title);
                })
                .on("keydown", move |event| {
                    if is_enter(&event) {
                        next();
                    }
                }),
        )
        .child(
            el("p")
                .class("vp-label")
                .attr("id", "pick")
                .child(t(tell::TITLE_PICTURE)),
        )
        .child(pictures(phone, &draft, picked))
        .child(status(says));
    let feet = even_feet(
        t(tell::COMMON_SKIP),
        move || go_on(phone, &Route::Tags),
        t(tell::COMMON_NEXT),
        next,
    );
    teller_frame(
        "vp-title",
        Some(Step::About),
        Back::To(told),
        body.into_view(),
        feet,
    )
}

/// Where a draft was told, and can be told further.
pub(super) fn told_at(draft: &Draft) -> Route {
    if draft.sounds().next().is_some() {
        Route::Listen
    } else if draft.text.trim().is_empty() && !draft.clips.is_empty() {
        Route::Photo
    } else {
        Route::Write
    }
}

/// Pictures to pick the story's first one from; its second one stays. They are counted from that second one, which
/// each story drew for itself, so that stories offer different ones, and it is never offered twice.
fn pictures(phone: Phone, draft: &Draft, picked: RwSignal<Option<u8>>) -> View {
    let (story, StoryPictures(_, second)) = (draft.id, draft.pictures);
    let distance = |number: u8| (PICTURE_COUNT + number - second) % PICTURE_COUNT;
    let first_shown = picked
        .get_untracked()
        .map_or(1, |number| (distance(number) - 1) / OFFERED * OFFERED + 1);
    let first_shown = RwSignal::new(first_shown);
    let pick = move |number: u8| {
        PICKED.set(Some((story, number)));
        picked.set(Some(number));
        phone.edit(|draft| draft.pictures = StoryPictures(number, second));
    };
    let tile = move |number: u8| {
        el("li")
            .child(
                el("button")
                    .attr("type", "button")
                    .class("vp-tile")
                    .attr("aria-pressed", move || {
                        if picked.get() == Some(number) {
                            "true"
                        } else {
                            "false"
                        }
                    })
                    .attr("aria-label", picture_name(number))
                    .on("click", move |_| pick(number))
                    .child(story_picture(number)),
            )
            .into_view()
    };
    let tiles = move || {
        let start = first_shown.get();
        let end = (start + OFFERED).min(PICTURE_COUNT);
        (start..end)
            .map(|step| tile((second + step) % PICTURE_COUNT))
            .collect::<Vec<View>>()
    };
    let others = move || {
        first_shown.update(|start| {
            *start = if *start + OFFERED < PICTURE_COUNT {
                *start + OFFERED
            } else {
                1
            }
        });
    };
    group()
        .child(
            el("ul")
                .class("vp-tiles vp-tiles--four")
                .attr("aria-labelledby", "pick")
                .child(tiles),
        )
        .child(button(
            "vp-btn vp-btn--quiet vp-btn--small",
            t(tell::TITLE_OTHER_PICTURES),
            others,
        ))
        .into_view()
}
