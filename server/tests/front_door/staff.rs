//! Signing in: once per link, for thirty days, and never by guessing.

use crate::house::{House, Reply};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use domain::member::{Me, Role};
use domain::problem::Problem;
use domain::time::Span;

async fn try_secret(house: &House, secret: &str) -> Reply {
    let body = serde_json::json!({ "secret": secret }).to_string();
    house.send(Method::POST, "/api/v1/sign-in", None, body).await
}

async fn secret_of(house: &House, role: Role) -> String {
    let links = server::seed::links(&house.state.db, &house.state.entropy, house.now())
        .await
        .unwrap()
        .unwrap();
    links.sign_in.into_iter().find(|(of, _)| *of == role).unwrap().1
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let house = House::open().await;
    let secret = secret_of(&house, Role::Analyst).await;
    assert_eq!(secret.len(), 32);
    let reply = try_secret(&house, &secret).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-vertelpunt="));
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=2592000"
    );
    let me: Me = house.get("/api/v1/me", Some(pair)).await.json();
    assert_eq!(
        (me.member.role, me.project_name.as_str()),
        (Role::Analyst, "Werk in Houten")
    );
    let again = try_secret(&house, &secret).await;
    assert_eq!(
        (again.status, again.problem()),
        (StatusCode::FORBIDDEN, Problem::LinkUsed)
    );
}

#[tokio::test]
async fn used_expired_and_unknown_links_answer_alike() {
    let house = House::open().await;
    let (used, expired) = (
        secret_of(&house, Role::Manager).await,
        secret_of(&house, Role::Analyst).await,
    );
    // The second call took the first one's unused links back.
    house.clock.pass(Span::days(1));
    let mut answers = Vec::new();
    for secret in [used.as_str(), &expired, "0", ""] {
        let reply = try_secret(&house, secret).await;
        assert!(!reply.headers.contains_key(header::SET_COOKIE));
        answers.push((reply.status, reply.body));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn guessing_links_is_limited_for_the_whole_server_and_then_forgiven() {
    let house = House::open().await;
    let secret = secret_of(&house, Role::Manager).await;
    for _ in 0..20 {
        assert_eq!(try_secret(&house, "guess").await.problem(), Problem::LinkUsed);
    }
    let limited = try_secret(&house, &secret).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.headers[header::RETRY_AFTER], "4");
    house.clock.pass(Span::seconds(3));
    assert_eq!(try_secret(&house, &secret).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn guessing_entry_codes_is_limited_and_the_real_door_stays_open() {
    let house = House::open().await;
    for n in 0..60 {
        let reply = house.get(&format!("/api/v1/entry/gok-{n}"), None).await;
        assert_eq!(
            (reply.status, reply.problem()),
            (StatusCode::NOT_FOUND, Problem::UnknownProject)
        );
    }
    let limited = house.get("/api/v1/entry/gok", None).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        house.get("/api/v1/entry/Houten", None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_sign_in_ends_by_signing_out_and_after_thirty_days() {
    let house = House::open().await;
    let (one, two) = (
        house.signed_in(Role::Analyst).await,
        house.signed_in(Role::Manager).await,
    );
    let (one, two) = (one.cookie.as_deref(), two.cookie.as_deref());
    let out = house
        .send(Method::DELETE, "/api/v1/sign-in", one, Body::empty())
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(
        out.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    let me = house.get("/api/v1/me", one).await;
    assert_eq!(
        (me.status, me.problem()),
        (StatusCode::UNAUTHORIZED, Problem::NotSignedIn)
    );
    house.clock.pass(Span::days(29));
    assert_eq!(house.get("/api/v1/me", two).await.status, StatusCode::OK);
    house.clock.pass(Span::days(1));
    assert_eq!(house.get("/api/v1/me", two).await.problem(), Problem::NotSignedIn);
}

#[tokio::test]
async fn a_new_sign_in_on_the_same_browser_ends_the_old_one() {
    let house = House::open().await;
    let before = house.signed_in(Role::Analyst).await.cookie;
    let body = serde_json::json!({ "secret": secret_of(&house, Role::Analyst).await }).to_string();
    house
        .send(Method::POST, "/api/v1/sign-in", before.as_deref(), body)
        .await;
    assert_eq!(
        house.get("/api/v1/me", before.as_deref()).await.problem(),
        Problem::NotSignedIn
    );
}

#[tokio::test]
async fn what_another_sites_page_sends_is_refused() {
    let house = House::open().await;
    let who = house.signed_in(Role::Manager).await;
    let request = |method: Method, path: &str, marks: &[(&str, &str)]| {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "verhalen.example.nl");
        request = request.header(header::COOKIE, who.cookie.as_deref().unwrap());
        for (name, value) in marks {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    };
    let foreign: [&[(&str, &str)]; 3] = [
        &[("sec-fetch-site", "cross-site")],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://andere.example.nl"),
        ],
        &[("origin", "https://evil.example")],
    ];
    for marks in foreign {
        for (method, path) in [
            (Method::DELETE, "/api/v1/sign-in"),
            (Method::POST, "/api/v1/sign-in"),
            (Method::POST, "/api/v1/sync"),
        ] {
            let reply = house.ask(request(method, path, marks)).await;
            assert_eq!(
                (reply.status, reply.problem()),
                (StatusCode::FORBIDDEN, Problem::Forbidden),
                "{marks:?}"
            );
        }
    }
    let own: [&[(&str, &str)]; 3] = [
        &[("sec-fetch-site", "same-origin")],
        &[("origin", "https://verhalen.example.nl")],
        &[],
    ];
    for marks in own {
        assert_eq!(
            house
                .ask(request(Method::DELETE, "/api/v1/sign-in", marks))
                .await
                .status,
            StatusCode::NO_CONTENT
        );
    }
}
