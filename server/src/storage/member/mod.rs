//! People who work in a project.

use super::{Error, Tx, from_word, word};
use domain::id::{MemberId, ProjectId};
use domain::member::Member;
use rusqlite::{Connection, Row, named_params};

/// Everybody who works in a project, by role.
///
/// # Errors
/// When the database cannot be read.
pub fn of_project(db: &Connection, project: ProjectId) -> Result<Vec<Member>, Error> {
    let mut statement = db.prepare_cached(OF_PROJECT)?;
    let rows = statement.query_map(named_params! {":project": project.0}, columns)?;
    rows.map(|row| from_row(row?)).collect()
}

/// Adds somebody.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx<'_>, member: &Member) -> Result<(), Error> {
    let role = word(&member.role)?;
    tx.prepare_cached(INSERT)?
        .execute(named_params! {":id": member.id.0, ":project": member.project.0, ":role": role})?;
    Ok(())
}

pub(super) type Columns = (uuid::Uuid, uuid::Uuid, String);

pub(super) fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get("id")?, row.get("project")?, row.get("role")?))
}

pub(super) fn from_row((id, project, role): Columns) -> Result<Member, Error> {
    Ok(Member {
        id: MemberId(id),
        project: ProjectId(project),
        role: from_word(&role)?,
    })
}

const OF_PROJECT: &str = "SELECT id, project, role FROM member WHERE project = :project ORDER BY role";
const INSERT: &str = "INSERT INTO member (id, project, role) VALUES (:id, :project, :role)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[OF_PROJECT, INSERT];
