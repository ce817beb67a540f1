//! Reading aloud what stands on the screen, on request: recordings, else a voice of the phone itself (`localService`),
//! never one that sends the words to somebody. [`crate::aloud`] says which; here is what is read, in which order.
//!
//! The order is that of the page: headings, paragraphs, tiles and large buttons of what is in view, and whatever has
//! words of its own to be heard ([`El::aloud`](crate::markup::El::aloud)). Each in the language of its `lang`.

use super::{IS_HERE, document, lifecycle, service_worker, timer};
use crate::aloud::{Step, in_files, recordings, steps};
use crate::texts;
use crate::watch::{Effect, RwSignal, expect_context, provide_context};
use domain::time::Span;
use leptos::prelude::{request_animation_frame, window};
use std::cell::{Cell, OnceCell};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Element, HtmlAudioElement, HtmlElement, SpeechSynthesis, SpeechSynthesisUtterance, SpeechSynthesisVoice,
};

/// What is read. A button of the small kind is an aside; what the teller wrote has `translate="no"` and stays unheard.
const READ: &str =
    "h1,h2,p,legend,.vp-tile,.vp-btn:not(.vp-btn--small),.vp-story .vp-pair,[data-aloud],[data-slow]";
/// What says itself again when it is pressed, once somebody listens.
const AGAIN: &str = ".vp-tile[aria-pressed],[data-slow]";
const SCREEN: &str = ".vp-main";
/// The class of what is being read.
const MARK: &str = "is-heard";

/// Between two things.
const BREATH: Span = Span(350);
/// Between two words of a code: time to write one down.
const TO_WRITE: Span = Span(2_000);
/// A little slower than the voice would.
const RATE: f32 = 0.85;

/// The ear's state; one in each tab.
#[derive(Clone, Copy)]
pub struct Voice {
    /// Something is being read.
    pub speaks: RwSignal<bool>,
    /// What this screen is about can be read: only then is there an ear.
    pub can: RwSignal<bool>,
    /// Nothing may sound: somebody is being recorded.
    pub silent: RwSignal<bool>,
}

thread_local! {
    static HERE: Cell<Option<Voice>> = const { Cell::new(None) };
    /// Counts readings; one that is not the latest stops.
    static TURN: Cell<u32> = const { Cell::new(0) };
    /// The ear was pressed on this screen, so that what changes here may be said.
    static LISTENS: Cell<bool> = const { Cell::new(false) };
    /// One for all: on iOS only an element that a finger started may go on by itself.
    static AUDIO: OnceCell<Option<HtmlAudioElement>> = const { OnceCell::new() };
}

/// One thing to read.
struct Unit {
    node: HtmlElement,
    words: String,
    language: String,
}

/// How a recording ended.
#[derive(PartialEq, Eq)]
enum Played {
    ToTheEnd,
    /// Something else, such as a call, took the sound.
    CutOff,
    /// It could not be had or played.
    NotAtAll,
}

impl Voice {
    /// Makes the state for everything below. The app does this once, before it draws.
    pub fn provide() {
        let voice = Self {
            speaks: RwSignal::new(false),
            can: RwSignal::new(false),
            silent: RwSignal::new(false),
        };
        provide_context(voice);
        if !IS_HERE {
            return;
        }
        HERE.set(Some(voice));
        Effect::new(|| {
            // The browser learns its voices late. A property, because in older Safaris it is no event target.
            if let Some(synth) = synthesis() {
                let came = wasm_bindgen::closure::Closure::<dyn Fn()>::new(look);
                synth.set_onvoiceschanged(Some(came.as_ref().unchecked_ref()));
                came.forget();
            }
            lifecycle::listen(&document::document(), "visibilitychange", |_| {
                if !lifecycle::is_visible() {
                    stop();
                }
            });
            lifecycle::listen(&window(), "pagehide", |_| stop());
            lifecycle::listen(&window(), "click", |event| {
                let pressed = event
                    .target()
                    .and_then(|target| target.dyn_into::<Element>().ok());
                if let Some(Ok(Some(pressed))) = pressed.map(|pressed| pressed.closest(AGAIN)) {
                    again(pressed);
                }
            });
        });
    }

    /// The state, anywhere below the app.
    pub fn here() -> Self {
        expect_context()
    }
}

/// The ear was pressed: reads this screen, or stops.
pub fn turn() {
    if HERE.get().is_none_or(|voice| voice.speaks.get_untracked()) {
        return stop();
    }
    LISTENS.set(true);
    service_worker::keep_voice(&recordings(texts::current().tag()));
    read(units(None));
}

/// Stops reading.
pub fn stop() {
    let Some(voice) = HERE.get() else { return };
    TURN.set(TURN.get() + 1);
    if !voice.speaks.get_untracked() {
        return;
    }
    voice.speaks.set(false);
    if let Some(synth) = synthesis() {
        synth.cancel();
    }
    if let Some(audio) = audio() {
        _ = audio.pause();
    }
    for node in all(&[".", MARK].concat()) {
        mark(&node, false);
    }
}

/// Another screen has come, or this one goes.
pub fn leave() {
    LISTENS.set(false);
    stop();
    look();
}

/// Looks, once it is drawn, whether what the screen is about can be read.
pub fn look() {
    let Some(voice) = HERE.get() else { return };
    request_animation_frame(move || {
        let heading = all("h1").into_iter().next().and_then(unit);
        let can = heading.is_some_and(|heading| {
            // Half a question would mislead, and buttons without their question more so.
            in_files(&heading.language, &heading.words).1 || own_voice(&heading.language).is_some()
        });
        voice.can.try_set(can);
    });
}

/// Reads what stands at `selector` once it is drawn, where somebody listens on this screen.
pub fn say_again(selector: &'static str) {
    if LISTENS.get() {
        request_animation_frame(move || read(units(Some(selector))));
    }
}

fn again(pressed: Element) {
    if !LISTENS.get() {
        return;
    }
    request_animation_frame(move || {
        let let_go = pressed
            .get_attribute("aria-pressed")
            .is_some_and(|now| now != "true");
        stop();
        if !let_go && pressed.is_connected() {
            read(pressed.dyn_into().ok().and_then(unit).into_iter().collect());
        }
    });
}

/// What is on the screen at `selector`, in the order of the page.
fn all(selector: &str) -> Vec<HtmlElement> {
    let mut found = Vec::new();
    if let Ok(Some(screen)) = document::document().query_selector(SCREEN)
        && let Ok(nodes) = screen.query_selector_all(selector)
    {
        for place in 0..nodes.length() {
            found.extend(nodes.get(place).and_then(|node| node.dyn_into().ok()));
        }
    }
    found
}

fn units(only: Option<&str>) -> Vec<Unit> {
    let read = |node: &HtmlElement| {
        let within = node
            .parent_element()
            .and_then(|parent| parent.closest(READ).ok().flatten());
        let holds = node.query_selector("[data-aloud]").ok().flatten();
        within.is_none()
            && holds.is_none()
            && node.get_attribute("translate").is_none_or(|asked| asked != "no")
    };
    all(only.unwrap_or(READ))
        .into_iter()
        .filter(read)
        .filter_map(unit)
        .collect()
}

/// What there is to say about an element; nothing about one that is not seen.
fn unit(node: HtmlElement) -> Option<Unit> {
    // Where nobody sees it there is no box around it; what is only for screen readers is not for this.
    node.offset_parent()
        .filter(|_| !node.class_list().contains("vp-hidden"))?;
    let own = |name| node.get_attribute(name).filter(|words| !words.is_empty());
    let words = own("data-aloud").or_else(|| own("aria-label")).or_else(|| {
        let copy: Element = node.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
        while let Ok(Some(hidden)) = copy.query_selector(".vp-hidden") {
            hidden.remove();
        }
        copy.text_content()
    })?;
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let language = node.closest("[lang]").ok().flatten()?.get_attribute("lang")?;
    (!words.is_empty()).then_some(Unit {
        node,
        words,
        language,
    })
}

fn read(units: Vec<Unit>) {
    let Some(voice) = HERE.get() else { return };
    if voice.silent.get_untracked() || units.is_empty() {
        return;
    }
    stop();
    let turn = TURN.get();
    voice.speaks.set(true);
    spawn_local(async move {
        for unit in units {
            let own = own_voice(&unit.language);
            let steps = steps(&unit.language, &unit.words, own.is_some());
            if steps.is_empty() {
                continue;
            }
            mark(&unit.node, true);
            document::bring_into_view(&unit.node);
            for step in steps {
                let file = match &step {
                    Step::File(file) => play(file).await,
                    Step::Say(_) => Played::NotAtAll,
                };
                if TURN.get() != turn || file == Played::CutOff {
                    break;
                }
                if let (Played::NotAtAll, Some(own)) = (file, &own) {
                    say(own, &unit.words).await;
                }
            }
            mark(&unit.node, false);
            if TURN.get() == turn {
                let slow = unit.node.has_attribute("data-slow");
                timer::sleep(if slow { TO_WRITE } else { BREATH }).await;
            }
            if TURN.get() != turn {
                return;
            }
        }
        stop();
    });
}

fn mark(node: &HtmlElement, on: bool) {
    _ = node.class_list().toggle_with_force(MARK, on);
}

/// `None` where the browser has none.
fn synthesis() -> Option<SpeechSynthesis> {
    let synth = window().speech_synthesis().ok()?;
    (!synth.is_undefined()).then_some(synth)
}

/// A voice on this phone in this language. One that answers to `localService` sends nothing anywhere.
fn own_voice(language: &str) -> Option<SpeechSynthesisVoice> {
    let voices = synthesis()?.get_voices();
    voices
        .iter()
        .map(|voice| voice.unchecked_into::<SpeechSynthesisVoice>())
        .find(|voice| {
            let tag = voice.lang();
            // "nl-NL", and "nl_NL" on Android.
            voice.local_service() && tag.split(['-', '_']).next().is_some_and(|tag| tag == language)
        })
}

async fn say(voice: &SpeechSynthesisVoice, words: &str) {
    let (Some(synth), Ok(utterance)) = (synthesis(), SpeechSynthesisUtterance::new_with_text(words)) else {
        return;
    };
    utterance.set_voice(Some(voice));
    utterance.set_lang(&voice.lang());
    utterance.set_rate(RATE);
    let over = js_sys::Promise::new(&mut |over, _| {
        utterance.set_onend(Some(&over));
        utterance.set_onerror(Some(&over));
    });
    synth.speak(&utterance);
    _ = JsFuture::from(over).await;
}

fn audio() -> Option<HtmlAudioElement> {
    AUDIO.with(|audio| audio.get_or_init(|| HtmlAudioElement::new().ok()).clone())
}

async fn play(file: &str) -> Played {
    let Some(audio) = audio() else {
        return Played::NotAtAll;
    };
    audio.set_src(file);
    let Ok(begins) = audio.play() else {
        return Played::NotAtAll;
    };
    if JsFuture::from(begins).await.is_err() {
        return Played::NotAtAll;
    }
    loop {
        if audio.ended() {
            return Played::ToTheEnd;
        }
        if audio.error().is_some() {
            return Played::NotAtAll;
        }
        if audio.paused() {
            return Played::CutOff;
        }
        let changes = js_sys::Promise::new(&mut |changes, _| {
            audio.set_onended(Some(&changes));
            audio.set_onpause(Some(&changes));
            audio.set_onerror(Some(&changes));
        });
        _ = JsFuture::from(changes).await;
    }
}
