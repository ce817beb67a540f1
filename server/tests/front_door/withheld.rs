//! Stories that are held back: nobody but managers and the teller still sees them, and nothing of them goes.

use crate::backup::succeeds;
use crate::derivatives::drawing;
use crate::house::{House, Told, Who, gone, puts, rejected};
use axum::http::StatusCode;
use domain::command::{ChangeConsent, Command};
use domain::consent::{Answer, Use};
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{EntityRef, Row, Scope};
use domain::story::{Found, OwnState, StorySummary};
use domain::sync::protocol::Verdict;
use domain::voices::Voice;
use domain::withheld::{Ground, HoldBack, LetThrough};
use std::fs;

const NOTE: &str = "Haar broer belde.";

async fn hold(house: &House, told: &Told, who: &Who, ground: Ground) -> Verdict {
    let command = Command::HoldBack(HoldBack {
        story: told.story.id,
        ground,
        note: Some(NOTE.to_owned()),
    });
    house.push_one(house.envelope(command), who).await
}

async fn let_through(house: &House, told: &Told, who: &Who) -> Verdict {
    let command = Command::LetThrough(LetThrough { story: told.story.id });
    house.push_one(house.envelope(command), who).await
}

fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Committed { .. })
}

async fn held_back(house: &House, who: &Who) -> Vec<StorySummary> {
    let page = house.pull(Scope::Managers(house.project.id), 0, who).await;
    let rows = page.map_or(Vec::new(), |page| puts(&page));
    rows.into_iter()
        .map(|row| match row {
            Row::Summary(summary) => *summary,
            other => panic!("{other:?}"),
        })
        .collect()
}

async fn found(house: &House, who: &Who, word: &str) -> usize {
    let path = format!("/api/v1/projects/{}/search?q={word}", house.project.id);
    let reply = house.get(&path, who.cookie.as_deref()).await;
    reply.json::<Found>().stories.len()
}

async fn opens(house: &House, told: &Told, who: &Who) -> StatusCode {
    let path = format!("/api/v1/stories/{}", told.story.id);
    house.get(&path, who.cookie.as_deref()).await.status
}

#[tokio::test]
async fn wh2_what_is_held_back_is_for_managers_alone_in_every_list_search_page_and_sound() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    house.derive().await;
    let (told, clip) = (&spoken.told, spoken.id());
    let other = house.arrived("Dit blijft staan.").await;
    let analyst = house.signed_in(Role::Analyst).await;
    let facilitator = house.colleague(Role::Facilitator).await;
    let manager = house.colleague(Role::Manager).await;
    let members = Scope::Members(house.project.id);
    let before = house.pull(members, 0, &facilitator).await.unwrap();
    assert_eq!(found(&house, &facilitator, "woorden").await, 1);

    assert!(is_done(&hold(&house, told, &analyst, Ground::ThirdPerson).await));
    for member in [&analyst, &facilitator] {
        assert_eq!(house.library(member).await, [EntityRef::Summary(other.story.id)]);
        assert_eq!(opens(&house, told, member).await, StatusCode::NOT_FOUND);
        let played = house.play(told, clip, member, &[]).await;
        assert_eq!(played.status, StatusCode::NOT_FOUND);
        assert_eq!(found(&house, member, "woorden").await, 0);
        assert_eq!(held_back(&house, member).await, []);
    }
    // Who had it hears that it is gone, and nothing of why.
    let after = house.pull(members, before.cursor, &facilitator).await.unwrap();
    assert_eq!(gone(&after), [EntityRef::Summary(told.story.id)]);
    assert!(!serde_json::to_string(&after).unwrap().contains("third"));

    let held = held_back(&house, &manager).await;
    let why = held[0].withheld.as_ref().unwrap();
    assert_eq!((held.len(), held[0].id), (1, told.story.id));
    assert_eq!((why.ground, why.role), (Ground::ThirdPerson, Role::Analyst));
    assert_eq!((why.note.as_deref(), why.at), (Some(NOTE), house.now()));
    assert_eq!(opens(&house, told, &manager).await, StatusCode::OK);
    assert_eq!(house.play(told, clip, &manager, &[]).await.status, StatusCode::OK);
    // Not in the list of managers either, and to no neighbour at all.
    assert_eq!(
        house.library(&manager).await,
        [EntityRef::Summary(other.story.id)]
    );
    let (_, neighbour) = house.neighbour(Role::Manager).await;
    assert_eq!(held_back(&house, &neighbour).await, []);
    for who in [&neighbour, &house.colleague(Role::Reporter).await, &Who::nobody()] {
        assert!(
            house
                .pull(Scope::Managers(house.project.id), 0, who)
                .await
                .is_none()
        );
    }
}

#[tokio::test]
async fn wh2_what_changes_while_it_is_held_back_brings_it_back_to_nobody() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    let (told, analyst) = (&spoken.told, house.signed_in(Role::Analyst).await);
    let manager = house.colleague(Role::Manager).await;
    assert!(is_done(&hold(&house, told, &analyst, Ground::Danger).await));
    let members = Scope::Members(house.project.id);
    let cursor = house.pull(members, 0, &analyst).await.unwrap().cursor;
    // What others are handed out is made now, and the teller narrows.
    house.derive().await;
    let change = Command::ChangeConsent(ChangeConsent {
        story: told.story.id,
        voice: Voice::First,
        seen: 1,
        saw: None,
        choices: told.story.choices().with(Use::Public, Answer::No),
        guardian: None,
    });
    assert!(is_done(
        &house.push_one(house.envelope(change), &told.owner()).await
    ));
    let page = house.pull(members, cursor, &analyst).await.unwrap();
    assert!(page.lines.is_empty(), "{page:?}");
    assert_eq!(house.library(&analyst).await, []);
    assert_eq!(held_back(&house, &manager).await[0].consent.public, Answer::No);
}

#[tokio::test]
async fn wh3_its_teller_sees_that_and_on_which_ground_and_rules_it_as_before() {
    let house = House::open().await;
    let told = house.arrived("Mijn zus heet Anna.").await;
    let analyst = house.signed_in(Role::Analyst).await;
    let own = async || {
        let page = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
        (puts(&page).remove(0), serde_json::to_string(&page).unwrap())
    };
    assert!(is_done(&hold(&house, &told, &analyst, Ground::ThirdPerson).await));
    let (row, said) = own().await;
    let Row::OwnStory(story) = row else { panic!() };
    assert!(
        matches!(
            story.state,
            OwnState::Received {
                withheld: Some(Ground::ThirdPerson),
                ..
            }
        ),
        "{story:?}"
    );
    assert!(!said.contains(NOTE) && !said.contains("analyst"), "{said}");
    let mut phone = told.story.clone();
    assert!(phone.follow(&story, &domain::sync::outbox::Outbox::restore(Vec::new())));
    assert_eq!(phone.withheld, Some(Ground::ThirdPerson));
    assert!(is_done(&let_through(&house, &told, &analyst).await));
    let (Row::OwnStory(story), _) = own().await else {
        panic!()
    };
    assert!(phone.follow(&story, &domain::sync::outbox::Outbox::restore(Vec::new())));
    assert_eq!(phone.withheld, None);
    assert!(is_done(&hold(&house, &told, &analyst, Ground::Other).await));
    house.withdraw(&told).await;
    let manager = house.colleague(Role::Manager).await;
    assert_eq!(held_back(&house, &manager).await, []);
    assert_eq!(
        rejected(&let_through(&house, &told, &manager).await),
        Problem::StoryUnknown
    );
}

#[tokio::test]
async fn wh4_let_through_it_is_as_it_was_and_only_by_managers_or_who_held_it_back() {
    let house = House::open().await;
    let told = house.arrived("Een proefje.").await;
    let analyst = house.signed_in(Role::Analyst).await;
    let colleague = house.colleague(Role::Analyst).await;
    let manager = house.colleague(Role::Manager).await;
    let before = house
        .pull(Scope::Members(house.project.id), 0, &analyst)
        .await
        .unwrap();
    assert!(is_done(&hold(&house, &told, &analyst, Ground::NotAStory).await));
    let unknown = rejected(&let_through(&house, &told, &colleague).await);
    assert_eq!(unknown, Problem::StoryUnknown);
    assert_eq!(
        rejected(&hold(&house, &told, &colleague, Ground::Other).await),
        unknown,
        "a colleague does not see it any more"
    );
    for who in [&analyst, &manager] {
        assert!(is_done(&let_through(&house, &told, who).await));
        let after = house
            .pull(Scope::Members(house.project.id), 0, &analyst)
            .await
            .unwrap();
        assert_eq!(puts(&after), puts(&before));
        assert_eq!(found(&house, &colleague, "proefje").await, 1);
        assert_eq!(held_back(&house, &manager).await, []);
        assert!(is_done(&hold(&house, &told, &manager, Ground::Other).await));
    }
}

/// WH5, and what a screen that had it open says: that its teller took it back, only when they did.
#[tokio::test]
async fn wh5_a_story_taken_back_while_it_is_held_back_is_gone_for_managers_too() {
    let house = House::open().await;
    let told = house.arrived("Toch maar niet.").await;
    let manager = house.signed_in(Role::Manager).await;
    let analyst = house.colleague(Role::Analyst).await;
    hold(&house, &told, &manager, Ground::Danger).await;
    let scope = Scope::Managers(house.project.id);
    let had = house.pull(scope, 0, &manager).await.unwrap();
    let path = format!("/api/v1/stories/{}", told.story.id);
    let said = async |who: &Who| house.get(&path, who.cookie.as_deref()).await.problem();
    assert_eq!(said(&analyst).await, Problem::StoryUnknown);
    house.withdraw(&told).await;
    let after = house.pull(scope, had.cursor, &manager).await.unwrap();
    assert_eq!(gone(&after), [EntityRef::Summary(told.story.id)]);
    for member in [&manager, &analyst] {
        assert_eq!(said(member).await, Problem::StoryWithdrawn);
    }
    let (_, neighbour) = house.neighbour(Role::Manager).await;
    assert_eq!(said(&neighbour).await, Problem::StoryUnknown);
}

#[tokio::test]
async fn wh2_what_is_held_back_stays_so_when_everything_is_put_back_from_a_copy() {
    let house = House::open().await;
    let told = house.arrived("Haar adres staat erin.").await;
    let manager = house.signed_in(Role::Manager).await;
    assert!(is_done(&hold(&house, &told, &manager, Ground::Danger).await));
    let lost = house.closed().await;
    succeeds(lost.path(), &["backup", "backup.tar"]);
    let found = tempfile::tempdir().unwrap();
    fs::rename(lost.path().join("backup.tar"), found.path().join("backup.tar")).unwrap();
    succeeds(found.path(), &["restore", "backup.tar"]);
    let house = House::open_in(found).await;
    let (analyst, manager) = (
        house.signed_in(Role::Analyst).await,
        house.signed_in(Role::Manager).await,
    );
    assert_eq!(house.library(&analyst).await, []);
    let held = held_back(&house, &manager).await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].withheld.as_ref().unwrap().note.as_deref(), Some(NOTE));
}
