//! Which screen of T6 stands behind which `#`, and when it may be shown.

use domain::{
    consent::{Answer, OpenChoices, Use},
    draft::Draft,
    guardian::{Age, Under16},
    voices::Turn,
};

/// The four cards behind `#`.
pub const CARDS: [&str; 4] = ["1", "2", "3", "4"];
/// The recap.
pub const RECAP: &str = "recap";
/// What happens with my story.
pub const HAPPENS: &str = "what-happens";
/// Somebody's answer keeps it here.
pub const STAYS: &str = "stays";
/// Whether one is 16 or older, where the project asks.
pub const AGE: &str = "age";
/// What a parent or guardian says of it.
pub const GUARDIAN: &str = "guardian";
/// Where the second voice of a dialogue begins.
pub const INTRO: &str = "";

/// The screen of T6 that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Storage is being read.
    Opening,
    /// Before the first card.
    Intro,
    /// What the law asks to be said.
    Happens,
    /// Whether one is 16 or older.
    Age,
    /// One question.
    Card(Use),
    /// No to analysis, or younger than 16 where that means so: the story stays here.
    Stays,
    /// All answers together.
    Recap,
    /// All answers together, for a parent or guardian.
    Guardian,
    /// The first voice of a dialogue is done: the phone goes to the other.
    HandOver,
    /// The draft is gone, with undo.
    ThrownAway,
}

/// What the voice that answers now has said, and what its project asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The four answers so far.
    pub choices: OpenChoices,
    /// Whether it is 16 or older, if it said so.
    pub age: Option<Age>,
    /// What the project asks of tellers under 16.
    pub under_16: Option<Under16>,
    /// The phone is to go to the other.
    pub handing: bool,
}

impl Asked {
    /// What is asked of the voice whose turn it is.
    pub fn of(draft: &Draft, under_16: Option<Under16>) -> Self {
        let (choices, age) = draft.answers_now();
        let handing = matches!(draft.turn(), Some(Turn::Handing(_)));
        Self {
            choices,
            age,
            under_16,
            handing,
        }
    }

    /// The next question: whether one is 16, the cards, the recap.
    pub fn next(&self) -> &'static str {
        if self.under_16.is_some() && self.age.is_none() {
            AGE
        } else {
            self.choices
                .next_open()
                .map_or(RECAP, |open| CARDS[open as usize])
        }
    }

    /// The question whose answer keeps it here, if one does.
    pub fn kept_by(&self) -> Option<&'static str> {
        if self.choices.answer(Use::Analysis) == Some(Answer::No) {
            return Some(CARDS[0]);
        }
        let asked = self.under_16.filter(|under_16| under_16.keeps_here(self.age))?;
        Some(match asked {
            Under16::Stays => AGE,
            Under16::Guardian => GUARDIAN,
        })
    }

    /// Whether a parent or guardian is still to say yes.
    pub fn needs_guardian(&self) -> bool {
        self.under_16.is_some_and(|under_16| !under_16.lets_go(self.age))
    }
}

/// Which screen may be shown: a card only when what comes before it was answered, the recap only when all was.
pub fn showing(screen: &str, asked: &Asked) -> Showing {
    if asked.handing {
        return Showing::HandOver;
    }
    let open = asked.choices.next_open();
    let kept_by = asked.kept_by();
    match screen {
        INTRO => Showing::Intro,
        HAPPENS => Showing::Happens,
        STAYS if kept_by.is_some() => Showing::Stays,
        AGE if asked.under_16.is_some() => Showing::Age,
        _ if asked.next() == AGE || kept_by == Some(AGE) => Showing::Age,
        _ if kept_by == Some(CARDS[0]) => Showing::Card(Use::Analysis),
        GUARDIAN if open.is_none() && asked.under_16.is_some() => match asked.age {
            Some(Age::Younger { .. }) => Showing::Guardian,
            _ => Showing::Recap,
        },
        _ => match (CARDS.iter().position(|card| *card == screen), open) {
            (Some(card), Some(open)) if card > open as usize => Showing::Card(open),
            (Some(card), _) => Showing::Card(Use::ALL[card]),
            (None, Some(open)) => Showing::Card(open),
            (None, None) => Showing::Recap,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Showing, showing};
    use domain::{
        consent::{Answer, OpenChoices, Use},
        guardian::{Age, Under16},
    };

    fn answered(answers: &[Answer]) -> Asked {
        let mut choices = OpenChoices::default();
        for (to, answer) in Use::ALL.into_iter().zip(answers) {
            choices.set(to, *answer);
        }
        Asked {
            choices,
            ..Asked::default()
        }
    }

    const ALL: [Answer; 4] = [Answer::Yes, Answer::No, Answer::No, Answer::No];

    #[test]
    fn no_card_can_be_passed_by_an_address() {
        let one = answered(&[Answer::Yes]);
        for screen in ["3", "4", "recap", "stays", "age", "guardian", "else"] {
            assert!(showing(screen, &one) == Showing::Card(Use::Meeting), "{screen}");
        }
        assert!(showing("1", &one) == Showing::Card(Use::Analysis));
    }

    #[test]
    fn a_first_no_leads_nowhere_but_to_keeping_it_here() {
        let no = answered(&[Answer::No, Answer::Yes, Answer::Yes, Answer::Yes]);
        assert!(showing("stays", &no) == Showing::Stays);
        assert!(showing("recap", &no) == Showing::Card(Use::Analysis));
    }

    #[test]
    fn the_recap_comes_after_four_answers() {
        assert!(showing("recap", &answered(&ALL)) == Showing::Recap);
    }

    #[test]
    fn co16_where_the_project_asks_whether_one_is_16_that_comes_before_every_card() {
        for under_16 in [Under16::Guardian, Under16::Stays] {
            let mut asked = Asked {
                under_16: Some(under_16),
                ..answered(&ALL)
            };
            for screen in ["1", "4", "recap", "guardian", "stays"] {
                assert_eq!(showing(screen, &asked), Showing::Age, "{screen}");
            }
            assert_eq!(showing("", &asked), Showing::Intro);
            asked.age = Some(Age::SixteenOrOlder);
            assert_eq!(showing("recap", &asked), Showing::Recap);
            assert_eq!(
                showing("guardian", &asked),
                Showing::Recap,
                "nobody else is asked"
            );
            assert!(!asked.needs_guardian() && asked.kept_by().is_none());
        }
    }

    #[test]
    fn co17_under_16_the_guardian_comes_after_the_recap_or_the_story_stays() {
        let younger = |under_16, guardian| Asked {
            under_16: Some(under_16),
            age: Some(Age::Younger { guardian }),
            ..answered(&ALL)
        };
        let asked = younger(Under16::Guardian, None);
        assert_eq!(showing("recap", &asked), Showing::Recap);
        assert_eq!(showing("guardian", &asked), Showing::Guardian);
        assert!(asked.needs_guardian());
        let open = Asked {
            choices: OpenChoices::default(),
            ..asked
        };
        assert_eq!(showing("guardian", &open), Showing::Card(Use::Analysis));
        let no = younger(Under16::Guardian, Some(Answer::No));
        assert_eq!(
            (showing("stays", &no), no.kept_by()),
            (Showing::Stays, Some("guardian"))
        );
        assert!(!younger(Under16::Guardian, Some(Answer::Yes)).needs_guardian());
        let stays = younger(Under16::Stays, None);
        assert_eq!(
            (showing("stays", &stays), showing("recap", &stays)),
            (Showing::Stays, Showing::Age)
        );
    }

    #[test]
    fn co12_while_the_phone_goes_from_hand_to_hand_no_address_shows_an_answer() {
        let asked = Asked {
            handing: true,
            ..answered(&ALL)
        };
        for screen in ["", "1", "recap", "guardian", "what-happens"] {
            assert_eq!(showing(screen, &asked), Showing::HandOver, "{screen}");
        }
    }
}
