//! Patience with connections, and its end. A phone on a bad network may take its time; who holds a connection without
//! using it, or lets bytes trickle to keep us waiting, is let go, so that there is room for the others (S15).
//!
//! A request's head has its own time limit, which the HTTP library keeps ([`serve`]). What is here counts bytes: of
//! bodies that come in ([`paced`]), of answers that go out and of connections on which nothing moves ([`Watched`]).

mod paced;
mod watched;

pub use paced::paced;
use watched::Watched;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use domain::sync::live;
use domain::time::Span;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustix::process::{Resource, getrlimit};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much patience there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long the head of a request may take.
    pub head: Duration,
    /// How many bytes a second must come or go, once `grace` is over: a twentieth of what 2G carries.
    pub rate: u32,
    /// How long bytes may stay out before `rate` counts.
    pub grace: Duration,
    /// The longest one request's body may take, however fast.
    pub body: Duration,
    /// How long nothing at all may move on a connection.
    pub idle: Duration,
    /// How many connections there may be.
    pub connections: usize,
    /// How long one more waits for another to end before it is told that there is no room.
    pub queue: Duration,
    /// How often whoever has a socket open is looked after.
    pub heartbeat: Duration,
    /// How long they may give no sign.
    pub silence: Duration,
    /// How long they may take to take in one answer.
    pub telling: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            rate: 1_000,
            grace: Duration::from_secs(30),
            body: Duration::from_secs(30 * 60),
            idle: Duration::from_secs(60),
            connections: connections(getrlimit(Resource::Nofile).current),
            queue: Duration::from_secs(1),
            heartbeat: duration(live::HEARTBEAT),
            silence: duration(live::SILENCE),
            telling: Duration::from_secs(10),
        }
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(span.0.unsigned_abs())
}

/// The most connections, whatever the machine allows.
const MOST: u64 = 4_096;
/// The most that wait for another to end. Whoever comes then is told at once.
const QUEUE: usize = 32;

/// How many connections go with so many files: half of them, with those that wait. The other half is for what they
/// bring or fetch, and for the database and the program itself.
fn connections(files: Option<u64>) -> usize {
    let most = files.map_or(MOST, |files| (files / 2).saturating_sub(QUEUE as u64));
    usize::try_from(most.clamp(16, MOST)).unwrap_or(16)
}

/// How often a silent HTTP/2 connection is asked whether it lives, and how long it may take to answer.
const ALIVE: Duration = Duration::from_secs(30);
/// The most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;

/// Serves from a socket, as patiently as `patience` says and no more. `secure` puts TLS around every connection.
///
/// # Errors
/// When the socket cannot be used.
pub async fn serve(
    listener: TcpListener,
    secure: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    (patience, room): (Patience, Room),
    routes: Router,
) -> io::Result<()> {
    let server = axum_server::from_tcp(listener)?.handle(handle);
    let careful = Careful { patience, room };
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    match secure {
        Some(config) => {
            let mut server = server.acceptor(RustlsAcceptor::new(config).acceptor(careful));
            limit(server.http_builder(), patience);
            server.serve(routes).await
        }
        None => {
            let mut server = server.acceptor(careful);
            limit(server.http_builder(), patience);
            server.serve(routes).await
        }
    }
}

/// What the HTTP library itself sees to.
fn limit(builder: &mut Builder<TokioExecutor>, patience: Patience) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE);
}

/// Room for connections, shared by everything one process listens on.
#[derive(Clone)]
pub struct Room {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Room {
    /// Room for so many.
    pub fn of(patience: &Patience) -> Self {
        Self {
            places: Arc::new(Semaphore::new(patience.connections)),
            queue: Arc::new(Semaphore::new(QUEUE)),
        }
    }

    /// A place, if there is one soon.
    async fn place(&self, wait: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let _turn = self.queue.try_acquire().ok()?;
        let place = Arc::clone(&self.places).acquire_owned();
        tokio::time::timeout(wait, place).await.ok()?.ok()
    }
}

/// Places for sockets: three quarters of all connections, so that there is always room left for pulls (LI11).
#[derive(Clone)]
pub struct Sockets {
    places: Arc<Semaphore>,
    most: u32,
}

impl Sockets {
    /// Places among so many connections.
    pub fn among(connections: usize) -> Self {
        let most = u32::try_from(connections - connections / 4).unwrap_or(u32::MAX);
        Self {
            places: Arc::new(Semaphore::new(most as usize)),
            most,
        }
    }

    /// A place, if there is one.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Ready once every socket has ended. None begins after that.
    pub async fn gone(&self) {
        if let Ok(all) = self.places.acquire_many(self.most).await {
            all.forget();
        }
    }
}

/// Takes connections in as long as there is room, and watches them.
#[derive(Clone)]
struct Careful {
    patience: Patience,
    room: Room,
}

/// How long one may take to hear that there is no room.
const BRIEFLY: Duration = Duration::from_millis(100);

/// What one is told for whom there is no room, as far as HTTP goes without TLS.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

impl<Stream, Service> Accept<Stream, Service> for Careful
where
    Stream: AsyncWrite + Unpin + Send + 'static,
    Service: Send + 'static,
{
    type Stream = Watched<Stream>;
    type Service = Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Watched<Stream>, Service)>> + Send>>;

    fn accept(&self, mut stream: Stream, service: Service) -> Self::Future {
        let (patience, room) = (self.patience, self.room.clone());
        Box::pin(async move {
            match room.place(patience.queue).await {
                Some(place) => Ok((Watched::new(stream, patience, place), service)),
                None => {
                    // So few bytes fit into any socket; whoever does not take them is not waited for.
                    _ = tokio::time::timeout(BRIEFLY, stream.write_all(NO_ROOM)).await;
                    _ = tokio::time::timeout(BRIEFLY, stream.shutdown()).await;
                    Err(ErrorKind::ConnectionRefused.into())
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn s15_with_few_files_there_are_few_connections() {
        let files = [None, Some(1 << 20), Some(1_024), Some(256), Some(64)];
        assert_eq!(files.map(connections), [4_096, 4_096, 480, 96, 16]);
    }
}
