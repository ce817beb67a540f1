//! ME: sound and pictures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::{
    Sha256,
    clip::{CLIP_LENGTH_LIMIT, CLIP_LIMIT, Clip, ClipKind, together},
    decide::{Facts, ProjectFacts, Sender, StoryFacts, decide},
    draft::{Draft, OpenClip},
    id::ClipId,
    problem::Problem,
    project::Phase,
    recording::{DEFAULT_LIMIT, Hearing, Hint, Left, Room, Slice, left, room, whole},
    standing::{Link, Standing, standing},
    story::{Part, PartKind},
    sync::outbox::Outbox,
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

#[test]
fn me8_a_story_with_clips_is_not_taken_without_their_bytes() {
    let mut seed = Seed(8);
    let project = project(&mut seed);
    let mut draft = draft(&project, "", choices(true, false, false, false), &mut seed);
    draft.clips = vec![sound(1_000, &mut seed)];
    let (story, _, command) = draft.finalize(wording(), NOW, &mut seed).unwrap();
    assert!(!story.can_be_sent());
    for link in [Link::Offline, Link::Idle, Link::Sending] {
        assert_eq!(standing(&story, &Outbox::restore(vec![]), link), Standing::Kept);
    }
    let facts = Facts {
        project: Some(ProjectFacts {
            phase: Phase::Open,
            prompts: vec![draft.origin.prompt],
            signifiers: vec![],
        }),
        story: StoryFacts::Unknown,
    };
    assert_eq!(
        decide(&command, &facts, Sender::Anybody, NOW),
        Err(Problem::Malformed)
    );
}
