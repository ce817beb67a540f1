//! ST: what a story is and how it is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::code::StoryCode;
use domain::draft::Draft;
use domain::id::StoryId;
use domain::key::{OwnerKey, UploadKey};
use domain::problem::Problem;
use domain::story::{Content, PICTURE_COUNT, Part, Perspective, StoryPictures, TEXT_LIMIT, TITLE_LIMIT};
use domain::tag::{TAG_LIMIT, Tag};
use support::{NOW, Seed, choices, origin, project, wording};

fn content() -> Content {
    Content {
        title: Some("Mijn werk".to_owned()),
        pictures: StoryPictures(3, 5),
        text: Some("Ik werk graag.".to_owned()),
        language: "nl".to_owned(),
        perspective: Perspective::Resident,
        tags: vec![Tag::Set("work".to_owned()), Tag::Own("fiets".to_owned())],
        answers: Vec::new(),
        clips: Vec::new(),
    }
}

#[test]
fn st1_a_story_has_a_word_and_at_most_a_hundred_thousand_characters() {
    let with = |text: Option<String>| Content { text, ..content() }.check();
    for empty in [None, Some(String::new()), Some(" \n\t".to_owned())] {
        assert_eq!(with(empty), Err(Problem::TextEmpty));
    }
    let longest = "é".repeat(TEXT_LIMIT as usize);
    assert_eq!(with(Some(longest.clone())).unwrap().text, Some(longest.clone()));
    assert_eq!(
        with(Some(longest + "é")),
        Err(Problem::TextTooLong { limit: TEXT_LIMIT })
    );
}

#[test]
fn st1_the_text_is_kept_to_the_letter() {
    let text = "  Eerst.\r\n\n\tDan é of e\u{301}, ٠١٢ 🙂  ".to_owned();
    assert_eq!(
        Content {
            text: Some(text.clone()),
            ..content()
        }
        .check()
        .unwrap()
        .text,
        Some(text)
    );
}

#[test]
fn st2_a_title_is_optional_trimmed_and_at_most_120_characters() {
    let with = |title: &str| {
        Content {
            title: Some(title.to_owned()),
            ..content()
        }
        .check()
    };
    assert_eq!(with("  Werk ").unwrap().title.as_deref(), Some("Werk"));
    assert_eq!(with("   ").unwrap().title, None);
    assert!(with(&"é".repeat(TITLE_LIMIT as usize)).is_ok());
    assert_eq!(
        with(&"é".repeat(TITLE_LIMIT as usize + 1)),
        Err(Problem::TitleTooLong { limit: TITLE_LIMIT })
    );
}

#[test]
fn st3_two_different_pictures_of_the_set_and_a_language_tag() {
    for (first, second) in [(3, 3), (PICTURE_COUNT, 1), (1, PICTURE_COUNT)] {
        let pictures = StoryPictures(first, second);
        assert_eq!(
            Content {
                pictures,
                ..content()
            }
            .check(),
            Err(Problem::Malformed)
        );
    }
    for (language, good) in [
        ("nl", true),
        ("tir", true),
        ("other", true),
        ("NL", false),
        ("nl-NL", false),
        ("", false),
    ] {
        let checked = Content {
            language: language.to_owned(),
            ..content()
        }
        .check();
        assert_eq!(checked.is_ok(), good, "{language}");
    }
    let mut seed = Seed(1);
    for _ in 0..2_000 {
        let pictures = StoryPictures::random(&mut seed);
        assert!(
            Content {
                pictures,
                ..content()
            }
            .check()
            .is_ok(),
            "{pictures:?}"
        );
    }
}

#[test]
fn st4_tags_are_well_formed_none_twice_and_at_most_twenty() {
    let own = |word: &str| Tag::Own(word.to_owned());
    let with = |tags: Vec<Tag>| Content { tags, ..content() }.check().map(|content| content.tags);
    assert_eq!(
        with(vec![own("bus"), own(" bus "), own("bus")]),
        Ok(vec![own("bus")])
    );
    for bad in [
        own(""),
        own(" "),
        own("a\nb"),
        own(&"é".repeat(41)),
        Tag::Set("Werk".to_owned()),
    ] {
        assert_eq!(with(vec![bad]), Err(Problem::TagInvalid));
    }
    let many = |count: usize| (0..count).map(|n| own(&n.to_string())).collect::<Vec<_>>();
    assert!(with(many(TAG_LIMIT)).is_ok());
    assert_eq!(
        with(many(TAG_LIMIT + 1)),
        Err(Problem::TooManyTags {
            limit: TAG_LIMIT as u32
        })
    );
}

#[test]
fn st5_language_and_perspective_start_as_the_doors_and_can_both_be_changed() {
    let mut seed = Seed(2);
    let project = project(&mut seed);
    let start = |perspective, seed: &mut Seed| {
        Draft::start(origin(&project), "ar".to_owned(), perspective, NOW, seed)
    };
    assert_eq!(start(None, &mut seed).perspective, Perspective::Resident);
    let door = Some(Perspective::Professional);
    assert_eq!(start(door, &mut seed).perspective, Perspective::Professional);
    assert_eq!(start(None, &mut seed).language, "ar");

    let mut draft = support::draft(
        &project,
        "Ik help mensen.",
        choices(true, false, false, false),
        &mut seed,
    );
    draft.language = "other".to_owned();
    draft.perspective = Perspective::Policymaker;
    let (story, _, _) = draft.finalize(wording(), NOW, &mut seed).unwrap();
    let content = story.content.unwrap();
    assert_eq!(
        (content.language.as_str(), content.perspective),
        ("other", Perspective::Policymaker)
    );
}

#[test]
fn st6_words_digits_and_qr_are_the_same_code() {
    let mut seed = Seed(3);
    for _ in 0..200 {
        let code = StoryCode::random(&mut seed);
        assert!(StoryCode::read(&code.words().join(" ")) == Ok(code));
        assert!(StoryCode::read(&code.digits()) == Ok(code));
        assert!(StoryCode::try_from(String::from(code)) == Ok(code));
    }
}

#[test]
fn st7_the_owner_key_follows_from_the_code_and_the_upload_key_does_not() {
    let mut seed = Seed(4);
    let project = project(&mut seed);
    let (story, ..) = support::told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    let retyped = StoryCode::read(&story.code.words().join("\n")).unwrap();
    assert!(OwnerKey::derive(&retyped) == story.owner_key());
    assert!(story.upload_key != UploadKey(story.owner_key().0));
    let (other, ..) = support::told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    assert!(other.owner_key() != story.owner_key() && other.upload_key != story.upload_key);
}

#[test]
fn st7_only_the_hashes_of_the_keys_are_in_the_command() {
    let mut seed = Seed(5);
    let project = project(&mut seed);
    let (story, _, command) = support::told(&project, "Ik werk.", choices(true, true, true, true), &mut seed);
    let sent = serde_json::to_string(&command).unwrap();
    for secret in [
        story.owner_key().to_hex(),
        story.upload_key.to_hex(),
        String::from(story.code),
    ] {
        assert!(!sent.contains(&secret));
        assert!(
            !format!("{story:?}").contains(&secret),
            "a secret shows in debug output"
        );
    }
}

#[test]
fn st8_ids_are_random_and_say_nothing_of_time() {
    let mut seed = Seed(6);
    let mut earlier = 0;
    let ids: Vec<_> = (0..200).map(|_| StoryId::random(&mut seed)).collect();
    for pair in ids.windows(2) {
        assert_eq!(pair[0].0.get_version_num(), 4);
        earlier += usize::from(pair[0] < pair[1]);
    }
    assert!((50..150).contains(&earlier), "ids came out in order of making");
}

#[test]
fn st9_the_parts_name_every_byte_of_the_text() {
    let content = content();
    let part = Part::text("Ik werk graag.");
    assert_eq!(content.parts(), vec![part]);
    assert_eq!(part.length, 14);
    assert_ne!(Part::text("Ik werk graag").sha256, part.sha256);
}
