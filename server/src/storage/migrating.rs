//! S9: bringing a database of any past version to the present form, killed at every statement, with a full disk, and by
//! a program that is older than the database.

use super::{Error, copies, file};
use domain::time::Timestamp;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::types::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Says to a child of the test which folder it migrates, and before which statement it dies.
const CHILD: &str = "VERTELPUNT_DIES_MIGRATING";
/// How many statements the child may still begin.
static LEFT: AtomicU32 = AtomicU32::new(0);

/// What was told before there was anything else, in the form of a version.
fn told_at(version: i32, folder: &Path) {
    let mut db = file::connect(&folder.join(file::NAME)).unwrap();
    file::migrate_to(&mut db, version).unwrap();
    let choices = r#"{"analysis":"yes","meeting":"no","report":"no","public":"no"}"#;
    let voice = if version < 5 { "" } else { "voice, " };
    let first = if version < 5 { "" } else { "'first', " };
    db.execute_batch(
        "INSERT INTO project (id, content) VALUES (x'01', '{}');
         INSERT INTO entry VALUES ('houten', x'01');
         INSERT INTO member (id, project, role) VALUES (x'09', x'01', 'analyst');",
    )
    .unwrap();
    for number in 2..40 {
        let text = format!("Verhaal {number}. ").repeat(number);
        db.execute_batch(&format!(
            "INSERT INTO story (id, project, owner_key, upload_key, state, title, text)
               VALUES (x'{number:02}', x'01', x'03', x'04', 'finalized', 'Titel', '{text}');
             INSERT INTO consent (story, {voice}version, wording, choices, at) VALUES (x'{number:02}', {first}1, 'nl/1', '{choices}', 5);
             INSERT INTO story_words (rowid, words) VALUES ({number}, '{text}');
             INSERT INTO command (id, verdict, brought, day) VALUES (x'{number:02}', 'committed', x'{number:02}', 20000);
             INSERT OR IGNORE INTO scope (name, revision) VALUES ('members/1', 1);
             INSERT INTO scope_line (scope, kind, entity, revision, entered, presence)
               VALUES ('members/1', 'summary', x'{number:02}', {number}, {number}, 'put');"
        ))
        .unwrap();
    }
}

/// Everything a database says: its tables, and every row of each.
fn all_of(path: &Path) -> Vec<String> {
    let db = Connection::open(path).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let found = statement.query_map([], |row| {
            let values = (0..columns).map(|column| row.get::<_, Value>(column));
            Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
        });
        found.unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(rows("PRAGMA integrity_check"), [r#"[Text("ok")]"#]);
    let mut all = rows("SELECT type, name, sql FROM sqlite_master ORDER BY type, name");
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'refinery%' ORDER BY name";
    let mut statement = db.prepare(tables).unwrap();
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for table in tables {
        all.push(table.clone());
        all.extend(rows(&format!("SELECT * FROM \"{table}\"")));
    }
    // Not when it was done.
    all.extend(rows(
        "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version",
    ));
    all
}

/// A data folder like another.
fn like(template: &Path) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file::NAME);
    fs::copy(template.join(file::NAME), &path).unwrap();
    (folder, path)
}

fn up_to_date(folder: &Path) -> Result<(), Error> {
    file::open_for_writing(folder).map(|_| ())
}

/// Starts this very test anew, as a child that dies before its nth statement.
fn killed(folder: &Path, before: u32) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "storage::migrating::ba7_s9_killed_before_any_statement_a_database_is_of_before_or_of_after",
        ])
        .env(CHILD, format!("{before} {}", folder.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

fn die_in_time(event: TraceEvent<'_>) {
    if matches!(event, TraceEvent::Stmt(..)) && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

#[test]
fn ba7_s9_killed_before_any_statement_a_database_is_of_before_or_of_after() {
    if let Ok(said) = std::env::var(CHILD) {
        let (before, folder) = said.split_once(' ').unwrap();
        LEFT.store(before.parse().unwrap(), Ordering::SeqCst);
        let mut db = file::connect(&Path::new(folder).join(file::NAME)).unwrap();
        db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(die_in_time))
            .unwrap();
        file::bring_up_to_date(&mut db, Path::new(folder)).unwrap();
        return;
    }
    let versions: Vec<i32> = file::versions()
        .into_iter()
        .filter(|version| *version < file::newest())
        .collect();
    assert!(versions.len() >= 7);
    let (mut kills, mut stayed_old) = (0, 0);
    for version in versions {
        let template = tempfile::tempdir().unwrap();
        told_at(version, template.path());
        let old = all_of(&template.path().join(file::NAME));
        let (done, path) = like(template.path());
        up_to_date(done.path()).unwrap();
        let new = all_of(&path);
        let kept = |folder: &Path| folder.join(format!("before/version-{version}.sqlite"));
        assert_eq!(
            all_of(&kept(done.path())),
            old,
            "what was before is kept beside it"
        );
        for statement in 1.. {
            let (folder, path) = like(template.path());
            let ended = killed(folder.path(), statement);
            let found = all_of(&path);
            assert!(
                found == old || found == new,
                "version {version} died before statement {statement}"
            );
            if ended.success() {
                assert!(found == new && statement > 10);
                break;
            }
            kills += 1;
            stayed_old += usize::from(found == old);
            up_to_date(folder.path()).unwrap();
            assert_eq!(
                all_of(&path),
                new,
                "version {version} died before statement {statement}"
            );
            assert_eq!(fs::read_dir(folder.path().join("before")).unwrap().count(), 1);
            assert_eq!(all_of(&kept(folder.path())), old);
        }
    }
    assert!(stayed_old > 100 && kills >= stayed_old, "{stayed_old} of {kills}");
}

#[test]
fn ba7_s9_on_a_full_disk_a_database_stays_as_it_is_and_says_so() {
    let template = tempfile::tempdir().unwrap();
    told_at(1, template.path());
    let old = all_of(&template.path().join(file::NAME));
    let mut refused = 0;
    for room in 0.. {
        let (folder, path) = like(template.path());
        let mut db = file::connect(&path).unwrap();
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        db.query_row(&format!("PRAGMA max_page_count = {}", pages + room), [], |_| {
            Ok(())
        })
        .unwrap();
        match file::bring_up_to_date(&mut db, folder.path()) {
            Ok(()) => break,
            Err(error) => {
                let said = error.to_string();
                assert!(
                    said.contains("full") && said.contains("as it was before"),
                    "{said}"
                );
            }
        }
        drop(db);
        assert_eq!(all_of(&path), old);
        refused += 1;
        up_to_date(folder.path()).unwrap();
    }
    assert!(refused > 2, "{refused}");
}

#[test]
fn ba6_s9_a_program_that_is_older_than_the_database_leaves_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    up_to_date(folder.path()).unwrap();
    let path = folder.path().join(file::NAME);
    let later = file::newest() + 1;
    Connection::open(&path)
        .unwrap()
        .execute_batch(&format!(
            "INSERT INTO refinery_schema_history VALUES ({later}, 'later', '2030-01-01T00:00:00Z', '1')"
        ))
        .unwrap();
    let before = all_of(&path);
    let error = up_to_date(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Newer { .. }), "{error}");
    assert!(error.to_string().contains("Nothing was changed"));
    assert_eq!(all_of(&path), before);
    assert!(!folder.path().join("before").exists());
}

#[test]
fn ba7_s9_one_copy_of_before_is_kept_can_be_put_back_and_goes_after_a_week() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file::NAME);
    told_at(1, folder.path());
    let first = all_of(&path);
    up_to_date(folder.path()).unwrap();
    let (new, copy) = (all_of(&path), folder.path().join("before/version-1.sqlite"));
    // As the README says: the copy takes the database's place.
    let later = tempfile::tempdir().unwrap();
    fs::copy(&copy, later.path().join(file::NAME)).unwrap();
    assert_eq!(all_of(&later.path().join(file::NAME)), first);
    up_to_date(later.path()).unwrap();
    assert_eq!(all_of(&later.path().join(file::NAME)), new);
    // The next migration's takes its place.
    let db = file::connect(&path).unwrap();
    copies::keep(&db, folder.path(), 8).unwrap();
    assert!(!copy.exists());
    let made = fs::metadata(folder.path().join("before/version-8.sqlite"))
        .unwrap()
        .modified()
        .unwrap();
    let made = made.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let made = Timestamp(i64::try_from(made).unwrap());
    let left = || fs::read_dir(folder.path().join("before")).unwrap().count();
    copies::forget_old(folder.path(), Timestamp(made.after(copies::KEPT).0 - 1)).unwrap();
    assert_eq!(left(), 1);
    copies::forget_old(folder.path(), made.after(copies::KEPT)).unwrap();
    assert_eq!(left(), 0);
}

#[test]
fn ba6_s6_a_damaged_database_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    told_at(file::newest(), folder.path());
    up_to_date(folder.path()).unwrap();
    let path = folder.path().join(file::NAME);
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4_096;
    bytes[(pages - 3) * 4_096..(pages - 2) * 4_096].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let error = up_to_date(folder.path()).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
