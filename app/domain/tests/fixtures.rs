//! SY18: messages as they were once recorded, in `tests/fixtures`. They may be waiting in somebody's outbox; a file is
//! added for a new message, and none is ever changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::command::Command;
use domain::guardian::{Age, Guardian, Under16};
use domain::problem::Problem;
use domain::scope::Row;
use domain::story::OwnState;
use domain::sync::lease::{LEASE_SPAN, Lease, LeaseGiven, LeaseWish};
use domain::sync::outbox::Pending;
use domain::sync::protocol::{Envelope, Page, SyncRequest, SyncResponse};
use domain::voices::Voice;
use serde::de::DeserializeOwned;
use std::path::Path;

fn recorded(name: &str) -> String {
    std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

/// Reads a recorded message, and writes it again without loss.
fn read<T: DeserializeOwned + serde::Serialize>(name: &str) -> T {
    let text = recorded(name);
    let value: T =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name} is no longer readable: {error}"));
    let written = serde_json::to_value(&value).unwrap();
    assert_eq!(
        written,
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        "{name} is written otherwise now"
    );
    value
}

#[test]
fn sy18_every_command_ever_shipped_is_readable() {
    let commands: Vec<Envelope> = read("commands-1.json");
    let kinds: Vec<_> = commands
        .iter()
        .map(|envelope| match envelope.command {
            Command::FinalizeStory(_) => 0,
            Command::ChangeConsent(_) => 1,
            Command::WithdrawStory(_) => 2,
            Command::CreateProject(_) => 3,
            Command::MarkHeard(_) => 4,
            Command::MarkUnheard(_) => 5,
            Command::ReviseStory(_) => 6,
        })
        .collect();
    assert_eq!(kinds, [0, 0, 1, 1, 2, 3]);
}

#[test]
fn sy18_requests_answers_and_what_a_phone_stored_are_readable() {
    let request: SyncRequest = read("sync-request-1.json");
    assert_eq!((request.push.len(), request.pull.len()), (1, 3));
    let answer: SyncResponse = read("sync-response-1.json");
    assert_eq!((answer.outcomes.len(), answer.pages.len()), (3, 3));
    let stored: Vec<Pending> = read("outbox-1.json");
    assert_eq!(stored[1].refused, Some(Problem::ConsentOutdated { current: 3 }));
    let story: domain::draft::PhoneStory = read("phone-story-1.json");
    assert!(story.content.is_some());
    let draft: domain::draft::Draft = read("draft-1.json");
    assert_eq!(draft.choices.next_open(), Some(domain::consent::Use::Report));
}

#[test]
fn sy18_what_a_teller_made_of_a_story_is_readable() {
    let commands: Vec<Envelope> = read("commands-revised-1.json");
    let [Command::ReviseStory(all), Command::ReviseStory(least)] =
        [&commands[0].command, &commands[1].command]
    else {
        panic!("not what was recorded")
    };
    assert_eq!(
        (all.seen, all.without.len(), least.seen, &least.text),
        (1, 1, 2, &None)
    );
    let own: Row = read("own-story-4.json");
    assert!(
        matches!(own, Row::OwnStory(own) if matches!(own.state, OwnState::Received { voice: Voice::Second, edition: 3, .. }))
    );
    let opened: domain::story::OpenedStory = read("opened-story-1.json");
    assert_eq!(opened.happened.len(), 3);
    let story: domain::draft::PhoneStory = read("phone-story-3.json");
    assert_eq!(
        (story.voice, story.edition, story.taken_out.len()),
        (Voice::Second, 4, 1)
    );
    let problems: Vec<Problem> = read("problems-3.json");
    assert_eq!(problems, [Problem::StoryOutdated { current: 3 }]);
}

#[test]
fn sy18_answers_to_questions_about_a_story_are_readable() {
    let commands: Vec<Envelope> = read("commands-2.json");
    let [Command::FinalizeStory(told), Command::CreateProject(project)] =
        [&commands[0].command, &commands[1].command]
    else {
        panic!("a story and a project")
    };
    assert_eq!((told.content.answers.len(), project.signifiers.len()), (4, 3));
    let draft: domain::draft::Draft = read("draft-2.json");
    assert_eq!(draft.answers, told.content.answers);
}

#[test]
fn sy18_two_voices_and_a_guardians_yes_are_readable() {
    let commands: Vec<Envelope> = read("commands-3.json");
    let [
        Command::FinalizeStory(told),
        Command::ChangeConsent(change),
        Command::CreateProject(project),
    ] = [&commands[0].command, &commands[1].command, &commands[2].command]
    else {
        panic!("a story, a choice and a project")
    };
    assert_eq!((told.guardian, change.voice), (None, Voice::Second));
    let second = told.second.as_ref().unwrap();
    assert_eq!(
        (second.guardian, change.guardian),
        (Some(Guardian::Yes), Some(Guardian::Yes))
    );
    assert_eq!(project.under_16, Some(Under16::Guardian));
    assert_eq!(project.recording_limit(), domain::time::Span::seconds(300));
    let story: domain::draft::PhoneStory = read("phone-story-2.json");
    assert_eq!(story.offer_again(), Some(commands[0].command.clone()));
    let draft: domain::draft::Draft = read("draft-3.json");
    assert_eq!(draft.speaks(), Voice::Second);
    assert_eq!(draft.answers_now().1, Some(Age::Younger { guardian: None }));
    let own: Row = read("own-story-2.json");
    assert!(
        matches!(own, Row::OwnStory(own) if matches!(own.state, OwnState::Received { second: Some(_), .. }))
    );
}

#[test]
fn sy18_what_a_member_heard_is_readable() {
    let commands: Vec<Envelope> = read("commands-heard-1.json");
    let [Command::MarkHeard(heard), Command::MarkUnheard(unheard)] =
        [&commands[0].command, &commands[1].command]
    else {
        panic!("a mark and its end")
    };
    assert_eq!(heard, unheard);
    let page: Page = read("page-heard-1.json");
    assert_eq!(page.lines.len(), 2);
}

#[test]
fn sy18_every_problem_is_readable_and_a_newer_one_is_unknown() {
    let problems: Vec<Problem> = read("problems-1.json");
    assert_eq!(problems.len(), 22);
    let of_clips: Vec<Problem> = read("problems-2.json");
    assert_eq!(of_clips.len(), 3);
    let newer = r#"{"code":"something_of_next_year","limit":3}"#;
    assert_eq!(serde_json::from_str::<Problem>(newer).unwrap(), Problem::Unknown);
}

#[test]
fn sy18_fields_of_a_newer_version_are_passed_over() {
    let mut request: serde_json::Value = serde_json::from_str(&recorded("sync-request-1.json")).unwrap();
    request["later"] = true.into();
    request["push"][0]["command"]["finalize_story"]["later"] = "field".into();
    request["push"][0]["command"]["finalize_story"]["content"]["later"] = 1.into();
    assert!(serde_json::from_value::<SyncRequest>(request).is_ok());
}

#[test]
fn sy18_what_staff_take_along_is_readable() {
    let wish: LeaseWish = read("lease-wish-1.json");
    assert_eq!(wish.stories.len(), 2);
    let given: LeaseGiven = read("lease-given-1.json");
    assert_eq!(given.ends_at, given.server_time.after(LEASE_SPAN));
    let kept: Lease = read("lease-1.json");
    assert_eq!((kept.until(), kept.stories().len()), (given.ends_at, 3));
    let own: Row = read("own-story-3.json");
    assert!(matches!(own, Row::OwnStory(own) if own.held_until == Some(given.ends_at)));
}
