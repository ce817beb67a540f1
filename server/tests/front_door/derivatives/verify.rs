//! DE9, S6, S7: `vertelpunt verify`, the real program.

use super::{drawing, recording};
use crate::binary::vertelpunt;
use crate::house::House;
use std::fs;
use std::path::Path;

/// What it says of the data folder below `folder`, and whether it is content.
fn verified(folder: &Path) -> (bool, String) {
    let output = vertelpunt(folder).arg("verify").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said + &errors)
}

#[tokio::test]
async fn de9_verify_is_content_beside_a_running_server_with_what_is_as_it_must_be() {
    let house = House::open().await;
    let spoken = house.came(1, vec![recording(), drawing()]).await;
    // Still coming: no concern of anybody yet.
    let coming = house.announced(3, &[50_000]).await;
    house
        .bring(
            coming.id(),
            coming.bytes()[..900].to_vec(),
            50_000,
            &coming.told.deliverer(),
        )
        .await;
    let everything = "Everything is there: the database and the bytes of 2 clips.\n";
    assert_eq!(verified(house.folder.path()), (true, everything.to_owned()));
    house.derive().await;
    assert_eq!(verified(house.folder.path()), (true, everything.to_owned()));
    let folder = house.closed().await;
    assert_eq!(verified(folder.path()), (true, everything.to_owned()));
    drop(spoken);
}

#[tokio::test]
async fn s7_verify_names_rows_without_files_and_files_without_rows() {
    let house = House::open().await;
    let (lost, kept) = (
        house.came(1, vec![drawing()]).await,
        house.came(2, vec![drawing()]).await,
    );
    house.derive().await;
    fs::remove_file(house.whole(lost.id())).unwrap();
    let (content, said) = verified(house.folder.path());
    let (story, clip) = (lost.told.story.id, lost.id());
    assert!(
        !content
            && said.contains(&format!(
                "Story {story}: clip {clip} is in the database and not on the disk"
            )),
        "{said}"
    );
    assert!(!said.contains(&kept.id().to_string()), "{said}");

    fs::write(house.whole(lost.id()), lost.bytes()).unwrap();
    assert!(verified(house.folder.path()).0);
    let stray = "4e7c6f80-0000-4000-8000-000000000000".parse().unwrap();
    for file in [house.whole(stray), house.derived(stray)] {
        fs::write(&file, b"left over").unwrap();
        let (content, said) = verified(house.folder.path());
        assert!(
            !content && said.contains(&format!("The file of clip {stray} belongs to no story")),
            "{said}"
        );
        fs::remove_file(file).unwrap();
    }
    fs::remove_file(house.derived(kept.id())).unwrap();
    let (content, said) = verified(house.folder.path());
    assert!(
        !content && said.contains(&format!("what is played of clip {}", kept.id())),
        "{said}"
    );
}

#[tokio::test]
async fn s6_verify_names_the_one_clip_whose_bytes_changed() {
    let house = House::open().await;
    let (bad, good) = (
        house.came(1, vec![drawing()]).await,
        house.came(2, vec![drawing()]).await,
    );
    house.derive().await;
    for path in [house.whole(bad.id()), house.derived(bad.id())] {
        let sound = fs::read(&path).unwrap();
        let mut bytes = sound.clone();
        bytes[40] ^= 1;
        fs::write(&path, bytes).unwrap();
        let (content, said) = verified(house.folder.path());
        assert!(
            !content && said.contains(&format!("Story {}", bad.told.story.id)),
            "{said}"
        );
        assert!(
            said.contains(&bad.id().to_string()) && !said.contains(&good.id().to_string()),
            "{said}"
        );
        // A report may be shown to anybody who helps.
        for secret in [
            "kanarie",
            "Met woorden erbij",
            &bad.told.story.owner_key().to_hex(),
        ] {
            assert!(!said.contains(secret), "{said}");
        }
        fs::write(&path, sound).unwrap();
    }
    assert!(verified(house.folder.path()).0);
}

#[tokio::test]
async fn s6_verify_says_that_the_database_is_damaged() {
    let house = House::open().await;
    house.came(1, vec![drawing()]).await;
    let folder = house.closed().await;
    let path = folder.path().join("data/vertelpunt.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4_096;
    assert!(pages > 20);
    for page in pages / 2..pages {
        bytes[page * 4_096..page * 4_096 + 64].fill(0xa5);
    }
    fs::write(&path, bytes).unwrap();
    let (content, said) = verified(folder.path());
    assert!(
        !content && (said.contains("damaged") || said.contains("malformed")),
        "{said}"
    );
}

#[tokio::test]
async fn de9_verify_finds_a_story_that_came_back_with_an_older_copy() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    let story = spoken.told.story.id;
    let log = house.folder.path().join("data/withdrawn.log");
    assert!(verified(house.folder.path()).0);
    fs::write(log, format!("{story}\n")).unwrap();
    let (content, said) = verified(house.folder.path());
    assert!(
        !content && said.contains(&format!("Story {story} was taken back and is there again")),
        "{said}"
    );
}

#[tokio::test]
async fn de9_verify_does_not_make_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (content, said) = verified(folder.path());
    assert!(!content && said.contains("the database file"), "{said}");
    assert!(!folder.path().join("data").exists());
}
