//! Which screen of T6 stands behind which `#`, and when it may be shown.

use domain::consent::{Answer, OpenChoices, Use};

/// The four cards behind `#`.
pub const CARDS: [&str; 4] = ["1", "2", "3", "4"];
/// The recap.
pub const RECAP: &str = "recap";
/// What happens with my story.
pub const HAPPENS: &str = "what-happens";
/// The first answer was no.
pub const STAYS: &str = "stays";

/// The screen of T6 that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Storage is being read.
    Opening,
    /// Before the first card.
    Intro,
    /// What the law asks to be said.
    Happens,
    /// One question.
    Card(Use),
    /// No to analysis: the story stays here.
    Stays,
    /// All answers together.
    Recap,
    /// The draft is gone, with undo.
    ThrownAway,
}

/// Which screen may be shown: a card only when those before it were answered, the recap only when all were.
pub fn showing(screen: &str, choices: &OpenChoices) -> Showing {
    let open = choices.next_open();
    let stays = choices.answer(Use::Analysis) == Some(Answer::No);
    match screen {
        "" => Showing::Intro,
        HAPPENS => Showing::Happens,
        STAYS if stays => Showing::Stays,
        _ if stays => Showing::Card(Use::Analysis),
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
    use super::{Showing, showing};
    use domain::consent::{Answer, OpenChoices, Use};

    fn answered(answers: &[Answer]) -> OpenChoices {
        let mut choices = OpenChoices::default();
        for (to, answer) in Use::ALL.into_iter().zip(answers) {
            choices.set(to, *answer);
        }
        choices
    }

    #[test]
    fn no_card_can_be_passed_by_an_address() {
        let one = answered(&[Answer::Yes]);
        for screen in ["3", "4", "recap", "stays", "else"] {
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
        assert!(
            showing(
                "recap",
                &answered(&[Answer::Yes, Answer::No, Answer::No, Answer::No])
            ) == Showing::Recap
        );
    }
}
