//! What is kept only for a time goes when its time is over, and nothing else does.

use crate::house::{self, House, Who, gone, puts, quiet, rejected};
use axum::http::StatusCode;
use domain::command::{ChangeConsent, Command};
use domain::consent::{Answer, Use};
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{EntityRef, Scope};
use domain::sync::protocol::{PAGE_LIMIT, Pull, SyncRequest};
use domain::sync::replica::Replica;
use domain::time::Span;
use domain::voices::Voice;
use server::forget::Watch;
use std::fs;
use std::time::Duration;

/// So many days later, when the server has done what it does every day.
async fn days_later(house: &House, days: i64) {
    house.clock.pass(Span::days(days));
    server::forget::what_is_old(&house.state.db, house.now())
        .await
        .unwrap();
}

/// Pulls until nothing is left; how many pages that took, and whether any started the scope over.
async fn follow(house: &House, replica: &mut Replica, who: &Who) -> (usize, bool) {
    let (mut pages, mut reloaded) = (0, false);
    loop {
        let pull: Vec<Pull> = replica.pulls();
        let request = SyncRequest {
            pull: pull.clone(),
            ..quiet()
        };
        let answer = house.sync(&request, who).await;
        let more = answer.pages.iter().any(|page| page.more);
        for (_, applied) in replica.apply_answer(&pull, answer.pages) {
            reloaded |= applied.reloaded;
        }
        pages += 1;
        assert!(pages < 10, "a pull that never ends");
        if !more {
            return (pages, reloaded);
        }
    }
}

#[tokio::test]
async fn sy1_a_verdict_is_remembered_for_thirteen_months() {
    let house = House::open().await;
    let told = house.arrived("Dertien maanden.").await;
    let all = told.story.choices();
    let choose = |seen, choices| {
        house.envelope(Command::ChangeConsent(ChangeConsent {
            story: told.story.id,
            voice: Voice::First,
            seen,
            saw: None,
            choices,
            guardian: None,
        }))
    };
    let narrow = choose(1, all.with(Use::Public, Answer::No));
    let narrower = choose(2, all.with(Use::Public, Answer::No).with(Use::Report, Answer::No));
    let stale = choose(1, all);
    house.push_one(narrow, &told.owner()).await;
    let outdated = |current| Problem::ConsentOutdated { current };
    let verdict = house.push_one(stale.clone(), &told.owner()).await;
    assert_eq!(rejected(&verdict), outdated(2));
    house.push_one(narrower, &told.owner()).await;

    days_later(&house, 396).await;
    let verdict = house.push_one(stale.clone(), &told.owner()).await;
    assert_eq!(rejected(&verdict), outdated(2), "a retry gets the same verdict");
    days_later(&house, 2).await;
    let verdict = house.push_one(stale, &told.owner()).await;
    assert_eq!(rejected(&verdict), outdated(3), "decided anew");
}

#[tokio::test]
async fn sy5_who_missed_an_end_of_half_a_year_ago_gets_everything_anew_and_who_heard_it_does_not() {
    let house = House::open().await;
    let scope = Scope::Members(house.project.id);
    let (stays, goes) = (
        house.arrived("Dit blijft.").await,
        house.arrived("Dit gaat.").await,
    );
    let analyst = house.signed_in(Role::Analyst).await;
    let mut away = Replica::default();
    away.follow(scope, 0, []);
    follow(&house, &mut away, &analyst).await;
    let mut heard = away.clone();
    let left = goes.story.id;
    house.withdraw(&goes).await;
    follow(&house, &mut heard, &analyst).await;

    days_later(&house, 180).await;
    let analyst = house.signed_in(Role::Analyst).await;
    let page = house.pull(scope, away.cursor(scope), &analyst).await.unwrap();
    assert_eq!(gone(&page), [EntityRef::Summary(left)]);

    days_later(&house, 1).await;
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(follow(&house, &mut heard, &analyst).await, (1, false));
    assert_eq!(follow(&house, &mut away, &analyst).await, (1, true));
    let there = [EntityRef::Summary(stays.story.id)];
    for replica in [&heard, &away] {
        assert!(replica.rows(scope).map(|row| row.entity()).eq(there));
    }
    let page = house.pull(scope, 0, &analyst).await.unwrap();
    assert!(!page.reload && puts(&page).len() == 1);
}

#[tokio::test]
async fn sy5_a_long_scope_whose_beginning_is_forgotten_comes_whole() {
    let house = House::open().await;
    let scope = Scope::Members(house.project.id);
    let goes = house.arrived("Dit gaat.").await;
    let tell = async |count: usize| {
        for start in (0..count).step_by(50) {
            let told = (start..count.min(start + 50))
                .map(|n| house.told(&format!("Verhaal {n}.")).envelope)
                .collect();
            house.push(told, &Who::nobody()).await;
        }
    };
    let before = PAGE_LIMIT + 30;
    tell(before).await;
    let analyst = house.signed_in(Role::Analyst).await;
    let mut away = Replica::default();
    away.follow(scope, 0, []);
    follow(&house, &mut away, &analyst).await;
    house.withdraw(&goes).await;
    tell(40).await;

    days_later(&house, 181).await;
    let analyst = house.signed_in(Role::Analyst).await;
    let mut new = Replica::default();
    new.follow(scope, 0, []);
    assert_eq!(follow(&house, &mut new, &analyst).await, (2, false));
    assert_eq!(follow(&house, &mut away, &analyst).await, (2, true));
    assert_eq!(new, away);
    assert_eq!(new.rows(scope).count(), before + 40);
}

/// What the server does every day, after so many days by its clock and so many by the machine.
async fn another_day(house: &House, watch: &mut Option<Watch>) {
    server::forget::today(&house.state, watch).await.unwrap();
}

#[test]
fn ba8_s10_a_clock_that_jumps_is_not_believed_until_it_went_on_so_for_a_day() {
    let day = Duration::from_secs(86_400);
    let (start, days) = (house::NOW, |days| house::NOW.after(Span::days(days)));
    let mut watch = Watch::resume(None, day);
    assert!(watch.believes(start, day), "the first day there ever is");
    assert!(watch.believes(days(1), day * 2));
    assert!(!watch.believes(days(3_650), day * 3), "ten years in a day");
    assert!(watch.believes(days(3_651), day * 4), "and it goes on from there");
    assert!(
        watch.believes(days(4), day * 5),
        "set right: by what is earlier nothing is forgotten too soon"
    );
    assert!(watch.believes(days(5), day * 6));
    // Started again with another clock; and after a holiday, which looks the same.
    let mut again = Watch::resume(Some(days(5)), Duration::ZERO);
    assert!(!again.believes(days(40), Duration::from_secs(5)));
    assert!(again.believes(days(41), day + Duration::from_secs(5)));
    let mut soon = Watch::resume(Some(days(5)), Duration::ZERO);
    assert!(soon.believes(days(6), Duration::ZERO));
}

#[tokio::test]
async fn ba8_s10_what_a_jump_of_the_clock_would_forget_stays_and_nobody_is_signed_in_again_when_it_goes_back()
{
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let signed_in = async |house: &House| {
        let reply = house.get("/api/v1/me", analyst.cookie.as_deref()).await;
        reply.status == StatusCode::OK
    };
    let mut watch = None;
    another_day(&house, &mut watch).await;
    assert!(signed_in(&house).await);
    // Ten years ahead, and seen to be so: nothing is forgotten, and once it is set right everything is as it was.
    house.clock.jump(Span::days(3_650));
    another_day(&house, &mut watch).await;
    assert!(!signed_in(&house).await);
    house.clock.jump(Span(-Span::days(3_650).0));
    another_day(&house, &mut watch).await;
    assert!(signed_in(&house).await);
    // A sign-in that is over by a clock that goes as it must stays over, whatever the clock says later.
    for _ in 0..31 {
        house.clock.pass(Span::days(1));
        another_day(&house, &mut watch).await;
    }
    assert!(!signed_in(&house).await);
    house.clock.jump(Span(-Span::days(20).0));
    assert!(!signed_in(&house).await);
}

/// The copy of before a migration holds stories: it goes with the first that is taken back.
#[tokio::test]
async fn ba7_s9_the_copy_of_before_a_migration_goes_before_a_withdrawal_is_answered() {
    let house = House::open().await;
    let told = house.arrived("Kanarie in een kopie.").await;
    let before = house.folder.path().join("data/before");
    fs::create_dir(&before).unwrap();
    let copy = before.join("version-1.sqlite");
    fs::write(&copy, "Kanarie in een kopie.").unwrap();
    house.arrived("Een ander verhaal.").await;
    assert!(copy.exists());
    house.withdraw(&told).await;
    assert!(!copy.exists());
}

#[tokio::test]
async fn ba9_s6_once_a_week_every_byte_is_held_against_its_hash() {
    let house = House::open().await;
    let verified = async |house: &House| {
        let rounds = house.state.db.read(server::storage::meta::rounds);
        rounds.await.unwrap().1
    };
    let mut watch = None;
    another_day(&house, &mut watch).await;
    let first = house.now();
    for _ in 0..6 {
        house.clock.pass(Span::days(1));
        another_day(&house, &mut watch).await;
        assert_eq!(verified(&house).await, Some(first));
    }
    house.clock.pass(Span::days(1));
    another_day(&house, &mut watch).await;
    assert_eq!(verified(&house).await, Some(house.now()));
}
