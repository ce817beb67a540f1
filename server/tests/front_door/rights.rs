//! The matrix: every route of the contract, asked by everybody. A route that is not in the table fails the test.

use crate::derivatives::{drawing, path_of};
use crate::house::{House, Who, acknowledged, quiet};
use crate::live::{Socket, serve};
use crate::media::{BYTES, Spoken, address, metadata, tus};
use axum::body::Body;
use axum::http::{Method, header};
use domain::member::Role;
use std::collections::BTreeMap;

/// What a route may be asked with, and what each asker is answered: nobody, reporter, analyst, facilitator, manager
/// of the project, and the manager of another.
struct Line {
    method: Method,
    route: &'static str,
    answers: [u16; 6],
}

fn table() -> Vec<Line> {
    let line = |method, route, answers| Line {
        method,
        route,
        answers,
    };
    vec![
        line(Method::POST, "/api/v1/sync", [200; 6]),
        // Who is signed in; what they may follow there is what they may pull.
        line(Method::GET, "/api/v1/live", [401, 101, 101, 101, 101, 101]),
        line(Method::GET, "/api/v1/entry/{code}", [200; 6]),
        line(Method::POST, "/api/v1/sign-in", [403; 6]),
        line(Method::GET, "/api/v1/me", [401, 200, 200, 200, 200, 200]),
        line(
            Method::GET,
            "/api/v1/stories/{id}",
            [401, 404, 200, 200, 200, 404],
        ),
        line(
            Method::GET,
            "/api/v1/projects/{id}/search",
            [401, 404, 200, 200, 200, 404],
        ),
        line(
            Method::GET,
            "/api/v1/stories/{story}/clips/{clip}",
            [401, 404, 200, 200, 200, 404],
        ),
        // Whoever is signed in may ask; which stories are given is LE1's.
        line(Method::PUT, "/api/v1/lease", [401, 200, 200, 200, 200, 200]),
        // Only the owner key of the story opens it to its teller.
        line(Method::POST, "/api/v1/stories/{story}/listen", [404; 6]),
        line(Method::POST, "/api/v1/story", [404; 6]),
        line(Method::POST, "/api/v1/stories/{story}/copy", [404; 6]),
        // A role gives no right to bring anything: only the keys of a story do.
        line(Method::OPTIONS, "/api/v1/media", [204; 6]),
        line(Method::POST, "/api/v1/media", [404; 6]),
        line(Method::HEAD, "/api/v1/media/{clip}", [404; 6]),
        line(Method::PATCH, "/api/v1/media/{clip}", [404; 6]),
        line(Method::DELETE, "/api/v1/media/{clip}", [404; 6]),
        line(Method::GET, "/api/v1/openapi.json", [200; 6]),
        // Last: it signs everybody out.
        line(Method::DELETE, "/api/v1/sign-in", [204; 6]),
    ]
}

/// Everything a request for the first clip of a story could want.
fn upload(spoken: &Spoken) -> [(&'static str, String); 4] {
    [
        ("upload-length", spoken.bytes().len().to_string()),
        ("upload-metadata", metadata(spoken.id())),
        ("upload-offset", "0".to_owned()),
        ("content-type", BYTES.to_owned()),
    ]
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_table_says() {
    let house = House::open().await;
    let told = house.told("Wie mag dit lezen?");
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    let spoken = house.announced(1, &[5_000]).await;
    let drawn = house.came(2, vec![drawing()]).await;
    house.derive().await;
    let at = serve(&house, house.state.patience);
    let mut askers = vec![Who::nobody(), house.colleague(Role::Reporter).await];
    for role in [Role::Analyst, Role::Facilitator, Role::Manager] {
        askers.push(house.signed_in(role).await);
    }
    askers.push(house.neighbour(Role::Manager).await.1);
    for Line {
        method,
        route,
        answers,
    } in table()
    {
        let path = match route {
            "/api/v1/entry/{code}" => "/api/v1/entry/houten".to_owned(),
            "/api/v1/stories/{id}" => format!("/api/v1/stories/{}", told.story.id),
            "/api/v1/projects/{id}/search" => format!("/api/v1/projects/{}/search?q=lezen", house.project.id),
            "/api/v1/media/{clip}" => address(spoken.id()),
            "/api/v1/stories/{story}/clips/{clip}" => path_of(&drawn.told, drawn.id()),
            "/api/v1/stories/{story}/listen" => format!("/api/v1/stories/{}/listen", drawn.told.story.id),
            "/api/v1/stories/{story}/copy" => format!("/api/v1/stories/{}/copy", drawn.told.story.id),
            _ => route.to_owned(),
        };
        let body = match route {
            "/api/v1/sync" => serde_json::to_string(&quiet()).unwrap(),
            "/api/v1/sign-in" if method == Method::POST => r#"{"secret":"guess"}"#.to_owned(),
            "/api/v1/lease" => format!(r#"{{"stories":["{}"]}}"#, told.story.id),
            _ => String::new(),
        };
        for (asker, expected) in askers.iter().zip(answers) {
            let cookie = asker.cookie.as_deref();
            if route == "/api/v1/live" {
                let status = match Socket::open(at, asker).await {
                    Ok(_) => 101,
                    Err(status) => status,
                };
                assert_eq!(status, expected, "{method} {route} {cookie:?}");
                continue;
            }
            let reply = if route.starts_with("/api/v1/media") {
                let mut request = tus(method.clone(), &path, asker, &upload(&spoken), Body::empty());
                if let Some(cookie) = cookie {
                    request
                        .headers_mut()
                        .insert(header::COOKIE, cookie.parse().unwrap());
                }
                house.ask(request).await
            } else {
                house
                    .send(method.clone(), &path, cookie, Body::from(body.clone()))
                    .await
            };
            assert_eq!(reply.status.as_u16(), expected, "{method} {route} {cookie:?}");
        }
    }
}

#[tokio::test]
async fn every_route_of_the_contract_is_in_the_table() {
    let house = House::open().await;
    let contract: serde_json::Value = house.get("/api/v1/openapi.json", None).await.json();
    let paths: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
        serde_json::from_value(contract["paths"].clone()).unwrap();
    let declared = paths
        .iter()
        .flat_map(|(path, methods)| methods.keys().map(move |m| (m.clone(), path.clone())));
    let mut declared: Vec<_> = declared.collect();
    let mut tried: Vec<_> = table()
        .iter()
        .map(|line| (line.method.as_str().to_lowercase(), line.route.to_owned()))
        .collect();
    declared.sort();
    tried.sort();
    assert_eq!(declared, tried);
}

#[tokio::test]
async fn unknown_and_forbidden_answer_alike() {
    let house = House::open().await;
    let told = house.told("Niet voor de buren.");
    acknowledged(&house.push_one(told.envelope, &Who::nobody()).await);
    let (_, neighbour) = house.neighbour(Role::Manager).await;
    let unknown = "6f1c3a52-3a63-4c1e-9f0a-2f6f4a1f7a10";
    let ask = async |path: String| {
        let reply = house.get(&path, neighbour.cookie.as_deref()).await;
        (reply.status, reply.body)
    };
    let forbidden = ask(format!("/api/v1/stories/{}", told.story.id)).await;
    for id in [unknown, "not-an-id", "%00"] {
        assert_eq!(ask(format!("/api/v1/stories/{id}")).await, forbidden);
    }
    let forbidden = ask(format!("/api/v1/projects/{}/search?q=buren", house.project.id)).await;
    assert_eq!(
        ask(format!("/api/v1/projects/{unknown}/search?q=buren")).await,
        forbidden
    );
}
