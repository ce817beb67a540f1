//! Change who may hear a story: the four cards with today's answers; a tap holds at once, with undo.

use super::chosen::{organisation, with_story};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Memo, RwSignal, Signal, StoredValue};
use crate::{
    browser::{history, preferences},
    components::{
        consent_card::{filled, use_words},
        feet::{button, main_link_foot},
        frame::{Back, teller_frame},
        icon::{icon, pictogram},
        undo::undo,
        yes_no::yes_no,
    },
    phone::Phone,
    routes::Route,
    texts::{Text, t, tell},
};
use domain::{
    consent::{Answer, Choices, Use},
    draft::PhoneStory,
    id::StoryId,
    standing::Standing,
};
use leptos::prelude::Callback;

/// The page.
pub fn page() -> View {
    with_story(
        "vp-choices",
        (tell::CHOICES_TITLE, tell::CHOICES_NOT_HERE),
        preferences::chosen(),
        draw,
    )
}

/// What the last tap did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tapped {
    /// This use has another answer now; the one before it is kept for undo.
    Changed(Use, Answer),
    /// No to analysis is taking the story back: that is asked, not done.
    Leaves,
    Undone(Use),
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    id: StoryId,
    choices: Memo<Choices>,
    tapped: RwSignal<Option<Tapped>>,
}

fn draw(story: PhoneStory) -> View {
    let phone = Phone::here();
    let id = story.id;
    let (current, known) = (phone.story(id), story.choices());
    let choices = Memo::new(move |_| current.with(|story| story.as_ref().map_or(known, PhoneStory::choices)));
    let page = Page {
        phone,
        id,
        choices,
        tapped: RwSignal::new(None),
    };
    let organisation = organisation(&story);
    let standing = phone.standing(id);
    let taken_back = Memo::new(move |_| {
        matches!(
            standing.get(),
            None | Some(Standing::Withdrawn | Standing::WithdrawalWaiting)
        )
    });
    let cards = move || {
        if taken_back.get() {
            return el("p").child(t(tell::WITHDRAW_ALREADY)).into_view();
        }
        let cards: Vec<View> = Use::ALL
            .into_iter()
            .map(|to| page.card(to, &organisation))
            .collect();
        group()
            .child(el("p").child(t(tell::CHOICES_HINT)))
            .child(el("ul").class("vp-stories").child(cards))
            .into_view()
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::CHOICES_TITLE)),
        )
        .child(page.outdated())
        .child(cards)
        .child(page.whether_it_counts(standing));
    let feet = main_link_foot(t(tell::CHOICES_DONE), Route::Mine.path());
    teller_frame("vp-choices", None, Back::To(Route::Mine), body.into_view(), feet)
}

impl Page {
    fn card(self, to: Use, organisation: &str) -> View {
        let words = use_words(to);
        el("li")
            .class("vp-choice")
            .child(pictogram(words.picture))
            .child(el("h2").child(filled(words.ask, organisation)))
            .child(yes_no(
                true,
                filled(words.ask, organisation),
                words.answer(Answer::Yes, organisation),
                words.answer(Answer::No, organisation),
                Signal::derive(move || Some(self.choices.get().answer(to))),
                Callback::new(move |answer| self.tap(to, answer)),
            ))
            // A notice of its own spans the card; the place for it is there before it speaks.
            .child(
                el("div")
                    .class("vp-choice__said")
                    .attr("role", "status")
                    .child(move || self.said(to)),
            )
            .into_view()
    }

    fn tap(self, to: Use, answer: Answer) {
        let before = self.choices.get_untracked();
        if before.answer(to) == answer {
            self.tapped.set(None);
        } else if to == Use::Analysis {
            self.tapped.set(Some(Tapped::Leaves));
        } else {
            self.phone.change_choices(self.id, before.with(to, answer));
            self.tapped.set(Some(Tapped::Changed(to, before.answer(to))));
        }
    }

    fn said(self, to: Use) -> Option<View> {
        match self.tapped.get()? {
            Tapped::Changed(changed, before) if changed == to => {
                let now = if before == Answer::Yes {
                    Answer::No
                } else {
                    Answer::Yes
                };
                let effect = use_words(to).effect(now);
                let sentence = match now {
                    Answer::No => [effect, " ", t(tell::CHOICES_NOT_BACK)].concat(),
                    Answer::Yes => effect.to_owned(),
                };
                Some(undo(sentence, move || {
                    let choices = self.choices.get_untracked().with(to, before);
                    self.phone.change_choices(self.id, choices);
                    self.tapped.set(Some(Tapped::Undone(to)));
                }))
            }
            Tapped::Undone(undone) if undone == to => Some(
                el("p")
                    .class("vp-notice")
                    .child(el("span").child(t(tell::COMMON_UNDONE)))
                    .into_view(),
            ),
            Tapped::Leaves if to == Use::Analysis => {
                let small = "vp-btn vp-btn--line vp-btn--small";
                let said = el("div")
                    .class("vp-notice")
                    .child(el("p").child(t(tell::CHOICES_ANALYSIS_MEANS)))
                    .child(
                        el("div")
                            .class("vp-notice__ways")
                            .child(button(small, t(tell::CHOICES_ANALYSIS_GO), || {
                                history::go(&Route::Withdraw);
                            }))
                            .child(button(small, t(tell::CHOICES_ANALYSIS_STAY), move || {
                                self.tapped.set(None);
                            })),
                    );
                Some(said.into_view())
            }
            _ => None,
        }
    }

    /// A wider choice that was made against older ones did not hold.
    fn outdated(self) -> View {
        let refused = self.phone.refused_choice(self.id);
        let outdated = Memo::new(move |_| refused.with(Option::is_some));
        let said = move || {
            outdated.get().then(|| {
                el("p")
                    .class("vp-notice")
                    .child(t(tell::CONSENT_OUTDATED))
                    .into_view()
            })
        };
        el("div").attr("role", "status").child(said).into_view()
    }

    /// Whether what was chosen counts already, once something was chosen or still waits.
    fn whether_it_counts(self, standing: Signal<Option<Standing>>) -> View {
        let refused = self.phone.refused_choice(self.id);
        let waited = StoredValue::new(false);
        let text = Memo::new(move |_| -> Option<Text> {
            match standing.get()? {
                Standing::Safe {
                    choice_waiting: true, ..
                } => {
                    waited.set_value(true);
                    Some(tell::STATE_CHOICE_WAITS)
                }
                // Said only of a choice that was seen to wait, and that nobody refused.
                Standing::Safe { .. } => {
                    let holds = waited.get_value() && refused.with(Option::is_none);
                    holds.then_some(tell::STATE_CHOICE_APPLIED)
                }
                _ => None,
            }
        });
        let line = move || {
            text.get().map(|text| {
                el("span")
                    .class("vp-small vp-hint vp-soft")
                    .child(icon("i-check"))
                    .child(el("span").child(t(text)))
                    .into_view()
            })
        };
        el("div").attr("role", "status").child(line).into_view()
    }
}
