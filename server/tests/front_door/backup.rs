//! S8: everything is copied while it is served, the disk is lost, and everything is put back: the real program.

use crate::binary::{Running, vertelpunt};
use crate::derivatives::drawing;
use crate::house::{House, NOW, Told, Who, acknowledged, puts, quiet, rejected};
use domain::problem::Problem;
use domain::scope::Row;
use domain::story::OwnState;
use domain::sync::protocol::{SyncRequest, Verdict};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// What it said, and with what it ended.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = vertelpunt(folder).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// Runs the program, which must end well; what it said.
pub fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let (code, said) = run(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

/// Every file below a folder, by its name.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path, bytes);
            }
        }
    }
    found
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

/// A data folder with a story in words and one with a photo, copied into `backup.tar` beside it.
async fn backed_up() -> (TempDir, Told) {
    let house = House::open().await;
    let told = house.told("Kanarie in de tekst.");
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    house.came(1, vec![drawing()]).await;
    house.derive().await;
    let folder = house.closed().await;
    succeeds(folder.path(), &["backup", "backup.tar"]);
    (folder, told)
}

/// What is asked of a folder somewhere else with nothing but this archive.
fn elsewhere(archive: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("backup.tar"), archive).unwrap();
    folder
}

fn withdraw(server: &Running, house: &Told, id: domain::id::CommandId) {
    let mut story = house.story.clone();
    let envelope = domain::sync::protocol::Envelope {
        id,
        sequence: 9,
        command: story.take_back().unwrap(),
    };
    let request = SyncRequest {
        push: vec![envelope],
        ..quiet()
    };
    let keys = format!("story-keys: {}\r\n", house.story.owner_key().to_hex());
    let body = serde_json::to_string(&request).unwrap();
    let (status, answer) = server.ask("POST", "/api/v1/sync", &keys, &body).unwrap();
    assert!(status == 200 && answer.contains("committed"), "{answer}");
}

#[tokio::test]
async fn ba1_s8_copied_under_load_lost_and_put_back_nothing_that_was_safe_is_missing_and_nothing_taken_back_returns()
 {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    let gone_with_photo = house.came(2, vec![drawing()]).await;
    house.derive().await;
    let told: Vec<Told> = (0..3_000)
        .map(|n| house.told(&format!("Verhaal {n} onder vuur.")))
        .collect();
    let gone = house.told("Kanarie van voor de kopie.");
    acknowledged(&house.push_one(gone.envelope.clone(), &Who::nobody()).await);
    let gone_later = house.told("Kanarie van na de kopie.");
    let mut entropy = house.state.entropy.clone();
    let mut id = || domain::id::CommandId::random(&mut entropy);
    let ids = [id(), id(), id()];
    let folder = house.closed().await;

    let server = Running::start(folder.path(), "error");
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let safe = Mutex::new(Vec::new());
    let before = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let Some(told) = told.get(next.fetch_add(1, Ordering::SeqCst)) else {
                        break;
                    };
                    assert!(matches!(
                        server.push(&told.envelope),
                        Some(Verdict::Committed {
                            acknowledgement: Some(_),
                            ..
                        })
                    ));
                    safe.lock().unwrap().push(told.clone());
                }
            });
        }
        while safe.lock().unwrap().len() < 100 {
            std::thread::yield_now();
        }
        // On a machine that has other things to do, a backup may come between two stories.
        let before = loop {
            assert!(next.load(Ordering::SeqCst) < told.len(), "too few stories");
            let before = safe.lock().unwrap().len();
            _ = fs::remove_file(folder.path().join("backup.tar"));
            succeeds(folder.path(), &["backup", "backup.tar"]);
            if safe.lock().unwrap().len() > before {
                break before;
            }
        };
        over.store(true, Ordering::SeqCst);
        before
    });
    assert!(server.push(&gone_later.envelope).is_some());
    for (told, id) in [&gone, &gone_with_photo.told, &gone_later].into_iter().zip(ids) {
        withdraw(&server, told, id);
    }
    // The machine dies; what is left is last night's archive, and the log.
    drop(server);
    let safe = safe.into_inner().unwrap();
    let after = tempfile::tempdir().unwrap();
    fs::create_dir(after.path().join("data")).unwrap();
    for name in ["backup.tar", "data/withdrawn.log"] {
        fs::copy(folder.path().join(name), after.path().join(name)).unwrap();
    }
    drop(folder);

    let said = succeeds(after.path(), &["restore", "backup.tar"]);
    assert!(said.contains("3 stories, also those taken back since"), "{said}");
    let said = succeeds(after.path(), &["verify"]);
    assert!(said.contains("the bytes of 1 clips"), "{said}");
    for (path, bytes) in everything(&after.path().join("data")) {
        assert!(!holds(&bytes, "Kanarie van"), "{}", path.display());
    }

    let house = House::open_in(after).await;
    assert!(house.sync(&quiet(), &Who::nobody()).await.epoch > 1);
    for (place, told) in safe.iter().enumerate() {
        let (already, acknowledgement) =
            acknowledged(&house.push_one(told.envelope.clone(), &told.deliverer()).await);
        assert!(
            already || place >= before,
            "a story that was safe before the backup is not in it"
        );
        assert!(acknowledgement.confirms(told.story.id, &told.story.parts));
    }
    assert_eq!(fs::read(house.whole(spoken.id())).unwrap(), spoken.bytes());
    assert!(!house.whole(gone_with_photo.id()).exists() && !house.derived(gone_with_photo.id()).exists());
    for told in [&gone, &gone_with_photo.told, &gone_later] {
        let verdict = house.push_one(told.envelope.clone(), &told.deliverer()).await;
        assert_eq!(rejected(&verdict), Problem::StoryWithdrawn);
        // SY19: also another device of the teller is told.
        let own = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
        assert!(matches!(&puts(&own)[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
    }
}

#[tokio::test]
async fn ba2_s8_an_archive_that_is_cut_off_or_changed_anywhere_is_refused_and_nothing_is_touched() {
    let (folder, told) = backed_up().await;
    let archive = fs::read(folder.path().join("backup.tar")).unwrap();
    let put_back = |bytes: &[u8]| {
        let folder = elsewhere(bytes);
        fs::create_dir(folder.path().join("data")).unwrap();
        let log = format!("{}\n", told.story.id);
        fs::write(folder.path().join("data/withdrawn.log"), &log).unwrap();
        let before = everything(&folder.path().join("data"));
        let (code, said) = run(folder.path(), &["restore", "backup.tar"]);
        if code != 0 {
            assert_eq!(everything(&folder.path().join("data")), before, "{said}");
            assert!(!folder.path().join("data/.restoring").exists());
            assert!(said.contains("Nothing was put back"), "{said}");
        }
        (code, folder)
    };
    // The end of a tar file is nothing but zeros.
    let end = archive.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for part in 0..12 {
        assert_eq!(put_back(&archive[..end * part / 12]).0, 1, "cut off at {part}/12");
    }
    assert_eq!(put_back(&archive[..end - 1]).0, 1);
    let mut refused = 0;
    for place in 0..40 {
        let mut changed = archive.clone();
        let place = end * place / 40;
        changed[place] ^= 1;
        let (code, folder) = put_back(&changed);
        refused += code;
        // What is not refused was of no account: the padding between two files.
        assert!(code == 1 || archive[place] == 0);
        if code == 0 {
            succeeds(folder.path(), &["verify"]);
        }
    }
    assert!(refused > 20, "{refused}");
    assert_eq!(put_back(b"a letter, not an archive").0, 1);
    assert_eq!(put_back(&archive).0, 0);
}

#[tokio::test]
async fn ba2_s8_an_archive_is_put_back_only_where_nothing_is_and_made_only_where_nothing_is() {
    let (folder, _) = backed_up().await;
    let before = everything(folder.path());
    let (code, said) = run(folder.path(), &["restore", "backup.tar"]);
    assert!(code == 1 && said.contains("is not empty"), "{said}");
    assert!(said.contains("nothing in it was touched"), "{said}");
    let (code, said) = run(folder.path(), &["backup", "backup.tar"]);
    assert!(code == 1 && said.contains("was left alone"), "{said}");
    let (code, said) = run(folder.path(), &["backup", "no/such/folder/backup.tar"]);
    assert!(code == 1 && said.contains("No such file"), "{said}");
    let (code, said) = run(folder.path(), &["restore", "backup.tar", "--withdrawn", "no.log"]);
    assert!(code == 1 && said.contains("withdrawn.log"), "{said}");
    let (code, said) = run(folder.path(), &["--data", "none", "backup", "other.tar"]);
    assert!(code == 1 && said.contains("the database file"), "{said}");
    // Another one is being made under this name.
    let other = fs::File::create(folder.path().join("second.tar.part")).unwrap();
    other.lock().unwrap();
    let (code, said) = run(folder.path(), &["backup", "second.tar"]);
    assert!(code == 1 && said.contains("second.tar.part already"), "{said}");
    // That one was killed.
    drop(other);
    succeeds(folder.path(), &["backup", "second.tar"]);
    fs::remove_file(folder.path().join("second.tar")).unwrap();
    assert_eq!(everything(folder.path()), before);
}

/// A kill while an archive is put back, at two places: while it unpacks, and while what it unpacked gets its place.
#[tokio::test]
async fn ba4_s8_a_restore_that_was_cut_off_serves_nobody_and_is_done_again() {
    let (folder, told) = backed_up().await;
    let archive = fs::read(folder.path().join("backup.tar")).unwrap();
    for placed in [false, true] {
        let folder = elsewhere(&archive);
        succeeds(folder.path(), &["restore", "backup.tar"]);
        let data = folder.path().join("data");
        fs::create_dir(data.join(".restoring")).unwrap();
        fs::rename(
            data.join("vertelpunt.sqlite"),
            data.join(".restoring/vertelpunt.sqlite"),
        )
        .unwrap();
        if !placed {
            for name in ["media", "key", "withdrawn.log"] {
                fs::rename(data.join(name), data.join(".restoring").join(name)).unwrap();
            }
        }
        let before = everything(&data);
        for command in [&["serve"][..], &["restored"]] {
            let (code, said) = run(folder.path(), command);
            assert!(code == 1 && said.contains("cut off before its end"), "{said}");
        }
        assert_eq!(everything(&data), before, "nothing was served or made");
        succeeds(folder.path(), &["restore", "backup.tar"]);
        assert!(!data.join(".restoring").exists());
        succeeds(folder.path(), &["verify"]);
        let house = House::open_in(folder).await;
        let (already, _) = acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
        assert!(already);
    }
}

#[tokio::test]
async fn ba6_s8_without_its_own_key_a_database_is_not_served_and_no_new_key_is_made() {
    let (folder, _) = backed_up().await;
    let key = folder.path().join("data/key");
    let own = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let (code, said) = run(folder.path(), &["restored"]);
    assert!(code == 1 && said.contains("Put the `key` back"), "{said}");
    assert!(!key.exists());
    fs::write(&key, [7; 32]).unwrap();
    let (code, said) = run(folder.path(), &["restored"]);
    assert!(
        code == 1 && said.contains("belongs to another database"),
        "{said}"
    );
    fs::write(&key, own).unwrap();
    succeeds(folder.path(), &["restored"]);
}

/// ASVS 14.2.7: of a story nothing is in names, manifest and log; of one that was taken back nothing is in a new backup.
#[tokio::test]
async fn ba5_s8_a_backup_names_nobody_and_holds_nothing_that_was_taken_back() {
    let house = House::open().await;
    let mut told = house.told_at("kanarie in de tekst", NOW, |draft| {
        "kanarie als titel".clone_into(&mut draft.title);
        draft.tags = vec![domain::tag::Tag::Own("kanarielabel".to_owned())];
    });
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    let archive = |name: &str| fs::read(house.folder.path().join(name)).unwrap();
    succeeds(house.folder.path(), &["backup", "before.tar"]);
    let before = archive("before.tar");
    assert!(holds(&before, "kanarie in de tekst") && !holds(&before, &told.story.owner_key().to_hex()));
    for file in tar::Archive::new(&before[..]).entries().unwrap() {
        let mut file = file.unwrap();
        let name = file.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        std::io::copy(&mut file, &mut bytes).unwrap();
        if name != "vertelpunt.sqlite" {
            assert!(!name.contains("kanarie") && !holds(&bytes, "kanarie"), "{name}");
            assert!(!holds(&bytes, &told.story.id.to_string()), "{name}");
        }
    }
    let withdrawal = house.envelope(told.story.take_back().unwrap());
    house.push_one(withdrawal, &told.owner()).await;
    succeeds(house.folder.path(), &["backup", "after.tar"]);
    assert!(!holds(&archive("after.tar"), "kanarie"));
    let log = String::from_utf8(archive("data/withdrawn.log")).unwrap();
    assert!(log.starts_with(&told.story.id.to_string()), "{log}");
    for secret in [
        "kanarie",
        &told.story.owner_key().to_hex(),
        &told.story.upload_key.to_hex(),
    ] {
        assert!(!log.contains(secret), "{log}");
    }
    let mode = fs::metadata(house.folder.path().join("after.tar")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
        0o600
    );
    // Nothing half made, and no copy of the database, stays beside it.
    for name in ["after.tar.part", "after.tar.database"] {
        assert!(!house.folder.path().join(name).exists());
    }
}

#[tokio::test]
async fn ba1_s6_a_backup_of_a_folder_in_which_a_clip_is_damaged_is_made_and_says_so() {
    let house = House::open().await;
    let (bad, lost, good) = (
        house.came(1, vec![drawing()]).await,
        house.came(2, vec![drawing()]).await,
        house.came(3, vec![drawing()]).await,
    );
    let mut bytes = bad.bytes().to_vec();
    bytes[40] ^= 1;
    fs::write(house.whole(bad.id()), bytes).unwrap();
    fs::remove_file(house.whole(lost.id())).unwrap();
    let (code, said) = run(house.folder.path(), &["backup", "backup.tar"]);
    assert!(
        code == 2 && said.contains("2 recordings, photos or drawings are not"),
        "{said}"
    );
    let after = elsewhere(&fs::read(house.folder.path().join("backup.tar")).unwrap());
    succeeds(after.path(), &["restore", "backup.tar"]);
    let (code, said) = run(after.path(), &["verify"]);
    assert_eq!(code, 1);
    for (clip, named) in [(&bad, true), (&lost, true), (&good, false)] {
        assert_eq!(said.contains(&clip.id().to_string()), named, "{said}");
    }
}

#[tokio::test]
async fn ba1_s8_in_a_folder_backups_are_named_by_their_moment_and_only_so_many_stay() {
    let (folder, _) = backed_up().await;
    let nights = folder.path().join("nights");
    fs::create_dir(&nights).unwrap();
    for night in 1..=3 {
        fs::write(
            nights.join(format!("vertelpunt-2020-01-0{night}T023000Z.tar")),
            "old",
        )
        .unwrap();
    }
    fs::write(nights.join("holiday.tar"), "somebody's").unwrap();
    let said = succeeds(folder.path(), &["backup", "nights", "--keep", "2"]);
    assert!(said.contains("2 were removed"), "{said}");
    let names = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let left: Vec<String> = everything(&nights).into_keys().map(names).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left[0] == "holiday.tar" && left[1].contains("2020-01-03") && said.contains(&left[2]));
}

/// The disk with the data folder is lost, log and all; the second log was on another disk.
#[tokio::test]
async fn ba5_s8_what_was_taken_back_is_written_on_a_second_disk_too() {
    let (folder, told) = backed_up().await;
    let mut command = vertelpunt(folder.path());
    command.args(["--withdrawn-copy", "second.log"]);
    let server = Running::start_by(command, folder.path(), "error");
    withdraw(&server, &told, domain::id::CommandId(told.story.id.0));
    drop(server);
    let log = fs::read(folder.path().join("second.log")).unwrap();
    assert_eq!(log, fs::read(folder.path().join("data/withdrawn.log")).unwrap());

    let after = elsewhere(&fs::read(folder.path().join("backup.tar")).unwrap());
    fs::write(after.path().join("second.log"), log).unwrap();
    succeeds(
        after.path(),
        &["restore", "backup.tar", "--withdrawn", "second.log"],
    );
    let house = House::open_in(after).await;
    let own = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
    assert!(matches!(&puts(&own)[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
}
