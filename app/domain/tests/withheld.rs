//! WH: stories that are held back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::change::Change;
use domain::command::Command;
use domain::decide::{Facts, Sender, StoryFacts, decide};
use domain::id::{MemberId, ProjectId, StoryId};
use domain::key::{Holds, Owns};
use domain::member::{Member, Role};
use domain::problem::Problem;
use domain::scope::{Presence, Scope, touched};
use domain::withheld::{Ground, HoldBack, LetThrough, NOTE_LIMIT, Withheld};
use support::{NOW, Seed, choices};

struct Room {
    seed: Seed,
    project: ProjectId,
    story: StoryId,
}

impl Room {
    fn new() -> Self {
        let mut seed = Seed(3);
        let (project, story) = (ProjectId::random(&mut seed), StoryId::random(&mut seed));
        Self { seed, project, story }
    }

    fn member(&mut self, role: Role) -> Member {
        Member {
            id: MemberId::random(&mut self.seed),
            project: self.project,
            role,
        }
    }

    fn facts(&self, whole: bool, withheld: Option<Withheld>) -> Facts {
        let consent = domain::consent::Consent {
            version: 1,
            wording: support::wording(),
            choices: choices(true, true, false, false),
            guardian: None,
        };
        Facts {
            project: None,
            told: None,
            story: StoryFacts::Finalized {
                project: self.project,
                consent: consent.into(),
                whole,
                withheld,
                holds: Holds::Owner(Owns::First),
            },
        }
    }

    fn hold(&self, note: &str) -> Command {
        Command::HoldBack(HoldBack {
            story: self.story,
            ground: Ground::ThirdPerson,
            note: Some(note.to_owned()),
        })
    }

    fn through(&self) -> Command {
        Command::LetThrough(LetThrough { story: self.story })
    }
}

fn by(member: &Member) -> Withheld {
    Withheld {
        ground: Ground::Danger,
        note: None,
        by: member.id,
        role: member.role,
        at: NOW,
    }
}

#[test]
fn wh1_who_sees_a_story_holds_it_back_and_everybody_else_hears_that_there_is_none() {
    let mut room = Room::new();
    for role in [Role::Analyst, Role::Facilitator, Role::Manager] {
        let member = room.member(role);
        let decided = decide(
            &room.hold("  Haar broer belde. "),
            &room.facts(true, None),
            Sender::Member(member),
            NOW,
        );
        let [Change::StoryWithheld { withheld, .. }] = &decided.unwrap()[..] else {
            panic!("not held back")
        };
        assert_eq!(withheld.note.as_deref(), Some("Haar broer belde."));
        assert_eq!((withheld.by, withheld.role, withheld.at), (member.id, role, NOW));
    }
    let analyst = room.member(Role::Analyst);
    let elsewhere = Member {
        project: ProjectId::random(&mut room.seed),
        role: Role::Manager,
        ..analyst
    };
    let reporter = room.member(Role::Reporter);
    let cases = [
        // Who holds the owner key takes back, and does not hold back.
        (Sender::Anybody, room.facts(true, None)),
        (Sender::Instance, room.facts(true, None)),
        (Sender::Member(reporter), room.facts(true, None)),
        (Sender::Member(elsewhere), room.facts(true, None)),
        (Sender::Member(analyst), room.facts(false, None)),
        // Somebody else was first: an analyst does not see it any more.
        (Sender::Member(analyst), room.facts(true, Some(by(&reporter)))),
    ];
    for (sender, facts) in cases {
        for command in [room.hold(""), room.through()] {
            assert_eq!(decide(&command, &facts, sender, NOW), Err(Problem::StoryUnknown));
        }
    }
}

#[test]
fn wh1_a_note_is_kept_to_the_letter_or_refused() {
    let mut room = Room::new();
    let manager = Sender::Member(room.member(Role::Manager));
    let facts = room.facts(true, None);
    let long = "é".repeat(NOTE_LIMIT);
    assert!(decide(&room.hold(&long), &facts, manager, NOW).is_ok());
    let too_long = room.hold(&format!("{long}é"));
    assert_eq!(decide(&too_long, &facts, manager, NOW), Err(Problem::Malformed));
    let empty = decide(&room.hold(" \n"), &facts, manager, NOW).unwrap();
    assert!(matches!(&empty[..], [Change::StoryWithheld { withheld, .. }] if withheld.note.is_none()));
}

#[test]
fn wh2_managers_alone_follow_what_is_held_back() {
    let mut room = Room::new();
    let scope = Scope::Managers(room.project);
    for (role, may) in [
        (Role::Reporter, false),
        (Role::Analyst, false),
        (Role::Facilitator, false),
        (Role::Manager, true),
    ] {
        let member = room.member(role);
        assert_eq!(
            scope.may_be_followed(Some(&member), Holds::Owner(Owns::Both)),
            may
        );
    }
    assert!(!scope.may_be_followed(None, Holds::Owner(Owns::Both)));
    let manager = room.member(Role::Manager);
    let (story, project) = (room.story, room.project);
    let presence = |change: &Change| -> Vec<_> {
        touched(change)
            .into_iter()
            .map(|line| (line.scope, line.presence))
            .collect()
    };
    let own = (Scope::Story(story), Presence::Put);
    let lines = |members, managers| vec![(Scope::Members(project), members), (scope, managers), own];
    let held = Change::StoryWithheld {
        story,
        project,
        withheld: by(&manager),
    };
    assert_eq!(presence(&held), lines(Presence::Gone, Presence::Put));
    let through = Change::StoryLetThrough { story, project };
    assert_eq!(presence(&through), lines(Presence::Put, Presence::Gone));
}

#[test]
fn wh4_managers_let_through_and_who_held_back_undoes_it() {
    let mut room = Room::new();
    let (analyst, other) = (room.member(Role::Analyst), room.member(Role::Facilitator));
    let manager = room.member(Role::Manager);
    let held = room.facts(true, Some(by(&analyst)));
    for member in [analyst, manager] {
        let decided = decide(&room.through(), &held, Sender::Member(member), NOW).unwrap();
        assert!(matches!(&decided[..], [Change::StoryLetThrough { .. }]));
    }
    let refused = decide(&room.through(), &held, Sender::Member(other), NOW);
    assert_eq!(refused, Err(Problem::StoryUnknown));
    // Twice is done, for who sees it.
    let open = room.facts(true, None);
    assert_eq!(
        decide(&room.through(), &open, Sender::Member(other), NOW),
        Ok(vec![])
    );
}
