//! Pushing: every command at most once, every retry the same answer.

use crate::house::{House, Who, acknowledged, puts, quiet, rejected};
use axum::http::{StatusCode, header};
use domain::command::Command;
use domain::decide::Sender;
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{Row, Scope};
use domain::sync::authority::receive;
use domain::sync::protocol::{
    KEYS_LIMIT, PROTOCOL, PULL_LIMIT, PUSH_LIMIT, Pull, SyncRequest, SyncResponse, Verdict,
};
use domain::time::Span;
use server::storage::ledger::TxLedger;
use server::storage::{Error, Keys};

#[tokio::test]
async fn sy1_a_retry_hears_the_same_verdict() {
    let house = House::open().await;
    let told = house.told("Werk is thuiskomen.");
    let (already, first) = acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    assert!(!already && first.confirms(told.story.id, &told.story.parts));
    house.clock.pass(Span::days(390));
    let (already, again) = acknowledged(&house.push_one(told.envelope, &Who::nobody()).await);
    assert!(already);
    assert_eq!(first, again);
}

#[tokio::test]
async fn sy1_a_refusal_is_remembered_too() {
    let house = House::open().await;
    let told = house.told("Zonder project.");
    let mut envelope = told.envelope;
    if let Command::FinalizeStory(finalize) = &mut envelope.command {
        finalize.parts[0].length += 1;
    }
    for _ in 0..2 {
        let verdict = house.push_one(envelope.clone(), &Who::nobody()).await;
        assert_eq!(rejected(&verdict), Problem::ManifestMismatch);
    }
}

#[tokio::test]
async fn p19_a_response_lost_after_the_commit_leaves_one_story() {
    let house = House::open().await;
    let told = house.told("Het antwoord komt nooit aan.");
    drop(house.push_one(told.envelope.clone(), &Who::nobody()).await);
    let (already, answer) = acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    assert!(already && answer.confirms(told.story.id, &told.story.parts));
    // A phone that restored itself offers it again under another command's id.
    let anew = house.envelope(told.envelope.command.clone());
    let (_, answer) = acknowledged(&house.push_one(anew, &told.deliverer()).await);
    assert!(answer.confirms(told.story.id, &told.story.parts));
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await.len(), 1);
}

#[tokio::test]
async fn p19_an_acknowledged_story_is_there_after_a_restart() {
    let house = House::open().await;
    let told = house.told("Vóór de herstart.");
    house.push_one(told.envelope.clone(), &Who::nobody()).await;
    let house = house.restarted().await;
    assert!(acknowledged(&house.push_one(told.envelope, &Who::nobody()).await).0);
}

#[tokio::test]
async fn p12_two_tabs_that_send_the_same_fifty_stories_bring_fifty() {
    let house = House::open().await;
    let told: Vec<_> = (0..50)
        .map(|n| house.told(&format!("Verhaal {n}")).envelope)
        .collect();
    let backwards: Vec<_> = told.iter().rev().cloned().collect();
    let nobody = Who::nobody();
    let (one, two) = tokio::join!(house.push(told, &nobody), house.push(backwards, &nobody));
    let mut first_times = 0;
    for (one, two) in one.iter().zip(two.iter().rev()) {
        let ((already_one, one), (already_two, two)) = (acknowledged(one), acknowledged(two));
        assert_eq!(one, two);
        first_times += u32::from(!already_one) + u32::from(!already_two);
    }
    assert_eq!(first_times, 50);
    let manager = house.signed_in(Role::Manager).await;
    assert_eq!(house.library(&manager).await.len(), 50);
}

#[tokio::test]
async fn p13_a_phone_whose_clock_is_ten_years_off_is_believed_in_everything_but_the_time() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let ten_years = Span::days(3_653);
    for moment in [
        house.now().after(ten_years),
        domain::time::Timestamp(house.now().0 - ten_years.0),
    ] {
        let told = house.told_at("Mijn klok loopt anders.", moment, |_| {});
        acknowledged(&house.push_one(told.envelope, &Who::nobody()).await);
    }
    let page = house
        .pull(Scope::Members(house.project.id), 0, &analyst)
        .await
        .unwrap();
    for row in puts(&page) {
        let Row::Summary(summary) = row else {
            panic!("a summary")
        };
        assert_eq!(summary.received_at, house.now());
    }
}

#[tokio::test]
async fn one_unreadable_command_is_refused_alone() {
    let house = House::open().await;
    let (before, after) = (house.told("Ervoor."), house.told("Erna."));
    let request = SyncRequest {
        push: vec![before.envelope, after.envelope],
        ..quiet()
    };
    let mut json = serde_json::to_value(request).unwrap();
    let broken = serde_json::json!({
        "id": "1f0c3a52-3a63-4c1e-9f0a-2f6f4a1f7a10", "sequence": 1, "command": {"of_the_future": {"x": [1]}}
    });
    json["push"].as_array_mut().unwrap().insert(1, broken);
    let reply = house
        .try_sync(serde_json::to_vec(&json).unwrap(), &Who::nobody())
        .await;
    let outcomes = reply.json::<SyncResponse>().outcomes;
    acknowledged(&outcomes[0].verdict);
    assert_eq!(rejected(&outcomes[1].verdict), Problem::Malformed);
    acknowledged(&outcomes[2].verdict);
}

#[tokio::test]
async fn the_order_in_one_request_is_the_order_of_deciding() {
    let house = House::open().await;
    let mut told = house.told("Toch maar niet.");
    let withdraw = house.envelope(told.story.take_back().unwrap());
    let verdicts = house
        .push(vec![told.envelope.clone(), withdraw], &told.owner())
        .await;
    assert!(
        verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Committed { .. })),
        "{verdicts:?}"
    );
}

#[tokio::test]
async fn p15_the_answer_repeats_the_nonce_and_is_never_kept() {
    let house = House::open().await;
    let reply = house
        .try_sync(serde_json::to_vec(&quiet()).unwrap(), &Who::nobody())
        .await;
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    let answer: SyncResponse = reply.json();
    assert_eq!(
        (answer.nonce, answer.protocol, answer.epoch),
        (quiet().nonce, PROTOCOL, 1)
    );
    assert_eq!(answer.server_time, house.now());
}

#[tokio::test]
async fn what_is_more_than_a_request_may_hold_is_refused() {
    let house = House::open().await;
    let told = house.told("Nog een.");
    let push = vec![told.envelope.clone(); PUSH_LIMIT + 1];
    let pull = vec![
        Pull {
            scope: told.scope(),
            cursor: 0
        };
        PULL_LIMIT + 1
    ];
    let requests = [SyncRequest { push, ..quiet() }, SyncRequest { pull, ..quiet() }];
    let mut bodies: Vec<_> = requests
        .iter()
        .map(|request| serde_json::to_vec(request).unwrap())
        .collect();
    bodies.push(b"<html>".to_vec());
    bodies.push(Vec::new());
    for body in bodies {
        let reply = house.try_sync(body, &Who::nobody()).await;
        assert_eq!(
            (reply.status, reply.problem()),
            (StatusCode::BAD_REQUEST, Problem::Malformed)
        );
    }
    let body = serde_json::to_vec(&quiet()).unwrap();
    for keys in [vec!["zz".to_owned()], vec!["ab".repeat(32); KEYS_LIMIT + 1]] {
        let reply = house.try_sync(body.clone(), &Who { cookie: None, keys }).await;
        assert_eq!(reply.problem(), Problem::Malformed);
    }
}

#[tokio::test]
async fn p16_a_body_over_the_limit_is_refused_with_the_limit() {
    let house = House::open().await;
    let reply = house.try_sync(vec![b' '; (1 << 20) + 1], &Who::nobody()).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.problem(), Problem::TooLarge { limit: 1 << 20 });
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let house = House::open().await;
    let request = axum::http::Request::post("/api/v1/sync").header(header::CONTENT_ENCODING, "gzip");
    let reply = house
        .ask(
            request
                .body(serde_json::to_vec(&quiet()).unwrap().into())
                .unwrap(),
        )
        .await;
    assert_eq!(reply.problem(), Problem::Malformed);
}

#[tokio::test]
async fn p24_a_phone_too_old_is_told_so_and_its_outbox_is_still_accepted() {
    let house = House::open().await;
    let told = house.told("Van een oude telefoon.");
    let pull = vec![Pull {
        scope: Scope::Public(house.project.id),
        cursor: 0,
    }];
    let only_pull = SyncRequest {
        protocol: 0,
        pull: pull.clone(),
        ..quiet()
    };
    let reply = house
        .try_sync(serde_json::to_vec(&only_pull).unwrap(), &Who::nobody())
        .await;
    assert_eq!(reply.problem(), Problem::ProtocolTooOld { oldest: 1 });
    let both = SyncRequest {
        protocol: 0,
        push: vec![told.envelope],
        pull,
        ..quiet()
    };
    let answer = house.sync(&both, &Who::nobody()).await;
    acknowledged(&answer.outcomes[0].verdict);
    assert!(answer.pages.is_empty() && answer.protocol == PROTOCOL);
}

#[tokio::test]
async fn only_the_instance_makes_projects() {
    let house = House::open().await;
    let manager = house.signed_in(Role::Manager).await;
    let mut project = house.project.clone();
    project.id = domain::id::ProjectId::random(&mut house.state.entropy.clone());
    project.entries.clear();
    let envelope = house.envelope(Command::CreateProject(Box::new(project)));
    assert_eq!(
        rejected(&house.push_one(envelope, &manager).await),
        Problem::Forbidden
    );
}

#[tokio::test]
async fn a_long_pull_answers_when_a_story_comes_in() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = house.told("Terwijl iemand wacht.");
    let scope = Scope::Members(house.project.id);
    let wait = SyncRequest {
        pull: vec![Pull { scope, cursor: 0 }],
        wait: 25,
        ..quiet()
    };
    let nobody = Who::nobody();
    let (answer, _) = tokio::join!(
        house.sync(&wait, &analyst),
        house.push_one(told.envelope, &nobody)
    );
    assert_eq!(puts(&answer.pages[0]).len(), 1);
}

#[tokio::test]
async fn s14_a_long_pull_answers_at_once_when_the_server_goes_down() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let scope = Scope::Members(house.project.id);
    let wait = SyncRequest {
        pull: vec![Pull { scope, cursor: 0 }],
        wait: 25,
        ..quiet()
    };
    let (answer, ()) = tokio::join!(house.sync(&wait, &analyst), async { house.state.close() });
    assert!(answer.pages[0].lines.is_empty());
}

/// What fails or panics after it wrote leaves nothing of it; what was written in the same round by others stays.
#[tokio::test]
async fn sy2_what_fails_halfway_leaves_nothing_and_takes_nobody_along() {
    let house = House::open().await;
    let (told, other) = (house.told("Halverwege."), house.told("De buurman."));
    let halfway = |panics: bool| {
        let (envelope, now) = (told.envelope.clone(), house.now());
        house.state.db.write(move |tx| {
            let keys = Keys::default();
            let mut ledger = TxLedger::new(tx, &keys, now);
            let outcome = receive(&mut ledger, &envelope, Sender::Anybody, now)?;
            assert!(!panics, "halfway");
            assert!(matches!(outcome.verdict, Verdict::Committed { .. }));
            Err::<(), _>(Error::Stopped)
        })
    };
    let nobody = Who::nobody();
    let brought = house.push_one(other.envelope.clone(), &nobody);
    let (failed, panicked, brought) = tokio::join!(halfway(false), halfway(true), brought);
    assert!(failed.is_err() && panicked.is_err());
    acknowledged(&brought);
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await.len(), 1);
    let (already, _) = acknowledged(&house.push_one(told.envelope, &Who::nobody()).await);
    assert!(!already);
}
