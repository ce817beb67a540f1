//! The log of every scope: one line per thing in it, the newest, without content.

use super::{Error, Tx, day, project, story};
use domain::id::{ProjectId, StoryId};
use domain::key::Holds;
use domain::member::Heard;
use domain::scope::{EntityRef, Presence, Row, Scope, Touched};
use domain::sync::protocol::{Line, News, PAGE_LIMIT, Page, Pull};
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

/// Writes a line. A thing leaves only a scope it was in: nobody hears of the end of what they never had.
///
/// # Errors
/// When the database cannot be written.
pub fn write(tx: &Tx<'_>, touched: &Touched, now: Timestamp) -> Result<(), Error> {
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
        ":day": day(now),
    })?;
    tx.touch(touched.scope);
    Ok(())
}

/// Forgets the lines of what left a scope before this moment. What is in a scope keeps its line however old it is; a
/// cursor that lies before a forgotten line gets everything anew, because it may not have heard of that end.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx<'_>, before: Timestamp) -> Result<(), Error> {
    let before = named_params! {":day": day(before)};
    tx.prepare_cached(BEGIN_LATER)?.execute(before)?;
    tx.prepare_cached(FORGET)?.execute(before)?;
    Ok(())
}

/// What is new in a scope since a cursor: each thing at most once, with its present content. `None` when there is no
/// such project. `holds` is what the asker's keys may do with the story whose scope it is. Whether the asker may follow the scope is settled before.
///
/// # Errors
/// When the database cannot be read.
pub fn page(db: &Connection, pull: Pull, holds: Holds) -> Result<Option<Page>, Error> {
    let scope = pull.scope.to_string();
    let mut statement = db.prepare_cached(EXTENT)?;
    let extent = statement
        .query_row(named_params! {":scope": scope}, |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?))
        })
        .optional()?;
    if extent.is_none() && matches!(pull.scope, Scope::Public(_)) {
        return Ok(None);
    }
    let (begins, revision) = extent.unwrap_or_default();
    // A cursor of the future comes from a database that was lost; what was pulled from it may not be here. A cursor of
    // before the log begins may have missed an end that is forgotten.
    let reload = pull.cursor > revision || (1..begins).contains(&pull.cursor);
    let from = if reload { 0 } else { pull.cursor };
    let limit = page_limit(db, &scope, from, begins)?;
    let mut statement = db.prepare_cached(SINCE)?;
    let found = statement.query_map(
        named_params! {":scope": scope, ":cursor": from, ":limit": limit + 1},
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
    let more = found.len() > limit;
    found.truncate(limit);
    let cursor = found
        .last()
        .filter(|_| more)
        .map_or(revision, |(last, ..)| begins.max(*last));
    let mut lines = Vec::with_capacity(found.len());
    for (revision, (kind, id), presence) in found {
        let entity = entity(&kind, id)?;
        let news = match presence.as_str() {
            "put" => content(db, entity, holds)?.map(|row| News::Put { row }),
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

/// How many lines a page holds at most. One that starts before the log begins reaches into it: the next cursor would
/// look like one that may have missed an end, and start everything anew for ever.
fn page_limit(db: &Connection, scope: &str, from: u64, begins: u64) -> Result<usize, Error> {
    if from >= begins {
        return Ok(PAGE_LIMIT);
    }
    let until = db.prepare_cached(LINES_UNTIL)?.query_row(
        named_params! {":scope": scope, ":cursor": from, ":begins": begins},
        |row| row.get::<_, usize>(0),
    )?;
    Ok(until.max(PAGE_LIMIT))
}

/// The present content of a thing, as its scope may see it.
fn content(db: &Connection, entity: EntityRef, holds: Holds) -> Result<Option<Row>, Error> {
    Ok(match entity {
        EntityRef::Project(id) => project::by_id(db, id)?.map(|project| Row::Project(Box::new(project))),
        EntityRef::Summary(id) => story::summary(db, id)?.map(|summary| Row::Summary(Box::new(summary))),
        EntityRef::OwnStory(id) => story::own(db, id, holds)?.map(|own| Row::OwnStory(Box::new(own))),
        // The line itself says that the mark is there.
        EntityRef::Heard(story) => Some(Row::Heard(Heard { story })),
    })
}

/// The kind as it stands in the log, and the id.
fn columns(entity: EntityRef) -> (&'static str, uuid::Uuid) {
    match entity {
        EntityRef::Project(ProjectId(id)) => ("project", id),
        EntityRef::Summary(StoryId(id)) => ("summary", id),
        EntityRef::OwnStory(StoryId(id)) => ("own_story", id),
        EntityRef::Heard(StoryId(id)) => ("heard", id),
    }
}

fn entity(kind: &str, id: uuid::Uuid) -> Result<EntityRef, Error> {
    match kind {
        "project" => Ok(EntityRef::Project(ProjectId(id))),
        "summary" => Ok(EntityRef::Summary(StoryId(id))),
        "own_story" => Ok(EntityRef::OwnStory(StoryId(id))),
        "heard" => Ok(EntityRef::Heard(StoryId(id))),
        _ => Err(Error::Damaged("a scope names a kind of thing that is not known")),
    }
}

const IS_THERE: &str = include_str!("is_there.sql");
const NEXT_REVISION: &str = include_str!("next_revision.sql");
const WRITE: &str = include_str!("write.sql");
const EXTENT: &str = "SELECT begins, revision FROM scope WHERE name = :scope";
const LINES_UNTIL: &str = include_str!("lines_until.sql");
const SINCE: &str = include_str!("since.sql");
const BEGIN_LATER: &str = include_str!("begin_later.sql");
const FORGET: &str = "DELETE FROM scope_line WHERE presence = 'gone' AND day < :day";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    IS_THERE,
    NEXT_REVISION,
    WRITE,
    EXTENT,
    LINES_UNTIL,
    SINCE,
    BEGIN_LATER,
    FORGET,
];
