//! The phone's storage in a real browser: what the invariant "saved appears only once storage confirmed" stands on.
#![cfg(target_arch = "wasm32")]

use app::browser::indexed_db::{Conflict, Database, Guard, Shape, Trouble, Write};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const STORES: &[&str] = &["drafts", "meta"];

fn shape(name: &'static str) -> Shape {
    Shape {
        name,
        version: 1,
        stores: STORES,
    }
}

fn put(store: &'static str, key: &str, value: &str) -> Write {
    Write::Put {
        store,
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn guard(expected: u64) -> Option<Guard> {
    Some(Guard {
        store: "meta",
        key: "generation",
        expected,
    })
}

async fn open(name: &'static str) -> Database {
    Database::open(shape(name), |_| {})
        .await
        .expect("this browser has storage")
}

async fn texts(database: &Database, store: &'static str) -> Vec<(String, String)> {
    database.read(&[store]).await.expect("storage reads").remove(0)
}

/// Runs JavaScript that puts something in the place of a part of the browser.
fn script(source: &str) {
    js_sys::eval(source).expect("the script runs");
}

#[wasm_bindgen_test]
async fn what_is_written_is_there_after_opening_again() {
    let database = open("kept").await;
    let writes = [
        put("drafts", "b", "two"),
        put("drafts", "a", "één"),
        put("meta", "x", "y"),
    ];
    database.write(None, &writes).await.expect("storage writes");
    database.close();
    let again = open("kept").await;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        texts(&again, "drafts").await,
        [pair("a", "één"), pair("b", "two")]
    );
    let delete = Write::Delete {
        store: "drafts",
        key: "a".to_owned(),
    };
    again.write(None, &[delete]).await.expect("storage writes");
    assert_eq!(texts(&again, "drafts").await, [pair("b", "two")]);
}

#[wasm_bindgen_test]
async fn p12_who_writes_second_writes_nothing() {
    let (first, second) = (open("guarded").await, open("guarded").await);
    first
        .write(guard(0), &[put("drafts", "a", "first")])
        .await
        .expect("nobody wrote before");
    let late = second
        .write(
            guard(0),
            &[put("drafts", "a", "second"), put("drafts", "b", "second")],
        )
        .await;
    assert_eq!(late, Err(Trouble::Stale));
    assert_eq!(
        texts(&first, "drafts").await,
        [("a".to_owned(), "first".to_owned())]
    );
    second
        .write(guard(1), &[put("drafts", "a", "second")])
        .await
        .expect("it knows of the first now");
    assert_eq!(
        texts(&first, "drafts").await,
        [("a".to_owned(), "second".to_owned())]
    );
}

#[wasm_bindgen_test]
async fn a_transaction_that_cannot_be_written_whole_is_not_written_at_all() {
    let database = open("atomic").await;
    // The second of the two puts fails, as it does when the phone is full.
    script(
        "window.realPut = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function (value, key) {
           if (value === 'too much') throw new DOMException('full', 'QuotaExceededError');
           return window.realPut.call(this, value, key);
         };",
    );
    let written = database
        .write(
            guard(0),
            &[put("drafts", "a", "first"), put("drafts", "b", "too much")],
        )
        .await;
    script("IDBObjectStore.prototype.put = window.realPut;");
    assert_eq!(written, Err(Trouble::Full));
    assert_eq!(texts(&database, "drafts").await, []);
    assert_eq!(texts(&database, "meta").await, []);
}

#[wasm_bindgen_test]
async fn p9_a_connection_the_system_closed_is_opened_again() {
    script(
        "window.realOpen = IDBFactory.prototype.open;
         IDBFactory.prototype.open = function (...all) {
           const request = window.realOpen.apply(this, all);
           request.addEventListener('success', () => { window.lastOpened = request.result; });
           return request;
         };",
    );
    let database = open("closed").await;
    script("IDBFactory.prototype.open = window.realOpen; window.lastOpened.close();");
    database
        .write(None, &[put("drafts", "a", "kept")])
        .await
        .expect("it opens again by itself");
    assert_eq!(texts(&database, "drafts").await.len(), 1);
}

#[wasm_bindgen_test]
async fn p9_an_old_page_lets_go_for_a_new_one_and_its_data_stays() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let hears = told.clone();
    let old = Database::open(shape("grows"), move |conflict| hears.borrow_mut().push(conflict))
        .await
        .expect("opens");
    old.write(None, &[put("drafts", "a", "old")])
        .await
        .expect("storage writes");
    let larger = Shape {
        name: "grows",
        version: 2,
        stores: &["drafts", "meta", "sounds"],
    };
    let new = Database::open(larger, |_| {})
        .await
        .expect("the old page made way");
    assert_eq!(*told.borrow(), [Conflict::Outdated]);
    assert_eq!(texts(&new, "drafts").await, [("a".to_owned(), "old".to_owned())]);
    assert_eq!(texts(&new, "sounds").await, []);
    assert_eq!(old.read(&["drafts"]).await, Err(Trouble::Unavailable));
}

#[wasm_bindgen_test]
async fn p9_a_page_that_does_not_make_way_is_waited_for() {
    script(
        "window.stubborn = new Promise((resolve) => {
           const request = indexedDB.open('blocked', 1);
           request.onupgradeneeded = () => request.result.createObjectStore('drafts');
           request.onsuccess = () => resolve(request.result);
         });",
    );
    let held = js_sys::eval("window.stubborn").expect("it is there");
    let held = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(held))
        .await
        .expect("it opens");
    let told = Rc::new(RefCell::new(Vec::new()));
    let hears = told.clone();
    let shape = Shape {
        name: "blocked",
        version: 2,
        stores: STORES,
    };
    let database = Database::open(shape, move |conflict| {
        hears.borrow_mut().push(conflict);
        if conflict == Conflict::Blocked {
            wasm_bindgen::JsCast::unchecked_ref::<web_sys::IdbDatabase>(&held).close();
        }
    });
    let database = database.await.expect("opens once the other has closed");
    assert_eq!(*told.borrow(), [Conflict::Blocked, Conflict::Unblocked]);
    assert_eq!(texts(&database, "meta").await, []);
}

#[wasm_bindgen_test]
async fn p8_storage_that_throws_or_never_answers_is_not_waited_for() {
    script(
        "window.realOpen = IDBFactory.prototype.open;
         IDBFactory.prototype.open = function () { throw new DOMException('no', 'SecurityError'); };",
    );
    let throws = Database::open(shape("forbidden"), |_| {}).await.err();
    script("IDBFactory.prototype.open = function () { return {}; };");
    let hangs = Database::open(shape("hangs"), |_| {}).await.err();
    script("IDBFactory.prototype.open = window.realOpen;");
    assert_eq!(
        (throws, hangs),
        (Some(Trouble::Unavailable), Some(Trouble::Unavailable))
    );
}
