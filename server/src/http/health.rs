//! Whether the server lives and whether it can do its work.

use crate::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use std::time::Duration;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// The database can be read and the writer writes, both within two seconds.
pub(super) async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    let both = async {
        let read = state.db.read(crate::storage::meta::epoch).await.is_ok();
        read && state.db.write(|_| Ok(())).await.is_ok()
    };
    match tokio::time::timeout(Duration::from_secs(2), both).await {
        Ok(true) => (StatusCode::OK, "ready"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    }
}
