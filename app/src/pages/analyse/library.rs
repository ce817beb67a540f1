//! `/analyse`: what tellers let be heard, newest first.

use super::{
    deck,
    entries::entries,
    follow, lease,
    player_bar::player_bar,
    reading, search,
    shelf::{Contact, Shelf, Who, shelf},
    tag_strip::tag_strip,
};
use crate::browser::drawing::value_of;
use crate::browser::fragment;
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::state::SyncStatus;
use crate::watch::{Effect, Memo, RwSignal, on_cleanup};
use crate::{
    browser::{share, staff as ask},
    components::{
        feet::{button, main_button},
        icon::{icon, pictogram, pointing_icon},
        language_menu::language_menu,
        notice::{notice, notice_of, status},
    },
    pages::manage::{sign_in::role_word, staff_language},
    routes::Route,
    texts::{Text, fill, staff, t},
};
use leptos::prelude::{request_animation_frame, window_event_listener};

/// Id of the list's heading.
pub(super) const HEADING: &str = "library";

/// Draws the library.
pub(super) fn draw() -> View {
    let shelf = shelf();
    reading::follow_address(shelf);
    deck::follow(shelf);
    let online = window_event_listener(leptos::ev::online, move |_| follow::start(shelf));
    let seen = window_event_listener(leptos::ev::visibilitychange, move |_| follow::seen_or_not(shelf));
    let offline = window_event_listener(leptos::ev::offline, move |_| follow::network_lost(shelf));
    on_cleanup(move || {
        online.remove();
        seen.remove();
        offline.remove();
        follow::stop();
    });
    Effect::new(move |_| {
        fragment::focus_heading_if_nowhere();
        spawn_local(async move {
            lease::open(shelf).await;
            if ask::is_online() {
                follow::start(shelf);
            } else {
                follow::network_lost(shelf);
            }
        });
    });
    // A story that came in may have the words somebody looks for.
    Effect::new(move |_| {
        shelf.stories.track();
        search::look(shelf);
    });
    let said = RwSignal::new(None::<String>);
    let (lang, dir) = staff_language();
    let outside = Memo::new(move |_| outside(shelf.who.get()));
    el("div")
        .class("vp-desk vp-library")
        .toggle("has-player", move || {
            shelf.deck.record.with(Option::is_some) || shelf.deck.says.with(Option::is_some)
        })
        .toggle("has-open", move || {
            shelf.open.get().is_some() && outside.get().is_none()
        })
        .attr("lang", lang)
        .attr("dir", dir)
        .child(head(shelf, said))
        .child(
            el("p")
                .class("vp-hidden")
                .attr("role", "status")
                .child(move || shelf.news.get()),
        )
        .child(move || match outside.get() {
            Some(sentence) => turned_away(said, sentence),
            None => desk(shelf, said),
        })
        .child(player_bar(shelf))
        .into_view()
}

/// Why somebody sees no stories here, if so.
fn outside(who: Who) -> Option<Text> {
    match who {
        Who::Asking | Who::In(_) => None,
        Who::NotAllowed(_) => Some(staff::LIBRARY_NOT_ALLOWED),
        Who::Nobody => Some(staff::SIGN_IN_NEEDED),
        Who::Ended => Some(staff::SIGN_IN_ENDED),
        Who::Left => Some(staff::FRAME_SIGNED_OUT),
    }
}

/// The bar of the desk: which project, which part of it, who one is, which language, out.
fn head(shelf: Shelf, said: RwSignal<Option<String>>) -> View {
    let member = Memo::new(move |_| match shelf.who.get() {
        Who::In(member) | Who::NotAllowed(member) => Some(member),
        _ => None,
    });
    let project = move || match shelf.name.get() {
        name if name.is_empty() => t(staff::APP_NAME).to_owned(),
        name => name,
    };
    let leave = move || {
        spawn_local(async move {
            if shelf.sign_out().await {
                said.try_set(None);
                fragment::focus_heading_if_nowhere();
            } else {
                said.try_set(Some(t(staff::FRAME_SIGN_OUT_LATER).to_owned()));
            }
        });
    };
    let session = move || {
        member.get().map(|member| {
            el("span")
                .class("vp-state vp-state--chip")
                .child(el("span").child(t(role_word(member.role))))
                .into_view()
        })
    };
    let out = move || {
        member.get().map(|_| {
            el("button")
                .attr("type", "button")
                .class("vp-pill")
                .on("click", move |_| leave())
                .child(pointing_icon("i-exit"))
                .child(el("span").child(t(staff::FRAME_SIGN_OUT)))
                .into_view()
        })
    };
    let here = Route::Analyse.path();
    el("header")
        .class("vp-head")
        .child(
            el("a")
                .class("vp-logo")
                .attr("href", here.clone())
                .child(pictogram("logo"))
                .child(
                    el("span")
                        .class("vp-voice")
                        .attr("translate", "no")
                        .child(project),
                ),
        )
        .child(
            el("nav").attr("aria-label", t(staff::FRAME_PARTS)).child(
                el("a")
                    .attr("aria-current", "page")
                    .attr("href", here)
                    .child(t(staff::LIBRARY_TITLE)),
            ),
        )
        .child(session)
        .child(language_menu())
        .child(out)
        .into_view()
}

/// The screen of somebody who sees no stories: one sentence that says what to do.
fn turned_away(said: RwSignal<Option<String>>, sentence: Text) -> View {
    request_animation_frame(fragment::focus_heading_if_nowhere);
    el("main")
        .class("vp-shelf")
        .child(status(said))
        .child(
            el("div").class("vp-empty").child(
                el("h1")
                    .class("vp-voice vp-ask")
                    .attr("tabindex", "-1")
                    .child(t(sentence)),
            ),
        )
        .into_view()
}

fn desk(shelf: Shelf, said: RwSignal<Option<String>>) -> View {
    let chosen = Memo::new(move |_| shelf.chosen());
    let total = Memo::new(move |_| shelf.stories.with(Vec::len));
    let heading = move || {
        let (count, total) = (chosen.with(Vec::len), total.get());
        if total == 0 {
            t(staff::LIBRARY_TITLE).to_owned()
        } else if shelf.is_narrowed() {
            fill(
                staff::LIBRARY_COUNT_OF,
                &[("count", &count.to_string()), ("total", &total.to_string())],
            )
        } else {
            fill(staff::LIBRARY_COUNT, &[("count", &total.to_string())])
        }
    };
    let has_stories = Memo::new(move |_| total.get() > 0);
    let only_names = move || {
        shelf
            .found
            .with(|found| found.as_ref().is_some_and(|found| found.only_here))
    };
    el("div")
        .class("vp-desk__split")
        .toggle("is-open", move || shelf.open.get().is_some())
        .child(
            el("main")
                .class("vp-shelf")
                .child(sync_line(shelf))
                .child(status(said))
                .child(move || has_stories.get().then(|| narrow(shelf)))
                .child(lease::bar::bar(shelf, chosen))
                .child(tag_strip(shelf, chosen))
                .child(
                    el("div")
                        .class("vp-shelf__head")
                        .child(
                            el("h1")
                                .class("vp-voice")
                                .attr("id", HEADING)
                                .attr("tabindex", "-1")
                                .attr("aria-live", "polite")
                                .child(heading),
                        )
                        .child(
                            el("p")
                                .class("vp-soft")
                                .child(move || has_stories.get().then(|| t(staff::LIBRARY_NEWEST_FIRST))),
                        ),
                )
                .child(move || {
                    only_names().then(|| {
                        el("p")
                            .class("vp-soft")
                            .child(t(staff::LIBRARY_SEARCH_NAMES))
                            .into_view()
                    })
                })
                .child(move || {
                    let aloud = move || {
                        shelf
                            .stories
                            .with(|stories| stories.iter().any(|story| story.millis > 0))
                    };
                    (total.get() == 1).then(|| {
                        let sentence = if aloud() {
                            staff::LIBRARY_FIRST_LISTEN
                        } else {
                            staff::LIBRARY_FIRST
                        };
                        notice("i-open", t(sentence), ().into_view())
                    })
                })
                .child(body(shelf, said, chosen)),
        )
        .child(reading::panel(shelf))
        .into_view()
}

/// What the middle of the desk shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Loading,
    /// Nothing is known because nothing can be reached.
    Unreached,
    /// There are no stories at all.
    Empty,
    /// There are, but none like this.
    NothingFound,
    List,
}

fn body(
    shelf: Shelf,
    said: RwSignal<Option<String>>,
    chosen: Memo<Vec<std::sync::Arc<domain::story::StorySummary>>>,
) -> View {
    let body = Memo::new(move |_| {
        if shelf.stories.with(Vec::is_empty) {
            if shelf.complete.get() {
                Body::Empty
            } else if shelf.contact.get() == Contact::Good {
                Body::Loading
            } else {
                Body::Unreached
            }
        } else if chosen.with(Vec::is_empty) {
            Body::NothingFound
        } else {
            Body::List
        }
    });
    (move || match body.get() {
        Body::Loading => group()
            .child(
                el("p")
                    .class("vp-hidden")
                    .attr("role", "status")
                    .child(t(staff::LIBRARY_LOADING)),
            )
            .child(
                el("div")
                    .attr("aria-hidden", "true")
                    .child(el("div").class("vp-ghost"))
                    .child(el("div").class("vp-ghost"))
                    .child(el("div").class("vp-ghost")),
            )
            .into_view(),
        Body::Unreached => ().into_view(),
        Body::Empty => empty(shelf, said),
        Body::NothingFound => el("div")
            .class("vp-empty")
            .child(
                el("p")
                    .attr("role", "status")
                    .child(t(staff::LIBRARY_NOTHING_FOUND)),
            )
            .child(main_button(t(staff::LIBRARY_SHOW_ALL), move || {
                shelf.show_all();
                // The button goes with what it was for.
                ask::focus(HEADING);
            }))
            .into_view(),
        Body::List => entries(shelf, chosen),
    })
    .into_view()
}

/// The first visit: the way to tell is what is needed now.
fn empty(shelf: Shelf, said: RwSignal<Option<String>>) -> View {
    let way = move || {
        let address = shelf.teller_address()?;
        let copied = address.clone();
        let copy = move || {
            let address = copied.clone();
            spawn_local(async move {
                if share::copy(&address).await {
                    said.try_set(Some(t(staff::LIBRARY_LINK_COPIED).to_owned()));
                }
            });
        };
        let way = group()
            .child(
                el("p").child(
                    el("a")
                        .class("vp-num")
                        .attr("href", address.clone())
                        .attr("dir", "ltr")
                        .attr("translate", "no")
                        .child(address.clone()),
                ),
            )
            .child(main_button(t(staff::LIBRARY_COPY_LINK), copy));
        Some(way.into_view())
    };
    el("div")
        .class("vp-empty")
        .child(el("p").class("vp-voice vp-ask").child(t(staff::LIBRARY_EMPTY)))
        .child(way)
        .into_view()
}

/// The ways to see fewer stories, beside their tags.
fn narrow(shelf: Shelf) -> View {
    el("div")
        .class("vp-narrow")
        .child(search_field(shelf))
        .child(unheard_chip(shelf))
        .into_view()
}

/// Only what this member did not hear yet.
fn unheard_chip(shelf: Shelf) -> View {
    let count = Memo::new(move |_| shelf.unheard());
    el("button")
        .attr("type", "button")
        .class("vp-chip")
        .attr("aria-pressed", move || {
            if shelf.unheard_only.get() { "true" } else { "false" }
        })
        .on("click", move |_| {
            shelf.skipped.set(0);
            shelf.unheard_only.update(|only| *only = !*only);
        })
        .child(el("span").child(t(staff::LIBRARY_UNHEARD)))
        .child(" ")
        .child(el("b").class("vp-num").child(move || count.get().to_string()))
        .into_view()
}

fn search_field(shelf: Shelf) -> View {
    el("search")
        .child(
            el("form")
                .class("vp-search")
                .attr("role", "search")
                .on("submit", move |submit| {
                    submit.prevent_default();
                    search::look(shelf);
                })
                .child(icon("i-search"))
                .child(
                    el("input")
                        .attr("type", "search")
                        .attr("enterkeyhint", "search")
                        .attr("autocomplete", "off")
                        .attr("dir", "auto")
                        .attr("aria-label", t(staff::LIBRARY_SEARCH))
                        .attr("placeholder", t(staff::LIBRARY_SEARCH))
                        .prop("value", move || shelf.query.get())
                        .on("input", move |input| {
                            shelf.query.set(value_of(&input));
                            search::look(shelf);
                        }),
                ),
        )
        .into_view()
}

/// How things stand with the server: one calm line while all is well, and what is the matter if something is.
fn sync_line(shelf: Shelf) -> View {
    let status = Memo::new(move |_| shelf.status());
    let has_stories = Memo::new(move |_| shelf.stories.with(|stories| !stories.is_empty()));
    // Not a live region: it changes with every mark, and says nothing that anybody has to act on.
    let well = move || {
        let (picture, sentence) = match status.get() {
            SyncStatus::UpToDate => ("i-check", staff::LIBRARY_UP_TO_DATE),
            SyncStatus::Syncing => ("i-way", staff::LIBRARY_SYNCING),
            SyncStatus::Offline(_) | SyncStatus::Stuck(_) => return None,
        };
        let line = el("p")
            .class("vp-state vp-sync")
            .child(icon(picture))
            .child(el("span").child(t(sentence)));
        Some(line.into_view())
    };
    let matter = move || {
        let (picture, sentence) = match (status.get(), has_stories.get()) {
            (SyncStatus::UpToDate | SyncStatus::Syncing, _) => return None,
            (SyncStatus::Offline(_), true) => ("i-cloud-off", staff::LIBRARY_OFFLINE),
            (SyncStatus::Offline(_), false) => ("i-cloud-off", staff::LIBRARY_OFFLINE_EMPTY),
            (SyncStatus::Stuck(_), _) if shelf.contact.get() == Contact::Busy => {
                ("i-clock", staff::LIBRARY_BUSY)
            }
            (SyncStatus::Stuck(_), _) => ("i-clock", staff::LIBRARY_TROUBLE),
        };
        let sentence = lease::bar::alone(shelf).unwrap_or_else(|| t(sentence).to_owned());
        let sentence = match status.get().waiting() {
            0 => sentence,
            many => {
                let waiting = fill(staff::LIBRARY_WAITING, &[("count", &many.to_string())]);
                [&sentence, " ", &waiting].concat()
            }
        };
        let again = button(
            "vp-btn vp-btn--line vp-btn--small",
            t(staff::LIBRARY_AGAIN),
            move || follow::start(shelf),
        );
        Some(notice_of(picture, sentence.into_view(), again))
    };
    group()
        .child(el("div").attr("role", "status").child(matter))
        .child(well)
        .into_view()
}
