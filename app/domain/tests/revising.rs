//! What a teller makes of a story after it came in, by itself: without storage.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::command::{Command, ReviseStory};
use domain::consent::Choices;
use domain::draft::{Arrival, PhoneStory, Revision};
use domain::key::{Holds, Owns};
use domain::problem::Problem;
use domain::story::{Content, Happening, OwnState, Story, StoryRow, Told};
use domain::sync::outbox::Outbox;
use domain::time::Timestamp;
use domain::voices::Consents;
use support::{Seed, choices, draft, project, wording};

fn all() -> Choices {
    choices(true, true, true, true)
}

/// A story that arrived, on its phone, with what the server keeps of it.
fn arrived(seed: &mut Seed) -> (PhoneStory, Story, Consents) {
    let project = project(seed);
    let mut made = draft(&project, "Ik werk bij de bakker.", all(), seed);
    made.title = "Werk".to_owned();
    let (mut story, _, command) = made.finalize(wording(), Timestamp(1), seed).unwrap();
    story.arrival = Arrival::Safe {
        at: Timestamp(2),
        epoch: 1,
    };
    let Command::FinalizeStory(finalize) = command else {
        panic!("a story is brought")
    };
    let kept = Story::from(StoryRow {
        id: story.id,
        origin: story.origin.clone(),
        content: finalize.content.clone(),
        told_at: Timestamp(1),
        received_at: Timestamp(2),
        edition: 1,
    });
    (story, kept, finalize.consents())
}

fn told(story: &Story) -> Content {
    story.told().content
}

fn wish(title: &str, text: &str) -> Revision {
    Revision {
        title: Some(title.to_owned()),
        text: Some(text.to_owned()),
        without: Vec::new(),
    }
}

fn revision(command: Command) -> ReviseStory {
    match command {
        Command::ReviseStory(revise) => revise,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ed3_only_name_text_and_parts_change() {
    let (mut phone, kept, _) = arrived(&mut Seed(1));
    let before = told(&kept);
    let revise = revision(phone.revise(&before, wish("  Brood ", "Ik bak brood.")).unwrap());
    let after = revise.applied_to(&before).unwrap();
    assert_eq!(
        (after.title.as_deref(), after.text.as_deref()),
        (Some("Brood"), Some("Ik bak brood."))
    );
    let untouched = Content {
        title: before.title.clone(),
        text: before.text.clone(),
        ..after.clone()
    };
    assert_eq!(untouched, before);
    // What is on the phone is so at once, and what an acknowledgement must name from now on.
    assert_eq!((phone.content, phone.parts), (Some(after.clone()), after.parts()));
}

#[test]
fn ed4_every_change_counts_an_edition_on_and_the_list_says_only_that_there_was_one() {
    let (mut phone, kept, consent) = arrived(&mut Seed(2));
    let first = revision(phone.revise(&told(&kept), wish("Een", "Een.")).unwrap());
    let second = revision(phone.revise(&told(&kept), wish("Twee", "Twee.")).unwrap());
    assert_eq!((first.seen, second.seen, phone.edition), (1, 2, 3));
    let shown = |story: &Story| {
        let shared = domain::story::SharedStory::new(story, &consent, domain::consent::Use::Analysis);
        shared.unwrap().summary()
    };
    assert_eq!(shown(&kept).edition, 1);
    let revised = kept.clone().revised(Told {
        content: first.applied_to(&told(&kept)).unwrap(),
        edition: 2,
    });
    assert_eq!(shown(&revised).edition, 2);
    let plain = serde_json::to_string(&shown(&kept)).unwrap();
    assert!(!plain.contains("edition"), "a phone of before reads it as it was");
    let message = serde_json::to_string(&shown(&revised)).unwrap();
    assert!(!message.contains("Werk"), "{message}");
}

#[test]
fn ed6_another_device_hears_of_it_and_a_server_that_was_put_back_gets_it_again() {
    let mut seed = Seed(3);
    let (mut phone, kept, consent) = arrived(&mut seed);
    let mut other = phone.clone();
    let revise = revision(phone.revise(&told(&kept), wish("Nieuw", "Nieuw.")).unwrap());
    let after = Told {
        content: revise.applied_to(&told(&kept)).unwrap(),
        edition: 2,
    };
    let revised = kept.clone().revised(after.clone());
    let own = revised
        .for_owner(Holds::Owner(Owns::First), &consent, None)
        .unwrap();
    assert!(matches!(own.state, OwnState::Received { edition: 2, .. }));
    assert!(other.follow(&own, &Outbox::restore(vec![])));
    assert_eq!((other.edition, other.content.as_ref()), (2, Some(&after.content)));
    // What the server of a copy of before says does not take the phone back.
    let old = kept.for_owner(Holds::Owner(Owns::First), &consent, None).unwrap();
    phone.follow(&old, &Outbox::restore(vec![]));
    assert_eq!(phone.content.as_ref(), Some(&after.content));
    let again = phone.reoffer(2, &mut seed);
    let again = again.into_iter().find_map(|(_, command)| match command {
        Command::ReviseStory(revise) => Some(revise),
        _ => None,
    });
    let again = again.expect("the change is offered again");
    assert!(again.seen >= kept.told().edition);
    assert_eq!(again.applied_to(&told(&kept)).unwrap(), after.content);
}

#[test]
fn ed1_what_is_left_is_a_story_or_nothing_changes() {
    let (mut phone, kept, _) = arrived(&mut Seed(4));
    let before = phone.clone();
    let nothing = Revision {
        title: Some("Leeg".to_owned()),
        ..Revision::default()
    };
    assert_eq!(phone.revise(&told(&kept), nothing), Err(Problem::TextEmpty));
    assert_eq!(phone, before);
    phone.arrival = Arrival::Withdrawn;
    assert_eq!(
        phone.revise(&told(&kept), wish("a", "b")),
        Err(Problem::StoryUnknown)
    );
}

#[test]
fn fb1_fb2_the_oldest_first_and_few_are_not_counted() {
    let at = Timestamp(7);
    let received = Happening::Received { at };
    assert_eq!(Happening::of(at, 0), std::slice::from_ref(&received));
    for few in 1..5 {
        assert_eq!(
            Happening::of(at, few),
            [received.clone(), Happening::Heard { people: None }]
        );
    }
    assert_eq!(
        Happening::of(at, 5),
        [received, Happening::Heard { people: Some(5) }]
    );
}
