//! What must hold for every locale file.

use super::{DUTCH, File, Language, Table, fill_in, staff, tell, url};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

type Texts = BTreeMap<String, String>;

/// The words of experience.md §4 that a teller never reads, in their inflected forms.
const AVOIDED: [&str; 57] = [
    "uploaden",
    "upload",
    "geüpload",
    "submitten",
    "synchroniseren",
    "gesynchroniseerd",
    "synchronisatie",
    "pushen",
    "transfer",
    "cloud",
    "downloaden",
    "download",
    "gedownload",
    "exporteren",
    "export",
    "bevestig",
    "bevestigen",
    "bevestiging",
    "annuleren",
    "annuleer",
    "ok",
    "akkoord",
    "toestemming",
    "voorwaarden",
    "opt-in",
    "inzending",
    "inzendingen",
    "respondent",
    "respondenten",
    "cliënt",
    "cliënten",
    "doelgroep",
    "burger",
    "burgers",
    "data",
    "content",
    "fout",
    "fouten",
    "foutmelding",
    "error",
    "ongeldig",
    "ongeldige",
    "mislukt",
    "mislukte",
    "sessie",
    "404",
    "knelpunt",
    "knelpunten",
    "pilot",
    "interventie",
    "co-creatie",
    "receipt",
    "token",
    "signifier",
    "tripole",
    "helaas",
    "oeps",
];

fn read(language: &str, file: &str) -> Option<Texts> {
    let path = format!("{}/locales/{language}/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).ok()?;
    let mut texts: Texts = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    texts.retain(|key, _| !key.starts_with('_'));
    Some(texts)
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_language_has_the_same_keys() {
    for (language, file) in [
        ("en", "tell"),
        ("ar", "tell"),
        ("en", "staff"),
        ("en", "own"),
        ("ar", "own"),
    ] {
        let dutch = read("nl", file).unwrap();
        let other = read(language, file).unwrap();
        let missing: Vec<_> = dutch.keys().filter(|key| !other.contains_key(*key)).collect();
        let unknown: Vec<_> = other.keys().filter(|key| !dutch.contains_key(*key)).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{language}/{file}: missing {missing:?}, unknown {unknown:?}"
        );
    }
}

#[test]
fn every_translation_fills_in_the_same_things() {
    for (language, file) in [
        ("en", "tell"),
        ("ar", "tell"),
        ("en", "staff"),
        ("en", "own"),
        ("ar", "own"),
    ] {
        let dutch = read("nl", file).unwrap();
        for (key, translated) in read(language, file).unwrap() {
            if let Some(source) = dutch.get(&key) {
                assert_eq!(
                    placeholders(&translated),
                    placeholders(source),
                    "{language}/{file}: {key}"
                );
            }
        }
    }
}

#[test]
fn every_language_numbers_the_version_of_its_consent_questions() {
    for language in ["nl", "en", "ar"] {
        let version = &read(language, "tell").unwrap()["consent.version"];
        assert!(version.parse::<u32>().is_ok(), "{language}: {version}");
    }
}

#[test]
fn a_teller_reads_none_of_the_words_to_avoid() {
    let own = read("nl", "own").unwrap();
    for (key, sentence) in read("nl", "tell").unwrap().into_iter().chain(own) {
        let sentence = sentence.to_lowercase();
        let mut words = sentence.split(|c: char| !(c.is_alphanumeric() || c == '-'));
        assert!(!sentence.contains('!'), "{key}: no exclamation marks: {sentence}");
        if let Some(word) = words.find(|word| AVOIDED.contains(word)) {
            panic!("{key} says {word:?}: {sentence}");
        }
    }
}

#[test]
fn the_compiled_table_holds_the_sentences_of_its_file() {
    let file = read("nl", "tell").unwrap();
    for (key, text) in tell::KEYS {
        assert_eq!(DUTCH.get(text.number), file[*key], "{key}");
    }
}

#[test]
fn every_other_table_is_a_file() {
    for language in [Language::Nl, Language::En, Language::Ar, Language::Qps] {
        for file in [File::Tell, File::Staff, File::Own] {
            let compiled_in = (language, file) == (Language::Nl, File::Tell);
            assert_eq!(
                url(language, file).is_none(),
                compiled_in,
                "{language:?} {file:?}"
            );
        }
    }
}

#[test]
fn a_fetched_table_is_an_array_in_the_order_of_the_keys() {
    let table = Table::parse(r#"["een","","drie"]"#).unwrap();
    assert_eq!(
        [table.get(0), table.get(1), table.get(2), table.get(3)],
        ["een", "", "drie", ""]
    );
    assert!(Table::parse("<!DOCTYPE html>").is_none());
}

#[test]
fn braces_are_filled_and_an_unknown_one_stays() {
    assert_eq!(
        fill_in(
            "{partner} en {gemeente}: {x} {",
            &[("partner", "A"), ("gemeente", "B")]
        ),
        "A en B: {x} {"
    );
    assert_eq!(fill_in("{a}{a}", &[("a", "{b}"), ("b", "no")]), "{b}{b}");
}

#[test]
fn staff_and_tellers_each_have_sentences() {
    assert!(!tell::KEYS.is_empty());
    assert!(!staff::KEYS.is_empty());
}

#[test]
fn the_browser_decides_the_language_until_somebody_chooses() {
    assert_eq!(Language::from_accept_language("en-GB,en;q=0.9"), Language::En);
    assert_eq!(Language::from_accept_language("ar,nl;q=0.5"), Language::Ar);
    assert_eq!(Language::from_accept_language("ti,de;q=0.5"), Language::Nl);
    assert_eq!(Language::from_accept_language("qps"), Language::Nl);
}
