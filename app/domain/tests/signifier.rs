//! SG: the questions of a project about a story.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::change::Change;
use domain::command::Command;
use domain::decide::{Facts, ProjectFacts, Sender, StoryFacts, decide};
use domain::draft::Draft;
use domain::id::SignifierId;
use domain::language::{LanguageTag, PerLanguage};
use domain::problem::Problem;
use domain::project::Project;
use domain::signifier::{
    Answer, Answered, OPTION_LIMIT, Pole, Signifier, SignifierKind, THIRD, answer_to, check_questions,
    levels_of, put_answer, settle_answers, shares_of, slider_at, slider_place, triangle_at, triangle_shares,
};
use proptest::prelude::*;
use support::{NOW, Seed, choices, project, wording};

fn said(dutch: &str) -> PerLanguage {
    [(LanguageTag::new("nl").unwrap(), dutch.to_owned())]
        .into_iter()
        .collect()
}

fn pole(id: &str) -> Pole {
    Pole {
        id: id.to_owned(),
        words: said(id),
        picture: None,
    }
}

fn question(kind: SignifierKind, seed: &mut Seed) -> Signifier {
    Signifier {
        id: SignifierId::random(seed),
        question: said("Hoe was het?"),
        kind,
    }
}

fn poles() -> [Pole; 2] {
    ["hard", "easy"].map(pole)
}

fn corners() -> [Pole; 3] {
    ["money", "people", "rules"].map(pole)
}

fn choice(many: bool, seed: &mut Seed) -> Signifier {
    let options = ["home", "street", "work"].map(pole).to_vec();
    question(SignifierKind::Choice { options, many }, seed)
}

fn slider(seed: &mut Seed) -> Signifier {
    question(SignifierKind::Slider { poles: poles() }, seed)
}

fn triangle(seed: &mut Seed) -> Signifier {
    question(SignifierKind::Triangle { corners: corners() }, seed)
}

fn chosen(ids: &[&str]) -> Answer {
    Answer::Choice(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn towards(pole: &str, by: u8) -> Answer {
    let towards = pole.to_owned();
    Answer::Slider { towards, by }
}

fn shares(of: &[(&str, u8)]) -> Answer {
    let shares = of.iter().map(|(id, share)| ((*id).to_owned(), *share)).collect();
    Answer::Triangle { shares }
}

/// A project that asks all three, and a draft for it.
fn asked(seed: &mut Seed) -> (Project, Draft) {
    let mut project = project(seed);
    project.signifiers = vec![choice(true, seed), slider(seed), triangle(seed)];
    let draft = support::draft(&project, "Ik werk.", choices(true, false, false, false), seed);
    (project, draft)
}

/// What the server says of this draft.
fn sent(project: &Project, draft: &Draft, seed: &mut Seed) -> Result<Vec<Answered>, Problem> {
    let (_, _, command) = draft.finalize(wording(), NOW, seed)?;
    let facts = Facts {
        project: Some(ProjectFacts {
            phase: project.phase,
            prompts: vec![draft.origin.prompt],
            signifiers: project.signifiers.clone(),
            under_16: None,
            room: u64::MAX,
            clip_limit: u64::MAX,
            clips_taken: false,
        }),
        story: StoryFacts::Unknown,
        told: None,
    };
    let mut changes = decide(&command, &facts, Sender::Anybody, NOW)?;
    let Change::StoryReceived(received) = changes.remove(0) else {
        panic!("a story comes in")
    };
    Ok(received.story.into_row().content.answers)
}

#[test]
fn sg1_at_most_five_questions_three_of_them_scales() {
    let mut seed = Seed(1);
    let mut ask = |scales: usize, choices: usize| {
        let mut questions: Vec<_> = (0..scales)
            .map(|number| {
                if number % 2 == 0 {
                    slider(&mut seed)
                } else {
                    triangle(&mut seed)
                }
            })
            .collect();
        questions.extend((0..choices).map(|_| choice(false, &mut seed)));
        check_questions(&questions).is_ok()
    };
    for (scales, choices, good) in [
        (0, 0, true),
        (3, 2, true),
        (0, 5, true),
        (4, 0, false),
        (3, 3, false),
    ] {
        assert_eq!(ask(scales, choices), good, "{scales} scales, {choices} choices");
    }
}

#[test]
fn sg1_a_project_whose_questions_cannot_be_asked_is_not_set_up() {
    let mut seed = Seed(2);
    let good = triangle(&mut seed);
    let with = |change: fn(&mut Signifier)| {
        let mut bad = good.clone();
        change(&mut bad);
        vec![bad]
    };
    let options = |count: usize| -> Vec<Signifier> {
        let options = (0..count).map(|n| pole(&n.to_string())).collect();
        vec![Signifier {
            kind: SignifierKind::Choice { options, many: false },
            ..good.clone()
        }]
    };
    let first = |one: &mut Signifier, change: fn(&mut Pole)| {
        if let SignifierKind::Triangle { corners } = &mut one.kind {
            change(&mut corners[0]);
        }
    };
    let english = || {
        [(LanguageTag::new("en").unwrap(), "How?".to_owned())]
            .into_iter()
            .collect()
    };
    let mut same_key = good.clone();
    first(&mut same_key, |corner| "people".clone_into(&mut corner.id));
    let mut bad_key = good.clone();
    first(&mut bad_key, |corner| "Geld!".clone_into(&mut corner.id));
    let mut no_word = good.clone();
    first(&mut no_word, |corner| corner.words = said(" "));
    let mut no_picture = good.clone();
    first(&mut no_picture, |corner| {
        corner.picture = Some("../x.svg".to_owned());
    });
    let only_english = vec![Signifier {
        question: english(),
        ..good.clone()
    }];
    let bad = [
        with(|one| one.question = PerLanguage::new()),
        with(|one| one.question = said(&"é".repeat(201))),
        only_english,
        vec![good.clone(), good.clone()],
        vec![same_key],
        vec![bad_key],
        vec![no_word],
        vec![no_picture],
        options(1),
        options(OPTION_LIMIT + 1),
    ];
    for questions in bad {
        assert_eq!(
            check_questions(&questions),
            Err(Problem::Malformed),
            "{questions:?}"
        );
        let mut new = project(&mut seed);
        new.signifiers = questions;
        let facts = Facts {
            project: None,
            story: StoryFacts::Unknown,
            told: None,
        };
        let command = Command::CreateProject(Box::new(new));
        assert_eq!(
            decide(&command, &facts, Sender::Instance, NOW),
            Err(Problem::Malformed)
        );
    }
    assert_eq!(check_questions(&options(OPTION_LIMIT)), Ok(()));
    assert_eq!(check_questions(&[good]), Ok(()));
}

#[test]
fn sg2_nothing_is_answered_beforehand_and_every_question_can_be_skipped() {
    let mut seed = Seed(3);
    let (project, mut draft) = asked(&mut seed);
    assert!(draft.answers.is_empty());
    assert_eq!(sent(&project, &draft, &mut seed), Ok(vec![]));
    let [_, slider, triangle] = &project.signifiers[..] else {
        panic!()
    };
    // Answered out of order, and one of them taken back.
    put_answer(
        &mut draft.answers,
        triangle.id,
        Some(shares(&[("money", 100), ("people", 0), ("rules", 0)])),
    );
    put_answer(&mut draft.answers, slider.id, Some(towards("easy", 20)));
    put_answer(&mut draft.answers, slider.id, Some(towards("easy", 30)));
    let kept = sent(&project, &draft, &mut seed).unwrap();
    let questions: Vec<_> = kept.iter().map(|answered| answered.question).collect();
    assert_eq!(questions, [slider.id, triangle.id]);
    assert_eq!(answer_to(&kept, slider.id), Some(&towards("easy", 30)));
    put_answer(&mut draft.answers, slider.id, None);
    assert_eq!(sent(&project, &draft, &mut seed).unwrap().len(), 1);
}

#[test]
fn sg2_what_answers_no_question_of_the_project_is_refused() {
    let mut seed = Seed(4);
    let (project, draft) = asked(&mut seed);
    let [choice, slider, triangle] = &project.signifiers[..] else {
        panic!()
    };
    let cases = [
        (SignifierId::random(&mut seed), Answer::DoesNotFit),
        (slider.id, chosen(&["hard"])),
        (choice.id, towards("home", 20)),
        (triangle.id, towards("money", 20)),
        (choice.id, chosen(&["elsewhere"])),
        (slider.id, towards("left", 20)),
        (
            triangle.id,
            shares(&[("money", 50), ("people", 25), ("left", 25)]),
        ),
    ];
    for (question, answer) in cases {
        let answers = vec![Answered { question, answer }];
        let draft = Draft {
            answers,
            ..draft.clone()
        };
        assert_eq!(
            sent(&project, &draft, &mut seed),
            Err(Problem::Malformed),
            "{:?}",
            draft.answers
        );
    }
    let twice = vec![
        Answered {
            question: slider.id,
            answer: Answer::DoesNotFit
        };
        2
    ];
    assert_eq!(
        settle_answers(&project.signifiers, &twice),
        Err(Problem::Malformed)
    );
    let draft = Draft {
        answers: twice,
        ..draft
    };
    assert_eq!(draft.content().check(), Err(Problem::Malformed));
}

#[test]
fn sg3_a_choice_keeps_its_options_in_the_order_of_the_question() {
    let mut seed = Seed(5);
    let (many, one) = (choice(true, &mut seed), choice(false, &mut seed));
    assert_eq!(
        many.settle(&chosen(&["work", "home"])),
        Ok(chosen(&["home", "work"]))
    );
    assert_eq!(one.settle(&chosen(&["work"])), Ok(chosen(&["work"])));
    assert_eq!(one.settle(&chosen(&["work", "home"])), Err(Problem::Malformed));
    for bad in [&[] as &[&str], &["home", "home"], &["home", "moon"]] {
        assert_eq!(many.settle(&chosen(bad)), Err(Problem::Malformed), "{bad:?}");
    }
}

#[test]
fn sg4_a_slider_keeps_a_pole_and_how_far_towards_it() {
    let mut seed = Seed(6);
    let question = slider(&mut seed);
    for place in -100..=100 {
        let answer = slider_at(&poles(), place);
        assert_eq!(slider_place(&poles(), &answer), Some(place));
        assert_eq!(question.settle(&answer), Ok(answer));
    }
    assert_eq!(slider_at(&poles(), 40), towards("easy", 40));
    assert_eq!(slider_at(&poles(), -170), towards("hard", 100));
    assert_eq!(
        question.settle(&towards("easy", 0)),
        question.settle(&towards("hard", 0))
    );
    assert_eq!(question.settle(&towards("easy", 101)), Err(Problem::Malformed));
    assert!(!towards("easy", 101).is_valid());
}

#[test]
fn sg5_a_triangle_keeps_whole_shares_of_a_hundred_and_the_exact_middle() {
    let mut seed = Seed(7);
    let question = triangle(&mut seed);
    for good in [[100, 0, 0], [34, 33, 33], [50, 0, 50], [THIRD; 3]] {
        let answer = triangle_at(&corners(), good);
        assert_eq!(triangle_shares(&corners(), &answer), Some(good));
        assert_eq!(question.settle(&answer), Ok(answer));
    }
    for bad in [
        [33, 33, 35],
        [0, 0, 0],
        [100, 100, 100],
        [34, 34, 34],
        [32, 33, 34],
    ] {
        let answer = triangle_at(&corners(), bad);
        assert!(!answer.is_valid(), "{bad:?}");
        assert_eq!(question.settle(&answer), Err(Problem::Malformed), "{bad:?}");
    }
    for few in [vec![("money", 100)], vec![("money", 50), ("people", 50)]] {
        assert_eq!(question.settle(&shares(&few)), Err(Problem::Malformed), "{few:?}");
    }
}

#[test]
fn sg6_the_order_of_poles_and_corners_changes_nothing() {
    let (mut back, mut round) = (poles(), corners());
    back.reverse();
    round.rotate_left(1);
    for place in -100..=100 {
        let answer = slider_at(&poles(), place);
        assert_eq!(slider_place(&back, &answer), Some(-place));
        // From the other side it is the same answer; the middle is settled, whoever placed it.
        let question = slider(&mut Seed(8));
        assert_eq!(
            question.settle(&slider_at(&back, -place)),
            question.settle(&answer)
        );
    }
    let answer = triangle_at(&corners(), [60, 30, 10]);
    assert_eq!(triangle_at(&round, [30, 10, 60]), answer);
    assert_eq!(triangle_shares(&round, &answer), Some([30, 10, 60]));
    let kept = serde_json::to_string(&answer).unwrap();
    assert_eq!(
        kept,
        r#"{"triangle":{"shares":{"money":60,"people":30,"rules":10}}}"#
    );
    assert_eq!(
        serde_json::to_string(&triangle_at(&round, [30, 10, 60])).unwrap(),
        kept
    );
}

#[test]
fn sg7_levels_in_words_are_a_point_and_read_back_the_same() {
    for number in 0..27 {
        let levels = [number / 9, number / 3 % 3, number % 3];
        let shares = shares_of(levels);
        assert!(triangle_at(&corners(), shares).is_valid(), "{levels:?}");
        assert_eq!(shares_of(levels_of(shares)), shares, "{levels:?}");
    }
    assert_eq!(shares_of([2, 1, 0]), [67, 33, 0]);
    assert_eq!(shares_of([1, 1, 1]), [THIRD; 3]);
    assert_eq!(levels_of([100, 0, 0]), [2, 0, 0]);
    assert_eq!(levels_of([36, 32, 32]), [1, 1, 1]);
}

proptest! {
    #[test]
    fn sg7_every_point_can_be_said_in_words_whatever_the_order_of_its_corners(a in 0u8..=100, part in 0u8..=100) {
        let b = (u16::from(100 - a) * u16::from(part) / 100) as u8;
        let shares = [a, b, 100 - a - b];
        let [x, y, z] = levels_of(shares);
        // What has more of a corner never says less of it.
        for (one, other) in [(0, 1), (1, 2), (0, 2)] {
            if shares[one] > shares[other] {
                prop_assert!([x, y, z][one] >= [x, y, z][other], "{:?} {:?}", shares, [x, y, z]);
            }
        }
    }
}

#[test]
fn sg8_does_not_fit_is_an_answer_of_its_own() {
    let mut seed = Seed(9);
    let (project, mut draft) = asked(&mut seed);
    for question in &project.signifiers {
        put_answer(&mut draft.answers, question.id, Some(Answer::DoesNotFit));
    }
    let kept = sent(&project, &draft, &mut seed).unwrap();
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|answered| answered.answer == Answer::DoesNotFit));
    assert_eq!(
        serde_json::to_string(&Answer::DoesNotFit).unwrap(),
        r#""does_not_fit""#
    );
}
