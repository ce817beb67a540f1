//! After a kill: what was begun goes on, what was done is called so, and what is nobody's goes.

use super::disks::Weathered;
use super::{noise, offset};
use crate::house::House;
use axum::http::StatusCode;
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::EntityRef;
use std::fs;

#[tokio::test]
async fn me18_an_upload_goes_on_after_a_restart() {
    let house = House::open().await;
    let spoken = house.announced(1, &[40_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    house.patch(id, 0, bytes[..17_000].to_vec(), &deliverer).await;
    let house = house.restarted().await;
    assert_eq!(offset(&house.held(id, &deliverer).await), 17_000);
    let house = house.restarted().await;
    let reply = house
        .patch(id, 17_000, bytes[17_000..].to_vec(), &deliverer)
        .await;
    assert_eq!(offset(&reply), 40_000);
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn me18_s1_bytes_that_got_their_last_name_just_before_a_kill_are_called_whole() {
    let house = House::open().await;
    let (good, bad) = (
        house.announced(1, &[40_000]).await,
        house.announced(2, &[40_000]).await,
    );
    let (named, of_bad) = (house.whole(good.id()), house.whole(bad.id()));
    let house = {
        let folder = house.closed().await;
        fs::write(named, good.bytes()).unwrap();
        fs::write(&of_bad, noise(3, 40_000)).unwrap();
        House::open_in(folder).await
    };
    assert!(house.is_acknowledged(&good).await);
    assert!(!of_bad.exists(), "what does not hold is dropped");
    assert_eq!(offset(&house.held(bad.id(), &bad.told.deliverer()).await), 0);
    house.bring_all(&bad).await;
    assert!(house.is_acknowledged(&bad).await);
}

#[tokio::test]
async fn me18_s1_bytes_that_all_came_just_before_a_kill_are_called_whole_when_asked_for() {
    let house = House::open().await;
    let (good, bad) = (
        house.announced(1, &[40_000]).await,
        house.announced(2, &[40_000]).await,
    );
    let paths = [house.incoming(good.id()), house.incoming(bad.id())];
    let folder = house.closed().await;
    fs::write(&paths[0], good.bytes()).unwrap();
    fs::write(&paths[1], noise(3, 40_000)).unwrap();
    let house = House::open_in(folder).await;
    assert_eq!(
        offset(&house.held(good.id(), &good.told.deliverer()).await),
        40_000
    );
    assert!(house.is_acknowledged(&good).await);
    assert_eq!(offset(&house.held(bad.id(), &bad.told.deliverer()).await), 0);
}

#[tokio::test]
async fn me18_s7_bytes_of_no_story_go_and_stories_without_bytes_raise_an_alarm() {
    let house = House::open().await;
    let (here, lost) = (
        house.announced(1, &[4_000]).await,
        house.announced(2, &[4_000, 3_000]).await,
    );
    house.bring_all(&here).await;
    house.bring_all(&lost).await;
    let stranger = house.spoken(9, &[10]).id();
    let (whole, incoming) = (house.whole(stranger), house.incoming(stranger));
    let gone = house.whole(lost.id());
    let folder = house.closed().await;
    fs::write(&whole, "nobody's").unwrap();
    fs::write(&incoming, "nobody's").unwrap();
    fs::remove_file(gone).unwrap();
    let house = House::open_in(folder).await;
    assert!(!whole.exists() && !incoming.exists());
    assert_eq!(house.state.media.missing(), 1);
    assert_eq!(fs::read(house.whole(here.id())).unwrap(), here.bytes());
}

#[tokio::test]
async fn s7_a_folder_of_media_beside_an_empty_database_is_left_alone() {
    let house = House::open().await;
    let spoken = house.announced(1, &[4_000]).await;
    house.bring_all(&spoken).await;
    let whole = house.whole(spoken.id());
    let folder = house.closed().await;
    for name in [
        "vertelpunt.sqlite",
        "vertelpunt.sqlite-wal",
        "vertelpunt.sqlite-shm",
    ] {
        _ = fs::remove_file(folder.path().join("data").join(name));
    }
    let house = House::open_in(folder).await;
    assert_eq!(fs::read(whole).unwrap(), spoken.bytes());
    drop(house);
}

#[tokio::test]
async fn me18_s4_a_disk_that_is_full_at_the_start_is_read_from_and_goes_on_once_there_is_room() {
    let disk = Weathered::default();
    let house = House::upon(&disk).await;
    let (here, named) = (
        house.announced(1, &[4_000]).await,
        house.announced(2, &[4_000]).await,
    );
    house.bring_all(&here).await;
    let path = house.whole(named.id());
    let folder = house.closed().await;
    fs::write(path, named.bytes()).unwrap();
    disk.weather().room = Some(0);
    let house = House::upon_in(folder, &disk).await;
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(
        house.library(&analyst).await,
        [EntityRef::Summary(here.told.story.id)]
    );
    assert!(!house.is_acknowledged(&named).await);
    let reply = house.held(named.id(), &named.told.deliverer()).await;
    assert_eq!(reply.status, StatusCode::INSUFFICIENT_STORAGE);
    disk.weather().room = None;
    let reply = house.held(named.id(), &named.told.deliverer()).await;
    assert_eq!(offset(&reply), 4_000);
    assert!(house.is_acknowledged(&named).await);
}

#[tokio::test]
async fn s3_a_disk_that_fails_to_keep_bytes_is_not_believed_again() {
    let disk = Weathered::default();
    let house = House::upon(&disk).await;
    let spoken = house.announced(1, &[40_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    disk.weather().sync_fails = true;
    let reply = house.patch(id, 0, bytes[..9_000].to_vec(), &deliverer).await;
    assert_eq!(
        (reply.status, reply.problem()),
        (StatusCode::INTERNAL_SERVER_ERROR, Problem::Internal)
    );
    assert!(house.state.media.store().has_failed(), "the server stops");
    house.state.media.store().failed().await;
    disk.weather().sync_fails = false;
    let house = House::upon_in(house.closed().await, &disk).await;
    assert_eq!(
        offset(&house.held(id, &deliverer).await),
        0,
        "what may be lost is not counted"
    );
    house.bring_all(&spoken).await;
    assert!(house.is_acknowledged(&spoken).await);
}
