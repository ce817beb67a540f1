//! Carrying bytes in a real browser: what is taken of them, how they are written in a header, and that they stop.
#![cfg(target_arch = "wasm32")]

mod support;

use app::browser::{
    bytes::{Bytes, base64},
    network,
};
use domain::{
    Sha256,
    sync::{delivery::Reply, outbox::Failure},
};
use support::{script, until};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn up2_a_chunk_is_exactly_the_bytes_that_were_asked_for() {
    let all: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let bytes = Bytes::new(&all);
    for (from, length) in [(0, 5_000), (0, 1), (4_999, 1), (1_234, 2_345)] {
        let chunk = bytes.part(from, length);
        let expected = &all[from as usize..(from + length) as usize];
        assert_eq!(
            (chunk.length(), chunk.sha256().await),
            (length, Sha256::of(expected))
        );
    }
    assert_eq!(bytes.part(4_990, 100).length(), 10, "there are no more");
}

#[wasm_bindgen_test]
fn up2_checksums_are_written_as_headers_carry_them() {
    for (bytes, text) in [
        (&b""[..], ""),
        (b"f", "Zg=="),
        (b"foobar", "Zm9vYmFy"),
        (&[0xff, 0, 0x80], "/wCA"),
    ] {
        assert_eq!(base64(bytes), text);
    }
}

#[wasm_bindgen_test]
async fn up1_bytes_that_are_not_wanted_any_more_stop_on_their_way() {
    // A line on which nothing ever arrives.
    script(
        "window.fetchForReal = window.fetch;
         window.fetch = (path, init) => new Promise((_, fail) => {
           window.carried = [path, init.method, init.headers.get('tus-resumable'), init.headers.get('upload-offset'), init.body.byteLength].join(' ');
           init.signal.addEventListener('abort', () => fail(new DOMException('no', 'AbortError')));
         });",
    );
    let carried = || {
        js_sys::eval("window.carried")
            .ok()
            .and_then(|seen| seen.as_string())
    };
    wasm_bindgen_futures::spawn_local(async move {
        until(|| carried().is_some()).await;
        network::stop_carrying();
    });
    let body = Bytes::new(b"twelve bytes");
    let place = "/api/v1/media/one";
    let reply = network::carry("PATCH", place, &[("upload-offset", "7")], Some(&body)).await;
    script("window.fetch = window.fetchForReal;");
    assert_eq!(reply, Reply::Failed(Failure::Unreachable));
    assert_eq!(carried().as_deref(), Some("/api/v1/media/one PATCH 1.0.0 7 12"));
    // Where nothing is carried there is nothing to stop.
    network::stop_carrying();
}
