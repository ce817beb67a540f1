//! The binary `vertelpunt`.

use server::{AppState, http::assets::Site, router};
use std::{env, error::Error, path::Path, sync::Arc};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let site = env::var("VERTELPUNT_SITE").unwrap_or_else(|_| "target/site".to_owned());
    let listen = env::var("VERTELPUNT_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let state = AppState { site: Arc::new(Site::load(Path::new(&site))?) };
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    println!("http://localhost:{}/v/houten", listener.local_addr()?.port());
    axum::serve(listener, router(state)).await?;
    Ok(())
}
