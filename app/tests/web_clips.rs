//! The bytes of clips in a real browser's storage: what "not a word is lost" stands on while somebody speaks.
#![cfg(target_arch = "wasm32")]

mod support;

use app::{
    browser::{ambient::Random, bytes::Bytes, timer},
    phone::clips,
};
use domain::{
    Sha256,
    clip::{Clip, ClipKind},
    draft::OpenClip,
    id::ClipId,
    recording::whole,
    time::Span,
};
use support::{page, page_without_storage, script};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const WEBM: &str = "audio/webm;codecs=opus";
const NONE: [u32; 0] = [];

fn clip() -> OpenClip {
    OpenClip {
        id: ClipId::random(&mut Random),
        media_type: WEBM.to_owned(),
    }
}

/// Half a second of "sound", different in every slice.
fn slice(number: u32) -> Vec<u8> {
    (0..2_000).map(|byte| (byte * 7 + number * 13) as u8).collect()
}

fn concatenated(numbers: std::ops::Range<u32>) -> Vec<u8> {
    numbers.flat_map(slice).collect()
}

async fn record(clip: ClipId, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        let until = Span(i64::from(number + 1) * 500);
        clips::keep_slice(clip, number, until, Bytes::new(&slice(number)))
            .await
            .expect("storage writes");
    }
}

async fn numbers(clip: ClipId) -> Vec<u32> {
    let slices = clips::slices(clip).await.expect("storage reads");
    slices.iter().map(|slice| slice.number).collect()
}

/// Runs JavaScript with the store `slices` of this clip at hand, and waits until what it did is written.
async fn in_storage(clip: ClipId, source: &str) {
    let work = format!(
        "new Promise((resolve, reject) => {{
           const opening = indexedDB.open('vertelpunt');
           opening.onsuccess = () => {{
             const transaction = opening.result.transaction('slices', 'readwrite');
             const store = transaction.objectStore('slices');
             const key = (number) => '{clip}/' + String(number).padStart(8, '0');
             {source};
             transaction.oncomplete = () => {{ opening.result.close(); resolve(); }};
             transaction.onabort = reject;
           }};
         }})"
    );
    let work: js_sys::Promise = js_sys::eval(&work).expect("the script runs").unchecked_into();
    JsFuture::from(work).await.expect("storage does it");
}

async fn blob_of(clip: &OpenClip) -> Option<Vec<u8>> {
    let bytes = clips::blob(clip.id, &clip.media_type).await?.bytes().await?;
    let sum = bytes.sha256().await;
    // The bytes themselves stay with the browser; the checksum says which they are.
    (0..10)
        .map(|count| concatenated(0..count))
        .find(|whole| Sha256::of(whole) == sum)
}

#[wasm_bindgen_test]
async fn p1_every_slice_is_a_strict_transaction_of_its_own() {
    page().await;
    script(
        "window.modes = [];
         window.realTransaction = IDBDatabase.prototype.transaction;
         IDBDatabase.prototype.transaction = function (stores, mode, options) {
           const made = window.realTransaction.call(this, stores, mode, options);
           if (mode === 'readwrite') window.modes.push([...stores].join() + ' ' + made.durability);
           return made;
         };",
    );
    let clip = clip();
    record(clip.id, 0..3).await;
    script("IDBDatabase.prototype.transaction = window.realTransaction;");
    let modes = js_sys::eval("window.modes.join('; ')")
        .expect("it is there")
        .as_string();
    assert_eq!(
        modes.as_deref(),
        Some("slices strict; slices strict; slices strict")
    );
    let slices = clips::slices(clip.id).await.expect("storage reads");
    assert_eq!(whole(&slices), (3, Span(1_500)));
    clips::remove(clip.id).await.expect("storage writes");
    assert_eq!(numbers(clip.id).await, NONE);
}

#[wasm_bindgen_test]
async fn me4_closing_tells_length_time_and_checksum_of_all_slices_together() {
    page().await;
    let clip = clip();
    record(clip.id, 0..4).await;
    let closed = clips::close(&clip).await.expect("storage reads");
    let expected = concatenated(0..4);
    assert_eq!(
        closed,
        Some(Clip {
            id: clip.id,
            kind: ClipKind::Sound,
            media_type: WEBM.to_owned(),
            length: 8_000,
            millis: 2_000,
            sha256: Sha256::of(&expected),
            words: None,
        })
    );
    assert_eq!(numbers(clip.id).await, [0, 1, 2, 3]);
    assert_eq!(blob_of(&clip).await, Some(expected));
    clips::remove(clip.id).await.expect("storage writes");
    assert!(clips::blob(clip.id, WEBM).await.is_none());
}

#[wasm_bindgen_test]
async fn p2_last_rows_that_are_gone_cost_only_themselves() {
    page().await;
    let clip = clip();
    record(clip.id, 0..5).await;
    in_storage(clip.id, "store.delete(key(3)); store.delete(key(4))").await;
    let closed = clips::close(&clip)
        .await
        .expect("storage reads")
        .expect("three are whole");
    assert_eq!(
        (closed.length, closed.millis, closed.sha256),
        (6_000, 1_500, Sha256::of(&concatenated(0..3)))
    );
    clips::remove(clip.id).await.expect("storage writes");
}

#[wasm_bindgen_test]
async fn p2_a_torn_slice_and_what_follows_it_do_not_count_and_are_removed() {
    page().await;
    for tear in [
        // Cut off.
        "store.get(key(2)).onsuccess = (event) => {
           const value = event.target.result;
           store.put({ ...value, bytes: value.bytes.slice(0, 1999) }, key(2));
         }",
        // One bit.
        "store.get(key(2)).onsuccess = (event) => {
           const value = event.target.result;
           new Uint8Array(value.bytes)[1000] ^= 1;
           store.put(value, key(2));
         }",
        // Something else altogether.
        "store.put('not a piece', key(2))",
    ] {
        let clip = clip();
        record(clip.id, 0..5).await;
        in_storage(clip.id, tear).await;
        let closed = clips::close(&clip)
            .await
            .expect("storage reads")
            .expect("two are whole");
        assert_eq!(
            (closed.length, closed.millis, closed.sha256),
            (4_000, 1_000, Sha256::of(&concatenated(0..2))),
            "{tear}"
        );
        assert_eq!(numbers(clip.id).await, [0, 1], "{tear}");
        assert_eq!(blob_of(&clip).await, Some(concatenated(0..2)), "{tear}");
        in_storage(
            clip.id,
            "store.getAllKeys(IDBKeyRange.bound(key(2), key(9))).onsuccess = (event) => {
               if (event.target.result.length) throw new Error('something is left');
             }",
        )
        .await;
        clips::remove(clip.id).await.expect("storage writes");
    }
}

#[wasm_bindgen_test]
async fn me3_what_comes_after_a_gap_does_not_count() {
    page().await;
    let (gap, headless) = (clip(), clip());
    record(gap.id, [0, 1, 3, 4]).await;
    let closed = clips::close(&gap)
        .await
        .expect("storage reads")
        .expect("two are whole");
    assert_eq!((closed.length, closed.millis), (4_000, 1_000));
    assert_eq!(numbers(gap.id).await, [0, 1]);
    record(headless.id, [1, 2]).await;
    assert_eq!(clips::close(&headless).await, Ok(None));
    assert_eq!(numbers(headless.id).await, NONE);
    clips::remove(gap.id).await.expect("storage writes");
}

#[wasm_bindgen_test]
async fn only_clips_that_nobody_names_are_swept() {
    page().await;
    let (named, nameless, begun_meanwhile) = (clip(), clip(), clip());
    record(named.id, 0..3).await;
    record(nameless.id, 0..3).await;
    let stored = clips::stored().await.expect("storage reads");
    assert_eq!(stored.len(), 2);
    // Another tab begins to record after this one looked.
    record(begun_meanwhile.id, 0..1).await;
    clips::sweep(&stored, &[named.id]).await.expect("storage writes");
    assert_eq!(numbers(named.id).await, [0, 1, 2]);
    assert_eq!(numbers(nameless.id).await, NONE);
    assert_eq!(numbers(begun_meanwhile.id).await, [0]);
    for clip in [named, begun_meanwhile] {
        clips::remove(clip.id).await.expect("storage writes");
    }
}

#[wasm_bindgen_test]
async fn a_picture_is_one_slice() {
    page().await;
    let picture = OpenClip {
        media_type: "image/jpeg".to_owned(),
        ..clip()
    };
    clips::keep_whole(picture.id, Bytes::new(&slice(0)))
        .await
        .expect("storage writes");
    let closed = clips::close_as(&picture, ClipKind::Photo)
        .await
        .expect("storage reads")
        .expect("it is whole");
    assert_eq!(
        (closed.kind, closed.length, closed.millis),
        (ClipKind::Photo, 2_000, 0)
    );
    assert_eq!(closed.check(), Ok(()));
    clips::remove(picture.id).await.expect("storage writes");
}

#[wasm_bindgen_test]
async fn p3_a_late_and_huge_slice_is_stored_without_holding_up_the_page() {
    page().await;
    let clip = clip();
    // How long the page did not get round to anything else, at the worst.
    script(
        "window.worst = 0; window.last = performance.now();
         window.pulse = setInterval(() => {
           const now = performance.now();
           window.worst = Math.max(window.worst, now - window.last);
           window.last = now;
         }, 10);",
    );
    let bytes = Bytes::new(&vec![7; 50_000_000]);
    timer::sleep(Span(20)).await;
    script("window.worst = 0; window.last = performance.now();");
    clips::keep_slice(clip.id, 0, Span::seconds(30), bytes)
        .await
        .expect("storage writes");
    let closed = clips::close(&clip)
        .await
        .expect("storage reads")
        .expect("it is whole");
    script("clearInterval(window.pulse)");
    let worst = js_sys::eval("window.worst")
        .expect("it is there")
        .as_f64()
        .expect("a number");
    assert_eq!((closed.length, closed.millis), (50_000_000, 30_000));
    assert!(worst < 1_000.0, "the page stood still for {worst} ms");
    clips::remove(clip.id).await.expect("storage writes");
}

#[wasm_bindgen_test]
async fn p6_a_full_phone_keeps_what_it_had() {
    page().await;
    let clip = clip();
    record(clip.id, 0..2).await;
    script(
        "window.realPut = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };",
    );
    let refused = clips::keep_slice(clip.id, 2, Span(1_500), Bytes::new(&slice(2))).await;
    script("IDBObjectStore.prototype.put = window.realPut;");
    assert_eq!(refused, Err(app::browser::indexed_db::Trouble::Full));
    let closed = clips::close(&clip)
        .await
        .expect("storage reads")
        .expect("two are whole");
    assert_eq!(closed.millis, 1_000);
    clips::remove(clip.id).await.expect("storage writes");
    assert!(clips::room().await.is_some_and(|free| free > 0));
}

#[wasm_bindgen_test]
async fn p8_without_storage_a_recording_lives_in_memory() {
    page_without_storage().await;
    let (kept, gone) = (clip(), clip());
    // Also in memory slices are in the order of their numbers.
    record(kept.id, [2, 0, 1]).await;
    record(gone.id, 0..2).await;
    assert_eq!(clips::stored().await.map(|stored| stored.len()), Ok(2));
    clips::remove(gone.id).await.expect("memory forgets");
    let closed = clips::close(&kept)
        .await
        .expect("memory reads")
        .expect("it is whole");
    assert_eq!(closed.sha256, Sha256::of(&concatenated(0..3)));
    assert_eq!(blob_of(&kept).await, Some(concatenated(0..3)));
    let stored = clips::stored().await.expect("memory reads");
    clips::sweep(&stored, &[]).await.expect("memory forgets");
    assert_eq!(clips::stored().await, Ok(Vec::new()));
}

#[wasm_bindgen_test]
async fn checksums_are_the_same_at_an_insecure_address() {
    let bytes = Bytes::new(&slice(0));
    let secure = bytes.sha256().await;
    script("Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true });");
    let insecure = bytes.sha256().await;
    script("delete crypto.subtle;");
    assert_eq!((secure, insecure), (Sha256::of(&slice(0)), Sha256::of(&slice(0))));
}
