//! LI, L, S: the socket, over real connections. What is to happen within a second is waited for ten times as long.

mod faults;
mod limits;
mod news;

use crate::connections::socket;
use crate::house::{House, Who, quiet};
use domain::Nonce;
use domain::member::Role;
use domain::scope::Scope;
use domain::sync::protocol::{KEYS_HEADER, Pull, SyncRequest, SyncResponse};
use futures_util::{SinkExt, StreamExt};
use server::connections::Patience;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Ten times what may pass.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// The whole server behind a real socket, with this patience.
pub fn serve(house: &House, patience: Patience) -> SocketAddr {
    let mut state = house.state.clone();
    state.patience = patience;
    socket(server::router(state), patience)
}

/// A server, an analyst with a socket open, and what they follow.
pub async fn desk() -> (House, Socket, Scope) {
    let house = House::open().await;
    let at = serve(&house, house.state.patience);
    let analyst = house.signed_in(Role::Analyst).await;
    let members = Scope::Members(house.project.id);
    let socket = Socket::open(at, &analyst).await.unwrap();
    (house, socket, members)
}

/// One open socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens one as a client that is no browser; the status where that is refused.
    pub async fn open(at: SocketAddr, who: &Who) -> Result<Self, u16> {
        Self::open_from(at, who, &[]).await
    }

    /// The same with headers of its own.
    pub async fn open_from(at: SocketAddr, who: &Who, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let line = TcpSocket::new_v4().unwrap();
        // So little that whoever does not read is noticed.
        line.set_recv_buffer_size(4_096).unwrap();
        let line = line.connect(at).await.unwrap();
        let mut request = format!("ws://{at}/api/v1/live").into_client_request().unwrap();
        let mut header = |name: &'static str, value: &str| {
            request.headers_mut().insert(name, value.parse().unwrap());
        };
        if let Some(cookie) = &who.cookie {
            header("cookie", cookie);
        }
        if !who.keys.is_empty() {
            header(KEYS_HEADER, &who.keys.join(", "));
        }
        headers.iter().for_each(|(name, value)| header(name, value));
        match client_async(request, line).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn say(&mut self, request: &SyncRequest) {
        let text = serde_json::to_string(request).unwrap();
        self.send(Message::text(text)).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// The next message, whatever it is; `None` once the line is gone.
    pub async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(DEADLINE, self.stream.next());
        next.await.expect("nothing came").and_then(Result::ok)
    }

    /// The next answer.
    pub async fn hear(&mut self) -> SyncResponse {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_)) => {}
                other => panic!("no answer: {other:?}"),
            }
        }
    }

    pub async fn ask(&mut self, request: &SyncRequest) -> SyncResponse {
        self.say(request).await;
        self.hear().await
    }

    /// How it ends: the code, and how many answers came before. 1006 where nobody said anything.
    pub async fn end(&mut self) -> (u16, usize) {
        let mut answers = 0;
        loop {
            match self.next().await {
                Some(Message::Text(_)) => answers += 1,
                Some(Message::Close(frame)) => return (frame.unwrap().code.into(), answers),
                Some(_) => {}
                None => return (1006, answers),
            }
        }
    }
}

/// A request for a scope from a cursor on, that waits.
pub fn follow(number: u8, scope: Scope, cursor: u64) -> SyncRequest {
    SyncRequest {
        nonce: Nonce([number; 16]),
        pull: vec![Pull { scope, cursor }],
        wait: 25,
        ..quiet()
    }
}

/// The same that is answered at once.
pub fn pull(number: u8, scope: Scope, cursor: u64) -> SyncRequest {
    SyncRequest {
        wait: 0,
        ..follow(number, scope, cursor)
    }
}
