//! OB: nothing a person did is lost on its way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::Nonce;
use domain::command::{ChangeConsent, Command, WithdrawStory};
use domain::draft::{Arrival, GRACE, PhoneStory};
use domain::id::CommandId;
use domain::problem::Problem;
use domain::standing::{Link, Standing, refused_choice, standing};
use domain::sync::delivery::Delivery;
use domain::sync::outbox::{BACKOFF_CAP, Failure, Outbox, Settled};
use domain::sync::protocol::{
    Acknowledgement, Envelope, Outcome, PROTOCOL, PUSH_BYTES, PUSH_LIMIT, SyncResponse, Verdict,
};
use domain::time::{Span, Timestamp};
use domain::voices::Voice;
use support::{NOW, Seed, choices, draft, project, told, waiting, wording};

const NONCE: Nonce = Nonce([7; 16]);

fn answer(nonce: Nonce, outcomes: Vec<Outcome>) -> SyncResponse {
    SyncResponse {
        protocol: PROTOCOL,
        nonce,
        epoch: 1,
        server_time: NOW,
        outcomes,
        pages: vec![],
    }
}

fn rejected(id: CommandId, problem: Problem) -> Outcome {
    Outcome {
        id,
        verdict: Verdict::Rejected { problem },
    }
}

fn committed(id: CommandId) -> Outcome {
    Outcome {
        id,
        verdict: Verdict::Committed {
            already: false,
            acknowledgement: None,
        },
    }
}

fn acknowledged(story: &PhoneStory) -> Outcome {
    let parts = story.parts.iter().map(|part| part.sha256).collect();
    let acknowledgement = Some(Acknowledgement {
        story: story.id,
        version: 1,
        parts,
        consent: 1,
    });
    Outcome {
        id: story.command,
        verdict: Verdict::Committed {
            already: false,
            acknowledgement,
        },
    }
}

fn withdraw(story: &PhoneStory) -> Command {
    Command::WithdrawStory(WithdrawStory { story: story.id })
}

fn busy() -> Failure {
    Failure::Refused {
        problem: Problem::Internal,
        retry_after: None,
    }
}

fn sent(outbox: &Outbox) -> Vec<CommandId> {
    outbox
        .batch(NONCE)
        .push
        .iter()
        .map(|envelope| envelope.id)
        .collect()
}

#[test]
fn ob1_ending_a_draft_gives_a_story_and_the_command_that_brings_all_of_it() {
    let mut seed = Seed(1);
    let project = project(&mut seed);
    let draft = draft(
        &project,
        " Ik werk graag.\n",
        choices(true, false, true, false),
        &mut seed,
    );
    let (story, id, command) = draft.finalize(wording(), NOW, &mut seed).unwrap();
    let mut outbox = Outbox::restore(vec![]);
    let stored = outbox.add(id, command);
    let Command::FinalizeStory(finalize) = &stored.envelope.command else {
        panic!("another command")
    };
    assert_eq!(
        (finalize.story, &finalize.content),
        (draft.id, story.content.as_ref().unwrap())
    );
    assert_eq!(finalize.content.text.as_deref(), Some(" Ik werk graag.\n"));
    assert_eq!((story.command, story.parts.clone()), (id, finalize.parts.clone()));
    assert_eq!(Outbox::restore(vec![stored]).batch(NONCE).push.len(), 1);
}

#[test]
fn ob2_order_is_the_outboxes_own_whatever_the_ids_and_the_storage_order() {
    let mut seed = Seed(2);
    let project = project(&mut seed);
    let mut outbox = Outbox::restore(vec![]);
    let mut stored: Vec<_> = (0..20)
        .map(|_| {
            let (_, id, command) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
            outbox.add(id, command)
        })
        .collect();
    let order = sent(&outbox);
    stored.sort_by_key(|entry| entry.envelope.id);
    let mut restored = Outbox::restore(stored);
    assert_eq!(sent(&restored), order);
    let (_, id, command) = told(&project, "Later.", choices(true, true, true, true), &mut seed);
    restored.add(id, command);
    assert_eq!(sent(&restored).last(), Some(&id));
}

#[test]
fn ob2_a_story_goes_before_what_is_said_about_it() {
    let mut seed = Seed(3);
    let project = project(&mut seed);
    let (story, id, finalize) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    // Offered again after a change that still waits.
    let mut outbox = Outbox::restore(vec![]);
    let last = CommandId::random(&mut seed);
    outbox.add(last, withdraw(&story));
    outbox.add(id, finalize.clone());
    assert_eq!(sent(&outbox), [id, last]);
    // Two tabs gave the same place.
    let mut first = Outbox::restore(vec![]);
    let mut second = Outbox::restore(vec![]);
    let entries = vec![first.add(last, withdraw(&story)), second.add(id, finalize)];
    assert_eq!(sent(&Outbox::restore(entries)), [id, last]);
}

#[test]
fn ob3_a_refused_command_stays_is_not_sent_and_holds_back_only_its_own_story() {
    let mut seed = Seed(4);
    let project = project(&mut seed);
    let (story, mut outbox) = waiting(&project, &mut seed);
    let held = CommandId::random(&mut seed);
    outbox.add(held, withdraw(&story));
    let (other, id, command) = told(&project, "Ander.", choices(true, true, true, true), &mut seed);
    outbox.add(id, command);
    let refusal = answer(NONCE, vec![rejected(story.command, Problem::ProjectClosed)]);
    let settled = outbox.absorb(NONCE, &refusal, NOW, &mut seed);
    assert!(matches!(
        &settled[..],
        [Settled::Refused(_, Problem::ProjectClosed)]
    ));
    assert_eq!(outbox.entries()[0].refused, Some(Problem::ProjectClosed));
    assert_eq!(sent(&outbox), [other.command]);
    let restored = Outbox::restore(outbox.entries().to_vec());
    assert_eq!(
        sent(&restored),
        [other.command],
        "a restart sends what was refused"
    );
}

#[test]
fn ob4_an_answer_that_does_not_repeat_the_nonce_is_not_believed() {
    let mut seed = Seed(5);
    let project = project(&mut seed);
    let (mut story, mut outbox) = waiting(&project, &mut seed);
    let before = outbox.entries().to_vec();
    let foreign = answer(Nonce([8; 16]), vec![acknowledged(&story)]);
    let settled = outbox.absorb(NONCE, &foreign, NOW, &mut seed);
    assert_eq!(settled, []);
    assert_eq!(outbox.entries(), before);
    assert!(!settled.iter().any(|settled| story.settle(settled, 1, NOW)));
    assert!(matches!(outbox.waiting(), Some((Failure::NotOurs, _))));
}

#[test]
fn ob5_an_acknowledgement_must_name_exactly_the_parts_of_the_story() {
    let mut seed = Seed(6);
    let project = project(&mut seed);
    let (story, outbox) = waiting(&project, &mut seed);
    let (other, ..) = told(
        &project,
        "Iets anders.",
        choices(true, true, true, true),
        &mut seed,
    );
    let right = acknowledged(&story);
    let with = |change: &dyn Fn(&mut Acknowledgement)| {
        let mut outcome = right.clone();
        if let Verdict::Committed {
            acknowledgement: Some(acknowledgement),
            ..
        } = &mut outcome.verdict
        {
            change(acknowledgement);
        }
        outcome
    };
    let wrong = [
        committed(story.command),
        with(&|ack| ack.parts.clear()),
        with(&|ack| ack.parts[0] = other.parts[0].sha256),
        with(&|ack| ack.parts.push(other.parts[0].sha256)),
        with(&|ack| ack.parts.push(ack.parts[0])),
        with(&|ack| ack.story = other.id),
    ];
    for outcome in wrong {
        let mut outbox = outbox.clone();
        let settled = outbox.absorb(NONCE, &answer(NONCE, vec![outcome.clone()]), NOW, &mut seed);
        assert_eq!(settled, [], "{outcome:?}");
        assert_eq!(outbox.entries().len(), 1);
        assert!(outbox.waiting().is_some(), "tried again without a pause");
        assert_eq!(
            standing(&story, &outbox, &Delivery::default(), Link::Idle),
            Standing::OurFault
        );
    }
    let mut outbox = outbox;
    let settled = outbox.absorb(NONCE, &answer(NONCE, vec![right]), NOW, &mut seed);
    assert!(matches!(&settled[..], [Settled::Arrived(_)]));
    assert!(outbox.entries().is_empty());
}

#[test]
fn ob6_nothing_leaves_but_by_a_believed_verdict_or_a_persons_decision() {
    let mut seed = Seed(7);
    let project = project(&mut seed);
    let (story, mut outbox) = waiting(&project, &mut seed);
    let stranger = CommandId::random(&mut seed);
    for _ in 0..50 {
        outbox.failed(Failure::Unreachable, NOW, &mut seed);
        outbox.failed(busy(), NOW, &mut seed);
        outbox.absorb(NONCE, &answer(NONCE, vec![]), NOW, &mut seed);
        outbox.absorb(NONCE, &answer(NONCE, vec![committed(stranger)]), NOW, &mut seed);
        outbox.absorb(
            NONCE,
            &answer(NONCE, vec![rejected(story.command, Problem::StorageFull)]),
            NOW,
            &mut seed,
        );
        outbox.absorb(
            NONCE,
            &answer(NONCE, vec![rejected(story.command, Problem::TextEmpty)]),
            NOW,
            &mut seed,
        );
    }
    assert_eq!(outbox.entries().len(), 1);
    assert_eq!(outbox.discard(stranger), None);
    assert_eq!(
        outbox.discard(story.command).map(|entry| entry.envelope.id),
        Some(story.command)
    );
    assert!(outbox.entries().is_empty());
}

#[test]
fn ob7_content_leaves_only_when_safe_for_seven_days_and_the_code_stays() {
    let mut seed = Seed(8);
    let project = project(&mut seed);
    let (mut story, ..) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    let later = NOW.after(GRACE);
    for arrival in [Arrival::Underway, Arrival::Withdrawing, Arrival::Withdrawn] {
        story.arrival = arrival;
        assert!(!story.let_go(1, later.after(GRACE)));
    }
    story.arrival = Arrival::Safe { at: NOW, epoch: 1 };
    let code = story.code;
    assert!(!story.let_go(1, Timestamp(later.0 - 1)));
    assert!(!story.let_go(1, Timestamp(0)), "a clock set back erased a story");
    assert!(story.content.is_some());
    assert!(story.let_go(1, later) && !story.let_go(1, later));
    assert!(story.content.is_none() && story.code == code);
}

/// A phone that was away for longer than the grace comes back to a server that was put back from a copy of before.
#[test]
fn ob16_a_phone_lets_go_of_nothing_that_a_restored_server_may_lack() {
    let mut seed = Seed(10);
    let project = project(&mut seed);
    let (mut story, ..) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    story.arrival = Arrival::Safe { at: NOW, epoch: 1 };
    let long = NOW.after(GRACE).after(GRACE);
    assert!(!story.let_go(2, long));
    let offers = story.reoffer(2, &mut seed);
    assert!(matches!(&offers[..], [(_, Command::FinalizeStory(_))]));
    assert!(!story.let_go(2, long), "on its way again");
    story.arrival = Arrival::Safe { at: long, epoch: 2 };
    assert!(
        !story.let_go(2, Timestamp(long.after(GRACE).0 - 1)),
        "the grace begins again"
    );
    assert!(story.let_go(2, long.after(GRACE)));
}

#[test]
fn ob8_waits_are_spread_evenly_and_never_longer_than_five_minutes() {
    let mut seed = Seed(9);
    let mut outbox = Outbox::restore(vec![]);
    let mut waits = Vec::new();
    for failure in 0..400 {
        outbox.failed(Failure::Unreachable, NOW, &mut seed);
        let wait = outbox.pause(NOW).0;
        assert!(wait <= BACKOFF_CAP.0);
        if failure == 0 {
            assert!(wait < 2_000);
        }
        if failure > 20 {
            waits.push(wait);
        }
    }
    let below = |bound| waits.iter().filter(|&&wait| wait < bound).count() as f64 / waits.len() as f64;
    for quarter in 1..=4 {
        let share = below(BACKOFF_CAP.0 / 4 * quarter);
        assert!(
            (share - quarter as f64 / 4.0).abs() < 0.1,
            "{share} below quarter {quarter}"
        );
    }
}

#[test]
fn ob8_the_servers_own_wait_is_honoured() {
    let mut seed = Seed(10);
    for asked in [1, 30, 299, 300, 86_400, -5] {
        let mut outbox = Outbox::restore(vec![]);
        let retry_after = Some(Span::seconds(asked));
        outbox.failed(
            Failure::Refused {
                problem: Problem::StorageFull,
                retry_after,
            },
            NOW,
            &mut seed,
        );
        let floor = Span::seconds(asked).0.clamp(0, BACKOFF_CAP.0);
        assert!((floor..=BACKOFF_CAP.0).contains(&outbox.pause(NOW).0), "{asked}");
        outbox.hurry();
        assert!(
            outbox.pause(NOW).0 == floor,
            "hurrying does not overrule the server"
        );
    }
}

#[test]
fn ob8_a_clock_that_jumps_strands_nothing() {
    let ten_years = Span::days(3_650);
    let mut seed = Seed(11);
    let mut outbox = Outbox::restore(vec![]);
    outbox.failed(Failure::Unreachable, NOW.after(ten_years), &mut seed);
    assert!(outbox.due(NOW) && outbox.pause(NOW) == Span(0));
    outbox.failed(Failure::Unreachable, NOW, &mut seed);
    assert!(outbox.due(NOW.after(ten_years)));
    outbox.failed(Failure::Unreachable, Timestamp(i64::MAX), &mut seed);
    outbox.failed(Failure::Unreachable, Timestamp(i64::MIN), &mut seed);
    assert!(outbox.due(NOW));
}

#[test]
fn ob9_hurrying_ends_the_wait_and_makes_the_next_one_short() {
    let mut seed = Seed(12);
    let project = project(&mut seed);
    let (story, mut outbox) = waiting(&project, &mut seed);
    for _ in 0..12 {
        outbox.failed(Failure::Unreachable, NOW, &mut seed);
    }
    outbox.hurry();
    assert!(outbox.due(NOW));
    assert_eq!(
        standing(&story, &outbox, &Delivery::default(), Link::Idle),
        Standing::Kept
    );
    outbox.failed(Failure::Unreachable, NOW, &mut seed);
    assert!(outbox.pause(NOW) < Span::seconds(2));
}

#[test]
fn ob10_a_persons_retry_is_a_new_command_in_the_old_place() {
    let mut seed = Seed(13);
    let project = project(&mut seed);
    let (story, mut outbox) = waiting(&project, &mut seed);
    let next = CommandId::random(&mut seed);
    outbox.add(next, withdraw(&story));
    outbox.failed(Failure::Unreachable, NOW, &mut seed);
    outbox.absorb(
        NONCE,
        &answer(NONCE, vec![rejected(story.command, Problem::ProjectClosed)]),
        NOW,
        &mut seed,
    );
    let anew = CommandId::random(&mut seed);
    let stored = outbox.retry(story.command, anew).unwrap();
    assert_eq!((stored.envelope.id, stored.refused), (anew, None));
    assert_eq!(sent(&outbox), [anew, next]);
    assert!(outbox.due(NOW));
    assert_eq!(outbox.retry(story.command, next), None);
}

#[test]
fn ob11_what_follows_a_story_that_did_not_get_through_keeps_waiting() {
    let mut seed = Seed(14);
    let project = project(&mut seed);
    let (story, mut outbox) = waiting(&project, &mut seed);
    let next = CommandId::random(&mut seed);
    outbox.add(next, withdraw(&story));
    let full = vec![
        rejected(story.command, Problem::StorageFull),
        rejected(next, Problem::StoryUnknown),
    ];
    assert_eq!(outbox.absorb(NONCE, &answer(NONCE, full), NOW, &mut seed), []);
    assert_eq!(sent(&outbox), [story.command, next]);
    // Alone, it is told the truth.
    outbox.discard(story.command);
    let unknown = answer(NONCE, vec![rejected(next, Problem::StoryUnknown)]);
    assert!(matches!(
        outbox.absorb(NONCE, &unknown, NOW, &mut seed)[..],
        [Settled::Refused(..)]
    ));
}

#[test]
fn ob12_a_request_carries_fifty_commands_and_half_a_megabyte_at_most() {
    let mut seed = Seed(15);
    let project = project(&mut seed);
    let fill = |text: &str, count: usize, seed: &mut Seed| {
        let mut outbox = Outbox::restore(vec![]);
        for _ in 0..count {
            let (_, id, command) = told(&project, text, choices(true, true, true, true), seed);
            outbox.add(id, command);
        }
        outbox
    };
    assert_eq!(sent(&fill("Kort.", 70, &mut seed)).len(), PUSH_LIMIT);
    let long = "é".repeat(100_000);
    let outbox = fill(&long, 10, &mut seed);
    assert_eq!(
        sent(&outbox),
        outbox.entries()[..2]
            .iter()
            .map(|entry| entry.envelope.id)
            .collect::<Vec<_>>()
    );
    assert!(2 * long.len() as u64 <= PUSH_BYTES);
    let longest = fill(&"\u{10ffff}".repeat(100_000), 2, &mut seed);
    assert_eq!(sent(&longest).len(), 1, "a long story goes alone");
}

#[test]
fn ob12_after_too_large_the_next_request_is_smaller_and_one_alone_waits_for_a_person() {
    let mut seed = Seed(16);
    let project = project(&mut seed);
    let mut outbox = Outbox::restore(vec![]);
    for _ in 0..5 {
        let (_, id, command) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
        outbox.add(id, command);
    }
    let too_large = || Failure::Refused {
        problem: Problem::TooLarge { limit: 9 },
        retry_after: None,
    };
    let mut sizes = Vec::new();
    for _ in 0..3 {
        sizes.push(sent(&outbox).len());
        outbox.failed(too_large(), NOW, &mut seed);
    }
    assert_eq!(sizes, [5, 2, 1]);
    assert_eq!(outbox.entries()[0].refused, Some(Problem::TooLarge { limit: 9 }));
    assert_eq!(outbox.entries().len(), 5, "kept");
    assert_eq!(
        sent(&outbox),
        [outbox.entries()[1].envelope.id],
        "the others go on"
    );
}

#[test]
fn ob13_tabs_take_over_each_others_entries() {
    let mut seed = Seed(17);
    let project = project(&mut seed);
    let (story, mut first) = waiting(&project, &mut seed);
    let mut second = Outbox::restore(vec![]);
    second.adopt(first.entries()[0].clone());
    second.adopt(first.entries()[0].clone());
    assert_eq!(second.entries(), first.entries());
    let id = CommandId::random(&mut seed);
    first.adopt(second.add(id, withdraw(&story)));
    assert_eq!(sent(&first), [story.command, id]);
    assert_eq!(first.entries(), second.entries());
    let again = first.add(story.command, withdraw(&story));
    assert_eq!(
        (first.entries().len(), again.envelope.id),
        (2, story.command),
        "one id is one command"
    );
}

#[test]
fn ob14_what_is_said_of_a_story_is_true() {
    let mut seed = Seed(18);
    let project = project(&mut seed);
    let (mut story, mut outbox) = waiting(&project, &mut seed);
    let say = |story: &PhoneStory, outbox: &Outbox, link| standing(story, outbox, &Delivery::default(), link);
    assert_eq!(say(&story, &outbox, Link::Idle), Standing::Kept);
    assert_eq!(say(&story, &outbox, Link::Offline), Standing::WaitingForInternet);
    assert_eq!(say(&story, &outbox, Link::Sending), Standing::OnItsWay(None));
    for (problem, standing) in [
        (Problem::StorageFull, Standing::ServerBusy),
        (Problem::TooManyTries { retry_after: 1 }, Standing::ServerBusy),
        (Problem::Internal, Standing::OurFault),
        (Problem::Malformed, Standing::OurFault),
    ] {
        outbox.failed(
            Failure::Refused {
                problem,
                retry_after: None,
            },
            NOW,
            &mut seed,
        );
        assert_eq!(say(&story, &outbox, Link::Idle), standing);
    }
    outbox.failed(Failure::NotOurs, NOW, &mut seed);
    assert_eq!(say(&story, &outbox, Link::Idle), Standing::WifiAsks);
    outbox.failed(Failure::Unreachable, NOW, &mut seed);
    assert!(matches!(say(&story, &outbox, Link::Idle), Standing::TryingAgain(until) if until >= NOW));

    let arrived = outbox.absorb(NONCE, &answer(NONCE, vec![acknowledged(&story)]), NOW, &mut seed);
    assert!(story.settle(&arrived[0], 1, NOW));
    assert_eq!(
        say(&story, &outbox, Link::Idle),
        Standing::Safe {
            here: true,
            choice_waiting: false
        }
    );
    let choice = CommandId::random(&mut seed);
    outbox.add(choice, story.choose(choices(true, false, true, true)).unwrap());
    assert_eq!(
        say(&story, &outbox, Link::Idle),
        Standing::Safe {
            here: true,
            choice_waiting: true
        }
    );
    let outdated = Problem::ConsentOutdated { current: 4 };
    outbox.absorb(
        NONCE,
        &answer(NONCE, vec![rejected(choice, outdated.clone())]),
        NOW,
        &mut seed,
    );
    assert_eq!(
        say(&story, &outbox, Link::Idle),
        Standing::Safe {
            here: true,
            choice_waiting: false
        }
    );
    assert_eq!(refused_choice(&story, &outbox), Some(outdated));
    outbox.discard(choice);

    let id = CommandId::random(&mut seed);
    outbox.add(id, story.take_back().unwrap());
    assert_eq!(say(&story, &outbox, Link::Idle), Standing::WithdrawalWaiting);
    // The first such answer may be older than the story's arrival; the second is believed.
    for _ in 0..2 {
        outbox.absorb(
            NONCE,
            &answer(NONCE, vec![rejected(id, Problem::StoryUnknown)]),
            NOW,
            &mut seed,
        );
    }
    assert_eq!(
        say(&story, &outbox, Link::Idle),
        Standing::Refused(Problem::StoryUnknown)
    );
}

#[test]
fn ob15_a_story_that_was_taken_back_elsewhere_leaves_nothing_to_decide() {
    let mut seed = Seed(19);
    let project = project(&mut seed);
    let (mut story, mut outbox) = waiting(&project, &mut seed);
    let id = CommandId::random(&mut seed);
    let saw = None;
    let change = ChangeConsent {
        story: story.id,
        voice: Voice::First,
        seen: 1,
        saw,
        choices: choices(true, false, false, false),
        guardian: None,
    };
    outbox.add(id, Command::ChangeConsent(change));
    let gone = [story.command, id].map(|id| rejected(id, Problem::StoryWithdrawn));
    let settled = outbox.absorb(NONCE, &answer(NONCE, gone.to_vec()), NOW, &mut seed);
    assert!(matches!(
        &settled[..],
        [Settled::Withdrawn(_), Settled::Withdrawn(_)]
    ));
    assert!(outbox.entries().is_empty() && outbox.waiting().is_none());
    assert!(story.settle(&settled[0], 1, NOW));
    assert_eq!(story.arrival, Arrival::Withdrawn);
    let late = Settled::Arrived(Box::new(Envelope {
        id,
        sequence: 1,
        command: withdraw(&story),
    }));
    story.settle(&late, 1, NOW);
    assert_eq!(story.arrival, Arrival::Withdrawn, "withdrawn is final");
}
