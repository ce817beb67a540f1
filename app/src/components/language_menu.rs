//! The languages of the screen, by their own names. Links, so that a page drawn by the server answers them before
//! the app is there; in the browser they switch without a reload and lose nothing.

use super::icon::icon;
use crate::browser::drawing::NodeRef;
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el};
use crate::watch::{Effect, RwSignal, expect_context};
use crate::{
    Screen,
    browser::{history, language},
    routes::Route,
    texts::{Language, Text, current, t, tell},
};
use std::cell::Cell;

thread_local! {
    // The page is drawn anew in its new language; this carries over to it that focus belongs on the menu.
    static SWITCHED: Cell<bool> = const { Cell::new(false) };
}

/// The language button of the top bar with its menu.
pub fn language_menu() -> View {
    let now = current();
    let button = NodeRef::new();
    Effect::new(move || {
        if let Some(button) = button.get()
            && SWITCHED.replace(false)
        {
            _ = button.focus();
        }
    });
    let news = RwSignal::new(None::<Text>);
    el("details")
        .class("vp-language")
        .child(
            el("summary")
                .node_ref(button)
                .class("vp-pill")
                .attr(
                    "aria-label",
                    [t(tell::FRAME_LANGUAGE), ": ", now.own_name()].concat(),
                )
                .child(icon("i-globe"))
                .child(
                    el("span")
                        .attr("lang", now.tag())
                        .attr("dir", now.dir())
                        .attr("translate", "no")
                        .child(now.own_name()),
                ),
        )
        .child(
            el("div")
                .class("vp-menu")
                .child(el("ul").child(choices(news, true)))
                .child((now == Language::Ar).then(|| {
                    el("p")
                        .class("vp-small")
                        .child(t(tell::LANGUAGE_UNREAD))
                        .into_view()
                }))
                .child(news_line(news)),
        )
        .into_view()
}

/// The languages in a row, as the join page has them.
pub fn language_row() -> View {
    let news = RwSignal::new(None::<Text>);
    el("nav")
        .class("vp-languages")
        .attr("aria-label", t(tell::FRAME_LANGUAGES))
        .child(choices(news, false))
        .child(news_line(news))
        .into_view()
}

fn news_line(news: RwSignal<Option<Text>>) -> View {
    el("p")
        .class("vp-small")
        .attr("role", "status")
        .child(move || news.get().map(t))
        .into_view()
}

fn choices(news: RwSignal<Option<Text>>, in_list: bool) -> Vec<View> {
    let now = current();
    let screen = expect_context::<Screen>();
    Language::OFFERED
        .into_iter()
        .map(|language| {
            let link = NodeRef::new();
            Effect::new(move || {
                if let Some(link) = link.get()
                    && !in_list
                    && language == now
                    && SWITCHED.replace(false)
                {
                    _ = link.focus();
                }
            });
            let link = el("a")
                .node_ref(link)
                .attr("href", ["?l=", language.tag()].concat())
                .attr("lang", language.tag())
                .attr("hreflang", language.tag())
                .attr("dir", language.dir())
                .attr("translate", "no")
                .attr("aria-current", (language == now).then_some("true"))
                .on("click", move |click| {
                    click.prevent_default();
                    switch(screen, language, news);
                })
                .child(el("span").child(language.own_name()))
                .child((in_list && language == now).then(|| icon("i-check")));
            if in_list {
                el("li").child(link).into_view()
            } else {
                link.into_view()
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
            news.try_set(Some(tell::LANGUAGE_WAITS));
        }
    });
}
