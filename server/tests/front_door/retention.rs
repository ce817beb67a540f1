//! How long stories are kept: as long as their tellers were told, and not a day longer.

use crate::derivatives::drawing;
use crate::house::{House, Told, Who, acknowledged, puts, rejected};
use domain::command::Command;
use domain::id::ProjectId;
use domain::language::LanguageTag;
use domain::member::Role;
use domain::problem::Problem;
use domain::project::{EXPECTATION_LIMIT, Project};
use domain::scope::Row;
use domain::story::OwnState;
use domain::time::Span;
use server::forget::{self, Watch};
use server::storage::Db;
use std::fs;

/// A project whose stories are kept for so many days from now.
async fn kept_for(house: &House, days: i64) -> ProjectId {
    let until = house.now().after(Span::days(days));
    let made = house.another_project(|project| project.erase_by = until);
    made.await.unwrap()
}

/// A story told to another project than the demonstration.
fn told_to(house: &House, project: ProjectId, text: &str) -> Told {
    let mut told = house.told(text);
    if let Command::FinalizeStory(finalize) = &mut told.envelope.command {
        finalize.origin.project = project;
        finalize.origin.entry = None;
    }
    told
}

async fn is_there(house: &House, told: &Told) -> bool {
    let page = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
    match puts(&page).remove(0) {
        Row::OwnStory(own) => own.state != OwnState::Withdrawn,
        other => panic!("{other:?}"),
    }
}

async fn a_day_later(house: &House, watch: &mut Option<Watch>) {
    house.clock.pass(Span::days(1));
    forget::today(&house.state, watch).await.unwrap();
}

#[tokio::test]
async fn re1_every_story_is_gone_when_its_tellers_were_told_it_would_be_and_not_a_day_sooner() {
    let house = House::open().await;
    let stays = house.came(1, vec![drawing()]).await;
    let project = kept_for(&house, 10).await;
    let told = told_to(&house, project, "kanarie die tien dagen blijft");
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    // More than go in one transaction.
    for number in 0..60 {
        let told = told_to(&house, project, &format!("kanarie {number}"));
        acknowledged(&house.push_one(told.envelope, &Who::nobody()).await);
    }
    let mut watch = None;
    forget::today(&house.state, &mut watch).await.unwrap();
    for _ in 0..8 {
        a_day_later(&house, &mut watch).await;
        assert!(is_there(&house, &told).await);
    }
    // The tenth day has not begun, and the next round may come at its end.
    a_day_later(&house, &mut watch).await;
    assert!(!is_there(&house, &told).await);
    assert!(
        is_there(&house, &stays.told).await,
        "another project keeps its stories longer"
    );
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await.len(), 1);
    // On record outside the database, so that no backup brings them back; and in no byte any more.
    let folder = house.closed().await;
    let data = folder.path().join("data");
    assert_eq!(Db::withdrawn(&data).unwrap().len(), 61);
    for name in ["vertelpunt.sqlite", "vertelpunt.sqlite-wal"] {
        let bytes = fs::read(data.join(name)).unwrap_or_default();
        assert!(!bytes.windows(7).any(|window| window == b"kanarie"), "{name}");
    }
}

#[tokio::test]
async fn re1_a_project_whose_stories_would_go_at_once_is_not_set_up() {
    let house = House::open().await;
    for (days, made) in [(-1, false), (1, false), (2, true)] {
        let until = house.now().after(Span::days(days));
        let project = house.another_project(|project| project.erase_by = until).await;
        assert_eq!(project.is_some(), made, "{days}");
    }
}

#[tokio::test]
async fn re4_the_demonstration_says_what_to_expect_and_a_project_says_it_briefly_or_not_at_all() {
    let house = House::open().await;
    let says = house.project.expectations.clone().unwrap();
    let dutch = LanguageTag::new("nl").unwrap();
    assert!(says.each().into_iter().all(|texts| texts.get(&dutch).is_some()));
    for (text, made) in [
        ("é".repeat(EXPECTATION_LIMIT), true),
        ("é".repeat(EXPECTATION_LIMIT + 1), false),
        (" ".to_owned(), false),
    ] {
        let mut says = says.clone();
        says.not_promised.insert(dutch.clone(), text);
        let shape = |project: &mut Project| project.expectations = Some(says);
        assert_eq!(house.another_project(shape).await.is_some(), made);
    }
    let silent = house.another_project(|project| project.expectations = None).await;
    assert!(silent.is_some());
}

#[tokio::test]
async fn re2_s10_by_a_clock_that_jumps_no_story_is_erased() {
    let house = House::open().await;
    let told = house.arrived("Nog twee jaar hier.").await;
    let mut watch = None;
    forget::today(&house.state, &mut watch).await.unwrap();
    house.clock.jump(Span::days(1_000));
    forget::today(&house.state, &mut watch).await.unwrap();
    assert!(is_there(&house, &told).await);
    // Set right within the day, nothing ever happened.
    house.clock.jump(Span(-Span::days(1_000).0));
    a_day_later(&house, &mut watch).await;
    assert!(is_there(&house, &told).await);
    // It is so for a day: then it is what time it is.
    house.clock.jump(Span::days(1_000));
    forget::today(&house.state, &mut watch).await.unwrap();
    a_day_later(&house, &mut watch).await;
    assert!(!is_there(&house, &told).await);
}

#[tokio::test]
async fn re3_what_would_be_erased_at_once_is_not_taken() {
    let house = House::open().await;
    let project = kept_for(&house, 10).await;
    house.clock.pass(Span::days(9));
    let late = told_to(&house, project, "Te laat.");
    let verdict = house.push_one(late.envelope, &Who::nobody()).await;
    assert_eq!(rejected(&verdict), Problem::ProjectClosed);
}
