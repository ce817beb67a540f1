//! P9: a newer page wants the phone's storage while this one is being written in. (A file of its own: each test file
//! has its own origin, and no page of this build can open the database afterwards.)
#![cfg(target_arch = "wasm32")]

mod support;

use app::{
    browser::indexed_db::{Database, Shape},
    phone::Saved,
};
use support::{page, tell, until};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn p9_the_old_page_keeps_what_was_being_typed_lets_go_and_says_so() {
    let old = page().await;
    tell(old, "Nog niet gestopt met typen").await;
    assert_eq!(old.saved.get_untracked(), Saved::Saving);
    let newer = Shape {
        name: "vertelpunt",
        version: 3,
        stores: &["drafts", "sounds"],
    };
    let newer = Database::open(newer, |_| {})
        .await
        .expect("the old page makes way");
    let drafts = newer.read(&["drafts"]).await.expect("storage reads").remove(0);
    assert!(
        drafts
            .iter()
            .any(|(_, draft)| draft.contains("Nog niet gestopt met typen"))
    );
    assert!(old.upgrade_needed.get_untracked());
    newer.close();
    // An old page out of a cache finds the newer storage: it says so as well, and does not begin beside it.
    let cached = page().await;
    until(|| cached.upgrade_needed.get_untracked()).await;
}
