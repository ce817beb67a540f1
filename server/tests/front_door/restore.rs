//! An older copy of the data folder is put back: nothing comes back that was taken back, and phones notice.

use crate::binary::vertelpunt;
use crate::house::{House, Who, acknowledged, puts, quiet};
use domain::member::Role;
use domain::scope::{EntityRef, Row};
use domain::story::OwnState;
use std::fs;
use std::path::Path;

const DATABASE: [&str; 3] = [
    "vertelpunt.sqlite",
    "vertelpunt.sqlite-wal",
    "vertelpunt.sqlite-shm",
];

/// Puts the database of one folder in the place of another's.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in DATABASE {
        if to.join(name).exists() {
            fs::remove_file(to.join(name)).unwrap();
        }
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// Runs `vertelpunt restored`; false when it refused.
async fn restored(folder: &Path) -> bool {
    let mut command = vertelpunt(folder);
    let ran = tokio::task::spawn_blocking(move || command.arg("restored").status());
    ran.await.unwrap().unwrap().success()
}

#[tokio::test]
async fn ba3_s8_after_a_restore_withdrawals_hold_and_the_epoch_is_new_each_time() {
    let house = House::open().await;
    let (stays, mut goes) = (house.told("Dit blijft."), house.told("Dit neem ik terug."));
    for told in [&stays, &goes] {
        acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    }
    let folder = house.closed().await;
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    copy(&data, &backup);

    let house = House::open_in(folder).await;
    let withdraw = house.envelope(goes.story.take_back().unwrap());
    house.push_one(withdraw, &goes.owner()).await;
    let late = house.told("Dit kwam na de kopie.");
    acknowledged(&house.push_one(late.envelope.clone(), &Who::nobody()).await);
    let mut folder = house.closed().await;

    let mut epochs = vec![1];
    for _ in 0..2 {
        copy(&backup, &data);
        assert!(restored(folder.path()).await);
        let house = House::open_in(folder).await;
        epochs.push(house.sync(&quiet(), &Who::nobody()).await.epoch);
        let analyst = house.signed_in(Role::Analyst).await;
        assert_eq!(
            house.library(&analyst).await,
            [EntityRef::Summary(stays.story.id)]
        );
        let own = house.pull(goes.scope(), 0, &goes.owner()).await.unwrap();
        assert!(matches!(&puts(&own)[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
        // SY11: what the copy did not know is taken in again.
        let (already, _) = acknowledged(&house.push_one(late.envelope.clone(), &Who::nobody()).await);
        assert!(!already);
        folder = house.closed().await;
    }
    assert!(epochs.is_sorted_by(|a, b| a < b), "{epochs:?}");
}

#[tokio::test]
async fn s8_a_folder_that_is_being_served_is_not_touched() {
    let house = House::open().await;
    assert!(!restored(house.folder.path()).await);
    assert_eq!(house.sync(&quiet(), &Who::nobody()).await.epoch, 1);
}
