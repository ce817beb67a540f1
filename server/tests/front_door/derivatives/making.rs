//! DE5, DE6, S6, S13: when derivatives are made, and what happens when they cannot be.

use super::{Brought, child, done, drawing, page, recording};
use crate::house::{House, Who};
use axum::http::{StatusCode, header};
use domain::clip::Measuring;
use domain::member::Role;
use domain::scope::Scope;
use server::media::child::Child;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A pipe that a child waits for.
fn pipe(house: &House) -> PathBuf {
    let pipe = house.folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    pipe
}

#[tokio::test]
async fn de5_a_story_is_safe_before_anything_is_made_of_it_and_who_follows_it_hears_when_it_is() {
    let house = House::open().await;
    let spoken = house.came(1, vec![recording(), drawing()]).await;
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(
        house.measured(&spoken.told).await,
        [Measuring::Waiting, Measuring::Waiting]
    );
    let reply = house.play(&spoken.told, spoken.id(), &analyst, &[]).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers[header::RETRY_AFTER], "2");

    let library = Scope::Members(house.project.id);
    let cursor = house.pull(library, 0, &analyst).await.unwrap().cursor;
    assert!(
        house
            .pull(library, cursor, &analyst)
            .await
            .unwrap()
            .lines
            .is_empty()
    );
    house.derive().await;
    assert_eq!(
        house.pull(library, cursor, &analyst).await.unwrap().lines.len(),
        1
    );
    let owner = house
        .pull(spoken.told.scope(), 0, &spoken.told.owner())
        .await
        .unwrap();
    assert_eq!(owner.lines.len(), 1);

    let measured = house.measured(&spoken.told).await;
    let (sound, picture) = (done(&measured[0]), done(&measured[1]));
    assert!((2_900..=3_100).contains(&sound.millis), "{}", sound.millis);
    assert_eq!((sound.peaks.is_empty(), picture.pixels), (false, Some((64, 48))));
    for (clip, _) in &spoken.clips {
        let reply = house.play(&spoken.told, *clip, &analyst, &[]).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!reply.body.windows(7).any(|window| window == b"kanarie"));
    }
    // What the phone brought is kept as it came.
    for (clip, bytes) in &spoken.clips {
        assert_eq!(&fs::read(house.whole(*clip)).unwrap(), bytes);
    }
}

#[tokio::test]
async fn de5_what_cannot_be_played_is_refused_and_the_story_is_read_without_it() {
    let house = House::open().await;
    let spoken = house.came(1, vec![page(), drawing()]).await;
    house.derive().await;
    let measured = house.measured(&spoken.told).await;
    assert_eq!(measured[0], Measuring::Refused);
    done(&measured[1]);
    let analyst = house.signed_in(Role::Analyst).await;
    let reply = house.play(&spoken.told, spoken.id(), &analyst, &[]).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(fs::read(house.whole(spoken.id())).unwrap(), spoken.bytes());
    assert!(!house.derived(spoken.id()).exists());
}

/// A program in place of the child.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("child.sh");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[tokio::test]
async fn s13_a_child_that_crashes_or_hangs_is_tried_three_times_and_again_after_a_restart() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    let tries = house.folder.path().join("tries");
    for end in [
        "kill -9 $$",
        "kill -SEGV $$",
        "exec sleep 1000",
        "exit 0",
        "echo no >&2; exit 1",
    ] {
        let script = format!("echo x >> {}\n{end}", tries.display());
        let mut poisoned = Child::of(program(house.folder.path(), &script));
        poisoned.takes = Duration::from_millis(300);
        house.state.media.derive_all(&poisoned).await.unwrap();
        assert_eq!(fs::read_to_string(&tries).unwrap(), "x\nx\nx\n", "{end}");
        assert_eq!(house.measured(&spoken.told).await, [Measuring::Refused]);
        // Given up: it is not tried a fourth time.
        house.derive().await;
        assert_eq!(house.measured(&spoken.told).await, [Measuring::Refused]);
        fs::remove_file(&tries).unwrap();
        house.state.media.tidy().await.unwrap();
        assert_eq!(house.measured(&spoken.told).await, [Measuring::Waiting]);
    }
    house.derive().await;
    done(&house.measured(&spoken.told).await[0]);
}

#[tokio::test]
async fn s13_a_child_has_little_memory_and_time_and_leaves_no_core() {
    let house = House::open().await;
    house.came(1, vec![drawing()]).await;
    let said = house.folder.path().join("limits");
    // The child stays itself while it waits for its input, a pipe that nobody writes to.
    let pipe = pipe(&house);
    let real = child().program;
    let script = format!(
        "exec 3<>{pipe}\n{real} derive \"$2\" <&3 2>/dev/null &\nwhile ! {{ grep -q 536870912 /proc/$!/limits && grep -q 134217728 /proc/$!/limits; }}; do :; done\n\
         cat /proc/$!/limits > {said}\nkill -9 $!\nexit 1",
        pipe = pipe.display(),
        real = real.display(),
        said = said.display()
    );
    // `env_clear` leaves no PATH.
    let script = format!("PATH=/usr/bin:/bin\n{script}");
    let watched = Child::of(program(house.folder.path(), &script));
    house.state.media.derive_all(&watched).await.unwrap();
    let limits = fs::read_to_string(said).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max address space"), (512_u64 << 20).to_string());
    assert_eq!(limit("Max cpu time"), "120");
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(limit("Max file size"), (128_u64 << 20).to_string());
}

#[tokio::test]
async fn de6_withdrawing_takes_the_derivative_with_it() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    house.derive().await;
    assert!(house.derived(spoken.id()).exists());
    let analyst = house.signed_in(Role::Analyst).await;
    house.withdraw(&spoken.told).await;
    assert!(!house.derived(spoken.id()).exists());
    let reply = house.play(&spoken.told, spoken.id(), &analyst, &[]).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn de6_a_late_result_does_not_bring_back_what_was_withdrawn() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    let pipe = pipe(&house);
    let real = child().program;
    let script = format!(
        "read go < {}\nexec {} derive \"$2\"",
        pipe.display(),
        real.display()
    );
    let slow = Child::of(program(house.folder.path(), &script));
    let media = house.state.media.clone();
    let making = tokio::spawn(async move { media.derive_all(&slow).await });
    // Opening waits for the child, which waits for a word.
    let mut pipe = tokio::task::spawn_blocking(move || fs::File::options().write(true).open(pipe))
        .await
        .unwrap()
        .unwrap();
    house.withdraw(&spoken.told).await;
    std::io::Write::write_all(&mut pipe, b"go\n").unwrap();
    making.await.unwrap().unwrap();
    let left: Vec<_> = fs::read_dir(house.folder.path().join("data/media/derived"))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn s6_bytes_that_changed_on_the_disk_are_not_handed_out_and_others_are() {
    let house = House::open().await;
    let (bad, good) = (
        house.came(1, vec![drawing()]).await,
        house.came(2, vec![drawing()]).await,
    );
    let mut bytes = fs::read(house.whole(bad.id())).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(house.whole(bad.id()), bytes).unwrap();
    house.derive().await;
    assert_eq!(house.measured(&bad.told).await, [Measuring::Refused]);
    done(&house.measured(&good.told).await[0]);
}

#[tokio::test]
async fn s7_a_derivative_that_is_lost_or_cut_is_made_anew() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    house.derive().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let before = house.play(&spoken.told, spoken.id(), &analyst, &[]).await;
    for cut in [true, false] {
        if cut {
            fs::write(house.derived(spoken.id()), b"cut").unwrap();
        } else {
            fs::remove_file(house.derived(spoken.id())).unwrap();
        }
        let reply = house.play(&spoken.told, spoken.id(), &analyst, &[]).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        house.derive().await;
        let after = house.play(&spoken.told, spoken.id(), &analyst, &[]).await;
        assert_eq!((after.status, &after.body), (StatusCode::OK, &before.body));
    }
}

#[tokio::test]
async fn s1_after_a_kill_what_was_half_made_goes_and_what_is_missing_is_made() {
    let house = House::open().await;
    let spoken = house.came(1, vec![drawing()]).await;
    let other: Brought = recording();
    let derived = house.folder.path().join("data/media/derived");
    fs::create_dir_all(&derived).unwrap();
    // Half made; made but not recorded; made of a clip that is gone.
    fs::write(derived.join(format!("{}.part", spoken.id())), &other.bytes[..9]).unwrap();
    fs::write(house.derived(spoken.id()), &other.bytes[..99]).unwrap();
    fs::write(derived.join("4e7c6f80-0000-4000-8000-000000000000"), b"x").unwrap();
    let house = house.restarted().await;
    house.state.media.tidy().await.unwrap();
    assert_eq!(fs::read_dir(&derived).unwrap().count(), 0);
    house.derive().await;
    done(&house.measured(&spoken.told).await[0]);
    house.state.media.tidy().await.unwrap();
    assert_eq!(fs::read_dir(&derived).unwrap().count(), 1);
}

/// The worker as the server runs it: it takes up what is there and what comes, and ends with the server.
#[tokio::test]
async fn de5_the_worker_makes_what_is_missing_and_what_comes_later() {
    let house = House::open().await;
    let first = house.came(1, vec![drawing()]).await;
    let analyst = house.signed_in(Role::Analyst).await;
    let mut news = house.state.db.news();
    let worker = tokio::spawn(house.state.media.clone().deriving(child()));
    for spoken in [first, house.came(2, vec![drawing()]).await] {
        while house.play(&spoken.told, spoken.id(), &analyst, &[]).await.status != StatusCode::OK {
            news.recv().await.unwrap();
        }
    }
    house.state.close();
    worker.await.unwrap();
    assert_eq!(house.library(&Who { ..analyst }).await.len(), 2);
}
