//! What staff take along: who may, how much, until when, and what is told to whoever takes their story back.

use crate::derivatives::drawing;
use crate::house::{House, Reply, Told, Who};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::command::{Command, WithdrawStory};
use domain::id::StoryId;
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{Row, Scope};
use domain::story::{OwnState, OwnStory};
use domain::sync::lease::{LEASE_SPAN, LEASE_STORIES, LeaseGiven, LeaseWish};
use domain::time::{Span, Timestamp};

async fn ask(house: &House, who: &Who, stories: &[StoryId]) -> Reply {
    let wish = LeaseWish {
        stories: stories.to_vec(),
    };
    let body = Body::from(serde_json::to_vec(&wish).unwrap());
    house
        .send(Method::PUT, "/api/v1/lease", who.cookie.as_deref(), body)
        .await
}

async fn take(house: &House, who: &Who, stories: &[StoryId]) -> LeaseGiven {
    let reply = ask(house, who, stories).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.json()
}

/// Takes a story back, and what its teller is told then and with every later question.
async fn taken_back(house: &House, told: &Told) -> Option<Timestamp> {
    let withdraw = Command::WithdrawStory(WithdrawStory { story: told.story.id });
    acknowledged_or_done(house, told, withdraw).await;
    until(house, told).await
}

async fn acknowledged_or_done(house: &House, told: &Told, command: Command) {
    let verdict = house.push_one(house.envelope(command), &told.owner()).await;
    assert!(matches!(
        verdict,
        domain::sync::protocol::Verdict::Committed { .. }
    ));
}

async fn until(house: &House, told: &Told) -> Option<Timestamp> {
    let page = house
        .pull(Scope::Story(told.story.id), 0, &told.owner())
        .await
        .unwrap();
    let own: Vec<OwnStory> = crate::house::puts(&page)
        .iter()
        .filter_map(|row| match row {
            Row::OwnStory(own) => Some((**own).clone()),
            _ => None,
        })
        .collect();
    let [own] = &own[..] else {
        panic!("one story, not {own:?}")
    };
    assert_eq!(own.state, OwnState::Withdrawn);
    own.held_until
}

#[tokio::test]
async fn le1_only_what_a_member_may_read_is_given_and_the_rest_is_left_out_alike() {
    let house = House::open().await;
    let (first, second) = (
        house.arrived("Dit mag mee.").await,
        house.arrived("Dit ook.").await,
    );
    let unknown = house.told("Dit kwam nooit aan.").story.id;
    let asked = [second.story.id, unknown, first.story.id, second.story.id];
    for role in [Role::Analyst, Role::Facilitator, Role::Manager] {
        let who = house.signed_in(role).await;
        let given = take(&house, &who, &asked).await;
        assert_eq!(given.stories, [second.story.id, first.story.id]);
        assert_eq!(given.server_time, house.now());
        assert_eq!(given.ends_at, house.now().after(LEASE_SPAN));
    }
    for who in [
        house.colleague(Role::Reporter).await,
        house.neighbour(Role::Manager).await.1,
    ] {
        assert!(take(&house, &who, &asked).await.stories.is_empty());
    }
    for who in [Who::nobody(), first.owner()] {
        let refused = ask(&house, &who, &asked).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.problem(), Problem::NotSignedIn);
    }
}

#[tokio::test]
async fn le1_it_ends_with_the_sign_in_when_that_is_sooner() {
    let house = House::open().await;
    let told = house.arrived("Bijna voorbij.").await;
    let who = house.signed_in(Role::Analyst).await;
    let signed_in_until = house.now().after(Span::days(30));
    house.clock.pass(Span::days(27));
    let given = take(&house, &who, &[told.story.id]).await;
    assert_eq!(given.ends_at, signed_in_until);
}

#[tokio::test]
async fn le1_a_hundred_and_one_stories_are_too_many() {
    let house = House::open().await;
    let who = house.signed_in(Role::Analyst).await;
    let some = |count: u128| -> Vec<StoryId> {
        (0..count)
            .map(|number| StoryId(uuid::Uuid::from_u128(number)))
            .collect()
    };
    let most = ask(&house, &who, &some(LEASE_STORIES as u128)).await;
    assert_eq!(most.status, StatusCode::OK);
    let more = ask(&house, &who, &some(LEASE_STORIES as u128 + 1)).await;
    assert_eq!(more.status, StatusCode::BAD_REQUEST);
    assert_eq!(more.problem(), Problem::Malformed);
}

#[tokio::test]
async fn le1_what_is_still_coming_is_not_given() {
    let house = House::open().await;
    let spoken = house.announced(1, &[5_000]).await;
    let drawn = house.came(2, vec![drawing()]).await;
    house.derive().await;
    let who = house.signed_in(Role::Analyst).await;
    let asked = [spoken.told.story.id, drawn.told.story.id];
    assert_eq!(take(&house, &who, &asked).await.stories, [drawn.told.story.id]);
}

#[tokio::test]
async fn le6_who_takes_a_story_back_is_told_until_when_a_device_may_hold_it() {
    let house = House::open().await;
    let told = house.arrived("Dit ging mee.").await;
    let other = house.arrived("Dit bleef hier.").await;
    let (laptop, tablet) = (
        house.signed_in(Role::Analyst).await,
        house.signed_in(Role::Manager).await,
    );
    take(&house, &laptop, &[told.story.id]).await;
    house.clock.pass(Span::days(2));
    let last = take(&house, &tablet, &[told.story.id]).await.ends_at;
    // The latest counts, and a later question hears the same.
    assert_eq!(taken_back(&house, &told).await, Some(last));
    house.clock.pass(Span::days(1));
    assert_eq!(until(&house, &told).await, Some(last));
    assert_eq!(taken_back(&house, &other).await, None);
    // It stands nowhere but with the story, and there no longer than it is true.
    house.clock.pass(Span::days(6));
    server::forget::what_is_old(&house.state.db, house.now())
        .await
        .unwrap();
    assert_eq!(until(&house, &told).await, None);
}

#[tokio::test]
async fn le6_what_was_given_back_or_is_over_is_held_by_nobody() {
    let house = House::open().await;
    let [back, out, over, less] = [
        house.arrived("Teruggegeven.").await,
        house.arrived("Afgemeld.").await,
        house.arrived("Voorbij.").await,
        house.arrived("Nog maar de helft.").await,
    ];
    let [first, second, third] = [
        house.signed_in(Role::Analyst).await,
        house.signed_in(Role::Manager).await,
        house.signed_in(Role::Facilitator).await,
    ];
    take(&house, &third, &[over.story.id]).await;
    house.clock.pass(LEASE_SPAN);
    take(&house, &first, &[back.story.id, less.story.id]).await;
    let kept = take(&house, &first, &[less.story.id]).await.ends_at;
    take(&house, &second, &[out.story.id]).await;
    house
        .send(
            Method::DELETE,
            "/api/v1/sign-in",
            second.cookie.as_deref(),
            Body::empty(),
        )
        .await;
    for told in [&back, &out, &over] {
        assert_eq!(taken_back(&house, told).await, None);
    }
    assert_eq!(taken_back(&house, &less).await, Some(kept));
}

#[tokio::test]
async fn le6_of_a_lease_nothing_is_kept_that_tells_a_story_or_a_member() {
    let house = House::open().await;
    let told = house.arrived("Geheim woord: kaneelmolen.").await;
    let who = house.signed_in(Role::Analyst).await;
    take(&house, &who, &[told.story.id]).await;
    let columns = house.state.db.read(|db| {
        let mut statement = db.prepare("SELECT name FROM pragma_table_info('lease')")?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        Ok(names.collect::<Result<Vec<_>, _>>()?)
    });
    assert_eq!(columns.await.unwrap(), ["sign_in", "story", "ends_at"]);
}
