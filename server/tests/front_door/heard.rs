//! Which stories a member heard: their own, on all their devices, and gone with the story.

use crate::house::{House, Told, Who, gone, puts, rejected};
use domain::command::Command;
use domain::id::MemberId;
use domain::member::{Heard, Me, Role};
use domain::problem::Problem;
use domain::scope::{EntityRef, Scope};
use domain::story::Content;
use domain::sync::protocol::Verdict;

async fn member_of(house: &House, who: &Who) -> MemberId {
    let me: Me = house.get("/api/v1/me", who.cookie.as_deref()).await.json();
    me.member.id
}

async fn mark(house: &House, told: &Told, who: &Who) -> Verdict {
    let command = Command::MarkHeard(Heard { story: told.story.id });
    house.push_one(house.envelope(command), who).await
}

async fn unmark(house: &House, told: &Told, who: &Who) -> Verdict {
    let command = Command::MarkUnheard(Heard { story: told.story.id });
    house.push_one(house.envelope(command), who).await
}

fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Committed { .. })
}

#[tokio::test]
async fn he1_marking_is_for_who_may_read_and_everybody_else_is_answered_alike() {
    let house = House::open().await;
    let told = house.arrived("Wie heeft dit gehoord?").await;
    for role in [Role::Analyst, Role::Facilitator, Role::Manager] {
        let who = house.signed_in(role).await;
        assert!(is_done(&mark(&house, &told, &who).await));
        assert!(is_done(&unmark(&house, &told, &who).await));
    }
    let analyst = house.signed_in(Role::Analyst).await;
    let mut unknown = told.clone();
    unknown.story.id = house.told("Dit kwam nooit aan.").story.id;
    let nothing = rejected(&mark(&house, &unknown, &analyst).await);
    assert_eq!(nothing, Problem::StoryUnknown);
    for who in [
        Who::nobody(),
        told.owner(),
        house.colleague(Role::Reporter).await,
        house.neighbour(Role::Manager).await.1,
    ] {
        assert_eq!(rejected(&mark(&house, &told, &who).await), nothing);
        assert_eq!(rejected(&unmark(&house, &told, &who).await), nothing);
    }
}

#[tokio::test]
async fn he1_a_story_of_which_bytes_are_still_to_come_is_not_there_to_be_heard() {
    let house = House::open().await;
    let mut told = house.told("Er hoort nog een foto bij.");
    if let Command::FinalizeStory(finalize) = &mut told.envelope.command {
        let photo = domain::clip::Clip {
            id: domain::id::ClipId(told.story.id.0),
            kind: domain::clip::ClipKind::Photo,
            media_type: "image/jpeg".to_owned(),
            length: 5,
            millis: 0,
            sha256: domain::Sha256::of(b"bytes"),
            words: None,
        };
        finalize.content.clips.push(photo);
        finalize.parts = Content::parts(&finalize.content);
    }
    house.push_one(told.envelope.clone(), &Who::nobody()).await;
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(
        rejected(&mark(&house, &told, &analyst).await),
        Problem::StoryUnknown
    );
}

#[tokio::test]
async fn he1_marking_twice_is_done_and_no_news() {
    let house = House::open().await;
    let told = house.arrived("Nog een keer.").await;
    let analyst = house.signed_in(Role::Analyst).await;
    let scope = Scope::Member(member_of(&house, &analyst).await);
    let cursor = async || house.pull(scope, 0, &analyst).await.unwrap().cursor;
    assert!(is_done(&unmark(&house, &told, &analyst).await));
    assert_eq!(cursor().await, 0);
    for _ in 0..2 {
        assert!(is_done(&mark(&house, &told, &analyst).await));
        assert_eq!(cursor().await, 1);
    }
    for _ in 0..2 {
        assert!(is_done(&unmark(&house, &told, &analyst).await));
        assert_eq!(cursor().await, 2);
    }
}

#[tokio::test]
async fn he2_a_mark_comes_to_every_device_of_the_member_and_to_nobody_else() {
    let house = House::open().await;
    let told = house.arrived("Voor mijn beide schermen.").await;
    let (laptop, tablet) = (
        house.signed_in(Role::Analyst).await,
        house.signed_in(Role::Analyst).await,
    );
    let member = member_of(&house, &laptop).await;
    assert_eq!(member, member_of(&house, &tablet).await);
    let scope = Scope::Member(member);
    mark(&house, &told, &laptop).await;
    let page = house.pull(scope, 0, &tablet).await.unwrap();
    assert_eq!(
        puts(&page).iter().map(|row| row.entity()).collect::<Vec<_>>(),
        [EntityRef::Heard(told.story.id)]
    );
    for other in [
        Who::nobody(),
        told.owner(),
        house.signed_in(Role::Manager).await,
        house.colleague(Role::Analyst).await,
        house.neighbour(Role::Analyst).await.1,
    ] {
        assert!(house.pull(scope, 0, &other).await.is_none());
    }
    // Nor does anything of it stand where others look.
    let manager = house.signed_in(Role::Manager).await;
    let library = Scope::Members(house.project.id);
    let page = house.pull(library, 0, &manager).await.unwrap();
    assert!(!serde_json::to_string(&page).unwrap().contains("heard"));

    unmark(&house, &told, &tablet).await;
    let page = house.pull(scope, 1, &laptop).await.unwrap();
    assert_eq!(gone(&page), [EntityRef::Heard(told.story.id)]);
}

#[tokio::test]
async fn he3_a_story_that_is_taken_back_takes_its_marks_along() {
    let house = House::open().await;
    let (mut told, stays) = (
        house.arrived("Ik neem dit terug.").await,
        house.arrived("Dit blijft.").await,
    );
    let (analyst, manager) = (
        house.signed_in(Role::Analyst).await,
        house.signed_in(Role::Manager).await,
    );
    for who in [&analyst, &manager] {
        mark(&house, &told, who).await;
        mark(&house, &stays, who).await;
    }
    let command = told.story.take_back().unwrap();
    house.push_one(house.envelope(command), &told.owner()).await;
    for who in [&analyst, &manager] {
        let scope = Scope::Member(member_of(&house, who).await);
        let page = house.pull(scope, 2, who).await.unwrap();
        assert_eq!(gone(&page), [EntityRef::Heard(told.story.id)]);
        let anew = house.pull(scope, 0, who).await.unwrap();
        assert_eq!(puts(&anew).len(), 1);
        assert_eq!(rejected(&mark(&house, &told, who).await), Problem::StoryUnknown);
    }
    let folder = house.closed().await;
    let db = rusqlite::Connection::open(folder.path().join("data/vertelpunt.sqlite")).unwrap();
    let marks = |id: uuid::Uuid| {
        db.query_row("SELECT count(*) FROM heard WHERE story = ?1", [id], |row| {
            row.get::<_, u32>(0)
        })
        .unwrap()
    };
    assert_eq!([marks(told.story.id.0), marks(stays.story.id.0)], [0, 2]);
}
