//! SPEC.md and the tests name the same rules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;

/// Every word of the Rust and TypeScript sources below `folder` that a test may have as its name.
fn test_names(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != "target" {
            test_names(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let names = text
                .split("fn ")
                .skip(1)
                .filter_map(|rest| rest.split('(').next());
            found.extend(names.map(str::to_owned));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "ts" || extension == "js")
        {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let names = text
                .split("test(")
                .skip(1)
                .filter_map(|rest| rest.get(1..)?.split(['"', '\'', '`', ' ']).next());
            found.extend(names.map(str::to_lowercase));
        }
    }
}

/// The rule a name begins with: two letters, a number, an underscore.
fn rule_of(name: &str) -> Option<String> {
    let (id, _) = name.split_once('_')?;
    let known = [
        "st", "me", "up", "de", "ob", "sy", "li", "co", "sg", "he", "le", "ba", "cd", "ed", "fb",
    ]
    .iter()
    .any(|family| id.starts_with(family));
    let number = id
        .get(2..)
        .filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    (known && number.is_some()).then(|| id.to_owned())
}

fn rules() -> Vec<String> {
    let spec = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap();
    let bold = spec
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("** "));
    bold.map(|(id, _)| id.to_lowercase())
        .filter(|id| rule_of(&format!("{id}_")).is_some())
        .collect()
}

fn tested() -> BTreeSet<String> {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    for folder in [
        domain.to_owned(),
        domain.join("../../app"),
        domain.join("../../server"),
        domain.join("../../end2end"),
    ] {
        test_names(&folder, &mut names);
    }
    names.iter().filter_map(|name| rule_of(name)).collect()
}

#[test]
fn every_rule_has_a_test_and_every_test_a_rule() {
    let (rules, tested) = (rules().into_iter().collect::<BTreeSet<_>>(), tested());
    let untested: Vec<_> = rules.difference(&tested).collect();
    let unwritten: Vec<_> = tested.difference(&rules).collect();
    assert!(
        untested.is_empty(),
        "rules of SPEC.md without a test: {untested:?}"
    );
    assert!(
        unwritten.is_empty(),
        "tests of rules that SPEC.md lacks: {unwritten:?}"
    );
}

#[test]
fn rules_are_numbered_without_a_gap() {
    let rules = rules();
    assert!(rules.len() > 40);
    let mut last = (String::new(), 0);
    for rule in rules {
        let (family, number) = (rule[..2].to_owned(), rule[2..].parse::<u32>().unwrap());
        let expected = if family == last.0 { last.1 + 1 } else { 1 };
        assert_eq!(number, expected, "{rule}");
        last = (family, number);
    }
}
