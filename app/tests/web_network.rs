//! Telling our own server from everything else, with the browser's real `fetch`.
#![cfg(target_arch = "wasm32")]

use app::browser::network;
use domain::sync::outbox::Failure;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn p15_a_page_in_place_of_the_answer_is_not_ours() {
    let page = network::get("data:text/html,<h1>Welcome to our Wi-Fi</h1>").await;
    assert_eq!(page, Err(Failure::NotOurs));
}

#[wasm_bindgen_test]
async fn json_is_an_answer() {
    let answer = network::get("data:application/json,{\"a\":1}").await;
    assert_eq!(answer.as_deref(), Ok("{\"a\":1}"));
}

#[wasm_bindgen_test]
async fn p14_where_nobody_listens_nobody_is_reached() {
    // Port 9 is one that browsers refuse to connect to at all: it fails at once, on every machine.
    let nobody = network::post("http://localhost:9/api/v1/sync", "", "{}").await;
    assert_eq!(nobody, Err(Failure::Unreachable));
}

#[wasm_bindgen_test]
async fn p15_a_server_that_does_not_know_the_address_is_not_ours() {
    // The server of the test page itself answers "404 Not Found" in plain text.
    let other = network::post("/api/v1/sync", "aa", "{}").await;
    assert_eq!(other, Err(Failure::NotOurs));
}
