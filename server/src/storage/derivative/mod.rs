//! What others are handed out for clips: what is still to be made of which bytes, and what came of it. A story that was
//! taken back has no clips any more, so no late result finds a row to stand in.

use super::{Error, Tx, from_word, kept, parsed, scope, story};
use crate::media::derive::Claim;
use domain::Sha256;
use domain::change::Change;
use domain::clip::{ClipKind, Measured, Measuring};
use domain::decide::StoryFacts;
use domain::id::{ClipId, StoryId};
use domain::scope::touched;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

/// How often making a derivative is tried before it is given up.
pub const TRIES: u32 = 3;

/// A clip of which nothing can be handed out yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub clip: ClipId,
    /// What it says of itself.
    pub claim: Claim,
    /// In bytes.
    pub length: u64,
    /// Of the bytes that arrived.
    pub sha256: Sha256,
}

/// The next clip to be made something of.
///
/// # Errors
/// When the database cannot be read.
pub fn next(db: &Connection) -> Result<Option<Waiting>, Error> {
    let found = db
        .prepare_cached(WAITING)?
        .query_row(named_params! {":tries": TRIES}, |row| {
            let kind: String = row.get("kind")?;
            let waiting = Waiting {
                clip: ClipId(row.get("id")?),
                claim: Claim {
                    kind: ClipKind::Sound,
                    media_type: row.get("media_type")?,
                },
                length: row.get("length")?,
                sha256: Sha256(row.get("sha256")?),
            };
            Ok((kind, waiting))
        });
    let Some((kind, mut waiting)) = found.optional()? else {
        return Ok(None);
    };
    waiting.claim.kind = from_word(&kind)?;
    Ok(Some(waiting))
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A derivative, with its hash.
    Derivative(Measured, Sha256),
    /// Nothing, and another try will give nothing either.
    Refused,
    /// Nothing this time.
    Failed,
}

/// Keeps what came of a try, and tells who follows the story. False when the story was taken back meanwhile.
///
/// # Errors
/// When the database cannot be written.
pub fn keep(tx: &Tx<'_>, clip: ClipId, made: &Made, now: Timestamp) -> Result<bool, Error> {
    let (measured, derived, more) = match made {
        Made::Derivative(measured, hash) => (Some(kept(measured)?), Some(hash.0), 0),
        Made::Refused => (None, None, TRIES),
        Made::Failed => (None, None, 1),
    };
    let changed = tx.prepare_cached(KEEP)?.query_row(
        named_params! {":clip": clip.0, ":measured": measured, ":derived": derived, ":more": more},
        |row| Ok((StoryId(row.get("story")?), row.get::<_, u32>("tries")?)),
    );
    let Some((story, tries)) = changed.optional()? else {
        return Ok(false);
    };
    if measured.is_some() || tries >= TRIES {
        tell(tx, story, now)?;
    }
    Ok(true)
}

/// DE5: who follows a story hears that there is something else to hear or see of it.
fn tell(tx: &Tx<'_>, story: StoryId, now: Timestamp) -> Result<(), Error> {
    if let StoryFacts::Finalized {
        project,
        consent,
        whole: true,
        withheld,
        ..
    } = story::facts(tx, story, &super::Keys::default())?
    {
        let again = Change::StoryArrived {
            story,
            project,
            consent,
            withheld: withheld.is_some(),
        };
        for line in touched(&again) {
            scope::write(tx, &line, now)?;
        }
    }
    Ok(())
}

/// The derivative of a clip is lost: it is to be made anew.
///
/// # Errors
/// When the database cannot be written.
pub fn lost(tx: &Tx<'_>, clip: ClipId, now: Timestamp) -> Result<(), Error> {
    let story = tx
        .prepare_cached(LOST)?
        .query_row(named_params! {":clip": clip.0}, |row| row.get(0).map(StoryId));
    story.optional()?.map_or(Ok(()), |story| tell(tx, story, now))
}

/// What was given up is tried again: another version may know better what to make of it.
///
/// # Errors
/// When the database cannot be written.
pub fn try_again(tx: &Tx<'_>) -> Result<(), Error> {
    tx.prepare_cached(TRY_AGAIN)?.execute([])?;
    Ok(())
}

/// What came of every clip of a story. Whether anybody may know is settled before.
///
/// # Errors
/// When the database cannot be read.
pub fn of_story(db: &Connection, story: StoryId) -> Result<Vec<(ClipId, Measuring)>, Error> {
    let mut statement = db.prepare_cached(OF_STORY)?;
    let rows = statement.query_map(named_params! {":story": story.0}, |row| {
        Ok((row.get(0).map(ClipId)?, row.get(1)?, row.get(2)?))
    })?;
    rows.map(|row| {
        let (clip, measured, tries): (_, Option<String>, u32) = row?;
        Ok((clip, measuring(measured.as_deref(), tries)?))
    })
    .collect()
}

/// What came of one clip of a story, and the hash of its derivative. Whether anybody may know is settled before.
///
/// # Errors
/// When the database cannot be read.
pub fn of_clip(db: &Connection, clip: ClipId) -> Result<Option<(Measuring, Option<Sha256>)>, Error> {
    let found = db
        .prepare_cached(OF_CLIP)?
        .query_row(named_params! {":clip": clip.0}, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
    let Some((measured, tries, derived)) = found.optional()? else {
        return Ok(None);
    };
    let (measured, derived): (Option<String>, Option<[u8; 32]>) = (measured, derived);
    Ok(Some((
        measuring(measured.as_deref(), tries)?,
        derived.map(Sha256),
    )))
}

fn measuring(measured: Option<&str>, tries: u32) -> Result<Measuring, Error> {
    Ok(match measured {
        Some(measured) => Measuring::Done(parsed(measured)?),
        None if tries >= TRIES => Measuring::Refused,
        None => Measuring::Waiting,
    })
}

/// What the database says must be on the disk of a clip that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub clip: ClipId,
    /// Of which story.
    pub story: StoryId,
    /// Of the bytes that arrived.
    pub sha256: Sha256,
    /// Of the derivative, when there is one.
    pub derived: Option<Sha256>,
}

/// Every clip that arrived.
///
/// # Errors
/// When the database cannot be read.
pub fn all(db: &Connection) -> Result<Vec<Kept>, Error> {
    let mut statement = db.prepare_cached(ALL)?;
    let rows = statement.query_map([], |row| {
        Ok(Kept {
            clip: ClipId(row.get("id")?),
            story: StoryId(row.get("story")?),
            sha256: Sha256(row.get("sha256")?),
            derived: row.get::<_, Option<_>>("derived")?.map(Sha256),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const WAITING: &str = include_str!("waiting.sql");
const KEEP: &str = "UPDATE clip SET measured = :measured, derived = :derived, tries = tries + :more WHERE id = :clip AND arrived = 1 RETURNING story, tries";
const LOST: &str =
    "UPDATE clip SET measured = NULL, derived = NULL, tries = 0 WHERE id = :clip RETURNING story";
const TRY_AGAIN: &str = "UPDATE clip SET tries = 0 WHERE arrived = 1 AND measured IS NULL AND tries > 0";
const OF_STORY: &str = "SELECT id, measured, tries FROM clip WHERE story = :story";
const OF_CLIP: &str = "SELECT measured, tries, derived FROM clip WHERE id = :clip";
const ALL: &str = "SELECT id, story, sha256, derived FROM clip WHERE arrived = 1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[WAITING, KEEP, LOST, TRY_AGAIN, OF_STORY, OF_CLIP, ALL];
