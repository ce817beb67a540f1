//! The log of every scope: one line per thing in it, the newest, without content.

use super::{Error, Tx, project, story};
use domain::id::{ProjectId, StoryId};
use domain::scope::{EntityRef, Presence, Row, Scope, Touched};
use domain::sync::protocol::{Line, News, PAGE_LIMIT, Page, Pull};
use rusqlite::{Connection, OptionalExtension, named_params};

/// Writes a line. A thing leaves only a scope it was in: nobody hears of the end of what they never had.
///
/// # Errors
/// When the database cannot be written.
pub fn write(tx: &Tx<'_>, touched: &Touched) -> Result<(), Error> {
    let scope = touched.scope.to_string();
    let (kind, entity) = columns(touched.entity);
    let line = named_params! {":scope": scope, ":kind": kind, ":entity": entity};
    if touched.presence == Presence::Gone
        && !tx.prepare_cached(IS_THERE)?.query_row(line, |row| row.get(0))?
    {
        return Ok(());
    }
    let next = named_params! {":scope": scope};
    let revision: u64 = tx
        .prepare_cached(NEXT_REVISION)?
        .query_row(next, |row| row.get(0))?;
    let presence = match touched.presence {
        Presence::Put => "put",
        Presence::Gone => "gone",
    };
    tx.prepare_cached(WRITE)?.execute(named_params! {
        ":scope": scope, ":kind": kind, ":entity": entity, ":revision": revision, ":presence": presence,
    })?;
    tx.touch(touched.scope);
    Ok(())
}

/// What is new in a scope since a cursor: each thing at most once, with its present content. `None` when there is no
/// such project. Whether the asker may follow the scope is settled before.
///
/// # Errors
/// When the database cannot be read.
pub fn page(db: &Connection, pull: Pull) -> Result<Option<Page>, Error> {
    let scope = pull.scope.to_string();
    let mut statement = db.prepare_cached(REVISION)?;
    let revision = statement
        .query_row(named_params! {":scope": scope}, |row| row.get::<_, u64>(0))
        .optional()?;
    if revision.is_none() && matches!(pull.scope, Scope::Public(_)) {
        return Ok(None);
    }
    let revision = revision.unwrap_or(0);
    // A cursor of the future comes from a database that was lost; what was pulled from it may not be here.
    let reload = pull.cursor > revision;
    let from = if reload { 0 } else { pull.cursor };
    let mut statement = db.prepare_cached(SINCE)?;
    let limit = PAGE_LIMIT as u64 + 1;
    let found = statement.query_map(
        named_params! {":scope": scope, ":cursor": from, ":limit": limit},
        |row| {
            let entity = (row.get::<_, String>("kind")?, row.get::<_, uuid::Uuid>("entity")?);
            Ok((
                row.get::<_, u64>("revision")?,
                entity,
                row.get::<_, String>("presence")?,
            ))
        },
    )?;
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    let more = found.len() > PAGE_LIMIT;
    found.truncate(PAGE_LIMIT);
    let cursor = found
        .last()
        .filter(|_| more)
        .map_or(revision, |(revision, ..)| *revision);
    let mut lines = Vec::with_capacity(found.len());
    for (revision, (kind, id), presence) in found {
        let entity = entity(&kind, id)?;
        let news = match presence.as_str() {
            "put" => content(db, entity)?.map(|row| News::Put { row }),
            _ => Some(News::Gone { entity }),
        };
        lines.extend(news.map(|news| Line { revision, news }));
    }
    Ok(Some(Page {
        scope: pull.scope,
        lines,
        cursor,
        more,
        reload,
    }))
}

/// The present content of a thing, as its scope may see it.
fn content(db: &Connection, entity: EntityRef) -> Result<Option<Row>, Error> {
    Ok(match entity {
        EntityRef::Project(id) => project::by_id(db, id)?.map(|project| Row::Project(Box::new(project))),
        EntityRef::Summary(id) => story::summary(db, id)?.map(|summary| Row::Summary(Box::new(summary))),
        EntityRef::OwnStory(id) => story::own(db, id)?.map(|own| Row::OwnStory(Box::new(own))),
    })
}

/// The kind as it stands in the log, and the id.
fn columns(entity: EntityRef) -> (&'static str, uuid::Uuid) {
    match entity {
        EntityRef::Project(ProjectId(id)) => ("project", id),
        EntityRef::Summary(StoryId(id)) => ("summary", id),
        EntityRef::OwnStory(StoryId(id)) => ("own_story", id),
    }
}

fn entity(kind: &str, id: uuid::Uuid) -> Result<EntityRef, Error> {
    match kind {
        "project" => Ok(EntityRef::Project(ProjectId(id))),
        "summary" => Ok(EntityRef::Summary(StoryId(id))),
        "own_story" => Ok(EntityRef::OwnStory(StoryId(id))),
        _ => Err(Error::Damaged("a scope names a kind of thing that is not known")),
    }
}

const IS_THERE: &str = include_str!("is_there.sql");
const NEXT_REVISION: &str = include_str!("next_revision.sql");
const WRITE: &str = include_str!("write.sql");
const REVISION: &str = "SELECT revision FROM scope WHERE name = :scope";
const SINCE: &str = include_str!("since.sql");

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[IS_THERE, NEXT_REVISION, WRITE, REVISION, SINCE];
