//! A story while it is being told: it lives on the phone alone.

use crate::Entropy;
use crate::clip::{CLIP_LIMIT, Clip, ClipKind};
use crate::code::StoryCode;
use crate::command::{ChangeConsent, Command, FinalizeStory, ReviseStory, SecondVoice, Wish, WithdrawStory};
use crate::consent::{Answer, Changed, Choices, Consent, OpenChoices, Use, Wording};
use crate::guardian::{Age, Under16};
use crate::id::{ClipId, CommandId, StoryId};
use crate::key::{OwnerKey, UploadKey};
use crate::problem::Problem;
use crate::signifier::Answered;
use crate::story::{
    Content, OpenedStory, Origin, OwnState, OwnStory, Part, Perspective, StoryPictures, first_edition,
    is_first_edition,
};
use crate::sync::outbox::{Outbox, Settled};
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::voices::{Consents, SecondDraft, Turn, Voice, keeps_it_here};
use crate::withheld::Ground;

/// Everything of a story that is not finished yet. Kept at every pause in typing and at every choice.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Draft {
    /// Made once, stays the story's for ever.
    pub id: StoryId,
    /// Where it came in.
    pub origin: Origin,
    /// Its two story pictures.
    pub pictures: StoryPictures,
    /// The written text so far.
    pub text: String,
    /// The teller's own name for it so far.
    pub title: String,
    /// What it is about so far.
    pub tags: Vec<Tag>,
    /// What the teller answered about it so far; a question that was skipped is not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
    /// The language it is told in; starts as the screen's.
    pub language: String,
    /// From where the teller speaks; starts as the entry point's, else resident.
    pub perspective: Perspective,
    /// The answers so far; none chosen beforehand.
    #[serde(default)]
    pub choices: OpenChoices,
    /// Whether the teller is 16 or older, where that was asked. It never leaves the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    /// In a dialogue, the other voice; `choices` and `age` are the first one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondDraft>,
    /// What was recorded, photographed and drawn, in the order told. Their bytes are kept beside the draft.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clips: Vec<Clip>,
    /// The part being recorded, or one that a crash cut off: named here before its first slice is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenClip>,
    /// Recordings told again: the old ones, until the teller throws them away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<Clip>,
    /// Recordings on which one hears next to nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub too_soft: Vec<ClipId>,
    /// When it was last kept, by the phone's clock.
    pub kept_at: Timestamp,
}

/// A recording that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OpenClip {
    /// Its slices are found by it.
    pub id: ClipId,
    /// What the browser records as.
    pub media_type: String,
}

impl Draft {
    /// Starts an empty draft.
    pub fn start(
        origin: Origin,
        language: String,
        perspective: Option<Perspective>,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) -> Self {
        Self {
            id: StoryId::random(entropy),
            origin,
            pictures: StoryPictures::random(entropy),
            text: String::new(),
            title: String::new(),
            tags: Vec::new(),
            answers: Vec::new(),
            language,
            perspective: perspective.unwrap_or(Perspective::Resident),
            choices: OpenChoices::default(),
            age: None,
            second: None,
            clips: Vec::new(),
            open: None,
            aside: Vec::new(),
            too_soft: Vec::new(),
            kept_at: now,
        }
    }

    /// The recordings, in the order told.
    pub fn sounds(&self) -> impl Iterator<Item = &Clip> {
        self.clips.iter().filter(|clip| clip.kind == ClipKind::Sound)
    }

    /// ME4: the open recording has ended as `clip`, at the end of what was told. `None` for `clip` means that nothing
    /// of it was kept.
    pub fn close(&mut self, clip: Option<Clip>, too_soft: bool) {
        let open = self.open.take();
        let clip = clip.filter(|clip| open.is_some_and(|open| open.id == clip.id));
        self.too_soft
            .extend(clip.iter().filter(|_| too_soft).map(|clip| clip.id));
        self.clips.extend(clip);
    }

    /// ME4: tells it again: what was recorded is put aside, and stays until it is thrown away.
    pub fn tell_again(&mut self) {
        let (sounds, rest) = std::mem::take(&mut self.clips)
            .into_iter()
            .partition(|clip| clip.kind == ClipKind::Sound);
        self.clips = rest;
        self.aside.extend::<Vec<Clip>>(sounds);
    }

    /// Brings back what was put aside, before what was recorded since. Where a story has no room for both (ME1), what was
    /// recorded since is put aside instead.
    pub fn bring_back_aside(&mut self) {
        if self.aside.len() + self.clips.len() > CLIP_LIMIT {
            let before = std::mem::take(&mut self.aside);
            self.tell_again();
            self.clips.splice(..0, before);
            return;
        }
        let mut clips = std::mem::take(&mut self.aside);
        clips.append(&mut self.clips);
        self.clips = clips;
    }

    /// ME1: it has as many parts as a story may have.
    pub fn is_full(&self) -> bool {
        self.clips.len() >= CLIP_LIMIT
    }

    /// Every clip whose bytes the phone must keep.
    pub fn keeps(&self) -> impl Iterator<Item = ClipId> {
        let clips = self.clips.iter().chain(&self.aside).map(|clip| clip.id);
        clips.chain(self.open.iter().map(|open| open.id))
    }

    /// Whether there is anything in it worth keeping.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
            && self.title.trim().is_empty()
            && self.tags.is_empty()
            && self.answers.is_empty()
            && self.keeps().next().is_none()
    }

    /// What it would be as content, unchecked.
    pub fn content(&self) -> Content {
        Content {
            title: Some(self.title.clone()).filter(|title| !title.trim().is_empty()),
            pictures: self.pictures,
            text: Some(self.text.clone()).filter(|text| !text.trim().is_empty()),
            language: self.language.clone(),
            perspective: self.perspective,
            tags: self.tags.clone(),
            answers: self.answers.clone(),
            clips: self.clips.clone(),
        }
    }

    /// CO12: which voice answers now.
    pub fn speaks(&self) -> Voice {
        match &self.second {
            Some(SecondDraft {
                turn: Turn::Second(_),
                ..
            }) => Voice::Second,
            _ => Voice::First,
        }
    }

    /// The answers of the voice that answers now.
    pub fn answers_now(&self) -> (OpenChoices, Option<Age>) {
        match &self.second {
            Some(second) if self.speaks() == Voice::Second => (second.choices, second.age),
            _ => (self.choices, self.age),
        }
    }

    /// The voice that answers now answers one use. A guardian's yes was to other answers, so it is asked anew (CO17).
    pub fn answer(&mut self, to: Use, answer: Answer) {
        let (mut choices, age) = self.answers_now();
        if choices.answer(to) == Some(answer) {
            return;
        }
        choices.set(to, answer);
        self.set_answers(choices, age.map(Age::asked_anew));
    }

    /// The voice that answers now says whether it is 16 or older, or its guardian said something.
    pub fn set_age(&mut self, age: Age) {
        let (choices, _) = self.answers_now();
        self.set_answers(choices, Some(age));
    }

    fn set_answers(&mut self, choices: OpenChoices, age: Option<Age>) {
        let speaks = self.speaks();
        match &mut self.second {
            Some(second) if speaks == Voice::Second => (second.choices, second.age) = (choices, age),
            _ => (self.choices, self.age) = (choices, age),
        }
    }

    /// Whose turn it is, in a dialogue.
    pub fn turn(&self) -> Option<&Turn> {
        self.second.as_ref().map(|second| &second.turn)
    }

    /// The first voice of a dialogue said that its answers are right, asked with these texts.
    pub fn hand_over(&mut self, wording: Wording) {
        self.turn_to(|turn| matches!(turn, Turn::First).then_some(Turn::Handing(wording)));
    }

    /// The first voice wants to change something after all, before the other has the phone.
    pub fn hand_back(&mut self) {
        self.turn_to(|turn| matches!(turn, Turn::Handing(_)).then_some(Turn::First));
        self.age = self.age.map(Age::asked_anew);
    }

    /// The second voice has the phone. There is no way back to the answers of the first.
    pub fn take_over(&mut self) {
        self.turn_to(|turn| match turn {
            Turn::Handing(wording) => Some(Turn::Second(wording.clone())),
            Turn::First | Turn::Second(_) => None,
        });
    }

    fn turn_to(&mut self, next: impl FnOnce(&Turn) -> Option<Turn>) {
        if let Some(second) = &mut self.second
            && let Some(turn) = next(&second.turn)
        {
            second.turn = turn;
        }
    }

    /// CO3, CO13, CO17: whether what somebody answered keeps it on this phone, in a project that asks this of tellers
    /// under 16.
    pub fn stays_here(&self, under_16: Option<Under16>) -> bool {
        let stays = |choices: &OpenChoices, age: Option<Age>| {
            keeps_it_here(choices) || under_16.is_some_and(|under_16| under_16.keeps_here(age))
        };
        let second = self.second.as_ref();
        stays(&self.choices, self.age) || second.is_some_and(|second| stays(&second.choices, second.age))
    }

    /// CO17: whether everybody who speaks was asked what the project asks of tellers under 16, and may let it go.
    pub fn may_leave(&self, under_16: Option<Under16>) -> bool {
        let second = self.second.iter().map(|second| second.age);
        let mut ages = std::iter::once(self.age).chain(second);
        under_16.is_none_or(|under_16| ages.all(|age| under_16.lets_go(age)))
    }

    /// What each voice allows (CO2, CO12); the one who answered last was asked with these texts.
    fn consents(&self, wording: Wording) -> Result<Consents, Problem> {
        let consent = |choices: OpenChoices, age: Option<Age>, wording| {
            let choices = choices.complete().ok_or(Problem::ConsentMissing)?;
            let guardian = age.and_then(Age::guardian);
            let asked = guardian.is_some() || !matches!(age, Some(Age::Younger { .. }));
            let consent = Consent {
                version: 1,
                wording,
                choices,
                guardian,
            };
            asked.then_some(consent).ok_or(Problem::ConsentMissing)
        };
        let consents = match &self.second {
            None => Consents::from(consent(self.choices, self.age, wording)?),
            Some(second) => {
                let Turn::Second(first) = &second.turn else {
                    return Err(Problem::ConsentMissing);
                };
                Consents::new(
                    consent(self.choices, self.age, first.clone())?,
                    Some(consent(second.choices, second.age, wording)?),
                )
            }
        };
        let leaves = consents.covers(Use::Analysis);
        leaves.then_some(consents).ok_or(Problem::ConsentMissing)
    }

    /// Ends the draft (OB1): a story with its secrets, and the command that brings it to the server. In a dialogue
    /// `wording` is the one the second voice was asked with.
    ///
    /// The draft stays with the caller until both are stored in one transaction.
    ///
    /// # Errors
    /// A problem of the content, or [`Problem::ConsentMissing`] when not everybody answered all four, somebody's
    /// analysis is no, or a guardian did not say yes: then it stays a draft on this phone (CO3, CO13, CO17).
    pub fn finalize(
        &self,
        wording: Wording,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) -> Result<(PhoneStory, CommandId, Command), Problem> {
        let consents = self.consents(wording)?;
        let content = self.content().check()?;
        let code = StoryCode::random(entropy);
        let upload_key = UploadKey::random(entropy);
        let command_id = CommandId::random(entropy);
        let mut own = consents.each().cloned();
        let first = own.next().ok_or(Problem::ConsentMissing)?;
        let second = own.next().map(|consent| SecondOwner {
            code: StoryCode::random(entropy),
            consent,
        });
        let story = PhoneStory {
            id: self.id,
            origin: self.origin.clone(),
            pictures: content.pictures,
            parts: content.parts(),
            content: Some(content.clone()),
            code,
            upload_key,
            consent: first,
            voice: Voice::First,
            together: None,
            taken_out: Vec::new(),
            edition: 1,
            second,
            command: command_id,
            told_at: now,
            arrival: Arrival::Underway,
            withheld: None,
            held_until: None,
        };
        let command = story.bring(content);
        Ok((story, command_id, command))
    }
}

/// How long a story stays on one's own phone after it is safe.
pub const GRACE: crate::time::Span = crate::time::Span::days(7);

/// A finished story on its own phone: its secrets for ever, its content until it is safe and the grace is over.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PhoneStory {
    /// Which.
    pub id: StoryId,
    /// Where it came in.
    pub origin: Origin,
    /// Its two story pictures, by which it is recognised without content.
    pub pictures: StoryPictures,
    /// What the teller made; absent once it is off this phone.
    pub content: Option<Content>,
    /// The parts an acknowledgement must name.
    pub parts: Vec<Part>,
    /// The story code: the proof of ownership. It stays.
    pub code: StoryCode,
    /// Delivers this story only.
    pub upload_key: UploadKey,
    /// What the teller allows, with the choices made since already in it; in a dialogue, what the first voice does.
    pub consent: Consent,
    /// Whose code and answers these are. The second's alone, where one of two came back with their own code.
    #[serde(default, skip_serializing_if = "Voice::is_first")]
    pub voice: Voice,
    /// Where one of two came back with their own code: what comes of both voices' answers (CO12, CO19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<Choices>,
    /// The parts that were taken out on this phone (ED6).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_out: Vec<ClipId>,
    /// Counts from 1 what the teller made of it since it came in (ED4), with what still waits.
    #[serde(default = "first_edition", skip_serializing_if = "is_first_edition")]
    pub edition: u32,
    /// In a dialogue, the other voice: `code` and `consent` are the first one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondOwner>,
    /// The command that brings it to the server, for offering it again.
    pub command: CommandId,
    /// When it was told, by the phone's clock.
    pub told_at: Timestamp,
    /// What is known of its arrival.
    pub arrival: Arrival,
    /// Why those who received it hold it back, if they do (WH3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Ground>,
    /// LE6: once it is taken back, until when at most a device of staff that is out of reach may hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

/// The second voice of a dialogue, on the phone on which it was told.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SecondOwner {
    /// Its own story code.
    pub code: StoryCode,
    /// What it allows, with the choices made since already in it.
    pub consent: Consent,
}

/// How many tenths of a whole there are; `None` when there is nothing of it.
fn tens(bytes: u64, whole: u64) -> Option<u8> {
    u8::try_from(bytes.saturating_mul(10).checked_div(whole)?).ok()
}

/// What a phone knows of where its story is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// Not acknowledged: it is here, and nothing of it may go.
    Underway,
    /// The server has its manifest and waits for the bytes of its clips; nothing of it may go from here.
    Delivering {
        /// The most of those bytes that the server ever said it has (UP5).
        sent: u64,
        /// The server's epoch when it took the manifest; another epoch later means: offer it again.
        #[serde(default)]
        epoch: u64,
    },
    /// Acknowledged with every hash.
    Safe {
        /// When the server said so, by its own clock (OB16).
        at: Timestamp,
        /// The server's epoch then; another epoch later means: offer it again.
        epoch: u64,
    },
    /// The teller took it back, and that waits for internet.
    Withdrawing,
    /// The server confirmed that it is gone there.
    Withdrawn,
}

impl PhoneStory {
    /// CD6: a story whose code was shown on this phone. Its content stays at the server; what is here is the code, and what
    /// a teller does with it. `None` for a story that was taken back.
    pub fn opened(
        opened: &OpenedStory,
        code: StoryCode,
        entropy: &mut impl Entropy,
        at: Arrival,
    ) -> Option<Self> {
        let OwnState::Received {
            content,
            consent,
            voice,
            together,
            edition,
            withheld,
            ..
        } = &opened.story.state
        else {
            return None;
        };
        Some(Self {
            id: opened.story.id,
            origin: Origin {
                project: opened.story.project,
                entry: None,
                prompt: opened.prompt,
            },
            pictures: content.pictures,
            content: None,
            parts: content.parts(),
            code,
            // Nothing is brought from here; a key that opens nothing stands in its place.
            upload_key: UploadKey::random(entropy),
            consent: consent.clone(),
            voice: *voice,
            together: *together,
            taken_out: Vec::new(),
            edition: *edition,
            second: None,
            command: CommandId::random(entropy),
            told_at: opened.told_at,
            held_until: None,
            arrival: at,
            withheld: *withheld,
        })
    }

    /// The key with which this phone rules the story: the first voice's, of a dialogue told on it.
    pub fn owner_key(&self) -> OwnerKey {
        OwnerKey::derive(&self.code)
    }

    /// The story code of one voice; `None` for the second of a story that has one.
    pub fn code_of(&self, voice: Voice) -> Option<&StoryCode> {
        match voice {
            own if own == self.voice => Some(&self.code),
            _ => self.second.as_ref().map(|second| &second.code),
        }
    }

    /// CO14: the key with which one voice changes its answers.
    pub fn key_of(&self, voice: Voice) -> Option<OwnerKey> {
        self.code_of(voice).map(OwnerKey::derive)
    }

    /// What each voice on this phone allows; where one of two came back, only their own is known here.
    pub fn consents(&self) -> Consents {
        let second = self.second.as_ref().map(|second| second.consent.clone());
        Consents::new(self.consent.clone(), second)
    }

    fn consent_mut(&mut self, voice: Voice) -> Option<&mut Consent> {
        match voice {
            own if own == self.voice => Some(&mut self.consent),
            _ => self.second.as_mut().map(|second| &mut second.consent),
        }
    }

    /// OB7, OB16: once safe and past the grace, the content leaves the phone; the code stays. True when something left.
    ///
    /// `epoch` and `now` are what a believed answer of the server says of itself. A server that was put back from a copy
    /// of before the story says another epoch, and is offered it again instead.
    pub fn let_go(&mut self, epoch: u64, now: Timestamp) -> bool {
        let over = matches!(self.arrival, Arrival::Safe { at, epoch: known } if known == epoch && now.since(at) >= GRACE);
        over && self.content.take().is_some()
    }

    /// The command that brings the story to the server, made anew from what is still here (SY11: after the server
    /// was restored from a backup). `None` when the content has left this phone.
    pub fn offer_again(&self) -> Option<Command> {
        self.content.clone().map(|content| self.bring(content))
    }

    fn bring(&self, content: Content) -> Command {
        let second = self.second.as_ref().map(|second| SecondVoice {
            choices: second.consent.choices,
            wording: second.consent.wording.clone(),
            owner_key_hash: OwnerKey::derive(&second.code).hash(),
            guardian: second.consent.guardian,
        });
        Command::FinalizeStory(Box::new(FinalizeStory {
            story: self.id,
            origin: self.origin.clone(),
            content,
            parts: self.parts.clone(),
            choices: self.consent.choices,
            wording: self.consent.wording.clone(),
            owner_key_hash: self.owner_key().hash(),
            upload_key_hash: self.upload_key.hash(),
            told_at: self.told_at,
            guardian: self.consent.guardian,
            second,
        }))
    }

    /// UP5: the server has so many bytes of the clips. What is shown never runs back, so the most ever said counts; it is
    /// kept when that shows.
    pub fn brought(&mut self, bytes: u64) {
        let whole = self.clip_bytes();
        if let Arrival::Delivering { sent, .. } = &mut self.arrival
            && tens(bytes, whole) > tens(*sent, whole)
        {
            *sent = bytes;
        }
    }

    /// UP5: how much of the clips has been brought, in percent and whole tens: what is read aloud at each step is not
    /// to be said a hundred times. All of it is not said before it is acknowledged. `None` for a story without clips,
    /// which goes as one.
    pub fn percent(&self) -> Option<u8> {
        let sent = match self.arrival {
            Arrival::Delivering { sent, .. } => sent,
            _ => 0,
        };
        Some(tens(sent, self.clip_bytes())?.min(9) * 10)
    }

    fn clip_bytes(&self) -> u64 {
        let content = self.content.iter();
        content
            .flat_map(|content| &content.clips)
            .map(|clip| clip.length)
            .sum()
    }

    /// SY11: what to send again when the server's epoch is not the one under which the story was safe: the story,
    /// if it is still here, and today's choices, because a backup may be older than the last of them. Until it is
    /// acknowledged again, the story is not called safe.
    pub fn reoffer(&mut self, epoch: u64, entropy: &mut impl Entropy) -> Vec<(CommandId, Command)> {
        let (Arrival::Safe { epoch: known, .. } | Arrival::Delivering { epoch: known, .. }) = self.arrival
        else {
            return Vec::new();
        };
        if known == epoch {
            return Vec::new();
        }
        let story = self.offer_again().map(|command| (self.command, command));
        self.arrival = match self.arrival {
            Arrival::Safe { at, .. } if story.is_none() => Arrival::Safe { at, epoch },
            Arrival::Delivering { sent, .. } => Arrival::Delivering { sent, epoch },
            _ => Arrival::Underway,
        };
        let mut commands: Vec<_> = story.into_iter().collect();
        // ED6: a server that has it already has an edition of before.
        if let (Some(content), 2..) = (&self.content, self.edition) {
            let revise = ReviseStory {
                story: self.id,
                seen: self.edition,
                title: content.title.clone(),
                text: content.text.clone(),
                without: self.taken_out.clone(),
            };
            commands.push((CommandId::random(entropy), Command::ReviseStory(revise)));
        }
        for voice in Voice::ALL {
            let Some(consent) = self.consent_mut(voice).filter(|consent| consent.version > 1) else {
                continue;
            };
            let choices = consent.choices;
            // Versions count from 1: having seen 0, it narrows at most, whatever others chose since.
            let change = ChangeConsent {
                story: self.id,
                voice,
                seen: 0,
                saw: None,
                choices,
                guardian: None,
            };
            commands.push((CommandId::random(entropy), Command::ChangeConsent(change)));
        }
        commands
    }

    /// CO11: a teller chooses otherwise. It holds on this phone at once; the command brings it to the server. `None`
    /// when nothing changes, the story was taken back, or a guardian was to say yes first (CO18).
    pub fn choose(&mut self, wish: impl Into<Wish>) -> Option<Command> {
        if self.is_taken_back() {
            return None;
        }
        let (story, wish) = (self.id, wish.into());
        let own = self.consent_mut(wish.voice)?;
        let change = ChangeConsent {
            story,
            voice: wish.voice,
            seen: own.version,
            saw: Some(own.choices),
            choices: wish.choices,
            guardian: wish.guardian,
        };
        match change.applied_to(own) {
            Changed::To(consent) => *own = consent,
            Changed::Withdrawn => return self.take_back(),
            Changed::Nothing | Changed::Outdated => return None,
        }
        Some(Command::ChangeConsent(change))
    }

    /// ED1: the teller changes what they told. What of it is on this phone is so at once; the command brings it to the
    /// server. `told` is all of it as the teller saw it.
    ///
    /// # Errors
    /// When what would be left is no story, or the story is not at the server or was taken back.
    pub fn revise(&mut self, told: &Content, wish: Revision) -> Result<Command, Problem> {
        if !matches!(self.arrival, Arrival::Safe { .. }) {
            return Err(Problem::StoryUnknown);
        }
        let Revision { title, text, without } = wish;
        let revise = ReviseStory {
            story: self.id,
            seen: self.edition,
            title,
            text,
            without,
        };
        self.holds_now(&revise.applied_to(told)?);
        self.taken_out.extend(&revise.without);
        self.edition = self.edition.saturating_add(1);
        Ok(Command::ReviseStory(revise))
    }

    /// Of what is on this phone, this is all from now on.
    fn holds_now(&mut self, content: &Content) {
        self.parts = content.parts();
        if let Some(own) = &mut self.content {
            *own = content.clone();
        }
    }

    /// The teller takes the story back. `None` when that was done already.
    pub fn take_back(&mut self) -> Option<Command> {
        if self.is_taken_back() {
            return None;
        }
        self.arrival = Arrival::Withdrawing;
        Some(Command::WithdrawStory(WithdrawStory { story: self.id }))
    }

    /// Whether it is to arrive and is not known to have done so: without this phone it is lost.
    pub fn is_on_its_way(&self) -> bool {
        matches!(self.arrival, Arrival::Underway | Arrival::Delivering { .. })
    }

    fn is_taken_back(&self) -> bool {
        matches!(self.arrival, Arrival::Withdrawing | Arrival::Withdrawn)
    }

    /// Moves on with the server's believed verdict on a command of this story. `epoch` and `now` are the server's. True
    /// when something changed, to be stored in one transaction with the outbox's change.
    pub fn settle(&mut self, settled: &Settled, epoch: u64, now: Timestamp) -> bool {
        let before = self.clone();
        match settled {
            Settled::Taken(envelope) if envelope.command.story() == Some(self.id) => {
                self.command = envelope.id;
                match self.arrival {
                    Arrival::Underway => self.arrival = Arrival::Delivering { sent: 0, epoch },
                    Arrival::Delivering { sent, .. } => self.arrival = Arrival::Delivering { sent, epoch },
                    _ => {}
                }
            }
            Settled::Arrived(envelope) if envelope.command.story() == Some(self.id) => {
                self.command = envelope.id;
                if !self.is_taken_back() {
                    self.arrival = Arrival::Safe { at: now, epoch };
                }
            }
            Settled::Withdrawn(envelope) if envelope.command.story() == Some(self.id) => {
                self.arrival = Arrival::Withdrawn;
            }
            Settled::Committed(envelope) if envelope.command.story() == Some(self.id) => {
                match &envelope.command {
                    Command::WithdrawStory(_) => self.arrival = Arrival::Withdrawn,
                    Command::ChangeConsent(change) if change.choices.analysis == Answer::No => {
                        self.arrival = Arrival::Withdrawn;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        *self != before
    }

    /// CO11: what the story's own scope says holds, with the choices that still wait put on top. A story known to be
    /// withdrawn stays so. True when something changed.
    pub fn follow(&mut self, own: &OwnStory, outbox: &Outbox) -> bool {
        if own.id != self.id {
            return false;
        }
        let before = self.clone();
        match &own.state {
            OwnState::Withdrawn => {
                self.arrival = Arrival::Withdrawn;
                self.held_until = own.held_until;
            }
            OwnState::Received {
                content,
                consent,
                voice,
                second,
                together,
                edition,
                withheld,
                ..
            } => {
                self.withheld = *withheld;
                let second = second.as_ref().map(|second| (Voice::Second, second));
                for (voice, held) in std::iter::once((*voice, consent)).chain(second) {
                    if let Some(own) = self.consent_mut(voice) {
                        *own = with_what_waits(held, before.id, voice, outbox);
                    }
                }
                self.together = together.filter(|_| self.second.is_none());
                let waits = outbox.entries().iter().any(|entry| {
                    let revises = matches!(&entry.envelope.command, Command::ReviseStory(_));
                    revises && entry.refused.is_none() && entry.envelope.command.story() == Some(before.id)
                });
                if !waits && *edition >= self.edition {
                    self.edition = *edition;
                    self.holds_now(content);
                }
            }
        }
        *self != before
    }

    /// What one voice allows, where that is known here.
    pub fn consent_of(&self, voice: Voice) -> Option<&Consent> {
        match voice {
            own if own == self.voice => Some(&self.consent),
            _ => self.second.as_ref().map(|second| &second.consent),
        }
    }

    /// Whether this use is allowed today, for showing the choices.
    pub fn allows(&self, to: Use) -> bool {
        self.choices().answer(to) == Answer::Yes
    }

    /// The choices as they stand: of two voices, the stricter (CO12).
    pub fn choices(&self) -> Choices {
        let here = self.consents().choices();
        self.together.map_or(here, |together| here.narrowed_by(together))
    }
}

/// What a teller wants their story to be from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Its name; absent: none.
    pub title: Option<String>,
    /// All of its written text; absent: none.
    pub text: Option<String>,
    /// The sound and pictures that go.
    pub without: Vec<ClipId>,
}

/// CO11: what the server holds of one voice, with the choices of that voice that still wait put on top.
fn with_what_waits(held: &Consent, story: StoryId, voice: Voice, outbox: &Outbox) -> Consent {
    let waiting = outbox.entries().iter().filter(|entry| entry.refused.is_none());
    let changes: Vec<_> = waiting
        .filter_map(|entry| match &entry.envelope.command {
            Command::ChangeConsent(change) if change.story == story && change.voice == voice => Some(change),
            _ => None,
        })
        .collect();
    // A change that was carried out while its answer is still on its way is not to be put on top again.
    let done = |change: &&ChangeConsent| change.seen < held.version && change.choices == held.choices;
    let first = changes.iter().rposition(done).map_or(0, |last| last + 1);
    changes[first..].iter().fold(held.clone(), |consent, change| {
        match change.applied_to(&consent) {
            Changed::To(next) => next,
            Changed::Nothing | Changed::Outdated | Changed::Withdrawn => consent,
        }
    })
}
