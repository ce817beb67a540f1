//! How the bytes of clips get to a server that took their manifest: which of them next, and what an answer means.
//!
//! It knows no network and no storage: whoever drives it asks [`Delivery::next`], makes that one request and gives the
//! answer to [`Delivery::hear`]. It lives in memory only. After a reload the server is asked anew how much it has, which
//! is the truth in any case.

use crate::Entropy;
use crate::clip::Clip;
use crate::draft::{Arrival, PhoneStory};
use crate::id::{ClipId, StoryId};
use crate::problem::Problem;
use crate::sync::outbox::Outbox;
use crate::sync::pace::{Failure, Pace};
use crate::time::{Span, Timestamp};

/// The smallest chunk, in bytes: what 2G carries in some seconds.
pub const CHUNK_LEAST: u64 = 16 * 1024;
/// The largest chunk, in bytes: what a phone holds in memory without being noticed.
pub const CHUNK_MOST: u64 = 1024 * 1024;
/// The first chunk, before anything is known of the connection.
const CHUNK_FIRST: u64 = 2 * CHUNK_LEAST;
/// A chunk that took less is followed by one four times as large, for its time was mostly spent on the way.
const INSTANT: Span = Span(500);
/// A chunk that took less is followed by one twice as large.
const QUICK: Span = Span::seconds(3);
/// A chunk that took longer is followed by one half as large: what is cut off now has to go again.
const SLOW: Span = Span::seconds(10);

/// One request about one clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Of which story; its upload key goes along.
    pub story: StoryId,
    /// Which clip.
    pub clip: ClipId,
    /// How long that clip is, in bytes.
    pub length: u64,
    /// What to ask.
    pub ask: Ask,
}

/// What is asked of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Where the clip is to go, and how much of it is there.
    Where,
    /// To take these bytes of it.
    Take {
        /// Where they go, as the server said.
        place: String,
        /// The first of them, counted from 0.
        from: u64,
        /// How many.
        length: u64,
    },
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Our server has so many bytes of the clip on its disk.
    Has {
        /// How many.
        bytes: u64,
        /// Where the rest is to go; said when that was asked.
        place: Option<String>,
    },
    /// It has another number of bytes than we believed, or the chunk was not what its checksum says (P20). Nothing of
    /// it was kept.
    OutOfStep,
    /// It knows no such clip: the story's manifest is not there (any more), or the story was taken back.
    Unknown,
    /// The bytes could not be read from this phone.
    Unreadable,
    /// The request came to nothing.
    Failed(Failure),
}

/// What is known of one clip's way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    clip: ClipId,
    /// How many bytes the server has.
    there: u64,
    /// Where the rest goes; unknown after anything but a plain yes.
    place: Option<String>,
    pace: Pace,
    /// Counts up with every failure of any clip: who failed last goes last.
    behind: u32,
}

/// Everything known of the ways of clips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    ways: Vec<Way>,
    chunk: u64,
    most: u64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            ways: Vec::new(),
            chunk: CHUNK_FIRST,
            most: CHUNK_MOST,
        }
    }
}

impl Delivery {
    fn way(&self, clip: ClipId) -> Option<&Way> {
        self.ways.iter().find(|way| way.clip == clip)
    }

    fn there(&self, clip: ClipId) -> u64 {
        self.way(clip).map_or(0, |way| way.there)
    }

    /// UP1: the clips of which bytes may go, stories told first before others.
    fn wanted<'a>(
        &'a self,
        stories: &'a [PhoneStory],
        outbox: &'a Outbox,
    ) -> impl Iterator<Item = (StoryId, &'a Clip)> {
        let open = |story: &&PhoneStory| {
            matches!(story.arrival, Arrival::Delivering { .. }) && !outbox.speaks_of(story.id)
        };
        let clips = |story: &'a PhoneStory| clips(story).iter().map(|clip| (story.id, clip));
        let stories = stories.iter().rev().filter(open);
        stories
            .flat_map(clips)
            .filter(|(_, clip)| self.there(clip.id) < clip.length)
    }

    /// UP4: the next request, if one may be made now. A clip that gets on is gone on with, so that one story after the
    /// other is safe; one that failed goes behind the others.
    pub fn next(&self, stories: &[PhoneStory], outbox: &Outbox, now: Timestamp) -> Option<Step> {
        if outbox.holds_the_line(now) {
            return None;
        }
        let mut next: Option<(u32, StoryId, &Clip)> = None;
        for (story, clip) in self.wanted(stories, outbox) {
            let way = self.way(clip.id);
            let behind = way.map_or(0, |way| way.behind);
            let due = way.is_none_or(|way| way.pace.due(now));
            if due && next.is_none_or(|(least, ..)| behind < least) {
                next = Some((behind, story, clip));
            }
        }
        let (_, story, clip) = next?;
        let from = self.there(clip.id);
        let ask = match self.way(clip.id).and_then(|way| way.place.clone()) {
            Some(place) => Ask::Take {
                place,
                from,
                length: self.chunk.min(clip.length - from),
            },
            None => Ask::Where,
        };
        Some(Step {
            story,
            clip: clip.id,
            length: clip.length,
            ask,
        })
    }

    /// How long until [`Delivery::next`] has a request again; `None` while nothing is to be brought. Not to be asked
    /// while the outbox holds the line: it has a pause of its own.
    pub fn pause(&self, stories: &[PhoneStory], outbox: &Outbox, now: Timestamp) -> Option<Span> {
        let pause =
            |(_, clip): (StoryId, &Clip)| self.way(clip.id).map_or(Span(0), |way| way.pace.pause(now));
        self.wanted(stories, outbox).map(pause).min()
    }

    /// Takes in what came of a step that took so long.
    pub fn hear(
        &mut self,
        step: &Step,
        reply: Reply,
        took: Span,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) {
        let failure = match (reply, &step.ask) {
            (
                Reply::Has {
                    bytes,
                    place: Some(place),
                },
                Ask::Where,
            ) if bytes <= step.length => {
                let way = self.way_of(step.clip);
                way.there = bytes;
                way.place = Some(place);
                return;
            }
            // UP2: its word counts, whatever we believed to have sent; only what it has gained is progress.
            (Reply::Has { bytes, .. }, Ask::Take { from, length, .. })
                if bytes > *from && bytes <= step.length =>
            {
                let way = self.way_of(step.clip);
                way.there = bytes;
                way.pace = Pace::Free;
                way.behind = 0;
                if *length == self.chunk {
                    self.adapt(took);
                }
                return;
            }
            // UP3: at once, but smaller.
            (
                Reply::Failed(Failure::Refused {
                    problem: Problem::TooLarge { .. },
                    ..
                }),
                Ask::Take { length, .. },
            ) if *length > CHUNK_LEAST => {
                self.chunk = (length / 2).max(CHUNK_LEAST);
                self.most = self.chunk;
                return;
            }
            (Reply::Has { .. }, Ask::Where) => Failure::NotOurs,
            (Reply::Has { .. } | Reply::OutOfStep | Reply::Unknown, _) => Failure::Refused {
                problem: Problem::Internal,
                retry_after: None,
            },
            (Reply::Unreadable, _) => Failure::Unreachable,
            (Reply::Failed(failure), ask) => {
                if failure == Failure::Unreachable && matches!(ask, Ask::Take { .. }) {
                    // It may be cut off at the same place again: the next is to be through before that.
                    self.chunk = (self.chunk / 2).max(CHUNK_LEAST);
                }
                failure
            }
        };
        let last = self.ways.iter().map(|way| way.behind).max().unwrap_or(0);
        let way = self.way_of(step.clip);
        way.place = None;
        way.behind = last.saturating_add(1);
        way.pace.failed(failure, now, entropy);
    }

    fn way_of(&mut self, clip: ClipId) -> &mut Way {
        let known = self.ways.iter().position(|way| way.clip == clip);
        let place = known.unwrap_or(self.ways.len());
        if known.is_none() {
            self.ways.push(Way {
                clip,
                there: 0,
                place: None,
                pace: Pace::Free,
                behind: 0,
            });
        }
        &mut self.ways[place]
    }

    /// UP3: the next chunk is as large as goes in a few seconds.
    fn adapt(&mut self, took: Span) {
        let next = match took {
            took if took < INSTANT => self.chunk * 4,
            took if took < QUICK => self.chunk * 2,
            took if took > SLOW => self.chunk / 2,
            _ => self.chunk,
        };
        self.chunk = next.clamp(CHUNK_LEAST, self.most);
    }

    /// UP6: whether the server has every byte of a story, as far as it said.
    pub fn is_whole(&self, story: &PhoneStory) -> bool {
        clips(story).iter().all(|clip| self.there(clip.id) == clip.length)
    }

    /// How many bytes of a story the server has, as far as it said since this page was opened.
    pub fn sent(&self, story: &PhoneStory) -> u64 {
        clips(story).iter().map(|clip| self.there(clip.id)).sum()
    }

    /// UP6: the story was offered again, and the server still waits for bytes. It is asked anew for each clip, after a
    /// wait that grows, so that a server which contradicts itself is not asked without end.
    pub fn doubt(&mut self, story: &PhoneStory, now: Timestamp, entropy: &mut impl Entropy) {
        for clip in clips(story) {
            if let Some(way) = self.ways.iter_mut().find(|way| way.clip == clip.id) {
                way.there = 0;
                way.place = None;
                let failure = Failure::Refused {
                    problem: Problem::Internal,
                    retry_after: None,
                };
                way.pace.failed(failure, now, entropy);
            }
        }
    }

    /// OB9: every wait is over.
    pub fn hurry(&mut self) {
        self.ways.iter_mut().for_each(|way| way.pace.hurry());
    }

    /// Why a story does not get on and when it is tried again: each of its clips that is not there failed.
    pub fn waiting(&self, story: &PhoneStory) -> Option<(&Failure, Timestamp)> {
        let mut first: Option<(&Failure, Timestamp)> = None;
        for clip in clips(story) {
            let way = self.way(clip.id)?;
            if way.there == clip.length {
                continue;
            }
            let (failure, until) = way.pace.waiting()?;
            if first.is_none_or(|(_, earliest)| until < earliest) {
                first = Some((failure, until));
            }
        }
        first
    }
}

fn clips(story: &PhoneStory) -> &[Clip] {
    story.content.as_ref().map_or(&[], |content| &content.clips)
}
