//! What staff hold on this device, in a database of its own: nothing of it is ever beside what tellers keep here.

use crate::browser::{
    bytes::Bytes,
    indexed_db::{Database, Piece, Shape, Trouble, Write},
    tabs::Tabs,
};
use domain::{
    id::{ClipId, StoryId},
    project::Project,
    story::ReadStory,
    sync::lease::Lease,
    time::Span,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{cell::RefCell, collections::BTreeSet};

/// The lease itself, and what it needs around the stories. The service worker reads `ends` in it.
const LEASE: &str = "lease";
const STORIES: &str = "stories";
const CLIPS: &str = "clips";
const SHAPE: Shape = Shape {
    name: "vertelpunt-staff",
    version: 1,
    stores: &[LEASE, STORIES, CLIPS],
};
/// Names in the first store.
const RECORD: &str = "lease";
const ABOUT: &str = "about";
const ENDS: &str = "ends";

/// What a library needs beside its stories. Once kept it stays readable for ever.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct About {
    /// What the project is called.
    pub name: String,
    /// What tellers' phones know of the project.
    pub project: Option<Project>,
    /// Which of the stories the member heard, by the server's word.
    pub heard: BTreeSet<StoryId>,
}

thread_local! {
    static TABS: RefCell<Option<Tabs>> = const { RefCell::new(None) };
    static DATABASE: RefCell<Option<Database>> = const { RefCell::new(None) };
}

/// What other tabs of this browser are told when what is held changes.
const CHANGED: &str = "changed";

/// Calls `act` when another tab changed what is held.
pub(super) fn on_change(act: impl Fn() + 'static) {
    TABS.with_borrow_mut(|tabs| {
        tabs.get_or_insert_with(|| Tabs::open(SHAPE.name, move |_| act()));
    });
}

async fn write(writes: &[Write]) -> Result<(), Trouble> {
    database().await?.write(None, writes).await?;
    TABS.with_borrow(|tabs| tabs.iter().for_each(|tabs| tabs.tell(CHANGED)));
    Ok(())
}

async fn database() -> Result<Database, Trouble> {
    if let Some(database) = DATABASE.with_borrow(Clone::clone) {
        return Ok(database);
    }
    let database = Database::open(SHAPE, |_| ()).await?;
    DATABASE.set(Some(database.clone()));
    Ok(database)
}

/// The lease of this device, if there is one. What cannot be read any more is one that is over.
pub(super) async fn kept() -> Option<(Lease, About)> {
    let rows = database().await.ok()?.read(&[LEASE]).await.ok()?;
    let rows = rows.into_iter().next()?;
    if rows.is_empty() {
        return None;
    }
    let found = find::<Lease>(&rows, RECORD).zip(find(&rows, ABOUT));
    if found.is_none() {
        _ = erase_all().await;
    }
    found
}

fn find<T: DeserializeOwned>(rows: &[(String, String)], key: &str) -> Option<T> {
    let (_, value) = rows.iter().find(|(found, _)| found == key)?;
    crate::json::from_str(value).ok()
}

/// Keeps until when this device's clock was seen; nobody has to hear that.
pub(super) async fn keep(lease: &Lease) -> Result<(), Trouble> {
    database().await?.write(None, &record(lease)).await
}

/// Keeps what is around the stories.
pub(super) async fn keep_about(about: &About) -> Result<(), Trouble> {
    write(&[put(LEASE, ABOUT, about)]).await
}

/// LE7: keeps a story with all that can be heard and seen of it, and the lease that names it, or nothing of it.
pub(super) async fn keep_story(
    lease: &Lease,
    read: &ReadStory,
    clips: Vec<(ClipId, Bytes)>,
) -> Result<(), Trouble> {
    let story = read.summary.id;
    let mut writes = record(lease);
    writes.push(put(STORIES, &story.to_string(), read));
    for (clip, bytes) in clips {
        let piece = Piece {
            number: 0,
            until: Span(0),
            sum: bytes.sha256().await,
            bytes,
        };
        let key = [&of(story), clip.to_string().as_str()].concat();
        writes.push(Write::PutPiece {
            store: CLIPS,
            key,
            piece,
        });
    }
    write(&writes).await
}

/// Every story that is here.
pub(super) async fn stories() -> Vec<ReadStory> {
    let Ok(database) = database().await else {
        return Vec::new();
    };
    let rows = database.read(&[STORIES]).await.unwrap_or_default();
    let rows = rows.into_iter().flatten();
    rows.filter_map(|(_, value)| crate::json::from_str(&value).ok())
        .collect()
}

/// What can be heard and seen of a story that is here. What is not as it was stored is not among it.
pub(super) async fn clips(story: StoryId) -> Vec<(ClipId, Bytes)> {
    let Ok(database) = database().await else {
        return Vec::new();
    };
    let prefix = of(story);
    let pieces = database.pieces(CLIPS, &prefix).await.unwrap_or_default();
    let mut clips = Vec::new();
    for (key, piece) in pieces {
        let clip = key.strip_prefix(&prefix).and_then(|clip| clip.parse().ok());
        if let (Some(clip), Some(Piece { bytes, sum, .. })) = (clip, piece)
            && bytes.sha256().await == sum
        {
            clips.push((clip, bytes));
        }
    }
    clips
}

/// What is here and not named by the lease, because a page was closed while it erased: it goes.
pub(super) async fn tidy() -> Result<(), Trouble> {
    let keys = database().await?.keys(STORIES).await?;
    // Looked at afterwards: what another tab takes along is named from the moment it is here.
    let Some((lease, _)) = kept().await else {
        return Ok(());
    };
    let ids = keys.iter().filter_map(|key| key.parse().ok());
    let gone: BTreeSet<StoryId> = ids.filter(|id| !lease.stories().contains(id)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    erase(&lease, &gone).await
}

/// LE4: erases these, and keeps the lease that does not name them any more.
pub(super) async fn erase(lease: &Lease, gone: &BTreeSet<StoryId>) -> Result<(), Trouble> {
    let mut writes = record(lease);
    for story in gone {
        writes.push(Write::Delete {
            store: STORIES,
            key: story.to_string(),
        });
        writes.push(all(CLIPS, of(*story)));
    }
    write(&writes).await
}

/// LE5, LE7: erases everything.
pub(super) async fn erase_all() -> Result<(), Trouble> {
    let everything = [LEASE, STORIES, CLIPS].map(|store| all(store, String::new()));
    write(&everything).await
}

fn of(story: StoryId) -> String {
    [&story.to_string(), "/"].concat()
}

fn record(lease: &Lease) -> Vec<Write> {
    vec![
        put(LEASE, RECORD, lease),
        Write::Put {
            store: LEASE,
            key: ENDS.to_owned(),
            value: lease.until_here().0.to_string(),
        },
    ]
}

fn put(store: &'static str, key: &str, value: &impl Serialize) -> Write {
    Write::Put {
        store,
        key: key.to_owned(),
        value: crate::json::to_string(value),
    }
}

fn all(store: &'static str, prefix: String) -> Write {
    Write::DeleteAll { store, prefix }
}
