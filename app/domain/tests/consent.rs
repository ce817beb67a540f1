//! CO: the story stays the teller's.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::command::{ChangeConsent, Command, WithdrawStory};
use domain::consent::{Answer, Changed, Choices, Consent, OpenChoices, Use};
use domain::decide::{Facts, Sender, StoryFacts, decide};
use domain::draft::{Arrival, PhoneStory};
use domain::id::{CommandId, StoryId};
use domain::key::Holds;
use domain::problem::Problem;
use domain::story::{OwnState, OwnStory, SharedStory, Story};
use domain::sync::outbox::{Outbox, Settled};
use domain::sync::protocol::{Envelope, Verdict};
use domain::voices::{Consents, Voice};
use proptest::prelude::*;
use support::memory::{Asker, Kept, Memory};
use support::{NOW, Seed, choices, draft, project, told, wording};

fn any_choices() -> impl Strategy<Value = Choices> {
    any::<[bool; 4]>()
        .prop_map(|[analysis, meeting, report, public]| choices(analysis, meeting, report, public))
}

fn consent(version: u32, choices: Choices) -> Consent {
    Consent {
        version,
        wording: wording(),
        choices,
        guardian: None,
    }
}

/// A story on a server, with the keys that rule it.
struct Arrived {
    memory: Memory,
    asker: Asker,
    id: StoryId,
    seed: Seed,
}

impl Arrived {
    fn with(allowed: Choices) -> Self {
        let mut seed = Seed(21);
        let project = project(&mut seed);
        let mut memory = Memory::with(&project);
        let (story, id, command) = told(&project, "Ik werk graag.", allowed, &mut seed);
        let asker = Asker {
            keys: vec![story.owner_key().hash()],
            member: None,
        };
        memory.carry_out(
            &Envelope {
                id,
                sequence: 1,
                command,
            },
            &asker,
            NOW,
        );
        Self {
            memory,
            asker,
            id: story.id,
            seed,
        }
    }

    fn send(&mut self, command: Command) -> Verdict {
        let id = CommandId::random(&mut self.seed);
        self.memory
            .carry_out(
                &Envelope {
                    id,
                    sequence: 1,
                    command,
                },
                &self.asker,
                NOW,
            )
            .verdict
    }

    fn change(&mut self, seen: u32, choices: Choices) -> Verdict {
        self.send(Command::ChangeConsent(ChangeConsent {
            story: self.id,
            voice: Voice::First,
            seen,
            saw: None,
            choices,
            guardian: None,
        }))
    }

    fn withdraw(&mut self) -> Verdict {
        self.send(Command::WithdrawStory(WithdrawStory { story: self.id }))
    }

    fn kept(&self) -> &Kept {
        &self.memory.stories[&self.id]
    }

    fn consent(&self) -> &Consent {
        match self.kept() {
            Kept::Here(kept) => kept.consent.of(Voice::First).unwrap(),
            Kept::Withdrawn { .. } => panic!("withdrawn"),
        }
    }
}

fn is_committed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Committed { .. })
}

fn rejected(problem: Problem) -> Verdict {
    Verdict::Rejected { problem }
}

#[test]
fn co1_a_story_is_seen_only_through_a_consent_that_covers_the_use() {
    for bits in 0..16u8 {
        let given = choices(bits & 1 > 0, bits & 2 > 0, bits & 4 > 0, bits & 8 > 0);
        let arrived = Arrived::with(choices(true, true, true, true));
        let Kept::Here(kept) = arrived.kept() else {
            panic!("withdrawn")
        };
        let story: &Story = &kept.story;
        let consent = Consents::from(consent(1, given));
        for to in Use::ALL {
            let allowed = given.analysis == Answer::Yes && given.answer(to) == Answer::Yes;
            assert_eq!(
                SharedStory::new(story, &consent, to).is_some(),
                allowed,
                "{given:?} {to:?}"
            );
        }
    }
}

#[test]
fn co2_four_uses_are_asked_in_order_and_none_is_chosen_beforehand() {
    let mut open = OpenChoices::default();
    let mut asked = Vec::new();
    while let Some(to) = open.next_open() {
        assert_eq!(open.complete(), None);
        assert_eq!(open.answer(to), None);
        open.set(to, Answer::No);
        asked.push(to);
    }
    assert_eq!(asked, Use::ALL);
    assert_eq!(open.complete(), Some(choices(false, false, false, false)));

    let mut seed = Seed(22);
    let project = project(&mut seed);
    let mut draft = draft(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    draft.choices = OpenChoices::default();
    for to in [Use::Analysis, Use::Meeting, Use::Report] {
        draft.choices.set(to, Answer::Yes);
        assert_eq!(
            draft.finalize(wording(), NOW, &mut seed).unwrap_err(),
            Problem::ConsentMissing
        );
    }
}

#[test]
fn co3_analysis_no_keeps_the_story_on_the_phone() {
    let mut seed = Seed(23);
    let project = project(&mut seed);
    let draft = draft(&project, "Voor mij.", choices(false, true, true, true), &mut seed);
    assert_eq!(
        draft.finalize(wording(), NOW, &mut seed).unwrap_err(),
        Problem::ConsentMissing
    );

    // Nor does a server take it from a client that sends it all the same.
    let (story, id, mut command) = told(&project, "Voor mij.", choices(true, true, true, true), &mut seed);
    if let Command::FinalizeStory(finalize) = &mut command {
        finalize.choices = choices(false, true, true, true);
    }
    let mut memory = Memory::with(&project);
    let outcome = memory.carry_out(
        &Envelope {
            id,
            sequence: 1,
            command,
        },
        &Asker::default(),
        NOW,
    );
    assert_eq!(outcome.verdict, rejected(Problem::ConsentMissing));
    assert!(!memory.stories.contains_key(&story.id));
}

#[test]
fn co4_the_wording_asked_with_is_kept_through_every_change() {
    let mut arrived = Arrived::with(choices(true, true, true, true));
    arrived.change(1, choices(true, false, true, true));
    arrived.change(2, choices(true, true, true, true));
    assert_eq!(*arrived.consent(), consent(3, choices(true, true, true, true)));
}

#[test]
fn co5_taking_analysis_back_is_withdrawing_the_story() {
    for seen in [0, 1, 9] {
        let mut arrived = Arrived::with(choices(true, true, true, true));
        assert!(is_committed(
            &arrived.change(seen, choices(false, true, true, true))
        ));
        assert!(matches!(arrived.kept(), Kept::Withdrawn { .. }));
        assert!(
            is_committed(&arrived.change(seen, choices(false, false, false, false))),
            "twice is done"
        );
    }
    let mut seed = Seed(24);
    let project = project(&mut seed);
    let (mut story, ..) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    let command = story.choose(choices(false, true, true, true));
    assert!(matches!(command, Some(Command::WithdrawStory(_))));
    assert_eq!(story.arrival, Arrival::Withdrawing);
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(20), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn co6_narrowing_applies_whatever_was_seen(held in any_choices(), wish in any_choices(), seen in 0u32..5) {
        let held = held.with(Use::Analysis, Answer::Yes);
        let after = match consent(2, held).change(seen, wish) {
            Changed::To(consent) => consent.choices,
            Changed::Withdrawn => choices(false, false, false, false),
            Changed::Nothing | Changed::Outdated => held,
        };
        for to in Use::ALL {
            if wish.answer(to) == Answer::No {
                prop_assert_eq!(after.answer(to), Answer::No);
            }
        }
    }

    #[test]
    fn co7_widening_applies_only_to_what_was_seen(
        held in any_choices(), wish in any_choices(), saw in any_choices(), seen in 0u32..5,
    ) {
        let held = consent(2, held.with(Use::Analysis, Answer::Yes));
        let change = ChangeConsent {
            story: StoryId::random(&mut Seed(1)), voice: Voice::First, seen, saw: Some(saw), choices: wish, guardian: None,
        };
        let current = seen == 2 && saw == held.choices;
        match change.applied_to(&held) {
            Changed::To(after) => {
                prop_assert_eq!(after.version, 3);
                prop_assert!(!current || after.choices == wish);
                for to in Use::ALL {
                    let widened = held.choices.answer(to) == Answer::No && after.choices.answer(to) == Answer::Yes;
                    prop_assert!(current || !widened, "{:?} was widened unseen", to);
                }
            }
            Changed::Nothing => prop_assert_eq!(wish, held.choices),
            Changed::Outdated => prop_assert!(!current && wish != held.choices),
            Changed::Withdrawn => prop_assert_eq!(wish.analysis, Answer::No),
        }
    }
}

#[test]
fn co6_a_stale_wish_that_narrows_and_widens_narrows_only() {
    let mut arrived = Arrived::with(choices(true, true, true, false));
    arrived.change(1, choices(true, false, true, false));
    assert!(is_committed(&arrived.change(1, choices(true, true, false, true))));
    assert_eq!(*arrived.consent(), consent(3, choices(true, false, false, false)));
}

#[test]
fn co7_a_stale_wish_that_only_widens_is_refused_with_the_present_version() {
    let mut arrived = Arrived::with(choices(true, true, true, false));
    arrived.change(1, choices(true, false, true, false));
    let refused = arrived.change(1, choices(true, true, true, true));
    assert_eq!(refused, rejected(Problem::ConsentOutdated { current: 2 }));
    assert_eq!(*arrived.consent(), consent(2, choices(true, false, true, false)));
}

/// Two devices count on from the same version: the second tap of one must not pass for a tap on what the other made.
#[test]
fn co7_two_devices_that_count_to_the_same_version_do_not_widen_for_each_other() {
    let mut arrived = Arrived::with(choices(true, true, false, true));
    let mut seed = Seed(25);
    let project = project(&mut seed);
    let (mut phone, ..) = told(&project, "Ik werk.", choices(true, true, false, true), &mut seed);
    phone.id = arrived.id;
    let first = phone.choose(choices(true, true, true, true)).unwrap();
    let second = phone.choose(choices(true, false, true, true)).unwrap();
    arrived.change(1, choices(true, true, false, false));
    assert_eq!(
        arrived.send(first),
        rejected(Problem::ConsentOutdated { current: 2 })
    );
    assert!(is_committed(&arrived.send(second)));
    assert_eq!(
        arrived.consent().choices,
        choices(true, false, false, false),
        "public was taken back on the other"
    );
}

#[test]
fn co8_withdrawing_twice_is_done_not_refused() {
    let mut arrived = Arrived::with(choices(true, true, true, true));
    assert!(is_committed(&arrived.withdraw()));
    assert!(is_committed(&arrived.withdraw()));
}

#[test]
fn co9_withdrawn_is_final() {
    let mut arrived = Arrived::with(choices(true, true, true, true));
    arrived.withdraw();
    for seen in [1, 2] {
        assert_eq!(
            arrived.change(seen, choices(true, true, true, true)),
            rejected(Problem::StoryWithdrawn)
        );
    }
    assert!(matches!(arrived.kept(), Kept::Withdrawn { .. }));

    let mut seed = Seed(26);
    let project = project(&mut seed);
    let (mut story, id, command) = told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    let withdraw = story.take_back().unwrap();
    assert_eq!(
        (
            story.take_back(),
            story.choose(choices(true, false, false, false))
        ),
        (None, None)
    );
    let done = Settled::Committed(Box::new(Envelope {
        id,
        sequence: 2,
        command: withdraw,
    }));
    assert!(story.settle(&done, 1, NOW));
    assert!(!story.settle(
        &Settled::Arrived(Box::new(Envelope {
            id,
            sequence: 1,
            command
        })),
        1,
        NOW
    ));
    assert_eq!(story.arrival, Arrival::Withdrawn);
}

#[test]
fn co10_only_the_owner_key_changes_or_takes_back() {
    let mut arrived = Arrived::with(choices(true, true, true, false));
    let narrower = ChangeConsent {
        story: arrived.id,
        voice: Voice::First,
        seen: 1,
        saw: None,
        choices: choices(true, false, false, false),
        guardian: None,
    };
    let commands = [
        Command::ChangeConsent(narrower),
        Command::WithdrawStory(WithdrawStory { story: arrived.id }),
    ];
    for command in &commands {
        for holds in [Holds::Nothing, Holds::Upload] {
            let Kept::Here(kept) = arrived.kept() else {
                panic!("withdrawn")
            };
            let (project, consent) = (kept.story.project(), kept.consent.clone());
            for story in [
                StoryFacts::Finalized {
                    project,
                    consent,
                    whole: true,
                    holds,
                },
                StoryFacts::Withdrawn { holds },
            ] {
                let facts = Facts {
                    project: None,
                    story,
                    told: None,
                };
                assert_eq!(
                    decide(command, &facts, Sender::Anybody, NOW),
                    Err(Problem::StoryUnknown)
                );
            }
        }
    }
    arrived.asker.keys.clear();
    assert_eq!(arrived.withdraw(), rejected(Problem::StoryUnknown));
    assert!(matches!(arrived.kept(), Kept::Here(_)));
}

#[test]
fn co11_a_choice_holds_on_the_phone_at_once_and_gives_way_to_what_the_server_holds() {
    let mut seed = Seed(27);
    let project = project(&mut seed);
    let (mut story, ..) = told(&project, "Ik werk.", choices(true, true, false, false), &mut seed);
    let mut outbox = Outbox::restore(vec![]);
    let mut choose = |story: &mut PhoneStory, wish| {
        let id = CommandId::random(&mut seed);
        outbox.add(id, story.choose(wish).unwrap());
    };
    choose(&mut story, choices(true, false, false, false));
    choose(&mut story, choices(true, true, false, false));
    assert!(story.allows(Use::Meeting) && story.consent.version == 3);
    assert_eq!(
        story.choose(choices(true, true, false, false)),
        None,
        "the same choice is none"
    );

    let own = |version, allowed| OwnStory {
        id: story.id,
        project: project.id,
        state: OwnState::Received {
            content: story.content.clone().unwrap(),
            consent: consent(version, allowed),
            voice: Voice::First,
            second: None,
            together: None,
            edition: 1,
            received_at: NOW,
        },
        held_until: None,
    };
    let (nothing_yet, narrowed) = (
        own(1, choices(true, true, false, false)),
        own(2, choices(true, false, false, false)),
    );
    let mut followed = story.clone();
    followed.follow(&nothing_yet, &outbox);
    assert_eq!(followed.consent, story.consent, "what waits stands on top");
    followed.follow(&narrowed, &Outbox::restore(vec![]));
    assert_eq!(followed.consent, consent(2, choices(true, false, false, false)));
}
