//! Stories, their consent and the words to find them by.

mod consent;
mod write;

pub use consent::change_consent;
pub use write::{insert, keep_withdrawn, revise, withdraw};

use super::{Error, Keys, derivative, from_word, heard, parsed, project};
use domain::Sha256;
use domain::clip::{Clip, ClipKind, Measuring};
use domain::consent::Use;
use domain::decide::StoryFacts;
use domain::id::{ClipId, ProjectId, PromptId, StoryId};
use domain::key::Holds;
use domain::member::Member;
use domain::project::EntryCode;
use domain::story::{
    Content, Happening, OpenedStory, Origin, OwnState, OwnStory, ReadStory, SharedStory, Story, StoryRow,
    StorySummary, Told,
};
use domain::sync::authority::Brought;
use domain::sync::protocol::Acknowledgement;
use domain::time::Timestamp;
use domain::voices::Consents;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// The most stories one search names.
pub const SEARCH_LIMIT: u32 = 500;
/// The most words of one search that count.
const SEARCH_WORDS: usize = 16;

/// A story as the library's list may show it; `None` when there is none, not all of it arrived (ME9), or its teller did
/// not allow it.
///
/// # Errors
/// When the database cannot be read.
pub fn summary(db: &Connection, id: StoryId) -> Result<Option<StorySummary>, Error> {
    let Some((story, consent)) = arrived(db, id)? else {
        return Ok(None);
    };
    Ok(SharedStory::new(&story, &consent, Use::Analysis).map(|shared| shared.summary()))
}

/// A story opened by a member to be read; `None` alike when there is none, when the member may not, and when the
/// teller did not allow it. Membership, consent and content are of one moment.
///
/// # Errors
/// When the database cannot be read.
pub fn reading(db: &Connection, id: StoryId, member: &Member) -> Result<Option<ReadStory>, Error> {
    let Some((story, consent)) = arrived(db, id)? else {
        return Ok(None);
    };
    if !member.can_read_stories(story.project()) {
        return Ok(None);
    }
    let measuring = derivative::of_story(db, id)?;
    Ok(SharedStory::new(&story, &consent, Use::Analysis).map(|shared| shared.reading(&measuring)))
}

/// What came of a clip for a member who may hear it, and the hash of its derivative; `None` alike when there is no such
/// clip in the story, when the member may not, and when the teller did not allow it.
///
/// # Errors
/// When the database cannot be read.
pub fn hearing(db: &Connection, id: StoryId, clip: ClipId, member: &Member) -> Result<Option<Heard>, Error> {
    let Some((story, consent)) = arrived(db, id)? else {
        return Ok(None);
    };
    if !member.can_read_stories(story.project()) {
        return Ok(None);
    }
    match SharedStory::new(&story, &consent, Use::Analysis).and_then(|shared| shared.clip(clip)) {
        Some(_) => derivative::of_clip(db, clip),
        None => Ok(None),
    }
}

/// What came of a clip, and the hash of its derivative.
pub type Heard = (Measuring, Option<Sha256>);

/// What came of a clip for the teller of the story, which was settled before.
///
/// # Errors
/// When the database cannot be read.
pub fn hearing_own(db: &Connection, id: StoryId, clip: ClipId) -> Result<Option<Heard>, Error> {
    let found = finalized(db, id)?;
    match found.filter(|(story, _)| story.clips().iter().any(|own| own.id == clip)) {
        Some(_) => derivative::of_clip(db, clip),
        None => Ok(None),
    }
}

/// A story for who holds an owner key of it, as far as that key is told (CO19); once withdrawn, that it was.
///
/// # Errors
/// When the database cannot be read.
pub fn own(db: &Connection, id: StoryId, holds: Holds) -> Result<Option<OwnStory>, Error> {
    if let Some((story, consent)) = finalized(db, id)? {
        return Ok(story.for_owner(holds, &consent));
    }
    let stays = db
        .prepare_cached(WHAT_STAYS)?
        .query_row(named_params! {":id": id.0}, |row| {
            Ok(OwnStory {
                id,
                project: ProjectId(row.get("project")?),
                state: OwnState::Withdrawn,
                held_until: row.get::<_, Option<i64>>("held_until")?.map(Timestamp),
            })
        });
    Ok(stays.optional()?)
}

/// CD5: the story that one of these keys owns, as its teller is told of it; `None` alike for a key that opens nothing and
/// for that of a story which was taken back.
///
/// # Errors
/// When the database cannot be read.
pub fn opened(db: &Connection, keys: &Keys) -> Result<Option<OpenedStory>, Error> {
    for key in keys.stored() {
        let mut statement = db.prepare_cached(BY_KEY)?;
        let found = statement.query_row(named_params! {":key": key}, |row| row.get(0).map(StoryId));
        if let Some(id) = found.optional()? {
            return opened_one(db, id, keys);
        }
    }
    Ok(None)
}

fn opened_one(db: &Connection, id: StoryId, keys: &Keys) -> Result<Option<OpenedStory>, Error> {
    let holds = holds(db, id, keys)?;
    let Some((story, consent)) = finalized(db, id)? else {
        return Ok(None);
    };
    let Some(own) = story.for_owner(holds, &consent) else {
        return Ok(None);
    };
    let project =
        project::by_id(db, story.project())?.ok_or(Error::Damaged("a story without its project"))?;
    let row = story.into_row();
    Ok(Some(OpenedStory {
        story: own,
        prompt: row.origin.prompt,
        project: Box::new(project),
        told_at: row.told_at,
        whole: is_whole(db, id)?,
        happened: Happening::of(row.received_at, heard::count(db, id)?),
    }))
}

/// What was told of a story so far, with its edition.
///
/// # Errors
/// When the database cannot be read.
pub fn told(db: &Connection, id: StoryId) -> Result<Option<Told>, Error> {
    Ok(finalized(db, id)?.map(|(story, _)| story.told()))
}

/// What is true of a story for somebody with these keys.
///
/// # Errors
/// When the database cannot be read.
pub fn facts(db: &Connection, id: StoryId, keys: &Keys) -> Result<StoryFacts, Error> {
    let mut statement = db.prepare_cached(FACTS)?;
    let row = statement.query_row(named_params! {":id": id.0}, |row| {
        let holds = keys.hold(
            row.get_ref("owner_key")?.as_blob()?,
            row.get_ref("second_key")?.as_blob_or_null()?,
            row.get_ref("upload_key")?.as_blob()?,
        );
        Ok((holds, row.get("project")?, row.get("whole")?))
    });
    let Some((holds, project, whole)) = row.optional()? else {
        return Ok(StoryFacts::Unknown);
    };
    Ok(match consent::consents(db, id)? {
        None => StoryFacts::Withdrawn { holds },
        Some(consent) => StoryFacts::Finalized {
            project: ProjectId(project),
            consent,
            whole,
            holds,
        },
    })
}

/// What these keys may do with a story; nothing with one that never was.
///
/// # Errors
/// When the database cannot be read.
pub fn holds(db: &Connection, id: StoryId, keys: &Keys) -> Result<Holds, Error> {
    Ok(match facts(db, id, keys)? {
        StoryFacts::Unknown => Holds::Nothing,
        StoryFacts::Finalized { holds, .. } | StoryFacts::Withdrawn { holds } => holds,
    })
}

/// What of a story is here; when all of it is, named by its hashes.
///
/// # Errors
/// When the database cannot be read.
pub fn brought(db: &Connection, id: StoryId) -> Result<Brought, Error> {
    let Some((story, consent)) = finalized(db, id)? else {
        return Ok(Brought::Withdrawn);
    };
    if !is_whole(db, id)? {
        return Ok(Brought::InPart);
    }
    let parts = story
        .into_row()
        .content
        .parts()
        .into_iter()
        .map(|part| part.sha256)
        .collect();
    Ok(Brought::Whole(Acknowledgement {
        story: id,
        version: 1,
        parts,
        consent: consent.version(),
    }))
}

/// ME9: whether every byte of a story arrived.
///
/// # Errors
/// When the database cannot be read.
pub fn is_whole(db: &Connection, id: StoryId) -> Result<bool, Error> {
    Ok(db
        .prepare_cached(IS_WHOLE)?
        .query_row(named_params! {":id": id.0}, |row| row.get(0))?)
}

/// The stories of a project in which every word of `query` occurs as the beginning of a word, newest first.
///
/// # Errors
/// When the database cannot be read.
pub fn search(db: &Connection, project: ProjectId, query: &str) -> Result<Vec<StoryId>, Error> {
    let Some(query) = match_expression(query) else {
        return Ok(Vec::new());
    };
    let mut statement = db.prepare_cached(SEARCH)?;
    let parameters = named_params! {":query": query, ":project": project.0, ":limit": SEARCH_LIMIT};
    let found = statement.query_map(parameters, |row| row.get(0).map(StoryId))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What a person typed as an FTS5 expression without any operator: each word quoted, and open at its end.
fn match_expression(query: &str) -> Option<String> {
    let words = query
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|w| w.chars().any(char::is_alphanumeric));
    let quoted: Vec<_> = words
        .take(SEARCH_WORDS)
        .map(|w| format!("\"{}\"*", w.replace('"', "\"\"")))
        .collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

/// ME9: a story of which every byte arrived; others are not for anybody but their teller.
fn arrived(db: &Connection, id: StoryId) -> Result<Option<(Story, Consents)>, Error> {
    if is_whole(db, id)? {
        finalized(db, id)
    } else {
        Ok(None)
    }
}

fn finalized(db: &Connection, id: StoryId) -> Result<Option<(Story, Consents)>, Error> {
    let mut statement = db.prepare_cached(FINALIZED)?;
    let row = statement.query_row(named_params! {":id": id.0}, Columns::read);
    let Some(columns) = row.optional()? else {
        return Ok(None);
    };
    let clips = clips(db, id)?;
    let consent = consent::consents(db, id)?.ok_or(Error::Damaged("a story without consent"))?;
    Ok(Some((Columns::from_row(columns, clips)?, consent)))
}

/// The clips of a story, in the order told.
fn clips(db: &Connection, id: StoryId) -> Result<Vec<Clip>, Error> {
    let mut statement = db.prepare_cached(CLIPS)?;
    let rows = statement.query_map(named_params! {":id": id.0}, |row| {
        let kind: String = row.get("kind")?;
        let clip = Clip {
            id: ClipId(row.get("id")?),
            kind: ClipKind::Sound,
            media_type: row.get("media_type")?,
            length: row.get("length")?,
            millis: row.get("millis")?,
            sha256: Sha256(row.get("sha256")?),
            words: row.get("words")?,
        };
        Ok((kind, clip))
    })?;
    rows.map(|row| {
        let (kind, clip) = row?;
        let kind = from_word(&kind)?;
        Ok(Clip { kind, ..clip })
    })
    .collect()
}

struct Columns {
    id: uuid::Uuid,
    project: uuid::Uuid,
    entry: Option<String>,
    prompt: uuid::Uuid,
    title: Option<String>,
    pictures: String,
    text: Option<String>,
    language: String,
    perspective: String,
    tags: String,
    answers: Option<String>,
    told_at: i64,
    received_at: i64,
    edition: u32,
}

impl Columns {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            project: row.get("project")?,
            entry: row.get("entry")?,
            prompt: row.get("prompt")?,
            title: row.get("title")?,
            pictures: row.get("pictures")?,
            text: row.get("text")?,
            language: row.get("language")?,
            perspective: row.get("perspective")?,
            tags: row.get("tags")?,
            answers: row.get("answers")?,
            told_at: row.get("told_at")?,
            received_at: row.get("received_at")?,
            edition: row.get("edition")?,
        })
    }

    fn from_row(columns: Self, clips: Vec<Clip>) -> Result<Story, Error> {
        let damaged = Error::Damaged("a story's entry code does not read back");
        let entry = columns
            .entry
            .map(EntryCode::try_from)
            .transpose()
            .map_err(|_| damaged)?;
        let row = StoryRow {
            id: StoryId(columns.id),
            origin: Origin {
                project: ProjectId(columns.project),
                entry,
                prompt: PromptId(columns.prompt),
            },
            content: Content {
                title: columns.title,
                pictures: parsed(&columns.pictures)?,
                text: columns.text,
                language: columns.language,
                perspective: from_word(&columns.perspective)?,
                tags: parsed(&columns.tags)?,
                answers: columns.answers.as_deref().map_or(Ok(Vec::new()), parsed)?,
                clips,
            },
            told_at: Timestamp(columns.told_at),
            received_at: Timestamp(columns.received_at),
            edition: columns.edition,
        };
        Ok(Story::from(row))
    }
}

const FINALIZED: &str = "SELECT * FROM story WHERE id = :id AND state = 'finalized'";
const CLIPS: &str = "SELECT * FROM clip WHERE story = :id ORDER BY place";
const IS_WHOLE: &str = "SELECT NOT EXISTS (SELECT 1 FROM clip WHERE story = :id AND NOT arrived)";
const BY_KEY: &str = include_str!("by_key.sql");
const WHAT_STAYS: &str = "SELECT project, held_until FROM story WHERE id = :id";
const FACTS: &str = include_str!("facts.sql");
const SEARCH: &str = include_str!("search.sql");

#[cfg(test)]
pub(super) const STATEMENTS: &[&[&str]] = &[
    &[FINALIZED, CLIPS, IS_WHOLE, BY_KEY, WHAT_STAYS, FACTS, SEARCH],
    consent::STATEMENTS,
    write::STATEMENTS,
];

#[cfg(test)]
mod tests {
    use super::match_expression;

    #[test]
    fn what_a_person_types_is_never_an_operator() {
        let cases = [
            ("werk gemeente", Some(r#""werk"* "gemeente"*"#)),
            (r#"say "no""#, Some(r#""say"* """no"""*"#)),
            (
                "a OR b* NEAR(c) words:d -e",
                Some(r#""a"* "OR"* "b*"* "NEAR(c)"* "words:d"* "-e"*"#),
            ),
            (" \t\0 ", None),
            ("* - \" :", None),
        ];
        for (typed, expression) in cases {
            assert_eq!(match_expression(typed).as_deref(), expression, "{typed}");
        }
    }
}
