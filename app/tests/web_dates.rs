//! Days in the language of the screen, as a real browser writes them.
#![cfg(target_arch = "wasm32")]

use app::{
    browser::dates::day,
    texts::{DUTCH, Language, set_language},
};
use domain::time::Timestamp;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The 3rd of May 2026 at noon in Greenwich, which is the same day wherever this is tried.
const THIRD_OF_MAY: Timestamp = Timestamp(1_777_809_600_000);

#[wasm_bindgen_test]
fn a_day_is_written_as_people_here_write_it() {
    for (language, written) in [
        (Language::Nl, "3 mei 2026"),
        (Language::En, "3 May 2026"),
        (Language::Ar, "3 مايو 2026"),
        (Language::Qps, "3 mei 2026"),
    ] {
        set_language(language, DUTCH);
        assert_eq!(day(THIRD_OF_MAY), written);
    }
}
