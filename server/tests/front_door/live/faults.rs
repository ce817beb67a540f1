//! What goes wrong while sockets are open: readers that do not read, messages out of order, servers that die.

use super::{DEADLINE, Socket, desk, follow, pull, serve};
use crate::binary::{Running, vertelpunt};
use crate::connections::socket;
use crate::house::{House, Told, Who, gone, puts, quiet};
use domain::member::Role;
use domain::scope::{EntityRef, Scope};
use domain::sync::protocol::{Envelope, Page, SyncRequest, Verdict};
use domain::tag::Tag;
use futures_util::future::join_all;
use server::connections::{Patience, Sockets};
use std::fs;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// A library of some size: a page of it fills what a connection holds for who does not read.
async fn library(house: &House, count: usize) -> Vec<Told> {
    let stories: Vec<_> = (0..count)
        .map(|n| {
            house.told_at(&format!("Verhaal {n}."), house.now(), |draft| {
                // Four bytes for each character: a page is some hundred kilobytes.
                let own = |tag| Tag::Own(format!("{tag}{}", "\u{1F35E}".repeat(38)));
                draft.tags = (0..20).map(own).collect();
            })
        })
        .collect();
    for some in stories.chunks(50) {
        let envelopes = some.iter().map(|told| told.envelope.clone()).collect();
        house.push(envelopes, &Who::nobody()).await;
    }
    stories
}

async fn take_back(house: &House, told: &mut Told) {
    let withdraw = house.envelope(told.story.take_back().unwrap());
    let verdict = house.push_one(withdraw, &told.owner()).await;
    assert!(matches!(verdict, Verdict::Committed { .. }));
}

fn entities(page: &Page) -> Vec<EntityRef> {
    puts(page).iter().map(|row| row.entity()).collect()
}

#[tokio::test]
async fn l3_who_takes_nothing_in_is_let_go_and_nobody_else_waits_for_them() {
    let house = House::open().await;
    library(&house, 50).await;
    let mut state = house.state.clone();
    state.sockets = Sockets::among(40);
    state.patience = Patience {
        telling: Duration::from_millis(700),
        ..state.patience
    };
    let at = socket(server::router(state.clone()), state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let members = Scope::Members(house.project.id);
    let mut slow = Vec::new();
    for _ in 0..10 {
        let mut socket = Socket::open(at, &analyst).await.unwrap();
        for number in 0..60 {
            socket.say(&pull(number, members, 0)).await;
        }
        slow.push(socket);
    }
    let mut quick = Socket::open(at, &analyst).await.unwrap();
    let cursor = quick.ask(&pull(1, members, 0)).await.pages[0].cursor;
    quick.say(&follow(2, members, cursor)).await;
    let told = house.told("Wie leest, hoort het.");
    house.push_one(told.envelope.clone(), &Who::nobody()).await;
    let heard = timeout(DEADLINE, quick.hear()).await.unwrap();
    assert_eq!(entities(&heard.pages[0]), [EntityRef::Summary(told.story.id)]);
    // The places of the others are free again, though none of them read a byte or said goodbye.
    quick.send(Message::Close(None)).await;
    timeout(DEADLINE, state.sockets.gone()).await.unwrap();
    for socket in &mut slow {
        let (code, answers) = socket.end().await;
        assert!(code == 1006 && answers < 60, "{code} {answers}");
    }
}

/// Somebody who asks sixty times, and so far took in one answer only.
async fn slow_reader() -> (House, Vec<Told>, Socket, Scope) {
    let house = House::open().await;
    let stories = library(&house, 50).await;
    let patience = Patience {
        telling: Duration::from_secs(60),
        ..house.state.patience
    };
    let at = serve(&house, patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let members = Scope::Members(house.project.id);
    let mut slow = Socket::open(at, &analyst).await.unwrap();
    for number in 0..60 {
        slow.say(&pull(number, members, 0)).await;
    }
    assert_eq!(slow.hear().await.pages[0].lines.len(), 50);
    (house, stories, slow, members)
}

#[tokio::test]
async fn li6_who_reads_slowly_is_told_what_is_true_and_not_all_that_happened() {
    let (house, mut stories, mut slow, members) = slow_reader().await;
    // While they take nothing more in, much happens.
    let mut withdrawn = stories.pop().unwrap();
    take_back(&house, &mut withdrawn).await;
    let entity = EntityRef::Summary(withdrawn.story.id);
    let mut held = Vec::new();
    for number in 1..60 {
        let answer = slow.hear().await;
        assert_eq!(answer.nonce, pull(number, members, 0).nonce);
        held.push(entities(&answer.pages[0]).contains(&entity));
    }
    // What was in the connection already is of before; everything else was looked up only when there was room for it.
    assert!(held.iter().any(|held| !held), "all answers were made beforehand");
    assert!(held.is_sorted_by(|before, after| before >= after));
}

#[tokio::test]
async fn l3_however_much_happens_meanwhile_one_answer_says_how_it_is_now() {
    let (house, mut socket, members) = desk().await;
    socket.say(&follow(1, members, 0)).await;
    let mut stories = library(&house, 100).await;
    for told in stories.iter_mut().take(90) {
        take_back(&house, told).await;
    }
    // More commits than a listener may miss (256) without being told to look again.
    for n in 0..300 {
        house
            .push_one(house.told(&format!("Nog een, {n}.")).envelope, &Who::nobody())
            .await;
    }
    let mut cursor = socket.hear().await.pages[0].cursor;
    let mut answers = 0;
    let mut here = Vec::new();
    loop {
        let page = socket.ask(&pull(2, members, cursor)).await.pages.remove(0);
        here.extend(entities(&page));
        answers += 1;
        cursor = page.cursor;
        if !page.more {
            break;
        }
    }
    // 490 commits happened; two pages hold what is true.
    assert!(answers <= 3, "{answers}");
    assert!(here.len() >= 300 && here.len() <= 310, "{}", here.len());
}

#[tokio::test]
async fn s5_a_reader_that_does_not_take_its_answer_in_holds_no_moment_of_the_database() {
    let (house, mut stories, mut slow, _) = slow_reader().await;
    // A withdrawal has the log of the database copied and cut to nothing, which a reader inside would hold up.
    take_back(&house, &mut stories[0]).await;
    let wal = house.folder.path().join("data/vertelpunt.sqlite-wal");
    timeout(DEADLINE, async {
        while fs::metadata(&wal).unwrap().len() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    // It is still there, and still has most of its answers before it.
    for _ in 1..60 {
        slow.hear().await;
    }
}

#[tokio::test]
async fn l5_messages_twice_late_or_ahead_count_once_and_leave_no_gap() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let members = Scope::Members(house.project.id);
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(Socket::open(at, &analyst).await.unwrap());
    }
    let told: Vec<_> = (0..10).map(|n| house.told(&format!("Verhaal {n}."))).collect();
    // The same commands by four sockets at once and by pull, in other orders.
    let order = |turn: usize| {
        let mut envelopes: Vec<Envelope> = told.iter().map(|told| told.envelope.clone()).collect();
        envelopes.rotate_left(turn * 3 % 10);
        SyncRequest {
            push: envelopes,
            ..pull(1, members, 0)
        }
    };
    let requests: Vec<_> = (0..5).map(order).collect();
    let by_socket = join_all(
        sockets
            .iter_mut()
            .zip(&requests)
            .map(|(socket, request)| socket.ask(request)),
    );
    let (mut answers, by_pull) = tokio::join!(by_socket, house.sync(&requests[4], &analyst));
    answers.push(by_pull);
    let firsts = answers
        .iter()
        .flat_map(|answer| &answer.outcomes)
        .filter(|outcome| matches!(outcome.verdict, Verdict::Committed { already: false, .. }));
    assert_eq!(firsts.count(), 10);
    assert_eq!(house.library(&analyst).await.len(), 10);
    // A cursor of before gets what it lacks, one of beyond everything anew.
    let socket = &mut sockets[0];
    let whole = socket.ask(&pull(2, members, 0)).await.pages.remove(0);
    assert_eq!(whole.lines.len(), 10);
    let late = socket
        .ask(&pull(3, members, whole.lines[6].revision))
        .await
        .pages
        .remove(0);
    assert_eq!((late.lines.len(), late.reload), (3, false));
    let ahead = socket
        .ask(&pull(4, members, whole.cursor + 1_000))
        .await
        .pages
        .remove(0);
    assert_eq!((ahead.lines.len(), ahead.reload), (10, true));
}

/// A member of the demonstration on a running binary.
fn signed_in(server: &Running) -> Who {
    let secret = server.link("Analist").split_once('#').unwrap().1.to_owned();
    let body = serde_json::json!({ "secret": secret }).to_string();
    let (status, answer) = server.ask("POST", "/api/v1/sign-in", "", &body).unwrap();
    assert_eq!(status, 204);
    let cookie = answer.split("set-cookie: ").nth(1).unwrap();
    Who {
        cookie: Some(cookie.split(';').next().unwrap().to_owned()),
        keys: Vec::new(),
    }
}

#[tokio::test]
async fn l2_kill_9_with_sockets_open_loses_nothing_that_was_answered_and_counts_nothing_twice() {
    let house = House::open().await;
    let members = Scope::Members(house.project.id);
    let told: Vec<_> = (0..30)
        .map(|n| house.told(&format!("Live verteld, {n}.")))
        .collect();
    let folder = house.closed().await;
    let server = Running::start(folder.path(), "error");
    let analyst = signed_in(&server);
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(Socket::open(server.at(), &analyst).await.unwrap());
    }
    let bring = |n: usize| SyncRequest {
        push: vec![told[n].envelope.clone()],
        ..quiet()
    };
    // Ten are answered, ten more are on their way when it dies.
    for (n, socket) in sockets.iter_mut().enumerate() {
        assert_eq!(socket.ask(&bring(n)).await.outcomes.len(), 1);
    }
    let cursor = sockets[0].ask(&pull(1, members, 0)).await.pages[0].cursor;
    for (n, socket) in sockets.iter_mut().enumerate() {
        socket.say(&bring(10 + n)).await;
    }
    server.signal("-9");
    let mut answered: Vec<usize> = (0..10).collect();
    for (n, socket) in sockets.iter_mut().enumerate() {
        let (code, answers) = socket.end().await;
        assert_eq!(code, 1006);
        if answers == 1 {
            answered.push(10 + n);
        }
    }
    drop(server);
    let server = Running::start(folder.path(), "error");
    let mut news = Vec::new();
    for n in 0..30 {
        // The sign-in and the cursor outlive the server.
        let mut socket = Socket::open(server.at(), &analyst).await.unwrap();
        let verdict = socket.ask(&bring(n)).await.outcomes.remove(0).verdict;
        let Verdict::Committed { already, .. } = verdict else {
            panic!("{verdict:?}")
        };
        assert!(already || !answered.contains(&n), "story {n} was lost");
        news.push(socket);
    }
    let page = news[0].ask(&pull(2, members, cursor)).await.pages.remove(0);
    let mut all: Vec<_> = told[10..]
        .iter()
        .map(|told| EntityRef::Summary(told.story.id))
        .collect();
    let mut heard = entities(&page);
    all.sort();
    heard.sort();
    assert_eq!((heard, gone(&page)), (all, Vec::new()));
}

/// The memory of a process, in kilobytes.
fn resident(server: &Running) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn l3_forty_who_take_nothing_in_cost_no_more_than_an_answer_each() {
    // As many as it takes to tell an answer each from a backlog each: what is written before a line is full is work for
    // the machine as well.
    const SLOW: usize = 40;
    let house = House::open().await;
    library(&house, 50).await;
    let members = Scope::Members(house.project.id);
    let folder = house.closed().await;
    let server = Running::start(folder.path(), "error");
    let analyst = signed_in(&server);
    let mut quick = Socket::open(server.at(), &analyst).await.unwrap();
    let request = pull(1, members, 0);
    let answer = serde_json::to_vec(&quick.ask(&request).await).unwrap().len() / 1_024;
    for number in 0..20 {
        quick.ask(&pull(number, members, 0)).await;
    }
    let before = resident(&server);
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        let mut socket = Socket::open(server.at(), &analyst).await.unwrap();
        for number in 0..50 {
            socket.say(&pull(number, members, 0)).await;
        }
        slow.push(socket);
    }
    // Somebody else is answered all the while, and every one of the slow has been waiting since.
    for number in 0..20 {
        timeout(DEADLINE, quick.ask(&pull(number, members, 0)))
            .await
            .unwrap();
    }
    let grown = resident(&server).saturating_sub(before);
    // Two thousand answers were asked for.
    let (most, backlog) = (SLOW * 4 * answer + 32 * 1_024, SLOW * 50 * answer);
    assert!(
        grown < most && most < backlog / 4,
        "{grown} kB of {most} kB, {answer} kB each"
    );
}

#[tokio::test]
async fn li10_told_to_stop_the_server_says_goodbye_and_ends_well() {
    let house = House::open().await;
    library(&house, 50).await;
    let members = Scope::Members(house.project.id);
    let folder = house.closed().await;
    let mut server = Running::start(folder.path(), "error");
    let analyst = signed_in(&server);
    let mut sockets = Vec::new();
    for number in 0..20 {
        let mut socket = Socket::open(server.at(), &analyst).await.unwrap();
        socket.say(&follow(number, members, 0)).await;
        sockets.push(socket);
    }
    // One to whom an answer is under way gets it, and the goodbye behind it.
    let mut slow = Socket::open(server.at(), &analyst).await.unwrap();
    for number in 0..50 {
        slow.say(&pull(number, members, 0)).await;
    }
    slow.hear().await;
    // One that never reads its goodbye keeps nobody.
    let rude = Socket::open(server.at(), &analyst).await.unwrap();
    server.signal("-TERM");
    for socket in &mut sockets {
        assert_eq!(socket.end().await.0, 1012);
    }
    let (code, answers) = slow.end().await;
    assert!(code == 1012 && answers < 49, "{code} {answers}");
    let ended = tokio::task::spawn_blocking(move || server.child.wait().unwrap());
    assert!(timeout(DEADLINE, ended).await.unwrap().unwrap().success());
    drop(rude);
}

#[tokio::test]
async fn s8_after_a_restore_the_socket_tells_of_the_new_epoch() {
    let house = House::open().await;
    let folder = house.closed().await;
    let mut epochs = Vec::new();
    let mut analyst = Who::nobody();
    for turn in 0..2 {
        let mut server = Running::start(folder.path(), "error");
        if turn == 0 {
            analyst = signed_in(&server);
        }
        let mut socket = Socket::open(server.at(), &analyst).await.unwrap();
        epochs.push(socket.ask(&quiet()).await.epoch);
        server.signal("-TERM");
        assert_eq!(socket.end().await, (1012, 0));
        let mut restored = vertelpunt(folder.path());
        let ran = tokio::task::spawn_blocking(move || {
            server.child.wait().unwrap();
            restored.arg("restored").status().unwrap()
        });
        assert!(timeout(DEADLINE, ran).await.unwrap().unwrap().success());
    }
    assert!(epochs[0] < epochs[1], "{epochs:?}");
}

/// ASVS 16.2.5, also where everything is logged.
#[tokio::test]
async fn the_log_holds_nothing_of_what_a_socket_carries() {
    let house = House::open().await;
    let told = house.told("kanarie in de tekst");
    let folder = house.closed().await;
    let server = Running::start(folder.path(), "trace");
    let analyst = signed_in(&server);
    let mut socket = Socket::open(server.at(), &analyst).await.unwrap();
    let bring = SyncRequest {
        push: vec![told.envelope.clone()],
        pull: vec![domain::sync::protocol::Pull {
            scope: told.scope(),
            cursor: 0,
        }],
        ..quiet()
    };
    assert_eq!(socket.ask(&bring).await.outcomes.len(), 1);
    socket.send(Message::text("kanarie, onleesbaar")).await;
    assert_eq!(socket.end().await, (1008, 0));
    drop(server);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("/api/v1/live"), "{log}");
    assert!(!log.contains("kanarie"), "{log}");
    assert!(!log.contains(&told.story.id.to_string()), "{log}");
}
