mod bytes;

use super::*;
use domain::{
    Nonce,
    consent::{Choices, Consent, Wording},
    draft::GRACE,
    id::PromptId,
    problem::Problem,
    project::Phase,
    scope::EntityRef,
    story::{Origin, OwnState, OwnStory, Perspective},
    sync::protocol::{Acknowledgement, Line, News, Outcome, Page, SyncRequest, SyncResponse, Verdict},
    time::Span,
};

/// Bytes that follow from a seed; good enough to tell ids apart.
struct Seeded(u64);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

const NOW: Timestamp = Timestamp(1_000_000);

fn project(entropy: &mut Seeded) -> Project {
    Project {
        id: ProjectId::random(entropy),
        name: "Werk".to_owned(),
        phase: Phase::Open,
        municipality: "Houten".to_owned(),
        organisation: "Gemeente Houten".to_owned(),
        partners: String::new(),
        contact: String::new(),
        erase_by: Timestamp(0),
        promises_no_effect: true,
        quick_exit: String::new(),
        prompts: Vec::new(),
        tags: Vec::new(),
        signifiers: Vec::new(),
        under_16: None,
        expectations: None,
        recording_limit_seconds: None,
        entries: Vec::new(),
    }
}

fn all_yes() -> Choices {
    Choices {
        analysis: Answer::Yes,
        meeting: Answer::Yes,
        report: Answer::Yes,
        public: Answer::Yes,
    }
}

/// A phone that joined a project and finished `count` stories.
fn phone(count: usize) -> (Book, Seeded) {
    phone_with(count, &mut |_| {})
}

/// The same with drafts of another shape.
fn phone_with(count: usize, shape: &mut dyn FnMut(&mut Draft)) -> (Book, Seeded) {
    let mut entropy = Seeded(7);
    let mut book = Book::default();
    book.join(EntryCode::new("houten").unwrap(), project(&mut entropy));
    for number in 0..count {
        let origin = Origin {
            project: book.marks.project.unwrap(),
            entry: book.marks.entry.clone(),
            prompt: PromptId::random(&mut entropy),
        };
        let mut draft = Draft::start(
            origin,
            "nl".to_owned(),
            Some(Perspective::Resident),
            NOW,
            &mut entropy,
        );
        draft.text = format!("Verhaal {number}");
        for to in Use::ALL {
            draft.choices.set(to, Answer::Yes);
        }
        shape(&mut draft);
        let (story, id, command) = draft
            .finalize(Wording("nl/1".to_owned()), NOW, &mut entropy)
            .unwrap();
        book.finish(story, id, command);
    }
    (book, entropy)
}

/// The server's answer in which every pushed command gets `verdict`, or is carried out.
fn answer(request: &SyncRequest, epoch: u64, verdict: Option<Problem>) -> SyncResponse {
    let outcome = |command: &Command| match (&verdict, command) {
        (Some(problem), _) => Verdict::Rejected {
            problem: problem.clone(),
        },
        (None, Command::FinalizeStory(finalize)) => Verdict::Committed {
            already: false,
            acknowledgement: Some(Acknowledgement {
                story: finalize.story,
                version: 1,
                parts: finalize.parts.iter().map(|part| part.sha256).collect(),
                consent: 1,
            }),
        },
        (None, _) => Verdict::Committed {
            already: false,
            acknowledgement: None,
        },
    };
    SyncResponse {
        protocol: 1,
        nonce: request.nonce,
        epoch,
        server_time: NOW,
        outcomes: request
            .push
            .iter()
            .map(|e| Outcome {
                id: e.id,
                verdict: outcome(&e.command),
            })
            .collect(),
        // SY20: what is left out may not be followed any more.
        pages: request
            .pull
            .iter()
            .map(|pull| Page {
                scope: pull.scope,
                lines: Vec::new(),
                cursor: pull.cursor,
                more: false,
                reload: false,
            })
            .collect(),
    }
}

fn exchange(book: &mut Book, epoch: u64, verdict: Option<Problem>, entropy: &mut Seeded) -> SyncRequest {
    let Exchange { request, .. } = book.exchange(Nonce::random(entropy), 0);
    book.mark_tried(&request.push);
    let answer = answer(&request, epoch, verdict);
    book.take_in(&request, &answer, NOW, entropy);
    request
}

fn own_page(story: &PhoneStory, cursor: u64, state: OwnState) -> Page {
    let own = OwnStory {
        id: story.id,
        project: story.origin.project,
        state,
        held_until: None,
    };
    let news = News::Put {
        row: Row::OwnStory(Box::new(own)),
    };
    Page {
        scope: Scope::Story(story.id),
        lines: vec![Line {
            revision: cursor,
            news,
        }],
        cursor,
        more: false,
        reload: false,
    }
}

fn hear(book: &mut Book, entropy: &mut Seeded, state: OwnState) {
    let Exchange { request, .. } = book.exchange(Nonce::random(entropy), 0);
    let cursor = book.replica.cursor(Scope::Story(book.stories[0].id)) + 1;
    let page = own_page(&book.stories[0], cursor, state);
    let answer = SyncResponse {
        pages: vec![page],
        ..answer(&request, 1, None)
    };
    book.take_in(&request, &answer, NOW, entropy);
}

#[test]
fn a_finished_story_is_safe_once_acknowledged_and_leaves_after_the_grace() {
    let (mut book, mut entropy) = phone(1);
    exchange(&mut book, 1, None, &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Safe { at: NOW, epoch: 1 });
    assert!(!book.outbox.has_work() && book.marks.tried.is_empty());
    let long = Timestamp(NOW.0 + 100 * GRACE.0);
    let mut hear = |server_time, epoch| {
        let request = book.exchange(Nonce([1; 16]), 0).request;
        let heard = SyncResponse {
            server_time,
            ..answer(&request, epoch, None)
        };
        // What this phone's own clock says ends nothing.
        book.take_in(&request, &heard, long, &mut entropy);
        book.stories[0].content.is_some()
    };
    assert!(hear(NOW.after(Span(GRACE.0 - 1)), 1));
    assert!(!hear(NOW.after(GRACE), 1));
}

#[test]
fn delivering_shows_the_upload_key_and_ruling_the_owner_key() {
    let (mut book, mut entropy) = phone(1);
    let story = book.stories[0].clone();
    assert_eq!(book.exchange(Nonce([0; 16]), 0).keys, story.upload_key.to_hex());
    exchange(&mut book, 1, None, &mut entropy);
    let next = book.exchange(Nonce([0; 16]), 0);
    assert_eq!(next.keys, story.owner_key().to_hex());
    assert!(
        next.request
            .pull
            .iter()
            .any(|pull| pull.scope == Scope::Story(story.id))
    );
}

#[test]
fn more_stories_than_keys_take_turns_to_be_followed() {
    let (mut book, mut entropy) = phone(70);
    while book.outbox.has_work() {
        exchange(&mut book, 1, None, &mut entropy);
    }
    let mut followed = std::collections::BTreeSet::new();
    for turn in 0..70 {
        let Exchange { request, keys } = book.exchange(Nonce([0; 16]), turn);
        assert!(keys.split(',').count() <= 64 && request.pull.len() <= 64);
        followed.extend(request.pull.iter().map(|pull| pull.scope));
    }
    assert_eq!(followed.len(), 71);
}

#[test]
fn what_was_never_sent_is_never_sent_once_withdrawn() {
    let (mut book, mut entropy) = phone(1);
    let id = book.stories[0].id;
    book.withdraw(id, false, &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Withdrawn);
    assert!(book.stories[0].content.is_none() && book.outbox.entries().is_empty());
}

#[test]
fn what_may_have_arrived_is_taken_back_behind_its_bringing() {
    let (mut book, mut entropy) = phone(1);
    let id = book.stories[0].id;
    let lost = book.exchange(Nonce([1; 16]), 0).request;
    book.mark_tried(&lost.push);
    book.withdraw(id, true, &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Withdrawing);
    let sent = exchange(&mut book, 1, None, &mut entropy);
    assert!(matches!(sent.push[0].command, Command::FinalizeStory(_)));
    assert!(matches!(sent.push[1].command, Command::WithdrawStory(_)));
    assert_eq!(book.stories[0].arrival, Arrival::Withdrawn);
    assert!(book.stories[0].content.is_some() && book.outbox.entries().is_empty());
}

#[test]
fn taking_back_what_the_server_does_not_know_is_done() {
    let (mut book, mut entropy) = phone(1);
    exchange(&mut book, 1, None, &mut entropy);
    book.withdraw(book.stories[0].id, true, &mut entropy);
    // The first time may be an answer that was overtaken; the outbox believes the second.
    exchange(&mut book, 1, Some(Problem::StoryUnknown), &mut entropy);
    exchange(&mut book, 1, Some(Problem::StoryUnknown), &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Withdrawn);
    assert!(book.outbox.entries().is_empty());
}

#[test]
fn a_refused_story_becomes_a_draft_with_everything_in_it() {
    let (mut book, mut entropy) = phone(1);
    let before = book.stories[0].clone();
    exchange(&mut book, 1, Some(Problem::ProjectClosed), &mut entropy);
    let draft = book.edit_refused(before.id, NOW, &mut entropy).unwrap();
    assert!(book.stories.is_empty() && book.outbox.entries().is_empty());
    assert_ne!(draft.id, before.id);
    assert_eq!(draft.content().check().ok(), before.content);
    assert_eq!(draft.choices.complete(), Some(before.consent.choices));
}

/// Two who told together; the second does not want it public, and both are younger than 16.
fn together(draft: &mut Draft) {
    let age = Some(Age::Younger {
        guardian: Some(Answer::Yes),
    });
    draft.age = age;
    draft.second = Some(SecondDraft {
        turn: Turn::Second(Wording("en/1".to_owned())),
        choices: all_yes().with(Use::Public, Answer::No).into(),
        age,
    });
}

#[test]
fn co14_each_voice_shows_its_own_key_when_its_answers_change() {
    let (mut book, mut entropy) = phone_with(1, &mut together);
    exchange(&mut book, 1, None, &mut entropy);
    let story = book.stories[0].clone();
    let [first, second] = Voice::ALL.map(|voice| story.key_of(voice).unwrap().to_hex());
    book.marks.project = None;
    for (voice, shows, not) in [(Voice::First, &first, &second), (Voice::Second, &second, &first)] {
        let mut book = book.clone();
        let wish = Wish {
            voice,
            choices: all_yes()
                .with(Use::Public, Answer::No)
                .with(Use::Report, Answer::No),
            guardian: None,
        };
        book.change_choices(story.id, wish, &mut entropy);
        book.stories[0].arrival = Arrival::Underway;
        let keys = book.exchange(Nonce([3; 16]), 0).keys;
        assert!(keys.contains(shows) && !keys.contains(not), "{voice:?}");
    }
    // A wish of one that was refused stays when the other wishes something.
    for voice in Voice::ALL {
        let narrower = Wish {
            voice,
            choices: all_yes()
                .with(Use::Public, Answer::No)
                .with(Use::Meeting, Answer::No),
            guardian: None,
        };
        book.change_choices(story.id, narrower, &mut entropy);
        let outdated = Problem::ConsentOutdated { current: 3 };
        exchange(&mut book, 1, Some(outdated), &mut entropy);
    }
    assert_eq!(book.outbox.entries().len(), 2);
    book.withdraw(story.id, false, &mut entropy);
    assert!(matches!(
        book.outbox.entries(),
        [Pending { envelope, .. }] if matches!(envelope.command, Command::WithdrawStory(_))
    ));
}

#[test]
fn co17_a_refused_dialogue_becomes_a_draft_whose_guardians_are_asked_anew() {
    let (mut book, mut entropy) = phone_with(1, &mut together);
    exchange(&mut book, 1, Some(Problem::ConsentMissing), &mut entropy);
    let id = book.stories[0].id;
    let mut draft = book.edit_refused(id, NOW, &mut entropy).unwrap();
    let asked_anew = Some(Age::Younger { guardian: None });
    assert_eq!(draft.speaks(), Voice::First);
    assert_eq!(draft.answers_now(), (all_yes().into(), asked_anew));
    draft.hand_over(Wording("nl/1".to_owned()));
    draft.take_over();
    let second = all_yes().with(Use::Public, Answer::No);
    assert_eq!(draft.answers_now(), (second.into(), asked_anew));
}

#[test]
fn trying_again_is_a_new_intent() {
    let (mut book, mut entropy) = phone(1);
    let first = exchange(&mut book, 1, Some(Problem::ProjectClosed), &mut entropy);
    assert!(!book.outbox.has_work());
    book.retry(book.stories[0].id, &mut entropy);
    let second = exchange(&mut book, 1, None, &mut entropy);
    assert_ne!(first.push[0].id, second.push[0].id);
    assert!(matches!(book.stories[0].arrival, Arrival::Safe { .. }));
}

#[test]
fn sy10_choices_made_elsewhere_are_taken_over_unless_own_ones_wait() {
    let (mut book, mut entropy) = phone(1);
    exchange(&mut book, 1, None, &mut entropy);
    let narrower = Consent {
        version: 2,
        choices: all_yes().with(Use::Public, Answer::No),
        wording: Wording("nl/1".to_owned()),
        guardian: None,
    };
    let content = book.stories[0].content.clone().unwrap();
    let received = |consent: &Consent| OwnState::Received {
        content: content.clone(),
        consent: consent.clone(),
        voice: Voice::First,
        second: None,
        withheld: None,
        together: None,
        edition: 1,
        received_at: NOW,
    };
    hear(&mut book, &mut entropy, received(&narrower));
    assert_eq!(book.stories[0].consent, narrower);
    // Only the cursor stays of the row: the content in it must be able to leave the phone.
    assert_eq!(book.replica.rows(Scope::Story(book.stories[0].id)).count(), 0);

    let mine = narrower.choices.with(Use::Report, Answer::No);
    book.change_choices(book.stories[0].id, mine, &mut entropy);
    let request = book.exchange(Nonce([3; 16]), 0).request;
    let page = own_page(&book.stories[0], 9, received(&narrower));
    let elsewhere = SyncResponse {
        outcomes: Vec::new(),
        pages: vec![page],
        ..answer(&request, 1, None)
    };
    book.take_in(&request, &elsewhere, NOW, &mut entropy);
    assert_eq!(book.stories[0].choices(), mine);
}

#[test]
fn ed6_what_came_in_behind_the_form_is_not_overwritten_and_refused_words_wait() {
    let (mut book, mut entropy) = phone(1);
    exchange(&mut book, 1, None, &mut entropy);
    let id = book.stories[0].id;
    let content = book.stories[0].content.clone().unwrap();
    let seen = Told {
        content: content.clone(),
        edition: 1,
    };
    let consent = book.stories[0].consent.clone();
    let elsewhere = OwnState::Received {
        content: content.clone(),
        consent,
        voice: Voice::First,
        second: None,
        withheld: None,
        together: None,
        edition: 2,
        received_at: NOW,
    };
    hear(&mut book, &mut entropy, elsewhere);
    assert_eq!(book.stories[0].edition, 2);
    let wish = |text: &str| Revision {
        text: Some(text.to_owned()),
        ..Revision::default()
    };
    book.revise(id, &seen, wish("Een."), &mut entropy).unwrap();
    book.revise(id, &seen, wish("Twee."), &mut entropy).unwrap();
    let outdated = Problem::StoryOutdated { current: 2 };
    let asked = exchange(&mut book, 1, Some(outdated), &mut entropy);
    let editions = asked.push.iter().map(|envelope| match &envelope.command {
        Command::ReviseStory(revise) => revise.seen,
        other => panic!("{other:?}"),
    });
    assert_eq!(editions.collect::<Vec<_>>(), [1, 2]);
    // Trying something else of the story again takes nothing of it away.
    book.retry(id, &mut entropy);
    assert!(book.refused_revision(id).is_some());
    book.forget_refused_revision(id);
    assert_eq!(book.refused_revision(id), None);
}

#[test]
fn a_story_taken_back_on_another_device_is_withdrawn_here() {
    let (mut book, mut entropy) = phone(1);
    exchange(&mut book, 1, None, &mut entropy);
    hear(&mut book, &mut entropy, OwnState::Withdrawn);
    assert_eq!(book.stories[0].arrival, Arrival::Withdrawn);
}

#[test]
fn sy11_after_a_restore_the_phone_offers_again_what_it_still_holds() {
    let (mut book, mut entropy) = phone(2);
    exchange(&mut book, 1, None, &mut entropy);
    book.stories[1].content = None;
    let news = exchange(&mut book, 2, None, &mut entropy);
    assert!(news.push.is_empty());
    assert_eq!(book.stories[0].arrival, Arrival::Underway);
    assert_eq!(book.stories[1].arrival, Arrival::Safe { at: NOW, epoch: 2 });
    assert!(book.joined().is_some() && book.replica.pulls().iter().all(|pull| pull.cursor == 0));
    exchange(&mut book, 2, None, &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Safe { at: NOW, epoch: 2 });
}

#[test]
fn an_answer_with_another_nonce_changes_nothing() {
    let (mut book, mut entropy) = phone(1);
    let request = book.exchange(Nonce([1; 16]), 0).request;
    let foreign = SyncResponse {
        nonce: Nonce([2; 16]),
        ..answer(&request, 1, None)
    };
    book.take_in(&request, &foreign, NOW, &mut entropy);
    assert_eq!(book.stories[0].arrival, Arrival::Underway);
    assert!(book.outbox.has_work() && book.outbox.waiting().is_some());
}

#[test]
fn from_a_borrowed_phone_everything_goes_once_it_is_safe() {
    let (mut book, mut entropy) = phone(2);
    let borrowed = book.stories[0].id;
    book.remove_once_safe(borrowed);
    assert_eq!(book.stories.len(), 2);
    exchange(&mut book, 1, None, &mut entropy);
    assert_eq!(book.stories.len(), 1);
    assert!(book.story(borrowed).is_none() && book.marks.leaving.is_empty());
}

#[test]
fn what_another_tab_stored_is_taken_up_without_forgetting_the_wait() {
    let (mut book, mut entropy) = phone(1);
    let (mut other, mut chance) = (book.clone(), Seeded(9));
    other.withdraw(other.stories[0].id, true, &mut chance);
    book.outbox
        .failed(domain::sync::outbox::Failure::Unreachable, NOW, &mut entropy);
    book.refresh(other.clone());
    assert_eq!(book.stories, other.stories);
    assert!(book.outbox.entries().is_empty() && book.outbox.waiting().is_some());
}

#[test]
fn a_thing_that_left_a_scope_is_forgotten() {
    let (mut book, mut entropy) = phone(0);
    let id = book.marks.project.unwrap();
    let request = book.exchange(Nonce([1; 16]), 0).request;
    let gone = Line {
        revision: 4,
        news: News::Gone {
            entity: EntityRef::Project(id),
        },
    };
    let page = Page {
        scope: Scope::Public(id),
        lines: vec![gone],
        cursor: 4,
        more: false,
        reload: false,
    };
    let answer = SyncResponse {
        pages: vec![page],
        ..answer(&request, 1, None)
    };
    book.take_in(&request, &answer, NOW, &mut entropy);
    assert!(book.joined().is_none());
}
