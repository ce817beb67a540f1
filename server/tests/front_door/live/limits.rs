//! Who may open a socket, what it carries, and how it ends.

use super::{DEADLINE, Socket, follow, pull, serve};
use crate::connections::socket;
use crate::house::{House, Who, acknowledged, quiet};
use domain::member::Role;
use domain::scope::Scope;
use domain::sync::live::{BURST, FRAME_LIMIT};
use domain::sync::protocol::SyncRequest;
use domain::time::Span;
use server::connections::{Patience, Sockets};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn li11_only_our_own_pages_and_who_is_signed_in_may_open_a_socket() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let own = [format!("http://{at}"), format!("https://{at}")];
    for origin in &own {
        assert!(
            Socket::open_from(at, &analyst, &[("origin", origin)])
                .await
                .is_ok()
        );
    }
    let others = [
        "http://elsewhere.example".to_owned(),
        format!("http://{at}.elsewhere.example"),
        format!("http://elsewhere.example:{}", at.port()),
        format!("ftp://{at}"),
        format!("http://{at}/"),
        "null".to_owned(),
        String::new(),
    ];
    for origin in &others {
        let opened = Socket::open_from(at, &analyst, &[("origin", origin)]).await;
        assert_eq!(opened.err(), Some(403), "{origin}");
        // Also who is nobody learns no more than that.
        let opened = Socket::open_from(at, &Who::nobody(), &[("origin", origin)]).await;
        assert_eq!(opened.err(), Some(403), "{origin}");
    }
    assert_eq!(Socket::open(at, &Who::nobody()).await.err(), Some(401));
    let guessed = Who {
        cookie: Some("__Host-vertelpunt=00".to_owned()),
        keys: Vec::new(),
    };
    assert_eq!(Socket::open(at, &guessed).await.err(), Some(401));
    // What is no WebSocket gets none.
    let reply = house.get("/api/v1/live", analyst.cookie.as_deref()).await;
    assert_eq!(reply.status.as_u16() / 100, 4);
}

#[tokio::test]
async fn li11_where_there_is_no_room_for_a_socket_there_is_room_for_a_pull() {
    let house = House::open().await;
    let mut state = house.state.clone();
    state.sockets = Sockets::among(4);
    let at = socket(server::router(state.clone()), state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let mut inside = Vec::new();
    for _ in 0..3 {
        inside.push(Socket::open(at, &analyst).await.unwrap());
    }
    assert_eq!(Socket::open(at, &analyst).await.err(), Some(503));
    assert_eq!(house.library(&analyst).await, []);
    // A place is free once its holder says goodbye.
    let mut last = inside.pop().unwrap();
    last.send(Message::Close(None)).await;
    while last.next().await.is_some() {}
    drop(last);
    timeout(DEADLINE, async {
        while state.sockets.place().is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn li5_what_is_beyond_the_allowance_ends_the_socket_and_is_not_carried_out() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    let bring = |stories: std::ops::Range<usize>| {
        let told = stories.map(|n| house.told(&format!("Verhaal {n}.")).envelope);
        SyncRequest {
            push: told.collect(),
            ..quiet()
        }
    };
    // Sixty at once, and after a second, by the server's clock, five more.
    for stories in [0..40, 40..60] {
        let count = stories.len();
        assert_eq!(socket.ask(&bring(stories)).await.outcomes.len(), count);
    }
    house.clock.pass(Span::seconds(1));
    assert_eq!(socket.ask(&bring(60..65)).await.outcomes.len(), 5);
    socket.say(&bring(65..66)).await;
    assert_eq!(socket.end().await, (1008, 0));
    assert_eq!(house.library(&analyst).await.len(), 65);

    // What asks for nothing counts as well; and what comes behind the end is not looked at.
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    for number in 0..200 {
        let request = pull(number, Scope::Public(house.project.id), 0);
        let text = serde_json::to_string(&request).unwrap();
        // The server may have ended it by now.
        if futures_util::SinkExt::send(&mut socket.stream, Message::text(text))
            .await
            .is_err()
        {
            break;
        }
    }
    let (code, answers) = socket.end().await;
    assert!(code == 1008 || code == 1006, "{code}");
    assert!(answers <= BURST as usize, "{answers}");
    // So does a flood of pings.
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    for _ in 0..200 {
        let ping = Message::Ping(Vec::new().into());
        if futures_util::SinkExt::send(&mut socket.stream, ping)
            .await
            .is_err()
        {
            break;
        }
    }
    assert!([1006, 1008].contains(&socket.end().await.0));
}

#[tokio::test]
async fn li5_a_frame_holds_64_kb_and_what_is_larger_or_unreadable_ends_the_socket() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let request = serde_json::to_string(&quiet()).unwrap();
    let padded = |bytes: usize| format!("{request}{}", " ".repeat(bytes - request.len()));
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    socket.send(Message::text(padded(FRAME_LIMIT))).await;
    assert_eq!(socket.hear().await.nonce, quiet().nonce);
    socket.send(Message::text(padded(FRAME_LIMIT + 1))).await;
    assert_eq!(socket.end().await, (1009, 0));
    for unreadable in [
        Message::text(""),
        Message::text("[]"),
        Message::text(format!("{request}{request}")),
        Message::binary(request.clone()),
    ] {
        let mut socket = Socket::open(at, &analyst).await.unwrap();
        socket.send(unreadable).await;
        assert_eq!(socket.end().await, (1008, 0));
    }
    // Ten megabytes are not even read; the server may be gone before all of it is on its way.
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    let whole = Message::text(" ".repeat(10 << 20));
    _ = futures_util::SinkExt::send(&mut socket.stream, whole).await;
    assert!([1006, 1008, 1009].contains(&socket.end().await.0));
    // A command too large for a socket goes by pull.
    let told = house.told(&"Lang. ".repeat(15_000));
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    let bring = SyncRequest {
        push: vec![told.envelope.clone()],
        ..quiet()
    };
    socket.say(&bring).await;
    assert_eq!(socket.end().await, (1009, 0));
    acknowledged(&house.push_one(told.envelope, &Who::nobody()).await);
}

/// Limits of a moment instead of a minute.
fn brief(house: &House) -> Patience {
    Patience {
        heartbeat: Duration::from_millis(50),
        silence: Duration::from_millis(300),
        idle: Duration::from_millis(500),
        grace: Duration::from_millis(100),
        body: Duration::from_millis(100),
        head: Duration::from_millis(500),
        ..house.state.patience
    }
}

#[tokio::test]
async fn li9_who_answers_the_heartbeat_is_kept_past_every_limit_of_requests() {
    let house = House::open().await;
    let at = serve(&house, brief(&house));
    let analyst = house.signed_in(Role::Analyst).await;
    let members = Scope::Members(house.project.id);
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    socket.say(&follow(1, members, 0)).await;
    // Each of them is answered; the clock that allows so many pongs stands still here, so there are less than sixty.
    for _ in 0..30 {
        assert!(matches!(socket.next().await, Some(Message::Ping(_))));
    }
    house
        .push_one(house.told("Nog steeds verbonden.").envelope, &Who::nobody())
        .await;
    assert_eq!(socket.hear().await.pages[0].lines.len(), 1);
}

#[tokio::test]
async fn li9_who_gives_no_sign_is_let_go() {
    let house = House::open().await;
    let mut state = house.state.clone();
    state.patience = brief(&house);
    let at = socket(server::router(state.clone()), state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let silent = Socket::open(at, &analyst).await.unwrap();
    timeout(DEADLINE, state.sockets.gone()).await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn li8_a_sign_in_that_ends_by_time_ends_its_socket() {
    let house = House::open().await;
    let at = serve(&house, brief(&house));
    let analyst = house.signed_in(Role::Analyst).await;
    let mut socket = Socket::open(at, &analyst).await.unwrap();
    assert!(matches!(socket.next().await, Some(Message::Ping(_))));
    house.clock.pass(Span::days(30));
    assert_eq!(socket.end().await.0, 4401);
}

#[tokio::test]
async fn li10_a_server_that_goes_down_says_so_to_everybody() {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let mut sockets = Vec::new();
    for number in 0..20 {
        let mut socket = Socket::open(at, &analyst).await.unwrap();
        if number % 2 == 0 {
            socket
                .say(&follow(number, Scope::Members(house.project.id), 0))
                .await;
        }
        sockets.push(socket);
    }
    house.state.close();
    for socket in &mut sockets {
        assert_eq!(socket.end().await, (1012, 0));
    }
    // Whoever does not say goodbye as well is not waited for longer than a moment.
    timeout(DEADLINE, house.state.sockets.gone()).await.unwrap();
}
