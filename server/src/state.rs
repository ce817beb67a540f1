//! What every handler may use.

use crate::ambient::{Clock, SharedEntropy};
use crate::connections::{Patience, Sockets};
use crate::http::api;
use crate::http::assets::Site;
use crate::http::limits::Limits;
use crate::media::Media;
use crate::storage::Db;
use axum::body::Bytes;
use std::sync::Arc;
use tokio::sync::watch;

/// What every handler may use. Cloned for each request, so everything in it is cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The files of the build.
    pub site: Arc<Site>,
    /// Everything that is kept.
    pub db: Db,
    /// The bytes of clips.
    pub media: Media,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where tokens come from.
    pub entropy: SharedEntropy,
    /// How often guessing may fail.
    pub limits: Arc<Limits>,
    /// The most bytes of a request's body.
    pub max_body: usize,
    /// How long anything may take.
    pub patience: Patience,
    /// Places for sockets.
    pub sockets: Sockets,
    /// The contract, as `/api/v1/openapi.json` answers it.
    pub contract: Bytes,
    closing: Arc<watch::Sender<bool>>,
}

/// The most bytes of a request's body, when nothing else is configured.
pub const MAX_BODY: usize = 1 << 20;

impl AppState {
    /// The state over a database and the files of the build; the clock and randomness are the caller's.
    pub fn new(site: Site, db: Db, clock: Arc<dyn Clock>, entropy: SharedEntropy) -> Self {
        let closing = watch::Sender::new(false);
        Self {
            site: Arc::new(site),
            media: Media::new(db.clone(), Arc::clone(&clock), closing.subscribe()),
            db,
            clock,
            entropy,
            limits: Arc::default(),
            max_body: MAX_BODY,
            patience: Patience::default(),
            sockets: Sockets::among(Patience::default().connections),
            contract: api::contract(),
            closing: Arc::new(closing),
        }
    }

    /// The server is going down: who waits for news is answered at once, and sockets say goodbye.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Ready once the server is going down.
    pub async fn closed(&self) {
        // This state holds the sender, so the wait can only end by the value.
        _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}
