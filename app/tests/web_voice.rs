//! Reading aloud, with the browser's speech replaced by one that writes down what it was asked.
#![cfg(target_arch = "wasm32")]

mod support;

use app::{
    browser::{ambient, drawing::mount, voice::Voice},
    components::ear::{ear, silent_while},
    markup::{IntoView, View, el},
    watch::{Memo, RwSignal},
};
use domain::time::Span;
use support::{for_ever, frame, script, until};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

/// A phone with these voices: `[language, is it on the phone]`. What is said ends when `ends` holds.
fn phone(voices: &str, ends: bool) {
    script(&format!(
        "document.querySelectorAll('.screen').forEach((screen) => screen.remove());
         window.said = []; window.ended = 0;
         window.voicesOf = (list) => list.map(([lang, localService]) => ({{ lang, localService }}));
         window.voices = voicesOf({voices});
         window.SpeechSynthesisUtterance = class {{ constructor(text) {{ this.text = text; }} }};
         const speech = {{
           getVoices: () => window.voices,
           speak: (what) => {{
             window.said.push([what.text, what.voice.lang, what.voice.localService].join('|'));
             if ({ends}) setTimeout(() => what.onend(), 5);
             else window.open = what;
           }},
           cancel: () => {{ window.ended += 1; if (window.open) window.open.onerror(); window.open = null; }},
         }};
         Object.defineProperty(window, 'speechSynthesis', {{ value: speech, configurable: true }});"
    ));
}

fn number(source: &str) -> f64 {
    js_sys::eval(source)
        .ok()
        .and_then(|value| value.as_f64())
        .expect("a number")
}

fn said() -> String {
    let said = js_sys::eval("window.said.join('\\n')").expect("a text");
    said.as_string().expect("a text")
}

fn find(selector: &str) -> HtmlElement {
    let found = leptos::prelude::document()
        .query_selector(selector)
        .ok()
        .flatten();
    found
        .and_then(|found| found.dyn_into().ok())
        .expect("it is in the page")
}

fn has_ear() -> bool {
    !find(".vp-ear").has_attribute("hidden")
}

fn speaks() -> bool {
    find(".vp-ear").get_attribute("aria-pressed").as_deref() == Some("true")
}

/// A screen in `language` with an ear.
async fn screen(language: &'static str, recording: RwSignal<bool>, body: fn() -> View) {
    for_ever(move || {
        Voice::provide();
        silent_while(Memo::new(move |_| recording.get()));
        let view = el("div")
            .class("screen")
            .attr("lang", language)
            .child(ear())
            .child(el("div").class("vp-main").child(body()));
        std::mem::forget(mount(
            view.into_view(),
            &leptos::prelude::document().body().expect("a body"),
        ));
    });
    frame().await;
    frame().await;
}

fn words() -> View {
    el("div")
        .child(
            el("h1")
                .child(el("span").class("vp-hidden").child("Vraag 1. "))
                .child("Wie  ben\n je"),
        )
        .child(el("p").child("Sam vraagt het."))
        .child(el("p").attr("hidden", true).child("Ongezien."))
        .child(el("p").attr("translate", "no").child("Wat iemand vertelde."))
        .child(el("p").attr("lang", "en").child("In English"))
        .child(
            el("button")
                .class("vp-btn")
                .aloud("Ja, dat mag".to_owned())
                .child("Ja"),
        )
        .child(el("button").class("vp-btn vp-btn--small").child("Terzijde"))
        .into_view()
}

#[wasm_bindgen_test]
async fn only_a_voice_of_the_phone_itself_in_the_screens_language_speaks() {
    phone("[['nl-NL', false], ['de-DE', true], ['nl_BE', true]]", true);
    screen("nl", RwSignal::new(false), words).await;
    assert!(has_ear() && said().is_empty(), "it never sounds by itself");
    find(".vp-ear").click();
    until(speaks).await;
    until(|| !speaks()).await;
    let all = "Wie ben je|nl_BE|true\nSam vraagt het.|nl_BE|true\nJa, dat mag|nl_BE|true";
    assert_eq!(said(), all, "in order, English left out");
}

#[wasm_bindgen_test]
async fn without_such_a_voice_there_is_no_ear() {
    for voices in ["[]", "[['nl-NL', false]]", "[['en-GB', true], ['nld', true]]"] {
        phone(voices, true);
        screen("nl", RwSignal::new(false), words).await;
        assert!(!has_ear(), "{voices}");
    }
    phone("[['nl-NL', true], ['en-GB', true]]", true);
    screen("ar", RwSignal::new(false), words).await;
    assert!(!has_ear(), "Arabic is never read by another language's voice");
}

#[wasm_bindgen_test]
async fn a_voice_that_comes_late_brings_the_ear() {
    phone("[]", true);
    screen("nl", RwSignal::new(false), words).await;
    assert!(!has_ear());
    script("window.voices = voicesOf([['nl', true]]); speechSynthesis.onvoiceschanged();");
    until(has_ear).await;
}

#[wasm_bindgen_test]
async fn what_is_read_is_marked_and_a_second_press_stops() {
    phone("[['nl', true]]", false);
    screen("nl", RwSignal::new(false), words).await;
    find(".vp-ear").click();
    until(|| number("window.said.length") == 1.0).await;
    assert!(speaks());
    assert_eq!(find(".is-heard").tag_name(), "H1");
    find(".vp-ear").click();
    until(|| !speaks()).await;
    frame().await;
    assert!(number("window.ended") > 0.0, "the browser was told to stop");
    assert_eq!(number("document.querySelectorAll('.is-heard').length"), 0.0);
    assert_eq!(number("window.said.length"), 1.0, "nothing comes after it");
}

#[wasm_bindgen_test]
async fn nothing_sounds_while_somebody_is_recorded_nor_out_of_sight() {
    phone("[['nl', true]]", false);
    let recording = RwSignal::new(false);
    screen("nl", recording, words).await;
    find(".vp-ear").click();
    until(|| number("window.said.length") == 1.0).await;
    recording.set(true);
    until(|| !speaks()).await;
    frame().await;
    assert!(!has_ear());
    find(".vp-ear").click();
    frame().await;
    assert_eq!(number("window.said.length"), 1.0);
    recording.set(false);
    until(has_ear).await;
    find(".vp-ear").click();
    until(speaks).await;
    script(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'));
         delete document.hidden;",
    );
    until(|| !speaks()).await;
}

#[wasm_bindgen_test]
async fn words_of_a_code_come_slowly_and_again_when_they_are_pressed() {
    phone("[['nl', true]]", true);
    screen("nl", RwSignal::new(false), || {
        let word = |word: &'static str| el("li").attr("data-slow", true).child(word);
        el("div")
            .child(el("h1").child("De code van Sam"))
            .child(el("ol").child(word("fiets")).child(word("vis")))
            .into_view()
    })
    .await;
    find("li").click();
    frame().await;
    assert!(said().is_empty(), "nobody listens yet");
    find(".vp-ear").click();
    let started = ambient::now();
    until(|| number("window.said.length") == 3.0).await;
    assert!(ambient::now().since(started) > Span(2_000));
    find(".vp-ear").click();
    find("li").click();
    until(|| number("window.said.length") == 4.0).await;
    assert!(said().ends_with("fiets|nl|true"));
}
