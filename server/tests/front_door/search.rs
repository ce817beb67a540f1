//! Finding stories by their words, whatever is typed.

use crate::house::{House, Who, acknowledged};
use axum::http::StatusCode;
use domain::Entropy;
use domain::id::StoryId;
use domain::member::Role;
use domain::story::Found;
use domain::tag::Tag;

async fn search(house: &House, who: &Who, query: &str) -> Vec<StoryId> {
    let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let path = format!("/api/v1/projects/{}/search?q={encoded}", house.project.id);
    let reply = house.get(&path, who.cookie.as_deref()).await;
    assert_eq!(reply.status, StatusCode::OK, "{query:?}");
    reply.json::<Found>().stories
}

#[tokio::test]
async fn words_are_found_by_their_beginning_without_accents_in_any_script_newest_first() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let cafe = house.told_at("In het café leerde ik Nederlands.", house.now(), |draft| {
        "Koffie".clone_into(&mut draft.title);
        draft.tags = vec![Tag::Own("taalmaatje".to_owned()), Tag::Set("language".to_owned())];
    });
    let arabic = house.told("العمل في المقهى: cafetaria");
    for told in [&cafe, &arabic] {
        acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    }
    let (cafe, arabic) = (cafe.story.id, arabic.story.id);
    assert_eq!(search(&house, &analyst, "cafe").await, [arabic, cafe]);
    assert_eq!(search(&house, &analyst, "CAFÉ neder").await, [cafe]);
    assert_eq!(search(&house, &analyst, "koff").await, [cafe]);
    assert_eq!(search(&house, &analyst, "taalmaatje").await, [cafe]);
    assert_eq!(search(&house, &analyst, "العمل").await, [arabic]);
    assert_eq!(search(&house, &analyst, "cafe bestaatniet").await, []);
    for nothing in ["", "   ", "*", "-", "\""] {
        assert_eq!(search(&house, &analyst, nothing).await, [], "{nothing:?}");
    }
}

#[tokio::test]
async fn a_withdrawn_story_is_not_found() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let mut told = house.told("Vindbaar tot ik het terugneem.");
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    assert_eq!(search(&house, &analyst, "vindbaar").await, [told.story.id]);
    let withdraw = house.envelope(told.story.take_back().unwrap());
    house.push_one(withdraw, &told.owner()).await;
    assert_eq!(search(&house, &analyst, "vindbaar").await, []);
}

/// ASVS 1.2.4. The pieces are those by which FTS5 and SQL could be talked into something.
#[tokio::test]
async fn no_string_is_an_error_or_an_operator() {
    const PIECES: [&str; 20] = [
        "\"", "*", "NEAR(", ")", "words:", "-", "^", "+", "'", ";", "--", "OR ", "AND ", "NOT ", "\0", " ",
        "a", "é", "ا", "\u{202e}",
    ];
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    acknowledged(
        &house
            .push_one(house.told("Een gewoon verhaal.").envelope, &Who::nobody())
            .await,
    );
    let mut entropy = crate::house::Seeded(42);
    for _ in 0..1_000 {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        let query: String = bytes
            .iter()
            .map(|&byte| PIECES[usize::from(byte) % PIECES.len()])
            .collect();
        search(&house, &analyst, &query).await;
    }
    for operator in [
        "gewoon OR niets",
        "words:gewoon",
        "NEAR(een gewoon)",
        "een NOT niets",
    ] {
        assert_eq!(search(&house, &analyst, operator).await, [], "{operator}");
    }
}
