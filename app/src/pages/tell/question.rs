//! T5: what the project asks about the story, one small screen each. Which one is in view stands in no address. Before
//! the first triangle that somebody meets on this phone comes one to practise with, about food; it is not kept.

use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Effect, RwSignal, StoredValue, untrack};
use crate::{
    browser::{ambient::Random, fragment, history, preferences},
    components::{
        draft_gate::{go_on, with_draft},
        feet::even_feet,
        frame::{Back, Step, teller_frame},
        notice::status,
        pole::{answer_words, pole, said, word},
        slider::slider,
        triangle::triangle,
    },
    phone::Phone,
    routes::Route,
    texts::{Text, current, t, tell},
};
use domain::{
    draft::Draft,
    id::SignifierId,
    language::{LanguageTag, PerLanguage},
    signifier::{
        Answer, Pole, Signifier, SignifierKind, answer_to, put_answer, slider_at, slider_place, triangle_at,
        triangle_shares,
    },
};
use std::{cell::Cell, rc::Rc};

thread_local! {
    // The question in view, for coming back to this page from the next.
    static AT: Cell<usize> = const { Cell::new(0) };
}

/// Where telling goes on after the tags: the first question, or what comes after them all.
pub fn after_tags(phone: Phone, draft: &Draft) -> Route {
    AT.set(0);
    if asked(phone, draft).is_empty() {
        Route::Voice
    } else {
        Route::Question
    }
}

/// Where ← leads to from what comes after the questions.
pub fn before_voice(phone: Phone, draft: &Draft) -> Route {
    if asked(phone, draft).is_empty() {
        Route::Tags
    } else {
        Route::Question
    }
}

fn asked(phone: Phone, draft: &Draft) -> Vec<Signifier> {
    let project = untrack(|| phone.project(draft.origin.project));
    project.map(|project| project.signifiers).unwrap_or_default()
}

/// The page.
pub fn page() -> View {
    with_draft(Step::About, questions)
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    asked: StoredValue<Rc<[Signifier]>>,
    at: RwSignal<usize>,
    /// Somebody met a triangle on this phone.
    met: RwSignal<bool>,
    /// What was answered to practise.
    tried: RwSignal<Option<Answer>>,
    says: RwSignal<Option<String>>,
}

fn questions(phone: Phone, draft: Draft) -> View {
    let asked = asked(phone, &draft);
    if asked.is_empty() {
        Effect::new(|| history::replace(&Route::Voice));
        return ().into_view();
    }
    let page = Page {
        phone,
        at: RwSignal::new(AT.get().min(asked.len() - 1)),
        asked: StoredValue::new(asked.into()),
        met: RwSignal::new(preferences::met_triangle()),
        tried: RwSignal::new(None),
        says: RwSignal::new(None),
    };
    let back = Callback::new(move |()| match page.at.get_untracked() {
        0 => history::go(&Route::Tags),
        at => page.show(at - 1),
    });
    let body = group().child(move || page.body()).child(status(page.says));
    let feet = move || {
        let other = match page.now().kind {
            SignifierKind::Choice { .. } => tell::COMMON_SKIP,
            _ if page.practises() => tell::COMMON_SKIP,
            _ => tell::QUESTION_DOES_NOT_FIT,
        };
        even_feet(
            t(other),
            move || page.pass(),
            t(tell::COMMON_NEXT),
            move || page.next(),
        )
    };
    teller_frame(
        "vp-question",
        Some(Step::About),
        Back::Act(back),
        body.into_view(),
        feet.into_view(),
    )
}

impl Page {
    fn question(self) -> Signifier {
        self.asked.get_value()[self.at.get()].clone()
    }

    fn practises(self) -> bool {
        !self.met.get() && matches!(self.question().kind, SignifierKind::Triangle { .. })
    }

    /// What is asked on the screen.
    fn now(self) -> Signifier {
        if self.practises() {
            practice()
        } else {
            self.question()
        }
    }

    fn answer(self, question: SignifierId) -> Option<Answer> {
        if self.practises() {
            return self.tried.get();
        }
        let of = |draft: &Option<Draft>| answer_to(&draft.as_ref()?.answers, question).cloned();
        self.phone.draft.with(of)
    }

    fn put(self, question: SignifierId, answer: Option<Answer>) {
        self.says.set(None);
        if untrack(|| self.practises()) {
            self.tried.set(answer);
        } else {
            self.phone
                .edit(|draft| put_answer(&mut draft.answers, question, answer));
        }
    }

    fn show(self, at: usize) {
        AT.set(at);
        self.says.set(None);
        self.at.set(at);
        fragment::focus_heading();
    }

    fn go_on(self) {
        let at = self.at.get_untracked();
        if untrack(|| self.practises()) {
            preferences::set_met_triangle();
            self.met.set(true);
            self.show(at);
        } else if at + 1 < self.asked.get_value().len() {
            self.phone.keep_now();
            self.show(at + 1);
        } else {
            go_on(self.phone, &Route::Voice);
        }
    }

    fn next(self) {
        let now = untrack(|| self.now());
        if untrack(|| self.answer(now.id)).is_some() {
            return self.go_on();
        }
        let missing = match now.kind {
            SignifierKind::Choice { .. } => tell::QUESTION_CHOICE_EMPTY,
            _ if untrack(|| self.practises()) => tell::QUESTION_PRACTICE_EMPTY,
            _ => tell::QUESTION_EMPTY,
        };
        self.says.set(Some(t(missing).to_owned()));
    }

    /// The other way on: a choice is skipped, a slider or a triangle does not fit.
    fn pass(self) {
        let now = untrack(|| self.now());
        let skips = matches!(now.kind, SignifierKind::Choice { .. });
        self.put(now.id, (!skips).then_some(Answer::DoesNotFit));
        self.go_on();
    }

    fn body(self) -> View {
        let practises = self.practises();
        let asked = self.now();
        let (id, kind) = (asked.id, asked.kind.clone());
        let heading = el("h1")
            .class("vp-voice vp-ask")
            .attr("tabindex", "-1")
            .child(said(&asked.question));
        let name = word(&asked.question);
        // One kind of thing kept, so that the code to look at it is there once.
        let asked = StoredValue::new(Rc::new(asked));
        let words = move || Some(answer_words(&asked.get_value(), &self.answer(id)?));
        let reading = el("p").class("vp-voice vp-reading").child(words);
        let practice = el("p")
            .class("vp-small vp-soft")
            .child(t(tell::QUESTION_PRACTICE));
        let body = group().child(heading).child(practises.then_some(practice));
        match kind {
            SignifierKind::Choice { options, many } => {
                let ids: Rc<[String]> = options.iter().map(|option| option.id.clone()).collect();
                let tiles: Vec<View> = options
                    .iter()
                    .map(|option| self.tile(id, &ids, option, many))
                    .collect();
                body.child(el("p").child(t(tell::TAGS_HINT)))
                    .child(el("ul").class("vp-tiles").attr("aria-label", name).child(tiles))
            }
            SignifierKind::Slider { poles } => {
                let place = move || match &asked.get_value().kind {
                    SignifierKind::Slider { poles } => slider_place(poles, &self.answer(id)?),
                    _ => None,
                };
                let put = move |place| {
                    if let SignifierKind::Slider { poles } = &asked.get_value().kind {
                        self.put(id, Some(slider_at(poles, place)));
                    }
                };
                body.child(el("p").child(t(tell::QUESTION_SLIDER_HINT)))
                    .child(slider(name, poles, place, put))
                    .child(reading)
            }
            SignifierKind::Triangle { corners } => {
                let place = move || match &asked.get_value().kind {
                    SignifierKind::Triangle { corners } => triangle_shares(corners, &self.answer(id)?),
                    _ => None,
                };
                let put = move |shares| {
                    if let SignifierKind::Triangle { corners } = &asked.get_value().kind {
                        self.put(id, Some(triangle_at(corners, shares)));
                    }
                };
                let reading = reading.attr("role", "status").into_view();
                body.child(el("p").child(t(tell::QUESTION_TRIANGLE_HINT)))
                    .child(untrack(|| triangle(corners, reading, place, put)))
            }
        }
        .into_view()
    }

    fn tile(self, id: SignifierId, ids: &Rc<[String]>, option: &Pole, many: bool) -> View {
        let (key, ids) = (option.id.clone(), Rc::clone(ids));
        let chosen = move || match self.answer(id) {
            Some(Answer::Choice(chosen)) => chosen,
            _ => Vec::new(),
        };
        let shown = key.clone();
        let pressed = move || {
            if chosen().contains(&shown) {
                "true"
            } else {
                "false"
            }
        };
        let turn = move |_| {
            let now = untrack(chosen);
            // This one turns; the others stay where many may be chosen. The order is the question's.
            let stays = |id: &&String| {
                if **id == key {
                    !now.contains(id)
                } else {
                    many && now.contains(id)
                }
            };
            let next: Vec<String> = ids.iter().filter(stays).cloned().collect();
            self.put(id, (!next.is_empty()).then_some(Answer::Choice(next)));
        };
        el("li")
            .child(
                el("button")
                    .attr("type", "button")
                    .class("vp-tile")
                    .attr("aria-pressed", pressed)
                    .on("click", turn)
                    .child(pole(option)),
            )
            .into_view()
    }
}

/// A triangle about food.
fn practice() -> Signifier {
    let here = |text: Text| -> PerLanguage {
        let tag = LanguageTag::new(current().tag()).ok();
        tag.into_iter().map(|tag| (tag, t(text).to_owned())).collect()
    };
    let corner = |(id, picture, text): (&str, &str, Text)| Pole {
        id: id.to_owned(),
        words: here(text),
        picture: Some(picture.to_owned()),
    };
    Signifier {
        id: SignifierId::random(&mut Random),
        question: here(tell::QUESTION_PRACTICE_TITLE),
        kind: SignifierKind::Triangle {
            corners: [
                ("sweet", "p-sweet", tell::QUESTION_SWEET),
                ("salty", "p-salty", tell::QUESTION_SALTY),
                ("spicy", "p-spicy", tell::QUESTION_SPICY),
            ]
            .map(corner),
        },
    }
}
