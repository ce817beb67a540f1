//! T1: who asks, what is asked, that you may.

use super::door::{self, Door};
use crate::markup::{IntoView, View, el, group};
use crate::{
    browser::address,
    components::{
        calm::{closed_screen, empty_screen, insecure_screen},
        ear::ear,
        feet::{main_foot, main_link_foot},
        frame::{Back, exit_link, teller_frame},
        icon::{icon, pictogram},
        language_menu::language_row,
        notice::{erased_notice, update_bar},
    },
    page_data::Entry,
    phone::Phone,
    routes::Route,
    texts::{current, fill, t, tell},
};
use domain::{
    language::in_language,
    project::{Expectations, Phase},
};

/// The join page, drawn by the server with its data, later by the phone.
pub fn page(code: String) -> View {
    if !address::is_secure() {
        return insecure_screen();
    }
    let door = door::find(&code);
    (move || behind(&door.get())).into_view()
}

fn behind(door: &Door) -> View {
    match door {
        Door::Open(entry) if entry.project.phase == Phase::Open => poster(entry),
        Door::Open(_) => closed_screen(),
        other => nothing_yet(other),
    }
}

/// What join and "who listens" show when there is no project to speak of.
pub(super) fn nothing_yet(door: &Door) -> View {
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
        Door::Looking | Door::Open(_) => (tell::COMMON_WAIT, ().into_view()),
    };
    let body = el("h1")
        .class("vp-voice vp-ask")
        .attr("tabindex", "-1")
        .child(t(title));
    teller_frame("vp-calm", None, Back::None, body.into_view(), feet)
}

fn poster(entry: &Entry) -> View {
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
    el("div")
        .class("vp-poster vp-join")
        .child(
            el("div")
                .class("vp-phone")
                .child(
                    el("header")
                        .class("vp-top")
                        .child(
                            el("span")
                                .class("vp-logo")
                                .attr("translate", "no")
                                .child(pictogram("logo"))
                                .child(el("span").class("vp-voice").child("vertelpunt")),
                        )
                        .child(el("span").class("vp-top__space"))
                        .child(ear())
                        .child(exit_link(Some(project.quick_exit.clone()))),
                )
                .child(language_row())
                .child(
                    el("main")
                        .class("vp-main")
                        .child(
                            el("div")
                                .class("vp-body")
                                .child(update_bar())
                                .child(erased_notice(true))
                                .child(el("p").child(asks))
                                .child(
                                    el("h1")
                                        .class("vp-voice")
                                        .attr("tabindex", "-1")
                                        .attr("lang", language)
                                        .child(question),
                                )
                                .child(
                                    el("div")
                                        .class("vp-room")
                                        .attr("aria-hidden", "true")
                                        .child(el("div").class("vp-art")),
                                ),
                        )
                        .child(main_link_foot(t(tell::JOIN_TELL), door::way_on(&entry.code)))
                        .child(
                            el("div")
                                .class("vp-join__after")
                                .child(
                                    el("p")
                                        .class("vp-join__fact")
                                        .child(icon("i-lock"))
                                        .child(el("span").child(t(tell::JOIN_NO_NAME))),
                                )
                                .child(
                                    el("ul")
                                        .class("vp-join__links")
                                        .child(
                                            el("li")
                                                .child(el("a").attr("href", who).child(t(tell::JOIN_WHO))),
                                        )
                                        .child(
                                            el("li").child(
                                                el("a")
                                                    .attr("href", Route::Mine.path())
                                                    .child(t(tell::JOIN_HAVE_STORY)),
                                            ),
                                        ),
                                )
                                .child(project.expectations.as_ref().map(expectations))
                                .child(
                                    el("div")
                                        .attr("role", "status")
                                        .child(move || phone.works_offline.get().then(works_offline)),
                                )
                                .child(
                                    el("noscript")
                                        .child(el("p").class("vp-join__fact").child(t(tell::JOIN_NO_SCRIPT))),
                                ),
                        ),
                ),
        )
        .into_view()
}

/// RE4: what the project says beforehand. Closed until somebody asks, so that the one next step stays in view.
fn expectations(says: &Expectations) -> View {
    let titles = [
        tell::EXPECT_HAPPENS,
        tell::EXPECT_HEAR_BACK,
        tell::EXPECT_NOT_PROMISED,
    ];
    let said: Vec<View> = titles
        .into_iter()
        .zip(says.each())
        .filter_map(|(title, texts)| {
            let (language, text) = in_language(texts, current().tag())?;
            let view = group()
                .child(el("dt").child(t(title)))
                .child(el("dd").attr("lang", language.to_owned()).child(text.to_owned()))
                .into_view();
            Some(view)
        })
        .collect();
    el("details")
        .class("vp-join__expect")
        .child(el("summary").child(t(tell::EXPECT_TITLE)))
        .child(el("dl").child(said))
        .into_view()
}

fn works_offline() -> View {
    el("p")
        .class("vp-join__fact")
        .child(icon("i-check"))
        .child(el("span").child(t(tell::JOIN_OFFLINE)))
        .into_view()
}

#[cfg(test)]
mod tests;
