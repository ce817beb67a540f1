//! Projects and their doors.

use super::{Error, Tx, kept, parsed};
use domain::id::ProjectId;
use domain::project::{EntryCode, Project};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// The project with this id.
///
/// # Errors
/// When the database cannot be read.
pub fn by_id(db: &Connection, id: ProjectId) -> Result<Option<Project>, Error> {
    db.prepare_cached(BY_ID)?
        .query_row(named_params! {":id": id.0}, content)
        .optional()?
        .map(from_row)
        .transpose()
}

/// The project with this door.
///
/// # Errors
/// When the database cannot be read.
pub fn by_entry(db: &Connection, code: &EntryCode) -> Result<Option<Project>, Error> {
    let found = db
        .prepare_cached(BY_ENTRY)?
        .query_row(named_params! {":code": code.as_str()}, content);
    found.optional()?.map(from_row).transpose()
}

/// Whether there is any project at all.
///
/// # Errors
/// When the database cannot be read.
pub fn any(db: &Connection) -> Result<bool, Error> {
    Ok(db.prepare_cached(ANY)?.query_row([], |row| row.get(0))?)
}

/// Keeps a new project and opens its doors.
///
/// # Errors
/// When the database cannot be written, or a door's code is taken.
pub fn insert(tx: &Tx<'_>, project: &Project) -> Result<(), Error> {
    let content = kept(project)?;
    tx.prepare_cached(INSERT)?
        .execute(named_params! {":id": project.id.0, ":content": content})?;
    for entry in &project.entries {
        tx.prepare_cached(INSERT_ENTRY)?
            .execute(named_params! {":code": entry.code.as_str(), ":project": project.id.0})?;
    }
    Ok(())
}

fn content(row: &Row<'_>) -> rusqlite::Result<String> {
    row.get(0)
}

fn from_row(content: String) -> Result<Project, Error> {
    parsed(&content)
}

const BY_ID: &str = "SELECT content FROM project WHERE id = :id";
const BY_ENTRY: &str =
    "SELECT project.content FROM entry JOIN project ON project.id = entry.project WHERE entry.code = :code";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM project)";
const INSERT: &str = "INSERT INTO project (id, content) VALUES (:id, :content)";
const INSERT_ENTRY: &str = "INSERT INTO entry (code, project) VALUES (:code, :project)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BY_ID, BY_ENTRY, ANY, INSERT, INSERT_ENTRY];
