//! What is in `public/voice` is what the screens say today.

use super::{Step, name, recorded, recordings, steps};
use crate::texts::{self, DUTCH, File, Language, Table};
use std::{collections::BTreeMap, fs};

#[derive(serde::Deserialize)]
struct Entry {
    language: String,
    key: String,
    words: String,
    file: String,
    made: String,
    version: u32,
}

const SPOKEN: [&str; 2] = ["nl", "en"];
const AGAIN: &str = "run `node .ci/assets/voice.mjs`";

fn folder() -> String {
    format!("{}/../public/voice", env!("CARGO_MANIFEST_DIR"))
}

fn manifest() -> Vec<Entry> {
    let text = fs::read_to_string(format!("{}/manifest.json", folder())).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn texts(language: &str) -> BTreeMap<String, String> {
    let file = |name: &str| -> BTreeMap<String, String> {
        let path = format!("{}/locales/{language}/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    file("tell").into_iter().chain(file("own")).collect()
}

/// The screen speaks this language from here on, as after its file came.
fn speak(tag: &str) {
    let language = Language::from_tag(tag).unwrap();
    let table = texts::url(language, File::Tell).map_or(DUTCH, |url| {
        let file = format!("{}/{}", env!("OUT_DIR"), url.trim_start_matches("/texts/"));
        Table::parse(&fs::read_to_string(file).unwrap()).unwrap()
    });
    texts::set_language(language, table);
}

/// Whether `words` are the sentence with something in its braces.
fn fills(sentence: &str, words: &str) -> bool {
    let fixed: Vec<&str> = sentence
        .split(['{', '}'])
        .step_by(2)
        .filter(|part| !part.is_empty())
        .collect();
    let mut rest = words;
    fixed.iter().all(|part| match rest.split_once(part) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    }) && (sentence.contains('{') || sentence == words)
}

#[test]
fn every_recording_holds_the_words_of_today() {
    let texts: BTreeMap<_, _> = ["nl", "en"].map(|language| (language, texts(language))).into();
    for entry in manifest() {
        let Entry {
            language, key, words, ..
        } = &entry;
        assert_eq!(
            entry.file,
            format!("{language}/{}.mp3", name(words)),
            "{key}: {AGAIN}"
        );
        assert!(
            ["espeak-ng", "person"].contains(&entry.made.as_str()) && entry.version > 0,
            "{key}"
        );
        if key != "prompt" {
            let sentence = texts[language.as_str()].get(key).map_or("", String::as_str);
            assert!(
                fills(sentence, words),
                "{language}: {key} is now {sentence:?}: {AGAIN}"
            );
        }
    }
}

#[test]
fn every_file_is_in_the_manifest_and_the_other_way_round() {
    let mut listed: Vec<String> = manifest().into_iter().map(|entry| entry.file).collect();
    let (mut there, mut bytes) = (Vec::new(), 0);
    for language in SPOKEN {
        speak(language);
        let before = there.len();
        for file in fs::read_dir(format!("{}/{language}", folder())).unwrap() {
            let file = file.unwrap();
            bytes += file.metadata().unwrap().len();
            there.push(format!("{language}/{}", file.file_name().to_string_lossy()));
        }
        assert_eq!(recordings(language).len(), there.len() - before);
    }
    listed.sort();
    there.sort();
    assert_eq!(listed, there, "{AGAIN}");
    assert!(bytes < 4_000_000, "{bytes} bytes is much to carry along");
    for language in ["ar", "qps"] {
        speak(language);
        assert_eq!(
            recordings(language),
            [""; 0],
            "espeak-ng reads no other language of ours"
        );
    }
}

/// experience.md §5, version 1, with the name of the demo project. What is said about consent is the version: another
/// word here makes a new one.
const CARDS: [(&str, &str, &str); 8] = [
    (
        "nl",
        "analysis",
        "Medewerkers van Gemeente Houten en een paar bewoners luisteren naar je verhaal. Ze schrijven op wat ze horen. Zij horen je stem, dus iemand kan je herkennen.",
    ),
    (
        "en",
        "analysis",
        "Staff of Gemeente Houten and a few residents listen to your story. They write down what they hear. They hear your voice, so someone may recognise you.",
    ),
    (
        "nl",
        "meeting",
        "Daar zitten ongeveer 40 mensen: bewoners, hulpverleners en mensen van de gemeente. Zij horen je stem, misschien kent iemand je. Wat mensen gehoord hebben, kunnen we niet terughalen.",
    ),
    (
        "en",
        "meeting",
        "About 40 people are there: residents, care workers and people from the municipality. They hear your voice; someone may know you. What people have heard, we cannot take back.",
    ),
    (
        "nl",
        "report",
        "De gemeenteraad en bewoners lezen dan een paar zinnen van jou. Zeg je later nee, dan halen we die weg. Wat al geprint is, kunnen we niet terughalen.",
    ),
    (
        "en",
        "report",
        "The council and residents then read a few of your sentences. If you later say no, we take them out. What is printed already, we cannot take back.",
    ),
    (
        "nl",
        "public",
        "Dan kan iedereen je stem horen, ook mensen die je kennen. Anderen kunnen het bewaren of doorsturen. Zeg je later nee? Wij halen het weg, maar niet bij anderen.",
    ),
    (
        "en",
        "public",
        "Then everybody can hear your voice, also people who know you. Others can keep it or send it on. If you later say no, we remove it, but not from others.",
    ),
];

#[test]
fn every_consent_card_is_read_whole_word_for_word() {
    for (language, card, spoken) in CARDS {
        speak(language);
        let texts = texts(language);
        let sentence = |part: &str| {
            texts[&format!("consent.{card}.{part}")].replace("{organisation}", "Gemeente Houten")
        };
        assert_eq!(sentence("spoken"), spoken);
        for part in ["ask", "spoken", "yes", "no", "recap_yes", "recap_no"] {
            let words = sentence(part);
            assert!(
                recorded(language, &words).is_some(),
                "{language}: {words}: {AGAIN}"
            );
        }
    }
}

#[test]
fn a_recording_comes_before_a_voice_and_a_voice_before_half_of_it() {
    let title = "Hoe wil je vertellen?";
    let file = recorded("nl", title).unwrap();
    assert!(file.starts_with("/voice/nl/") && file.contains(".mp3?"), "{file}");
    assert_eq!(steps("nl", title, true), [Step::File(file.clone())]);
    assert_eq!(steps("nl", title, false), [Step::File(file.clone())]);
    let more = format!("{title} Sam vraagt het.");
    assert_eq!(steps("nl", &more, true), [Step::Say(more.clone())]);
    assert_eq!(steps("nl", &more, false), [Step::File(file)]);
    assert_eq!(steps("nl", "", true), []);
}

#[test]
fn no_language_is_read_as_another() {
    let title = "Hoe wil je vertellen?";
    for language in ["en", "ar", "qps"] {
        speak(language);
        assert_eq!(steps(language, title, false), [], "{language}");
    }
}

#[test]
fn a_changed_sentence_has_no_recording() {
    assert_eq!(recorded("nl", "Hoe wil je het vertellen?"), None);
}

#[test]
fn a_paragraph_is_read_by_the_recordings_of_its_sentences() {
    let texts = texts("nl");
    let [exit, history] = ["who.exit", "who.history"].map(|key| texts[key].as_str());
    let files = [exit, history].map(|words| Step::File(recorded("nl", words).unwrap()));
    let both = format!("{exit} {history}");
    assert_eq!(steps("nl", &both, true), files);
    assert_eq!(steps("nl", &format!("Sam komt. {both} Dag."), false), files);
}
