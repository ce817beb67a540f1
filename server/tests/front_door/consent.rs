//! What a teller allows holds everywhere, and what is taken back is gone.

use crate::house::{House, Told, Who, acknowledged, rejected};
use axum::http::StatusCode;
use domain::command::Command;
use domain::consent::{Answer, Choices, Use};
use domain::member::Role;
use domain::problem::Problem;
use domain::sync::protocol::Verdict;
use domain::voices::Voice;
use std::fs;
use std::path::Path;

async fn change(house: &House, told: &Told, seen: u32, choices: Choices) -> Verdict {
    let command = Command::ChangeConsent(domain::command::ChangeConsent {
        story: told.story.id,
        voice: Voice::First,
        seen,
        saw: None,
        choices,
        guardian: None,
    });
    house.push_one(house.envelope(command), &told.owner()).await
}

#[tokio::test]
async fn co3_a_story_without_analysis_is_refused_whole() {
    let house = House::open().await;
    let mut told = house.told("Dit blijft op mijn telefoon.");
    if let Command::FinalizeStory(finalize) = &mut told.envelope.command {
        finalize.choices.analysis = Answer::No;
    }
    let verdict = house.push_one(told.envelope, &Who::nobody()).await;
    assert_eq!(rejected(&verdict), Problem::ConsentMissing);
    assert!(!holds(house.folder.path(), "blijft op mijn"));
}

#[tokio::test]
async fn co6_narrowing_always_applies_and_co7_widening_only_on_the_present_version() {
    let house = House::open().await;
    let told = house.arrived("Wie mag dit horen?").await;
    let all = told.story.choices();
    let without_public = all.with(Use::Public, Answer::No);
    assert!(matches!(
        change(&house, &told, 1, without_public).await,
        Verdict::Committed { .. }
    ));
    let narrower = all.with(Use::Meeting, Answer::No).with(Use::Public, Answer::No);
    assert!(matches!(
        change(&house, &told, 1, narrower).await,
        Verdict::Committed { .. }
    ));
    let wider = change(&house, &told, 1, all).await;
    assert_eq!(rejected(&wider), Problem::ConsentOutdated { current: 3 });
    assert!(matches!(
        change(&house, &told, 3, all).await,
        Verdict::Committed { .. }
    ));
    let (_, answer) = acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    assert_eq!(answer.consent, 4);
}

#[tokio::test]
async fn co5_only_the_owner_key_changes_or_withdraws() {
    let house = House::open().await;
    let told = house.arrived("Van mij.").await;
    let manager = house.signed_in(Role::Manager).await;
    let other = house.arrived("Van een ander.").await;
    for who in [Who::nobody(), told.deliverer(), manager, other.owner()] {
        let mut story = told.story.clone();
        for command in [
            story.choose(story.choices().with(Use::Public, Answer::No)),
            story.clone().take_back(),
        ] {
            let verdict = house.push_one(house.envelope(command.unwrap()), &who).await;
            assert_eq!(rejected(&verdict), Problem::StoryUnknown);
        }
    }
}

#[tokio::test]
async fn co8_withdrawn_is_final() {
    let house = House::open().await;
    let mut told = house.arrived("Weg ermee.").await;
    let withdraw = told.story.take_back().unwrap();
    for _ in 0..2 {
        let verdict = house
            .push_one(house.envelope(withdraw.clone()), &told.owner())
            .await;
        assert!(matches!(verdict, Verdict::Committed { .. }));
    }
    assert_eq!(
        rejected(&change(&house, &told, 1, told.story.choices()).await),
        Problem::StoryWithdrawn
    );
    let again = house.envelope(told.envelope.command.clone());
    assert_eq!(
        rejected(&house.push_one(again, &told.deliverer()).await),
        Problem::StoryWithdrawn
    );
    let retried = house.push_one(told.envelope.clone(), &Who::nobody()).await;
    assert_eq!(rejected(&retried), Problem::StoryWithdrawn);
}

#[tokio::test]
async fn co4_analysis_taken_back_is_withdrawing() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = house.arrived("Toch liever niet.").await;
    let path = format!("/api/v1/stories/{}", told.story.id);
    assert_eq!(
        house.get(&path, analyst.cookie.as_deref()).await.status,
        StatusCode::OK
    );
    change(
        &house,
        &told,
        1,
        told.story.choices().with(Use::Analysis, Answer::No),
    )
    .await;
    // WH5: said to who could read it, so that a screen that had it open says what is true.
    assert_eq!(
        house.get(&path, analyst.cookie.as_deref()).await.problem(),
        Problem::StoryWithdrawn
    );
    assert!(house.library(&analyst).await.is_empty());
}

/// ASVS 14.2.7: raw bytes of the database, its log and every other file of the data folder.
#[tokio::test]
async fn co9_what_was_withdrawn_is_in_no_byte_of_the_data_folder() {
    let house = House::open().await;
    let kept = house.arrived("Dit verhaal blijft: zonnebloem.").await;
    let long = "kanariegeel ".repeat(2_000);
    let told = house.told_at(&long, house.now(), |draft| {
        "kanarietitel".clone_into(&mut draft.title);
        draft.tags = vec![domain::tag::Tag::Own("kanarielabel".to_owned())];
    });
    let told = Told {
        story: told.story,
        envelope: told.envelope,
    };
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    let folder = house.folder.path().join("data");
    assert!(holds(&folder, "kanarie"));
    let id = told.story.id;
    let withdraw = told.story.clone().take_back().unwrap();
    house.push_one(house.envelope(withdraw), &told.owner()).await;
    // The next commit comes after the writer has scrubbed what the one before left.
    house
        .push_one(house.told("Nog een.").envelope, &Who::nobody())
        .await;
    assert!(!holds(&folder, "kanarie"));
    assert!(holds(&folder, "zonnebloem"));
    let log = fs::read_to_string(folder.join("withdrawn.log")).unwrap();
    assert!(log.starts_with(&id.to_string()) && log.lines().count() == 1);
    assert!(acknowledged(&house.push_one(kept.envelope, &Who::nobody()).await).0);
}

#[tokio::test]
async fn the_keys_of_a_story_are_in_no_byte_of_the_data_folder() {
    let house = House::open().await;
    let told = house.arrived("Met sleutels.").await;
    let (owner, upload) = (told.story.owner_key(), told.story.upload_key);
    let folder = house.folder.path().join("data");
    for secret in [owner.0, upload.0, owner.hash().0, upload.hash().0] {
        assert!(!files(&folder).iter().any(|bytes| contains(bytes, &secret)));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("key")), 0o600);
        assert_eq!(mode(&folder.join("vertelpunt.sqlite")), 0o600);
    }
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file())
        .map(|path| fs::read(path).unwrap())
        .collect()
}

fn holds(folder: &Path, text: &str) -> bool {
    let data = if folder.join("data").is_dir() {
        folder.join("data")
    } else {
        folder.to_owned()
    };
    files(&data).iter().any(|bytes| contains(bytes, text.as_bytes()))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Among many others, where pages are full and rows are moved between them.
#[tokio::test]
async fn co9_what_was_withdrawn_among_many_is_in_no_byte_of_the_data_folder() {
    let house = House::open().await;
    let mut gone = Vec::new();
    for batch in 0..12 {
        let told: Vec<Told> = (0..50)
            .map(|n| match n % 10 {
                3 => house.told(&"kanariegeel ".repeat(1 + batch * n)),
                _ => house.told(&format!("Verhaal {n} van {batch}. {}", "zonnebloem ".repeat(n))),
            })
            .collect();
        house
            .push(
                told.iter().map(|told| told.envelope.clone()).collect(),
                &Who::nobody(),
            )
            .await;
        gone.extend(
            told.into_iter()
                .enumerate()
                .filter(|(n, _)| n % 10 == 3)
                .map(|(_, told)| told),
        );
    }
    for mut told in gone {
        let withdrawal = house.envelope(told.story.take_back().unwrap());
        house.push_one(withdrawal, &told.owner()).await;
    }
    house
        .push_one(house.told("Nog een.").envelope, &Who::nobody())
        .await;
    let folder = house.folder.path().join("data");
    assert!(!holds(&folder, "kanarie") && holds(&folder, "zonnebloem"));
}
