//! The microphone, as slices of sound that come while it is on.

pub use super::bytes::Bytes;

use super::{
    ambient, bytes::Blob, document::document, lifecycle, listener::Listener, loudness::Loudness, timer,
    wake_lock::WakeLock,
};
use domain::{
    recording::{BITS_PER_SECOND, SLICE},
    time::Span,
};
use js_sys::{JSON, Reflect};
use leptos::prelude::window;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    BlobEvent, Event, MediaRecorder, MediaRecorderOptions, MediaStream, MediaStreamTrack, RecordingState,
};

/// What may be recorded as, the best first: WebM where it is possible, MP4 in Safari before 18.4. All browsers of the
/// last years can one of them, and the server takes all.
const TYPES: [&str; 3] = ["audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];
/// One voice, and the phone may make it clearer.
const MICROPHONE: &str =
    r#"{"audio":{"channelCount":1,"echoCancellation":true,"noiseSuppression":true,"autoGainControl":true}}"#;
/// How often the level is told.
const LEVEL: Span = Span(100);
/// How long the browser may take to say that it stopped. It should always say so; it does not when a phone took the
/// microphone away in an unlucky moment.
const STOP_LIMIT: Span = Span::seconds(3);

/// What a recorder tells.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// The next slice. It may be late and large: a browser that was held up delivers what it has at once (P3).
    Slice {
        /// The sound.
        bytes: Bytes,
        /// How long was recorded when it came, pauses left out.
        until: Span,
    },
    /// How loud it is now, from 0 (nothing) to 1.
    Level(f32),
    /// It is over, the last slice has been told, the microphone is off. Nothing is told after this.
    Ended(Ended),
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// [`Recorder::stop`].
    Asked,
    /// The microphone was taken: a call, another app, a pulled plug (P4).
    Interrupted,
}

/// Why there is no microphone (P5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The person or the phone does not allow it.
    NotAllowed,
    /// There is none.
    NoMicrophone,
    /// Another app has it, or it does not start.
    Busy,
    /// This browser cannot record.
    Unsupported,
}

/// A microphone that is on. Dropped before its end, it goes off without a word.
pub struct Recorder(Rc<Running>);

struct Running {
    recorder: MediaRecorder,
    stream: MediaStream,
    tell: Rc<dyn Fn(Heard)>,
    /// How long was recorded before the last pause, and since when it goes on.
    clock: Cell<(Span, Option<Span>)>,
    /// What came and was not read yet.
    queue: RefCell<VecDeque<(Blob, Span)>>,
    is_reading: Cell<bool>,
    /// Why it ends, once it does.
    ends: Cell<Option<Ended>>,
    /// Nothing more will come.
    has_stopped: Cell<bool>,
    /// What is held while the microphone is on.
    held: RefCell<Option<Held>>,
}

struct Held {
    _listener: Listener,
    loudness: Option<Loudness>,
    wake_lock: WakeLock,
}

impl Recorder {
    /// Asks for the microphone and begins. `tell` hears nothing before this has returned.
    ///
    /// # Errors
    /// When there is no microphone for us; then nothing is on.
    pub async fn start(tell: Rc<dyn Fn(Heard)>) -> Result<Self, Refused> {
        let window = window();
        // To call what is not there would take the page down.
        if !Reflect::has(&window, &"MediaRecorder".into()).unwrap_or(false) {
            return Err(Refused::Unsupported);
        }
        let media_type = TYPES
            .into_iter()
            .find(|media_type| MediaRecorder::is_type_supported(media_type))
            .ok_or(Refused::Unsupported)?;
        let wish = JSON::parse(MICROPHONE).map_err(|error| refused(&error))?;
        let asked = window
            .navigator()
            .media_devices()
            .and_then(|devices| devices.get_user_media_with_constraints(wish.unchecked_ref()));
        let asked = asked.map_err(|error| refused(&error))?;
        let stream: MediaStream = JsFuture::from(asked)
            .await
            .map_err(|error| refused(&error))?
            .unchecked_into();
        let options = MediaRecorderOptions::new();
        options.set_mime_type(media_type);
        options.set_audio_bits_per_second(BITS_PER_SECOND);
        let made = MediaRecorder::new_with_media_stream_and_media_recorder_options(&stream, &options)
            .and_then(|recorder| recorder.start_with_time_slice(SLICE.0 as i32).map(|()| recorder));
        let recorder = made.map_err(|error| {
            switch_off(&stream);
            refused(&error)
        })?;
        let running = Rc::new(Running {
            recorder,
            stream,
            tell,
            clock: Cell::new((Span(0), Some(ambient::running()))),
            queue: RefCell::default(),
            is_reading: Cell::new(false),
            ends: Cell::new(None),
            has_stopped: Cell::new(false),
            held: RefCell::new(None),
        });
        running.hold();
        Ok(Self(running))
    }

    /// The type its slices together have, as the browser says.
    pub fn media_type(&self) -> String {
        self.0.recorder.mime_type()
    }

    /// Holds it. What was heard until now is told.
    pub fn pause(&self) {
        let running = &self.0;
        if running.recorder.pause().is_ok() {
            running.stop_clock();
            // A pause may be long, and the next slice would come after it only.
            _ = running.recorder.request_data();
        }
    }

    /// Goes on.
    pub fn resume(&self) {
        let Running { recorder, clock, .. } = &*self.0;
        if recorder.state() == RecordingState::Paused && recorder.resume().is_ok() {
            clock.set((clock.get().0, Some(ambient::running())));
        }
    }

    /// Ends it: the last slice is told, then [`Ended::Asked`].
    pub fn stop(&self) {
        self.0.end(Ended::Asked);
    }
}

impl Running {
    fn hold(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let mut listener = Listener::new(Box::new(move |event| {
            if let Some(this) = this.upgrade() {
                this.hear(&event);
            }
        }));
        listener.hear(&self.recorder, &["dataavailable", "error", "stop"]);
        for track in self.stream.get_tracks().iter() {
            listener.hear(track.unchecked_ref(), &["ended", "mute"]);
        }
        listener.hear(&document(), &["freeze", "visibilitychange"]);
        let loudness = Loudness::of(&self.stream);
        if loudness.is_some() {
            spawn_local(tell_levels(Rc::downgrade(self)));
        }
        self.held.replace(Some(Held {
            _listener: listener,
            loudness,
            wake_lock: WakeLock::ask(),
        }));
    }

    fn hear(self: &Rc<Self>, event: &Event) {
        match event.type_().as_str() {
            "dataavailable" => {
                let blob = event.unchecked_ref::<BlobEvent>().data();
                if let Some(blob) = blob.filter(|blob| blob.size() > 0.0) {
                    self.queue.borrow_mut().push_back((Blob(blob), self.recorded()));
                    self.read();
                }
            }
            "stop" => {
                // Nobody asked: the browser did it by itself.
                self.end(Ended::Interrupted);
                self.stopped();
            }
            "visibilitychange" if lifecycle::is_visible() => {
                if let Some(held) = &*self.held.borrow() {
                    held.wake_lock.ask_again();
                }
            }
            "visibilitychange" if !self.is_muted() => {
                // It goes on, but the page may be ended without another word.
                _ = self.recorder.request_data();
            }
            // `ended`, `mute`, `error`, `freeze`; and out of sight without a microphone, nothing comes any more.
            _ => self.end(Ended::Interrupted),
        }
    }

    fn is_muted(&self) -> bool {
        let tracks = self.stream.get_tracks();
        tracks
            .iter()
            .any(|track| track.unchecked_ref::<MediaStreamTrack>().muted())
    }

    /// How long was recorded.
    fn recorded(&self) -> Span {
        let (before, since) = self.clock.get();
        since.map_or(before, |since| Span(before.0 + ambient::running().0 - since.0))
    }

    fn stop_clock(&self) {
        self.clock.set((self.recorded(), None));
    }

    /// Ends it, for the first reason given.
    fn end(self: &Rc<Self>, why: Ended) {
        if self.ends.get().is_some() {
            return;
        }
        self.ends.set(Some(why));
        self.stop_clock();
        // A recorder that has stopped already refuses, and has said or will say that it did.
        _ = self.recorder.stop();
        let this = Rc::downgrade(self);
        spawn_local(async move {
            timer::sleep(STOP_LIMIT).await;
            if let Some(this) = this.upgrade() {
                this.stopped();
            }
        });
    }

    fn stopped(self: &Rc<Self>) {
        self.has_stopped.set(true);
        self.read();
    }

    /// Reads what came, one after the other: a large slice takes longer than the small one after it.
    fn read(self: &Rc<Self>) {
        if self.is_reading.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            loop {
                let next = this.queue.borrow_mut().pop_front();
                let Some((blob, until)) = next else { break };
                match blob.bytes().await {
                    Some(bytes) => (this.tell)(Heard::Slice { bytes, until }),
                    None => {
                        // What follows could not be played without this one.
                        this.end(Ended::Interrupted);
                        this.has_stopped.set(true);
                        this.queue.take();
                    }
                }
            }
            if this.has_stopped.get() {
                this.finish();
            } else {
                this.is_reading.set(false);
            }
        });
    }

    /// Nobody reads any more after this.
    fn finish(&self) {
        self.switch_off();
        (self.tell)(Heard::Ended(self.ends.get().unwrap_or(Ended::Interrupted)));
    }

    fn switch_off(&self) {
        self.held.take();
        switch_off(&self.stream);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.switch_off();
    }
}

async fn tell_levels(running: Weak<Running>) {
    loop {
        timer::sleep(LEVEL).await;
        let Some(running) = running.upgrade() else { return };
        let level = match &*running.held.borrow() {
            Some(held) => held.loudness.as_ref().and_then(Loudness::level),
            None => return,
        };
        let is_paused = running.recorder.state() == RecordingState::Paused;
        if let Some(level) = level {
            (running.tell)(Heard::Level(if is_paused { 0.0 } else { level }));
        }
    }
}

fn switch_off(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        track.unchecked_ref::<MediaStreamTrack>().stop();
    }
}

fn refused(error: &JsValue) -> Refused {
    let name = Reflect::get(error, &"name".into()).ok();
    match name.and_then(|name| name.as_string()).as_deref() {
        Some("NotAllowedError" | "SecurityError") => Refused::NotAllowed,
        Some("NotFoundError" | "OverconstrainedError") => Refused::NoMicrophone,
        Some("NotReadableError" | "AbortError" | "InvalidStateError") => Refused::Busy,
        _ => Refused::Unsupported,
    }
}
