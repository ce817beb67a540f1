//! CO12–CO15: two voices in one story. CO16–CO18: tellers younger than 16.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::command::{ChangeConsent, Command, Wish, WithdrawStory};
use domain::consent::{Answer, Choices, Use, Wording};
use domain::draft::{Arrival, Draft, PhoneStory};
use domain::guardian::{Age, Guardian, Under16};
use domain::id::CommandId;
use domain::problem::Problem;
use domain::project::Project;
use domain::scope::{Row, Scope};
use domain::story::{OwnState, OwnStory, SharedStory};
use domain::sync::outbox::Outbox;
use domain::sync::protocol::{Envelope, Verdict};
use domain::voices::{SecondDraft, Turn, Voice};
use proptest::prelude::*;
use support::memory::{Asker, Kept, Memory};
use support::{NOW, Seed, choices, draft, project, wording};

fn english() -> Wording {
    Wording("en/1".to_owned())
}

/// A draft of two, up to the last answer of the second voice: the first was asked in English.
fn dialogue(project: &Project, first: Choices, second: Choices, seed: &mut Seed) -> Draft {
    let mut draft = draft(project, "Wij werken graag.", first, seed);
    draft.second = Some(SecondDraft::default());
    draft.hand_over(english());
    draft.take_over();
    for to in Use::ALL {
        draft.answer(to, second.answer(to));
    }
    draft
}

/// A dialogue on a server, and who asks what with which key.
struct Arrived {
    memory: Memory,
    story: PhoneStory,
    seed: Seed,
}

impl Arrived {
    fn with(first: Choices, second: Choices) -> Self {
        let mut seed = Seed(61);
        let project = project(&mut seed);
        let mut memory = Memory::with(&project);
        let draft = dialogue(&project, first, second, &mut seed);
        let (story, id, command) = draft.finalize(wording(), NOW, &mut seed).unwrap();
        let verdict = carry_out(&mut memory, id, command, &Asker::default());
        assert!(is_committed(&verdict), "{verdict:?}");
        Self { memory, story, seed }
    }

    /// Somebody with the code of one voice, and no other.
    fn send(&mut self, as_voice: Voice, command: Command) -> Verdict {
        let keys = vec![self.story.key_of(as_voice).unwrap().hash()];
        let id = CommandId::random(&mut self.seed);
        carry_out(&mut self.memory, id, command, &Asker { keys, member: None })
    }

    fn change(&mut self, as_voice: Voice, voice: Voice, seen: u32, wish: Choices) -> Verdict {
        let story = self.story.id;
        self.send(
            as_voice,
            Command::ChangeConsent(ChangeConsent {
                story,
                voice,
                seen,
                saw: None,
                choices: wish,
                guardian: None,
            }),
        )
    }

    /// What each voice allows; nothing once it is taken back.
    fn own(&self) -> Option<[Choices; 2]> {
        match &self.memory.stories[&self.story.id] {
            Kept::Here(kept) => Some(Voice::ALL.map(|voice| kept.consent.of(voice).unwrap().choices)),
            Kept::Withdrawn { .. } => None,
        }
    }

    fn shown(&self) -> Choices {
        let [Row::Summary(summary)] = &self.memory.rows(Scope::Members(self.story.origin.project))[..] else {
            panic!("one story in the list")
        };
        summary.consent
    }
}

fn carry_out(memory: &mut Memory, id: CommandId, command: Command, asker: &Asker) -> Verdict {
    let envelope = Envelope {
        id,
        sequence: 1,
        command,
    };
    memory.carry_out(&envelope, asker, NOW).verdict
}

fn is_committed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Committed { .. })
}

fn rejected(problem: Problem) -> Verdict {
    Verdict::Rejected { problem }
}

fn all() -> Choices {
    choices(true, true, true, true)
}

fn any_choices() -> impl Strategy<Value = Choices> {
    any::<[bool; 3]>().prop_map(|[meeting, report, public]| choices(true, meeting, report, public))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, rng_seed: proptest::test_runner::RngSeed::Fixed(60), failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn co12_a_use_is_allowed_only_where_both_say_yes(first in any_choices(), second in any_choices()) {
        let arrived = Arrived::with(first, second);
        let Kept::Here(kept) = &arrived.memory.stories[&arrived.story.id] else { panic!("it is here") };
        for to in Use::ALL {
            let both = first.answer(to) == Answer::Yes && second.answer(to) == Answer::Yes;
            prop_assert_eq!(SharedStory::new(&kept.story, &kept.consent, to).is_some(), both);
            prop_assert_eq!(arrived.story.allows(to), both, "on the phone too");
            prop_assert_eq!(arrived.shown().answer(to) == Answer::Yes, both, "in the list too");
        }
    }
}

#[test]
fn co12_each_is_asked_for_itself_with_nothing_preset_and_its_own_wording() {
    let mut seed = Seed(62);
    let project = project(&mut seed);
    let mut draft = draft(&project, "Wij.", all(), &mut seed);
    draft.second = Some(SecondDraft::default());
    assert_eq!(draft.speaks(), Voice::First);
    assert_eq!(
        draft.finalize(wording(), NOW, &mut seed).unwrap_err(),
        Problem::ConsentMissing,
        "one voice is not two"
    );
    draft.take_over();
    assert_eq!(draft.turn(), Some(&Turn::First), "nothing was handed over yet");
    draft.hand_over(english());
    draft.hand_back();
    assert_eq!(
        (draft.turn(), draft.answers_now().0.complete()),
        (Some(&Turn::First), Some(all()))
    );
    draft.hand_over(english());
    draft.take_over();
    draft.hand_back();
    draft.hand_over(wording());
    assert_eq!(
        draft.turn(),
        Some(&Turn::Second(english())),
        "there is no way back"
    );
    assert_eq!(draft.speaks(), Voice::Second);
    for to in Use::ALL {
        assert_eq!(draft.answers_now().0.next_open(), Some(to), "nothing preset");
        assert!(draft.finalize(wording(), NOW, &mut seed).is_err());
        draft.answer(
            to,
            if to == Use::Public {
                Answer::No
            } else {
                Answer::Yes
            },
        );
    }
    assert_eq!(
        draft.choices.complete(),
        Some(all()),
        "the first one's answers stand"
    );
    let (story, ..) = draft.finalize(wording(), NOW, &mut seed).unwrap();
    let (first, second) = (&story.consent, &story.second.as_ref().unwrap().consent);
    assert_eq!((&first.wording, &second.wording), (&english(), &wording()));
    assert_eq!(story.choices(), choices(true, true, true, false));
}

#[test]
fn co13_analysis_no_of_either_keeps_it_on_the_phone() {
    let mut seed = Seed(63);
    let project = project(&mut seed);
    let no = choices(false, true, true, true);
    for (first, second) in [(no, all()), (all(), no)] {
        let draft = dialogue(&project, first, second, &mut seed);
        assert!(draft.stays_here(None));
        assert_eq!(
            draft.finalize(wording(), NOW, &mut seed).unwrap_err(),
            Problem::ConsentMissing
        );
        // Nor does a server take it from a client that sends it all the same.
        let sent = dialogue(&project, all(), all(), &mut seed);
        let (_, id, mut command) = sent.finalize(wording(), NOW, &mut seed).unwrap();
        if let Command::FinalizeStory(finalize) = &mut command {
            finalize.choices = first;
            finalize.second.as_mut().unwrap().choices = second;
        }
        let mut memory = Memory::with(&project);
        let verdict = carry_out(&mut memory, id, command, &Asker::default());
        assert_eq!(verdict, rejected(Problem::ConsentMissing));
        assert!(memory.stories.is_empty());
    }
}

#[test]
fn co14_each_has_a_code_of_its_own_and_one_key_is_not_two_people() {
    let mut seed = Seed(64);
    let project = project(&mut seed);
    let draft = dialogue(&project, all(), all(), &mut seed);
    let (story, id, mut command) = draft.finalize(wording(), NOW, &mut seed).unwrap();
    assert_ne!(story.code_of(Voice::First), story.code_of(Voice::Second));
    let Command::FinalizeStory(finalize) = &mut command else {
        panic!("a story")
    };
    let second = finalize.second.as_mut().unwrap();
    assert_eq!(second.owner_key_hash, story.key_of(Voice::Second).unwrap().hash());
    second.owner_key_hash = finalize.owner_key_hash;
    let verdict = carry_out(&mut Memory::with(&project), id, command, &Asker::default());
    assert_eq!(verdict, rejected(Problem::Malformed));
    let (alone, ..) = support::told(&project, "Ik.", all(), &mut seed);
    assert_eq!(
        (alone.code_of(Voice::Second), alone.key_of(Voice::Second)),
        (None, None)
    );
}

#[test]
fn co14_a_voice_changes_only_its_own_answers() {
    let mut arrived = Arrived::with(choices(true, true, true, false), choices(true, true, false, true));
    let before = arrived.own();
    for (as_voice, voice) in [(Voice::First, Voice::Second), (Voice::Second, Voice::First)] {
        let verdict = arrived.change(as_voice, voice, 1, choices(true, false, false, false));
        assert_eq!(verdict, rejected(Problem::StoryUnknown));
        assert_eq!(arrived.own(), before);
    }
    // Narrowed by one, for everybody; the other's yes stands for the day it is widened again.
    assert!(is_committed(&arrived.change(
        Voice::Second,
        Voice::Second,
        1,
        choices(true, false, false, true)
    )));
    assert_eq!(
        arrived.own(),
        Some([
            choices(true, true, true, false),
            choices(true, false, false, true)
        ])
    );
    assert_eq!(arrived.shown(), choices(true, false, false, false));
    // Versions are each voice's own: what the first saw is still the present one.
    assert!(is_committed(&arrived.change(
        Voice::First,
        Voice::First,
        1,
        all()
    )));
    assert_eq!(
        arrived.shown(),
        choices(true, false, false, true),
        "no wider than the other says"
    );
    let stale = arrived.change(Voice::Second, Voice::Second, 1, all());
    assert_eq!(stale, rejected(Problem::ConsentOutdated { current: 2 }));
    assert!(is_committed(&arrived.change(
        Voice::Second,
        Voice::Second,
        2,
        all()
    )));
    assert_eq!(arrived.shown(), all());
    // The second voice of a story that has one is unknown.
    let mut seed = Seed(65);
    let project = project(&mut seed);
    let mut memory = Memory::with(&project);
    let (alone, id, command) = support::told(&project, "Ik.", all(), &mut seed);
    let asker = Asker {
        keys: vec![alone.owner_key().hash()],
        member: None,
    };
    carry_out(&mut memory, id, command, &asker);
    let wish = Command::ChangeConsent(ChangeConsent {
        story: alone.id,
        voice: Voice::Second,
        seen: 1,
        saw: None,
        choices: choices(true, false, false, false),
        guardian: None,
    });
    let verdict = carry_out(&mut memory, CommandId::random(&mut seed), wish, &asker);
    assert_eq!(verdict, rejected(Problem::StoryUnknown));
}

#[test]
fn co14_on_the_phone_each_voice_follows_what_the_server_holds_of_it() {
    let mut arrived = Arrived::with(choices(true, true, false, false), all());
    let mut story = arrived.story.clone();
    let mut outbox = Outbox::restore(vec![]);
    let wish = Wish {
        voice: Voice::Second,
        choices: choices(true, true, true, false),
        guardian: None,
    };
    let command = story.choose(wish).unwrap();
    outbox.add(CommandId::random(&mut arrived.seed), command);
    // On the server the first narrowed meanwhile, from elsewhere.
    arrived.change(Voice::First, Voice::First, 1, choices(true, false, false, false));
    let rows = arrived.memory.rows(Scope::Story(story.id));
    let [Row::OwnStory(own)] = &rows[..] else {
        panic!("one row")
    };
    assert!(story.follow(own, &outbox));
    let of = |story: &PhoneStory, voice| story.consents().of(voice).unwrap().choices;
    assert_eq!(of(&story, Voice::First), choices(true, false, false, false));
    assert_eq!(
        of(&story, Voice::Second),
        choices(true, true, true, false),
        "what waits stands on top"
    );
    story.follow(own, &Outbox::restore(vec![]));
    assert_eq!(of(&story, Voice::Second), all());
    assert!(matches!(&own.state, OwnState::Received { second: Some(second), .. } if second.choices == all()));
}

#[test]
fn co15_either_takes_back_the_whole_and_that_is_final() {
    for who in Voice::ALL {
        for by_analysis in [false, true] {
            let mut arrived = Arrived::with(all(), all());
            let story = arrived.story.id;
            let verdict = if by_analysis {
                arrived.change(who, who, 1, choices(false, true, true, true))
            } else {
                arrived.send(who, Command::WithdrawStory(WithdrawStory { story }))
            };
            assert!(is_committed(&verdict), "{verdict:?}");
            assert_eq!(arrived.own(), None);
            assert!(
                arrived
                    .memory
                    .rows(Scope::Members(arrived.story.origin.project))
                    .is_empty()
            );
            for voice in Voice::ALL {
                let again = arrived.change(voice, voice, 1, all());
                assert_eq!(again, rejected(Problem::StoryWithdrawn));
                let twice = arrived.send(voice, Command::WithdrawStory(WithdrawStory { story }));
                assert!(is_committed(&twice), "CO8: done, not refused");
            }
            let mut phone = arrived.story.clone();
            let own = OwnStory {
                id: story,
                project: phone.origin.project,
                state: OwnState::Withdrawn,
                held_until: None,
            };
            phone.follow(&own, &Outbox::restore(vec![]));
            assert_eq!(phone.arrival, Arrival::Withdrawn);
            assert_eq!(phone.choose(choices(true, false, false, false)), None);
        }
    }
}

#[test]
fn co15_after_a_restore_both_voices_choices_are_offered_again_and_narrow_at_most() {
    let mut arrived = Arrived::with(all(), all());
    let mut story = arrived.story.clone();
    story.arrival = Arrival::Safe { at: NOW, epoch: 1 };
    for voice in Voice::ALL {
        let narrower = choices(true, voice == Voice::First, voice == Voice::Second, true);
        let wish = Wish {
            voice,
            choices: narrower,
            guardian: None,
        };
        story.choose(wish).unwrap();
    }
    let offers = story.reoffer(2, &mut arrived.seed);
    let kinds: Vec<_> = offers
        .iter()
        .map(|(_, command)| match command {
            Command::FinalizeStory(finalize) => (None, finalize.second.is_some()),
            Command::ChangeConsent(change) => (Some(change.voice), change.seen == 0),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (None, true),
            (Some(Voice::First), true),
            (Some(Voice::Second), true)
        ]
    );
    // The backup knew the story with other choices; what is offered again narrows it.
    let keys = Voice::ALL
        .map(|voice| story.key_of(voice).unwrap().hash())
        .to_vec();
    for (_, command) in offers {
        let id = CommandId::random(&mut arrived.seed);
        let asker = Asker {
            keys: keys.clone(),
            member: None,
        };
        assert!(is_committed(&carry_out(&mut arrived.memory, id, command, &asker)));
    }
    assert_eq!(arrived.shown(), choices(true, false, false, true));
}

fn younger(guardian: Option<Answer>) -> Age {
    Age::Younger { guardian }
}

/// A draft of somebody who said this when asked.
fn draft_of(age: Option<Age>, project: &Project, seed: &mut Seed) -> Draft {
    Draft {
        age,
        ..draft(
            project,
            "Ik zit op school.",
            choices(true, true, false, false),
            seed,
        )
    }
}

#[test]
fn co16_who_is_16_or_older_tells_nobody_so_and_a_guardians_yes_travels() {
    let mut seed = Seed(66);
    let project = project(&mut seed);
    let sent = |age, seed: &mut Seed| {
        let (story, _, command) = draft_of(age, &project, seed)
            .finalize(wording(), NOW, seed)
            .unwrap();
        assert_eq!(
            story.offer_again(),
            Some(command.clone()),
            "and again after a restore"
        );
        serde_json::to_value(command).unwrap()["finalize_story"].clone()
    };
    for age in [None, Some(Age::SixteenOrOlder)] {
        let command = sent(age, &mut seed);
        assert_eq!((command.get("guardian"), command.get("age")), (None, None));
    }
    let command = sent(Some(younger(Some(Answer::Yes))), &mut seed);
    assert_eq!(
        (command["guardian"].as_str(), command.get("age")),
        (Some("yes"), None)
    );
}

#[test]
fn co17_under_16_a_story_leaves_the_phone_only_as_the_project_says() {
    let mut seed = Seed(67);
    let project = project(&mut seed);
    let cases = [
        // age, may leave and stays for good where a guardian is asked, the same where it stays, is finished
        (None, (false, false), (false, false), true),
        (Some(Age::SixteenOrOlder), (true, false), (true, false), true),
        (Some(younger(None)), (false, false), (false, true), false),
        (
            Some(younger(Some(Answer::No))),
            (false, true),
            (false, true),
            false,
        ),
        (
            Some(younger(Some(Answer::Yes))),
            (true, false),
            (false, true),
            true,
        ),
    ];
    for (age, guardian, stays, finished) in cases {
        let draft = draft_of(age, &project, &mut seed);
        let says = |under_16| (draft.may_leave(Some(under_16)), draft.stays_here(Some(under_16)));
        assert_eq!(says(Under16::Guardian), guardian, "{age:?}");
        assert_eq!(says(Under16::Stays), stays, "{age:?}");
        assert!(draft.may_leave(None), "nobody is asked");
        // Whatever the project says now: what was answered holds.
        assert_eq!(
            draft.finalize(wording(), NOW, &mut seed).is_ok(),
            finished,
            "{age:?}"
        );
    }
    // Another answer is not what the guardian said yes to.
    let mut draft = draft_of(Some(younger(Some(Answer::Yes))), &project, &mut seed);
    draft.answer(Use::Meeting, Answer::Yes);
    assert_eq!(
        draft.age,
        Some(younger(Some(Answer::Yes))),
        "the same answer is none"
    );
    draft.answer(Use::Public, Answer::Yes);
    assert_eq!(draft.age, Some(younger(None)));
    // In a dialogue each is asked.
    let mut dialogue = dialogue(&project, all(), all(), &mut seed);
    dialogue.age = Some(Age::SixteenOrOlder);
    assert!(!dialogue.may_leave(Some(Under16::Guardian)));
    dialogue.set_age(younger(Some(Answer::No)));
    assert_eq!(dialogue.age, Some(Age::SixteenOrOlder));
    assert!(dialogue.stays_here(Some(Under16::Guardian)));
    dialogue.set_age(younger(Some(Answer::Yes)));
    assert!(dialogue.may_leave(Some(Under16::Guardian)));
    let (story, ..) = dialogue.finalize(wording(), NOW, &mut seed).unwrap();
    let guardians = story
        .consents()
        .each()
        .map(|own| own.guardian)
        .collect::<Vec<_>>();
    assert_eq!(guardians, [None, Some(Guardian::Yes)]);
}

#[test]
fn co17_a_server_refuses_what_should_have_stayed() {
    for (under_16, expected) in [
        (None, true),
        (Some(Under16::Guardian), true),
        (Some(Under16::Stays), false),
    ] {
        let mut seed = Seed(68);
        let project = Project {
            under_16,
            ..project(&mut seed)
        };
        let draft = draft_of(Some(younger(Some(Answer::Yes))), &project, &mut seed);
        let (_, id, command) = draft.finalize(wording(), NOW, &mut seed).unwrap();
        let verdict = carry_out(&mut Memory::with(&project), id, command, &Asker::default());
        assert_eq!(is_committed(&verdict), expected, "{under_16:?}: {verdict:?}");
    }
}

#[test]
fn co18_what_a_guardian_said_yes_to_is_widened_only_with_another_yes() {
    let mut seed = Seed(69);
    let project = project(&mut seed);
    let mut memory = Memory::with(&project);
    let draft = draft_of(Some(younger(Some(Answer::Yes))), &project, &mut seed);
    let (mut story, id, command) = draft.finalize(wording(), NOW, &mut seed).unwrap();
    let asker = Asker {
        keys: vec![story.owner_key().hash()],
        member: None,
    };
    carry_out(&mut memory, id, command, &asker);
    let mut send = |seen, wish, guardian| {
        let change = ChangeConsent {
            story: story.id,
            voice: Voice::First,
            seen,
            saw: None,
            choices: wish,
            guardian,
        };
        carry_out(
            &mut memory,
            CommandId::random(&mut seed),
            Command::ChangeConsent(change),
            &asker,
        )
    };
    let wider = choices(true, true, true, false);
    assert_eq!(send(1, wider, None), rejected(Problem::ConsentMissing));
    // Narrower in one and wider in another: the narrower part holds.
    assert!(is_committed(&send(1, choices(true, false, true, false), None)));
    assert_eq!(send(2, wider, None), rejected(Problem::ConsentMissing));
    assert!(is_committed(&send(2, wider, Some(Guardian::Yes))));
    let Kept::Here(kept) = &memory.stories[&story.id] else {
        panic!("it is here")
    };
    assert_eq!(kept.consent.choices(), wider);
    assert_eq!(
        kept.consent.of(Voice::First).unwrap().guardian,
        Some(Guardian::Yes)
    );

    // The same on the phone.
    assert_eq!(story.choose(wider), None);
    let wish = Wish {
        guardian: Some(Guardian::Yes),
        ..wider.into()
    };
    assert!(story.choose(wish).is_some());
    assert!(
        story.choose(choices(true, false, false, false)).is_some(),
        "narrowing asks nobody"
    );
}
