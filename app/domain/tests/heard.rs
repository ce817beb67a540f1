//! HE: which stories a member heard is that member's own business.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::Nonce;
use domain::command::{Command, WithdrawStory};
use domain::decide::{Facts, Sender, StoryFacts, decide};
use domain::id::{CommandId, MemberId, ProjectId, StoryId};
use domain::key::{Holds, Owns};
use domain::member::{Heard, Member, Role};
use domain::problem::Problem;
use domain::project::Project;
use domain::scope::{EntityRef, Row, Scope};
use domain::sync::protocol::{Envelope, PROTOCOL, SyncRequest, SyncResponse, Verdict};
use domain::sync::replica::Replica;
use support::memory::{Asker, Memory};
use support::{NOW, Seed, choices, project, told};

fn member(project: &Project, role: Role, seed: &mut Seed) -> Member {
    Member {
        id: MemberId::random(seed),
        project: project.id,
        role,
    }
}

fn consent() -> domain::consent::Consent {
    domain::consent::Consent {
        version: 1,
        wording: support::wording(),
        choices: choices(true, false, false, false),
        guardian: None,
    }
}

#[test]
fn he1_who_may_read_a_story_marks_it_and_everybody_else_hears_that_there_is_none() {
    let mut seed = Seed(1);
    let (story, here) = (StoryId::random(&mut seed), ProjectId::random(&mut seed));
    let finalized = |whole| StoryFacts::Finalized {
        project: here,
        consent: consent().into(),
        whole,
        // Who told a story themselves and works here as well is answered as a member.
        holds: Holds::Owner(Owns::First),
    };
    let of = |project, role| {
        Sender::Member(Member {
            id: MemberId(uuid::Uuid::nil()),
            project,
            role,
        })
    };
    let elsewhere = ProjectId::random(&mut seed);
    let senders = [
        (of(here, Role::Analyst), true),
        (of(here, Role::Facilitator), true),
        (of(here, Role::Manager), true),
        (of(here, Role::Reporter), false),
        (of(elsewhere, Role::Manager), false),
        (Sender::Anybody, false),
        (Sender::Instance, false),
    ];
    let stories = [
        (finalized(true), true),
        (finalized(false), false),
        (StoryFacts::Unknown, false),
        (
            StoryFacts::Withdrawn {
                holds: Holds::Owner(Owns::First),
            },
            false,
        ),
    ];
    for command in [
        Command::MarkHeard(Heard { story }),
        Command::MarkUnheard(Heard { story }),
    ] {
        for (sender, may) in senders {
            for (story, is_there) in stories.clone() {
                let facts = Facts {
                    project: None,
                    story,
                    told: None,
                };
                let decided = decide(&command, &facts, sender, NOW);
                if may && is_there {
                    assert_eq!(decided.unwrap().len(), 1);
                } else {
                    assert_eq!(decided, Err(Problem::StoryUnknown), "{sender:?} {facts:?}");
                }
            }
        }
    }
}

#[test]
fn he2_a_members_own_scope_is_followed_by_nobody_else() {
    let mut seed = Seed(2);
    let project = project(&mut seed);
    let analyst = member(&project, Role::Analyst, &mut seed);
    let scope = Scope::Member(analyst.id);
    assert_eq!(Scope::try_from(scope.to_string()), Ok(scope));
    assert!(scope.may_be_followed(Some(&analyst), Holds::Nothing));
    let manager = member(&project, Role::Manager, &mut seed);
    for other in [Some(&manager), None] {
        assert!(!scope.may_be_followed(other, Holds::Owner(Owns::First)));
    }
    let demoted = Member {
        role: Role::Reporter,
        ..analyst
    };
    assert!(!scope.may_be_followed(Some(&demoted), Holds::Nothing));
}

/// A member's device: what it holds, and what it sends.
struct Device {
    asker: Asker,
    replica: Replica,
    scope: Scope,
}

impl Device {
    fn of(member: Member) -> Self {
        let (mut replica, scope) = (Replica::default(), Scope::Member(member.id));
        replica.follow(scope, 0, []);
        Self {
            asker: Asker {
                keys: Vec::new(),
                member: Some(member),
            },
            replica,
            scope,
        }
    }

    fn send(&self, memory: &mut Memory, command: Command, seed: &mut Seed) -> SyncResponse {
        let id = CommandId::random(seed);
        let request = SyncRequest {
            protocol: PROTOCOL,
            nonce: Nonce([1; 16]),
            push: vec![Envelope {
                id,
                sequence: 1,
                command,
            }],
            pull: Vec::new(),
            wait: 0,
        };
        memory.sync(&request, &self.asker, NOW)
    }

    fn pull(&mut self, memory: &mut Memory) -> usize {
        let request = SyncRequest {
            protocol: PROTOCOL,
            nonce: Nonce([2; 16]),
            push: Vec::new(),
            pull: self.replica.pulls(),
            wait: 0,
        };
        let pages = memory.sync(&request, &self.asker, NOW).pages;
        let lines = pages.iter().map(|page| page.lines.len()).sum();
        for page in pages {
            self.replica.apply(page);
        }
        lines
    }

    fn heard(&self) -> Vec<EntityRef> {
        self.replica.rows(self.scope).map(Row::entity).collect()
    }
}

#[test]
fn he3_marks_come_to_every_device_of_the_member_and_go_with_the_story() {
    let mut seed = Seed(3);
    let project = project(&mut seed);
    let mut memory = Memory::with(&project);
    let (told, _, command) = told(
        &project,
        "Dit is van mij.",
        choices(true, false, false, false),
        &mut seed,
    );
    let analyst = member(&project, Role::Analyst, &mut seed);
    let (mut one, mut two) = (Device::of(analyst), Device::of(analyst));
    let mut colleague = Device::of(member(&project, Role::Analyst, &mut seed));
    one.send(&mut memory, command, &mut seed);

    let mark = Command::MarkHeard(Heard { story: told.id });
    let answer = one.send(&mut memory, mark.clone(), &mut seed);
    assert!(matches!(answer.outcomes[0].verdict, Verdict::Committed { .. }));
    assert_eq!([one.pull(&mut memory), two.pull(&mut memory)], [1, 1]);
    assert_eq!(two.heard(), [EntityRef::Heard(told.id)]);
    colleague.pull(&mut memory);
    assert!(colleague.heard().is_empty());

    // Twice is done, and no news.
    two.send(&mut memory, mark, &mut seed);
    assert_eq!(one.pull(&mut memory), 0);
    two.send(
        &mut memory,
        Command::MarkUnheard(Heard { story: told.id }),
        &mut seed,
    );
    assert_eq!((one.pull(&mut memory), one.heard().len()), (1, 0));

    one.send(
        &mut memory,
        Command::MarkHeard(Heard { story: told.id }),
        &mut seed,
    );
    two.pull(&mut memory);
    assert_eq!(two.heard().len(), 1);
    let owner = Asker {
        keys: vec![told.owner_key().hash()],
        member: None,
    };
    let withdraw = Envelope {
        id: CommandId::random(&mut seed),
        sequence: 9,
        command: Command::WithdrawStory(WithdrawStory { story: told.id }),
    };
    memory.carry_out(&withdraw, &owner, NOW);
    assert!(memory.heard.is_empty());
    two.pull(&mut memory);
    assert!(two.heard().is_empty());
}
