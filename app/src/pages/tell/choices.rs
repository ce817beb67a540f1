//! Change who may hear a story: the four cards with today's answers; a tap holds at once, with undo.

use super::chosen::{organisation, with_story};
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
use leptos::prelude::*;

/// The page.
pub fn page() -> impl IntoView {
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

fn draw(story: PhoneStory) -> AnyView {
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
            return view! { <p>{t(tell::WITHDRAW_ALREADY)}</p> }.into_any();
        }
        let cards: Vec<AnyView> = Use::ALL
            .into_iter()
            .map(|to| page.card(to, &organisation))
            .collect();
        view! { <p>{t(tell::CHOICES_HINT)}</p> <ul class="vp-stories">{cards}</ul> }.into_any()
    };
    let body = view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(tell::CHOICES_TITLE)}</h1>
        {page.outdated()}
        {cards}
        {page.whether_it_counts(standing)}
    };
    let feet = main_link_foot(t(tell::CHOICES_DONE), Route::Mine.path());
    teller_frame("vp-choices", None, Back::To(Route::Mine), body.into_any(), feet)
}

impl Page {
    fn card(self, to: Use, organisation: &str) -> AnyView {
        let words = use_words(to);
        view! {
            <li class="vp-choice">
                {pictogram(words.picture)} <h2>{filled(words.ask, organisation)}</h2>
                {yes_no(
                    true,
                    filled(words.ask, organisation),
                    words.answer(Answer::Yes, organisation),
                    words.answer(Answer::No, organisation),
                    Signal::derive(move || Some(self.choices.get().answer(to))),
                    Callback::new(move |answer| self.tap(to, answer)),
                )}
                // A notice of its own spans the card; the place for it is there before it speaks.
                <div class="vp-choice__said" role="status">{move || self.said(to)}</div>
            </li>
        }
        .into_any()
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

    fn said(self, to: Use) -> Option<AnyView> {
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
            Tapped::Undone(undone) if undone == to => {
                Some(view! { <p class="vp-notice"><span>{t(tell::COMMON_UNDONE)}</span></p> }.into_any())
            }
            Tapped::Leaves if to == Use::Analysis => {
                let small = "vp-btn vp-btn--line vp-btn--small";
                let said = view! {
                    <div class="vp-notice">
                        <p>{t(tell::CHOICES_ANALYSIS_MEANS)}</p>
                        <div class="vp-notice__ways">
                            {button(small, t(tell::CHOICES_ANALYSIS_GO), || history::go(&Route::Withdraw))}
                            {button(small, t(tell::CHOICES_ANALYSIS_STAY), move || self.tapped.set(None))}
                        </div>
                    </div>
                };
                Some(said.into_any())
            }
            _ => None,
        }
    }

    /// A wider choice that was made against older ones did not hold.
    fn outdated(self) -> AnyView {
        let refused = self.phone.refused_choice(self.id);
        let outdated = Memo::new(move |_| refused.with(Option::is_some));
        let said = move || {
            outdated
                .get()
                .then(|| view! { <p class="vp-notice">{t(tell::CONSENT_OUTDATED)}</p> }.into_any())
        };
        view! { <div role="status">{said}</div> }.into_any()
    }

    /// Whether what was chosen counts already, once something was chosen or still waits.
    fn whether_it_counts(self, standing: Signal<Option<Standing>>) -> AnyView {
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
            text.get().map(|text| view! { <span class="vp-small vp-hint vp-soft">{icon("i-check")} <span>{t(text)}</span></span> }.into_any())
        };
        view! { <div role="status">{line}</div> }.into_any()
    }
}
