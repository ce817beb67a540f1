//! P24: phones of every version there ever was, and of versions to come. What they send was recorded, to the letter, in
//! `app/domain/tests/fixtures`.

use crate::house::{House, Who, acknowledged, quiet};
use domain::command::Command;
use domain::draft::PhoneStory;
use domain::problem::Problem;
use domain::sync::protocol::{Envelope, OLDEST_PROTOCOL, SyncResponse, Verdict};
use domain::voices::Voice;
use serde_json::{Value, json};
use std::path::Path;

fn recorded(name: &str) -> Value {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/domain/tests/fixtures");
    let text = std::fs::read_to_string(Path::new(fixtures).join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A server on which the recorded project is, and what the recorded phone sends in this order.
async fn house_of(commands: &str) -> (House, Vec<Value>) {
    let house = House::open().await;
    let mut sent = Vec::new();
    for raw in recorded(commands).as_array().unwrap() {
        match serde_json::from_value::<Envelope>(raw.clone()).unwrap().command {
            Command::CreateProject(recorded) => {
                let made = house.another_project(|project| {
                    *project = *recorded;
                    project.entries.clear();
                    // The recorded story also answers a question that its recorded project does not ask.
                    let mut another = project.signifiers.first().cloned();
                    if let Some(another) = &mut another {
                        another.id = "c0ffee00-1234-4abc-9def-0123456789ab".parse().unwrap();
                    }
                    project.signifiers.extend(another);
                });
                assert!(made.await.is_some());
            }
            _ => sent.push(raw.clone()),
        }
    }
    (house, sent)
}

/// Whoever holds the keys of a recorded story.
fn teller(story: &str) -> Who {
    let story: PhoneStory = serde_json::from_value(recorded(story)).unwrap();
    let owners = Voice::ALL.into_iter().filter_map(|voice| story.key_of(voice));
    let keys = owners.map(|key| key.to_hex()).chain([story.upload_key.to_hex()]);
    Who {
        cookie: None,
        keys: keys.collect(),
    }
}

/// Sends a request as it is written; the server must answer it.
async fn send(house: &House, request: Value, who: &Who) -> SyncResponse {
    let reply = house.try_sync(request.to_string().into_bytes(), who).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()
}

fn request(protocol: u32, push: &[Value]) -> Value {
    json!({ "protocol": protocol, "nonce": quiet().nonce, "push": push })
}

#[tokio::test]
async fn p24_what_a_phone_of_any_version_sends_is_carried_out() {
    let cases = [
        ("commands-1.json", "phone-story-1.json"),
        ("commands-2.json", "phone-story-1.json"),
        ("commands-3.json", "phone-story-2.json"),
    ];
    for (commands, story) in cases {
        for protocol in [0, OLDEST_PROTOCOL] {
            let (house, sent) = house_of(commands).await;
            let who = teller(story);
            for raw in &sent {
                let answer = send(&house, request(protocol, std::slice::from_ref(raw)), &who).await;
                let verdict = &answer.outcomes[0].verdict;
                assert!(
                    matches!(verdict, Verdict::Committed { .. }),
                    "{commands}: {verdict:?} to {raw}"
                );
            }
        }
    }
}

#[tokio::test]
async fn p24_a_recorded_request_is_answered_with_what_it_asks_for() {
    let (house, _) = house_of("commands-1.json").await;
    let mut request = recorded("sync-request-1.json");
    let pulls = request["pull"].as_array().unwrap().len();
    request["wait"] = 0.into();
    let answer = send(&house, request.clone(), &teller("phone-story-1.json")).await;
    acknowledged(&answer.outcomes[0].verdict);
    assert_eq!(json!(answer.nonce), request["nonce"]);
    // Of a scope that may not be followed there is no page.
    assert!(!answer.pages.is_empty() && answer.pages.len() < pulls);
}

/// A server that was put back to an older version meets a phone that is ahead of it: what it can read it carries out, and
/// what it cannot is refused alone, so that the phone keeps it.
#[tokio::test]
async fn p24_a_phone_newer_than_the_server_loses_nothing() {
    let (house, sent) = house_of("commands-1.json").await;
    let mut ahead = sent[0].clone();
    ahead["of_next_year"] = true.into();
    ahead["command"]["finalize_story"]["of_next_year"] = json!({ "field": 1 });
    let mut unheard_of = sent[0].clone();
    unheard_of["id"] = json!(domain::id::CommandId(house.project.id.0));
    unheard_of["command"] = json!({ "sing_story": { "story": house.project.id } });
    let mut asked = request(99, &[unheard_of, ahead]);
    asked["of_next_year"] = true.into();
    let answer = send(&house, asked, &teller("phone-story-1.json")).await;
    let problem = Problem::Malformed;
    assert_eq!(answer.outcomes[0].verdict, Verdict::Rejected { problem });
    acknowledged(&answer.outcomes[1].verdict);
}
