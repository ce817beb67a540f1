//! The routes of the API, each with its place in the contract, and the layers around all routes.

use super::error::ApiError;
use super::{auth, clips, entry, health, lease, live, openapi, own, stories, sync, tus};
use crate::AppState;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{MatchedPath, Request};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::problem::Problem;
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes and their contract.
///
/// A request that could change something and that another site's page sent is refused; one without a browser, such
/// as curl's, is not.
pub(super) fn routes() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    let (router, contract) = OpenApiRouter::with_openapi(openapi::Contract::openapi())
        .routes(routes!(sync::sync))
        .routes(routes!(live::live))
        .routes(routes!(entry::entry))
        .routes(routes!(auth::sign_in, auth::sign_out))
        .routes(routes!(auth::me))
        .routes(routes!(own::open))
        .routes(routes!(own::copy))
        .routes(routes!(stories::read))
        .routes(routes!(stories::search))
        .routes(routes!(lease::lease))
        .routes(routes!(clips::clip))
        .routes(routes!(clips::listen))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(tus::options, tus::create))
                .routes(routes!(tus::held, tus::append, tus::terminate))
                .layer(map_response(tus::spoken)),
        )
        .routes(routes!(openapi::document))
        .split_for_parts();
    let router = router
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .layer(
            CsrfLayer::new().with_rejection_response(|_| ApiError::from(Problem::Forbidden).into_response()),
        );
    (router, contract)
}

/// The contract alone, as JSON.
pub fn contract() -> Bytes {
    let json = routes()
        .1
        .to_json()
        .expect("a contract made of plain values has a JSON form");
    Bytes::from(json)
}

/// What surrounds every route: one line of log per answer, with the route's template and never its path or query,
/// and a plain 500 for whatever panics.
pub(super) fn observed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &Request| {
            let route = request
                .extensions()
                .get::<MatchedPath>()
                .map_or("-", MatchedPath::as_str);
            tracing::info_span!("request", method = %request.method(), route)
        })
        .on_request(())
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    router.layer(CatchPanicLayer::custom(panicked)).layer(trace)
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    ApiError::from(Problem::Internal).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_is_a_500_without_details() {
        let broken = get(async || -> StatusCode { panic!("the words of a story") });
        let router: Router = observed(Router::new().route("/", broken));
        let (head, body) = router
            .oneshot(Request::new(Body::empty()))
            .await
            .unwrap()
            .into_parts();
        assert_eq!(head.status, StatusCode::INTERNAL_SERVER_ERROR);
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(&body[..], br#"{"problem":{"code":"internal"}}"#);
    }
}
