//! T2: how one wants to tell. Four equal tiles, each acts at once; today only writing leads on.

use super::door;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal};
use crate::{
    browser::{address, history, share},
    components::{
        calm::{calm_body, closed_screen, empty_screen},
        feet::{button, main_button},
        frame::{Back, teller_frame},
        icon::{icon, pictogram},
        notice::{live, notice},
        way_marks::Step,
    },
    phone::{Phone, StorageKind},
    routes::Route,
    texts::{Text, t, tell},
};
use domain::project::Phase;
use leptos::task::spawn_local;
use std::cell::Cell;

thread_local! {
    // T14 is said once in a tab; then "toch vertellen" holds.
    static TELLS_ANYWAY: Cell<bool> = const { Cell::new(false) };
}

/// What stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Ways,
    NoProject,
    Closed,
    NoStorage,
}

/// The page.
pub fn page() -> View {
    let phone = Phone::here();
    let anyway = RwSignal::new(TELLS_ANYWAY.get());
    let coming = door::is_coming();
    let shows = Memo::new(move |_| {
        let phase = phone
            .joined
            .with(|joined| joined.as_ref().map(|joined| joined.project.phase));
        match phase {
            None if phone.ready.get() && !coming => Shows::NoProject,
            Some(Phase::Closing | Phase::Closed) => Shows::Closed,
            _ if phone.storage.get() == StorageKind::MemoryOnly && !anyway.get() => Shows::NoStorage,
            _ => Shows::Ways,
        }
    });
    (move || match shows.get() {
        Shows::Ways => ways(phone),
        Shows::Closed => closed_screen(),
        Shows::NoStorage => no_storage(phone, anyway),
        Shows::NoProject => {
            let mine = (t(tell::MISSING_MINE), Route::Mine);
            empty_screen(
                Back::None,
                t(tell::HOW_NO_PROJECT),
                t(tell::MISSING_STORIES_STAY),
                mine,
            )
        }
    })
    .into_view()
}

/// What the live region says: something works later, or one has to wait a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Later(Text),
    Wait,
}

fn ways(phone: Phone) -> View {
    let says = RwSignal::new(None);
    // Pressed before storage was read: it happens as soon as it can.
    let wants_to_write = RwSignal::new(false);
    Effect::new(move |_| {
        if wants_to_write.get() && phone.ready.get() && phone.joined.with(Option::is_some) {
            write(phone);
        }
    });
    let want_to_write = move || {
        says.set(Some(Says::Wait));
        wants_to_write.set(true);
    };
    let later = move |text| move || says.set(Some(Says::Later(text)));
    let goes_on = Memo::new(move |_| {
        phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|draft| !draft.is_empty()))
    });
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::HOW_TITLE)),
        )
        .child(move || goes_on.get().then(still_here))
        .child(
            el("ul")
                .class("vp-tiles vp-tiles--two")
                .child(tile(
                    "w-talk",
                    t(tell::HOW_TALK),
                    true,
                    later(tell::HOW_TALK_SOON),
                ))
                .child(tile(
                    "w-pair",
                    t(tell::HOW_TOGETHER),
                    true,
                    later(tell::HOW_TOGETHER_SOON),
                ))
                .child(tile("w-write", t(tell::HOW_WRITE), false, want_to_write))
                .child(tile(
                    "w-photo",
                    t(tell::HOW_PHOTO),
                    true,
                    later(tell::HOW_PHOTO_SOON),
                )),
        )
        .child(
            el("p")
                .class("vp-small vp-soft")
                .attr("hidden", move || says.get().is_some())
                .child(t(tell::HOW_LATER)),
        )
        .child(live(move || says.get().map(|says| say(says, want_to_write))));
    let join = phone
        .joined
        .with_untracked(|joined| joined.as_ref().map(|joined| joined.entry.as_str().to_owned()));
    let back = join.map_or(Route::Front, Route::Join);
    teller_frame(
        "vp-how",
        Some(Step::Tell),
        Back::To(back),
        body.into_view(),
        ().into_view(),
    )
}

fn tile(picture: &str, word: &'static str, later: bool, act: impl Fn() + 'static) -> View {
    el("li")
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-tile")
                .toggle("is-later", later)
                .on("click", move |_| act())
                .child(pictogram(picture))
                .child(el("span").child(word))
                .child(later.then(|| {
                    el("span")
                        .class("vp-hidden")
                        .child(", ")
                        .child(t(tell::HOW_SOON))
                        .into_view()
                })),
        )
        .into_view()
}

fn say(says: Says, write: impl Fn() + 'static) -> View {
    match says {
        Says::Wait => el("p")
            .class("vp-notice")
            .child(el("span").child(t(tell::COMMON_WAIT)))
            .into_view(),
        Says::Later(text) => {
            let way = button(
                "vp-btn vp-btn--line vp-btn--small",
                t(tell::HOW_SOON_WRITE),
                write,
            );
            notice("i-pen", t(text), way)
        }
    }
}

/// The draft of this tab is there, and "Ik schrijf" begins another one.
fn still_here() -> View {
    let go_on = el("a")
        .class("vp-btn vp-btn--line vp-btn--small")
        .attr("href", Route::Write.path())
        .child(t(tell::RECOVERED_GO_ON));
    notice("i-pen", t(tell::RECOVERED_TITLE), go_on.into_view())
}

fn write(phone: Phone) {
    let has_empty_one = phone
        .draft
        .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.is_empty()));
    if !has_empty_one {
        phone.start_draft();
    }
    phone.put_finished_away();
    history::go(&Route::Write);
}

/// T14: this browser keeps nothing.
fn no_storage(phone: Phone, anyway: RwSignal<bool>) -> View {
    let how = RwSignal::new(None::<Text>);
    let join = phone
        .joined
        .with_untracked(|joined| joined.as_ref().map(|joined| joined.entry.as_str().to_owned()));
    let back = join.clone().map_or(Route::Front, Route::Join);
    let link = Route::Join(join.unwrap_or_default()).path();
    let copy = move || {
        let link = address::on_this_server(&link);
        spawn_local(async move {
            let copied = share::copy(&link).await;
            _ = how.try_set(Some(if copied {
                tell::STORAGE_LINK_COPIED
            } else {
                tell::STORAGE_OTHER_BROWSER_HOW
            }));
        });
    };
    let body = group()
        .child(calm_body("i-phone", t(tell::STORAGE_NONE), ""))
        .child(el("p").attr("role", "status").child(move || how.get().map(t)));
    let tell_anyway = move || {
        TELLS_ANYWAY.set(true);
        anyway.set(true);
    };
    let feet = el("div")
        .class("vp-feet")
        .child(main_button(t(tell::STORAGE_TELL_ANYWAY), tell_anyway))
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-btn vp-btn--line")
                .on("click", move |_| copy())
                .child(icon("i-out"))
                .child(el("span").child(t(tell::STORAGE_OTHER_BROWSER))),
        );
    teller_frame(
        "vp-calm",
        None,
        Back::To(back),
        body.into_view(),
        feet.into_view(),
    )
}
