//! The database on a disk that fails, and on one that forgets at a power cut what was never brought to it: the real
//! program, with `disk.c` between it and the C library.

use crate::binary::{Running, stories, vertelpunt};
use domain::sync::protocol::{Envelope, Verdict};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The server of a folder, on such a disk.
struct Disk {
    shadow: PathBuf,
    fails: PathBuf,
    command: Command,
}

fn disk(folder: &Path) -> Disk {
    let library = folder.join("disk.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/front_door/disk/disk.c");
    // The compiler that made SQLite.
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .args([library.as_path(), Path::new(source)])
        .status();
    assert!(made.unwrap().success());
    let (shadow, fails) = (folder.join("shadow"), folder.join("fails"));
    let mut command = vertelpunt(folder);
    command
        .env("LD_PRELOAD", library)
        .env("DISK_DATA", folder.join("data"))
        .env("DISK_FAILS", &fails);
    Disk {
        shadow,
        fails,
        command,
    }
}

fn is_acknowledged(verdict: Option<&Verdict>) -> bool {
    matches!(
        verdict,
        Some(Verdict::Committed {
            acknowledgement: Some(_),
            ..
        })
    )
}

/// Pushes stories four at a time until so many are acknowledged, when `then` is done, or nobody answers any more.
fn under_load(
    server: &Running,
    envelopes: &[Envelope],
    until: usize,
    then: impl Fn() + Sync,
) -> Vec<Envelope> {
    let (next, safe) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(envelope) = envelopes.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let verdict = server.push(envelope);
                    if !is_acknowledged(verdict.as_ref()) {
                        break;
                    }
                    let mut safe = safe.lock().unwrap();
                    safe.push(envelope.clone());
                    if safe.len() == until {
                        then();
                    }
                }
            });
        }
    });
    safe.into_inner().unwrap()
}

/// How many of these a server of this folder does not have.
fn lost(folder: &Path, safe: &[Envelope]) -> usize {
    let server = Running::start(folder, "error");
    let there = |envelope: &&Envelope| {
        matches!(
            server.push(envelope),
            Some(Verdict::Committed { already: true, .. })
        )
    };
    safe.len() - safe.iter().filter(there).count()
}

/// Kills the server under load behind so many acknowledgements and lets the power go: how many stories that were
/// acknowledged are lost.
async fn lost_at_a_power_cut(behind: usize, torn: bool, lies: bool) -> usize {
    let (folder, envelopes) = stories(400).await;
    let folder = folder.path();
    let Disk {
        shadow, mut command, ..
    } = disk(folder);
    fs::create_dir(&shadow).unwrap();
    // What was there when the power was last away.
    for name in [
        "vertelpunt.sqlite",
        "vertelpunt.sqlite-wal",
        "withdrawn.log",
        "key",
    ] {
        if folder.join("data").join(name).exists() {
            fs::copy(folder.join("data").join(name), shadow.join(name)).unwrap();
        }
    }
    command.env("DISK_SHADOW", &shadow);
    if lies {
        command.env("DISK_LIES", "1");
    }
    let server = Running::start_by(command, folder, "error");
    let safe = under_load(&server, &envelopes, behind, || server.signal("-9"));
    drop(server);
    assert!((behind..400).contains(&safe.len()), "{}", safe.len());
    for name in [
        "vertelpunt.sqlite",
        "vertelpunt.sqlite-wal",
        "vertelpunt.sqlite-shm",
        "withdrawn.log",
    ] {
        let there = folder.join("data").join(name);
        let grown = fs::metadata(&there).map_or(0, |about| about.len());
        _ = fs::remove_file(&there);
        if let Ok(mut left) = fs::read(shadow.join(name)) {
            if torn && left.len() < grown as usize {
                // The file had grown and its new blocks never came: half of them are zeros.
                left.resize(left.len().midpoint(grown as usize), 0);
            }
            fs::write(there, left).unwrap();
        }
    }
    lost(folder, &safe)
}

#[tokio::test]
async fn s2_when_the_power_goes_every_acknowledged_story_is_in_the_database() {
    for (behind, torn) in [(1, false), (37, true), (120, false), (250, true)] {
        assert_eq!(
            lost_at_a_power_cut(behind, torn, false).await,
            0,
            "behind {behind}"
        );
    }
}

#[tokio::test]
async fn s2_the_same_harness_finds_a_database_on_a_disk_that_only_says_so() {
    assert!(lost_at_a_power_cut(60, false, true).await > 0);
}

/// S3: fsync says EIO. What was in the air is not acknowledged, nothing is served on from memory, and the next start
/// reads what is really there.
#[tokio::test]
async fn s3_a_database_whose_disk_fails_acknowledges_nothing_more_and_ends() {
    let (folder, envelopes) = stories(400).await;
    let folder = folder.path();
    let Disk { fails, command, .. } = disk(folder);
    let mut server = Running::start_by(command, folder, "error");
    let safe = under_load(&server, &envelopes, 40, || drop(File::create(&fails).unwrap()));
    // Those four at most whose commit was on the disk when it began to fail.
    assert!((40..48).contains(&safe.len()), "{}", safe.len());
    assert!(!server.child.wait().unwrap().success(), "it ends, and not well");
    let log = fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.contains("the disk failed"), "{log}");
    fs::remove_file(&fails).unwrap();
    assert_eq!(lost(folder, &safe), 0);
    let server = Running::start(folder, "error");
    for envelope in &envelopes {
        assert!(
            is_acknowledged(server.push(envelope).as_ref()),
            "phones bring the rest"
        );
    }
}
