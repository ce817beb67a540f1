//! What is kept only for a time goes when its time is over, and nothing else does.

use crate::house::{House, Who, gone, puts, quiet, rejected};
use domain::command::{ChangeConsent, Command};
use domain::consent::{Answer, Use};
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{EntityRef, Scope};
use domain::sync::protocol::{PAGE_LIMIT, Pull, SyncRequest};
use domain::sync::replica::Replica;
use domain::time::Span;
use domain::voices::Voice;

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
