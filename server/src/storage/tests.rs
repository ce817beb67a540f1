//! What holds for storage as a whole.

use super::{
    check, clip, command, derivative, file, heard, lease, member, meta, project, scope, sign_in, story,
};
use rusqlite::Connection;

fn statements() -> Vec<&'static str> {
    let entities = [
        clip::STATEMENTS,
        command::STATEMENTS,
        check::STATEMENTS,
        derivative::STATEMENTS,
        heard::STATEMENTS,
        lease::STATEMENTS,
        member::STATEMENTS,
        meta::STATEMENTS,
        project::STATEMENTS,
        scope::STATEMENTS,
        sign_in::STATEMENTS,
    ];
    entities
        .into_iter()
        .chain(story::STATEMENTS.iter().copied())
        .flatten()
        .copied()
        .collect()
}

#[test]
fn every_statement_prepares_against_a_migrated_database() {
    let mut connection = Connection::open_in_memory().unwrap();
    file::migrate(&mut connection).unwrap();
    for sql in statements() {
        connection
            .prepare(sql)
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
}

/// What was allowed before there were two voices is the first one's, history and all.
#[test]
fn consents_of_before_the_voices_are_the_first_voices() {
    let mut connection = Connection::open_in_memory().unwrap();
    file::migrate_to(&mut connection, 4).unwrap();
    let yes = r#"{"analysis":"yes","meeting":"yes","report":"no","public":"no"}"#;
    let no = r#"{"analysis":"yes","meeting":"no","report":"no","public":"no"}"#;
    connection
        .execute_batch(&format!(
            "INSERT INTO project (id, content) VALUES (x'01', '{{}}');
             INSERT INTO story (id, project, owner_key, upload_key, state) VALUES (x'02', x'01', x'03', x'04', 'finalized');
             INSERT INTO consent VALUES (x'02', 1, 'nl/1', '{yes}', 5), (x'02', 2, 'nl/1', '{no}', 6);"
        ))
        .unwrap();
    file::migrate(&mut connection).unwrap();
    let mut statement = connection
        .prepare("SELECT voice, version, choices, guardian, at FROM consent ORDER BY version")
        .unwrap();
    let rows: Vec<(String, u32, String, Option<String>, i64)> = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let first = |version, choices: &str, at| ("first".to_owned(), version, choices.to_owned(), None, at);
    assert_eq!(rows, [first(1, yes, 5), first(2, no, 6)]);
}

#[test]
fn every_sql_file_is_among_the_tested_statements() {
    let statements = statements();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/storage");
    for folder in std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !folder.is_dir() || folder.ends_with("migrations") {
            continue;
        }
        for file in std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if file.extension().is_some_and(|extension| extension == "sql") {
                let sql = std::fs::read_to_string(&file).unwrap();
                assert!(
                    statements.contains(&sql.as_str()),
                    "{} is not in STATEMENTS",
                    file.display()
                );
            }
        }
    }
}
