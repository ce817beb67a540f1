//! `/analyse`: what tellers let be heard, newest first.

use super::{
    entries::entries,
    follow, reading, search,
    shelf::{Contact, Shelf, Who, shelf},
    tag_strip::tag_strip,
};
use crate::watch::{Effect, Memo, RwSignal};
use crate::{
    browser::{share, staff as ask},
    components::{
        feet::{button, main_button},
        icon::{icon, pictogram, pointing_icon},
        language_menu::language_menu,
        notice::{notice, status},
    },
    pages::manage::{sign_in::role_word, staff_language},
    routes::Route,
    texts::{Text, fill, staff, t},
};
use leptos::{prelude::*, task::spawn_local};

/// Id of the list's heading.
pub(super) const HEADING: &str = "library";

/// Draws the library.
pub(super) fn draw() -> AnyView {
    let shelf = shelf();
    reading::follow_address(shelf);
    let online = window_event_listener(leptos::ev::online, move |_| follow::start(shelf));
    let offline = window_event_listener(leptos::ev::offline, move |_| follow::network_lost(shelf));
    on_cleanup(move || {
        online.remove();
        offline.remove();
        follow::stop();
    });
    Effect::new(move |_| {
        ask::focus_heading_if_nowhere();
        if ask::is_online() {
            follow::start(shelf);
        } else {
            follow::network_lost(shelf);
        }
    });
    // A story that came in may have the words somebody looks for.
    Effect::new(move |_| {
        shelf.stories.track();
        search::look(shelf);
    });
    let said = RwSignal::new(None::<String>);
    let (lang, dir) = staff_language();
    let outside = Memo::new(move |_| outside(shelf.who.get()));
    view! {
        <div
            class="vp-desk vp-library"
            class:has-open=move || shelf.open.get().is_some() && outside.get().is_none()
            lang=lang
            dir=dir
        >
            {head(shelf, said)}
            <p class="vp-hidden" role="status">{move || shelf.news.get()}</p>
            {move || match outside.get() {
                Some(sentence) => turned_away(said, sentence),
                None => desk(shelf, said),
            }}
        </div>
    }
    .into_any()
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
fn head(shelf: Shelf, said: RwSignal<Option<String>>) -> AnyView {
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
                _ = said.try_set(None);
                ask::focus_heading_if_nowhere();
            } else {
                _ = said.try_set(Some(t(staff::FRAME_SIGN_OUT_LATER).to_owned()));
            }
        });
    };
    let session = move || {
        member.get().map(|member| {
            view! {
                <span class="vp-state vp-state--chip">
                    <span>{t(role_word(member.role))}</span>
                </span>
            }
            .into_any()
        })
    };
    let out = move || {
        member.get().map(|_| {
            view! {
                <button type="button" class="vp-pill" on:click=move |_| leave()>
                    {pointing_icon("i-exit")}
                    <span>{t(staff::FRAME_SIGN_OUT)}</span>
                </button>
            }
            .into_any()
        })
    };
    let here = Route::Analyse.path();
    view! {
        <header class="vp-head">
            <a class="vp-logo" href=here.clone()>
                {pictogram("logo")}
                <span class="vp-voice" translate="no">{project}</span>
            </a>
            <nav aria-label=t(staff::FRAME_PARTS)>
                <a aria-current="page" href=here>{t(staff::LIBRARY_TITLE)}</a>
            </nav>
            {session}
            {language_menu()}
            {out}
        </header>
    }
    .into_any()
}

/// The screen of somebody who sees no stories: one sentence that says what to do.
fn turned_away(said: RwSignal<Option<String>>, sentence: Text) -> AnyView {
    request_animation_frame(ask::focus_heading_if_nowhere);
    view! {
        <main class="vp-shelf">
            {status(said)}
            <div class="vp-empty">
                <h1 class="vp-voice vp-ask" tabindex="-1">{t(sentence)}</h1>
            </div>
        </main>
    }
    .into_any()
}

fn desk(shelf: Shelf, said: RwSignal<Option<String>>) -> AnyView {
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
    view! {
        <div class="vp-desk__split" class:is-open=move || shelf.open.get().is_some()>
            <main class="vp-shelf">
                {contact_line(shelf)}
                {status(said)}
                {move || has_stories.get().then(|| search_field(shelf))}
                {tag_strip(shelf, chosen)}
                <div class="vp-shelf__head">
                    <h1 class="vp-voice" id=HEADING tabindex="-1" aria-live="polite">{heading}</h1>
                    <p class="vp-soft">{move || has_stories.get().then(|| t(staff::LIBRARY_NEWEST_FIRST))}</p>
                </div>
                {move || only_names().then(|| view! { <p class="vp-soft">{t(staff::LIBRARY_SEARCH_NAMES)}</p> }.into_any())}
                {move || (total.get() == 1).then(|| notice("i-open", t(staff::LIBRARY_FIRST), ().into_any()))}
                {body(shelf, said, chosen)}
            </main>
            {reading::panel(shelf)}
        </div>
    }
    .into_any()
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
) -> AnyView {
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
        Body::Loading => view! {
            <p class="vp-hidden" role="status">{t(staff::LIBRARY_LOADING)}</p>
            <div aria-hidden="true">
                <div class="vp-ghost"></div>
                <div class="vp-ghost"></div>
                <div class="vp-ghost"></div>
            </div>
        }
        .into_any(),
        Body::Unreached => ().into_any(),
        Body::Empty => empty(shelf, said),
        Body::NothingFound => view! {
            <div class="vp-empty">
                <p role="status">{t(staff::LIBRARY_NOTHING_FOUND)}</p>
                {main_button(
                    t(staff::LIBRARY_SHOW_ALL),
                    move || {
                        shelf.show_all();
                        // The button goes with what it was for.
                        ask::focus(HEADING);
                    },
                )}
            </div>
        }
        .into_any(),
        Body::List => entries(shelf, chosen),
    })
    .into_any()
}

/// The first visit: the way to tell is what is needed now.
fn empty(shelf: Shelf, said: RwSignal<Option<String>>) -> AnyView {
    let way = move || {
        let address = shelf.teller_address()?;
        let copied = address.clone();
        let copy = move || {
            let address = copied.clone();
            spawn_local(async move {
                if share::copy(&address).await {
                    _ = said.try_set(Some(t(staff::LIBRARY_LINK_COPIED).to_owned()));
                }
            });
        };
        let way = view! {
            <p>
                <a class="vp-num" href=address.clone() dir="ltr" translate="no">{address.clone()}</a>
            </p>
            {main_button(t(staff::LIBRARY_COPY_LINK), copy)}
        };
        Some(way.into_any())
    };
    view! {
        <div class="vp-empty">
            <p class="vp-voice vp-ask">{t(staff::LIBRARY_EMPTY)}</p>
            {way}
        </div>
    }
    .into_any()
}

fn search_field(shelf: Shelf) -> AnyView {
    view! {
        <search>
            <form
                class="vp-search"
                role="search"
                on:submit=move |submit| {
                    submit.prevent_default();
                    search::look(shelf);
                }
            >
                {icon("i-search")}
                <input
                    type="search"
                    enterkeyhint="search"
                    autocomplete="off"
                    dir="auto"
                    aria-label=t(staff::LIBRARY_SEARCH)
                    placeholder=t(staff::LIBRARY_SEARCH)
                    prop:value=move || shelf.query.get()
                    on:input=move |input| {
                        shelf.query.set(event_target_value(&input));
                        search::look(shelf);
                    }
                />
            </form>
        </search>
    }
    .into_any()
}

/// What is the matter with the line to the server, if something is.
fn contact_line(shelf: Shelf) -> AnyView {
    let contact = Memo::new(move |_| shelf.contact.get());
    let has_stories = Memo::new(move |_| shelf.stories.with(|stories| !stories.is_empty()));
    let line = move || {
        let (picture, sentence) = match (contact.get(), has_stories.get()) {
            (Contact::Good, _) => return None,
            (Contact::Offline, true) => ("i-cloud-off", staff::LIBRARY_OFFLINE),
            (Contact::Offline, false) => ("i-cloud-off", staff::LIBRARY_OFFLINE_EMPTY),
            (Contact::Busy, _) => ("i-clock", staff::LIBRARY_BUSY),
            (Contact::Trouble, _) => ("i-clock", staff::LIBRARY_TROUBLE),
        };
        let again = button(
            "vp-btn vp-btn--line vp-btn--small",
            t(staff::LIBRARY_AGAIN),
            move || follow::start(shelf),
        );
        Some(notice(picture, t(sentence), again))
    };
    view! { <div role="status">{line}</div> }.into_any()
}
