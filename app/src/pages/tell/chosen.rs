//! What the pages about one finished story share: finding it, and the words for where it is.

use crate::markup::{IntoView, View, el, group};
use crate::watch::{Memo, StoredValue, untrack};
use crate::{
    browser::ambient,
    components::{
        feet::main_link_foot,
        frame::{Back, teller_frame},
        state_line::{Around, StateWords, plain, state_words},
    },
    phone::{Phone, StorageKind},
    routes::Route,
    texts::{Text, t, tell},
};
use domain::{draft::PhoneStory, id::StoryId, standing::Standing};
use std::cell::RefCell;

thread_local! {
    /// A story that may leave this borrowed phone while its code is still on the screen.
    static HELD: RefCell<Option<PhoneStory>> = const { RefCell::new(None) };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Opening,
    Missing,
    Here,
}

/// Draws a page about one story, once storage has been read. `title` and `missing` are its title and what it says without the
/// story. A story that leaves the phone meanwhile does not take the page away.
pub fn with_story(
    page: &'static str,
    (title, missing): (Text, Text),
    id: Option<StoryId>,
    draw: fn(PhoneStory) -> View,
) -> View {
    let phone = Phone::here();
    let held = HELD.with_borrow(|held| held.clone().filter(|story| Some(story.id) == id));
    let story = Memo::new(move |before: Option<&Option<PhoneStory>>| {
        let known = before.cloned().flatten();
        known.or_else(|| phone.story(id?).get()).or_else(|| held.clone())
    });
    let found = Memo::new(move |_| match story.with(Option::is_some) {
        true => Found::Here,
        false if phone.ready.get() => Found::Missing,
        false => Found::Opening,
    });
    let view = move || match (found.get(), story.get_untracked()) {
        (Found::Here, Some(story)) => draw(story),
        (Found::Opening, _) => bare(page, title, tell::MINE_LOADING, ().into_view()),
        _ => bare(
            page,
            title,
            missing,
            main_link_foot(t(tell::DONE_MINE), Route::Mine.path()),
        ),
    };
    view.into_view()
}

fn bare(page: &'static str, title: Text, sentence: Text, feet: View) -> View {
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(title)),
        )
        .child(el("p").attr("role", "status").child(t(sentence)));
    teller_frame(page, None, Back::To(Route::Mine), body.into_view(), feet)
}

/// Keeps a story for this page's life, or forgets it: its code must stay on the screen until it was kept.
pub fn hold(story: Option<PhoneStory>) {
    HELD.set(story);
}

/// Who is responsible for a story, as its project names them.
pub fn organisation(story: &PhoneStory) -> String {
    untrack(|| Phone::here().project(story.origin.project))
        .map(|project| project.organisation)
        .unwrap_or_default()
}

/// The words for where a story is, followed.
pub fn words_of(story: &PhoneStory) -> Memo<StateWords> {
    let phone = Phone::here();
    let standing = phone.standing(story.id);
    let project = untrack(|| phone.project(story.origin.project));
    let door = story.origin.entry.clone();
    let (organisation, partner) = project
        .map(|project| {
            let partner = door.and_then(|door| project.entry(&door).map(|entry| entry.partner.clone()));
            (project.organisation, partner.unwrap_or(project.partners))
        })
        .unwrap_or_default();
    let leaving = phone.is_leaving(story.id);
    let arrives = StoredValue::new(false);
    Memo::new(move |_| {
        let around = Around {
            organisation: organisation.clone(),
            partner: partner.clone(),
            memory_only: phone.storage.get() == StorageKind::MemoryOnly,
            page_too_old: phone.page_too_old.get(),
            now: ambient::now(),
        };
        match standing.get() {
            Some(standing) => {
                arrives.set_value(leaving.get() && standing != Standing::WithdrawalWaiting);
                state_words(&standing, &around)
            }
            // It was to leave when it is safe, and it left.
            None if arrives.get_value() => plain("safe", "i-safe", tell::STATE_SAFE_GONE),
            None => plain("gone", "i-phone", tell::MINE_THROWN_AWAY),
        }
    })
}
