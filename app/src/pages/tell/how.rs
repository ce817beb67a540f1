//! T2: how one wants to tell. Four equal tiles, each acts at once. T2b: two people, one phone. T10 stands before them
//! while a recording is here that is not a story yet.

use super::{
    door, listen,
    making::{self, MakingPage},
    title::told_at,
};
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Effect, Memo, RwSignal, on_cleanup, provide_context, untrack};
use crate::{
    browser::{IS_HERE, address, fragment, history, share},
    components::{
        calm::{calm_body, closed_screen, empty_screen},
        clock::timed,
        feet::{button, main_button},
        frame::{Back, teller_frame},
        icon::{icon, pictogram},
        notice::{live, notice, notice_of},
        undo::undo,
        way_marks::Step,
    },
    phone::{Phone, StorageKind, Thrown},
    routes::Route,
    texts::{Text, t, tell},
};
use domain::{project::Phase, time::Span, voices::SecondDraft};
use std::cell::Cell;

thread_local! {
    // T14 is said once in a tab; then "toch vertellen" holds.
    static TELLS_ANYWAY: Cell<bool> = const { Cell::new(false) };
}

/// What stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Ways,
    Together,
    StillHere,
    NoProject,
    Closed,
    NoStorage,
}

/// The page.
pub fn page() -> View {
    let phone = Phone::here();
    let anyway = RwSignal::new(TELLS_ANYWAY.get());
    let page = Page {
        phone,
        shows: RwSignal::new(None),
        thrown: RwSignal::new(None),
    };
    on_cleanup(move || {
        if IS_HERE {
            phone.undo_is_over();
        }
    });
    let coming = door::knock(phone);
    let shows = Memo::new(move |_| {
        let phase = phone
            .joined
            .with(|joined| joined.as_ref().map(|joined| joined.project.phase));
        match phase {
            None if phone.ready.get() && !coming.get() => Shows::NoProject,
            Some(Phase::Closing | Phase::Closed) => Shows::Closed,
            _ if phone.storage.get() == StorageKind::MemoryOnly && !anyway.get() => Shows::NoStorage,
            _ => match page.shows.get() {
                Some(shows) => shows,
                None if listen::told(phone) > Span(0) => Shows::StillHere,
                None => Shows::Ways,
            },
        }
    });
    Effect::new(move |before: Option<Shows>| {
        let now = shows.get();
        if before.is_some_and(|before| before != now) {
            fragment::focus_heading();
        }
        now
    });
    (move || match shows.get() {
        Shows::Ways => page.ways(),
        Shows::Together => page.together(),
        Shows::StillHere => untrack(|| page.still_here()),
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

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    /// What stands here when it was chosen.
    shows: RwSignal<Option<Shows>>,
    thrown: RwSignal<Option<Thrown>>,
}

impl Page {
    fn ways(self) -> View {
        let phone = self.phone;
        // Pressed before storage was read: it happens as soon as it can.
        let wants = RwSignal::new(None::<Route>);
        Effect::new(move |_| {
            if let Some(route) = wants.get()
                && phone.ready.get()
                && phone.joined.with(Option::is_some)
            {
                start(phone, &route, None);
            }
        });
        let want = move |route: Route| wants.set(Some(route));
        let goes_on = Memo::new(move |_| {
            phone
                .draft
                .with(|draft| draft.as_ref().is_some_and(|draft| !draft.is_empty()))
        });
        let together = move || self.shows.set(Some(Shows::Together));
        let body = group()
            .child(
                el("h1")
                    .class("vp-voice vp-ask")
                    .attr("tabindex", "-1")
                    .child(t(tell::HOW_TITLE)),
            )
            .child(self.undo_line())
            .child(move || goes_on.get().then(|| still_here(phone)))
            .child(
                el("ul")
                    .class("vp-tiles vp-tiles--two")
                    .child(tile("w-talk", t(tell::HOW_TALK), move || want(Route::Record)))
                    .child(tile("w-pair", t(tell::HOW_TOGETHER), together))
                    .child(tile("w-write", t(tell::HOW_WRITE), move || want(Route::Write)))
                    .child(tile("w-photo", t(tell::HOW_PHOTO), move || want(Route::Photo))),
            )
            .child(
                el("p")
                    .class("vp-small vp-soft")
                    .attr("hidden", move || wants.get().is_some())
                    .child(t(tell::HOW_LATER)),
            )
            .child(live(move || {
                wants.get().map(|_| {
                    el("p")
                        .class("vp-notice")
                        .child(el("span").child(t(tell::COMMON_WAIT)))
                        .into_view()
                })
            }));
        teller_frame(
            "vp-how",
            Some(Step::Tell),
            to_the_door(phone),
            body.into_view(),
            ().into_view(),
        )
    }

    /// T2b: one asks, one tells.
    fn together(self) -> View {
        let begin = move |route: Route| start(self.phone, &route, Some(SecondDraft::default()));
        let feet = el("div")
            .class("vp-feet")
            .child(main_button(t(tell::CONSENT_START), move || begin(Route::Record)))
            .child(button("vp-btn vp-btn--line", t(tell::RECORD_WRITE), move || {
                begin(Route::Write);
            }));
        teller_frame(
            "vp-calm",
            Some(Step::Tell),
            Back::Act(Callback::new(move |()| self.shows.set(Some(Shows::Ways)))),
            calm_body("w-pair", t(tell::TOGETHER_TITLE), t(tell::TOGETHER_HOW)),
            feet.into_view(),
        )
    }

    /// T10.
    fn still_here(self) -> View {
        let phone = self.phone;
        let id = phone.draft.with(|draft| draft.as_ref().map(|draft| draft.id));
        let was_cut_off = id.is_some() && phone.recovered.get().map(|(story, _)| story) == id;
        let throw_away = move || {
            self.shows.set(Some(Shows::Ways));
            // What is still open ends first, so that all of it can be brought back.
            phone.end_recording(move || {
                if let Some(id) = id {
                    self.thrown.set(phone.throw_away(id));
                }
            });
        };
        let later = move || self.shows.set(Some(Shows::Ways));
        provide_context(listen::Found {
            back: to_the_door(phone),
            cut_off: was_cut_off,
            later: Callback::new(move |()| later()),
            throw_away: Callback::new(move |()| throw_away()),
        });
        making::page(MakingPage::StillHere)
    }

    fn undo_line(self) -> View {
        let bring_back = move || {
            if let Some(thrown) = self.thrown.get_untracked() {
                self.phone.bring_back(thrown);
            }
            self.thrown.set(None);
        };
        live(move || {
            self.thrown
                .with(Option::is_some)
                .then(|| undo(t(tell::MINE_THROWN_AWAY).to_owned(), bring_back))
        })
    }
}

fn to_the_door(phone: Phone) -> Back {
    let join = phone
        .joined
        .with_untracked(|joined| joined.as_ref().map(|joined| joined.entry.as_str().to_owned()));
    Back::To(join.map_or(Route::Front, Route::Join))
}

fn tile(picture: &str, word: &'static str, act: impl Fn() + 'static) -> View {
    el("li")
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-tile")
                .on("click", move |_| act())
                .child(pictogram(picture))
                .child(el("span").child(word)),
        )
        .into_view()
}

/// The draft of this tab is there, and a tile begins another one.
fn still_here(phone: Phone) -> View {
    let told = listen::told(phone);
    let way = |route: Route, word| {
        el("a")
            .class("vp-btn vp-btn--line vp-btn--small")
            .attr("href", route.path())
            .child(t(word))
            .into_view()
    };
    if told > Span(0) {
        return notice_of(
            "i-mic",
            timed(tell::HERE_TITLE, told),
            way(Route::Listen, tell::LISTEN_PLAY),
        );
    }
    let here = phone
        .draft
        .with(|draft| draft.as_ref().map_or(Route::Write, told_at));
    let word = if here == Route::Write {
        tell::RECOVERED_GO_ON
    } else {
        tell::MINE_GO_ON
    };
    notice("i-pen", t(tell::RECOVERED_TITLE), way(here, word))
}

/// Begins to tell, in an empty draft: alone, or with a second voice together.
fn start(phone: Phone, route: &Route, second: Option<SecondDraft>) {
    let has_empty_one = phone
        .draft
        .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.is_empty()));
    if !has_empty_one {
        phone.start_draft();
    }
    phone.edit(|draft| draft.second = second);
    phone.put_finished_away();
    history::go(route);
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
            how.try_set(Some(if copied {
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
