//! Serving: from a configuration to sockets, and back to nothing when told to stop.

use crate::ambient::{Clock, SharedEntropy, SystemClock, SystemEntropy};
use crate::announce::{Reach, announcement};
use crate::config::{Config, LogFormat};
use crate::connections::{self, Room};
use crate::http::assets::Site;
use crate::http::trust;
use crate::media::{Store, child::Child, disk::LocalDisk};
use crate::state::AppState;
use crate::storage::{self, Db};
use crate::{forget, router, seed, tls};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use std::error::Error;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// How long requests under way may take to end.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until told to stop by SIGTERM or SIGINT, then lets requests under way end.
///
/// # Errors
/// When something the configuration names cannot be used, or the disk failed and nothing may be promised any more.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    log(&config)?;
    let clock = Arc::new(SystemClock::start());
    let entropy = SharedEntropy::new(SystemEntropy);
    let site = Site::load(&config.site)?;
    let store = Store::new(&config.data, Arc::new(LocalDisk), config.quotas());
    let double = config.withdrawn_copy.as_deref();
    let db = Db::open_doubled(&config.data, store, double, &mut entropy.clone())?;
    if config.demo && seed::demonstration(&db, &entropy, clock.now()).await? {
        tracing::info!("the data folder was empty and has a demonstration project now");
    }
    let mut state = AppState::new(site, db.clone(), clock.clone(), entropy.clone());
    state.max_body = config.max_body;
    state
        .media
        .sweep()
        .await
        .map_err(|failure| format!("the media folder cannot be looked through: {failure:?}"))?;

    let listener = listen(config.listen())?;
    let at = listener.local_addr()?;
    let secure = secure(&config, clock.now()).await?;
    let links = if config.demo {
        match seed::links(&db, &entropy, clock.now()).await {
            // Without new links: what was told can still be read, and taken back.
            Err(storage::Error::Full) => None,
            links => links?,
        }
    } else {
        None
    };
    let host = secure
        .as_ref()
        .and_then(|secure| secure.host.clone())
        .unwrap_or_else(|| host(at));
    let scheme = if secure.is_some() { "https" } else { "http" };
    let base = config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("{scheme}://{host}:{}", at.port()));
    let handle = Handle::new();
    let careful = (state.patience, Room::of(&state.patience));
    let mut reach = if at.ip().is_loopback() {
        Reach::ThisComputer
    } else {
        Reach::Network
    };
    if let Some(authority) = secure.as_ref().and_then(|secure| secure.authority.clone()) {
        let beside = listen(SocketAddr::new(at.ip(), config.trust_port))?;
        reach = Reach::Phones {
            trust: format!("http://{host}:{}/trust", beside.local_addr()?.port()),
        };
        let entry = links.as_ref().map_or("houten", |links| links.entry.as_str());
        let trust = trust::routes(state.clone(), authority, format!("{base}/v/{entry}"));
        tokio::spawn(connections::serve(
            beside,
            None,
            handle.clone(),
            careful.clone(),
            trust,
        ));
    }
    tokio::spawn(stop(state.clone(), handle.clone()));
    tokio::spawn(forget::daily(state.clone()));
    let child = Child::of(std::env::current_exe()?);
    tokio::spawn(state.media.clone().deriving(child));
    // A terminal that went away is no reason not to serve.
    _ = writeln!(io::stdout(), "{}", announcement(&base, &reach, links.as_ref()));

    let secure = secure.map(|secure| secure.config);
    let sockets = state.sockets.clone();
    connections::serve(listener, secure, handle, careful, router(state)).await?;
    // A socket is no request any more, so nobody else waits until its last word is out (LI10).
    _ = tokio::time::timeout(DRAIN, sockets.gone()).await;
    if db.has_failed() || db.store().has_failed() {
        Err("the disk failed a commit; start again once it is sound".into())
    } else {
        Ok(())
    }
}

/// Log lines go to standard error; what a panic says may hold anything, so only its place is logged.
fn log(config: &Config) -> Result<(), Box<dyn Error>> {
    let filter: Targets = config.log.parse()?;
    // It would write down every message of a socket.
    let filter = filter.with_target("tungstenite", LevelFilter::INFO);
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let subscriber = tracing_subscriber::registry();
    match config.log_format {
        LogFormat::Text => subscriber.with(layer.with_filter(filter)).try_init()?,
        LogFormat::Json => subscriber.with(layer.json().with_filter(filter)).try_init()?,
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
    Ok(())
}

fn listen(address: SocketAddr) -> Result<TcpListener, Box<dyn Error>> {
    let listener =
        TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The name under which a browser on this machine reaches an address.
fn host(at: SocketAddr) -> String {
    match at.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => "localhost".to_owned(),
        ip if ip.is_ipv6() => format!("[{ip}]"),
        ip => ip.to_string(),
    }
}

/// How HTTPS is served.
struct Secure {
    config: RustlsConfig,
    /// The address phones use, with a certificate of our own.
    host: Option<String>,
    /// The certificate authority phones must trust, in PEM.
    authority: Option<Vec<u8>>,
}

async fn secure(config: &Config, now: domain::time::Timestamp) -> Result<Option<Secure>, Box<dyn Error>> {
    if !config.phone && config.certificate.is_none() {
        return Ok(None);
    }
    // An error says that the provider is installed already.
    _ = rustls::crypto::ring::default_provider().install_default();
    if let (Some(certificate), Some(key)) = (&config.certificate, &config.key) {
        let config = RustlsConfig::from_pem_file(certificate, key)
            .await
            .map_err(|error| format!("--certificate {}: {error}", certificate.display()))?;
        return Ok(Some(Secure {
            config,
            host: None,
            authority: None,
        }));
    }
    let addresses = tls::addresses()?;
    let phone = tls::prepare(&config.data.join("tls"), &addresses, now)?;
    let config = RustlsConfig::from_pem(phone.chain, phone.key).await?;
    let host = addresses.first().map(ToString::to_string);
    Ok(Some(Secure {
        config,
        host,
        authority: Some(phone.authority),
    }))
}

async fn stop(state: AppState, handle: Handle<SocketAddr>) {
    let signals =
        signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
    match signals {
        Ok((mut terminate, mut interrupt)) => tokio::select! {
            _ = terminate.recv() => tracing::info!("told to stop"),
            _ = interrupt.recv() => tracing::info!("told to stop"),
            () = state.media.store().failed() => tracing::error!("the disk failed; nothing can be promised any more"),
            () = state.db.writer_ended() => tracing::error!("the disk failed; nothing can be promised any more"),
        },
        Err(error) => tracing::error!(%error, "signals cannot be heard"),
    }
    state.close();
    handle.graceful_shutdown(Some(DRAIN));
}
