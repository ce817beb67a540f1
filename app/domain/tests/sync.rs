//! SY: every command is carried out once, every device learns what it may know, and no more.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::Nonce;
use domain::change::Change;
use domain::command::{Command, WithdrawStory};
use domain::consent::{Consent, Use};
use domain::decide::Sender;
use domain::draft::{Arrival, PhoneStory};
use domain::id::{CommandId, MemberId, ProjectId, StoryId};
use domain::key::{Holds, KeyHash, Owns};
use domain::member::{Member, Role};
use domain::problem::Problem;
use domain::project::{Phase, Project};
use domain::scope::{EntityRef, Presence, Row, Scope, touched};
use domain::story::{OwnState, SharedStory};
use domain::sync::outbox::Outbox;
use domain::sync::protocol::{Envelope, News, PROTOCOL, Page, Pull, SyncRequest, SyncResponse, Verdict};
use domain::sync::replica::Replica;
use domain::time::Timestamp;
use domain::voices::Voice;
use support::memory::{Asker, Kept, Memory};
use support::{NOW, Seed, choices, project, told, wording};

struct World {
    seed: Seed,
    project: Project,
    memory: Memory,
    staff: Asker,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut seed = Seed(seed);
        let project = project(&mut seed);
        let memory = Memory::with(&project);
        let member = Member {
            id: MemberId::random(&mut seed),
            project: project.id,
            role: Role::Analyst,
        };
        let staff = Asker {
            keys: vec![],
            member: Some(member),
        };
        Self {
            seed,
            project,
            memory,
            staff,
        }
    }

    fn told(&mut self) -> (PhoneStory, Envelope) {
        let (story, id, command) = told(
            &self.project,
            "Ik werk graag.",
            choices(true, true, true, true),
            &mut self.seed,
        );
        (
            story,
            Envelope {
                id,
                sequence: 1,
                command,
            },
        )
    }

    fn send(&mut self, envelope: &Envelope, story: &PhoneStory) -> Verdict {
        self.memory.carry_out(envelope, &owner(story), NOW).verdict
    }

    fn arrived(&mut self) -> PhoneStory {
        let (story, envelope) = self.told();
        self.send(&envelope, &story);
        story
    }

    fn withdraw(&mut self, story: &PhoneStory) -> Verdict {
        let command = Command::WithdrawStory(WithdrawStory { story: story.id });
        let envelope = Envelope {
            id: CommandId::random(&mut self.seed),
            sequence: 2,
            command,
        };
        self.send(&envelope, story)
    }

    fn members(&self) -> Scope {
        Scope::Members(self.project.id)
    }

    fn page(&self, cursor: u64) -> Page {
        self.memory
            .page(
                &Pull {
                    scope: self.members(),
                    cursor,
                },
                &self.staff,
            )
            .unwrap()
    }
}

fn owner(story: &PhoneStory) -> Asker {
    Asker {
        keys: vec![story.owner_key().hash(), story.upload_key.hash()],
        member: None,
    }
}

fn rejected(problem: Problem) -> Verdict {
    Verdict::Rejected { problem }
}

/// A replica that holds everything of a scope.
fn pulled(world: &World, replica: &mut Replica) {
    while let Page { more: true, .. } = {
        let page = world.page(replica.cursor(world.members()));
        replica.apply(page.clone());
        page
    } {}
}

#[test]
fn sy1_a_retry_gets_the_same_verdict_and_nothing_happens_twice() {
    let mut world = World::new(31);
    let (story, envelope) = world.told();
    let Verdict::Committed {
        already: false,
        acknowledgement,
    } = world.send(&envelope, &story)
    else {
        panic!("not committed")
    };
    for _ in 0..3 {
        // Whatever the project became in between.
        world.memory.projects.get_mut(&world.project.id).unwrap().phase = Phase::Closed;
        let again = world.send(&envelope, &story);
        assert_eq!(
            again,
            Verdict::Committed {
                already: true,
                acknowledgement: acknowledgement.clone()
            }
        );
    }
    assert_eq!(world.memory.received[&story.id], 1);

    let (refused, envelope) = world.told();
    assert_eq!(world.send(&envelope, &refused), rejected(Problem::ProjectClosed));
    world.memory.projects.get_mut(&world.project.id).unwrap().phase = Phase::Open;
    assert_eq!(world.send(&envelope, &refused), rejected(Problem::ProjectClosed));
}

#[test]
fn sy1_a_retry_of_a_story_taken_back_since_says_so() {
    let mut world = World::new(32);
    let (mut story, envelope) = world.told();
    let mut outbox = Outbox::restore(vec![]);
    outbox.add(envelope.id, envelope.command.clone());
    world.send(&envelope, &story);
    world.withdraw(&story);
    assert_eq!(world.send(&envelope, &story), rejected(Problem::StoryWithdrawn));
    // The phone whose first answer was lost does not offer it for ever.
    let nonce = Nonce([1; 16]);
    let response = world.memory.sync(&outbox.batch(nonce), &owner(&story), NOW);
    let settled = outbox.absorb(nonce, &response, NOW, &mut world.seed);
    assert!(story.settle(&settled[0], 1, NOW));
    assert_eq!((story.arrival, outbox.has_work()), (Arrival::Withdrawn, false));
}

#[test]
fn sy2_a_refusal_that_may_pass_is_not_remembered() {
    let mut world = World::new(33);
    let (story, envelope) = world.told();
    world.memory.broken = 1;
    assert_eq!(world.send(&envelope, &story), rejected(Problem::Internal));
    assert!(
        !world.memory.stories.contains_key(&story.id),
        "half a command stayed"
    );
    // A withdrawal that came before its story, or without its key.
    let command = Command::WithdrawStory(WithdrawStory { story: story.id });
    let early = Envelope {
        id: CommandId::random(&mut world.seed),
        sequence: 2,
        command,
    };
    assert_eq!(world.send(&early, &story), rejected(Problem::StoryUnknown));
    assert!(matches!(
        world.send(&envelope, &story),
        Verdict::Committed { already: false, .. }
    ));
    let without = world.memory.carry_out(&early, &Asker::default(), NOW);
    assert_eq!(without.verdict, rejected(Problem::StoryUnknown));
    assert!(matches!(world.send(&early, &story), Verdict::Committed { .. }));
}

#[test]
fn sy3_pages_give_everything_in_order_each_thing_at_most_once() {
    let mut world = World::new(34);
    world.memory.page_limit = 7;
    for place in 0..40 {
        let story = world.arrived();
        if place % 3 == 0 {
            world.withdraw(&story);
        }
    }
    let mut replica = Replica::default();
    replica.follow(world.members(), 0, []);
    let mut pages = 0;
    loop {
        let page = world.page(replica.cursor(world.members()));
        let revisions: Vec<_> = page.lines.iter().map(|line| line.revision).collect();
        assert!(revisions.is_sorted() && revisions.iter().all(|&revision| revision <= page.cursor));
        let more = page.more;
        replica.apply(page);
        pages += 1;
        if !more {
            break;
        }
    }
    assert!(pages > 1);
    let held: Vec<_> = replica.rows(world.members()).cloned().collect();
    assert_eq!(held, world.memory.rows(world.members()));
    assert_eq!(held.len(), 26);
}

#[test]
fn sy4_a_page_twice_late_or_of_another_scope_changes_nothing() {
    let mut world = World::new(35);
    let story = world.arrived();
    let scope = world.members();
    let mut replica = Replica::default();
    let early = world.page(0);
    assert_eq!(
        replica.apply(early.clone()),
        Default::default(),
        "of a scope not followed"
    );
    replica.follow(scope, 0, []);
    assert_eq!(replica.apply(early.clone()).put.len(), 1);
    assert_eq!(replica.apply(early.clone()), Default::default());
    world.withdraw(&story);
    let gone = world.page(replica.cursor(scope));
    assert_eq!(replica.apply(gone.clone()).gone, [EntityRef::Summary(story.id)]);
    let after = replica.clone();
    replica.apply(early);
    replica.apply(gone);
    assert_eq!(replica, after, "an old page brought a withdrawn story back");
}

#[test]
fn sy5_a_cursor_of_before_the_log_is_answered_with_everything_anew() {
    let mut world = World::new(36);
    let stories: Vec<_> = (0..5).map(|_| world.arrived()).collect();
    let mut replica = Replica::default();
    let scope = world.members();
    replica.follow(scope, 0, []);
    pulled(&world, &mut replica);
    world.withdraw(&stories[0]);
    world.memory.compact();
    let page = world.page(replica.cursor(scope));
    assert!(page.reload);
    let applied = replica.apply(page);
    assert!(applied.reloaded && applied.gone.is_empty());
    let held: Vec<_> = replica.rows(scope).cloned().collect();
    assert_eq!(held, world.memory.rows(scope));
}

#[test]
fn sy6_a_story_that_is_here_already_is_committed_for_who_holds_its_keys() {
    let mut world = World::new(37);
    let (story, envelope) = world.told();
    world.send(&envelope, &story);
    let again = Envelope {
        id: CommandId::random(&mut world.seed),
        ..envelope.clone()
    };
    let upload = Asker {
        keys: vec![story.upload_key.hash()],
        member: None,
    };
    let verdict = world.memory.carry_out(&again, &upload, NOW).verdict;
    assert!(
        matches!(verdict, Verdict::Committed { acknowledgement: Some(ref ack), .. } if ack.confirms(story.id, &story.parts))
    );
    assert_eq!(world.memory.received[&story.id], 1);
    let stranger = Envelope {
        id: CommandId::random(&mut world.seed),
        ..envelope
    };
    let verdict = world.memory.carry_out(&stranger, &Asker::default(), NOW).verdict;
    assert_eq!(verdict, rejected(Problem::StoryUnknown));
    world.withdraw(&story);
    let offered = Envelope {
        id: CommandId::random(&mut world.seed),
        ..again
    };
    assert_eq!(world.send(&offered, &story), rejected(Problem::StoryWithdrawn));
}

#[test]
fn sy7_a_bad_command_is_refused_alone() {
    let mut world = World::new(38);
    let mut push = Vec::new();
    let mut keys = Vec::new();
    for place in 0..5 {
        let (story, mut envelope) = world.told();
        if let Command::FinalizeStory(finalize) = &mut envelope.command {
            match place {
                1 => finalize.content.text = Some("Iets anders.".to_owned()),
                2 => finalize.content.tags = vec![domain::tag::Tag::Own(String::new())],
                3 => finalize.parts.clear(),
                _ => {}
            }
        }
        keys.push(story.owner_key().hash());
        push.push(envelope);
    }
    let request = SyncRequest {
        protocol: PROTOCOL,
        nonce: Nonce([2; 16]),
        push,
        pull: vec![],
        wait: 0,
    };
    let answer = world.memory.sync(&request, &Asker { keys, member: None }, NOW);
    let committed: Vec<_> = answer
        .outcomes
        .iter()
        .map(|outcome| matches!(outcome.verdict, Verdict::Committed { .. }))
        .collect();
    assert_eq!(committed, [true, false, false, false, true]);
    assert_eq!(answer.outcomes[1].verdict, rejected(Problem::ManifestMismatch));
    let ids = |envelopes: &[Envelope]| envelopes.iter().map(|envelope| envelope.id).collect::<Vec<_>>();
    assert_eq!(
        answer
            .outcomes
            .iter()
            .map(|outcome| outcome.id)
            .collect::<Vec<_>>(),
        ids(&request.push)
    );
    assert_eq!(answer.nonce, request.nonce);
}

#[test]
fn sy8_a_change_writes_a_line_in_every_scope_it_enters_stays_in_or_leaves() {
    let mut world = World::new(39);
    let story = world.arrived();
    let Kept::Here(received) = world.memory.stories[&story.id].clone() else {
        panic!("withdrawn")
    };
    let (id, project) = (story.id, world.project.id);
    let lines = |change: Change| -> Vec<_> {
        touched(&change)
            .into_iter()
            .map(|line| (line.scope, line.entity, line.presence))
            .collect()
    };
    let own = (Scope::Story(id), EntityRef::OwnStory(id), Presence::Put);
    let there = vec![
        (Scope::Members(project), EntityRef::Summary(id), Presence::Put),
        own,
    ];
    let gone = vec![
        (Scope::Members(project), EntityRef::Summary(id), Presence::Gone),
        own,
    ];
    let consent = received.consent.clone();
    assert_eq!(lines(Change::StoryReceived(received)), there);
    assert_eq!(
        lines(Change::ConsentChanged {
            story: id,
            project,
            voice: Voice::First,
            consent,
            whole: true,
        }),
        there
    );
    assert_eq!(lines(Change::StoryWithdrawn { story: id, project }), gone);
    let public = (Scope::Public(project), EntityRef::Project(project), Presence::Put);
    assert_eq!(lines(Change::ProjectCreated(Box::new(world.project))), [public]);
}

#[test]
fn sy9_who_may_follow_a_scope_is_who_may_do_what_it_shows() {
    let mut seed = Seed(40);
    let (project, other) = (ProjectId::random(&mut seed), ProjectId::random(&mut seed));
    let story = Scope::Story(StoryId::random(&mut seed));
    let roles = [Role::Reporter, Role::Analyst, Role::Facilitator, Role::Manager];
    let members = roles.map(|role| Member {
        id: MemberId::random(&mut seed),
        project,
        role,
    });
    for member in members.iter().map(Some).chain([None]) {
        let owners = [Owns::First, Owns::Second, Owns::Both].map(Holds::Owner);
        for holds in [Holds::Nothing, Holds::Upload].into_iter().chain(owners) {
            assert!(Scope::Public(project).may_be_followed(member, holds));
            let may = member.is_some_and(|member| member.can_read_stories(project));
            assert_eq!(Scope::Members(project).may_be_followed(member, holds), may);
            assert!(!Scope::Members(other).may_be_followed(member, holds));
            assert_eq!(story.may_be_followed(member, holds), holds.is_owner());
        }
    }
    assert!(!members[0].can_read_stories(project) && members[1].can_read_stories(project));
}

#[test]
fn sy10_nobody_hears_that_something_is_gone_which_they_never_had() {
    for page_limit in [1, 2, 3, 200] {
        let mut world = World::new(41);
        world.memory.page_limit = page_limit;
        let stories: Vec<_> = (0..12).map(|_| world.arrived()).collect();
        let mut early = Replica::default();
        early.follow(world.members(), 0, []);
        for _ in 0..2 {
            early.apply(world.page(early.cursor(world.members())));
        }
        for story in &stories {
            world.withdraw(story);
        }
        let mut had: Vec<_> = early.rows(world.members()).map(|row| row.entity()).collect();
        let mut cursor = early.cursor(world.members());
        for start in [cursor, 0] {
            cursor = start;
            loop {
                let page = world.page(cursor);
                for line in &page.lines {
                    let News::Gone { entity } = &line.news else {
                        continue;
                    };
                    assert!(start > 0 && had.contains(entity), "{entity:?} was never told");
                    had.retain(|known| known != entity);
                }
                cursor = page.cursor;
                if !page.more {
                    break;
                }
            }
        }
        assert!(had.is_empty(), "somebody still holds a withdrawn story");
    }
}

#[test]
fn sy11_at_a_new_epoch_a_phone_offers_again_what_it_holds_and_what_it_narrowed() {
    let mut world = World::new(42);
    let backup = world.memory.clone();
    let (mut story, envelope) = world.told();
    world.send(&envelope, &story);
    let older = world.memory.clone();
    story.arrival = Arrival::Safe { at: NOW, epoch: 1 };
    let change = story.choose(choices(true, false, false, false)).unwrap();
    let id = CommandId::random(&mut world.seed);
    world.send(
        &Envelope {
            id,
            sequence: 2,
            command: change,
        },
        &story,
    );
    assert_eq!(story.clone().reoffer(1, &mut world.seed), []);
    // One backup is of before the story, the other of before the last choice.
    for backup in [backup, older] {
        let mut story = story.clone();
        world.memory.restore(backup);
        let offers = story.reoffer(world.memory.epoch, &mut world.seed);
        assert_eq!(story.arrival, Arrival::Underway, "not called safe before it is");
        assert_eq!(story.reoffer(world.memory.epoch, &mut world.seed), []);
        for (id, command) in offers {
            let verdict = world.send(
                &Envelope {
                    id,
                    sequence: 3,
                    command,
                },
                &story,
            );
            assert!(matches!(verdict, Verdict::Committed { .. }), "{verdict:?}");
        }
        let Kept::Here(kept) = &world.memory.stories[&story.id] else {
            panic!("withdrawn")
        };
        assert_eq!(kept.consent.choices(), story.choices());
    }
    let taken_back = PhoneStory {
        arrival: Arrival::Withdrawn,
        ..story.clone()
    }
    .reoffer(9, &mut world.seed);
    assert_eq!(taken_back, []);
}

#[test]
fn sy11_revisions_of_before_a_restore_are_void() {
    let mut world = World::new(43);
    let backup = world.memory.clone();
    world.arrived();
    let scope = world.members();
    let mut replica = Replica::default();
    replica.follow(scope, 0, []);
    let asked = replica.pulls();
    pulled(&world, &mut replica);
    let late = replica.pulls();
    world.memory.restore(backup);
    (0..5).for_each(|_| drop(world.arrived()));
    replica.start_over();
    assert_eq!((replica.cursor(scope), replica.rows(scope).count()), (0, 0));
    assert!(replica.follows(scope));
    // An answer to a question of before the restore would leave a gap.
    assert_eq!(replica.apply_answer(&late, vec![world.page(late[0].cursor)]), []);
    replica.apply_answer(&asked, vec![world.page(0)]);
    assert_eq!(
        replica.rows(scope).cloned().collect::<Vec<_>>(),
        world.memory.rows(scope)
    );
}

#[test]
fn sy12_clocks_and_ids_decide_nothing() {
    let skews = [-315_360_000_000, 0, 315_360_000_000, i64::MAX - NOW.0];
    let outcomes: Vec<_> = skews
        .iter()
        .enumerate()
        .map(|(place, skew)| {
            let mut world = World::new(44 + place as u64);
            let (story, mut envelope) = world.told();
            if let Command::FinalizeStory(finalize) = &mut envelope.command {
                finalize.told_at = Timestamp(NOW.0 + skew);
            }
            let verdict = world.send(&envelope, &story);
            let Kept::Here(kept) = &world.memory.stories[&story.id] else {
                panic!("withdrawn")
            };
            let shared = SharedStory::new(&kept.story, &kept.consent, Use::Analysis).unwrap();
            let claimed = kept.story.clone().into_row().told_at;
            assert_eq!(
                claimed,
                Timestamp(NOW.0 + skew),
                "the claim is kept beside the server's time"
            );
            (
                matches!(verdict, Verdict::Committed { .. }),
                shared.summary().received_at,
            )
        })
        .collect();
    assert_eq!(outcomes, [(true, NOW); 4]);
}

#[test]
fn sy13_unknown_and_forbidden_answer_alike() {
    let mut world = World::new(48);
    let story = world.arrived();
    let never = StoryId::random(&mut world.seed);
    let stranger = Asker {
        keys: vec![KeyHash([9; 32])],
        member: None,
    };
    let ask = |world: &mut World, story| {
        let command = Command::WithdrawStory(WithdrawStory { story });
        let envelope = Envelope {
            id: CommandId::random(&mut world.seed),
            sequence: 1,
            command,
        };
        let verdict = world.memory.carry_out(&envelope, &stranger, NOW).verdict;
        (
            verdict,
            world.memory.page(
                &Pull {
                    scope: Scope::Story(story),
                    cursor: 0,
                },
                &stranger,
            ),
        )
    };
    let unknown = ask(&mut world, never);
    assert_eq!(unknown, (rejected(Problem::StoryUnknown), None));
    assert_eq!(ask(&mut world, story.id), unknown);
    world.withdraw(&story);
    assert_eq!(ask(&mut world, story.id), unknown);
    let other = ProjectId::random(&mut world.seed);
    let pull = [other, world.project.id].map(|id| Pull {
        scope: Scope::Members(id),
        cursor: 0,
    });
    assert_eq!(pull.map(|pull| world.memory.page(&pull, &stranger)), [None, None]);
}

#[test]
fn sy14_a_closing_project_still_takes_what_was_told_and_a_closed_one_does_not() {
    for (phase, taken) in [
        (Phase::Open, true),
        (Phase::Closing, true),
        (Phase::Closed, false),
    ] {
        let mut world = World::new(49);
        world.memory.projects.get_mut(&world.project.id).unwrap().phase = phase;
        let (story, envelope) = world.told();
        let expected = if taken {
            None
        } else {
            Some(rejected(Problem::ProjectClosed))
        };
        let verdict = world.send(&envelope, &story);
        assert_eq!(
            Some(verdict).filter(|verdict| matches!(verdict, Verdict::Rejected { .. })),
            expected
        );
    }
    let mut world = World::new(50);
    let (story, envelope) = world.told();
    let elsewhere = |change: &dyn Fn(&mut domain::story::Origin), seed: &mut Seed| {
        let mut envelope = Envelope {
            id: CommandId::random(seed),
            ..envelope.clone()
        };
        if let Command::FinalizeStory(finalize) = &mut envelope.command {
            change(&mut finalize.origin);
        }
        envelope
    };
    let other = project(&mut world.seed);
    let prompt = elsewhere(&|origin| origin.prompt = other.prompts[0].id, &mut world.seed);
    let project = elsewhere(&|origin| origin.project = other.id, &mut world.seed);
    for envelope in [prompt, project] {
        assert_eq!(world.send(&envelope, &story), rejected(Problem::UnknownProject));
    }
}

#[test]
fn sy15_only_the_instance_sets_up_a_project_and_only_once() {
    let mut world = World::new(51);
    let new = project(&mut world.seed);
    let command = Command::CreateProject(Box::new(new.clone()));
    let facts = |project| domain::decide::Facts {
        project,
        story: domain::decide::StoryFacts::Unknown,
        told: None,
    };
    let decide = |sender, project| domain::decide::decide(&command, &facts(project), sender, NOW);
    assert_eq!(decide(Sender::Anybody, None), Err(Problem::Forbidden));
    assert_eq!(
        decide(Sender::Instance, None),
        Ok(vec![Change::ProjectCreated(Box::new(new))])
    );
    let there = domain::decide::ProjectFacts {
        phase: Phase::Open,
        prompts: vec![],
        signifiers: vec![],
        under_16: None,
        room: u64::MAX,
        clip_limit: u64::MAX,
        clips_taken: false,
    };
    assert_eq!(decide(Sender::Instance, Some(there)), Err(Problem::Forbidden));
}

#[test]
fn sy16_what_follows_a_command_that_failed_for_now_is_not_carried_out_before_it() {
    let mut world = World::new(53);
    let mut story = world.arrived();
    let mut push = Vec::new();
    for wish in [choices(true, false, true, true), choices(true, true, true, true)] {
        let command = story.choose(wish).unwrap();
        push.push(Envelope {
            id: CommandId::random(&mut world.seed),
            sequence: 2,
            command,
        });
    }
    let (other, envelope) = world.told();
    push.push(envelope);
    let keys = [owner(&story).keys, owner(&other).keys].concat();
    let request = SyncRequest {
        protocol: PROTOCOL,
        nonce: Nonce([3; 16]),
        push,
        pull: vec![],
        wait: 0,
    };
    world.memory.broken = 1;
    let asker = Asker { keys, member: None };
    let verdicts = |answer: SyncResponse| {
        answer
            .outcomes
            .into_iter()
            .map(|outcome| matches!(outcome.verdict, Verdict::Committed { .. }))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        verdicts(world.memory.sync(&request, &asker, NOW)),
        [false, false, true]
    );
    assert_eq!(
        verdicts(world.memory.sync(&request, &asker, NOW)),
        [true, true, true]
    );
    let Kept::Here(kept) = &world.memory.stories[&story.id] else {
        panic!("withdrawn")
    };
    assert_eq!(kept.consent.choices(), story.choices());
}

#[test]
fn sy8_a_consent_that_ends_analysis_would_leave_the_members_scope() {
    let mut seed = Seed(52);
    let (story, project) = (StoryId::random(&mut seed), ProjectId::random(&mut seed));
    let consent = Consent {
        version: 2,
        wording: wording(),
        choices: choices(false, true, true, true),
        guardian: None,
    };
    let lines = touched(&Change::ConsentChanged {
        story,
        project,
        voice: Voice::First,
        consent: consent.into(),
        whole: true,
    });
    assert_eq!(
        (lines[0].scope, lines[0].presence),
        (Scope::Members(project), Presence::Gone)
    );
}

/// Told and taken back after the copy was made; the phone it was told on only hears of it now.
#[test]
fn sy19_a_story_that_a_copy_does_not_know_does_not_come_back_and_its_tellers_are_told() {
    let mut world = World::new(45);
    let backup = world.memory.clone();
    let (mut story, envelope) = world.told();
    world.send(&envelope, &story);
    let withdraw = story.clone().take_back().unwrap();
    let id = CommandId::random(&mut world.seed);
    let withdrawal = Envelope {
        id,
        sequence: 2,
        command: withdraw,
    };
    world.send(&withdrawal, &story);
    story.arrival = Arrival::Safe { at: NOW, epoch: 1 };
    world.memory.restore(backup);
    let offers = story.reoffer(world.memory.epoch, &mut world.seed);
    let (id, command) = offers[0].clone();
    let offer = Envelope {
        id,
        sequence: 3,
        command,
    };
    let problem = Problem::StoryWithdrawn;
    assert_eq!(world.send(&offer, &story), Verdict::Rejected { problem });
    let rows = world.memory.rows(Scope::Story(story.id));
    assert!(matches!(&rows[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
}

#[test]
fn sy20_what_may_no_longer_be_followed_is_forgotten_and_comes_anew() {
    let mut world = World::new(49);
    let story = world.arrived();
    let mut library = Replica::default();
    library.follow(world.members(), 0, []);
    let mut hear = |pages: Vec<Page>| {
        let asked = library.pulls();
        let applied = library.apply_answer(&asked, pages);
        let gone: usize = applied.iter().map(|(_, applied)| applied.gone.len()).sum();
        (
            library.rows(world.members()).count(),
            library.cursor(world.members()),
            gone,
        )
    };
    let (here, cursor, _) = hear(vec![world.page(0)]);
    assert_eq!(here, 1, "{}", story.id);
    assert!(cursor > 0);
    assert_eq!(hear(vec![]), (0, 0, 1));
    assert_eq!(hear(vec![]), (0, 0, 0));
    assert_eq!(hear(vec![world.page(0)]), (1, cursor, 0));
}
