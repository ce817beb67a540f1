//! What is kept where on the phone: every value as JSON under its own id, so that one transaction writes exactly
//! what changed.

use super::{
    book::{Book, Marks},
    clips,
};
use crate::browser::indexed_db::{Conflict, Database, Guard, Shape, Trouble, Write};
use domain::{
    draft::{Draft, PhoneStory},
    id::{ClipId, StoryId},
    ordered::in_order,
    scope::{Row, Scope},
    sync::{
        outbox::{Outbox, Pending},
        replica::Replica,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use std::cell::{Cell, RefCell};

const DRAFTS: &str = "drafts";
const STORIES: &str = "stories";
const OUTBOX: &str = "outbox";
const REPLICA: &str = "replica";
const META: &str = "meta";
/// Of `clips`.
pub(super) const SLICES: &str = "slices";
const MARKS: &str = "marks";
const GENERATION: &str = "generation";
/// That this storage was settled in: what opens without it is new, or was erased (P7).
const HERE: &str = "here";
/// How the names of drafts begin that were thrown away and can still be brought back.
const THROWN: &str = "thrown/";

/// The phone's database. A value once written stays readable for ever, as a command does.
const SHAPE: Shape = Shape {
    name: "vertelpunt",
    version: 2,
    stores: &[DRAFTS, STORIES, OUTBOX, REPLICA, META, SLICES],
};

thread_local! {
    static DATABASE: RefCell<Option<Database>> = const { RefCell::new(None) };
    static WAS_THERE: Cell<bool> = const { Cell::new(false) };
}

/// One scope as it is kept: its rows and its cursor, always together.
#[derive(serde::Serialize, serde::Deserialize)]
struct Followed {
    scope: Scope,
    cursor: u64,
    rows: Vec<Row>,
}

/// Opens the phone's storage.
///
/// # Errors
/// [`Trouble::Unavailable`]: then everything lives in memory (P8).
pub(super) async fn open(tell: impl Fn(Conflict) + 'static) -> Result<(), Trouble> {
    let opened = Database::open(SHAPE, tell).await;
    let trouble = opened.as_ref().err().copied();
    WAS_THERE.set(trouble.is_none());
    DATABASE.set(opened.ok());
    trouble.map_or(Ok(()), Err)
}

/// The phone's storage, once it is open.
///
/// # Errors
/// [`Trouble::Unavailable`] before that, and where there is none.
pub(super) fn database() -> Result<Database, Trouble> {
    DATABASE.with_borrow(Option::clone).ok_or(Trouble::Unavailable)
}

/// Storage does not answer any more: from now on nobody waits for it.
pub(super) fn give_up() {
    DATABASE.set(None);
}

/// Whether there was storage in this visit, even if it is gone by now.
pub(super) fn was_there() -> bool {
    WAS_THERE.get()
}

/// Whether this storage was settled in before.
///
/// # Errors
/// When storage fails.
pub(super) async fn is_settled() -> Result<bool, Trouble> {
    let meta = database()?.read(&[META]).await?;
    Ok(meta.into_iter().flatten().any(|(key, _)| key == HERE))
}

/// Settles in.
///
/// # Errors
/// When storage fails; nothing changed.
pub(super) async fn settle() -> Result<(), Trouble> {
    let here = Write::Put {
        store: META,
        key: HERE.to_owned(),
        value: "1".to_owned(),
    };
    database()?.write(None, &[here]).await
}

/// All drafts, newest first.
///
/// # Errors
/// When storage fails.
pub(super) async fn drafts() -> Result<Vec<Draft>, Trouble> {
    let read = database()?.read(&[DRAFTS]).await?;
    let drafts: Vec<Draft> = values(read.into_iter().next());
    Ok(in_order(drafts, |draft| std::cmp::Reverse(draft.kept_at)))
}

/// What is kept of drafts and stories, as it stands there, also what this page cannot read, and what can still be
/// brought back: whatever is named in it is wanted.
///
/// # Errors
/// When storage fails.
pub(super) async fn naming() -> Result<String, Trouble> {
    naming_without(None).await
}

/// The same without a draft that was thrown away.
async fn naming_without(gone: Option<StoryId>) -> Result<String, Trouble> {
    let gone = gone.map(thrown_key);
    let read = database()?.read(&[DRAFTS, STORIES, META]).await?;
    let rows = read.into_iter().flatten();
    let rows = rows.filter(|(key, _)| Some(key) != gone.as_ref());
    Ok(rows.map(|(_, value)| value).collect())
}

/// Removes the bytes of `there` that nothing names. They must have been listed before, because a part is named before
/// its first slice is stored: so one that another tab begins meanwhile is never swept away.
///
/// # Errors
/// When storage fails; nothing is removed then.
pub(super) async fn sweep(there: &[ClipId]) -> Result<(), Trouble> {
    clips::sweep(there, &named(there, &naming().await?)).await
}

fn named(clips: &[ClipId], text: &str) -> Vec<ClipId> {
    let is_named = |clip: &ClipId| text.contains(&clip.to_string());
    clips.iter().copied().filter(is_named).collect()
}

/// Everything else.
///
/// # Errors
/// When storage fails.
pub(super) async fn book() -> Result<Book, Trouble> {
    let mut read = database()?
        .read(&[STORIES, OUTBOX, REPLICA, META])
        .await?
        .into_iter();
    let stories = in_order(values(read.next()), |story: &PhoneStory| {
        std::cmp::Reverse(story.told_at)
    });
    let outbox = Outbox::restore(values::<Pending>(read.next()));
    let mut replica = Replica::default();
    for Followed { scope, cursor, rows } in values(read.next()) {
        replica.follow(scope, cursor, rows);
    }
    let meta = read.next().unwrap_or_default();
    let find = |name: &str| {
        meta.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let marks: Marks = find(MARKS)
        .and_then(|text| crate::json::from_str(text).ok())
        .unwrap_or_default();
    let generation = find(GENERATION).and_then(|text| text.parse().ok()).unwrap_or(0);
    Ok(Book {
        stories,
        outbox,
        replica,
        marks,
        generation,
        ..Book::default()
    })
}

/// Keeps a draft.
///
/// # Errors
/// When storage fails; nothing changed.
pub(super) async fn keep_draft(draft: &Draft) -> Result<(), Trouble> {
    database()?;
    clips::write(&[with_draft(draft)]).await
}

fn thrown_key(id: StoryId) -> String {
    [THROWN, &id.to_string()].concat()
}

/// Throws a draft away so that it can be brought back: it stays named, and so do its bytes.
///
/// # Errors
/// When storage fails; nothing changed.
pub(super) async fn throw_away(draft: &Draft) -> Result<(), Trouble> {
    let thrown = put(META, thrown_key(draft.id), draft);
    database()?;
    clips::write(&[without_draft(draft.id), thrown]).await
}

/// Brings back what [`throw_away`] threw away.
///
/// # Errors
/// When storage fails; nothing changed.
pub(super) async fn bring_back(draft: &Draft) -> Result<(), Trouble> {
    database()?;
    clips::write(&[with_draft(draft), without_thrown(draft.id)]).await
}

/// The drafts that were thrown away and could still be brought back when that was written.
///
/// # Errors
/// When storage fails.
pub(super) async fn thrown() -> Result<Vec<StoryId>, Trouble> {
    let meta = database()?.read(&[META]).await?;
    let id = |key: &str| key.strip_prefix(THROWN)?.parse().ok();
    Ok(meta.iter().flatten().filter_map(|(key, _)| id(key)).collect())
}

/// Nobody can bring it back any more: the draft goes, and of its bytes what nothing else names. Nothing happens when it
/// was brought back.
///
/// # Errors
/// When storage fails; nothing changed then.
pub(super) async fn forget_thrown(id: StoryId) -> Result<(), Trouble> {
    let key = thrown_key(id);
    let there = clips::stored().await?;
    let meta = database()?.read(&[META]).await?;
    let Some((_, draft)) = meta.iter().flatten().find(|(known, _)| *known == key) else {
        return Ok(());
    };
    let wanted = named(&there, &naming_without(Some(id)).await?);
    let gone = named(&there, draft)
        .into_iter()
        .filter(|clip| !wanted.contains(clip));
    let mut writes: Vec<Write> = gone.map(clips::without).collect();
    writes.push(without_thrown(id));
    clips::write(&writes).await
}

fn without_thrown(id: StoryId) -> Write {
    Write::Delete {
        store: META,
        key: thrown_key(id),
    }
}

/// Removes a draft.
///
/// # Errors
/// When storage fails; nothing changed.
pub(super) async fn remove_draft(id: StoryId) -> Result<(), Trouble> {
    database()?.write(None, &[without_draft(id)]).await
}

/// Removes a draft, as part of another transaction.
pub(super) fn without_draft(id: StoryId) -> Write {
    Write::Delete {
        store: DRAFTS,
        key: id.to_string(),
    }
}

/// Keeps a draft, as part of another transaction.
pub(super) fn with_draft(draft: &Draft) -> Write {
    put(DRAFTS, draft.id.to_string(), draft)
}

/// Writes what is different in `new`, and `also`, in one transaction; only when nobody else wrote since `old` was
/// read. Returns whether there was anything to write.
///
/// # Errors
/// [`Trouble::Stale`] when somebody did; else when storage fails. Nothing changed then.
pub(super) async fn turn(old: &Book, new: &Book, also: &[Write]) -> Result<bool, Trouble> {
    let mut writes = difference(old, new);
    writes.extend_from_slice(also);
    if writes.is_empty() {
        return Ok(false);
    }
    let guard = Guard {
        store: META,
        key: GENERATION,
        expected: old.generation,
    };
    let writes = clips::with_unstored(&writes);
    database()?.write(Some(guard), &writes).await?;
    clips::wrote(&writes);
    Ok(true)
}

fn difference(old: &Book, new: &Book) -> Vec<Write> {
    let mut writes = Vec::new();
    let delete = |store, key: String| Write::Delete { store, key };
    for story in &new.stories {
        if old.story(story.id) != Some(story) {
            writes.push(put(STORIES, story.id.to_string(), story));
        }
    }
    for story in old.stories.iter().filter(|story| new.story(story.id).is_none()) {
        writes.push(delete(STORIES, story.id.to_string()));
    }
    let (before, after) = (old.outbox.entries(), new.outbox.entries());
    for entry in after.iter().filter(|entry| !before.contains(entry)) {
        writes.push(put(OUTBOX, entry.envelope.id.to_string(), entry));
    }
    for entry in before
        .iter()
        .filter(|entry| !after.iter().any(|kept| kept.envelope.id == entry.envelope.id))
    {
        writes.push(delete(OUTBOX, entry.envelope.id.to_string()));
    }
    for pull in new.replica.pulls() {
        let scope = pull.scope;
        let same = old.replica.follows(scope)
            && old.replica.cursor(scope) == pull.cursor
            && old.replica.rows(scope).eq(new.replica.rows(scope));
        if !same {
            let rows = new.replica.rows(scope).cloned().collect();
            writes.push(put(
                REPLICA,
                scope.to_string(),
                &Followed {
                    scope,
                    cursor: pull.cursor,
                    rows,
                },
            ));
        }
    }
    for pull in old
        .replica
        .pulls()
        .iter()
        .filter(|pull| !new.replica.follows(pull.scope))
    {
        writes.push(delete(REPLICA, pull.scope.to_string()));
    }
    if old.marks != new.marks {
        writes.push(put(META, MARKS.to_owned(), &new.marks));
    }
    writes
}

fn put(store: &'static str, key: String, value: &impl Serialize) -> Write {
    let value = crate::json::to_string(value);
    Write::Put { store, key, value }
}

/// Reads values; one that cannot be read (of a newer app that was undone) stays in storage untouched.
fn values<T: DeserializeOwned>(entries: Option<Vec<(String, String)>>) -> Vec<T> {
    let mut values = Vec::new();
    for (_, value) in entries.unwrap_or_default() {
        values.extend(crate::json::from_str::<T>(&value));
    }
    values
}
