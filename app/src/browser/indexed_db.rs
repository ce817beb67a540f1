//! The phone's own storage, IndexedDB, as small as this app needs it: stores of text or of pieces of bytes by text
//! key, reading all of a store or of a prefix, and writing to several stores in one transaction.
//!
//! Written directly on `web_sys`: the `idb` crate costs a teller's first visit 37 KB (brotli), this file under 3.

use super::{bytes::Bytes, timer};
use domain::{Sha256, time::Span};
use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DomException, Event, IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransaction,
};

/// How long opening may take before the page goes on without storage (P8).
pub const OPEN_LIMIT: Span = Span::seconds(4);

/// Why storage did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no storage here, or it does not answer (P8).
    Unavailable,
    /// No room left (P6).
    Full,
    /// Another tab wrote first; nothing was written. Read again and decide again.
    Stale,
    /// It failed otherwise; nothing of the transaction was written.
    Failed,
}

/// One thing to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Puts `value` under `key`.
    Put {
        /// Name of the store.
        store: &'static str,
        /// Name in the store.
        key: String,
        /// What is kept.
        value: String,
    },
    /// Puts bytes under `key`, in a store that holds nothing else.
    PutPiece {
        /// Name of the store.
        store: &'static str,
        /// Name in the store.
        key: String,
        /// What is kept.
        piece: Piece,
    },
    /// Removes everything whose name begins with `prefix`.
    DeleteAll {
        /// Name of the store.
        store: &'static str,
        /// How the names begin.
        prefix: String,
    },
    /// Removes what is under `key`, if anything.
    Delete {
        /// Name of the store.
        store: &'static str,
        /// Name in the store.
        key: String,
    },
}

/// Bytes in storage, and what was known of them when they were put there. The value in the store is
/// `{ n, until, sum, bytes }`; once written it stays readable for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its place, counted from 0.
    pub number: u32,
    /// How far the whole had come with it.
    pub until: Span,
    /// The checksum the bytes had.
    pub sum: Sha256,
    /// What is there.
    pub bytes: Bytes,
}

impl Piece {
    fn write(&self) -> Result<JsValue, JsValue> {
        let value = Object::new();
        let set = |name: &str, to: &JsValue| Reflect::set(&value, &name.into(), to);
        set("n", &self.number.into())?;
        set("until", &(self.until.0 as f64).into())?;
        set("sum", &self.sum.to_hex().into())?;
        set("bytes", &self.bytes.0)?;
        Ok(value.into())
    }

    /// `None` for what is not a piece.
    fn read(value: &JsValue) -> Option<Self> {
        let get = |name: &str| Reflect::get(value, &name.into()).ok();
        Some(Self {
            number: get("n")?.as_f64()? as u32,
            until: Span(get("until")?.as_f64()? as i64),
            sum: get("sum")?.as_string()?.parse().ok()?,
            bytes: Bytes(get("bytes")?.dyn_into::<ArrayBuffer>().ok()?),
        })
    }
}

/// A number in storage that must be what this tab believes, else nothing is written; it counts up with the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Name of the store.
    pub store: &'static str,
    /// Name in the store.
    pub key: &'static str,
    /// What it must be; a missing number is 0.
    pub expected: u64,
}

/// What a database is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its name in this origin.
    pub name: &'static str,
    /// Counts up with every change of `stores`.
    pub version: u32,
    /// The stores; those of older versions stay.
    pub stores: &'static [&'static str],
}

/// Another tab's doing that this page must know of (P9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A newer page wants to change the database: this one kept what it had and let go of it.
    Outdated,
    /// An older page still holds the database; opening waits for it.
    Blocked,
    /// The older page let go.
    Unblocked,
}

/// An open database. Clones are the same connection.
#[derive(Clone)]
pub struct Database {
    shape: Shape,
    connection: Rc<RefCell<Connection>>,
    tell: Rc<dyn Fn(Conflict)>,
}

enum Connection {
    Open(IdbDatabase),
    /// Closed by the system; the next use opens it again.
    Closed,
    /// Given up to a newer page; this page may not open it again.
    Outdated,
}

impl Database {
    /// Opens the database. `tell` hears of conflicts with other tabs.
    ///
    /// # Errors
    /// [`Trouble::Unavailable`] when there is no storage or it does not answer within [`OPEN_LIMIT`].
    pub async fn open(shape: Shape, tell: impl Fn(Conflict) + 'static) -> Result<Self, Trouble> {
        let database = Self {
            shape,
            connection: Rc::new(RefCell::new(Connection::Closed)),
            tell: Rc::new(tell),
        };
        database.connect().await?;
        Ok(database)
    }

    /// Reads all keys and values of each store, in one transaction.
    ///
    /// # Errors
    /// When storage fails, also after opening it once more.
    pub async fn read(&self, stores: &[&'static str]) -> Result<Vec<Vec<(String, String)>>, Trouble> {
        let transaction = self.transaction(stores, "readonly").await?;
        let mut requests = Vec::new();
        for store in stores {
            let store = transaction.object_store(store).map_err(|error| trouble(&error))?;
            let keys = store.get_all_keys().map_err(|error| trouble(&error))?;
            requests.push((keys, store.get_all().map_err(|error| trouble(&error))?));
        }
        done(&transaction).await?;
        requests
            .iter()
            .map(|(keys, values)| Ok(texts(keys)?.into_iter().zip(texts(values)?).collect()))
            .collect()
    }

    /// Reads the keys of a store, in order.
    ///
    /// # Errors
    /// When storage fails, also after opening it once more.
    pub async fn keys(&self, store: &'static str) -> Result<Vec<String>, Trouble> {
        let transaction = self.transaction(&[store], "readonly").await?;
        let store = transaction.object_store(store).map_err(|error| trouble(&error))?;
        let keys = store.get_all_keys().map_err(|error| trouble(&error))?;
        done(&transaction).await?;
        texts(&keys)
    }

    /// Reads the pieces whose names begin with `prefix`, in the order of their names; `None` for what is not one.
    ///
    /// # Errors
    /// When storage fails, also after opening it once more.
    pub async fn pieces(
        &self,
        store: &'static str,
        prefix: &str,
    ) -> Result<Vec<(String, Option<Piece>)>, Trouble> {
        let transaction = self.transaction(&[store], "readonly").await?;
        let store = transaction.object_store(store).map_err(|error| trouble(&error))?;
        let range = under(prefix)?;
        let keys = store
            .get_all_keys_with_key(&range)
            .map_err(|error| trouble(&error))?;
        let values = store.get_all_with_key(&range).map_err(|error| trouble(&error))?;
        done(&transaction).await?;
        let (keys, values) = (texts(&keys)?, list(&values)?);
        let pieces = values.iter().map(|value| Piece::read(&value));
        Ok(keys.into_iter().zip(pieces).collect())
    }

    /// Reads at most `most` pieces whose names begin with `prefix`, from the name `first` on.
    ///
    /// # Errors
    /// When storage fails, also after opening it once more.
    pub async fn pieces_from(
        &self,
        store: &'static str,
        (prefix, first): (&str, &str),
        most: u32,
    ) -> Result<Vec<Option<Piece>>, Trouble> {
        let transaction = self.transaction(&[store], "readonly").await?;
        let store = transaction.object_store(store).map_err(|error| trouble(&error))?;
        let values = store
            .get_all_with_key_and_limit(&between(first, prefix)?, most)
            .map_err(|error| trouble(&error))?;
        done(&transaction).await?;
        Ok(list(&values)?.iter().map(|value| Piece::read(&value)).collect())
    }

    /// Writes everything or nothing, strictly: it returns once the browser says the bytes are on the phone's disk
    /// (as far as the browser can know; without `durability` it says so a little early).
    ///
    /// # Errors
    /// [`Trouble::Stale`] when the guard does not hold; else when storage fails, also after opening it once more.
    pub async fn write(&self, guard: Option<Guard>, writes: &[Write]) -> Result<(), Trouble> {
        let mut stores: Vec<&'static str> = writes.iter().map(Write::store).collect();
        stores.extend(guard.map(|guard| guard.store));
        stores.sort_unstable();
        stores.dedup();
        let transaction = self.transaction(&stores, "readwrite").await?;
        if let Some(guard) = guard {
            let store = transaction
                .object_store(guard.store)
                .map_err(|error| trouble(&error))?;
            let request = store.get(&guard.key.into()).map_err(|error| trouble(&error))?;
            succeeded(&request).await?;
            // The transaction is still active: promises are settled before the browser looks at it again.
            let found = request
                .result()
                .ok()
                .and_then(|value| value.as_string())
                .and_then(|text| text.parse().ok());
            if found.unwrap_or(0) != guard.expected {
                _ = transaction.abort();
                return Err(Trouble::Stale);
            }
            put(&store, guard.key, &(guard.expected + 1).to_string())?;
        }
        let written = writes.iter().try_for_each(|write| {
            let store = transaction
                .object_store(write.store())
                .map_err(|error| trouble(&error))?;
            match write {
                Write::Put { key, value, .. } => put(&store, key, value),
                Write::PutPiece { key, piece, .. } => piece
                    .write()
                    .and_then(|value| store.put_with_key(&value, &key.into()))
                    .map(|_| ())
                    .map_err(|error| trouble(&error)),
                Write::DeleteAll { prefix, .. } => delete(&store, &under(prefix)?),
                Write::Delete { key, .. } => delete(&store, &key.into()),
            }
        });
        if let Err(trouble) = written {
            _ = transaction.abort();
            return Err(trouble);
        }
        // Not waiting for the browser to find out that nothing follows: the page may be about to go. Where the
        // method is missing, the browser finds out.
        commit(&transaction);
        done(&transaction).await
    }

    /// Lets go of the connection; the next use opens it again.
    pub fn close(&self) {
        if let Connection::Open(open) = self.connection.replace(Connection::Closed) {
            open.close();
        }
    }

    /// A transaction; when the connection turns out to be closed, it is opened again once (P9).
    async fn transaction(&self, stores: &[&'static str], mode: &str) -> Result<IdbTransaction, Trouble> {
        let known = match &*self.connection.borrow() {
            Connection::Open(open) => Some(open.clone()),
            Connection::Closed => None,
            Connection::Outdated => return Err(Trouble::Unavailable),
        };
        if let Some(transaction) = known.and_then(|open| begin(&open, stores, mode).ok()) {
            return Ok(transaction);
        }
        let open = self.connect().await?;
        begin(&open, stores, mode).map_err(|error| trouble(&error))
    }

    async fn connect(&self) -> Result<IdbDatabase, Trouble> {
        // Only looking at it can throw, where storage is forbidden.
        let factory = Reflect::get(&leptos::prelude::window(), &"indexedDB".into()).ok();
        let factory: IdbFactory = factory
            .filter(JsValue::is_object)
            .ok_or(Trouble::Unavailable)?
            .unchecked_into();
        let Shape {
            name,
            version,
            stores,
        } = self.shape;
        let request = factory
            .open_with_u32(name, version)
            .map_err(|_| Trouble::Unavailable)?;
        make_stores_when_asked(&request, stores);
        let settled = Promise::new(&mut |resolve, reject| {
            request.set_onsuccess(Some(&resolve));
            request.set_onblocked(Some(&resolve));
            request.set_onerror(Some(&reject));
        });
        let first = Promise::race(&Array::of2(&settled, &timer::promise(OPEN_LIMIT)));
        let Ok(event) = JsFuture::from(first).await else {
            let newer = matches!(request.error(), Ok(Some(error)) if error.name() == "VersionError");
            if newer {
                // A newer page was here: this one is old, perhaps out of a cache, and must not go on beside it.
                *self.connection.borrow_mut() = Connection::Outdated;
                (self.tell)(Conflict::Outdated);
            }
            return Err(Trouble::Unavailable);
        };
        let event: Option<Event> = event.dyn_into().ok();
        match event.map(|event| event.type_()).as_deref() {
            Some("success") => {}
            Some("blocked") => {
                // An old page is still open. It may take a person to close it, so there is no limit to this wait.
                (self.tell)(Conflict::Blocked);
                succeeded(&request).await.map_err(|_| Trouble::Unavailable)?;
                (self.tell)(Conflict::Unblocked);
            }
            _ => {
                close_when_it_opens(&request);
                return Err(Trouble::Unavailable);
            }
        }
        let open: IdbDatabase = request
            .result()
            .map_err(|_| Trouble::Unavailable)?
            .unchecked_into();
        self.watch(&open);
        *self.connection.borrow_mut() = Connection::Open(open.clone());
        Ok(open)
    }

    fn watch(&self, open: &IdbDatabase) {
        let connection = self.connection.clone();
        let closed = Closure::once_into_js(move || *connection.borrow_mut() = Connection::Closed);
        open.set_onclose(Some(closed.unchecked_ref()));
        let (connection, tell, held) = (self.connection.clone(), self.tell.clone(), open.clone());
        let outdated = Closure::once_into_js(move || {
            tell(Conflict::Outdated);
            spawn_local(async move {
                // Whoever was told has begun a last transaction by then; closing waits for those that have begun.
                timer::sleep(Span(0)).await;
                held.close();
                *connection.borrow_mut() = Connection::Outdated;
            });
        });
        open.set_onversionchange(Some(outdated.unchecked_ref()));
    }
}

impl Write {
    fn store(&self) -> &'static str {
        match self {
            Self::Put { store, .. }
            | Self::PutPiece { store, .. }
            | Self::DeleteAll { store, .. }
            | Self::Delete { store, .. } => store,
        }
    }
}

#[expect(
    deprecated,
    reason = "web_sys marks it by mistake; the standard and all browsers have it"
)]
fn commit(transaction: &IdbTransaction) {
    _ = transaction.commit();
}

fn put(store: &IdbObjectStore, key: &str, value: &str) -> Result<(), Trouble> {
    store
        .put_with_key(&value.into(), &key.into())
        .map(|_| ())
        .map_err(|error| trouble(&error))
}

fn delete(store: &IdbObjectStore, key: &JsValue) -> Result<(), Trouble> {
    store.delete(key).map(|_| ()).map_err(|error| trouble(&error))
}

/// Every name that begins with `prefix`.
fn under(prefix: &str) -> Result<JsValue, Trouble> {
    between(prefix, prefix)
}

/// Every name from `first` on that begins with `prefix`.
fn between(first: &str, prefix: &str) -> Result<JsValue, Trouble> {
    let last = [prefix, "\u{ffff}"].concat();
    IdbKeyRange::bound(&first.into(), &last.into())
        .map(JsValue::from)
        .map_err(|error| trouble(&error))
}

fn list(request: &IdbRequest) -> Result<Array, Trouble> {
    request
        .result()
        .map(JsCast::unchecked_into)
        .map_err(|error| trouble(&error))
}

fn texts(request: &IdbRequest) -> Result<Vec<String>, Trouble> {
    Ok(list(request)?
        .iter()
        .filter_map(|value| value.as_string())
        .collect())
}

/// `IDBDatabase.transaction` with `durability`, which `web_sys` still calls unstable.
fn begin(open: &IdbDatabase, stores: &[&'static str], mode: &str) -> Result<IdbTransaction, JsValue> {
    let names: Array = stores.iter().map(|store| JsValue::from_str(store)).collect();
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let transaction: Function = Reflect::get(open, &"transaction".into())?.unchecked_into();
    transaction
        .call3(open, &names, &mode.into(), &options)
        .map(JsCast::unchecked_into)
}

fn make_stores_when_asked(request: &IdbOpenDbRequest, stores: &'static [&'static str]) {
    let asked = request.clone();
    let make = Closure::once_into_js(move || {
        let Ok(result) = asked.result() else { return };
        let database: IdbDatabase = result.unchecked_into();
        let there = database.object_store_names();
        for store in stores {
            if !there.contains(store) {
                _ = database.create_object_store(store);
            }
        }
    });
    request.set_onupgradeneeded(Some(make.unchecked_ref()));
}

/// A database that opens after everybody stopped waiting must not stand in the way of the next page.
fn close_when_it_opens(request: &IdbOpenDbRequest) {
    let late = request.clone();
    let close = Closure::once_into_js(move || {
        if let Ok(result) = late.result() {
            result.unchecked_into::<IdbDatabase>().close();
        }
    });
    request.set_onsuccess(Some(close.unchecked_ref()));
}

async fn succeeded(request: &IdbRequest) -> Result<(), Trouble> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(settled)
        .await
        .map(|_| ())
        .map_err(|_| Trouble::Failed)
}

/// Waits for `complete`, the browser's word that everything is written.
async fn done(transaction: &IdbTransaction) -> Result<(), Trouble> {
    let settled = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => Ok(()),
        Err(_) => Err(transaction.error().map_or(Trouble::Failed, |error| named(&error))),
    }
}

fn trouble(error: &JsValue) -> Trouble {
    error.dyn_ref().map_or(Trouble::Failed, named)
}

fn named(error: &DomException) -> Trouble {
    if error.name() == "QuotaExceededError" {
        Trouble::Full
    } else {
        Trouble::Failed
    }
}
