//! DE7, DE8: who hears a clip, and which bytes of it.

use super::{drawing, path_of, recording};
use crate::house::{House, Who};
use crate::media::Spoken;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use domain::Sha256;
use domain::member::Role;
use domain::problem::Problem;
use domain::sync::protocol::KEYS_HEADER;
use domain::time::Span;

impl House {
    /// Exchanges keys for a cookie: the answer's status, and what the browser keeps.
    async fn listens(&self, spoken: &Spoken, who: &Who) -> (StatusCode, Option<String>) {
        let request = Request::post(format!("/api/v1/stories/{}/listen", spoken.told.story.id))
            .header(KEYS_HEADER, who.keys.join(","))
            .body(Body::empty())
            .unwrap();
        let reply = self.ask(request).await;
        let cookie = reply.headers.get(header::SET_COOKIE);
        (
            reply.status,
            cookie.map(|cookie| cookie.to_str().unwrap().to_owned()),
        )
    }
}

fn listener(set: &str) -> Who {
    Who {
        cookie: Some(set.split(';').next().unwrap().to_owned()),
        keys: Vec::new(),
    }
}

#[tokio::test]
async fn de7_a_teller_hears_their_own_story_for_ten_minutes_and_no_other() {
    let house = House::open().await;
    let (own, other) = (
        house.came(1, vec![drawing()]).await,
        house.came(2, vec![drawing()]).await,
    );
    house.derive().await;
    let (status, set) = house.listens(&own, &own.told.owner()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let set = set.unwrap();
    let path = format!("Path=/api/v1/stories/{}/clips", own.told.story.id);
    for attribute in [
        "__Secure-vertelpunt-listen=",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Max-Age=600",
        &path,
    ] {
        assert!(set.contains(attribute), "{attribute} in {set}");
    }
    assert!(!set.contains(&own.told.story.owner_key().to_hex()));
    let teller = listener(&set);
    assert_eq!(
        house.play(&own.told, own.id(), &teller, &[]).await.status,
        StatusCode::OK
    );
    // Not another story by the same cookie, nor another's clip by one's own story.
    let reply = house.play(&other.told, other.id(), &teller, &[]).await;
    assert_eq!(
        (reply.status, reply.problem()),
        (StatusCode::UNAUTHORIZED, Problem::NotSignedIn)
    );
    let reply = house.play(&own.told, other.id(), &teller, &[]).await;
    assert_eq!(
        (reply.status, reply.problem()),
        (StatusCode::NOT_FOUND, Problem::StoryUnknown)
    );

    for who in [other.told.owner(), own.told.deliverer(), Who::nobody()] {
        assert_eq!(house.listens(&own, &who).await, (StatusCode::NOT_FOUND, None));
    }
    let value = teller.cookie.clone().unwrap();
    let (name_and_time, proof) = value.split_once('.').unwrap();
    let later = name_and_time.replace("vertelpunt-listen=1", "vertelpunt-listen=2");
    assert_ne!(later, name_and_time);
    for forged in [
        format!("{later}.{proof}"),
        format!("{name_and_time}.{}", "0".repeat(64)),
        format!(
            "{name_and_time}.{}",
            proof.replace(|c: char| c.is_ascii_alphabetic(), "é")
        ),
        format!("{name_and_time}."),
        "__Secure-vertelpunt-listen=".to_owned(),
    ] {
        let reply = house.play(&own.told, own.id(), &listener(&forged), &[]).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{forged}");
    }
    house.clock.pass(Span::seconds(599));
    assert_eq!(
        house.play(&own.told, own.id(), &teller, &[]).await.status,
        StatusCode::OK
    );
    house.clock.pass(Span::seconds(1));
    assert_eq!(
        house.play(&own.told, own.id(), &teller, &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn de7_a_member_hears_through_consent_and_unknown_and_forbidden_answer_alike() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    house.derive().await;
    let reporter = house.colleague(Role::Reporter).await;
    let (_, neighbour) = house.neighbour(Role::Manager).await;
    let analyst = house.signed_in(Role::Analyst).await;
    let path = path_of(&spoken.told, spoken.id());
    assert_eq!(
        house.get(&path, analyst.cookie.as_deref()).await.status,
        StatusCode::OK
    );
    let unknown = house
        .get(
            &path.replace(&spoken.id().to_string(), "nonsense"),
            analyst.cookie.as_deref(),
        )
        .await;
    for who in [reporter, neighbour] {
        let reply = house.get(&path, who.cookie.as_deref()).await;
        assert_eq!(
            (reply.status, &reply.body),
            (StatusCode::NOT_FOUND, &unknown.body)
        );
        assert_eq!(unknown.status, reply.status);
    }
    assert_eq!(house.get(&path, None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn de8_players_get_the_part_they_ask_for() {
    let house = House::open().await;
    let spoken = house.came(1, vec![recording()]).await;
    house.derive().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let (told, clip) = (&spoken.told, spoken.id());
    let all = house.play(told, clip, &analyst, &[]).await;
    let length = all.body.len();
    assert_eq!(all.status, StatusCode::OK);
    let etag = format!("\"{}\"", Sha256::of(&all.body).to_hex());
    for (name, value) in [
        ("accept-ranges", "bytes"),
        ("content-type", "audio/webm;codecs=opus"),
        ("content-length", &length.to_string()),
        ("etag", &etag),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline; filename=\"clip\""),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ),
    ] {
        assert_eq!(all.headers[name], value, "{name}");
    }
    assert!(!all.headers.contains_key("content-encoding"));

    let asked = async |range: &str| {
        let headers = [("range", range), ("accept-encoding", "br")];
        house.play(told, clip, &analyst, &headers).await
    };
    let reply = asked("bytes=100-199").await;
    assert_eq!(
        (reply.status, &reply.body[..]),
        (StatusCode::PARTIAL_CONTENT, &all.body[100..200])
    );
    assert_eq!(reply.headers["content-range"], format!("bytes 100-199/{length}"));
    assert_eq!(reply.headers["content-length"], "100");
    let reply = asked("bytes=-50").await;
    assert_eq!(
        (reply.status, &reply.body[..]),
        (StatusCode::PARTIAL_CONTENT, &all.body[length - 50..])
    );
    let reply = asked("bytes=0-").await;
    assert_eq!(
        (reply.status, reply.body),
        (StatusCode::PARTIAL_CONTENT, all.body.clone())
    );
    let reply = asked("bytes=99999999-").await;
    assert_eq!(
        (reply.status, reply.body.len()),
        (StatusCode::RANGE_NOT_SATISFIABLE, 0)
    );
    assert_eq!(reply.headers["content-range"], format!("bytes */{length}"));
    let reply = asked("bytes=0-1,4-5").await;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::OK, length));

    for (known, status) in [
        (etag.as_str(), 206),
        ("\"other\"", 200),
        ("Sun, 22 Nov 2026 10:00:00 GMT", 200),
    ] {
        let headers = [("range", "bytes=0-9"), ("if-range", known)];
        assert_eq!(
            house.play(told, clip, &analyst, &headers).await.status,
            status,
            "{known}"
        );
    }
    let head = house
        .send(
            Method::HEAD,
            &path_of(told, clip),
            analyst.cookie.as_deref(),
            Body::empty(),
        )
        .await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.headers["content-length"], length.to_string());
}
