//! S15: raw sockets that keep the server waiting, and what the others notice of it: nothing. The limits are those of a
//! second instead of a minute; nobody here waits for anything but the other side.

use crate::house::House;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use axum_server::Handle;
use server::connections::{Patience, Room, serve};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use tokio::sync::oneshot;

/// So much patience that no test meets its end by accident.
fn patient() -> Patience {
    Patience {
        connections: 40,
        queue: Duration::from_millis(20),
        ..Patience::default()
    }
}

const SHORT: Duration = Duration::from_millis(300);

/// The whole server behind a socket, with this patience.
async fn opened(house: &House, patience: Patience) -> SocketAddr {
    let mut state = house.state.clone();
    state.patience = patience;
    socket(server::router(state), patience)
}

pub fn socket(routes: Router, patience: Patience) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let at = listener.local_addr().unwrap();
    let careful = (patience, Room::of(&patience));
    tokio::spawn(serve(listener, None, Handle::new(), careful, routes));
    at
}

fn connect(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(at).unwrap();
    // Only for a test that fails: what is waited for comes long before.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Everything that still comes, until the other side closes.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the server waits: {error}"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// One request on a connection that stays open; the status line of the answer.
fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(ASK).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let answer = String::from_utf8(answer).unwrap();
    let length = answer.split("content-length: ").nth(1).unwrap();
    let length = length.lines().next().unwrap().parse().unwrap();
    stream.read_exact(&mut vec![0; length]).unwrap();
    answer.lines().next().unwrap().to_owned()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn s15_a_head_that_does_not_come_is_not_waited_for() {
    let house = House::open().await;
    let patience = Patience {
        head: SHORT,
        ..patient()
    };
    let at = opened(&house, patience).await;
    blocking(move || {
        let mut slow = connect(at);
        slow.write_all(b"GET / HTTP/1.1\r\nhost: loc").unwrap();
        let answer = rest(slow);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn s15_a_body_that_stops_is_not_waited_for() {
    let house = House::open().await;
    let patience = Patience {
        grace: SHORT,
        ..patient()
    };
    let at = opened(&house, patience).await;
    blocking(move || {
        let mut slow = connect(at);
        slow.write_all(
            b"POST /api/v1/sync HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{",
        )
        .unwrap();
        let answer = rest(slow);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn s15_an_upload_that_stops_keeps_what_came_and_lets_go() {
    let house = House::open().await;
    let spoken = house.announced(1, &[50_000]).await;
    let patience = Patience {
        grace: SHORT,
        // What came earns no more than a moment.
        rate: 1_000_000,
        ..patient()
    };
    let at = opened(&house, patience).await;
    let head = format!(
        "PATCH /api/v1/media/{} HTTP/1.1\r\nhost: localhost\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
         story-keys: {}\r\ncontent-type: application/offset+octet-stream\r\ncontent-length: 50000\r\n\r\n",
        spoken.id(),
        spoken.told.deliverer().keys[0]
    );
    let bytes = spoken.bytes()[..20_000].to_vec();
    blocking(move || {
        let mut slow = connect(at);
        slow.write_all(head.as_bytes()).unwrap();
        slow.write_all(&bytes).unwrap();
        let answer = rest(slow);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    })
    .await;
    let held = house.held(spoken.id(), &spoken.told.deliverer()).await;
    assert_eq!(crate::media::offset(&held), 20_000);
}

/// Says when it is dropped.
struct Dropped(Option<oneshot::Sender<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        _ = self.0.take().map(|sender| sender.send(()));
    }
}

#[tokio::test]
async fn s15_an_answer_that_nobody_takes_is_not_kept_for_them() {
    let (sender, dropped) = oneshot::channel();
    let endless = std::sync::Mutex::new(Some(Dropped(Some(sender))));
    let endless = std::sync::Arc::new(endless);
    let routes = Router::new().route(
        "/",
        get(async move || {
            let dropped = endless.lock().unwrap().take();
            let bytes = futures_util::stream::repeat_with(move || {
                let _until_the_end = &dropped;
                Ok::<_, std::io::Error>(Bytes::from_static(&[7; 65_536]))
            });
            Body::from_stream(bytes)
        }),
    );
    let patience = Patience {
        grace: SHORT,
        ..patient()
    };
    let at = socket(routes, patience);
    let slow = blocking(move || {
        let mut slow = connect(at);
        slow.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .unwrap();
        slow.read_exact(&mut [0; 100]).unwrap();
        slow
    })
    .await;
    tokio::time::timeout(Duration::from_secs(20), dropped)
        .await
        .unwrap()
        .unwrap();
    drop(slow);
}

#[tokio::test]
async fn s15_a_connection_on_which_nothing_moves_is_closed() {
    let house = House::open().await;
    let patience = Patience {
        idle: SHORT,
        ..patient()
    };
    let at = opened(&house, patience).await;
    blocking(move || {
        let fresh = connect(at);
        let mut used = connect(at);
        assert_eq!(ask(&mut used), "HTTP/1.1 200 OK");
        assert_eq!((rest(used), rest(fresh)), (String::new(), String::new()));
    })
    .await;
}

#[tokio::test]
async fn s15_who_finds_no_room_is_told_so_and_the_others_are_served() {
    let house = House::open().await;
    let at = opened(&house, patient()).await;
    blocking(move || {
        let mut inside: Vec<_> = (0..40).map(|_| connect(at)).collect();
        for stream in &mut inside {
            assert_eq!(ask(stream), "HTTP/1.1 200 OK");
        }
        for _ in 0..50 {
            let answer = rest(connect(at));
            assert!(
                answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 5"),
                "{answer}"
            );
        }
        for stream in &mut inside {
            assert_eq!(ask(stream), "HTTP/1.1 200 OK");
        }
        // A place is free once its holder says goodbye, and the server has said it too.
        let last = inside.pop().unwrap();
        last.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(rest(last), "");
    })
    .await;
}
