//! What was recorded, played by a real browser.
#![cfg(target_arch = "wasm32")]

mod support;

use app::browser::{
    bytes::{Blob, Bytes},
    player::{Played, Player},
};
use domain::time::Span;
use std::{cell::RefCell, rc::Rc};
use support::{
    ear::{is, pass, recording},
    script, until,
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn p1_what_was_recorded_decodes_and_lasts_as_long_as_was_said() {
    let (blob, lasts) = recording(4).await;
    script(
        "window.realUrl = URL.createObjectURL; URL.createObjectURL = (blob) => { window.blob = blob; return ''; };",
    );
    drop(Player::new(vec![(blob, lasts)], Rc::new(|_| {})));
    script(
        "URL.createObjectURL = window.realUrl;
         window.sound = null;
         window.blob.arrayBuffer()
           .then((bytes) => new OfflineAudioContext(1, 48000, 48000).decodeAudioData(bytes))
           .then((sound) => { window.sound = sound; });",
    );
    until(|| is("window.sound")).await;
    let decoded = js_sys::eval("window.sound.duration * 1000").expect("it is there");
    let decoded = decoded.as_f64().expect("a number") as i64;
    assert!(
        (decoded - lasts.0).abs() < 400,
        "{decoded} ms decoded, {lasts:?} told"
    );
}

/// What a player told.
#[derive(Clone, Default)]
struct Listener(Rc<RefCell<Vec<Played>>>);

impl Listener {
    fn player(&self, parts: Vec<(Blob, Span)>) -> Player {
        let told = self.0.clone();
        Player::new(parts, Rc::new(move |what| told.borrow_mut().push(what)))
    }

    /// The places told.
    fn places(&self) -> Vec<i64> {
        let place = |what: &Played| match what {
            Played::At(at) => Some(at.0),
            _ => None,
        };
        self.0.borrow().iter().filter_map(place).collect()
    }

    fn heard(&self, what: Played) -> bool {
        self.0.borrow().contains(&what)
    }

    fn is_at(&self, place: i64) -> bool {
        self.places().iter().any(|at| (at - place).abs() < 60)
    }
}

#[wasm_bindgen_test]
async fn two_parts_play_as_one_sound_and_any_place_can_be_gone_to() {
    let (first, second) = (recording(3).await, recording(4).await);
    let (one, whole) = (first.1.0, first.1.0 + second.1.0);
    script(
        "window.given = []; window.taken = [];
         window.realGive = URL.createObjectURL; window.realTake = URL.revokeObjectURL;
         URL.createObjectURL = (blob) => { const url = window.realGive(blob); window.given.push(url); return url; };
         URL.revokeObjectURL = (url) => { window.taken.push(url); window.realTake(url); };",
    );
    script(
        "window.realPlay = HTMLMediaElement.prototype.play;
         HTMLMediaElement.prototype.play = function () { window.audio = this; return window.realPlay.call(this); };",
    );
    let ear = Listener::default();
    let player = ear.player(vec![first, second]);
    player.play();
    until(|| ear.heard(Played::Ended)).await;
    let places = ear.places();
    assert!(places.is_sorted(), "{places:?}");
    assert!(places.iter().any(|at| (1..one).contains(at)), "{places:?}");
    assert!(
        places.iter().any(|at| (one + 1..=whole).contains(at)),
        "{places:?}"
    );
    assert!(whole - places[places.len() - 1] < 300, "{places:?} of {whole}");

    // The middle of the second part, at rest.
    ear.0.borrow_mut().clear();
    let middle = one + (whole - one) / 2;
    player.seek(Span(middle));
    until(|| ear.is_at(middle)).await;
    assert!(
        ear.places().iter().all(|at| (at - middle).abs() < 60),
        "{:?}",
        ear.places()
    );
    // Some browsers say that the end was reached when that place was left already.
    script("window.audio.dispatchEvent(new Event('ended'))");
    assert!(!ear.heard(Played::Ended));
    // It plays on from there.
    player.play();
    until(|| ear.heard(Played::Ended)).await;
    assert!(
        ear.places().iter().all(|at| *at > middle - 60),
        "{:?}",
        ear.places()
    );

    // While it plays: back into the first part, and on into the second.
    ear.0.borrow_mut().clear();
    player.play();
    until(|| ear.places().iter().any(|at| *at > 100)).await;
    player.seek(Span(middle));
    until(|| ear.is_at(middle)).await;
    player.seek(Span(one / 2));
    until(|| ear.is_at(one / 2)).await;
    assert!(!ear.heard(Played::Ended), "{:?}", ear.0.borrow());
    until(|| ear.places().iter().any(|at| *at > one / 2 + 200)).await;
    // Held, it tells nothing more.
    player.pause();
    pass(Span(300)).await;
    let told = ear.0.borrow().len();
    pass(Span(600)).await;
    assert_eq!(ear.0.borrow().len(), told);
    player.play();
    until(|| ear.heard(Played::Ended)).await;
    assert!(!ear.heard(Played::Failed));

    drop(player);
    script("HTMLMediaElement.prototype.play = window.realPlay;");
    script("URL.createObjectURL = window.realGive; URL.revokeObjectURL = window.realTake;");
    assert!(is(
        "window.given.length === 2 && window.given.join() === window.taken.join()"
    ));
}

#[wasm_bindgen_test]
async fn a_place_can_be_gone_to_in_browsers_that_do_not_know_how_long_it_lasts() {
    let part = recording(3).await;
    script(
        "window.time = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime');
         window.duration = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'duration');",
    );
    for odd in [
        // Goes nowhere but behind the end before it knows how long it is.
        "Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', {
           get: window.time.get,
           set(to) { if (isFinite(this.duration) || to > 1e6) window.time.set.call(this, to); },
           configurable: true,
         })",
        // Never gets to know.
        "Object.defineProperty(HTMLMediaElement.prototype, 'duration', { get: () => Infinity, configurable: true })",
    ] {
        let ear = Listener::default();
        script(odd);
        let player = ear.player(vec![part.clone()]);
        player.seek(Span(800));
        until(|| ear.is_at(800)).await;
        script(
            "Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', window.time);
             Object.defineProperty(HTMLMediaElement.prototype, 'duration', window.duration);",
        );
        player.play();
        until(|| ear.heard(Played::Ended)).await;
        assert!(ear.places().iter().all(|at| *at > 740), "{:?}", ear.places());
    }
}

#[wasm_bindgen_test]
async fn what_is_no_sound_fails_in_words() {
    let noise = Blob::of(&[Bytes::new(b"this is no sound")], "audio/webm").expect("a blob is made");
    let ear = Listener::default();
    let player = ear.player(vec![(noise, Span(1_000))]);
    player.play();
    until(|| ear.heard(Played::Failed)).await;
    pass(Span(300)).await;
    assert_eq!(*ear.0.borrow(), [Played::Failed]);
}
