//! An ear for what a recorder tells, and a hand on its microphone.

use super::{script, until};
use app::browser::{
    ambient::running,
    bytes::{Blob, Bytes},
    recorder::{Ended, Heard, Recorder, Refused},
};
use domain::time::Span;
use std::{cell::RefCell, rc::Rc};

/// What a recorder told.
#[derive(Clone, Default)]
pub struct Ear(pub Rc<RefCell<Vec<Heard>>>);

impl Ear {
    /// Asks for the microphone.
    pub async fn start(&self) -> Result<Recorder, Refused> {
        // Tests take the microphone away from the recorder through this.
        script(
            "window.devices ??= navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
             navigator.mediaDevices.getUserMedia = async (wish) => {
               window.wish = wish;
               window.stream = await window.devices(wish);
               window.track = window.stream.getAudioTracks()[0];
               return window.stream;
             };
             window.realStop ??= MediaRecorder.prototype.stop;
             MediaRecorder.prototype.stop = function () {
               window.recorder = this;
               return window.realStop.call(this);
             };
             window.realStart ??= MediaRecorder.prototype.start;
             MediaRecorder.prototype.start = function (...all) {
               window.recorder = this;
               window.asked = all[0] + ' ' + this.audioBitsPerSecond;
               return window.realStart.apply(this, all);
             };",
        );
        let heard = self.0.clone();
        Recorder::start(Rc::new(move |what| heard.borrow_mut().push(what))).await
    }

    /// How far each slice says the recording had come.
    pub fn untils(&self) -> Vec<Span> {
        let heard = self.0.borrow();
        let until = |what: &Heard| match what {
            Heard::Slice { until, .. } => Some(*until),
            _ => None,
        };
        heard.iter().filter_map(until).collect()
    }

    /// The sound told.
    pub fn slices(&self) -> Vec<Bytes> {
        let heard = self.0.borrow();
        let bytes = |what: &Heard| match what {
            Heard::Slice { bytes, .. } => Some(bytes.clone()),
            _ => None,
        };
        heard.iter().filter_map(bytes).collect()
    }

    /// The levels told.
    pub fn levels(&self) -> Vec<f32> {
        let heard = self.0.borrow();
        let level = |what: &Heard| match what {
            Heard::Level(level) => Some(*level),
            _ => None,
        };
        heard.iter().filter_map(level).collect()
    }

    /// How far the recording has come.
    pub fn lasts(&self) -> Span {
        self.untils().last().copied().unwrap_or_default()
    }

    /// Waits for so many slices.
    pub async fn hears(&self, slices: usize) {
        until(|| self.untils().len() >= slices).await;
    }

    /// Whether it was told that it is over.
    pub fn has_ended(&self) -> bool {
        self.0.borrow().iter().any(|what| matches!(what, Heard::Ended(_)))
    }

    /// Waits for the end.
    pub async fn ends(&self, why: Ended) {
        until(|| self.has_ended()).await;
        assert_eq!(self.0.borrow().last(), Some(&Heard::Ended(why)));
        assert!(is("window.track.readyState === 'ended'"), "the microphone is off");
        assert!(is("window.recorder.state === 'inactive'"));
    }
}

/// Waits as long as recorders that are over could still say something. They do not.
pub async fn stay_over(ears: &[Ear]) {
    pass(Span(700)).await;
    for ear in ears {
        let heard = ear.0.borrow();
        assert!(matches!(heard.last(), Some(Heard::Ended(_))));
        let ends = heard.iter().filter(|what| matches!(what, Heard::Ended(_)));
        assert_eq!(ends.count(), 1, "it ends once");
    }
}

/// Asks JavaScript.
pub fn is(question: &str) -> bool {
    js_sys::eval(question).expect("the script runs").is_truthy()
}

/// Waits until the page's own clock is that much further.
pub async fn pass(span: Span) {
    let from = running();
    until(|| running().0 - from.0 >= span.0).await;
}

/// Records until there are `slices`, and stops.
pub async fn recording(slices: usize) -> (Blob, Span) {
    let ear = Ear::default();
    let recorder = ear.start().await.expect("there is a microphone");
    ear.hears(slices).await;
    recorder.stop();
    ear.ends(Ended::Asked).await;
    let blob = Blob::of(&ear.slices(), &recorder.media_type()).expect("a blob is made");
    (blob, ear.lasts())
}
