//! How much may come, and a disk that is full all the same.

use super::disks::Weathered;
use super::{Spoken, offset};
use crate::house::{House, Who, rejected};
use axum::http::StatusCode;
use domain::member::Role;
use domain::problem::Problem;
use domain::sync::protocol::Verdict;
use server::media::Quotas;
use server::media::disk::LocalDisk;
use std::sync::Arc;

async fn limited(quotas: Quotas) -> House {
    House::open_on(tempfile::tempdir().unwrap(), Arc::new(LocalDisk), quotas).await
}

async fn announce(house: &House, spoken: &Spoken) -> Verdict {
    house.push_one(spoken.told.envelope.clone(), &Who::nobody()).await
}

#[tokio::test]
async fn me17_s4_room_is_promised_with_the_manifest_arrived_or_not_and_is_free_again_once_taken_back() {
    let quotas = [
        Quotas {
            total: Some(10_000),
            ..Quotas::default()
        },
        Quotas {
            per_entry: Some(10_000),
            ..Quotas::default()
        },
    ];
    for quotas in quotas {
        let house = limited(quotas).await;
        let (first, second, third) = (
            house.spoken(1, &[4_000, 2_000]),
            house.spoken(2, &[4_000]),
            house.spoken(3, &[1]),
        );
        for fits in [&first, &second] {
            assert!(matches!(announce(&house, fits).await, Verdict::Committed { .. }));
        }
        house.bring_all(&first).await;
        assert_eq!(rejected(&announce(&house, &third).await), Problem::StorageFull);
        let written = house.told("Wat geschreven is past altijd.");
        assert!(matches!(
            house.push_one(written.envelope, &Who::nobody()).await,
            Verdict::Committed { .. }
        ));
        house.bring_all(&second).await;
        assert!(
            house.is_acknowledged(&second).await,
            "what was promised can arrive"
        );
        house.withdraw(&first.told).await;
        assert!(matches!(
            announce(&house, &third).await,
            Verdict::Committed { .. }
        ));
    }
}

#[tokio::test]
async fn me17_what_the_disk_must_keep_free_is_not_promised() {
    let free = rustix::fs::statvfs("/tmp")
        .map(|disk| disk.f_bavail * disk.f_frsize)
        .unwrap();
    let house = limited(Quotas {
        reserve: free * 2,
        ..Quotas::default()
    })
    .await;
    assert_eq!(
        rejected(&announce(&house, &house.spoken(1, &[1])).await),
        Problem::StorageFull
    );
}

#[tokio::test]
async fn me17_a_clip_that_is_too_large_for_this_server_is_refused_with_its_manifest() {
    let house = limited(Quotas {
        each: 5_000,
        ..Quotas::default()
    })
    .await;
    let verdict = announce(&house, &house.spoken(1, &[5_001])).await;
    assert_eq!(rejected(&verdict), Problem::TooLarge { limit: 5_000 });
    let fits = house.announced(2, &[5_000]).await;
    house.bring_all(&fits).await;
    let reply = house.create(fits.id(), 5_001, &fits.told.owner()).await;
    assert_eq!(reply.problem(), Problem::TooLarge { limit: 5_000 });
}

#[tokio::test]
async fn s4_a_full_disk_says_so_loses_nothing_and_heals_by_itself() {
    let disk = Weathered::default();
    let house = House::upon(&disk).await;
    let (coming, here) = (
        house.announced(1, &[600_000]).await,
        house.announced(2, &[4_000]).await,
    );
    house.bring_all(&here).await;
    let (id, bytes, deliverer) = (coming.id(), coming.bytes(), coming.told.deliverer());
    house.patch(id, 0, bytes[..100_000].to_vec(), &deliverer).await;
    for room in [0, 1, 100_000, 300_000] {
        disk.weather().room = Some(room);
        let reply = house
            .patch(id, 100_000, bytes[100_000..].to_vec(), &deliverer)
            .await;
        assert_eq!(reply.status, StatusCode::INSUFFICIENT_STORAGE);
        assert_eq!(reply.problem(), Problem::StorageFull);
        assert_eq!(reply.headers["retry-after"], "60");
        assert_eq!(reply.headers["tus-resumable"], "1.0.0");
        assert_eq!(
            offset(&house.held(id, &deliverer).await),
            100_000,
            "what was answered stays"
        );
        let length = std::fs::metadata(house.incoming(id)).unwrap().len();
        assert_eq!(length, 100_000, "what did not fit takes no room");
    }
    // Reading and taking back go on.
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await.len(), 1);
    house.withdraw(&here.told).await;
    assert!(!house.whole(here.id()).exists());
    disk.weather().room = None;
    let reply = house
        .patch(id, 100_000, bytes[100_000..].to_vec(), &deliverer)
        .await;
    assert_eq!(offset(&reply), 600_000);
    assert!(house.is_acknowledged(&coming).await);
}
