//! T6: who may hear it. Intro, four cards, recap; one screen each, behind `#` so that the phone's own back walks
//! through them. Nothing is preset, and what was answered is kept in the draft at once.

use super::consent_steps::{CARDS, HAPPENS, RECAP, STAYS, Showing, showing};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal, Signal};
use crate::{
    browser::{dates, fragment, history, preferences},
    components::{
        consent_card::{consent_card, filled, scene, use_words},
        feet::{button, main_button, main_foot},
        frame::{Back, teller_frame},
        icon::{icon, pictogram},
        notice::status,
        state_line::problem_words,
        undo::undo,
        way_marks::Step,
        yes_no::yes_no,
    },
    phone::{Phone, Thrown, Unfinished},
    routes::Route,
    texts::{fill, t, tell},
};
use domain::{
    consent::{Answer, OpenChoices, Use},
    draft::Draft,
    id::StoryId,
    project::Project,
};
use leptos::{
    prelude::{Callback, untrack},
    task::spawn_local,
};

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    showing: Memo<Showing>,
    thrown: RwSignal<Option<(StoryId, Thrown)>>,
    /// What has to be said now.
    says: RwSignal<Option<String>>,
    /// What was just answered, for who does not see the next card come.
    answered: RwSignal<String>,
    finishing: RwSignal<bool>,
}

/// The page.
pub fn page() -> View {
    let phone = Phone::here();
    let screen = fragment::follow();
    let thrown = RwSignal::new(None::<(StoryId, Thrown)>);
    let showing = Memo::new(move |before: Option<&Showing>| {
        if thrown.with(Option::is_some) {
            return Showing::ThrownAway;
        }
        let choices = phone
            .draft
            .with(|draft| draft.as_ref().map(|draft| draft.choices));
        match choices {
            Some(choices) => showing(&screen.get(), &choices),
            // The draft has just become a story; the next page is on its way.
            None => before.copied().unwrap_or(Showing::Opening),
        }
    });
    let (says, answered) = (RwSignal::new(None), RwSignal::new(String::new()));
    let page = Page {
        phone,
        showing,
        thrown,
        says,
        answered,
        finishing: RwSignal::new(false),
    };
    let came_without = Memo::new(move |_| phone.ready.get() && showing.get() == Showing::Opening);
    Effect::new(move || {
        if came_without.get() {
            // Its draft is a story already (back from there), or belongs to another tab.
            let next = if phone.finished.get_untracked().is_some() {
                Route::Done
            } else {
                Route::Mine
            };
            fragment::leave(&next);
        }
    });
    let back = Callback::new(move |()| match showing.get_untracked() {
        Showing::Intro | Showing::Opening | Showing::ThrownAway => history::go(&Route::Voice),
        _ => history::back(),
    });
    let body = group()
        .child(move || page.body())
        .child(
            el("p")
                .class("vp-hidden")
                .attr("role", "status")
                .child(move || answered.get()),
        )
        .child(status(says));
    let feet = move || page.feet();
    teller_frame(
        "vp-consent",
        Some(Step::Consent),
        Back::Act(back),
        body.into_view(),
        feet.into_view(),
    )
}

impl Page {
    fn body(self) -> View {
        match self.showing.get() {
            Showing::Opening => heading(t(tell::CONSENT_TITLE)),
            Showing::Intro => intro(),
            Showing::Happens => happens(self.project()),
            Showing::Card(to) => consent_card(to, &self.organisation()),
            Showing::Stays => group()
                .child(scene("c-analysis"))
                .child(heading(t(tell::CONSENT_STAYS_TITLE)))
                .into_view(),
            Showing::Recap => self.recap(),
            Showing::ThrownAway => self.thrown_away(),
        }
    }

    fn feet(self) -> View {
        match self.showing.get() {
            Showing::Opening => ().into_view(),
            Showing::Intro => main_foot(t(tell::CONSENT_START), move || self.start()),
            Showing::Happens => main_foot(t(tell::FRAME_BACK), history::back),
            Showing::Card(to) => self.answers(to),
            Showing::Stays => el("div")
                .class("vp-feet")
                .child(main_button(t(tell::CONSENT_STAYS_KEEP), move || self.keep()))
                .child(button("vp-btn vp-btn--line", t(tell::CONSENT_STAYS_BACK), || {
                    fragment::go(CARDS[0]);
                }))
                .child(button(
                    "vp-btn vp-btn--quiet vp-btn--small",
                    t(tell::CONSENT_STAYS_THROW_AWAY),
                    move || self.throw_away(),
                ))
                .into_view(),
            Showing::Recap => el("div")
                .class("vp-feet vp-feet--side")
                .child(button(
                    "vp-btn vp-btn--quiet",
                    t(tell::CONSENT_RECAP_CHANGE),
                    || fragment::go(CARDS[0]),
                ))
                .child(main_button(t(tell::CONSENT_RECAP_CONFIRM), move || self.finish()))
                .into_view(),
            Showing::ThrownAway => main_foot(t(tell::DONE_MINE), || fragment::leave(&Route::Mine)),
        }
    }

    fn choices(self) -> OpenChoices {
        self.phone
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.choices))
            .unwrap_or_default()
    }

    fn project(self) -> Option<Project> {
        let id = self
            .phone
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.origin.project))?;
        untrack(|| self.phone.project(id))
    }

    fn organisation(self) -> String {
        self.project()
            .map(|project| project.organisation)
            .unwrap_or_default()
    }

    fn start(self) {
        let choices = self.choices();
        fragment::go(choices.next_open().map_or(RECAP, |open| CARDS[open as usize]));
    }

    fn answers(self, to: Use) -> View {
        let words = use_words(to);
        let organisation = self.organisation();
        let draft = self.phone.draft;
        el("div")
            .class("vp-feet")
            .child(yes_no(
                false,
                filled(words.ask, &organisation),
                words.answer(Answer::Yes, &organisation),
                words.answer(Answer::No, &organisation),
                Signal::derive(move || draft.with(|draft| draft.as_ref()?.choices.answer(to))),
                Callback::new(move |answer| self.answer(to, answer)),
            ))
            .into_view()
    }

    fn answer(self, to: Use, answer: Answer) {
        self.says.set(None);
        self.phone.edit(|draft: &mut Draft| draft.choices.set(to, answer));
        self.phone.keep_now();
        let words = use_words(to).answer(answer, &self.organisation());
        self.answered
            .set(fill(tell::CONSENT_ANSWERED, &[("answer", &words)]));
        let next = match (to, answer, self.choices().next_open()) {
            (Use::Analysis, Answer::No, _) => STAYS,
            (_, _, None) => RECAP,
            (Use::Public, _, Some(open)) => CARDS[open as usize],
            _ => CARDS[to as usize + 1],
        };
        fragment::go(next);
    }

    fn recap(self) -> View {
        let organisation = self.organisation();
        let choices = self.choices();
        let line = |to: Use| {
            let words = use_words(to);
            let answer = choices.answer(to)?;
            let recap = words.recap(answer, &organisation);
            let (name, said) = recap.split_once(": ").unwrap_or(("", &recap));
            let change = fill(tell::CONSENT_RECAP_CHANGE_ONE, &[("use", t(words.name))]);
            let door = if answer == Answer::Yes {
                "i-open"
            } else {
                "i-closed"
            };
            let line = el("li")
                .toggle("is-no", answer == Answer::No)
                .aloud(recap.clone())
                .child(pictogram(words.picture))
                .child(
                    el("span")
                        .child(
                            el("strong")
                                .child(name.to_owned())
                                .child(el("span").class("vp-hidden").child(": ")),
                        )
                        .child(el("span").child(said.to_owned())),
                )
                .child(icon(door))
                .child(
                    el("button")
                        .attr("type", "button")
                        .class("vp-round vp-round--tint")
                        .attr("aria-label", change)
                        .on("click", move |_| fragment::go(CARDS[to as usize]))
                        .child(icon("i-pen")),
                );
            Some(line.into_view())
        };
        let lines: Vec<View> = Use::ALL.into_iter().filter_map(line).collect();
        group()
            .child(heading(t(tell::CONSENT_RECAP_TITLE)))
            .child(el("ul").class("vp-recap").child(lines))
            .into_view()
    }

    fn finish(self) {
        if self.finishing.get_untracked() {
            self.says.set(Some(t(tell::COMMON_WAIT).to_owned()));
            return;
        }
        self.finishing.set(true);
        spawn_local(async move {
            let text = match self.phone.finish().await {
                Ok(id) => {
                    preferences::set_chosen(id);
                    return fragment::leave(&Route::Done);
                }
                Err(Unfinished::Problem(problem)) => problem_words(&problem),
                Err(Unfinished::NotKept) => tell::STORAGE_FULL,
                Err(Unfinished::NoDraft) => tell::COMMON_WAIT,
            };
            self.finishing.set(false);
            self.says.set(Some(t(text).to_owned()));
        });
    }

    fn keep(self) {
        self.phone.keep_now();
        fragment::leave(&Route::Mine);
    }

    fn throw_away(self) {
        let id = self
            .phone
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.id));
        self.thrown
            .set(id.and_then(|id| Some((id, self.phone.throw_away(id)?))));
        fragment::focus_heading();
    }

    fn thrown_away(self) -> View {
        let bring_back = move || {
            if let Some((id, thrown)) = self.thrown.get_untracked() {
                self.phone.bring_back(thrown);
                self.phone.open_draft(id);
                self.thrown.set(None);
                fragment::focus_heading();
            }
        };
        group()
            .child(heading(t(tell::CONSENT_TITLE)))
            .child(
                el("div")
                    .attr("role", "status")
                    .child(undo(t(tell::MINE_THROWN_AWAY).to_owned(), bring_back)),
            )
            .into_view()
    }
}

fn heading(words: &'static str) -> View {
    el("h1")
        .class("vp-voice vp-ask")
        .attr("tabindex", "-1")
        .child(words)
        .into_view()
}

fn intro() -> View {
    group()
        .child(scene("c-analysis"))
        .child(heading(t(tell::CONSENT_TITLE)))
        .child(el("p").child(t(tell::CONSENT_CHOOSE)))
        .child(button(
            "vp-btn vp-btn--quiet vp-btn--small",
            t(tell::CONSENT_HAPPENS_TITLE),
            || fragment::go(HAPPENS),
        ))
        .into_view()
}

/// Everything the law asks to be said, in the project's own names.
fn happens(project: Option<Project>) -> View {
    let paragraphs: Vec<View> = project
        .map(|project| {
            let until = dates::day(project.erase_by);
            let values = [
                ("organisation", project.organisation.as_str()),
                ("partners", &project.partners),
                ("contact", &project.contact),
                ("date", &until),
            ];
            let sentences = [
                [
                    tell::CONSENT_HAPPENS_WHO,
                    tell::CONSENT_HAPPENS_PURPOSE,
                    tell::CONSENT_HAPPENS_NEVER,
                ]
                .as_slice(),
                &[tell::CONSENT_HAPPENS_WHERE, tell::CONSENT_HAPPENS_UNTIL],
                &[tell::CONSENT_HAPPENS_STOP, tell::CONSENT_HAPPENS_RIGHTS],
                &[tell::CONSENT_HAPPENS_QUESTIONS, tell::CONSENT_HAPPENS_COMPLAINT],
            ];
            sentences
                .into_iter()
                .map(|together| {
                    let said: Vec<String> = together.iter().map(|text| fill(*text, &values)).collect();
                    el("p").child(said.join(" ")).into_view()
                })
                .collect()
        })
        .unwrap_or_default();
    group()
        .child(heading(t(tell::CONSENT_HAPPENS_TITLE)))
        .child(paragraphs)
        .into_view()
}
