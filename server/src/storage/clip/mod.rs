//! What manifests promise: which bytes may come, which are here, and how much room all of them take. A story that is
//! taken back has no clips any more, so what is asked here is always about stories that stand.

use super::{Error, Keys, Tx};
use domain::Sha256;
use domain::id::{ClipId, StoryId};
use domain::key::Holds;
use domain::project::EntryCode;
use rusqlite::{Connection, OptionalExtension, named_params};

/// What the manifest says of the bytes of one clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Which clip.
    pub id: ClipId,
    /// How many bytes.
    pub length: u64,
    /// Of all its bytes.
    pub sha256: Sha256,
    /// Whether they are here, every one.
    pub arrived: bool,
}

/// What a manifest that stands expects of a clip, whoever asks: for finishing what a kill left undone.
///
/// # Errors
/// When the database cannot be read.
pub fn expected(db: &Connection, id: ClipId) -> Result<Option<Expected>, Error> {
    Ok(read(db, id, &Keys::default())?.map(|(expected, _)| expected))
}

/// What may be delivered with these keys; `None` alike for a clip of no manifest, of a story that was taken back, and
/// of a story that none of these keys belongs to.
///
/// # Errors
/// When the database cannot be read.
pub fn deliverable(db: &Connection, id: ClipId, keys: &Keys) -> Result<Option<Expected>, Error> {
    let found = read(db, id, keys)?.filter(|(_, holds)| *holds >= Holds::Upload);
    Ok(found.map(|(expected, _)| expected))
}

fn read(db: &Connection, id: ClipId, keys: &Keys) -> Result<Option<(Expected, Holds)>, Error> {
    let found = db
        .prepare_cached(EXPECTED)?
        .query_row(named_params! {":id": id.0}, |row| {
            let expected = Expected {
                id,
                length: row.get("length")?,
                sha256: Sha256(row.get("sha256")?),
                arrived: row.get("arrived")?,
            };
            let holds = keys.hold(
                row.get_ref("owner_key")?.as_blob()?,
                row.get_ref("second_key")?.as_blob_or_null()?,
                row.get_ref("upload_key")?.as_blob()?,
            );
            Ok((expected, holds))
        });
    Ok(found.optional()?)
}

/// The story a clip belongs to.
///
/// # Errors
/// When the database cannot be read.
pub fn story(db: &Connection, id: ClipId) -> Result<Option<StoryId>, Error> {
    let found = db
        .prepare_cached(EXPECTED)?
        .query_row(named_params! {":id": id.0}, |row| row.get("story").map(StoryId));
    Ok(found.optional()?)
}

/// The clips of a story.
///
/// # Errors
/// When the database cannot be read.
pub fn of_story(db: &Connection, story: StoryId) -> Result<Vec<ClipId>, Error> {
    let mut statement = db.prepare_cached(OF_STORY)?;
    let rows = statement.query_map(named_params! {":story": story.0}, |row| row.get(0).map(ClipId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every byte of this clip is here and holds against its hash.
///
/// # Errors
/// When the database cannot be written.
pub fn arrived(tx: &Tx<'_>, id: ClipId) -> Result<(), Error> {
    tx.prepare_cached(ARRIVED)?.execute(named_params! {":id": id.0})?;
    Ok(())
}

/// Every clip whose bytes are here, as far as the database knows.
///
/// # Errors
/// When the database cannot be read.
pub fn all_arrived(db: &Connection) -> Result<Vec<ClipId>, Error> {
    let mut statement = db.prepare_cached(ALL_ARRIVED)?;
    let rows = statement.query_map([], |row| row.get(0).map(ClipId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether any story was ever told to this database.
///
/// # Errors
/// When the database cannot be read.
pub fn any_story(db: &Connection) -> Result<bool, Error> {
    Ok(db.prepare_cached(ANY_STORY)?.query_row([], |row| row.get(0))?)
}

/// How many bytes manifests promise on the whole server, arrived or not.
///
/// # Errors
/// When the database cannot be read.
pub fn promised(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached(PROMISED)?.query_row([], |row| row.get(0))?)
}

/// How many of them are still to come.
///
/// # Errors
/// When the database cannot be read.
pub fn coming(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached(COMING)?.query_row([], |row| row.get(0))?)
}

/// How much room is promised to stories that came through one entry point.
///
/// # Errors
/// When the database cannot be read.
pub fn promised_by(db: &Connection, entry: &EntryCode) -> Result<u64, Error> {
    Ok(db
        .prepare_cached(PROMISED_BY)?
        .query_row(named_params! {":entry": entry.as_str()}, |row| row.get(0))?)
}

const EXPECTED: &str = include_str!("expected.sql");
const OF_STORY: &str = "SELECT id FROM clip WHERE story = :story";
const ARRIVED: &str = "UPDATE clip SET arrived = 1 WHERE id = :id";
const ALL_ARRIVED: &str = "SELECT id FROM clip WHERE arrived = 1";
const ANY_STORY: &str = "SELECT EXISTS (SELECT 1 FROM story)";
const PROMISED: &str = "SELECT coalesce(sum(length), 0) FROM clip";
const COMING: &str = "SELECT coalesce(sum(length), 0) FROM clip WHERE arrived = 0";
const PROMISED_BY: &str = include_str!("promised_by.sql");

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    EXPECTED,
    OF_STORY,
    ARRIVED,
    ALL_ARRIVED,
    ANY_STORY,
    PROMISED,
    COMING,
    PROMISED_BY,
];
