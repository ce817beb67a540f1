//! The bytes of clips, from the phone's side.

use super::*;
use domain::{
    Sha256,
    clip::{Clip, ClipKind},
    id::ClipId,
    standing::{Link, Standing, standing},
    sync::{
        delivery::{Ask, Reply, Step},
        outbox::Failure,
    },
};

const SOON: Span = Span(10);

/// A phone with `count` stories told aloud, each of two parts.
fn told(count: usize) -> (Book, Seeded) {
    let (mut book, mut entropy) = phone(0);
    for number in 0..count {
        let prompt = PromptId::random(&mut entropy);
        let origin = Origin {
            project: book.marks.project.unwrap(),
            entry: None,
            prompt,
        };
        let mut draft = Draft::start(origin, "nl".to_owned(), None, NOW, &mut entropy);
        draft.clips = [40_000, 7]
            .map(|length| Clip {
                id: ClipId::random(&mut entropy),
                kind: ClipKind::Sound,
                media_type: "audio/webm".to_owned(),
                length,
                millis: 1_000,
                sha256: Sha256::of(&[number as u8]),
                words: None,
            })
            .to_vec();
        for to in Use::ALL {
            draft.choices.set(to, Answer::Yes);
        }
        let wording = Wording("nl/1".to_owned());
        let (story, id, command) = draft.finalize(wording, NOW, &mut entropy).unwrap();
        book.finish(story, id, command);
    }
    (book, entropy)
}

/// The server takes the manifests that wait, and wants the bytes.
fn take(book: &mut Book, epoch: u64, entropy: &mut Seeded) -> SyncRequest {
    let Exchange { request, .. } = book.exchange(Nonce::random(entropy), 0);
    book.mark_tried(&request.push);
    let mut answer = answer(&request, epoch, None);
    for outcome in &mut answer.outcomes {
        if let Verdict::Committed { acknowledgement, .. } = &mut outcome.verdict {
            *acknowledgement = None;
        }
    }
    book.take_in(&request, &answer, NOW, entropy);
    request
}

fn hear(book: &mut Book, step: &Step, reply: &Reply, entropy: &mut Seeded) {
    book.hear(step, reply, SOON, NOW, entropy);
}

/// The server says yes to one step.
fn bring(book: &mut Book, entropy: &mut Seeded) -> bool {
    let Some(step) = book.next_step(NOW) else {
        return false;
    };
    let reply = match &step.ask {
        Ask::Where => Reply::Has {
            bytes: 0,
            place: Some("there".to_owned()),
        },
        Ask::Take { from, length, .. } => Reply::Has {
            bytes: from + length,
            place: None,
        },
    };
    hear(book, &step, &reply, entropy);
    true
}

fn says(book: &Book, link: Link) -> Standing {
    standing(&book.stories[0], &book.outbox, &book.delivery, link)
}

#[test]
fn up6_a_story_is_safe_once_its_bytes_were_brought_and_the_same_command_is_acknowledged() {
    let (mut book, mut entropy) = told(1);
    assert_eq!(says(&book, Link::Sending), Standing::OnItsWay(Some(0)));
    let first = take(&mut book, 1, &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Delivering { sent: 0, epoch: 1 });
    assert!(book.outbox.entries().is_empty() && book.has_unsent());
    assert!(bring(&mut book, &mut entropy) && bring(&mut book, &mut entropy));
    assert_eq!(says(&book, Link::Idle), Standing::OnItsWay(Some(80)));
    while bring(&mut book, &mut entropy) {}
    assert_eq!(says(&book, Link::Idle), Standing::Verifying);
    assert!(
        book.stories[0].content.is_some(),
        "nothing leaves before the acknowledgement"
    );
    let again = exchange(&mut book, 1, None, &mut entropy);
    assert_eq!(again.push[0].id, first.push[0].id);
    assert_eq!(book.stories[0].arrival, Arrival::Safe { at: NOW, epoch: 1 });
    assert!(book.marks.tried.is_empty() && !book.has_unsent() && book.pause(NOW).is_none());
}

#[test]
fn up6_what_the_server_does_not_know_any_more_is_offered_again_and_brought_again() {
    let (mut book, mut entropy) = told(1);
    take(&mut book, 1, &mut entropy);
    bring(&mut book, &mut entropy);
    bring(&mut book, &mut entropy);
    let step = book.next_step(NOW).unwrap();
    hear(&mut book, &step, &Reply::Unknown, &mut entropy);
    assert!(book.outbox.has_work() && book.next_step(NOW).is_none());
    assert_eq!(
        book.stories[0].percent(),
        Some(80),
        "what was shown does not run back"
    );
    take(&mut book, 1, &mut entropy);
    book.hurry();
    let step = book.next_step(NOW).unwrap();
    assert_eq!(step.ask, Ask::Where);
    while bring(&mut book, &mut entropy) {}
    exchange(&mut book, 1, None, &mut entropy);
    assert!(matches!(book.stories[0].arrival, Arrival::Safe { .. }));
}

#[test]
fn up1_p21_what_narrows_goes_before_bytes_and_taking_back_ends_them() {
    let (mut book, mut entropy) = told(1);
    let id = book.stories[0].id;
    take(&mut book, 1, &mut entropy);
    bring(&mut book, &mut entropy);
    assert!(book.wants_bytes(id));
    let narrow = all_yes().with(Use::Meeting, Answer::No);
    book.change_choices(id, narrow, &mut entropy);
    assert!(!book.wants_bytes(id) && book.next_step(NOW).is_none());
    exchange(&mut book, 1, None, &mut entropy);
    assert!(book.wants_bytes(id) && book.next_step(NOW).is_some());
    book.withdraw(id, false, &mut entropy);
    assert!(!book.wants_bytes(id) && book.next_step(NOW).is_none());
    let sent = exchange(&mut book, 1, None, &mut entropy);
    assert!(matches!(sent.push[0].command, Command::WithdrawStory(_)));
    assert_eq!(book.stories[0].arrival, Arrival::Withdrawn);
    assert!(book.pause(NOW).is_none());
}

#[test]
fn up4_p16_what_the_server_asks_is_kept_to_and_a_missing_line_holds_everything() {
    let (mut book, mut entropy) = told(2);
    take(&mut book, 1, &mut entropy);
    let step = book.next_step(NOW).unwrap();
    let asked = Failure::Refused {
        problem: Problem::TooManyTries { retry_after: 9 },
        retry_after: Some(Span::seconds(9)),
    };
    hear(&mut book, &step, &Reply::Failed(asked), &mut entropy);
    book.hurry();
    assert!(book.next_step(NOW).is_none());
    assert_eq!(book.pause(NOW), Some(Span::seconds(9)));
    assert_eq!(says(&book, Link::Idle), Standing::ServerBusy);
    assert!(book.next_step(NOW.after(Span::seconds(9))).is_some());
    // Without such a wish the other clips go on.
    let (mut book, mut entropy) = told(2);
    take(&mut book, 1, &mut entropy);
    let step = book.next_step(NOW).unwrap();
    hear(&mut book, &step, &Reply::Unreadable, &mut entropy);
    assert!(book.next_step(NOW).is_some_and(|next| next.clip != step.clip));
}

#[test]
fn up7_what_waits_without_an_entry_is_offered_once_when_the_page_opens() {
    let (mut book, mut entropy) = told(2);
    book.outbox = Outbox::restore(Vec::new());
    book.offer_what_waits();
    book.offer_what_waits();
    let offered: Vec<_> = book
        .outbox
        .entries()
        .iter()
        .map(|entry| entry.envelope.id)
        .collect();
    let commands: Vec<_> = book.stories.iter().map(|story| story.command).collect();
    assert_eq!(offered, commands);
    take(&mut book, 1, &mut entropy);
    book.offer_what_waits();
    assert!(book.outbox.entries().is_empty(), "it is the bytes' turn");
}

#[test]
fn up8_bytes_leave_with_the_content_that_names_them_and_not_before() {
    let (mut book, mut entropy) = told(2);
    let clips = |story: &PhoneStory| {
        let content = story.content.as_ref().unwrap();
        content.clips.iter().map(|clip| clip.id).collect::<Vec<_>>()
    };
    let (borrowed, own) = (clips(&book.stories[0]), clips(&book.stories[1]));
    let before = book.clone();
    book.remove_once_safe(book.stories[0].id);
    take(&mut book, 1, &mut entropy);
    while bring(&mut book, &mut entropy) {}
    assert_eq!(before.clips_gone_in(&book), []);
    exchange(&mut book, 1, None, &mut entropy);
    assert_eq!(before.clips_gone_in(&book), borrowed);
    let before = book.clone();
    book.let_go(1, NOW.after(Span(GRACE.0 - 1)));
    assert_eq!(before.clips_gone_in(&book), []);
    book.let_go(1, NOW.after(GRACE));
    assert_eq!(before.clips_gone_in(&book), own);
    let (mut book, mut entropy) = told(1);
    let before = book.clone();
    book.withdraw(book.stories[0].id, true, &mut entropy);
    assert_eq!(before.clips_gone_in(&book), []);
}
