//! Behind which door a join page stands: what the document brought, else what the phone knows, else what the server
//! says. Coming through a door joins its project.

use crate::browser::spawn_local;
use crate::watch::{Effect, Memo, RwSignal, use_context};
use crate::{
    browser::address,
    page_data::{Entry, PageData},
    phone::Phone,
    routes::Route,
};
use domain::project::EntryCode;

/// What is known of a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// Storage is being read, or the server asked.
    Looking,
    /// It leads to a project.
    Open(Box<Entry>),
    /// There is no such door.
    Unknown,
    /// The phone does not know it, and the server could not be asked.
    NotLoaded,
}

/// Finds the door with this code, and lets the phone join. On the server the answer is there at once.
pub fn find(code: &str) -> Memo<Door> {
    let phone = Phone::here();
    let Ok(code) = EntryCode::new(code) else {
        return Memo::new(|_| Door::Unknown);
    };
    let brought = use_context::<PageData>();
    let nobody_knows = brought.as_ref().is_some_and(|data| data.entry.is_none());
    let brought = brought
        .and_then(|data| data.entry)
        .filter(|entry| entry.code == code);
    let failed = RwSignal::new(false);

    let (own, sought) = (brought.clone(), code.clone());
    Effect::new(move |_| {
        if !nobody_knows {
            spawn_local(join(phone, sought.clone(), own.clone(), failed));
        }
    });
    Memo::new(move |_| {
        let known = phone.joined.with(|joined| {
            let joined = joined.as_ref().filter(|joined| joined.entry == code)?;
            Some(Entry {
                code: joined.entry.clone(),
                project: joined.project.clone(),
            })
        });
        match known.or_else(|| brought.clone()) {
            Some(entry) => Door::Open(Box::new(entry)),
            None if nobody_knows => Door::Unknown,
            None if failed.get() => Door::NotLoaded,
            None => Door::Looking,
        }
    })
}

/// The way on from a door. It names the door, for who is quicker than the app: then the next page joins.
pub fn way_on(code: &EntryCode) -> String {
    [&Route::How.path(), "?v=", code.as_str()].concat()
}

/// Joins through the door the address names, where nothing is joined yet. Whether that may still succeed.
pub fn knock(phone: Phone) -> RwSignal<bool> {
    let coming = RwSignal::new(is_coming());
    let code = address::asked("v").and_then(|code| EntryCode::new(&code).ok());
    if let Some(code) = code.filter(|_| phone.joined.with_untracked(Option::is_none)) {
        let failed = RwSignal::new(false);
        coming.set(true);
        Effect::new(move |before: Option<()>| {
            if before.is_none() {
                spawn_local(join(phone, code.clone(), None, failed));
            }
            if failed.get() {
                coming.set(false);
            }
        });
    }
    coming
}

/// Whether this tab came through a door that is being joined: then a missing project is a matter of moments.
fn is_coming() -> bool {
    use_context::<PageData>().is_some_and(|data| data.entry.is_some())
}

/// Joins once storage is read. It waits by itself, because the person may have gone on to the next page meanwhile.
async fn join(phone: Phone, code: EntryCode, brought: Option<Entry>, failed: RwSignal<bool>) {
    phone.until_ready().await;
    let known = phone
        .joined
        .with_untracked(|joined| joined.as_ref().is_some_and(|joined| joined.entry == code));
    match brought {
        Some(entry) => phone.join(entry.code, entry.project),
        None if known => {}
        None => {
            if !phone.join_by_code(code).await {
                // The page may be gone by now.
                failed.try_set(true);
            }
        }
    }
}
