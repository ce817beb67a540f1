//! How a story comes and goes.

use super::super::withdrawn::{Known, Withdrawn};
use super::super::{Error, Tx, clip, kept, scope, word};
use super::consent::change_consent;
use domain::change::{Change, Received};
use domain::consent::Use;
use domain::id::{ClipId, ProjectId, StoryId};
use domain::scope::touched;
use domain::story::{SharedStory, Told};
use domain::time::Timestamp;
use domain::voices::{Consents, Voice};
use rusqlite::named_params;

/// Keeps a story that came in, with its consent, and makes it findable.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx<'_>, received: Received, now: Timestamp) -> Result<(), Error> {
    let Received {
        story,
        consent,
        owner_key_hash,
        second_key_hash,
        upload_key_hash,
    } = received;
    let shared = SharedStory::new(&story, &consent, Use::Analysis);
    let searchable = shared.map(|shared| shared.searchable()).unwrap_or_default();
    let row = story.into_row();
    let answers = &row.content.answers;
    let answers = (!answers.is_empty()).then(|| kept(answers)).transpose()?;
    let number: i64 = tx.prepare_cached(INSERT)?.query_row(
        named_params! {
            ":id": row.id.0,
            ":project": row.origin.project.0,
            ":owner_key": tx.pepper.stored(&owner_key_hash),
            ":second_key": second_key_hash.map(|hash| tx.pepper.stored(&hash)),
            ":upload_key": tx.pepper.stored(&upload_key_hash),
            ":entry": row.origin.entry.map(String::from),
            ":prompt": row.origin.prompt.0,
            ":title": row.content.title,
            ":pictures": kept(&row.content.pictures)?,
            ":text": row.content.text,
            ":language": row.content.language,
            ":perspective": word(&row.content.perspective)?,
            ":tags": kept(&row.content.tags)?,
            ":answers": answers,
            ":told_at": row.told_at.0,
            ":received_at": row.received_at.0,
        },
        |row| row.get(0),
    )?;
    tx.prepare_cached(INSERT_WORDS)?
        .execute(named_params! {":number": number, ":words": searchable})?;
    for (place, clip) in row.content.clips.iter().enumerate() {
        tx.prepare_cached(INSERT_CLIP)?.execute(named_params! {
            ":id": clip.id.0, ":story": row.id.0, ":place": place as i64, ":kind": word(&clip.kind)?,
            ":media_type": clip.media_type, ":length": clip.length, ":millis": clip.millis,
            ":sha256": clip.sha256.0, ":words": clip.words,
        })?;
    }
    Voice::ALL
        .into_iter()
        .try_for_each(|voice| change_consent(tx, row.id, voice, &consent, now))
}

/// ED2: what the teller made of it takes the place of what stood there, of which nothing stays: not in the words to find
/// it by, nor the bytes of a part that was taken out.
///
/// # Errors
/// When the database cannot be written.
pub fn revise(tx: &Tx<'_>, id: StoryId, told: Told, consent: &Consents) -> Result<(), Error> {
    let stay: Vec<ClipId> = told.content.clips.iter().map(|clip| clip.id).collect();
    let mut gone = clip::of_story(tx, id)?;
    gone.retain(|clip| !stay.contains(clip));
    for clip in &gone {
        tx.prepare_cached(DELETE_CLIP)?
            .execute(named_params! {":clip": clip.0})?;
    }
    tx.without(gone);
    let number: i64 = tx.prepare_cached(REVISE)?.query_row(
        named_params! {
            ":story": id.0, ":title": told.content.title, ":text": told.content.text, ":edition": told.edition,
        },
        |row| row.get(0),
    )?;
    let story = super::finalized(tx, id)?
        .ok_or(Error::Damaged("a story that was revised and is not there"))?
        .0;
    let shared = SharedStory::new(&story, consent, Use::Analysis);
    let searchable = shared.map(|shared| shared.searchable()).unwrap_or_default();
    tx.prepare_cached(DELETE_WORDS)?
        .execute(named_params! {":story": id.0})?;
    tx.prepare_cached(INSERT_WORDS)?
        .execute(named_params! {":number": number, ":words": searchable})?;
    Ok(())
}

/// Erases a story: what stays is its id, its project and its keyed key hashes. These also go to `withdrawn.log`.
///
/// # Errors
/// When the database cannot be written.
pub fn withdraw(tx: &Tx<'_>, story: StoryId) -> Result<(), Error> {
    let clips = clip::of_story(tx, story)?;
    let id = named_params! {":story": story.0};
    tx.prepare_cached(DELETE_WORDS)?.execute(id)?;
    tx.prepare_cached(DELETE_CONSENT)?.execute(id)?;
    tx.prepare_cached(DELETE_CLIPS)?.execute(id)?;
    tx.prepare_cached(ERASE)?.execute(id)?;
    let known = tx.prepare_cached(KNOWN)?.query_row(id, |row| {
        Ok(Known {
            project: ProjectId(row.get("project")?),
            owner: row.get("owner_key")?,
            upload: row.get("upload_key")?,
            second: row.get("second_key")?,
        })
    })?;
    let known = Some(known);
    tx.withdrawn(Withdrawn { story, known }, clips);
    Ok(())
}

/// SY19: keeps that a story was taken back which this database never had, so that nobody brings it again and its
/// tellers are told. Lines of the log of before this say only the id, which is not enough to answer anybody by; of a
/// project that is not there no story is taken anyway.
///
/// # Errors
/// When the database cannot be written.
pub fn keep_withdrawn(tx: &Tx<'_>, withdrawn: &Withdrawn, now: Timestamp) -> Result<(), Error> {
    let (story, Some(known)) = (withdrawn.story, &withdrawn.known) else {
        return Ok(());
    };
    let project = known.project;
    let kept = tx.prepare_cached(INSERT_WITHDRAWN)?.execute(named_params! {
        ":story": story.0, ":project": project.0, ":owner": known.owner, ":second": known.second,
        ":upload": known.upload,
    })?;
    if kept > 0 {
        for line in touched(&Change::StoryWithdrawn { story, project }) {
            scope::write(tx, &line, now)?;
        }
    }
    Ok(())
}

const INSERT: &str = include_str!("insert.sql");
const INSERT_WORDS: &str = "INSERT INTO story_words (rowid, words) VALUES (:number, :words)";
const DELETE_WORDS: &str =
    "DELETE FROM story_words WHERE rowid = (SELECT number FROM story WHERE id = :story)";
const INSERT_CLIP: &str = include_str!("insert_clip.sql");
const DELETE_CLIP: &str = "DELETE FROM clip WHERE id = :clip";
const REVISE: &str = include_str!("revise.sql");
const DELETE_CLIPS: &str = "DELETE FROM clip WHERE story = :story";
const DELETE_CONSENT: &str = "DELETE FROM consent WHERE story = :story";
const ERASE: &str = include_str!("erase.sql");
const KNOWN: &str = "SELECT project, owner_key, second_key, upload_key FROM story WHERE id = :story";
const INSERT_WITHDRAWN: &str = include_str!("insert_withdrawn.sql");

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    INSERT_WORDS,
    DELETE_WORDS,
    DELETE_CONSENT,
    INSERT_CLIP,
    DELETE_CLIPS,
    DELETE_CLIP,
    REVISE,
    ERASE,
    KNOWN,
    INSERT_WITHDRAWN,
];
