//! ME: sound and pictures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::{
    Sha256,
    change::Change,
    clip::{CLIP_LENGTH_LIMIT, CLIP_LIMIT, Clip, ClipKind, together},
    command::Command,
    consent::Consent,
    decide::{Facts, ProjectFacts, Sender, StoryFacts, arrive, decide},
    draft::{Draft, OpenClip, PhoneStory},
    id::ClipId,
    key::Holds,
    problem::Problem,
    project::Phase,
    recording::{DEFAULT_LIMIT, Hearing, Hint, Left, Room, Slice, left, room, whole},
    scope::{Presence, Scope, touched},
    story::{Part, PartKind},
    time::Span,
};
use support::{NOW, Seed, choices, draft, project, wording};

fn sound(millis: u32, seed: &mut Seed) -> Clip {
    Clip {
        id: ClipId::random(seed),
        kind: ClipKind::Sound,
        media_type: "audio/webm;codecs=opus".to_owned(),
        length: u64::from(millis) * 4 + 1,
        millis,
        sha256: Sha256::of(&millis.to_be_bytes()),
        words: None,
    }
}

fn spoken(seed: &mut Seed) -> Draft {
    let project = project(seed);
    let mut draft = draft(&project, "", choices(true, false, false, false), seed);
    draft.clips = vec![sound(2_000, seed), sound(3_500, seed)];
    draft
}

#[test]
fn me1_a_story_has_text_or_clips_of_known_kinds() {
    let mut seed = Seed(1);
    let content = spoken(&mut seed).content();
    let with = |clips: Vec<Clip>| {
        let mut content = content.clone();
        content.clips = clips;
        content.check().map(|content| content.clips.len())
    };
    assert_eq!(with(vec![sound(1, &mut seed)]), Ok(1));
    assert_eq!(with(vec![]), Err(Problem::TextEmpty));
    let good = sound(1_000, &mut seed);
    assert_eq!(with(vec![good.clone(), good.clone()]), Err(Problem::Malformed));
    let many: Vec<Clip> = (0..=CLIP_LIMIT).map(|_| sound(1, &mut seed)).collect();
    assert_eq!(with(many[1..].to_vec()), Ok(CLIP_LIMIT));
    assert_eq!(with(many), Err(Problem::Malformed));
    for (wrong, problem) in [
        (
            Clip {
                media_type: "text/html".to_owned(),
                ..good.clone()
            },
            Problem::Malformed,
        ),
        (
            Clip {
                kind: ClipKind::Photo,
                ..good.clone()
            },
            Problem::Malformed,
        ),
        (
            Clip {
                length: 0,
                ..good.clone()
            },
            Problem::Malformed,
        ),
        (
            Clip {
                words: Some("é".repeat(501)),
                ..good.clone()
            },
            Problem::Malformed,
        ),
        (
            Clip {
                length: CLIP_LENGTH_LIMIT + 1,
                ..good.clone()
            },
            Problem::TooLarge {
                limit: CLIP_LENGTH_LIMIT,
            },
        ),
    ] {
        assert_eq!(with(vec![wrong]), Err(problem));
    }
}

#[test]
fn st9_clips_are_parts_after_the_text_by_hash_and_length() {
    let mut seed = Seed(2);
    let mut draft = spoken(&mut seed);
    draft.text = "En dit.".to_owned();
    let content = draft.content();
    let first = &content.clips[0];
    assert_eq!(
        content.parts()[..2],
        [
            Part::text("En dit."),
            Part {
                sha256: first.sha256,
                length: first.length,
                kind: PartKind::Sound
            },
        ]
    );
    assert_eq!(content.parts().len(), 3);
}

#[test]
fn me3_slices_count_up_to_the_first_that_is_torn_or_missing() {
    let slice = |number: u32| {
        let sum = Sha256::of(&number.to_be_bytes());
        Slice {
            number,
            until: Span(i64::from(number + 1) * 500),
            stored_as: sum,
            is: sum,
        }
    };
    let all: Vec<Slice> = (0..6).map(slice).collect();
    assert_eq!(whole(&all), (6, Span(3_000)));
    assert_eq!(whole(&[]), (0, Span(0)));
    let mut torn = all.clone();
    torn[4].is = Sha256::of(b"half of it");
    assert_eq!(whole(&torn), (4, Span(2_000)));
    let mut gap = all.clone();
    gap.remove(2);
    assert_eq!(whole(&gap), (2, Span(1_000)));
    assert_eq!(whole(&all[1..]), (0, Span(0)));
}

#[test]
fn me4_what_ends_is_kept_as_a_part_and_the_next_one_follows() {
    let mut seed = Seed(4);
    let mut draft = spoken(&mut seed);
    let next = sound(700, &mut seed);
    draft.open = Some(OpenClip {
        id: next.id,
        media_type: next.media_type.clone(),
    });
    assert!(
        draft.keeps().any(|id| id == next.id),
        "a part being recorded is kept"
    );
    draft.close(Some(next.clone()), true);
    assert_eq!((draft.open.clone(), draft.clips.last()), (None, Some(&next)));
    assert_eq!(draft.too_soft, [next.id]);
    assert_eq!(together(&draft.clips), Span(6_200));
    // Somebody else's clip, or one that ended already, changes nothing.
    draft.close(Some(sound(1, &mut seed)), false);
    assert_eq!(draft.clips.len(), 3);
}

#[test]
fn me4_telling_again_keeps_the_old_recording_until_it_is_thrown_away() {
    let mut seed = Seed(5);
    let mut draft = spoken(&mut seed);
    let photo = Clip {
        kind: ClipKind::Photo,
        media_type: "image/jpeg".to_owned(),
        ..sound(0, &mut seed)
    };
    draft.clips.insert(1, photo.clone());
    let old: Vec<Clip> = draft.sounds().cloned().collect();
    draft.tell_again();
    assert_eq!((&draft.clips, &draft.aside), (&vec![photo.clone()], &old));
    assert_eq!(draft.keeps().count(), 3, "all bytes stay");
    let new = sound(900, &mut seed);
    draft.clips.push(new.clone());
    draft.bring_back_aside();
    assert_eq!(
        draft.sounds().cloned().collect::<Vec<_>>(),
        [old, vec![new]].concat()
    );
    assert!(draft.aside.is_empty());
}

#[test]
fn me1_a_story_with_room_for_no_more_parts_says_so_and_bringing_back_never_makes_it_too_many() {
    let mut seed = Seed(7);
    let mut draft = spoken(&mut seed);
    draft.clips = (1..CLIP_LIMIT).map(|_| sound(1_000, &mut seed)).collect();
    assert!(!draft.is_full());
    draft.clips.push(sound(1_000, &mut seed));
    assert!(draft.is_full());
    let old = draft.clips.clone();
    draft.tell_again();
    assert!(!draft.is_full());
    let new = sound(2_000, &mut seed);
    draft.clips.push(new.clone());
    // There is no room for both: they change places, and neither is lost.
    draft.bring_back_aside();
    assert_eq!((&draft.clips, &draft.aside), (&old, &vec![new.clone()]));
    assert!(draft.content().check().is_ok());
    draft.bring_back_aside();
    assert_eq!((&draft.clips, &draft.aside), (&vec![new], &old));
}

#[test]
fn me5_silence_before_speech_and_after_it_are_two_things() {
    let quarter = Span(250);
    let quiet =
        |hearing: &mut Hearing, seconds: i64| (0..seconds * 4).for_each(|_| hearing.hear(0.001, quarter));
    let mut hearing = Hearing::default();
    quiet(&mut hearing, 7);
    assert_eq!(hearing.hint(), None);
    quiet(&mut hearing, 1);
    assert_eq!(
        (hearing.hint(), hearing.is_too_soft()),
        (Some(Hint::NothingYet), true)
    );
    hearing.hear(0.3, quarter);
    assert_eq!((hearing.hint(), hearing.is_too_soft()), (None, false));
    quiet(&mut hearing, 19);
    assert_eq!(hearing.hint(), None);
    quiet(&mut hearing, 3_600);
    assert_eq!(hearing.hint(), Some(Hint::TakeYourTime));
}

#[test]
fn me6_the_last_minute_is_said_and_the_limit_ends_the_part() {
    let at = |seconds| left(Span::seconds(seconds), DEFAULT_LIMIT);
    assert_eq!(
        [at(0), at(539), at(540), at(599), at(600), at(700)],
        [
            Left::Plenty,
            Left::Plenty,
            Left::AMinute,
            Left::AMinute,
            Left::Nothing,
            Left::Nothing
        ]
    );
}

#[test]
fn me7_room_for_less_than_two_minutes_is_said() {
    assert_eq!(
        [0, 299_999, 300_000, 899_999, 900_000].map(room),
        [
            Room::None,
            Room::None,
            Room::Minutes(1),
            Room::Minutes(2),
            Room::Plenty
        ]
    );
}

/// A spoken story as its command brings it, and what is true of its project when there is room for `room` bytes.
fn told(room: u64, seed: &mut Seed) -> (PhoneStory, Command, Facts) {
    let draft = spoken(seed);
    let (story, _, command) = draft.finalize(wording(), NOW, seed).unwrap();
    let facts = Facts {
        project: Some(ProjectFacts {
            phase: Phase::Open,
            prompts: vec![draft.origin.prompt],
            signifiers: vec![],
            under_16: None,
            room,
            clip_limit: u64::MAX,
            clips_taken: false,
        }),
        story: StoryFacts::Unknown,
        told: None,
    };
    (story, command, facts)
}

#[test]
fn me8_room_for_every_byte_is_promised_with_the_manifest_or_the_story_waits() {
    let mut seed = Seed(8);
    let (story, command, facts) = told(u64::MAX, &mut seed);
    let needed = story.parts.iter().map(|part| part.length).sum::<u64>();
    for (room, fits) in [(needed - 1, false), (needed, true)] {
        let facts = Facts {
            project: facts
                .project
                .clone()
                .map(|project| ProjectFacts { room, ..project }),
            ..facts.clone()
        };
        let decided = decide(&command, &facts, Sender::Anybody, NOW);
        assert_eq!(decided.is_ok(), fits);
        if let Err(problem) = decided {
            assert_eq!(problem, Problem::StorageFull);
            assert!(problem.is_transient(), "it is tried again by itself");
        }
    }
}

#[test]
fn me9_nobody_but_its_teller_hears_of_a_story_before_every_byte_arrived() {
    let mut seed = Seed(9);
    let (story, command, facts) = told(u64::MAX, &mut seed);
    let project = story.origin.project;
    let changes = decide(&command, &facts, Sender::Anybody, NOW).unwrap();
    let presence = |change: &Change| {
        let lines = touched(change).into_iter();
        lines
            .filter(|line| line.scope == Scope::Members(project))
            .map(|line| line.presence)
            .collect::<Vec<_>>()
    };
    assert_eq!(presence(&changes[0]), [Presence::Gone]);
    let consent = |meeting| Consent {
        choices: choices(true, meeting, false, false),
        ..story.consent.clone()
    };
    let there = |whole, consent: Consent| StoryFacts::Finalized {
        project,
        consent: consent.into(),
        whole,
        holds: Holds::Upload,
    };
    let arrived = arrive(story.id, &there(false, consent(true))).unwrap();
    assert_eq!(presence(&arrived), [Presence::Put]);
    let Change::StoryArrived { consent: found, .. } = &arrived else {
        panic!("{arrived:?}");
    };
    assert_eq!(*found, consent(true).into(), "the consent of this moment counts");
    let refused = Consent {
        choices: choices(false, false, false, false),
        ..story.consent.clone()
    };
    let arrived = arrive(story.id, &there(false, refused)).unwrap();
    assert_eq!(presence(&arrived), [Presence::Gone]);
    for facts in [
        there(true, consent(true)),
        StoryFacts::Withdrawn { holds: Holds::Upload },
        StoryFacts::Unknown,
    ] {
        assert_eq!(arrive(story.id, &facts), None);
    }
}

#[test]
fn me21_a_manifest_that_names_another_storys_clip_is_refused() {
    let (_, command, mut facts) = told(u64::MAX, &mut Seed(21));
    assert!(decide(&command, &facts, Sender::Anybody, NOW).is_ok());
    if let Some(project) = &mut facts.project {
        project.clips_taken = true;
    }
    assert_eq!(
        decide(&command, &facts, Sender::Anybody, NOW),
        Err(Problem::Malformed)
    );
}
