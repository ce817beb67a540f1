//! T1: who asks, what is asked, that you may.

use super::door::{self, Door};
use crate::{
    browser::address,
    components::{
        calm::{closed_screen, empty_screen, insecure_screen},
        feet::{main_foot, main_link_foot},
        frame::{Back, exit_link, teller_frame},
        icon::{icon, pictogram},
        language_menu::language_row,
        notice::update_bar,
    },
    page_data::Entry,
    phone::Phone,
    routes::Route,
    texts::{current, fill, t, tell},
};
use domain::{language::in_language, project::Phase};
use leptos::prelude::*;

/// The join page, drawn by the server with its data, later by the phone.
pub fn page(code: String) -> AnyView {
    if !address::is_secure() {
        return insecure_screen();
    }
    let door = door::find(&code);
    (move || behind(&door.get())).into_any()
}

fn behind(door: &Door) -> AnyView {
    match door {
        Door::Open(entry) if entry.project.phase == Phase::Open => poster(entry),
        Door::Open(_) => closed_screen(),
        other => nothing_yet(other),
    }
}

/// What join and "who listens" show when there is no project to speak of.
pub(super) fn nothing_yet(door: &Door) -> AnyView {
    let (title, feet) = match door {
        Door::Unknown => {
            let mine = (t(tell::MISSING_MINE), Route::Mine);
            return empty_screen(
                Back::None,
                t(tell::MISSING_TITLE),
                t(tell::MISSING_STORIES_STAY),
                mine,
            );
        }
        Door::NotLoaded => (
            tell::TROUBLE_NOT_LOADED,
            main_foot(t(tell::TROUBLE_AGAIN), address::reload),
        ),
        Door::Looking | Door::Open(_) => (tell::COMMON_WAIT, ().into_any()),
    };
    let body = view! { <h1 class="vp-voice vp-ask" tabindex="-1">{t(title)}</h1> };
    teller_frame("vp-calm", None, Back::None, body.into_any(), feet)
}

fn poster(entry: &Entry) -> AnyView {
    let phone = Phone::here();
    let project = &entry.project;
    let partner = entry
        .point()
        .map_or(project.partners.as_str(), |point| point.partner.as_str());
    let asks = fill(
        tell::JOIN_ASK,
        &[("partner", partner), ("municipality", &project.municipality)],
    );
    let question = project
        .prompts
        .first()
        .and_then(|prompt| in_language(&prompt.text, current().tag()));
    let (language, question) = question
        .map(|(tag, text)| (tag.to_owned(), text.to_owned()))
        .unwrap_or_default();
    let who = Route::WhoListens(entry.code.as_str().to_owned()).path();
    view! {
        <div class="vp-poster vp-join">
            <div class="vp-phone">
                <header class="vp-top">
                    <span class="vp-logo" translate="no">
                        {pictogram("logo")} <span class="vp-voice">"vertelpunt"</span>
                    </span>
                    <span class="vp-top__space"></span>
                    {exit_link(Some(project.quick_exit.clone()))}
                </header>
                {language_row()}
                <main class="vp-main">
                    <div class="vp-body">
                        {update_bar()} <p>{asks}</p>
                        <h1 class="vp-voice" tabindex="-1" lang=language>
                            {question}
                        </h1>
                        <div class="vp-room" aria-hidden="true">
                            <div class="vp-art"></div>
                        </div>
                    </div>
                    {main_link_foot(t(tell::JOIN_TELL), Route::How.path())}
                    <div class="vp-join__after">
                        <p class="vp-join__fact">{icon("i-lock")} <span>{t(tell::JOIN_NO_NAME)}</span></p>
                        <ul class="vp-join__links">
                            <li>
                                <a href=who>{t(tell::JOIN_WHO)}</a>
                            </li>
                            <li>
                                <a href=Route::Mine.path()>{t(tell::JOIN_HAVE_STORY)}</a>
                            </li>
                        </ul>
                        <div role="status">{move || phone.works_offline.get().then(works_offline)}</div>
                        <noscript>
                            <p class="vp-join__fact">{t(tell::JOIN_NO_SCRIPT)}</p>
                        </noscript>
                    </div>
                </main>
            </div>
        </div>
    }
    .into_any()
}

fn works_offline() -> AnyView {
    view! { <p class="vp-join__fact">{icon("i-check")} <span>{t(tell::JOIN_OFFLINE)}</span></p> }.into_any()
}

#[cfg(test)]
mod tests;
