//! What tellers answered about their stories: kept with the story, shown through its consent.

use crate::house::{House, Told, Who, acknowledged, puts, rejected};
use axum::http::StatusCode;
use domain::command::{Command, WithdrawStory};
use domain::id::SignifierId;
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{Row, Scope};
use domain::signifier::{Answer, Answered, SignifierKind, slider_at, triangle_at};
use domain::story::{OwnState, ReadStory};
use domain::sync::protocol::Verdict;

/// Both questions of the demonstration, answered.
fn answers(house: &House) -> Vec<Answered> {
    let answered = house.project.signifiers.iter().map(|asked| Answered {
        question: asked.id,
        answer: match &asked.kind {
            SignifierKind::Choice { .. } => Answer::DoesNotFit,
            SignifierKind::Slider { poles } => slider_at(poles, 40),
            SignifierKind::Triangle { corners } => triangle_at(corners, [60, 30, 10]),
        },
    });
    answered.collect()
}

fn told(house: &House, answers: Vec<Answered>) -> Told {
    house.told_at("Ik werk bij de bakker.", house.now(), |draft| {
        draft.answers = answers;
    })
}

#[tokio::test]
async fn sg1_the_demonstration_asks_a_slider_and_a_triangle() {
    let house = House::open().await;
    let kinds: Vec<bool> = house
        .project
        .signifiers
        .iter()
        .map(|asked| matches!(asked.kind, SignifierKind::Slider { .. }))
        .collect();
    assert_eq!(kinds, [true, false]);
}

#[tokio::test]
async fn sg2_an_answer_to_a_question_nobody_asked_is_refused() {
    let house = House::open().await;
    let mut answers = answers(&house);
    answers[0].question = SignifierId::random(&mut house.state.entropy.clone());
    let verdict = house
        .push_one(told(&house, answers).envelope, &Who::nobody())
        .await;
    assert_eq!(rejected(&verdict), Problem::Malformed);
}

#[tokio::test]
async fn sg9_answers_are_read_in_the_library_and_by_the_teller_and_go_with_the_story() {
    let house = House::open().await;
    let (analyst, answers) = (house.signed_in(Role::Analyst).await, answers(&house));
    let told = told(&house, answers.clone());
    let silent = house.told("Ik sla alles over.");
    for envelope in [&told.envelope, &silent.envelope] {
        acknowledged(&house.push_one(envelope.clone(), &Who::nobody()).await);
    }
    let read = async |told: &Told| {
        let path = format!("/api/v1/stories/{}", told.story.id);
        house.get(&path, analyst.cookie.as_deref()).await
    };
    assert_eq!(read(&told).await.json::<ReadStory>().summary.answers, answers);
    assert!(read(&silent).await.json::<ReadStory>().summary.answers.is_empty());
    let library = house
        .pull(Scope::Members(house.project.id), 0, &analyst)
        .await
        .unwrap();
    let listed = puts(&library).into_iter().find_map(|row| match row {
        Row::Summary(summary) if summary.id == told.story.id => Some(summary.answers),
        _ => None,
    });
    assert_eq!(listed, Some(answers.clone()));
    let own = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
    let [Row::OwnStory(own)] = &puts(&own)[..] else {
        panic!("the teller's own story")
    };
    let OwnState::Received { content, .. } = &own.state else {
        panic!("it is here")
    };
    assert_eq!(content.answers, answers);

    let story = told.story.id;
    let withdraw = house.envelope(Command::WithdrawStory(WithdrawStory { story }));
    let verdict = house.push_one(withdraw, &told.owner()).await;
    assert!(matches!(verdict, Verdict::Committed { .. }));
    assert_eq!(read(&told).await.problem(), Problem::StoryWithdrawn);
    assert_eq!(read(&silent).await.status, StatusCode::OK);
}
