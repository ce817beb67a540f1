//! The server of Vertelpunt, as a library: [`router`] is the whole of it, ready for a socket or for a test.

pub mod http;

use http::assets::Site;
use std::sync::Arc;

/// What every handler may use. Cloned for each request, so everything in it is behind an [`Arc`].
#[derive(Clone)]
pub struct AppState {
    /// The files of the build.
    pub site: Arc<Site>,
}

/// Every route of the server. To add one: a line in [`http::routes`], which says where.
pub fn router(state: AppState) -> axum::Router {
    http::routes(state)
}
