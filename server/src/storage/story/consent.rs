//! What each who speaks in a story allows.

use super::super::{Error, Tx, from_word, kept, parsed, word};
use domain::consent::{Consent, Wording};
use domain::id::StoryId;
use domain::time::Timestamp;
use domain::voices::{Consents, Voice};
use rusqlite::{Connection, named_params};

/// What holds now; a withdrawn story has no consent at all.
///
/// # Errors
/// When the database cannot be read.
pub(super) fn consents(db: &Connection, id: StoryId) -> Result<Option<Consents>, Error> {
    let mut statement = db.prepare_cached(CONSENTS)?;
    let mut rows = statement.query(named_params! {":id": id.0})?;
    let (mut first, mut second) = (None, None);
    while let Some(row) = rows.next()? {
        let guardian: Option<String> = row.get("guardian")?;
        let consent = Consent {
            version: row.get("version")?,
            wording: Wording(row.get("wording")?),
            choices: parsed(&row.get::<_, String>("choices")?)?,
            guardian: guardian.as_deref().map(from_word).transpose()?,
        };
        match from_word(&row.get::<_, String>("voice")?)? {
            Voice::First => first = Some(consent),
            Voice::Second => second = Some(consent),
        }
    }
    Ok(first.map(|first| Consents::new(first, second)))
}

/// Adds what one voice allows from now on; earlier consents stay as history.
///
/// # Errors
/// When the database cannot be written.
pub fn change_consent(
    tx: &Tx<'_>,
    story: StoryId,
    voice: Voice,
    consents: &Consents,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(consent) = consents.of(voice) else {
        return Ok(());
    };
    tx.prepare_cached(INSERT_CONSENT)?.execute(named_params! {
        ":story": story.0, ":voice": word(&voice)?, ":version": consent.version, ":wording": consent.wording.0,
        ":choices": kept(&consent.choices)?, ":guardian": consent.guardian.as_ref().map(word).transpose()?,
        ":at": now.0,
    })?;
    Ok(())
}

const CONSENTS: &str = include_str!("consents.sql");
const INSERT_CONSENT: &str = include_str!("insert_consent.sql");

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CONSENTS, INSERT_CONSENT];
