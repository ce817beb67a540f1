//! Plays recordings, one after the other, as one sound.
//!
//! What a browser records says nowhere how long it lasts: in Chromium its duration is `Infinity`
//! (<https://github.com/w3c/mediacapture-record/issues/119>), and there are browsers that go to no place in it as long
//! as that is so. The way round (<https://stackoverflow.com/questions/38443084>): go to a place far behind the end
//! first. To get there the browser reads all of it, tells by `durationchange` how long it is, and from then on goes
//! anywhere. (Chromium 156 would go there directly and learn the duration on its way; older phones have older ones.)

use super::{bytes::Blob, listener::Listener};
use domain::time::Span;
use js_sys::Reflect;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, HtmlAudioElement, Url};

/// A place, in seconds, behind the end of everything.
const FAR: f64 = 1e9;
/// From this `readyState` on, places exist.
const HAVE_METADATA: u16 = 1;

/// What a player tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// It is here in the whole; about four times a second while it plays, and after it went to another place.
    At(Span),
    /// The last part has ended; playing again begins anew.
    Ended,
    /// The browser cannot play it, or may not now.
    Failed,
}

/// Something that can be played. It falls silent when dropped.
pub struct Player(Rc<Playing>);

struct Playing {
    audio: HtmlAudioElement,
    parts: Vec<Part>,
    tell: Rc<dyn Fn(Played)>,
    /// Which part the browser has.
    part: Cell<usize>,
    /// The place in the part that is being gone to, in seconds.
    goal: Cell<Option<f64>>,
    /// On the way to the end, to learn where it is.
    is_measuring: Cell<bool>,
    /// It plays, or will as soon as it can.
    plays: Cell<bool>,
    has_ended: Cell<bool>,
    listener: RefCell<Option<Listener>>,
}

struct Part {
    url: String,
    /// Where it begins in the whole.
    from: Span,
    lasts: Span,
}

impl Player {
    /// Makes ready to play `parts`, each with how long it lasts.
    pub fn new(parts: Vec<(Blob, Span)>, tell: Rc<dyn Fn(Played)>) -> Self {
        let address = |Blob(blob): &Blob| Url::create_object_url_with_blob(blob).unwrap_or_default();
        let parts = parts.iter().map(|(blob, lasts)| (address(blob), *lasts));
        Self::of_addresses(parts.collect(), tell)
    }

    /// The same for sound that is at addresses of our server.
    pub fn of_addresses(parts: Vec<(String, Span)>, tell: Rc<dyn Fn(Played)>) -> Self {
        let mut until = Span(0);
        let parts = parts.into_iter().map(|(url, lasts)| {
            let from = until;
            until.0 += lasts.0;
            Part { url, from, lasts }
        });
        let playing = Rc::new(Playing {
            audio: HtmlAudioElement::new().expect("every browser that runs WASM has an audio element"),
            parts: parts.collect(),
            tell,
            part: Cell::new(0),
            goal: Cell::new(None),
            is_measuring: Cell::new(false),
            plays: Cell::new(false),
            has_ended: Cell::new(false),
            listener: RefCell::new(None),
        });
        let this = Rc::downgrade(&playing);
        let mut listener = Listener::new(Box::new(move |event| {
            if let Some(this) = this.upgrade() {
                this.hear(&event);
            }
        }));
        listener.hear(
            &playing.audio,
            &[
                "loadedmetadata",
                "durationchange",
                "seeked",
                "timeupdate",
                "ended",
                "error",
            ],
        );
        playing.listener.replace(Some(listener));
        playing.load(0);
        Self(playing)
    }

    /// Plays from where it is; call it from a tap. After the end it begins anew.
    pub fn play(&self) {
        let playing = &self.0;
        playing.plays.set(true);
        if playing.has_ended.get() {
            self.seek(Span(0));
        }
        playing.play();
    }

    /// Holds it where it is.
    pub fn pause(&self) {
        self.0.plays.set(false);
        _ = self.0.audio.pause();
    }

    /// Goes to a place in the whole; plays on from there when it was playing.
    pub fn seek(&self, to: Span) {
        let playing = &self.0;
        let place = playing
            .parts
            .iter()
            .rposition(|part| part.from <= to)
            .unwrap_or(0);
        let Some(part) = playing.parts.get(place) else {
            return;
        };
        let goal = Span((to.0 - part.from.0).clamp(0, part.lasts.0));
        playing.has_ended.set(false);
        playing.goal.set(Some(goal.0 as f64 / 1_000.0));
        if place != playing.part.get() {
            playing.load(place);
        }
        playing.approach();
    }
}

impl Playing {
    /// One element for all parts: a phone lets play what a tap set going, and nothing else.
    fn load(&self, place: usize) {
        if let Some(part) = self.parts.get(place) {
            self.part.set(place);
            self.is_measuring.set(false);
            self.audio.set_src(&part.url);
        }
    }

    fn play(self: &Rc<Self>) {
        let Ok(begun) = self.audio.play() else {
            return self.fail();
        };
        let this = self.clone();
        spawn_local(async move {
            let Err(error) = JsFuture::from(begun).await else {
                return;
            };
            let name = Reflect::get(&error, &"name".into()).ok();
            // Something else was asked of it meanwhile.
            let is_aborted = name.and_then(|name| name.as_string()).as_deref() == Some("AbortError");
            if !is_aborted {
                this.fail();
            }
        });
    }

    fn fail(&self) {
        if self.plays.replace(false) {
            (self.tell)(Played::Failed);
        }
    }

    fn hear(self: &Rc<Self>, event: &Event) {
        match event.type_().as_str() {
            "error" => self.fail(),
            // On the way elsewhere: where it is now, and that it came to an end there, is nobody's business.
            _ if self.goal.get().is_some() => self.approach(),
            "timeupdate" => self.say_where(),
            // Said late, of a place that was left since.
            "ended" if !self.audio.ended() => {}
            "ended" if self.part.get() + 1 < self.parts.len() => {
                self.load(self.part.get() + 1);
                self.play();
            }
            "ended" => {
                self.plays.set(false);
                self.has_ended.set(true);
                (self.tell)(Played::Ended);
            }
            _ => {}
        }
    }

    /// Takes the next step on the way to the goal; the browser says when the one after that can be taken.
    fn approach(self: &Rc<Self>) {
        let Some(goal) = self.goal.get() else { return };
        if self.audio.ready_state() < HAVE_METADATA {
            return;
        }
        // A browser that has been at the end and still does not know where it is will not get to know.
        let was_there = self.is_measuring.get() && !self.audio.seeking();
        if self.audio.duration().is_finite() || was_there {
            self.goal.set(None);
            self.is_measuring.set(false);
            self.audio.set_current_time(goal);
            if self.plays.get() {
                self.play();
            }
        } else if !self.is_measuring.replace(true) {
            // Not to be heard on the way.
            _ = self.audio.pause();
            self.audio.set_current_time(FAR);
        }
    }

    fn say_where(&self) {
        let Some(part) = self.parts.get(self.part.get()) else {
            return;
        };
        let here = (self.audio.current_time() * 1_000.0) as i64;
        (self.tell)(Played::At(Span(part.from.0 + here.min(part.lasts.0))));
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.listener.take();
        _ = self.audio.pause();
        for part in &self.parts {
            _ = Url::revoke_object_url(&part.url);
        }
    }
}
