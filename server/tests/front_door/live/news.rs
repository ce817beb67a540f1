//! What travels, and how soon.

use super::{DEADLINE, Socket, desk, follow, pull, serve};
use crate::house::{House, Who, acknowledged, gone, puts, quiet};
use axum::body::{Body, Bytes};
use axum::http::Method;
use domain::command::Command;
use domain::member::{Heard, Role};
use domain::scope::{EntityRef, Scope};
use domain::sync::authority::receive;
use domain::sync::protocol::{Pull, SyncRequest, SyncResponse, Verdict};
use server::storage::ledger::TxLedger;
use server::storage::{Error, Keys};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn li1_by_socket_and_by_pull_the_same_is_answered() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let told = house.told("Langs beide wegen.");
    let who = Who {
        keys: told.owner().keys,
        ..analyst
    };
    let mut socket = Socket::open(at, &who).await.unwrap();
    // A command goes by the socket as well, and by pull a retry of it is known.
    let bring = SyncRequest {
        push: vec![told.envelope.clone()],
        ..quiet()
    };
    let brought = socket.ask(&bring).await;
    let (already, acknowledgement) = acknowledged(&brought.outcomes[0].verdict);
    assert!(!already && acknowledgement.story == told.story.id);
    let again = house.sync(&bring, &who).await;
    assert_eq!(acknowledged(&again.outcomes[0].verdict), (true, acknowledgement));
    let project = house.project.id;
    let (foreign, _) = house.neighbour(Role::Manager).await;
    let scopes = [
        Scope::Members(project),
        Scope::Public(project),
        told.scope(),
        Scope::Members(foreign),
    ];
    for cursor in [0, 1, 99] {
        let request = SyncRequest {
            pull: scopes.map(|scope| Pull { scope, cursor }).to_vec(),
            ..quiet()
        };
        let by_socket = socket.ask(&request).await;
        assert_eq!(by_socket, house.sync(&request, &who).await);
        assert_eq!(by_socket.pages.len(), 3);
    }
}

#[tokio::test]
async fn li1_each_request_is_answered_once_and_in_their_order() {
    let (house, mut socket, members) = desk().await;
    // It waits, until another is asked.
    socket.say(&follow(1, members, 0)).await;
    let told = house.told("Over dezelfde lijn.");
    let bring = SyncRequest {
        push: vec![told.envelope.clone()],
        pull: vec![Pull {
            scope: members,
            cursor: 0,
        }],
        wait: 25,
        ..pull(2, members, 0)
    };
    socket.say(&bring).await;
    let (first, second) = (socket.hear().await, socket.hear().await);
    assert_eq!(first.nonce, follow(1, members, 0).nonce);
    assert!(first.outcomes.is_empty() && first.pages[0].lines.is_empty());
    assert_eq!(second.nonce, bring.nonce);
    assert_eq!((second.outcomes.len(), puts(&second.pages[0]).len()), (1, 1));
    // A wait that nobody ends is over when it was asked to be.
    let brief = SyncRequest {
        wait: 1,
        ..follow(3, members, second.pages[0].cursor)
    };
    let third = socket.ask(&brief).await;
    assert_eq!(third.nonce, brief.nonce);
    assert!(third.pages[0].lines.is_empty());
}

#[tokio::test]
async fn li8_what_is_told_and_taken_back_reaches_an_open_screen_within_a_second() {
    let (house, mut socket, members) = desk().await;
    let mut cursor = 0;
    for round in 0..3 {
        let mut told = house.told("Even te horen.");
        socket.say(&follow(round, members, cursor)).await;
        house.push_one(told.envelope.clone(), &Who::nobody()).await;
        let arrived = timeout(DEADLINE, socket.hear()).await.unwrap();
        let entity = EntityRef::Summary(told.story.id);
        assert_eq!(puts(&arrived.pages[0])[0].entity(), entity);
        socket.say(&follow(round, members, arrived.pages[0].cursor)).await;
        let withdraw = house.envelope(told.story.take_back().unwrap());
        house.push_one(withdraw, &told.owner()).await;
        let left = timeout(DEADLINE, socket.hear()).await.unwrap();
        assert_eq!(gone(&left.pages[0]), [entity]);
        cursor = left.pages[0].cursor;
    }
}

#[tokio::test]
async fn li8_signing_out_ends_what_is_open_and_nobody_elses() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let members = Scope::Members(house.project.id);
    let (leaves, stays) = (
        house.colleague(Role::Analyst).await,
        house.colleague(Role::Analyst).await,
    );
    let (mut idle, mut waits, mut other) = (
        Socket::open(at, &leaves).await.unwrap(),
        Socket::open(at, &leaves).await.unwrap(),
        Socket::open(at, &stays).await.unwrap(),
    );
    waits.say(&follow(1, members, 0)).await;
    other.say(&follow(2, members, 0)).await;
    // The long pull of the same browser as well, which is told that there is nothing here for it any more.
    let asks = follow(3, members, 0);
    let long_pull = house.sync(&asks, &leaves);
    let leave = async {
        let reply = house
            .send(
                Method::DELETE,
                "/api/v1/sign-in",
                leaves.cookie.as_deref(),
                Body::empty(),
            )
            .await;
        assert_eq!(reply.status.as_u16(), 204);
    };
    let (pulled, ()) = timeout(DEADLINE, async { tokio::join!(long_pull, leave) })
        .await
        .unwrap();
    assert!(pulled.pages.is_empty());
    assert_eq!(idle.end().await, (4401, 0));
    // What was asked may be read only once nobody is signed in any more: then the answer has nothing in it.
    let code = loop {
        match waits.next().await.unwrap() {
            Message::Text(text) => {
                let answer: SyncResponse = serde_json::from_str(&text).unwrap();
                assert!(answer.pages.is_empty());
            }
            Message::Close(frame) => break u16::from(frame.unwrap().code),
            _ => {}
        }
    };
    assert_eq!(code, 4401);
    house
        .push_one(house.told("Wie blijft, hoort het.").envelope, &Who::nobody())
        .await;
    assert_eq!(puts(&other.hear().await.pages[0]).len(), 1);
    assert_eq!(Socket::open(at, &leaves).await.err(), Some(401));
}

#[tokio::test]
async fn li7_nobody_hears_of_what_was_not_committed() {
    let (house, mut socket, members) = desk().await;
    socket.say(&follow(1, members, 0)).await;
    let (fails, stays) = (house.told("Dit lukte niet."), house.told("Dit lukte wel."));
    let (envelope, now) = (fails.envelope.clone(), house.now());
    let written = house.state.db.write(move |tx| {
        let keys = Keys::default();
        let sender = domain::decide::Sender::Anybody;
        let outcome = receive(&mut TxLedger::new(tx, &keys, now), &envelope, sender, now)?;
        assert!(matches!(outcome.verdict, Verdict::Committed { .. }));
        Err::<(), _>(Error::Damaged("as if the disk had failed behind it"))
    });
    assert!(written.await.is_err());
    house.push_one(stays.envelope.clone(), &Who::nobody()).await;
    let heard = socket.hear().await;
    let entities: Vec<_> = puts(&heard.pages[0]).iter().map(|row| row.entity()).collect();
    assert_eq!(entities, [EntityRef::Summary(stays.story.id)]);
}

#[tokio::test]
async fn sy3_a_scope_that_is_asked_for_twice_is_answered_once_by_either_way() {
    let (house, mut socket, members) = desk().await;
    let analyst = house.signed_in(Role::Analyst).await;
    house
        .push_one(house.told("Eén keer.").envelope, &Who::nobody())
        .await;
    let twice = SyncRequest {
        pull: [0, 1, 0]
            .map(|cursor| Pull {
                scope: members,
                cursor,
            })
            .to_vec(),
        ..quiet()
    };
    let by_pull = house.sync(&twice, &analyst).await;
    assert_eq!(by_pull, socket.ask(&twice).await);
    // As it was asked first.
    assert_eq!((by_pull.pages.len(), by_pull.pages[0].lines.len()), (1, 1));
}

/// Holds up everything of this test's server but its writer, until `acts` are done: what waits for news sleeps through.
fn meanwhile(acts: impl Future<Output = ()> + Send) {
    let elsewhere = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(acts);
    };
    std::thread::scope(|scope| scope.spawn(elsewhere).join().unwrap());
}

#[tokio::test]
async fn li6_who_sleeps_through_hundreds_of_commits_hears_what_is_true_all_the_same() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let members = Scope::Members(house.project.id);
    let (leaves, stays, busy) = (
        house.colleague(Role::Analyst).await,
        house.colleague(Role::Analyst).await,
        house.signed_in(Role::Manager).await,
    );
    let marked = house.arrived("Dit is er al.").await.story.id;
    let (mut idle, mut waits) = (
        Socket::open(at, &leaves).await.unwrap(),
        Socket::open(at, &stays).await.unwrap(),
    );
    let cursor = waits.ask(&pull(1, members, 0)).await.pages[0].cursor;
    waits.say(&follow(2, members, cursor)).await;
    for socket in [&mut idle, &mut waits] {
        // Once this is answered, what was said before it is known.
        socket.send(Message::Ping(Bytes::from_static(b"?"))).await;
        while !matches!(socket.next().await, Some(Message::Pong(_))) {}
    }
    let told = house.told("Het eerste van honderden.");
    meanwhile(async {
        house.push_one(told.envelope.clone(), &Who::nobody()).await;
        let out = leaves.cookie.as_deref();
        house
            .send(Method::DELETE, "/api/v1/sign-in", out, Body::empty())
            .await;
        // More commits than are kept for who sleeps, none of them about either.
        for turn in 0..300 {
            let heard = Heard { story: marked };
            let mark = if turn % 2 == 0 {
                Command::MarkHeard(heard)
            } else {
                Command::MarkUnheard(heard)
            };
            house.push_one(house.envelope(mark), &busy).await;
        }
    });
    assert_eq!(idle.end().await.0, 4401);
    assert_eq!(
        puts(&waits.hear().await.pages[0])
            .iter()
            .map(|row| row.entity())
            .collect::<Vec<_>>(),
        [EntityRef::Summary(told.story.id)]
    );
}
