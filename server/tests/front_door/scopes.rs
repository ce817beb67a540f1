//! Who hears of what.

use crate::house::{House, Who, gone, puts, quiet};
use domain::consent::{Answer, Use};
use domain::member::Role;
use domain::scope::{EntityRef, Row, Scope};
use domain::story::OwnState;
use domain::sync::protocol::{PAGE_LIMIT, Pull, SyncRequest};

#[tokio::test]
async fn sy8_a_story_is_heard_of_by_members_and_by_its_teller_and_by_nobody_else() {
    let house = House::open().await;
    let (told, other) = (house.told("Van mij."), house.told("Van een ander."));
    house
        .push(
            vec![told.envelope.clone(), other.envelope.clone()],
            &Who::nobody(),
        )
        .await;
    let members = Scope::Members(house.project.id);
    let all = [
        members,
        told.scope(),
        other.scope(),
        Scope::Public(house.project.id),
    ];
    let seen_by = async |who: Who| {
        let pull = all.iter().map(|&scope| Pull { scope, cursor: 0 }).collect();
        let pages = house.sync(&SyncRequest { pull, ..quiet() }, &who).await.pages;
        pages.iter().map(|page| page.scope).collect::<Vec<_>>()
    };
    let public = Scope::Public(house.project.id);
    assert_eq!(seen_by(Who::nobody()).await, [public]);
    assert_eq!(seen_by(told.deliverer()).await, [public]);
    assert_eq!(seen_by(told.owner()).await, [told.scope(), public]);
    for role in [Role::Manager, Role::Analyst, Role::Facilitator] {
        assert_eq!(seen_by(house.signed_in(role).await).await, [members, public]);
    }
    for role in [Role::Reporter, Role::Manager] {
        assert_eq!(seen_by(house.neighbour(role).await.1).await, [public]);
    }
}

#[tokio::test]
async fn sy8_the_teller_sees_everything_and_the_library_only_the_summary() {
    let house = House::open().await;
    let told = house.told("Alleen ik lees dit hier.");
    house.push_one(told.envelope.clone(), &Who::nobody()).await;
    let page = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
    let [Row::OwnStory(own)] = &puts(&page)[..] else {
        panic!("{page:?}")
    };
    let OwnState::Received { content, consent, .. } = &own.state else {
        panic!("{own:?}")
    };
    assert_eq!(Some(content), told.story.content.as_ref());
    assert_eq!(consent, &told.story.consent);
    let analyst = house.signed_in(Role::Analyst).await;
    let page = house
        .pull(Scope::Members(house.project.id), 0, &analyst)
        .await
        .unwrap();
    assert!(matches!(&puts(&page)[..], [Row::Summary(summary)] if summary.words == 5));
    assert!(!serde_json::to_string(&page).unwrap().contains("Alleen ik"));
}

#[tokio::test]
async fn sy4_a_withdrawn_story_is_gone_for_who_had_it_and_never_was_for_who_had_not() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let members = Scope::Members(house.project.id);
    let before = house.pull(members, 0, &analyst).await.unwrap();
    let mut told = house.told("Kort hier.");
    house.push_one(told.envelope.clone(), &Who::nobody()).await;
    let had = house.pull(members, before.cursor, &analyst).await.unwrap();
    let withdraw = house.envelope(told.story.take_back().unwrap());
    house.push_one(withdraw, &told.owner()).await;

    let after = house.pull(members, had.cursor, &analyst).await.unwrap();
    assert_eq!(gone(&after), [EntityRef::Summary(told.story.id)]);
    for cursor in [0, before.cursor] {
        let never_had = house.pull(members, cursor, &analyst).await.unwrap();
        assert!(never_had.lines.is_empty(), "{never_had:?}");
        assert_eq!(never_had.cursor, after.cursor);
    }
    let own = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
    assert!(matches!(&puts(&own)[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
}

#[tokio::test]
async fn sy3_each_thing_comes_once_with_its_present_content() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let mut told = house.told("Wie mag het horen?");
    house.push_one(told.envelope.clone(), &Who::nobody()).await;
    for to in [Use::Public, Use::Report] {
        let wish = told.story.choices().with(to, Answer::No);
        let change = house.envelope(told.story.choose(wish).unwrap());
        house.push_one(change, &told.owner()).await;
    }
    let page = house
        .pull(Scope::Members(house.project.id), 0, &analyst)
        .await
        .unwrap();
    assert_eq!((page.lines.len(), page.cursor), (1, 3));
    let [Row::Summary(summary)] = &puts(&page)[..] else {
        panic!("{page:?}")
    };
    assert_eq!(summary.consent, told.story.choices());
}

#[tokio::test]
async fn sy5_a_long_scope_comes_in_pages() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let count = PAGE_LIMIT + 30;
    for start in (0..count).step_by(50) {
        let told = (start..count.min(start + 50))
            .map(|n| house.told(&format!("Verhaal {n}.")).envelope)
            .collect();
        house.push(told, &Who::nobody()).await;
    }
    let scope = Scope::Members(house.project.id);
    let first = house.pull(scope, 0, &analyst).await.unwrap();
    assert!(first.more && first.lines.len() == PAGE_LIMIT);
    let second = house.pull(scope, first.cursor, &analyst).await.unwrap();
    assert!(!second.more && second.lines.len() == 30);
    let revisions: Vec<_> = first
        .lines
        .iter()
        .chain(&second.lines)
        .map(|line| line.revision)
        .collect();
    assert!(revisions.is_sorted_by(|a, b| a < b));
    let end = house.pull(scope, second.cursor, &analyst).await.unwrap();
    assert!(end.lines.is_empty() && end.cursor == second.cursor);
}

#[tokio::test]
async fn a_cursor_of_a_lost_database_starts_the_scope_over() {
    let house = House::open().await;
    let scope = Scope::Public(house.project.id);
    let page = house.pull(scope, 900, &Who::nobody()).await.unwrap();
    assert!(page.reload && puts(&page).len() == 1 && page.cursor == 1);
}

#[tokio::test]
async fn the_epoch_travels_with_every_answer() {
    let house = House::open().await;
    assert_eq!(house.sync(&quiet(), &Who::nobody()).await.epoch, 1);
}

#[tokio::test]
async fn a_project_nobody_made_has_no_public_scope() {
    let house = House::open().await;
    let id = domain::id::ProjectId::random(&mut house.state.entropy.clone());
    assert_eq!(house.pull(Scope::Public(id), 0, &Who::nobody()).await, None);
}
