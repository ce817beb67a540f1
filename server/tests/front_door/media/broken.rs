//! Connections that break, requests that come twice, bits that flip.

use super::{checksum, cut, noise, offset, pipe};
use crate::house::{House, Seeded};
use axum::body::Bytes;
use axum::http::StatusCode;
use domain::Entropy;
use domain::member::Role;
use domain::problem::Problem;
use std::fs;

#[tokio::test]
async fn p18_cut_anywhere_an_upload_goes_on_behind_the_last_byte_that_came() {
    let house = House::open().await;
    let spoken = house.announced(1, &[8_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    let mut at = 0;
    for k in (0..).take_while(|k| k * (k + 1) / 2 < 8_000) {
        let reply = house
            .patch(id, at as u64, cut(&bytes[at..at + k]), &deliverer)
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        at += k;
        assert_eq!(
            offset(&house.held(id, &deliverer).await),
            at as u64,
            "cut behind {k}"
        );
    }
    let reply = house.patch(id, at as u64, bytes[at..].to_vec(), &deliverer).await;
    assert_eq!(offset(&reply), 8_000);
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn p18_a_connection_that_breaks_behind_the_last_byte_has_brought_all() {
    let house = House::open().await;
    let spoken = house.announced(2, &[8_000]).await;
    let (id, deliverer) = (spoken.id(), spoken.told.deliverer());
    house.patch(id, 0, cut(spoken.bytes()), &deliverer).await;
    assert_eq!(offset(&house.held(id, &deliverer).await), 8_000);
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn p20_no_flipped_bit_is_ever_kept() {
    let house = House::open().await;
    let spoken = house.announced(3, &[64_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    let mut seed = Seeded(20);
    for (place, piece) in bytes.chunks(1_000).enumerate() {
        let (from, said) = (place as u64 * 1_000, [checksum(piece)]);
        for _ in 0..3 {
            let mut drawn = [0; 4];
            seed.fill(&mut drawn);
            let bit = u32::from_le_bytes(drawn) as usize % 8_000;
            let mut flipped = piece.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let reply = house.patch_with(id, from, flipped, &deliverer, &said).await;
            assert_eq!(reply.problem(), Problem::ChecksumMismatch, "bit {bit} at {from}");
        }
        let reply = house
            .patch_with(id, from, piece.to_vec(), &deliverer, &said)
            .await;
        assert_eq!(offset(&reply), from + 1_000);
    }
    assert_eq!(fs::read(house.whole(id)).unwrap(), bytes);
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn me15_a_newer_request_ends_the_older_one_which_counts_as_far_as_it_came() {
    let house = House::open().await;
    let spoken = house.announced(4, &[50_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    let (sender, body) = pipe();
    let older = house.patch(id, 0, body, &deliverer);
    let newer = async {
        sender
            .send(Ok(Bytes::copy_from_slice(&bytes[..10_000])))
            .await
            .unwrap();
        // Room for more: the server has taken them, and waits for what never comes.
        drop(sender.reserve().await.unwrap());
        house.held(id, &deliverer).await
    };
    let (older, newer) = tokio::join!(older, newer);
    assert_eq!(
        (older.status, older.problem()),
        (StatusCode::CONFLICT, Problem::UploadConflict { offset: None })
    );
    assert_eq!(offset(&newer), 10_000);

    // With a checksum nothing of a stretch that was ended counts.
    let (sender, body) = pipe();
    let said = [checksum(&bytes[10_000..])];
    let older = house.patch_with(id, 10_000, body, &deliverer, &said);
    let newer = async {
        sender
            .send(Ok(Bytes::copy_from_slice(&bytes[10_000..49_000])))
            .await
            .unwrap();
        drop(sender.reserve().await.unwrap());
        house
            .patch(id, 10_000, bytes[10_000..].to_vec(), &deliverer)
            .await
    };
    let (older, newer) = tokio::join!(older, newer);
    assert_eq!(older.status, StatusCode::CONFLICT);
    assert_eq!(offset(&newer), 50_000);
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_sixty_four_that_bring_the_same_at_once_bring_it_once() {
    let house = House::open().await;
    let spoken = house.announced(5, &[300_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    let all = (0..64).map(|number| {
        let (house, deliverer) = (&house, &deliverer);
        async move {
            let reply = if number % 2 == 0 {
                house.bring(id, bytes.to_vec(), bytes.len(), deliverer).await
            } else {
                house.patch(id, 0, bytes.to_vec(), deliverer).await
            };
            (reply.status.as_u16(), reply.headers.get("upload-offset").cloned())
        }
    });
    let answers = futures_util::future::join_all(all).await;
    for (status, offset) in &answers {
        match status {
            201 | 204 => assert_eq!(offset.as_ref().unwrap(), "300000"),
            409 => {}
            other => panic!("{other}"),
        }
    }
    assert!(answers.iter().any(|(status, _)| *status < 300), "one got through");
    assert_eq!(fs::read(house.whole(id)).unwrap(), bytes);
    assert!(!house.incoming(id).exists());
    assert!(house.is_acknowledged(&spoken).await);
    let manager = house.signed_in(Role::Manager).await;
    assert_eq!(house.library(&manager).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_uploads_at_once_do_not_wait_for_each_other() {
    let house = House::open().await;
    let (one, two) = (
        house.announced(6, &[40_000]).await,
        house.announced(7, &[40_000]).await,
    );
    let (sender, body) = pipe();
    let (by_one, by_two) = (one.told.deliverer(), two.told.deliverer());
    let slow = house.patch(one.id(), 0, body, &by_one);
    let quick = async {
        sender
            .send(Ok(Bytes::copy_from_slice(&one.bytes()[..1_000])))
            .await
            .unwrap();
        let reply = house.patch(two.id(), 0, two.bytes().to_vec(), &by_two).await;
        assert_eq!(offset(&reply), 40_000);
        assert!(house.is_acknowledged(&two).await);
        sender
            .send(Ok(Bytes::copy_from_slice(&one.bytes()[1_000..])))
            .await
            .unwrap();
        drop(sender);
    };
    let (slow, ()) = tokio::join!(slow, quick);
    assert_eq!(offset(&slow), 40_000);
    assert!(house.is_acknowledged(&one).await);
}

#[tokio::test]
async fn s15_when_all_places_are_taken_the_next_is_told_to_come_back_and_the_rest_works() {
    let house = House::open().await;
    let spoken = house.announced(8, &[4_000]).await;
    let deliverer = spoken.told.deliverer();
    let places: Vec<_> = std::iter::from_fn(|| house.state.media.admit().ok()).collect();
    assert!(places.len() >= 8);
    for reply in [
        house.patch(spoken.id(), 0, noise(1, 4_000), &deliverer).await,
        house.bring(spoken.id(), noise(1, 4_000), 4_000, &deliverer).await,
    ] {
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reply.problem(), Problem::Busy { retry_after: 5 });
        assert_eq!(reply.headers["retry-after"], "5");
    }
    assert_eq!(house.held(spoken.id(), &deliverer).await.status, StatusCode::OK);
    assert_eq!(house.get("/readyz", None).await.status, StatusCode::OK);
    drop(places);
    house.bring_all(&spoken).await;
    assert!(house.is_acknowledged(&spoken).await);
}
