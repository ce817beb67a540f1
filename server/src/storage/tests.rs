//! What holds for storage as a whole.

use super::{check, clip, command, derivative, file, member, meta, project, scope, sign_in, story};
use rusqlite::Connection;

fn statements() -> Vec<&'static str> {
    let entities = [
        clip::STATEMENTS,
        command::STATEMENTS,
        check::STATEMENTS,
        derivative::STATEMENTS,
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
