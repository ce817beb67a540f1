//! A story, and the only ways to its content.

use crate::Sha256;
use crate::clip::{CLIP_LIMIT, Clip, ClipKind, Measuring, together};
use crate::consent::{Choices, Consent, Use};
use crate::id::{ClipId, ProjectId, PromptId, StoryId};
use crate::key::Holds;
use crate::language::LanguageTag;
use crate::problem::Problem;
use crate::project::{EntryCode, Project};
use crate::signifier::{Answered, check_answers};
use crate::tag::{TAG_LIMIT, Tag};
use crate::time::Timestamp;
use crate::voices::{Consents, Voice};
use crate::withheld::{Ground, Withheld};

/// The most characters of a written story: about forty pages.
pub const TEXT_LIMIT: u32 = 100_000;
/// The most characters of a title.
pub const TITLE_LIMIT: u32 = 120;
/// How many story pictures there are to draw two from.
pub const PICTURE_COUNT: u8 = 64;

/// From where somebody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Perspective {
    /// Lives it.
    Resident,
    /// Works with residents.
    Professional,
    /// Makes the rules.
    Policymaker,
}

impl Perspective {
    /// All three, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Resident, Self::Professional, Self::Policymaker];
}

/// Two different everyday objects, drawn at random and not secret, by which people recognise a story without title
/// or name. Numbers below [`PICTURE_COUNT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoryPictures(pub u8, pub u8);

impl StoryPictures {
    /// Draws two different pictures.
    pub fn random(entropy: &mut impl crate::Entropy) -> Self {
        let mut bytes = [0; 2];
        entropy.fill(&mut bytes);
        let first = bytes[0] % PICTURE_COUNT;
        let step = 1 + bytes[1] % (PICTURE_COUNT - 1);
        Self(first, (first + step) % PICTURE_COUNT)
    }
}

/// What the teller made, as it travels in a command: plain values, checked by [`Content::check`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    /// The teller's own name for it; absent when skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its two story pictures.
    pub pictures: StoryPictures,
    /// The written text; absent when the story has no written part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The language it is told in: `nl`, `ar`, … or `other`.
    pub language: String,
    /// From where the teller speaks.
    pub perspective: Perspective,
    /// What it is about, in the order chosen.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// What the teller answered about it, in the order of the project's questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
    /// What is not written, in the order told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clips: Vec<Clip>,
}

impl Content {
    /// ST1–ST4, ME1, SG2: checks every field and brings it to its kept form (trimmed title and own words, no tag twice).
    ///
    /// # Errors
    /// The first problem found; nothing is cut off or corrected silently.
    pub fn check(mut self) -> Result<Self, Problem> {
        let characters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        match &self.text {
            Some(text) if characters(text) > TEXT_LIMIT => {
                return Err(Problem::TextTooLong { limit: TEXT_LIMIT });
            }
            Some(text) if !text.trim().is_empty() => {}
            None if !self.clips.is_empty() => {}
            _ => return Err(Problem::TextEmpty),
        }
        self.clips.iter().try_for_each(Clip::check)?;
        let twice =
            |(place, clip): (usize, &Clip)| self.clips[..place].iter().any(|other| other.id == clip.id);
        if self.clips.len() > CLIP_LIMIT || self.clips.iter().enumerate().any(twice) {
            return Err(Problem::Malformed);
        }
        self.title = self
            .title
            .map(|title| title.trim().to_owned())
            .filter(|title| !title.is_empty());
        if self
            .title
            .as_deref()
            .is_some_and(|title| characters(title) > TITLE_LIMIT)
        {
            return Err(Problem::TitleTooLong { limit: TITLE_LIMIT });
        }
        let StoryPictures(first, second) = self.pictures;
        if first == second || first >= PICTURE_COUNT || second >= PICTURE_COUNT {
            return Err(Problem::Malformed);
        }
        LanguageTag::new(&self.language).map_err(|_| Problem::LanguageInvalid)?;
        for tag in &mut self.tags {
            if let Tag::Own(word) = tag {
                *word = word.trim().to_owned();
            }
        }
        let mut tags = Vec::new();
        for tag in self.tags {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            if tags.len() > TAG_LIMIT {
                return Err(Problem::TooManyTags {
                    limit: TAG_LIMIT as u32,
                });
            }
        }
        self.tags = tags;
        if !self.tags.iter().all(Tag::is_valid) {
            return Err(Problem::TagInvalid);
        }
        check_answers(&self.answers)?;
        Ok(self)
    }

    /// The parts of this content, each named by its hash: its text in UTF-8, then its clips.
    pub fn parts(&self) -> Vec<Part> {
        let text = self.text.iter().map(|text| Part::text(text));
        text.chain(self.clips.iter().map(Clip::part)).collect()
    }
}

/// What kind of thing a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// The written text, in UTF-8; it travels inside the command.
    Text,
    /// Recorded speech. Its bytes travel apart, like those of the others.
    Sound,
    /// A photo.
    Photo,
    /// A drawing.
    Drawing,
}

/// One line of a manifest: a part named by its hash, never by a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Part {
    /// Of its bytes.
    pub sha256: Sha256,
    /// In bytes.
    pub length: u64,
    /// What it is.
    pub kind: PartKind,
}

impl Part {
    /// Names a written text.
    pub fn text(text: &str) -> Self {
        Self {
            sha256: Sha256::of(text.as_bytes()),
            length: text.len() as u64,
            kind: PartKind::Text,
        }
    }
}

/// Where a story came in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Origin {
    /// The project it was told in.
    pub project: ProjectId,
    /// The door it came through, if it still was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryCode>,
    /// The question it answers.
    pub prompt: PromptId,
}

/// A finalized story as it is kept. Its content has no public way out but [`SharedStory`] and [`Story::for_owner`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    id: StoryId,
    origin: Origin,
    content: Content,
    told_at: Timestamp,
    received_at: Timestamp,
    edition: u32,
}

/// The fields of a [`Story`], for storage alone to write and read rows with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryRow {
    /// Which.
    pub id: StoryId,
    /// Where it came in.
    pub origin: Origin,
    /// What the teller made.
    pub content: Content,
    /// When the phone claims it was told.
    pub told_at: Timestamp,
    /// When the server received it, by its own clock.
    pub received_at: Timestamp,
    /// Counts from 1 what the teller made of it since (ED4).
    pub edition: u32,
}

impl From<StoryRow> for Story {
    fn from(row: StoryRow) -> Self {
        let StoryRow {
            id,
            origin,
            content,
            told_at,
            received_at,
            edition,
        } = row;
        Self {
            id,
            origin,
            content,
            told_at,
            received_at,
            edition,
        }
    }
}

impl Story {
    /// Which.
    pub fn id(&self) -> StoryId {
        self.id
    }

    /// The project it was told in.
    pub fn project(&self) -> ProjectId {
        self.origin.project
    }

    /// What is not written of it: for storage, which keeps their bytes. Nobody is shown them but through
    /// [`SharedStory`] or as their own teller.
    pub fn clips(&self) -> &[Clip] {
        &self.content.clips
    }

    /// Gives the row up to storage.
    pub fn into_row(self) -> StoryRow {
        let Self {
            id,
            origin,
            content,
            told_at,
            received_at,
            edition,
        } = self;
        StoryRow {
            id,
            origin,
            content,
            told_at,
            received_at,
            edition,
        }
    }

    /// The story as its own teller sees it; only who holds an owner key. CO19: of two, each sees its own answers and what
    /// comes of both; the other's are not told, unless the keys of both are there.
    /// `withheld` says why it is held back, if it is (WH3).
    pub fn for_owner(&self, holds: Holds, consent: &Consents, withheld: Option<Ground>) -> Option<OwnStory> {
        let voice = Voice::ALL.into_iter().find(|voice| holds.speaks_for(*voice))?;
        let own = consent.of(voice)?;
        let second = consent.of(Voice::Second);
        Some(OwnStory {
            id: self.id,
            project: self.origin.project,
            state: OwnState::Received {
                content: self.content.clone(),
                consent: own.clone(),
                voice,
                second: second
                    .filter(|_| voice == Voice::First && holds.speaks_for(Voice::Second))
                    .cloned(),
                together: second.map(|_| consent.choices()),
                edition: self.edition,
                withheld,
                received_at: self.received_at,
            },
            held_until: None,
        })
    }

    /// ED2: the same story with what its teller made of it; nothing of before is kept.
    #[must_use]
    pub fn revised(self, told: Told) -> Self {
        let Told { content, edition } = told;
        Self {
            content,
            edition,
            ..self
        }
    }

    /// What the teller made of it, and how often: what a revision begins with (ED1).
    pub fn told(&self) -> Told {
        Told {
            content: self.content.clone(),
            edition: self.edition,
        }
    }
}

/// CO1: a story seen through a consent that covers one use. There is no other way to show, play, export or quote.
#[derive(Clone, Copy, Debug)]
pub struct SharedStory<'a> {
    story: &'a Story,
    consent: &'a Consents,
}

impl<'a> SharedStory<'a> {
    /// Opens `story` for the use `to`; `None` when somebody who speaks in it did not allow it.
    pub fn new(story: &'a Story, consent: &'a Consents, to: Use) -> Option<Self> {
        consent.covers(to).then_some(Self { story, consent })
    }

    /// What a list shows: everything but the text.
    pub fn summary(&self) -> StorySummary {
        let Content {
            title,
            pictures,
            text,
            language,
            perspective,
            tags,
            answers,
            clips,
        } = self.story.content.clone();
        StorySummary {
            id: self.story.id,
            project: self.story.origin.project,
            title,
            pictures,
            language,
            perspective,
            tags,
            answers,
            words: text.map_or(0, |text| {
                u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
            }),
            millis: u32::try_from(together(&clips).0).unwrap_or(u32::MAX),
            images: clips.iter().filter(|clip| clip.kind != ClipKind::Sound).count() as u32,
            consent: self.consent.choices(),
            withheld: None,
            edition: self.story.edition,
            received_at: self.story.received_at,
        }
    }

    /// The story as it is read: the summary, the text, and its clips with what was `measured` of each, in any order.
    /// A clip of which nothing is said yet waits.
    pub fn reading(&self, measured: &[(ClipId, Measuring)]) -> ReadStory {
        let clips = self.story.content.clips.iter().map(|clip| {
            let found = measured.iter().find(|(id, _)| *id == clip.id);
            SharedClip {
                id: clip.id,
                kind: clip.kind,
                words: clip.words.clone(),
                measured: found.map_or(Measuring::Waiting, |(_, measured)| measured.clone()),
            }
        });
        ReadStory {
            summary: self.summary(),
            text: self.story.content.text.clone(),
            clips: clips.collect(),
        }
    }

    /// One of its clips, to be played or shown.
    pub fn clip(&self, id: ClipId) -> Option<&'a Clip> {
        self.story.content.clips.iter().find(|clip| clip.id == id)
    }

    /// The words to find it by.
    pub fn searchable(&self) -> String {
        let Content {
            title, text, tags, ..
        } = &self.story.content;
        let own = tags.iter().filter_map(|tag| match tag {
            Tag::Own(word) => Some(word.as_str()),
            Tag::Set(_) => None,
        });
        title
            .as_deref()
            .into_iter()
            .chain(text.as_deref())
            .chain(own)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// What the library's list knows of a story.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorySummary {
    /// Which.
    pub id: StoryId,
    /// In which project.
    pub project: ProjectId,
    /// The teller's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its two story pictures.
    pub pictures: StoryPictures,
    /// The language it is told in.
    pub language: String,
    /// From where the teller speaks.
    pub perspective: Perspective,
    /// What it is about, by the teller's own choice.
    pub tags: Vec<Tag>,
    /// What the teller answered about it, in the order of the project's questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
    /// How many words are written.
    pub words: u32,
    /// How long its sound lasts together, in milliseconds; 0 when nothing is spoken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub millis: u32,
    /// How many photos and drawings it has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub images: u32,
    /// What the teller allowed; of two voices, the stricter (CO12).
    pub consent: Choices,
    /// By whom and why it is held back; only managers are sent such a story (WH2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Box<Withheld>>,
    /// Counts from 1 what the teller made of it since it came in (ED4): what is held of an earlier one is not it any more.
    #[serde(default = "first_edition", skip_serializing_if = "is_first_edition")]
    pub edition: u32,
    /// When it arrived, by the server's clock.
    pub received_at: Timestamp,
}

/// A story opened to be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadStory {
    /// What the list shows.
    pub summary: StorySummary,
    /// The written text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its sound, photos and drawings, in the order told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clips: Vec<SharedClip>,
}

/// A clip as others hear or see it. Its bytes are at `/api/v1/stories/{story}/clips/{clip}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SharedClip {
    /// Which.
    pub id: ClipId,
    /// What it is.
    pub kind: ClipKind,
    /// What the teller says of a picture, for who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What the server found out about what it hands out.
    pub measured: Measuring,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// The newest first, 500 at most.
    pub stories: Vec<StoryId>,
}

/// A story as its teller's phone follows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnStory {
    /// Which.
    pub id: StoryId,
    /// In which project.
    pub project: ProjectId,
    /// What is true of it on the server.
    pub state: OwnState,
    /// LE6: of a story that was taken back, until when at most a device of staff that is out of reach may hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

/// What is true of a story on the server.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(
    clippy::large_enum_variant,
    reason = "it travels in a box, and a withdrawn one is rare"
)]
#[serde(rename_all = "snake_case")]
pub enum OwnState {
    /// It is there, with this consent.
    Received {
        /// What the teller made.
        content: Content,
        /// What the teller allows today; in a dialogue, what the voice whose key was shown does.
        consent: Consent,
        /// Whose answers these are.
        #[serde(default, skip_serializing_if = "Voice::is_first")]
        voice: Voice,
        /// In a dialogue, what the second voice allows today, where the keys of both were shown (CO19).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<Consent>,
        /// Why it is held back, if it is (WH3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withheld: Option<Ground>,
        /// In a dialogue, what comes of both voices' answers (CO12).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        together: Option<Choices>,
        /// Counts from 1 what the teller made of it since (ED4).
        #[serde(default = "first_edition", skip_serializing_if = "is_first_edition")]
        edition: u32,
        /// When it arrived.
        received_at: Timestamp,
    },
    /// The teller took it back; its content is gone.
    Withdrawn,
}

/// What the teller made of a story so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// All of it.
    pub content: Content,
    /// Counts from 1.
    pub edition: u32,
}

/// What a holder of a story code is told of their story, wherever they are.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenedStory {
    /// The story, as its teller sees it.
    pub story: OwnStory,
    /// The question it answers.
    pub prompt: PromptId,
    /// The project, as anybody may know it.
    pub project: Box<Project>,
    /// When the phone said it was told.
    pub told_at: Timestamp,
    /// Whether every byte of it arrived (ME9). Before that it cannot be changed.
    pub whole: bool,
    /// What happened with it, the oldest first.
    pub happened: Vec<Happening>,
}

/// Something that happened with a story, as its teller hears it (FB1).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// It came in.
    Received {
        /// When, by the server's clock.
        at: Timestamp,
    },
    /// Members heard or read it to its end.
    Heard {
        /// How many. Absent where they are too few to be counted (FB2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        people: Option<u32>,
    },
}

/// FB2: the fewest people who are counted; of fewer only that there are some is told.
pub const FEWEST_COUNTED: u32 = 5;

impl Happening {
    /// FB1, FB2: what is told of a story that came in then and that so many members marked as heard.
    pub fn of(received_at: Timestamp, heard_by: u32) -> Vec<Self> {
        let counted = (heard_by >= FEWEST_COUNTED).then_some(heard_by);
        let heard = (heard_by > 0).then_some(Self::Heard { people: counted });
        std::iter::once(Self::Received { at: received_at })
            .chain(heard)
            .collect()
    }
}

pub(crate) fn first_edition() -> u32 {
    1
}

pub(crate) fn is_first_edition(edition: &u32) -> bool {
    *edition == 1
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
