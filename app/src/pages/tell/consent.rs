//! T6: who may hear it. Intro, four cards, recap; one screen each, behind `#` so that the phone's own back walks
//! through them. Nothing is preset, and what was answered is kept in the draft at once. In a dialogue the phone then
//! goes to the other, who is asked the same. Where the project asks it, a question about 16 years comes first, and for
//! who is younger a parent's or guardian's yes after the recap.

use super::consent_steps::{Asked, CARDS, GUARDIAN, HAPPENS, INTRO, RECAP, STAYS, Showing, showing};
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Effect, Memo, RwSignal, Signal, untrack};
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
    texts::{Text, fill, t, tell},
};
use domain::{
    consent::{Answer, OpenChoices, Use},
    draft::Draft,
    guardian::Age,
    id::StoryId,
    project::Project,
    voices::Voice,
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
        match phone
            .draft
            .with(|draft| draft.as_ref().map(|draft| asked(phone, draft)))
        {
            Some(asked) => showing(&screen.get(), &asked),
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
        Showing::Intro | Showing::Opening | Showing::ThrownAway | Showing::HandOver => {
            history::go(&Route::Voice);
        }
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
            Showing::Intro => self.intro(),
            Showing::Happens => happens(self.project()),
            Showing::Card(to) => consent_card(to, &self.organisation()),
            Showing::Stays => group()
                .child(scene("c-analysis"))
                .child(heading(t(tell::CONSENT_STAYS_TITLE)))
                .into_view(),
            Showing::Recap => group()
                .child(heading(t(tell::CONSENT_RECAP_TITLE)))
                .child(self.recap(true))
                .into_view(),
            Showing::Age => group()
                .child(el("div").class("vp-scene").child(icon("i-ask")))
                .child(heading(t(tell::CONSENT_AGE_ASK)))
                .child(el("p").class("vp-soft").child(t(tell::CONSENT_AGE_WHY)))
                .into_view(),
            Showing::Guardian => group()
                .child(heading(t(tell::CONSENT_GUARDIAN_ASK)))
                .child(el("p").child(t(tell::CONSENT_GUARDIAN_WHO)))
                .child(self.recap(false))
                .into_view(),
            Showing::HandOver => group()
                .child(scene("w-pair"))
                .child(heading(t(tell::CONSENT_HAND_TITLE)))
                .child(el("p").child(t(tell::CONSENT_HAND_HOW)))
                .into_view(),
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
                .child(button(
                    "vp-btn vp-btn--line",
                    t(tell::CONSENT_STAYS_BACK),
                    move || {
                        fragment::go(self.asked().kept_by().unwrap_or(CARDS[0]));
                    },
                ))
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
                .child(main_button(t(tell::CONSENT_RECAP_CONFIRM), move || {
                    self.confirm();
                }))
                .into_view(),
            Showing::Age => self.age(),
            Showing::Guardian => self.guardian(),
            Showing::HandOver => el("div")
                .class("vp-feet")
                .child(main_button(t(tell::CONSENT_HAND_READY), move || self.take_over()))
                .child(button(
                    "vp-btn vp-btn--quiet vp-btn--small",
                    t(tell::CONSENT_RECAP_CHANGE),
                    move || self.hand_back(),
                ))
                .into_view(),
            Showing::ThrownAway => main_foot(t(tell::DONE_MINE), || fragment::leave(&Route::Mine)),
        }
    }

    fn asked(self) -> Asked {
        let Self { phone, .. } = self;
        let of = |draft: &Option<Draft>| draft.as_ref().map(|draft| asked(phone, draft));
        phone.draft.with_untracked(of).unwrap_or_default()
    }

    fn choices(self) -> OpenChoices {
        self.asked().choices
    }

    fn is_dialogue(self) -> bool {
        let of = |draft: &Option<Draft>| draft.as_ref().is_some_and(|draft| draft.second.is_some());
        self.phone.draft.with_untracked(of)
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

    fn intro(self) -> View {
        let together = self
            .is_dialogue()
            .then(|| el("p").child(t(tell::CONSENT_TOGETHER)));
        group()
            .child(scene("c-analysis"))
            .child(heading(t(tell::CONSENT_TITLE)))
            .child(el("p").child(t(tell::CONSENT_CHOOSE)))
            .child(together)
            .child(button(
                "vp-btn vp-btn--quiet vp-btn--small",
                t(tell::CONSENT_HAPPENS_TITLE),
                || fragment::go(HAPPENS),
            ))
            .into_view()
    }

    fn start(self) {
        fragment::go(self.asked().next());
    }

    /// Two equal answers of `act`, named by `question`.
    fn two(
        self,
        question: Text,
        [yes, no]: [Text; 2],
        held: fn(Age) -> Option<Answer>,
        act: fn(Self, Answer),
    ) -> View {
        let draft = self.phone.draft;
        let answer = move || draft.with(|draft| draft.as_ref()?.answers_now().1.and_then(held));
        el("div")
            .class("vp-feet")
            .child(yes_no(
                false,
                t(question).to_owned(),
                t(yes).to_owned(),
                t(no).to_owned(),
                Signal::derive(answer),
                Callback::new(move |answer| act(self, answer)),
            ))
            .into_view()
    }

    fn age(self) -> View {
        let held = |age| {
            Some(match age {
                Age::SixteenOrOlder => Answer::Yes,
                Age::Younger { .. } => Answer::No,
            })
        };
        let answers = [tell::CONSENT_AGE_YES, tell::CONSENT_AGE_NO];
        self.two(tell::CONSENT_AGE_ASK, answers, held, |page, answer| {
            page.set_age(match answer {
                Answer::Yes => Age::SixteenOrOlder,
                Answer::No => Age::Younger { guardian: None },
            });
            let asked = page.asked();
            let next = asked.kept_by().map_or(asked.next(), |_| STAYS);
            fragment::go(next);
        })
    }

    fn guardian(self) -> View {
        let held = |age| match age {
            Age::Younger { guardian } => guardian,
            Age::SixteenOrOlder => None,
        };
        let answers = [tell::CONSENT_GUARDIAN_YES, tell::CONSENT_GUARDIAN_NO];
        self.two(tell::CONSENT_GUARDIAN_ASK, answers, held, |page, answer| {
            let guardian = Some(answer);
            page.set_age(Age::Younger { guardian });
            match answer {
                Answer::Yes => page.confirm(),
                Answer::No => fragment::go(STAYS),
            }
        })
    }

    fn set_age(self, age: Age) {
        self.says.set(None);
        self.phone.edit(|draft| draft.set_age(age));
        self.phone.keep_now();
    }

    /// The voice that answers now says that its answers are right.
    fn confirm(self) {
        if self.asked().needs_guardian() {
            return fragment::go(GUARDIAN);
        }
        let hands_over = self.is_dialogue()
            && self
                .phone
                .draft
                .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.speaks() == Voice::First));
        if !hands_over {
            return self.finish();
        }
        let wording = self.phone.wording();
        self.phone.edit(|draft| draft.hand_over(wording));
        self.phone.keep_now();
        fragment::focus_heading();
    }

    fn take_over(self) {
        self.answered.set(String::new());
        self.phone.edit(Draft::take_over);
        self.phone.keep_now();
        fragment::go(INTRO);
        fragment::focus_heading();
    }

    fn hand_back(self) {
        self.phone.edit(Draft::hand_back);
        fragment::go(RECAP);
        fragment::focus_heading();
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
                Signal::derive(move || draft.with(|draft| draft.as_ref()?.answers_now().0.answer(to))),
                Callback::new(move |answer| self.answer(to, answer)),
            ))
            .into_view()
    }

    fn answer(self, to: Use, answer: Answer) {
        self.says.set(None);
        self.phone.edit(|draft: &mut Draft| draft.answer(to, answer));
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

    /// The four answers in words; who gave them may change each.
    fn recap(self, may_change: bool) -> View {
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
                .child(may_change.then(|| {
                    el("button")
                        .attr("type", "button")
                        .class("vp-round vp-round--tint")
                        .attr("aria-label", change)
                        .on("click", move |_| fragment::go(CARDS[to as usize]))
                        .child(icon("i-pen"))
                }));
            Some(line.into_view())
        };
        let lines: Vec<View> = Use::ALL.into_iter().filter_map(line).collect();
        el("ul").class("vp-recap").child(lines).into_view()
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

/// What is asked of the voice whose turn it is.
fn asked(phone: Phone, draft: &Draft) -> Asked {
    let project = untrack(|| phone.project(draft.origin.project));
    Asked::of(draft, project.and_then(|project| project.under_16))
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
