//! The contract, health, and headers.

use crate::house::House;
use axum::http::{StatusCode, header};

#[tokio::test]
async fn the_contract_is_openapi_3_1_and_names_every_type_it_uses() {
    let house = House::open().await;
    let contract: serde_json::Value = house.get("/api/v1/openapi.json", None).await.json();
    assert!(contract["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemas = contract["components"]["schemas"].as_object().unwrap();
    let text = contract.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is not described");
    }
    for name in [
        "Command",
        "FinalizeStory",
        "SyncResponse",
        "Acknowledgement",
        "Problem",
        "ReadStory",
        "Project",
    ] {
        assert!(schemas.contains_key(name), "{name} is missing");
    }
}

#[tokio::test]
async fn health_says_whether_it_lives_and_whether_it_can_work() {
    let house = House::open().await;
    assert_eq!(house.get("/healthz", None).await.status, StatusCode::OK);
    assert_eq!(house.get("/readyz", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_api_route_that_is_not_there_is_not_the_shell() {
    let house = House::open().await;
    let reply = house.get("/api/v1/nothing", None).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(!String::from_utf8_lossy(&reply.body).contains("<html"));
}

#[tokio::test]
async fn every_answer_of_the_api_is_hardened() {
    let house = House::open().await;
    for path in ["/api/v1/me", "/api/v1/entry/houten", "/api/v1/openapi.json"] {
        let headers = house.get(path, None).await.headers;
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
}
