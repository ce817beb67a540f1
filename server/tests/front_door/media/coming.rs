//! From a manifest to a story that is acknowledged.

use super::{Spoken, noise, offset};
use crate::house::{House, Who, acknowledged, puts, rejected};
use axum::body::Body;
use axum::http::StatusCode;
use domain::command::Command;
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{EntityRef, Row, Scope};
use std::fs;

#[tokio::test]
async fn me9_a_spoken_story_is_everybodys_only_once_every_byte_is_here_and_then_it_is_acknowledged() {
    let house = House::open().await;
    let spoken = house.announced(1, &[300_000, 70_000]).await;
    let (deliverer, analyst) = (spoken.told.deliverer(), house.signed_in(Role::Analyst).await);
    assert!(!house.is_acknowledged(&spoken).await);
    let (first, bytes) = &spoken.clips[0];
    let reply = house.bring(*first, bytes.clone(), bytes.len(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 300_000));
    assert!(!house.is_acknowledged(&spoken).await);
    assert_eq!(house.library(&analyst).await, []);
    let own = house
        .pull(spoken.told.scope(), 0, &spoken.told.owner())
        .await
        .unwrap();
    assert!(matches!(&puts(&own)[..], [Row::OwnStory(_)]));

    let (second, bytes) = &spoken.clips[1];
    let reply = house.create(*second, bytes.len(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 0));
    let cursor = house
        .pull(Scope::Members(house.project.id), 0, &analyst)
        .await
        .unwrap()
        .cursor;
    let reply = house.patch(*second, 0, bytes.clone(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::NO_CONTENT, 70_000));
    assert!(house.is_acknowledged(&spoken).await);
    let news = house
        .pull(Scope::Members(house.project.id), cursor, &analyst)
        .await
        .unwrap();
    assert_eq!(puts(&news).len(), 1, "followers are told of it");
    assert_eq!(
        house.library(&analyst).await,
        [EntityRef::Summary(spoken.told.story.id)]
    );
    for (id, bytes) in &spoken.clips {
        assert_eq!(fs::read(house.whole(*id)).unwrap(), *bytes);
        assert!(!house.incoming(*id).exists());
    }
    let house = house.restarted().await;
    assert!(house.is_acknowledged(&spoken).await);
    assert_eq!(house.state.media.missing(), 0);
}

#[tokio::test]
async fn me12_bytes_are_taken_only_for_clips_of_a_manifest_and_from_who_holds_its_key() {
    let house = House::open().await;
    let unsent = house.spoken(1, &[5_000]);
    let (mine, other) = (
        house.announced(2, &[5_000]).await,
        house.announced(3, &[5_000]).await,
    );
    let manager = Who {
        keys: Vec::new(),
        ..house.signed_in(Role::Manager).await
    };
    for (spoken, who) in [
        (&unsent, unsent.told.owner()),
        (&mine, other.told.owner()),
        (&mine, Who::nobody()),
        (&mine, manager),
    ] {
        let (id, bytes) = (spoken.id(), spoken.bytes());
        let replies = [
            house.create(id, bytes.len(), &who).await,
            house.bring(id, bytes.to_vec(), bytes.len(), &who).await,
            house.patch(id, 0, bytes.to_vec(), &who).await,
        ];
        for reply in replies {
            assert_eq!(reply.status, StatusCode::NOT_FOUND);
            assert_eq!(reply.problem(), Problem::StoryUnknown);
            assert_eq!(reply.headers["tus-resumable"], "1.0.0");
        }
        assert_eq!(house.held(id, &who).await.status, StatusCode::NOT_FOUND);
        assert!(!house.incoming(id).exists() && !house.whole(id).exists());
    }
    for who in [mine.told.owner(), mine.told.deliverer()] {
        assert_eq!(house.held(mine.id(), &who).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn me14_bytes_that_are_not_what_the_manifest_names_are_dropped_and_can_be_brought_again() {
    let house = House::open().await;
    let spoken = house.announced(4, &[200_000]).await;
    let (id, deliverer) = (spoken.id(), spoken.told.deliverer());
    let mut wrong = spoken.bytes().to_vec();
    wrong[123_456] ^= 1;
    let reply = house.bring(id, wrong.clone(), wrong.len(), &deliverer).await;
    assert_eq!((reply.status.as_u16(), offset(&reply)), (460, 0));
    assert_eq!(reply.problem(), Problem::ManifestMismatch);
    let reply = house.patch(id, 0, wrong[..150_000].to_vec(), &deliverer).await;
    assert_eq!(offset(&reply), 150_000);
    let reply = house
        .patch(id, 150_000, wrong[150_000..].to_vec(), &deliverer)
        .await;
    assert_eq!((reply.status.as_u16(), offset(&reply)), (460, 0));
    assert!(!house.incoming(id).exists() && !house.whole(id).exists());
    assert!(!house.is_acknowledged(&spoken).await);
    house.bring_all(&spoken).await;
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn me8_a_clip_of_another_length_than_its_manifest_says_is_not_begun() {
    let house = House::open().await;
    let spoken = house.announced(5, &[5_000]).await;
    for reply in [
        house.create(spoken.id(), 5_001, &spoken.told.owner()).await,
        house
            .bring(spoken.id(), noise(1, 4_999), 4_999, &spoken.told.owner())
            .await,
    ] {
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(reply.problem(), Problem::ManifestMismatch);
    }
    assert_eq!(offset(&house.held(spoken.id(), &spoken.told.owner()).await), 0);
}

#[tokio::test]
async fn p19_what_was_brought_already_is_told_so_however_it_is_brought_again() {
    let house = House::open().await;
    let spoken = house.announced(6, &[90_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes().to_vec(), spoken.told.deliverer());
    house.bring_all(&spoken).await;
    let reply = house.bring(id, bytes.clone(), bytes.len(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 90_000));
    let reply = house.create(id, bytes.len(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 90_000));
    let reply = house.patch(id, 90_000, Body::empty(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::NO_CONTENT, 90_000));
    let reply = house.patch(id, 0, bytes.clone(), &deliverer).await;
    assert_eq!(reply.problem(), Problem::UploadConflict { offset: Some(90_000) });
    assert_eq!(offset(&house.held(id, &deliverer).await), 90_000);
    assert_eq!(fs::read(house.whole(id)).unwrap(), bytes);
    let manager = house.signed_in(Role::Manager).await;
    assert_eq!(house.library(&manager).await.len(), 1);
}

#[tokio::test]
async fn p19_a_manifest_that_is_sent_again_under_another_name_waits_for_the_same_bytes() {
    let house = House::open().await;
    let Spoken { told, clips } = house.announced(7, &[9_000]).await;
    let again = house.envelope(told.envelope.command.clone());
    let verdict = house.push_one(again, &told.deliverer()).await;
    assert!(matches!(
        verdict,
        domain::sync::protocol::Verdict::Committed {
            acknowledgement: None,
            ..
        }
    ));
    house
        .bring_all(&Spoken {
            told: told.clone(),
            clips,
        })
        .await;
    let Command::FinalizeStory(_) = told.envelope.command else {
        panic!()
    };
    let stranger = house.envelope(told.envelope.command.clone());
    let verdict = house.push_one(stranger, &Who::nobody()).await;
    assert_eq!(rejected(&verdict), Problem::StoryUnknown);
}

#[tokio::test]
async fn me21_a_clip_belongs_to_one_story_and_a_second_manifest_that_names_it_is_refused_alone() {
    let house = House::open().await;
    let first = house.announced(1, &[5_000]).await;
    // Other stories with other keys, whose manifests name the clip of the first.
    let (own, foreign) = (house.spoken(1, &[5_000]), house.spoken(1, &[5_000, 6_000]));
    let written = house.told("Dit komt in hetzelfde verzoek.");
    let pushed = vec![own.told.envelope.clone(), written.envelope.clone()];
    let verdicts = house.push(pushed, &first.told.owner()).await;
    assert_eq!(rejected(&verdicts[0]), Problem::Malformed);
    acknowledged(&verdicts[1]);
    let verdict = house.push_one(foreign.told.envelope, &Who::nobody()).await;
    assert_eq!(
        rejected(&verdict),
        Problem::Malformed,
        "whoever asks hears the same"
    );
    house.bring_all(&first).await;
    assert!(house.is_acknowledged(&first).await, "the first is untouched");
    let again = house.push_one(own.told.envelope, &Who::nobody()).await;
    assert_eq!(rejected(&again), Problem::Malformed, "also once it is whole");
}
