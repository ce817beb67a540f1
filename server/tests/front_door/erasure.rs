//! What was taken back is gone: from every byte of the data folder of the real binary.

use crate::binary::Running;
use crate::derivatives::{Brought, path_of};
use crate::house::{House, Seeded, Told, Who, quiet, rejected};
use crate::media::{BYTES, metadata};
use domain::clip::{Clip, ClipKind};
use domain::command::{ChangeConsent, Command};
use domain::consent::{Answer, Use, Wording};
use domain::guardian::Age;
use domain::id::{ClipId, CommandId};
use domain::member::{Heard, Role};
use domain::problem::Problem;
use domain::signifier::{Answered, SignifierKind, slider_at, triangle_at};
use domain::story::Perspective;
use domain::sync::protocol::{Envelope, Pull, Verdict};
use domain::tag::Tag;
use domain::time::Timestamp;
use domain::voices::{SecondDraft, Turn, Voice};
use domain::withheld::{Ground, HoldBack};
use domain::{Sha256, scope::Scope};
use http_body_util::BodyExt;
use image::{DynamicImage, ImageFormat};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use server::ambient::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long after a withdrawal a byte of it may still lie about: ten times what is promised, as this machine may be busy.
const GONE_LIMIT: Duration = Duration::from_secs(600);

/// What a table holds of stories.
enum Holds {
    /// Nothing of any.
    Nothing,
    /// Rows of a story, found by this column, of which these columns stay; the rest of the row does not, nor does the row
    /// where none stays.
    Rows(&'static str, &'static [&'static str]),
    /// The words to find stories by, as the index cuts them up.
    Words,
}

/// Every table there is. A new one is not in it, and fails the test until it is said what it holds of stories.
const TABLES: &[(&str, Holds)] = &[
    ("meta", Holds::Nothing),
    ("project", Holds::Nothing),
    ("entry", Holds::Nothing),
    ("member", Holds::Nothing),
    ("sign_in", Holds::Nothing),
    ("sign_in_link", Holds::Nothing),
    ("scope", Holds::Nothing),
    ("refinery_schema_history", Holds::Nothing),
    // By what a story that was taken back is known to its tellers, and to who brings it again.
    (
        "story",
        Holds::Rows(
            "id",
            &[
                "number",
                "id",
                "project",
                "owner_key",
                "second_key",
                "upload_key",
                "state",
                // How often it was changed.
                "edition",
                // Until when a device out of reach may hold it, for its teller to know.
                "held_until",
            ],
        ),
    ),
    ("consent", Holds::Rows("story", &[])),
    ("clip", Holds::Rows("story", &[])),
    ("heard", Holds::Rows("story", &[])),
    ("withheld", Holds::Rows("story", &[])),
    ("lease", Holds::Rows("story", &[])),
    // That it was brought, and that it is gone, by its id.
    (
        "command",
        Holds::Rows("brought", &["id", "verdict", "brought", "problem", "day"]),
    ),
    (
        "scope_line",
        Holds::Rows(
            "entity",
            &[
                "scope", "kind", "entity", "revision", "entered", "presence", "day",
            ],
        ),
    ),
    ("story_words", Holds::Words),
    ("story_words_content", Holds::Words),
    ("story_words_data", Holds::Words),
    ("story_words_idx", Holds::Words),
    ("story_words_docsize", Holds::Words),
    ("story_words_config", Holds::Nothing),
];

/// Columns whose values other stories have as well, or which are too short to be looked for: only their rows are.
const SHARED: &[(&str, &str)] = &[
    ("story", "entry"),
    ("story", "prompt"),
    ("story", "language"),
    ("consent", "story"),
    ("consent", "voice"),
    ("consent", "version"),
    ("consent", "choices"),
    ("consent", "guardian"),
    ("clip", "story"),
    ("clip", "place"),
    ("clip", "kind"),
    ("clip", "media_type"),
    ("clip", "length"),
    ("clip", "millis"),
    ("clip", "arrived"),
    ("clip", "tries"),
    ("heard", "member"),
    ("heard", "story"),
    ("lease", "sign_in"),
    ("lease", "story"),
    ("lease", "ends_at"),
    ("withheld", "story"),
    ("withheld", "ground"),
    ("withheld", "member"),
    ("withheld", "role"),
];

/// What a teller typed: words whose beginnings nothing else has, so that the index does not cut them.
const TITLE: &str = "zqtitelkanarie";
const TEXT: &str = "wvtekstkanarie";
const OWN_WORD: &str = "xjlabelkanarie";
const ALTERNATIVE: &str = "qkbeschrijvingkanarie";
const WORDING: &str = "nl/vxkanarie";
const NOTE: &str = "gjnotitiekanarie";
/// What somebody else told, which stays.
const OTHER: &str = "Dit vertelde iemand anders.";

/// So many pixels each way, that nothing makes smaller.
fn drawing(width: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let noise = crate::media::noise(3, (width * width * 3) as usize);
    let pixels = image::RgbImage::from_raw(width, width, noise).unwrap();
    DynamicImage::ImageRgb8(pixels)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A dialogue in which everything is filled in that can be, and the bytes of its clips.
fn everything(house: &House) -> (Told, Vec<(ClipId, Vec<u8>)>) {
    let made = [
        (
            ClipKind::Sound,
            "audio/webm;codecs=opus",
            crate::derivatives::recording().bytes,
        ),
        (ClipKind::Drawing, "image/png", drawing(80)),
    ];
    let mut clips = Vec::new();
    let told_at = Timestamp(house.now().0 + 123_456_789);
    let told = house.told_at(&format!("{TEXT} staat hier."), told_at, |draft| {
        TITLE.clone_into(&mut draft.title);
        draft.tags = vec![Tag::Set("work".to_owned()), Tag::Own(OWN_WORD.to_owned())];
        draft.perspective = Perspective::Policymaker;
        let younger = Age::Younger {
            guardian: Some(Answer::Yes),
        };
        draft.age = Some(younger);
        draft.second = Some(SecondDraft {
            turn: Turn::Second(Wording(WORDING.to_owned())),
            choices: draft.choices,
            age: Some(younger),
        });
        let answers = house.project.signifiers.iter().map(|asked| Answered {
            question: asked.id,
            answer: match &asked.kind {
                SignifierKind::Slider { poles } => slider_at(poles, 37),
                SignifierKind::Triangle { corners } => triangle_at(corners, [61, 28, 11]),
                SignifierKind::Choice { .. } => panic!("the demonstration asks no choice"),
            },
        });
        draft.answers = answers.collect();
        for (place, (kind, media_type, bytes)) in made.into_iter().enumerate() {
            let id = ClipId::random(&mut Seeded(900 + place as u64));
            draft.clips.push(Clip {
                id,
                kind,
                media_type: media_type.to_owned(),
                length: bytes.len() as u64,
                millis: 3_000,
                sha256: Sha256::of(&bytes),
                words: Some(format!("{ALTERNATIVE} {place}")),
            });
            clips.push((id, bytes));
        }
    });
    (told, clips)
}

/// The database as it is at this moment, beside the server that serves it.
fn looked_into(folder: &Path) -> Connection {
    let path = folder.join("data/vertelpunt.sqlite");
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn texts(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap();
    found.map(Result::unwrap).collect()
}

/// What the rows of a story say in every column of a table.
fn said(db: &Connection, table: &str, by: &str, story: &[u8]) -> BTreeMap<String, Vec<Value>> {
    let mut statement = db
        .prepare(&format!("SELECT * FROM {table} WHERE {by} = ?1"))
        .unwrap();
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut said: BTreeMap<String, Vec<Value>> = columns
        .iter()
        .map(|column| (column.clone(), Vec::new()))
        .collect();
    let mut rows = statement.query([story]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for (place, column) in columns.iter().enumerate() {
            said.get_mut(column).unwrap().push(row.get(place).unwrap());
        }
    }
    said
}

/// The bytes by which a value would be found in a file; `None` of one that is too short.
fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    let bytes = match value {
        Value::Text(text) => text.clone().into_bytes(),
        Value::Blob(bytes) => bytes.clone(),
        // As SQLite writes a moment: a whole number of six bytes.
        Value::Integer(number) if *number > 1 << 40 => number.to_be_bytes()[2..].to_vec(),
        _ => return None,
    };
    (bytes.len() >= 6).then_some(bytes)
}

/// Everything to be looked for, each with what it is.
type Canaries = Vec<(String, Vec<u8>)>;

/// What every column says of the story. Fails where a column of a story says nothing, and of a table nobody named.
fn in_every_column(db: &Connection, story: &[u8]) -> Canaries {
    let mut tables = texts(
        db,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    let mut named: Vec<_> = TABLES.iter().map(|(table, _)| (*table).to_owned()).collect();
    named.sort();
    tables.sort();
    assert_eq!(
        tables, named,
        "what does a table hold of stories? Say it in TABLES"
    );
    let mut canaries = Canaries::new();
    for (table, holds) in TABLES {
        let Holds::Rows(by, stays) = holds else { continue };
        let said = said(db, table, by, story);
        assert!(
            stays.iter().all(|column| said.contains_key(*column)),
            "{table} has no longer all of {stays:?}"
        );
        for (column, values) in said {
            if stays.contains(&column.as_str()) {
                continue;
            }
            let what = format!("{table}.{column}");
            assert!(
                values.iter().any(|value| *value != Value::Null),
                "{what} holds no canary: fill it in"
            );
            if SHARED.contains(&(table, &column)) {
                continue;
            }
            let found: Vec<_> = values.iter().filter_map(bytes_of).collect();
            assert!(!found.is_empty(), "{what} cannot be looked for: {values:?}");
            canaries.extend(found.into_iter().map(|bytes| (what.clone(), bytes)));
        }
    }
    canaries
}

/// What the rows of the story still say in columns that must not stay.
fn left_in_rows(db: &Connection, story: &[u8]) -> Vec<String> {
    let mut left = Vec::new();
    for (table, holds) in TABLES {
        let Holds::Rows(by, stays) = holds else { continue };
        for (column, values) in said(db, table, by, story) {
            let stays = stays.contains(&column.as_str());
            if !stays && values.iter().any(|value| *value != Value::Null) {
                left.push(format!("{table}.{column}"));
            }
        }
    }
    left
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all
}

/// Which canaries are in which files. What goes while it is looked at is gone. One pass over every byte, by the first two
/// bytes of each canary: megabytes are looked through several times.
fn found_in(folder: &Path, canaries: &Canaries) -> BTreeMap<String, Vec<PathBuf>> {
    let start = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let mut beginning_with = vec![Vec::new(); 1 << 16];
    for canary in canaries {
        beginning_with[start(&canary.1)].push(canary);
    }
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files(folder) {
        let Ok(bytes) = fs::read(&path) else { continue };
        for place in 0..bytes.len().saturating_sub(1) {
            for (what, canary) in &beginning_with[start(&bytes[place..])] {
                if bytes[place..].starts_with(canary) {
                    let paths = found.entry(what.clone()).or_default();
                    paths.push(path.strip_prefix(folder).unwrap().to_owned());
                }
            }
        }
    }
    found
}

/// Pieces of every file of sound and pictures there is, whole and derived.
fn in_every_file(folder: &Path) -> Canaries {
    let mut canaries = Canaries::new();
    for path in files(&folder.join("data/media")) {
        let bytes = fs::read(&path).unwrap();
        for quarter in 1..4 {
            let from = bytes.len() * quarter / 4;
            let piece = bytes[from..from + 24].to_vec();
            canaries.push((format!("{} at {from}", path.display()), piece));
        }
    }
    canaries
}

fn envelope(command: Command, seed: u64) -> Envelope {
    Envelope {
        id: CommandId::random(&mut Seeded(seed)),
        sequence: 9,
        command,
    }
}

fn is_done(verdict: &Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Committed { .. }))
}

/// Brings the story, everything that is made of it, what its teller changed and what members did with it.
fn bring(server: &Running, told: &Told, clips: &[(ClipId, Vec<u8>)]) {
    let (owner, upload) = (told.story.owner_key().to_hex(), told.story.upload_key.to_hex());
    assert!(is_done(&server.push(&told.envelope)));
    for (id, bytes) in clips {
        let headers = format!(
            "tus-resumable: 1.0.0\r\nstory-keys: {upload}\r\nupload-length: {}\r\nupload-metadata: {}\r\n\
             content-type: {BYTES}\r\n",
            bytes.len(),
            metadata(*id)
        );
        let (status, answer) = server.ask("POST", "/api/v1/media", &headers, bytes).unwrap();
        assert_eq!(status, 201, "{answer}");
    }
    let owner = format!("story-keys: {owner}\r\n");
    let change = Command::ChangeConsent(ChangeConsent {
        story: told.story.id,
        voice: Voice::First,
        seen: 1,
        saw: None,
        choices: told.story.choices().with(Use::Public, Answer::No),
        guardian: None,
    });
    assert!(is_done(&server.push_as(&envelope(change, 71), &owner)));
    // Who follows the story hears when what others hear of it was made.
    let analyst = server.sign_in("Analist");
    let scope = Scope::Story(told.story.id);
    let mut cursor = 0;
    let path = format!("/api/v1/stories/{}", told.story.id);
    loop {
        let pull = vec![Pull { scope, cursor }];
        let request = domain::sync::protocol::SyncRequest {
            pull,
            wait: 25,
            ..quiet()
        };
        cursor = server.sync(&request, &owner).unwrap().pages.remove(0).cursor;
        let (status, story) = server.ask("GET", &path, &analyst, "").unwrap();
        assert_eq!(status, 200);
        if story.matches("\"done\"").count() == clips.len() {
            break;
        }
    }
    let heard = Command::MarkHeard(Heard { story: told.story.id });
    assert!(is_done(&server.push_as(&envelope(heard, 72), &analyst)));
    let (_, found) = server
        .ask(
            "GET",
            &format!("/api/v1/projects/{}/search?q={TEXT}", told.story.origin.project),
            &analyst,
            "",
        )
        .unwrap();
    assert!(found.contains(&told.story.id.to_string()), "{found}");
    let wish = serde_json::json!({ "stories": [told.story.id] }).to_string();
    let headers = format!("content-type: application/json\r\n{analyst}");
    let (status, given) = server.ask("PUT", "/api/v1/lease", &headers, wish).unwrap();
    assert!(
        status == 200 && given.contains(&told.story.id.to_string()),
        "{given}"
    );
    // Last: from now on members do not see it.
    let hold = Command::HoldBack(HoldBack {
        story: told.story.id,
        ground: Ground::Danger,
        note: Some(NOTE.to_owned()),
    });
    assert!(is_done(&server.push_as(&envelope(hold, 73), &analyst)));
}

#[tokio::test]
async fn er1_i4_within_a_minute_no_byte_of_what_was_taken_back_is_anywhere_in_the_data_folder() {
    let house = House::open().await;
    let (told, clips) = everything(&house);
    let others = house.told(OTHER);
    let withdrawal = house.withdrawal(&told);
    let folder = house.closed().await;
    let place = folder.path();
    let server = Running::start(place, "debug");
    bring(&server, &told, &clips);
    assert!(is_done(&server.push(&others.envelope)));
    // Killed, so that SQLite's log is left lying; and with a copy such as one that is kept of before a migration.
    drop(server);
    let data = place.join("data");
    fs::create_dir_all(data.join("before")).unwrap();
    for end in ["", "-wal"] {
        let from = data.join(format!("vertelpunt.sqlite{end}"));
        fs::copy(from, data.join(format!("before/version-1.sqlite{end}"))).unwrap();
    }
    let server = Running::start(place, "debug");
    let story = told.story.id.0.as_bytes();
    let mut canaries = in_every_column(&looked_into(place), story);
    let media = in_every_file(place);
    assert!(
        media.len() >= clips.len() * 2 * 3,
        "what came, and what was made of it"
    );
    canaries.extend(media);
    for typed in [TITLE, TEXT, OWN_WORD, ALTERNATIVE, WORDING, NOTE] {
        canaries.push((typed.to_owned(), typed.as_bytes().to_vec()));
    }
    let before = found_in(place, &canaries);
    for (what, _) in &canaries {
        assert!(
            before.contains_key(what),
            "{what} would not be found if it stayed"
        );
    }
    // The secrets of the teller were never in any file, nor was what anybody told in the log.
    let never: Canaries = [told.story.owner_key().to_hex(), told.story.upload_key.to_hex()]
        .into_iter()
        .map(|key| ("a key".to_owned(), key.into_bytes()))
        .collect();
    assert_eq!(found_in(place, &never), BTreeMap::new());
    assert!(
        before.values().flatten().all(|path| path.starts_with("data")),
        "{before:?}"
    );

    let clock = SystemClock::start();
    let owner = format!("story-keys: {}\r\n", told.story.owner_key().to_hex());
    assert!(is_done(&server.push_as(&withdrawal, &owner)));
    assert_eq!(left_in_rows(&looked_into(place), story), Vec::<String>::new());
    loop {
        let left = found_in(place, &canaries);
        if left.is_empty() {
            break;
        }
        assert!(clock.elapsed() < GONE_LIMIT, "still there: {left:?}");
    }
    // What somebody else told is where it was, before and after the next start.
    let other: Canaries = vec![("other".to_owned(), OTHER.as_bytes().to_vec())];
    assert!(found_in(place, &other).contains_key("other"));
    drop(server);
    let _again = Running::start(place, "debug");
    assert_eq!(found_in(place, &canaries), BTreeMap::new());
    assert!(found_in(place, &other).contains_key("other"));
}

/// TOCTOU: a listener whose right was looked at before the withdrawal is not sent the rest behind it.
#[tokio::test]
async fn er2_who_is_just_listening_gets_not_a_byte_more_once_it_is_taken_back() {
    let house = House::open().await;
    let clip = Brought {
        kind: ClipKind::Drawing,
        media_type: "image/png",
        bytes: drawing(600),
    };
    let spoken = house.came(1, vec![clip]).await;
    house.derive().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let path = path_of(&spoken.told, spoken.id());
    let all = house.get(&path, analyst.cookie.as_deref()).await.body.len();
    let mut body = house.open_body(&path, &analyst).await;
    let mut got = body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    house.withdraw(&spoken.told).await;
    // What was read from the disk before may still come; a stretch is 64 KB.
    let mut ended = None;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => got += frame.into_data().unwrap().len(),
            Err(error) => ended = Some(error),
        }
    }
    assert!(
        ended.is_some() && got <= 2 << 16 && all > 1 << 19,
        "{got} of {all}"
    );
}

/// A request that was seen on its way, sent again by somebody later: neither by its own id nor under a new one does it
/// make anything wider, or bring anything back.
#[tokio::test]
async fn er3_a_request_sent_again_widens_nothing_and_brings_nothing_back() {
    let house = House::open().await;
    let told = house.told("Wie mag dit horen?");
    let brought = told.envelope.clone();
    house.push_one(brought.clone(), &Who::nobody()).await;
    let choose = |seen, answer| {
        house.envelope(Command::ChangeConsent(ChangeConsent {
            story: told.story.id,
            voice: Voice::First,
            seen,
            saw: None,
            choices: told.story.choices().with(Use::Public, answer),
            guardian: None,
        }))
    };
    let public = async || {
        let analyst = house.signed_in(Role::Analyst).await;
        house.read_story(&told, &analyst).await.summary.consent.public
    };
    let (no, yes) = (choose(1, Answer::No), choose(2, Answer::Yes));
    house.push_one(no, &told.owner()).await;
    house.push_one(yes.clone(), &told.owner()).await;
    assert_eq!(public().await, Answer::Yes);
    house.push_one(choose(3, Answer::No), &told.owner()).await;
    // The same request; the same wish under a new id; the same without the key.
    assert!(is_done(&Some(house.push_one(yes.clone(), &told.owner()).await)));
    assert_eq!(public().await, Answer::No);
    let again = house
        .push_one(envelope(yes.command.clone(), 5), &told.owner())
        .await;
    assert_eq!(rejected(&again), Problem::ConsentOutdated { current: 4 });
    let strange = house
        .push_one(envelope(yes.command.clone(), 6), &Who::nobody())
        .await;
    assert_eq!(rejected(&strange), Problem::StoryUnknown);
    assert_eq!(public().await, Answer::No);
    house.withdraw(&told).await;
    for (seed, command) in [(7, brought.command.clone()), (8, yes.command.clone())] {
        let verdict = house.push_one(envelope(command, seed), &told.owner()).await;
        assert_eq!(rejected(&verdict), Problem::StoryWithdrawn);
    }
    assert_eq!(
        rejected(&house.push_one(brought, &told.owner()).await),
        Problem::StoryWithdrawn
    );
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(house.library(&analyst).await, []);
}
