//! Change who may hear a story: the four cards with today's answers; a tap holds at once, with undo.

use super::{
    chosen::{organisation, with_story},
    which_voice::{of_one_voice, which_voice},
};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Memo, RwSignal, Signal, StoredValue};
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
    command::Wish,
    consent::{Answer, Consent, Use},
    draft::PhoneStory,
    guardian::Guardian,
    id::StoryId,
    standing::Standing,
    voices::Voice,
};

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
    /// CO18: for more than their guardian said yes to, that is asked first.
    AsksGuardian(Use),
    Undone(Use),
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    id: StoryId,
    voice: Voice,
    /// What this voice allows.
    own: Memo<Consent>,
    tapped: RwSignal<Option<Tapped>>,
}

fn draw(story: PhoneStory) -> View {
    of_one_voice(story, of_one, || {
        which_voice(
            "vp-choices",
            None,
            Back::To(Route::Mine),
            tell::VOICES_WHO,
            [tell::VOICES_I_FIRST, tell::VOICES_I_SECOND],
            main_link_foot(t(tell::CHOICES_DONE), Route::Mine.path()),
        )
    })
}

fn of_one(story: &PhoneStory, voice: Voice) -> View {
    let phone = Phone::here();
    let id = story.id;
    let own_of = move |story: &PhoneStory| story.consent_of(voice).cloned();
    let (current, known) = (
        phone.story(id),
        own_of(story).unwrap_or_else(|| story.consent.clone()),
    );
    let own = Memo::new(move |_| {
        let now = current.with(|story| story.as_ref().and_then(own_of));
        now.unwrap_or_else(|| known.clone())
    });
    let page = Page {
        phone,
        id,
        voice,
        own,
        tapped: RwSignal::new(None),
    };
    let organisation = organisation(story);
    let together = story.second.is_some() || story.together.is_some();
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
            .child(together.then(|| el("p").child(t(tell::CONSENT_TOGETHER))))
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
                Signal::derive(move || Some(self.own.with(|own| own.choices.answer(to)))),
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
        let own = self.own.get_untracked();
        if own.choices.answer(to) == answer {
            self.tapped.set(None);
        } else if to == Use::Analysis {
            self.tapped.set(Some(Tapped::Leaves));
        } else if answer == Answer::Yes && own.guardian.is_some() {
            self.tapped.set(Some(Tapped::AsksGuardian(to)));
        } else {
            self.change(to, answer, None);
        }
    }

    fn change(self, to: Use, answer: Answer, guardian: Option<Guardian>) {
        let before = self.own.get_untracked().choices;
        self.phone.change_choices(
            self.id,
            Wish {
                voice: self.voice,
                choices: before.with(to, answer),
                guardian,
            },
        );
        self.tapped.set(Some(Tapped::Changed(to, before.answer(to))));
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
                    self.tap(to, before);
                    if matches!(self.tapped.get_untracked(), Some(Tapped::Changed(..))) {
                        self.tapped.set(Some(Tapped::Undone(to)));
                    }
                }))
            }
            Tapped::Undone(undone) if undone == to => Some(
                el("p")
                    .class("vp-notice")
                    .child(el("span").child(t(tell::COMMON_UNDONE)))
                    .into_view(),
            ),
            Tapped::Leaves if to == Use::Analysis => Some(self.asks(
                tell::CHOICES_ANALYSIS_MEANS,
                [tell::CHOICES_ANALYSIS_GO, tell::CHOICES_ANALYSIS_STAY],
                || history::go(&Route::Withdraw),
            )),
            Tapped::AsksGuardian(asked) if asked == to => Some(self.asks(
                tell::CHOICES_GUARDIAN,
                [tell::CONSENT_GUARDIAN_YES, tell::CONSENT_GUARDIAN_NO],
                move || self.change(to, Answer::Yes, Some(Guardian::Yes)),
            )),
            _ => None,
        }
    }

    /// A question before a tap counts: `act`, or leave it as it is.
    fn asks(self, question: Text, [go, stay]: [Text; 2], act: impl Fn() + 'static) -> View {
        let small = "vp-btn vp-btn--line vp-btn--small";
        let ways = el("div")
            .class("vp-notice__ways")
            .child(button(small, t(go), act))
            .child(button(small, t(stay), move || self.tapped.set(None)));
        el("div")
            .class("vp-notice")
            .child(el("p").child(t(question)))
            .child(ways)
            .into_view()
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
