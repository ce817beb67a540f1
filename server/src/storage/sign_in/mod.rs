//! One-time links and the sign-ins they open. Of secrets and tokens only the SHA-256 is kept; both are at least 128
//! random bits, so a slow hash would add nothing.

use super::{Error, Tx, lease, member};
use domain::Sha256;
use domain::id::MemberId;
use domain::member::Member;
use domain::time::{Span, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

/// How long a link works.
pub const LINK_LIFETIME: Span = Span::days(1);
/// How long a sign-in lasts.
pub const LIFETIME: Span = Span::days(30);

/// The member who signed in with this token, if the sign-in still holds.
///
/// # Errors
/// When the database cannot be read.
pub fn member(db: &Connection, token: Option<Sha256>, now: Timestamp) -> Result<Option<Member>, Error> {
    let Some(token) = token else { return Ok(None) };
    let mut statement = db.prepare_cached(MEMBER)?;
    let row = statement.query_row(named_params! {":token": token.0, ":now": now.0}, member::columns);
    row.optional()?.map(member::from_row).transpose()
}

/// Lets a member in once with a secret that has this hash, within a day.
///
/// # Errors
/// When the database cannot be written.
pub fn insert_link(tx: &Tx<'_>, secret: Sha256, member: MemberId, now: Timestamp) -> Result<(), Error> {
    let expires = now.after(LINK_LIFETIME).0;
    tx.prepare_cached(INSERT_LINK)?
        .execute(named_params! {":secret": secret.0, ":member": member.0, ":expires": expires})?;
    Ok(())
}

/// Takes back a member's links that nobody used.
///
/// # Errors
/// When the database cannot be written.
pub fn remove_links(tx: &Tx<'_>, member: MemberId) -> Result<(), Error> {
    tx.prepare_cached(REMOVE_LINKS)?
        .execute(named_params! {":member": member.0})?;
    Ok(())
}

/// Uses up a link and opens a sign-in under a new token; ends the sign-in the browser had before. False when the link
/// was used, has expired or never was.
///
/// # Errors
/// When the database cannot be written.
pub fn open(
    tx: &Tx<'_>,
    secret: Sha256,
    token: Sha256,
    before: Option<Sha256>,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut used = tx.prepare_cached(USE_LINK)?;
    let member = used
        .query_row(named_params! {":secret": secret.0, ":now": now.0}, |row| {
            row.get(0)
        })
        .optional()?;
    let Some(member) = member.map(MemberId) else {
        return Ok(false);
    };
    if let Some(before) = before {
        end(tx, before)?;
    }
    tx.prepare_cached(INSERT)?.execute(named_params! {
        ":token": token.0, ":member": member.0, ":now": now.0, ":expires": now.after(LIFETIME).0, ":day": day(now),
    })?;
    Ok(true)
}

/// Until when a sign-in holds, if it does.
///
/// # Errors
/// When the database cannot be read.
pub fn until(db: &Connection, token: Sha256, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let parameters = named_params! {":token": token.0, ":now": now.0};
    let until = db
        .prepare_cached(UNTIL)?
        .query_row(parameters, |row| row.get(0))
        .optional()?;
    Ok(until.map(Timestamp))
}

/// Ends a sign-in. LI8: what it has open ends as well; LE5: its device erased what it held, or does so with this
/// answer.
///
/// # Errors
/// When the database cannot be written.
pub fn end(tx: &Tx<'_>, token: Sha256) -> Result<(), Error> {
    lease::end(tx, token)?;
    let mut ended = tx.prepare_cached(END)?;
    let member = ended
        .query_row(named_params! {":token": token.0}, |row| row.get(0))
        .optional()?;
    if let Some(member) = member {
        tx.rights_changed(MemberId(member));
    }
    Ok(())
}

/// Whether today's use of a sign-in is still to be noted.
///
/// # Errors
/// When the database cannot be read.
pub fn unseen_today(db: &Connection, token: Sha256, now: Timestamp) -> Result<bool, Error> {
    let parameters = named_params! {":token": token.0, ":day": day(now)};
    Ok(db
        .prepare_cached(UNSEEN)?
        .query_row(parameters, |row| row.get(0))?)
}

/// Notes the day a sign-in was last used; never the hour.
///
/// # Errors
/// When the database cannot be written.
pub fn seen(tx: &Tx<'_>, token: Sha256, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(SEEN)?
        .execute(named_params! {":token": token.0, ":day": day(now)})?;
    Ok(())
}

/// S10: removes sign-ins and links that are over, so that a clock that goes back lets nobody in again.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(FORGET)?
        .execute(named_params! {":now": now.0})?;
    tx.prepare_cached(FORGET_LINKS)?
        .execute(named_params! {":now": now.0})?;
    Ok(())
}

fn day(now: Timestamp) -> i64 {
    now.0.div_euclid(Span::days(1).0)
}

const MEMBER: &str = include_str!("member.sql");
const INSERT_LINK: &str =
    "INSERT INTO sign_in_link (secret, member, expires_at) VALUES (:secret, :member, :expires)";
const REMOVE_LINKS: &str = "DELETE FROM sign_in_link WHERE member = :member";
const USE_LINK: &str = include_str!("use_link.sql");
const INSERT: &str = include_str!("insert.sql");
const END: &str = "UPDATE sign_in SET revoked = 1 WHERE token = :token RETURNING member";
const UNTIL: &str =
    "SELECT expires_at FROM sign_in WHERE token = :token AND revoked = 0 AND expires_at > :now";
const UNSEEN: &str = "SELECT EXISTS (SELECT 1 FROM sign_in WHERE token = :token AND seen_day < :day)";
const FORGET: &str = "DELETE FROM sign_in WHERE revoked = 1 OR expires_at <= :now";
const FORGET_LINKS: &str = "DELETE FROM sign_in_link WHERE used = 1 OR expires_at <= :now";
const SEEN: &str = "UPDATE sign_in SET seen_day = :day WHERE token = :token";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    MEMBER,
    INSERT_LINK,
    REMOVE_LINKS,
    USE_LINK,
    INSERT,
    END,
    UNTIL,
    UNSEEN,
    SEEN,
    FORGET,
    FORGET_LINKS,
];
