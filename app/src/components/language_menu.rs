//! The languages of the screen, by their own names. Links, so that a page drawn by the server answers them before
//! the app is there; in the browser they switch without a reload and lose nothing.

use super::icon::icon;
use crate::watch::{Effect, RwSignal};
use crate::{
    Screen,
    browser::{history, language},
    routes::Route,
    texts::{Language, Text, current, t, tell},
};
use leptos::{
    html::{A, Summary},
    prelude::*,
    task::spawn_local,
};
use std::cell::Cell;

thread_local! {
    // The page is drawn anew in its new language; this carries over to it that focus belongs on the menu.
    static SWITCHED: Cell<bool> = const { Cell::new(false) };
}

/// The language button of the top bar with its menu.
pub fn language_menu() -> AnyView {
    let now = current();
    let button = NodeRef::<Summary>::new();
    Effect::new(move || {
        if let Some(button) = button.get()
            && SWITCHED.replace(false)
        {
            _ = button.focus();
        }
    });
    let news = RwSignal::new(None::<Text>);
    view! {
        <details class="vp-language">
            <summary node_ref=button class="vp-pill" aria-label=[t(tell::FRAME_LANGUAGE), ": ", now.own_name()].concat()>
                {icon("i-globe")} <span lang=now.tag() dir=now.dir() translate="no">{now.own_name()}</span>
            </summary>
            <div class="vp-menu">
                <ul>{choices(news, true)}</ul>
                {(now == Language::Ar).then(|| view! { <p class="vp-small">{t(tell::LANGUAGE_UNREAD)}</p> }.into_any())}
                {news_line(news)}
            </div>
        </details>
    }
    .into_any()
}

/// The languages in a row, as the join page has them.
pub fn language_row() -> AnyView {
    let news = RwSignal::new(None::<Text>);
    view! {
        <nav class="vp-languages" aria-label=t(tell::FRAME_LANGUAGES)>{choices(news, false)} {news_line(news)}</nav>
    }
    .into_any()
}

fn news_line(news: RwSignal<Option<Text>>) -> AnyView {
    view! { <p class="vp-small" role="status">{move || news.get().map(t)}</p> }.into_any()
}

fn choices(news: RwSignal<Option<Text>>, in_list: bool) -> Vec<AnyView> {
    let now = current();
    let screen = expect_context::<Screen>();
    Language::OFFERED
        .into_iter()
        .map(|language| {
            let link = NodeRef::<A>::new();
            Effect::new(move || {
                if let Some(link) = link.get()
                    && !in_list
                    && language == now
                    && SWITCHED.replace(false)
                {
                    _ = link.focus();
                }
            });
            let link = view! {
                <a
                    node_ref=link
                    href=["?l=", language.tag()].concat()
                    lang=language.tag()
                    hreflang=language.tag()
                    dir=language.dir()
                    translate="no"
                    aria-current=(language == now).then_some("true")
                    on:click=move |click| {
                        click.prevent_default();
                        switch(screen, language, news);
                    }
                >
                    <span>{language.own_name()}</span>
                    {(in_list && language == now).then(|| icon("i-check"))}
                </a>
            };
            if in_list {
                view! { <li>{link}</li> }.into_any()
            } else {
                link.into_any()
            }
        })
        .collect()
}

fn switch(screen: Screen, language: Language, news: RwSignal<Option<Text>>) {
    news.set(Some(tell::LANGUAGE_LOADING));
    spawn_local(async move {
        SWITCHED.set(true);
        if language::choose(screen, language).await {
            // The address of a join page may still name another language; a reload would go back to it.
            let here = screen.route.get_untracked();
            if matches!(here, Route::Join(_) | Route::WhoListens(_)) {
                history::replace(&here);
            }
        } else {
            SWITCHED.set(false);
            // The page that asked may be gone by now.
            _ = news.try_set(Some(tell::LANGUAGE_WAITS));
        }
    });
}
