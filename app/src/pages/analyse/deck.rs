//! What plays: one story at a time, its parts in order, on through whatever else is opened or read meanwhile. It lives
//! as long as the shelf, and is heard only while a page shows the bar to hold it with.

use super::{
    marks::{self, is_all_heard},
    shelf::{Shelf, shelf},
};
use crate::browser::{
    listening::{BACK, MediaKeys, Wish},
    player::{Played, Player},
    staff as ask, voice,
};
use crate::watch::{Effect, RwSignal, StoredValue, on_cleanup};
use crate::{
    components::story_pair::pair_name,
    texts::{Text, staff, t},
};
use domain::{
    clip::{ClipKind, Measured, Measuring},
    id::{ClipId, StoryId},
    story::{ReadStory, SharedClip, StorySummary},
    time::Span,
};
use leptos::prelude::request_animation_frame;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// How fast it may play, in hundredths of how it was told.
pub(super) const SPEEDS: [u32; 5] = [75, 100, 125, 150, 200];
/// Into how many stretches the thread of a story is divided.
pub(super) const STRETCHES: usize = 180;
/// Who hears the last second of a part heard the part.
const LAST: Span = Span::seconds(1);

/// One part of what is on the deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub clip: ClipId,
    /// Where it begins in the whole.
    pub from: Span,
    pub lasts: Span,
    peaks: Vec<u8>,
}

/// A story on the deck.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub story: StorySummary,
    /// What can be played of it, in the order told.
    pub parts: Vec<Part>,
    /// No part of it is still being prepared.
    is_whole: bool,
}

impl Record {
    fn of(read: &ReadStory) -> Self {
        let mut until = Span(0);
        let parts = sounds(&read.clips).map(|(clip, measured)| {
            let (from, lasts) = (until, Span(measured.millis.into()));
            until.0 += lasts.0;
            Part {
                clip,
                from,
                lasts,
                peaks: measured.peaks.clone(),
            }
        });
        Self {
            story: read.summary.clone(),
            parts: parts.collect(),
            is_whole: waiting_sounds(&read.clips) == 0,
        }
    }

    /// How long all of it lasts.
    pub fn lasts(&self) -> Span {
        self.parts
            .last()
            .map_or(Span(0), |part| Span(part.from.0 + part.lasts.0))
    }

    /// Which part a place lies in, counted from 0.
    pub fn part_at(&self, at: Span) -> usize {
        self.parts.iter().rposition(|part| part.from <= at).unwrap_or(0)
    }

    /// How loud it is, from 0 to 1, in so many stretches of the same length.
    pub fn levels(&self, stretches: usize) -> Vec<f32> {
        let whole = self.lasts().0.max(1);
        let level = |stretch: usize| {
            let at = Span(whole * stretch as i64 / stretches as i64);
            let Some(part) = self.parts.get(self.part_at(at)) else {
                return 0.0;
            };
            level_at(&part.peaks, at.0 - part.from.0, part.lasts.0)
        };
        (0..stretches).map(level).collect()
    }

    fn clip_ids(&self) -> Vec<ClipId> {
        self.parts.iter().map(|part| part.clip).collect()
    }
}

/// How loud one clip is, in so many stretches.
pub(super) fn levels_of(measured: &Measured, stretches: usize) -> Vec<f32> {
    let level = |stretch: usize| level_at(&measured.peaks, stretch as i64, stretches as i64);
    (0..stretches).map(level).collect()
}

/// The level at `at` of `whole`; where none is known the line is even.
fn level_at(peaks: &[u8], at: i64, whole: i64) -> f32 {
    let place = at * peaks.len() as i64 / whole.max(1);
    let peak = usize::try_from(place).ok().and_then(|place| peaks.get(place));
    peak.map_or(0.3, |peak| f32::from(*peak) / 255.0)
}

/// The sounds that can be played, in the order told.
pub(super) fn sounds(clips: &[SharedClip]) -> impl Iterator<Item = (ClipId, &Measured)> {
    clips
        .iter()
        .filter_map(|clip| match (&clip.kind, &clip.measured) {
            (ClipKind::Sound, Measuring::Done(measured)) => Some((clip.id, measured)),
            _ => None,
        })
}

/// How many sounds are still being prepared.
pub(super) fn waiting_sounds(clips: &[SharedClip]) -> usize {
    let waits = |clip: &&SharedClip| clip.kind == ClipKind::Sound && clip.measured == Measuring::Waiting;
    clips.iter().filter(waits).count()
}

/// The address of a clip.
pub(super) fn address(story: StoryId, clip: ClipId) -> String {
    [
        "/api/v1/stories/",
        &story.to_string(),
        "/clips/",
        &clip.to_string(),
    ]
    .concat()
}

/// Where a clip is: on this device, or else on the server.
pub(super) fn source(story: StoryId, clip: ClipId) -> String {
    shelf().held.address(clip).unwrap_or_else(|| address(story, clip))
}

/// What plays, and what holds it.
#[derive(Clone, Copy)]
pub(super) struct Deck {
    /// What is on, playing or held.
    pub record: RwSignal<Option<Rc<Record>>>,
    pub plays: RwSignal<bool>,
    /// Where it is in the whole.
    pub at: RwSignal<Span>,
    /// One of [`SPEEDS`].
    pub speed: RwSignal<u32>,
    /// Why there is nothing to hear.
    pub says: RwSignal<Option<Text>>,
    player: StoredValue<Option<Player>>,
    /// The player gave up; the next press begins with another.
    broken: StoredValue<bool>,
    keys: StoredValue<Option<MediaKeys>>,
    /// Of which stories which parts were heard to their end.
    heard: StoredValue<BTreeMap<StoryId, BTreeSet<ClipId>>>,
}

thread_local! {
    // How many bars are in view: one, two for a moment when the page is drawn anew, or none.
    static BARS: Cell<u32> = const { Cell::new(0) };
}

impl Deck {
    pub fn new() -> Self {
        Self {
            record: RwSignal::new(None),
            plays: RwSignal::new(false),
            at: RwSignal::new(Span(0)),
            speed: RwSignal::new(100),
            says: RwSignal::new(None),
            player: StoredValue::new(None),
            broken: StoredValue::new(false),
            keys: StoredValue::new(None),
            heard: StoredValue::new(BTreeMap::new()),
        }
    }

    /// Takes what is on off, and leaves one sentence, or nothing.
    pub fn take_off(self, says: Option<Text>) {
        self.player.set_value(None);
        self.keys.set_value(None);
        self.plays.set(false);
        self.at.set(Span(0));
        self.record.set(None);
        self.says.set(says);
    }

    /// Forgets everything: another person may sit here next.
    pub fn clear(self) {
        self.heard.set_value(BTreeMap::new());
        self.take_off(None);
    }

    /// Whether this story is on with so many parts; watched.
    pub fn has(self, story: StoryId, parts: usize) -> bool {
        let is_on = |record: &Rc<Record>| record.story.id == story && record.parts.len() == parts;
        self.record.with(|record| record.as_ref().is_some_and(is_on))
    }

    /// The part that is on, if it is one of this story; watched.
    pub fn part_of(self, story: StoryId) -> Option<ClipId> {
        let at = self.at.get();
        self.record.with(|record| {
            let record = record.as_ref().filter(|record| record.story.id == story)?;
            record.parts.get(record.part_at(at)).map(|part| part.clip)
        })
    }

    /// Does what is asked of it, from a tap or a key.
    pub fn turn(self, wish: Wish) {
        let Some(record) = self.record.get_untracked() else {
            return;
        };
        let (at, lasts) = (self.at.get_untracked(), record.lasts());
        match wish {
            Wish::Turn if self.plays.get_untracked() => self.hold(),
            Wish::Turn | Wish::Play => self.play(),
            Wish::Hold => self.hold(),
            Wish::By(by) => self.go(Span((at.0 + by.0).clamp(0, lasts.0))),
            Wish::Beginning => self.go(Span(0)),
            Wish::End => self.go(lasts),
        }
    }

    /// A little back, to hear it again.
    pub fn back(self) {
        self.turn(Wish::By(Span(-BACK.0)));
    }

    /// Goes to a place in the whole.
    pub fn go(self, to: Span) {
        self.at.set(to);
        self.player
            .with_value(|player| player.as_ref().map(|player| player.seek(to)));
    }

    /// Sets how fast it plays, now and from now on.
    pub fn set_speed(self, speed: u32) {
        self.speed.set(speed);
        self.player.with_value(|player| {
            player
                .as_ref()
                .map(|player| player.set_speed(f64::from(speed) / 100.0))
        });
    }

    fn play(self) {
        // One sound at a time.
        voice::stop();
        self.says.set(None);
        if self.broken.get_value()
            && let Some(record) = self.record.get_untracked()
        {
            self.load(&record);
            self.go(self.at.get_untracked());
        }
        self.plays.set(true);
        self.player.with_value(|player| player.as_ref().map(Player::play));
    }

    fn load(self, record: &Record) {
        let address = |part: &Part| (source(record.story.id, part.clip), part.lasts);
        let parts = record.parts.iter().map(address).collect();
        let player = Player::streaming(parts, Rc::new(|played| heard(shelf(), played)));
        player.set_speed(f64::from(self.speed.get_untracked()) / 100.0);
        self.player.set_value(Some(player));
        self.broken.set_value(false);
    }

    fn hold(self) {
        self.plays.set(false);
        self.player
            .with_value(|player| player.as_ref().map(Player::pause));
    }

    /// Holds when the last bar has gone: nobody can stop a sound without one. Call it where a bar is drawn.
    pub fn while_in_view(self) {
        BARS.set(BARS.get() + 1);
        on_cleanup(move || {
            BARS.set(BARS.get() - 1);
            request_animation_frame(move || {
                if BARS.get() == 0 {
                    self.hold();
                }
            });
        });
    }
}

/// Puts a story on and plays it from where `part` begins, or from the beginning; call it from a tap.
pub(super) fn put_on(shelf: Shelf, read: &ReadStory, part: Option<ClipId>) {
    let deck = shelf.deck;
    let record = Rc::new(Record::of(read));
    let from = part.and_then(|clip| record.parts.iter().find(|part| part.clip == clip));
    let from = from.map_or(Span(0), |part| part.from);
    // What was put on while a part was still being prepared is put on anew once that is there.
    let same = |on: &Option<Rc<Record>>| on.as_ref().is_some_and(|on| on.parts == record.parts);
    if !deck.record.with_untracked(same) {
        deck.load(&record);
        let name = record.story.title.clone();
        let name = name.unwrap_or_else(|| pair_name(record.story.pictures));
        deck.keys
            .set_value(MediaKeys::take(&name, Rc::new(move |wish| deck.turn(wish))));
        deck.record.set(Some(record));
    }
    deck.go(from);
    deck.play();
}

/// What the player tells.
fn heard(shelf: Shelf, played: Played) {
    let deck = shelf.deck;
    let Some(record) = deck.record.get_untracked() else {
        return;
    };
    match played {
        Played::At(at) => {
            deck.at.set(at);
            if deck.plays.get_untracked() {
                note(shelf, &record, at);
            }
        }
        Played::Ended => {
            deck.plays.set(false);
            deck.at.set(Span(0));
            note(shelf, &record, record.lasts());
        }
        Played::Failed => {
            deck.plays.set(false);
            deck.broken.set_value(true);
            deck.says.set(Some(if ask::is_online() {
                staff::PLAYER_FAILED
            } else {
                staff::PLAYER_OFFLINE
            }));
        }
    }
}

/// HE4: notes the part whose last second is heard, and marks the story once that holds for all of them.
fn note(shelf: Shelf, record: &Record, at: Span) {
    let Some(part) = record.parts.get(record.part_at(at)) else {
        return;
    };
    if at.0 < part.from.0 + part.lasts.0 - LAST.0 {
        return;
    }
    let (story, clip) = (record.story.id, part.clip);
    let all = shelf.deck.heard.try_update_value(|heard| {
        let heard = heard.entry(story).or_default();
        let is_new = heard.insert(clip);
        is_new && record.is_whole && is_all_heard(&record.clip_ids(), heard)
    });
    if all == Some(true) {
        marks::mark(shelf, story, true);
    }
}

/// A person says that a story is not heard: all of it counts anew.
pub(super) fn forget_heard(shelf: Shelf, story: StoryId) {
    shelf.deck.heard.update_value(|heard| _ = heard.remove(&story));
}

/// Takes a story off the deck as soon as it is not there any more. Call it when the page is drawn.
pub(super) fn follow(shelf: Shelf) {
    Effect::new(move || {
        // While everything comes in anew a story may seem gone.
        if !shelf.complete.get() {
            return;
        }
        let Some(on) = shelf
            .deck
            .record
            .with(|record| record.as_ref().map(|record| record.story.id))
        else {
            return;
        };
        let is_there = shelf
            .stories
            .with(|stories| stories.iter().any(|story| story.id == on));
        if !is_there {
            shelf.deck.take_off(Some(staff::STORY_WITHDRAWN));
            // Where it is open as well, the open story says so.
            if shelf.open.get_untracked() != Some(on) {
                shelf.news.set(t(staff::STORY_WITHDRAWN).to_owned());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(from: i64, lasts: i64, peaks: &[u8]) -> Part {
        Part {
            clip: "6f1c3a52-3a63-4c1e-9f0a-2f6f4a1f7a1a".parse().unwrap(),
            from: Span(from),
            lasts: Span(lasts),
            peaks: peaks.to_vec(),
        }
    }

    fn record(parts: Vec<Part>) -> Record {
        let story = serde_json::json!({
            "id": "68c00b80-1b84-4715-a9d6-d527bdb6c8b4", "project": "4e72a162-b420-4779-8044-e0aa7c6810a7",
            "pictures": [1, 2], "language": "nl", "perspective": "resident", "tags": [], "words": 0,
            "consent": { "analysis": "yes", "meeting": "no", "report": "no", "public": "no" }, "received_at": 1,
        });
        Record {
            story: serde_json::from_value(story).unwrap(),
            parts,
            is_whole: true,
        }
    }

    #[test]
    fn a_place_lies_in_the_part_that_has_begun_last() {
        let record = record(vec![part(0, 4_000, &[]), part(4_000, 6_000, &[])]);
        assert_eq!(record.lasts(), Span(10_000));
        let parts = [0, 3_999, 4_000, 9_999, 20_000].map(|at| record.part_at(Span(at)));
        assert_eq!(parts, [0, 0, 1, 1, 1]);
    }

    #[test]
    fn the_thread_of_a_story_is_that_of_its_parts_each_as_long_as_it_lasts() {
        let record = record(vec![part(0, 1_000, &[255]), part(1_000, 3_000, &[0, 0, 255])]);
        assert_eq!(record.levels(4), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn of_what_nothing_is_known_the_thread_is_even() {
        assert_eq!(record(vec![part(0, 1_000, &[])]).levels(2), [0.3, 0.3]);
        assert_eq!(record(vec![]).levels(2), [0.0, 0.0]);
    }
}
