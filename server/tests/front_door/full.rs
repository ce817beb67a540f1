//! A disk that is full when the database writes to it.

use crate::house::{House, Who, acknowledged, rejected};
use crate::media::disks::Weathered;
use crate::phones::{Told, quiet};
use axum::http::StatusCode;
use domain::member::Role;
use domain::problem::Problem;
use domain::sync::protocol::{Envelope, SyncRequest, SyncResponse, Verdict};
use futures_util::future::join_all;
use std::fs;
use std::os::unix::fs::symlink;

/// Lets the database grow by so many pages and no further: SQLite itself then says that the disk is full.
async fn let_grow(house: &House, pages: u32) {
    let limited = house.state.db.write(move |tx| {
        let now: u32 = tx.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let limit = now.saturating_add(pages);
        tx.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))?;
        Ok(())
    });
    limited.await.unwrap();
}

/// Pushes one command: its verdict, or `None` when the answer was that the disk is full.
async fn push(house: &House, envelope: &Envelope, who: &Who) -> Option<Verdict> {
    let request = SyncRequest {
        push: vec![envelope.clone()],
        ..quiet()
    };
    let reply = house.try_sync(serde_json::to_vec(&request).unwrap(), who).await;
    if reply.status == StatusCode::OK {
        return reply.json::<SyncResponse>().outcomes.pop().map(|one| one.verdict);
    }
    assert_eq!(reply.status, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(reply.problem(), Problem::StorageFull);
    assert_eq!(reply.headers["retry-after"], "60");
    None
}

#[tokio::test]
async fn s4_a_database_that_is_full_says_so_loses_nothing_and_heals_by_itself() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let reserve = house.folder.path().join("data/reserve");
    let mut safe = Vec::new();
    for pages in [0, 2, 7, 40] {
        let_grow(&house, pages).await;
        assert!(reserve.exists());
        let told: Vec<Told> = (0..20)
            .map(|n| house.told(&format!("Verhaal {n}. {}", "Vol is vol. ".repeat(200))))
            .collect();
        let anybody = Who::nobody();
        // All at once, so that some share their transaction with one that does not fit.
        let answers = join_all(told.iter().map(|told| push(&house, &told.envelope, &anybody))).await;
        let (mut kept, mut waiting) = (Vec::new(), Vec::new());
        for (told, answer) in told.into_iter().zip(answers) {
            match answer {
                Some(verdict) => {
                    assert!(!acknowledged(&verdict).0);
                    kept.push(told);
                }
                None => waiting.push(told),
            }
        }
        assert!(!waiting.is_empty());
        safe.extend(kept);
        // What is left of a page may still take something.
        loop {
            let told = house.told(&"Nog een. ".repeat(300));
            match push(&house, &told.envelope, &anybody).await {
                Some(_) => safe.push(told),
                None => break,
            }
        }
        assert!(!reserve.exists(), "the room that was kept is given up");
        assert_eq!(house.library(&analyst).await.len(), safe.len(), "reading goes on");
        for told in &safe {
            let again = push(&house, &told.envelope, &anybody).await.unwrap();
            assert!(acknowledged(&again).0, "what was answered is there");
        }
        let_grow(&house, u32::MAX).await;
        for told in waiting {
            let verdict = push(&house, &told.envelope, &anybody).await.unwrap();
            assert!(!acknowledged(&verdict).0, "the same command, now taken");
            safe.push(told);
        }
    }
    let house = house.restarted().await;
    for told in &safe {
        let again = push(&house, &told.envelope, &Who::nobody()).await.unwrap();
        assert!(acknowledged(&again).0);
    }
}

#[tokio::test]
async fn me17_no_story_takes_the_room_that_taking_one_back_needs() {
    let disk = Weathered::default();
    let house = House::upon(&disk).await;
    let (told, late) = (
        house.arrived("Hier was nog plaats.").await,
        house.told("Hier niet."),
    );
    // An eighth of what clips leave free.
    disk.weather().free = Some(32 << 20);
    let pushed = vec![late.envelope.clone(), house.withdrawal(&told)];
    let verdicts = house.push(pushed, &told.owner()).await;
    assert_eq!(rejected(&verdicts[0]), Problem::StorageFull);
    assert!(matches!(verdicts[1], Verdict::Committed { .. }));
    disk.weather().free = Some(33 << 20);
    acknowledged(&push(&house, &late.envelope, &Who::nobody()).await.unwrap());
}

#[tokio::test]
async fn s4_a_withdrawal_that_finds_no_room_is_told_so_and_ends_nothing() {
    let house = House::open().await;
    let told = house.arrived("Dit neem ik terug.").await;
    let taken_back = house.withdrawal(&told);
    let folder = house.closed().await;
    let log = folder.path().join("data/withdrawn.log");
    fs::remove_file(&log).unwrap();
    symlink("/dev/full", &log).unwrap();
    let house = House::open_in(folder).await;
    let owner = told.owner();
    for _ in 0..2 {
        assert_eq!(push(&house, &taken_back, &owner).await, None);
    }
    house.arrived("Wie vertelt merkt niets.").await;
    assert!(!house.state.db.has_failed());
    let folder = house.closed().await;
    fs::remove_file(&log).unwrap();
    let house = House::open_in(folder).await;
    let verdict = push(&house, &taken_back, &owner).await.unwrap();
    assert!(matches!(verdict, Verdict::Committed { already: false, .. }));
}
