//! The microphone of a real browser; it beeps by itself (Chromium's fake device).
#![cfg(target_arch = "wasm32")]

mod support;

use app::browser::{
    bytes::Bytes,
    recorder::{Ended, Heard, Recorder, Refused},
};
use domain::time::Span;
use std::rc::Rc;
use support::{
    ear::{Ear, is, pass, stay_over},
    script, until,
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn p1_slices_come_twice_a_second_and_time_grows_with_them() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    assert_eq!(recorder.media_type(), "audio/webm;codecs=opus");
    assert!(is("window.asked === '500 32000'"));
    assert!(is(
        "window.wish.audio.channelCount === 1 && window.wish.audio.echoCancellation
         && window.wish.audio.noiseSuppression && window.wish.audio.autoGainControl && !window.wish.video"
    ));
    ear.hears(4).await;
    let untils = ear.untils();
    assert!(untils.is_sorted_by(|one, next| one < next), "{untils:?}");
    let fourth = untils[3];
    assert!((1_500..3_500).contains(&fourth.0), "{untils:?}");
    recorder.stop();
    ear.ends(Ended::Asked).await;
    assert!(ear.lasts() >= fourth);
    stay_over(&[ear]).await;
}

#[wasm_bindgen_test]
async fn me2_a_pause_stops_time_and_brings_what_was_said_before_it() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    ear.hears(2).await;
    let before = ear.untils().len();
    recorder.pause();
    ear.hears(before + 1).await;
    pass(Span(1_200)).await;
    let paused = (ear.untils().len(), ear.lasts());
    recorder.resume();
    ear.hears(paused.0 + 2).await;
    let first = ear.untils()[paused.0];
    assert!((0..900).contains(&(first.0 - paused.1.0)), "{:?}", ear.untils());
    // Asked twice, or in the wrong moment, nothing happens.
    recorder.resume();
    recorder.pause();
    recorder.pause();
    recorder.stop();
    recorder.stop();
    recorder.resume();
    ear.ends(Ended::Asked).await;
    assert!(ear.untils().is_sorted(), "{:?}", ear.untils());
}

#[wasm_bindgen_test]
async fn me5_the_level_follows_the_sound() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    until(|| ear.levels().iter().any(|level| *level > 0.2)).await;
    assert!(
        ear.levels().iter().all(|level| (0.0..=1.0).contains(level)),
        "{:?}",
        ear.levels()
    );
    until(|| ear.levels().len() > 10).await;
    let seconds = ear.lasts().0 as f64 / 1_000.0;
    let often = ear.levels().len() as f64 / seconds.max(0.5);
    assert!((3.0..20.0).contains(&often), "{often} a second");
    recorder.stop();
    ear.ends(Ended::Asked).await;
}

#[wasm_bindgen_test]
async fn me5_where_the_level_cannot_be_heard_there_are_slices_and_no_levels() {
    for (broken, whole) in [
        (
            "window.kept = AudioContext.prototype.createMediaStreamSource;
             AudioContext.prototype.createMediaStreamSource = () => { throw new DOMException('no', 'NotSupportedError'); }",
            "AudioContext.prototype.createMediaStreamSource = window.kept",
        ),
        (
            "window.kept = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, 'state');
             Object.defineProperty(BaseAudioContext.prototype, 'state', { get: () => 'suspended', configurable: true })",
            "Object.defineProperty(BaseAudioContext.prototype, 'state', window.kept)",
        ),
    ] {
        let ear = Ear::default();
        script(broken);
        let recorder = ear.start().await.expect("there is a microphone");
        ear.hears(2).await;
        recorder.stop();
        ear.ends(Ended::Asked).await;
        script(whole);
        assert!(ear.levels().is_empty());
    }
}

#[wasm_bindgen_test]
async fn p3_a_late_huge_slice_is_told_before_the_small_one_after_it() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    ear.hears(1).await;
    // The huge one takes long to read; an empty one is nothing.
    script(
        "window.realRead = Blob.prototype.arrayBuffer;
         Blob.prototype.arrayBuffer = function () {
           const read = window.realRead.call(this);
           return this.size === 20_000_000
             ? new Promise((resolve) => { window.release = resolve; }).then(() => read)
             : read;
         };
         for (const size of [20_000_000, 0, 3]) {
           const data = new Blob([new Uint8Array(size)]);
           window.recorder.dispatchEvent(new BlobEvent('dataavailable', { data }));
         }",
    );
    recorder.stop();
    // By now everything else is there.
    until(|| is("window.recorder.state === 'inactive' && !!window.release")).await;
    script("window.release()");
    ear.ends(Ended::Asked).await;
    script("Blob.prototype.arrayBuffer = window.realRead;");
    let lengths: Vec<u64> = ear.slices().iter().map(Bytes::length).collect();
    let huge = lengths
        .iter()
        .position(|length| *length == 20_000_000)
        .expect("it is there");
    assert_eq!(lengths.get(huge + 1), Some(&3), "{lengths:?}");
    assert!(ear.untils().is_sorted());
}

#[wasm_bindgen_test]
async fn p3_what_cannot_be_read_ends_the_recording_before_the_gap() {
    let ear = Ear::default();
    let _recorder = ear.start().await.expect("there is a microphone");
    ear.hears(2).await;
    script(
        "window.realRead = Blob.prototype.arrayBuffer;
         Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'));",
    );
    until(|| ear.has_ended()).await;
    script("Blob.prototype.arrayBuffer = window.realRead;");
    ear.ends(Ended::Interrupted).await;
    assert!(ear.slices().len() >= 2);
}

#[wasm_bindgen_test]
async fn p4_whatever_takes_the_microphone_ends_it_once_after_the_last_slice() {
    let mut over = Vec::new();
    for taken in [
        "window.track.dispatchEvent(new Event('ended'))",
        "window.track.dispatchEvent(new Event('mute'))",
        "window.recorder.dispatchEvent(new Event('error'))",
        "document.dispatchEvent(new Event('freeze'))",
        // The recorder stops by itself, because its track is gone or without a reason.
        "window.track.stop()",
        "window.realStop.call(window.recorder)",
        // Several at once, as phones do it.
        "window.track.dispatchEvent(new Event('mute'));
         window.recorder.dispatchEvent(new Event('error'));
         window.track.dispatchEvent(new Event('ended'));
         window.track.stop()",
        // Out of sight, and another app has the microphone.
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });
         Object.defineProperty(window.track, 'muted', { value: true });
         document.dispatchEvent(new Event('visibilitychange'));
         delete document.hidden",
    ] {
        let ear = Ear::default();
        let recorder = ear.start().await.expect("there is a microphone");
        ear.hears(2).await;
        let before = ear.slices();
        script(taken);
        ear.ends(Ended::Interrupted).await;
        // What was heard before is there, and the end of it came as well.
        assert_eq!(ear.slices()[..before.len()], before, "{taken}");
        assert!(ear.slices().len() > before.len(), "{taken}");
        recorder.stop();
        recorder.pause();
        over.push(ear);
    }
    stay_over(&over).await;
}

#[wasm_bindgen_test]
async fn p4_out_of_sight_with_a_microphone_it_goes_on_and_tells_what_it_has() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    ear.hears(1).await;
    let before = ear.lasts();
    script(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'));
         delete document.hidden",
    );
    ear.hears(3).await;
    assert!(ear.lasts() > before);
    recorder.stop();
    ear.ends(Ended::Asked).await;
}

#[wasm_bindgen_test]
async fn p4_a_recorder_that_never_says_it_stopped_is_not_waited_for() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    ear.hears(1).await;
    script("window.keptStop = MediaRecorder.prototype.stop; MediaRecorder.prototype.stop = () => {};");
    recorder.stop();
    until(|| ear.has_ended()).await;
    script("MediaRecorder.prototype.stop = window.keptStop;");
    assert_eq!(ear.0.borrow().last(), Some(&Heard::Ended(Ended::Asked)));
    assert!(is("window.track.readyState === 'ended'"));
}

#[wasm_bindgen_test]
async fn a_dropped_recorder_switches_the_microphone_off_without_a_word() {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    ear.hears(1).await;
    drop(recorder);
    let told = ear.untils().len();
    assert!(is("window.track.readyState === 'ended'"));
    pass(Span(700)).await;
    assert_eq!(ear.untils().len(), told);
    assert!(!ear.has_ended());
}

#[wasm_bindgen_test]
async fn p3_the_screen_stays_on_while_it_records_and_not_longer() {
    script(
        "window.locks = []; window.released = 0;
         Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: {
           request: async (kind) => {
             window.locks.push(kind);
             return { release: async () => { window.released += 1; } };
           },
         } });",
    );
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    until(|| is("window.locks.join() === 'screen'")).await;
    // The browser took it back while the page was out of sight.
    script("document.dispatchEvent(new Event('visibilitychange'))");
    until(|| is("window.locks.join() === 'screen,screen'")).await;
    recorder.stop();
    ear.ends(Ended::Asked).await;
    assert!(is("window.released === 2"));
    script("delete navigator.wakeLock");
}

#[wasm_bindgen_test]
async fn p5_every_refusal_has_its_reason() {
    for (name, reason) in [
        ("NotAllowedError", Refused::NotAllowed),
        ("SecurityError", Refused::NotAllowed),
        ("NotFoundError", Refused::NoMicrophone),
        ("OverconstrainedError", Refused::NoMicrophone),
        ("NotReadableError", Refused::Busy),
        ("AbortError", Refused::Busy),
        ("NotSupportedError", Refused::Unsupported),
    ] {
        script(&format!(
            "window.devices ??= navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
             navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '{name}'));"
        ));
        assert_eq!(refusal().await, Some(reason), "{name}");
    }
    script("navigator.mediaDevices.getUserMedia = window.devices");
}

#[wasm_bindgen_test]
async fn p5_a_browser_that_cannot_record_is_not_asked_for_its_microphone() {
    for (missing, put_back) in [
        (
            "Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true })",
            "delete navigator.mediaDevices",
        ),
        (
            "window.kept = window.MediaRecorder; delete window.MediaRecorder",
            "window.MediaRecorder = window.kept",
        ),
        (
            "window.kept = MediaRecorder.isTypeSupported; MediaRecorder.isTypeSupported = () => false",
            "MediaRecorder.isTypeSupported = window.kept",
        ),
    ] {
        script(missing);
        let refused = refusal().await;
        script(put_back);
        assert_eq!(refused, Some(Refused::Unsupported), "{missing}");
    }
}

#[wasm_bindgen_test]
async fn p5_a_recorder_that_does_not_start_leaves_no_microphone_on() {
    let ear = Ear::default();
    drop(ear.start().await);
    script(
        "window.keptStart = MediaRecorder.prototype.start;
         MediaRecorder.prototype.start = () => { throw new DOMException('no', 'InvalidStateError'); };",
    );
    let refused = refusal().await;
    script("MediaRecorder.prototype.start = window.keptStart;");
    assert_eq!(refused, Some(Refused::Busy));
    assert!(is("window.track.readyState === 'ended'"));
}

async fn refusal() -> Option<Refused> {
    let ear = Ear::default();
    let heard = ear.0.clone();
    Recorder::start(Rc::new(move |what| heard.borrow_mut().push(what)))
        .await
        .err()
}
