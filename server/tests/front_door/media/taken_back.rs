//! Taken back while bytes are waiting, coming, or here.

use super::{Spoken, offset, pipe};
use crate::house::{House, puts};
use axum::body::Bytes;
use axum::http::StatusCode;
use domain::command::{ChangeConsent, Command};
use domain::consent::{Answer, Use};
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::Row;
use domain::story::OwnState;
use domain::voices::Voice;
use std::fs;

/// Nothing of a story is anywhere, for anybody, and nothing of it is taken any more.
async fn is_gone(house: &House, spoken: &Spoken) {
    for (id, bytes) in &spoken.clips {
        for path in [house.incoming(*id), house.whole(*id)] {
            assert!(!path.exists(), "{}", path.display());
        }
        let who = spoken.told.owner();
        for reply in [
            house.bring(*id, bytes.clone(), bytes.len(), &who).await,
            house.patch(*id, 0, bytes.clone(), &who).await,
        ] {
            assert_eq!(
                (reply.status, reply.problem()),
                (StatusCode::NOT_FOUND, Problem::StoryUnknown)
            );
        }
        assert_eq!(house.held(*id, &who).await.status, StatusCode::NOT_FOUND);
        assert!(!house.incoming(*id).exists());
    }
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await, []);
    let own = house
        .pull(spoken.told.scope(), 0, &spoken.told.owner())
        .await
        .unwrap();
    assert!(matches!(&puts(&own)[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
}

#[tokio::test]
async fn me19_p21_at_whatever_step_a_story_is_taken_back_no_byte_of_it_stays() {
    for step in 0..5 {
        let house = House::open().await;
        let spoken = house.announced(step, &[20_000, 3_000]).await;
        let deliverer = spoken.told.deliverer();
        let (first, bytes) = &spoken.clips[0];
        let derived = house.folder.path().join("data/media/derived");
        fs::create_dir(&derived).unwrap();
        fs::write(derived.join(first.to_string()), "for others").unwrap();
        if step >= 1 {
            house.create(*first, bytes.len(), &deliverer).await;
        }
        if step >= 2 {
            house.patch(*first, 0, bytes[..9_000].to_vec(), &deliverer).await;
        }
        if step >= 3 {
            house
                .patch(*first, 9_000, bytes[9_000..].to_vec(), &deliverer)
                .await;
        }
        if step >= 4 {
            house.bring_all(&spoken).await;
            assert!(house.is_acknowledged(&spoken).await);
        }
        house.withdraw(&spoken.told).await;
        assert!(!derived.join(first.to_string()).exists());
        is_gone(&house, &spoken).await;
    }
}

#[tokio::test]
async fn me19_p21_a_withdrawal_ends_the_request_that_is_bringing_bytes() {
    for sent in [1, 10_000, 20_000] {
        let house = House::open().await;
        let spoken = house.announced(7, &[20_000]).await;
        let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
        let (sender, body) = pipe();
        let bringing = house.patch(id, 0, body, &deliverer);
        let taking_back = async {
            sender
                .send(Ok(Bytes::copy_from_slice(&bytes[..sent])))
                .await
                .unwrap();
            drop(sender.reserve().await.unwrap());
            house.withdraw(&spoken.told).await;
        };
        let (reply, ()) = tokio::join!(bringing, taking_back);
        assert!(reply.status.is_client_error(), "{}", reply.status);
        is_gone(&house, &spoken).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p21_whoever_is_first_the_last_byte_or_the_withdrawal_nothing_stays() {
    let house = House::open().await;
    for seed in 0..30 {
        let spoken = house.announced(seed, &[5_000]).await;
        let deliverer = spoken.told.deliverer();
        let bring = house.bring(spoken.id(), spoken.bytes().to_vec(), 5_000, &deliverer);
        let (reply, ()) = tokio::join!(bring, house.withdraw(&spoken.told));
        assert!(
            [201, 404, 409].contains(&reply.status.as_u16()),
            "{} {:?}",
            reply.status,
            String::from_utf8_lossy(&reply.body)
        );
        is_gone(&house, &spoken).await;
    }
    let house = house.restarted().await;
    let left: Vec<_> = fs::read_dir(house.folder.path().join("data/media/incoming"))
        .unwrap()
        .collect();
    assert!(left.is_empty());
    assert_eq!(house.state.media.store().all_whole().unwrap(), []);
}

#[tokio::test]
async fn p21_a_consent_that_is_narrowed_while_bytes_come_holds_before_anybody_can_hear_them() {
    let house = House::open().await;
    let (kept, ended) = (
        house.announced(1, &[6_000]).await,
        house.announced(2, &[6_000]).await,
    );
    let choose = |spoken: &Spoken, to, answer| {
        house.envelope(Command::ChangeConsent(ChangeConsent {
            story: spoken.told.story.id,
            seen: 1,
            saw: None,
            choices: spoken.told.story.choices().with(to, answer),
            voice: Voice::First,
            guardian: None,
        }))
    };
    for (spoken, to) in [(&kept, Use::Meeting), (&ended, Use::Analysis)] {
        let reply = house
            .patch(
                spoken.id(),
                0,
                spoken.bytes()[..3_000].to_vec(),
                &spoken.told.deliverer(),
            )
            .await;
        assert_eq!(offset(&reply), 3_000);
        house
            .push_one(choose(spoken, to, Answer::No), &spoken.told.owner())
            .await;
    }
    house
        .patch(
            kept.id(),
            3_000,
            kept.bytes()[3_000..].to_vec(),
            &kept.told.deliverer(),
        )
        .await;
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await.len(), 1);
    let own = house
        .pull(kept.told.scope(), 0, &kept.told.owner())
        .await
        .unwrap();
    let rows = puts(&own);
    let Row::OwnStory(own) = &rows[0] else { panic!() };
    assert!(matches!(&own.state, OwnState::Received { consent, .. } if consent.version == 2));
    let reply = house
        .patch(
            ended.id(),
            3_000,
            ended.bytes()[3_000..].to_vec(),
            &ended.told.deliverer(),
        )
        .await;
    assert_eq!(reply.problem(), Problem::StoryUnknown);
    assert!(!house.incoming(ended.id()).exists());
}

#[tokio::test]
async fn me19_nothing_that_was_said_is_in_any_byte_of_the_data_folder_once_it_is_taken_back() {
    let house = House::open().await;
    let spoken = house.announced(11, &[30_000, 30_000]).await;
    house.bring_all(&spoken).await;
    house.withdraw(&spoken.told).await;
    let folder = house.closed().await;
    let canaries: Vec<&[u8]> = spoken
        .clips
        .iter()
        .map(|(_, bytes)| &bytes[12_000..12_032])
        .collect();
    let mut folders = vec![folder.path().join("data")];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = fs::read(entry.path()).unwrap();
            looked_at += 1;
            for canary in &canaries {
                assert!(
                    !bytes.windows(32).any(|window| window == *canary),
                    "{}",
                    entry.path().display()
                );
            }
        }
    }
    assert!(looked_at > 2);
}
