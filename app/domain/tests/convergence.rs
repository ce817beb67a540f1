//! SY17: several phones, tabs and devices, a network that loses, doubles, delays and forges, clocks ten years off,
//! a server that breaks and comes back from a backup: in the end everybody agrees, and nothing is lost or told twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::clip::{Clip, ClipKind};
use domain::command::Command;
use domain::command::Wish;
use domain::consent::{Answer, Choices, Use};
use domain::draft::{Arrival, GRACE, PhoneStory};
use domain::id::ClipId;
use domain::id::{CommandId, MemberId, StoryId};
use domain::key::KeyHash;
use domain::member::{Member, Role};
use domain::problem::Problem;
use domain::project::Project;
use domain::scope::{EntityRef, Row, Scope};
use domain::story::SharedStory;
use domain::sync::delivery::{Ask, Delivery, Reply, Step};
use domain::sync::outbox::{Failure, Outbox, Pending, Settled};
use domain::sync::protocol::{News, Page, SyncRequest, SyncResponse, Verdict};
use domain::sync::replica::Replica;
use domain::time::{Span, Timestamp};
use domain::voices::{SecondDraft, Turn, Voice};
use domain::{Nonce, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use support::memory::{Asker, Kept, Memory};
use support::{NOW, Seed, project};

/// How many worlds, unless VERTELPUNT_SEEDS says otherwise.
const SEEDS: u64 = 3_000;
/// Worlds that once failed; they live first.
const PINNED: [u64; 0] = [];
const STEPS: usize = 260;
const TEN_YEARS: i64 = 3_650 * 86_400_000;

/// What may happen next, how often of all times, and its name in a schedule.
#[expect(clippy::type_complexity, reason = "read once, here")]
const ACTS: [(usize, &str, fn(&mut World, usize, usize)); 20] = [
    (8, "tells", World::tell),
    (8, "chooses", World::choose),
    (3, "takes back", World::take_back),
    (2, "opens a story on another device", |world, phone, _| {
        world.share(phone);
    }),
    (24, "sends", World::send),
    (20, "a request arrives", |world, _, _| world.arrive_at_server()),
    (23, "an answer arrives", |world, _, _| world.arrive_at_phone()),
    (2, "is loaded anew", |world, phone, _| world.reload(phone)),
    (2, "has its clock set", |world, phone, _| {
        world.phones[phone].clock = (world.seed.below(3) as i64 - 1) * TEN_YEARS;
    }),
    (2, "hurries", |world, phone, tab| {
        world.phones[phone].tabs[tab].hurry();
    }),
    (1, "the server's storage breaks", |world, _, _| {
        world.memory.broken = 1 + world.seed.below(2);
    }),
    (1, "the server compacts", |world, _, _| world.memory.compact()),
    (1, "the network is cut", |world, _, _| world.cut()),
    (1, "a backup is made", |world, _, _| {
        world.backup = Some((world.now, world.memory.clone()));
    }),
    (1, "the backup comes back", |world, _, _| world.restore()),
    (1, "days pass", |world, _, _| {
        world.now += Span::days(world.seed.below(9) as i64).0;
    }),
    (2, "whoever listens gets another role", |world, _, _| {
        let roles = [Role::Reporter, Role::Analyst, Role::Manager];
        world.role = roles[world.seed.below(roles.len())];
    }),
    (13, "carries bytes", |world, phone, _| world.carry(phone)),
    (9, "bytes arrive", |world, _, _| world.chunk_at_server()),
    (8, "a reply about bytes arrives", |world, _, _| {
        world.reply_at_phone();
    }),
];

/// What a phone's storage has confirmed: it outlives every restart.
#[derive(Default)]
struct Stored {
    entries: BTreeMap<CommandId, Pending>,
    stories: BTreeMap<StoryId, PhoneStory>,
    epoch: u64,
}

struct Phone {
    stored: Stored,
    tabs: Vec<Outbox>,
    /// Of the tab that leads; a restart forgets it.
    delivery: Delivery,
    /// A chunk of this phone is on its way: one at a time.
    carries: bool,
    replica: Replica,
    /// How many verdicts were heard: an answer that one overtook says nothing new of the consent, and a real phone,
    /// which makes one request at a time, never hears such a one.
    verdicts: usize,
    clock: i64,
    keys: Vec<KeyHash>,
    member: Option<Member>,
    /// Everything a page ever put on this device.
    told: BTreeSet<EntityRef>,
}

/// A request on its way, or its answer on the way back.
#[derive(Clone)]
struct Flight {
    phone: usize,
    tab: usize,
    /// What its phone had heard when it was sent.
    verdicts: usize,
    request: SyncRequest,
    asker: Asker,
    answer: Option<SyncResponse>,
}

/// A request about bytes on its way, or its reply on the way back.
#[derive(Clone)]
struct Carried {
    phone: usize,
    step: Step,
    chunk: Vec<u8>,
    sum: Sha256,
    asker: Asker,
    reply: Option<Reply>,
    /// The network doubled it, or its page is gone: nobody waits for the reply.
    unheard: bool,
}

/// What the tellers know, to hold everybody to.
struct Truth {
    text: String,
    /// What each voice wants: the second only in a dialogue.
    wishes: [Option<Choices>; 2],
    taken_back: bool,
    /// Ruled from a second device too.
    shared: bool,
}

struct World {
    seed: Seed,
    /// What is drawn for dialogues alone.
    voices: Seed,
    project: Project,
    memory: Memory,
    /// A copy of the server, and when it was made.
    backup: Option<(i64, Memory)>,
    phones: Vec<Phone>,
    /// What the one member is in the project, as the server has it.
    role: Role,
    flights: Vec<Flight>,
    carried: Vec<Carried>,
    /// The bytes as the phones have them.
    clips: BTreeMap<ClipId, Vec<u8>>,
    truth: BTreeMap<StoryId, Truth>,
    /// What the server held at any time, by epoch.
    held: BTreeSet<(u64, StoryId, Sha256)>,
    now: i64,
    /// What happened, to be read when it ends badly.
    schedule: Vec<String>,
}

impl Phone {
    fn new(member: Option<Member>, replica: Replica) -> Self {
        let tabs = vec![Outbox::restore(vec![]), Outbox::restore(vec![])];
        Self {
            stored: Stored::default(),
            tabs,
            delivery: Delivery::default(),
            carries: false,
            replica,
            verdicts: 0,
            clock: 0,
            keys: vec![],
            member,
            told: BTreeSet::new(),
        }
    }

    fn asker(&self) -> Asker {
        Asker {
            keys: self.keys.clone(),
            member: self.member,
        }
    }

    /// One strict transaction: the story and the command. The tab first takes up what is stored about the story.
    fn keep(&mut self, tab: usize, story: PhoneStory, id: CommandId, command: Command, heard: bool) {
        self.read_again(tab, story.id);
        let entry = self.tabs[tab].add(id, command);
        self.stored.entries.insert(id, entry);
        if heard {
            self.read_again(1 - tab, story.id);
        }
        self.stored.stories.insert(story.id, story);
    }

    /// A tab reads from storage what waits for a story.
    fn read_again(&mut self, tab: usize, story: StoryId) {
        for entry in self
            .stored
            .entries
            .values()
            .filter(|entry| entry.envelope.command.story() == Some(story))
        {
            self.tabs[tab].adopt(entry.clone());
        }
    }

    fn restart(&mut self) {
        let entries: Vec<_> = self.stored.entries.values().cloned().collect();
        self.tabs
            .iter_mut()
            .for_each(|tab| *tab = Outbox::restore(entries.clone()));
        self.delivery = Delivery::default();
        self.carries = false;
    }

    /// Everything that waits, as the storage has it.
    fn everything(&self) -> Outbox {
        Outbox::restore(self.stored.entries.values().cloned().collect())
    }

    fn next_step(&self, now: Timestamp) -> Option<Step> {
        let stories: Vec<_> = self.stored.stories.values().cloned().collect();
        self.delivery.next(&stories, &self.everything(), now)
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let voices = Seed(seed ^ 0x5eed_0000);
        let mut seed = Seed(seed);
        let project = project(&mut seed);
        let mut memory = Memory::with(&project);
        memory.page_limit = 1 + seed.below(6);
        let mut library = Replica::default();
        library.follow(Scope::Members(project.id), 0, []);
        let member = Member {
            id: MemberId::random(&mut seed),
            project: project.id,
            role: Role::Analyst,
        };
        let mut phones = vec![Phone::new(Some(member), library)];
        for _ in 0..2 + seed.below(3) {
            let mut phone = Phone::new(None, Replica::default());
            phone.clock = if seed.chance(30) {
                TEN_YEARS
            } else {
                -(seed.below(2) as i64) * TEN_YEARS
            };
            phones.push(phone);
        }
        let (flights, truth, held) = (vec![], BTreeMap::new(), BTreeSet::new());
        let (backup, now) = (None, NOW.0);
        Self {
            seed,
            voices,
            project,
            memory,
            backup,
            phones,
            role: Role::Analyst,
            flights,
            carried: vec![],
            clips: BTreeMap::new(),
            truth,
            held,
            now,
            schedule: vec![],
        }
    }

    fn clock(&self, phone: usize) -> Timestamp {
        Timestamp(self.now + self.phones[phone].clock)
    }

    fn step(&mut self) {
        self.now += self.seed.below(20_000) as i64;
        let phone = self.seed.below(self.phones.len());
        let tab = self.seed.below(2);
        let mut drawn = self.seed.below(ACTS.iter().map(|(weight, ..)| weight).sum());
        let (_, what, act) = ACTS
            .iter()
            .find(|(weight, ..)| {
                let is_this = drawn < *weight;
                drawn = drawn.saturating_sub(*weight);
                is_this
            })
            .unwrap();
        self.schedule.push(format!(
            "{:>8} s  phone {phone}, tab {tab}: {what}",
            (self.now - NOW.0) / 1_000
        ));
        act(self, phone, tab);
    }

    /// The cable is pulled: what was on its way to the server never gets there.
    fn cut(&mut self) {
        self.flights.retain(|flight| flight.answer.is_some());
        for carried in &mut self.carried {
            carried.reply.get_or_insert(Reply::Failed(Failure::Unreachable));
        }
    }

    fn tell(&mut self, phone: usize, tab: usize) {
        if phone == 0 {
            return;
        }
        let (text, wish) = (
            format!("Verhaal {}\r\n é ", self.seed.next()),
            self.seed.choices(),
        );
        let second = self.voices.chance(40).then(|| self.voices.choices());
        let mut draft = support::draft(&self.project, &text, wish, &mut self.seed);
        draft.second = second.map(|choices| SecondDraft {
            turn: Turn::Second(support::wording()),
            choices: choices.into(),
            age: None,
        });
        if self.seed.chance(30) {
            draft.clips = (0..1 + self.seed.below(3)).map(|_| self.record()).collect();
        }
        let now = self.clock(phone);
        let (story, id, command) = draft.finalize(support::wording(), now, &mut self.seed).unwrap();
        self.truth.insert(
            story.id,
            Truth {
                text,
                wishes: [Some(wish), second],
                taken_back: false,
                shared: false,
            },
        );
        self.phones[phone].replica.follow(Scope::Story(story.id), 0, []);
        let heard = self.seed.chance(50);
        let keys = Voice::ALL.into_iter().filter_map(|voice| story.key_of(voice));
        let keys: Vec<_> = keys.map(|key| key.hash()).collect();
        self.phones[phone].keys.extend(keys);
        self.phones[phone].keys.push(story.upload_key.hash());
        self.phones[phone].keep(tab, story, id, command, heard);
    }

    /// Something recorded: one chunk of it, or two.
    fn record(&mut self) -> Clip {
        let mut bytes = vec![0; 1 + self.seed.below(40_000)];
        domain::Entropy::fill(&mut self.seed, &mut bytes);
        let clip = Clip {
            id: ClipId::random(&mut self.seed),
            kind: ClipKind::Sound,
            media_type: "audio/webm;codecs=opus".to_owned(),
            length: bytes.len() as u64,
            millis: 1_000,
            sha256: Sha256::of(&bytes),
            words: None,
        };
        self.clips.insert(clip.id, bytes);
        clip
    }

    fn reload(&mut self, phone: usize) {
        self.phones[phone].restart();
        for carried in self.carried.iter_mut().filter(|carried| carried.phone == phone) {
            carried.unheard = true;
        }
    }

    /// The leading tab makes the next request about bytes.
    fn carry(&mut self, phone: usize) {
        let now = self.clock(phone);
        let sender = &mut self.phones[phone];
        let Some(step) = sender.next_step(now).filter(|_| !sender.carries) else {
            return;
        };
        sender.carries = true;
        let chunk = match step.ask {
            Ask::Where => vec![],
            Ask::Take { from, length, .. } => {
                self.clips[&step.clip][from as usize..(from + length) as usize].to_vec()
            }
        };
        let carried = Carried {
            phone,
            step,
            sum: Sha256::of(&chunk),
            chunk,
            asker: sender.asker(),
            reply: None,
            unheard: false,
        };
        if self.seed.chance(15) {
            self.carried.push(Carried {
                unheard: true,
                ..carried.clone()
            });
        }
        self.carried.push(carried);
    }

    fn any_carried(&mut self, answered: bool) -> Option<Carried> {
        let waits = |carried: &Carried| carried.reply.is_some() == answered;
        let waiting: Vec<_> = (0..self.carried.len())
            .filter(|&n| waits(&self.carried[n]))
            .collect();
        let place = (!waiting.is_empty()).then(|| waiting[self.seed.below(waiting.len())])?;
        Some(self.carried.swap_remove(place))
    }

    /// Bytes get to the server, or not all of them, or others.
    fn chunk_at_server(&mut self) {
        let Some(mut carried) = self.any_carried(false) else {
            return;
        };
        let reply = match self.seed.below(10) {
            0 => Reply::Failed(Failure::Unreachable),
            1 => Reply::Failed(Failure::NotOurs),
            2 => Reply::Failed(Failure::Refused {
                problem: Problem::TooLarge { limit: 0 },
                retry_after: None,
            }),
            3 if !carried.chunk.is_empty() => {
                let place = self.seed.below(carried.chunk.len());
                carried.chunk[place] ^= 1 << self.seed.below(8);
                self.take_chunk(&carried)
            }
            4 if !carried.chunk.is_empty() => {
                let cut = self.seed.below(carried.chunk.len());
                carried.chunk.truncate(cut);
                self.take_chunk(&carried)
            }
            _ => self.take_chunk(&carried),
        };
        if !carried.unheard {
            carried.reply = Some(reply);
            self.carried.push(carried);
        }
    }

    fn take_chunk(&mut self, carried: &Carried) -> Reply {
        let Carried {
            step, chunk, asker, ..
        } = carried;
        match &step.ask {
            Ask::Where => self.memory.place(step.story, step.clip, asker),
            Ask::Take { from, .. } => {
                let which = (step.story, step.clip);
                let reply = self.memory.append(which, *from, chunk, carried.sum, asker);
                self.see_parts(step.story);
                reply
            }
        }
    }

    /// What the server holds byte for byte at this moment.
    fn see_parts(&mut self, story: StoryId) {
        if let Some(Kept::Here(kept)) = self.memory.stories.get(&story) {
            let content = kept.story.clone().into_row().content;
            let whole = |sha256| {
                let clip = content.clips.iter().find(|clip| clip.sha256 == sha256);
                clip.is_none_or(|clip| self.memory.is_whole(clip))
            };
            for part in content.parts().iter().filter(|part| whole(part.sha256)) {
                self.held.insert((self.memory.epoch, story, part.sha256));
            }
        }
    }

    fn reply_at_phone(&mut self) {
        if let Some(mut carried) = self.any_carried(true) {
            if self.seed.chance(20) {
                carried.reply = Some(Reply::Failed(Failure::Unreachable));
            }
            self.hear_reply(carried);
        }
    }

    /// What the phone does with a reply: all of it in one transaction.
    fn hear_reply(&mut self, carried: Carried) {
        let Carried {
            phone,
            step,
            reply: Some(reply),
            unheard: false,
            ..
        } = carried
        else {
            return;
        };
        let now = self.clock(phone);
        let took = Span(self.seed.below(12_000) as i64);
        let phone = &mut self.phones[phone];
        phone.carries = false;
        let everything = phone.everything();
        let Some(story) = phone.stored.stories.get_mut(&step.story) else {
            return;
        };
        let wanted = matches!(story.arrival, Arrival::Delivering { .. }) && !everything.speaks_of(story.id);
        if !wanted {
            return;
        }
        let unknown = reply == Reply::Unknown;
        phone.delivery.hear(&step, reply, took, now, &mut self.seed);
        let before = story.percent();
        story.brought(phone.delivery.sent(story));
        assert!(story.percent() >= before, "progress ran back");
        if unknown || phone.delivery.is_whole(story) {
            let story = story.clone();
            let command = story.offer_again().unwrap();
            let id = story.command;
            phone.keep(0, story, id, command, true);
        }
    }

    fn any_story(&mut self, phone: usize) -> Option<PhoneStory> {
        let stories: Vec<_> = self.phones[phone].stored.stories.values().cloned().collect();
        (!stories.is_empty()).then(|| stories[self.seed.below(stories.len())].clone())
    }

    fn choose(&mut self, phone: usize, tab: usize) {
        let Some(mut story) = self.any_story(phone) else {
            return;
        };
        let voice = match story.second {
            Some(_) => Voice::ALL[self.voices.below(2)],
            None => story.voice,
        };
        let held = story
            .key_of(voice)
            .is_some_and(|key| self.phones[phone].keys.contains(&key.hash()));
        if !held {
            return;
        }
        let choices = self.seed.choices();
        let wish = Wish {
            voice,
            choices,
            guardian: None,
        };
        if let Some(command) = story.choose(wish) {
            self.truth.get_mut(&story.id).unwrap().wishes[voice as usize] = Some(choices);
            let id = CommandId::random(&mut self.seed);
            let heard = self.seed.chance(50);
            self.phones[phone].keep(tab, story, id, command, heard);
        }
    }

    fn take_back(&mut self, phone: usize, tab: usize) {
        let Some(mut story) = self.any_story(phone) else {
            return;
        };
        if let Some(command) = story.take_back() {
            self.truth.get_mut(&story.id).unwrap().taken_back = true;
            let id = CommandId::random(&mut self.seed);
            let heard = self.seed.chance(50);
            self.phones[phone].keep(tab, story, id, command, heard);
        }
    }

    /// The teller opens a story on another device with its code.
    fn share(&mut self, from: usize) {
        let Some(story) = self.any_story(from) else { return };
        let to = 1 + self.seed.below(self.phones.len() - 1);
        if to != from && matches!(story.arrival, Arrival::Safe { .. }) {
            self.truth.get_mut(&story.id).unwrap().shared = true;
            self.phones[to].replica.follow(Scope::Story(story.id), 0, []);
            // In a dialogue, with the code of either voice, or of both.
            let spoken = |voice: &Voice| story.code_of(*voice).is_some();
            let voices: Vec<_> = Voice::ALL.into_iter().filter(spoken).collect();
            let known = voices[self.voices.below(voices.len())];
            let all = self.voices.chance(30);
            let given = voices.iter().filter(|voice| all || **voice == known);
            let keys = given.filter_map(|voice| story.key_of(*voice));
            self.phones[to].keys.extend(keys.map(|key| key.hash()));
            let story = match all || voices.len() == 1 {
                true => story,
                false => PhoneStory {
                    code: *story.code_of(known).unwrap(),
                    consent: story.consent_of(known).unwrap().clone(),
                    voice: known,
                    together: Some(story.choices()),
                    second: None,
                    ..story
                },
            };
            self.phones[to]
                .stored
                .stories
                .entry(story.id)
                .or_insert(PhoneStory {
                    content: None,
                    ..story
                });
        }
    }

    /// The server is put back from a copy that is younger than the grace: with an older one, what no phone holds any more
    /// is lost, and no rule can bring it back.
    fn restore(&mut self) {
        if let Some((made, backup)) = self.backup.take()
            && self.now - made < GRACE.0
        {
            self.memory.restore(backup);
            self.truth.values_mut().for_each(|truth| truth.shared = true);
        }
    }

    fn send(&mut self, phone: usize, tab: usize) {
        let now = self.clock(phone);
        let sender = &self.phones[phone];
        let outbox = &sender.tabs[tab];
        let nonce = Nonce::random(&mut self.seed);
        let mut request = outbox.batch(nonce);
        if !outbox.due(now) {
            return;
        }
        request.pull = sender.replica.pulls();
        let flight = Flight {
            phone,
            tab,
            verdicts: sender.verdicts,
            request,
            asker: sender.asker(),
            answer: None,
        };
        if self.seed.chance(15) {
            self.flights.push(flight.clone());
        }
        self.flights.push(flight);
    }

    /// Who asks, as the server knows them at this moment: a role counts from when it changed, not from when was asked.
    fn known(&self, asker: &Asker) -> Asker {
        let role = self.role;
        Asker {
            member: asker.member.map(|member| Member { role, ..member }),
            ..asker.clone()
        }
    }

    fn serve(&mut self, flight: &Flight) -> SyncResponse {
        let asker = self.known(&flight.asker);
        for envelope in &flight.request.push {
            let consent = |memory: &Memory| match memory.stories.get(&envelope.command.story()?)? {
                Kept::Here(kept) => Some(kept.consent.clone()),
                Kept::Withdrawn { .. } => None,
            };
            // What the rules about widening come to, seen from outside.
            if !matches!(envelope.command, Command::ChangeConsent(_)) {
                continue;
            }
            let mut memory = self.memory.clone();
            let before = consent(&memory);
            memory.carry_out(envelope, &asker, Timestamp(self.now));
            if let (Some(before), Some(after), Command::ChangeConsent(change)) =
                (before, consent(&memory), &envelope.command)
            {
                for voice in Voice::ALL.into_iter().filter(|voice| *voice != change.voice) {
                    assert_eq!(
                        before.of(voice),
                        after.of(voice),
                        "a voice changed another's answers"
                    );
                }
                let (Some(before), Some(after)) = (before.of(change.voice), after.of(change.voice)) else {
                    continue;
                };
                let widened = Use::ALL.iter().any(|&to| {
                    before.choices.answer(to) == Answer::No && after.choices.answer(to) == Answer::Yes
                });
                let knew = change.seen == before.version && change.saw == Some(before.choices);
                assert!(
                    !widened || knew,
                    "a consent was widened by somebody who did not know it"
                );
            }
        }
        let answer = self.memory.sync(&flight.request, &asker, Timestamp(self.now));
        for envelope in &flight.request.push {
            if let Command::FinalizeStory(finalize) = &envelope.command {
                self.see_parts(finalize.story);
            }
        }
        answer
    }

    fn arrive_at_server(&mut self) {
        let waiting: Vec<_> = (0..self.flights.len())
            .filter(|&n| self.flights[n].answer.is_none())
            .collect();
        if waiting.is_empty() {
            return;
        }
        let place = waiting[self.seed.below(waiting.len())];
        let mut flight = self.flights.swap_remove(place);
        match self.seed.below(10) {
            0 => self.lost(&flight),
            1 => {
                // The hotel's own page: it has never seen the nonce, and would promise anything.
                let mut answer = Memory::with(&self.project).sync(&flight.request, &flight.asker, NOW);
                answer.nonce = Nonce::random(&mut self.seed);
                answer.epoch = self.memory.epoch;
                flight.answer = Some(answer);
                self.flights.push(flight);
            }
            2 => {
                // Our server, but its word on the first command is garbled.
                let mut answer = self.serve(&flight);
                if let Some(outcome) = answer.outcomes.first_mut()
                    && let Verdict::Committed {
                        acknowledgement: Some(acknowledgement),
                        ..
                    } = &mut outcome.verdict
                {
                    acknowledgement.parts = vec![Sha256::of(b"something else")];
                }
                flight.answer = Some(answer);
                self.flights.push(flight);
            }
            _ => {
                flight.answer = Some(self.serve(&flight));
                self.flights.push(flight);
            }
        }
    }

    fn lost(&mut self, flight: &Flight) {
        let now = self.clock(flight.phone);
        let failure = match self.seed.below(3) {
            0 => Failure::NotOurs,
            1 => Failure::Refused {
                problem: Problem::StorageFull,
                retry_after: Some(Span::seconds(30)),
            },
            _ => Failure::Unreachable,
        };
        self.phones[flight.phone].tabs[flight.tab].failed(failure, now, &mut self.seed);
    }

    fn arrive_at_phone(&mut self) {
        let waiting: Vec<_> = (0..self.flights.len())
            .filter(|&n| self.flights[n].answer.is_some())
            .collect();
        if waiting.is_empty() {
            return;
        }
        let flight = self.flights.swap_remove(waiting[self.seed.below(waiting.len())]);
        if self.seed.chance(20) {
            self.lost(&flight);
        } else {
            self.take_in(flight);
        }
    }

    /// What the phone does with an answer: all of it in one transaction.
    fn take_in(&mut self, flight: Flight) {
        let now = self.clock(flight.phone);
        let Flight {
            phone,
            tab,
            verdicts,
            request,
            answer: Some(answer),
            ..
        } = flight
        else {
            return;
        };
        let phone = &mut self.phones[phone];
        let believed = answer.nonce == request.nonce;
        if believed && answer.epoch < phone.stored.epoch {
            return phone.tabs[tab].failed(Failure::Unreachable, now, &mut self.seed);
        }
        let settled = phone.tabs[tab].absorb(request.nonce, &answer, now, &mut self.seed);
        let overtaken = phone.verdicts != verdicts;
        phone.verdicts += settled.len();
        for settled in &settled {
            let (Settled::Committed(envelope)
            | Settled::Arrived(envelope)
            | Settled::Taken(envelope)
            | Settled::Withdrawn(envelope)
            | Settled::Refused(envelope, _)) = settled;
            match settled {
                Settled::Refused(envelope, problem) => {
                    let entry = Pending {
                        envelope: (**envelope).clone(),
                        refused: Some(problem.clone()),
                    };
                    phone.stored.entries.insert(envelope.id, entry);
                }
                _ => drop(phone.stored.entries.remove(&envelope.id)),
            }
            let Some(story) = envelope
                .command
                .story()
                .and_then(|id| phone.stored.stories.get_mut(&id))
            else {
                continue;
            };
            if matches!(settled, Settled::Taken(_)) {
                phone.delivery.doubt(story, now, &mut self.seed);
            }
            story.settle(settled, answer.epoch, answer.server_time);
            if matches!(settled, Settled::Arrived(_)) && matches!(story.arrival, Arrival::Safe { .. }) {
                for part in &story.parts {
                    assert!(
                        self.held.contains(&(answer.epoch, story.id, part.sha256)),
                        "called safe what was not"
                    );
                }
                let Truth { text, .. } = &self.truth[&story.id];
                assert_eq!(story.parts[0].sha256, Sha256::of(text.as_bytes()));
            }
        }
        if !believed {
            return;
        }
        if answer.epoch > phone.stored.epoch {
            phone.stored.epoch = answer.epoch;
            phone.replica.start_over();
        } else {
            // A page that goes on from before a restore was asked for with a cursor that is void, and is not taken in.
            let goes_on = |page: &&Page| {
                let held = phone.replica.cursor(page.scope);
                request
                    .pull
                    .iter()
                    .any(|pull| pull.scope == page.scope && pull.cursor == held)
            };
            for line in answer.pages.iter().filter(goes_on).flat_map(|page| &page.lines) {
                match &line.news {
                    News::Put { row } => drop(phone.told.insert(row.entity())),
                    News::Gone { entity } => {
                        assert!(
                            phone.told.contains(entity),
                            "gone what was never told: {entity:?}"
                        );
                    }
                }
            }
            let answered = request
                .pull
                .iter()
                .filter(|pull| phone.replica.cursor(pull.scope) == pull.cursor);
            let fresh: BTreeSet<_> = answered.map(|pull| pull.scope).collect();
            phone.replica.apply_answer(&request.pull, answer.pages);
            let everything = phone.everything();
            for story in phone.stored.stories.values_mut() {
                let scope = Scope::Story(story.id);
                let own = phone.replica.rows(scope).find_map(|row| match row {
                    Row::OwnStory(own) => Some(own.clone()),
                    _ => None,
                });
                if let Some(own) = own.filter(|_| fresh.contains(&scope) && !overtaken) {
                    story.follow(&own, &everything);
                }
                story.let_go(answer.epoch, answer.server_time);
            }
        }
        let mut offers = Vec::new();
        for story in phone.stored.stories.values_mut() {
            offers.extend(story.reoffer(answer.epoch, &mut self.seed));
        }
        for (id, command) in offers {
            let story = phone.stored.stories[&command.story().unwrap()].clone();
            phone.keep(tab, story, id, command, true);
        }
    }

    /// The network heals, the server stays up, every page is opened once more.
    fn heal(&mut self) {
        self.memory.broken = 0;
        self.flights.clear();
        self.carried.clear();
        for round in 0..40 {
            for phone in 0..self.phones.len() {
                // Also what was refused only now: another phone had still to offer the story again.
                if round < 2 {
                    self.press_again(phone);
                    self.phones[phone].restart();
                }
                for tab in 0..2 {
                    self.phones[phone].tabs[tab].hurry();
                    self.now += 600_000;
                    assert!(
                        self.phones[phone].tabs[tab].due(self.clock(phone)),
                        "a clock strands a story"
                    );
                    let request = self.phones[phone].tabs[tab].batch(Nonce::random(&mut self.seed));
                    let request = SyncRequest {
                        pull: self.phones[phone].replica.pulls(),
                        ..request
                    };
                    let asker = self.phones[phone].asker();
                    let mut flight = Flight {
                        phone,
                        tab,
                        verdicts: self.phones[phone].verdicts,
                        request,
                        asker,
                        answer: None,
                    };
                    flight.answer = Some(self.serve(&flight));
                    self.take_in(flight);
                }
                self.phones[phone].delivery.hurry();
                while self.phones[phone].next_step(self.clock(phone)).is_some() {
                    self.carry(phone);
                    for mut carried in std::mem::take(&mut self.carried) {
                        carried.reply = Some(self.take_chunk(&carried));
                        self.hear_reply(carried);
                    }
                }
            }
        }
    }

    /// The teller sees a withdrawal that was refused and presses again.
    fn press_again(&mut self, phone: usize) {
        let mut outbox = Outbox::restore(self.phones[phone].stored.entries.values().cloned().collect());
        let refused = outbox.entries().iter().filter(|entry| entry.refused.is_some());
        let withdrawals = refused.filter(|entry| matches!(entry.envelope.command, Command::WithdrawStory(_)));
        for id in withdrawals.map(|entry| entry.envelope.id).collect::<Vec<_>>() {
            let again = outbox.retry(id, CommandId::random(&mut self.seed)).unwrap();
            self.phones[phone].stored.entries.remove(&id);
            self.phones[phone].stored.entries.insert(again.envelope.id, again);
        }
    }

    fn check(&self) {
        for (id, truth) in &self.truth {
            match self.memory.stories.get(id) {
                Some(Kept::Here(kept)) => {
                    assert!(!truth.taken_back, "a story taken back is still here");
                    let row = kept.story.clone().into_row();
                    assert_eq!(row.content.text.as_ref(), Some(&truth.text));
                    assert_eq!(self.memory.received[id], 1, "a story came in twice");
                    for voice in Voice::ALL {
                        let (wish, held) = (truth.wishes[voice as usize], kept.consent.of(voice));
                        let held = held.map(|held| held.choices);
                        assert!(truth.shared || wish == held, "{voice:?}: {wish:?}, but {held:?}");
                    }
                    assert!(!self.memory.awaited.contains(id), "bytes are missing");
                    for clip in &row.content.clips {
                        assert_eq!(self.memory.bytes[&clip.id], self.clips[&clip.id]);
                    }
                    for to in Use::ALL {
                        let everybody = kept.consent.each().all(|own| own.covers(to));
                        let shared = SharedStory::new(&kept.story, &kept.consent, to);
                        assert_eq!(shared.is_some(), everybody, "{to:?}");
                        let said =
                            shared.is_none_or(|shared| shared.summary().consent.answer(to) == Answer::Yes);
                        assert!(said, "{to:?}");
                    }
                }
                Some(Kept::Withdrawn { .. }) => assert!(truth.taken_back, "a story was taken back by nobody"),
                None => assert!(truth.taken_back, "a story is lost"),
            }
        }
        for phone in &self.phones {
            for (id, story) in &phone.stored.stories {
                let here = match self.memory.stories.get(id) {
                    Some(Kept::Here(kept)) => Some(kept),
                    _ => None,
                };
                match story.arrival {
                    // What is left of a gap: a restored server that never heard of the story was told by one device that it
                    // is taken back, and cannot know that another one, which only has its code, still speaks of it.
                    Arrival::Safe { .. }
                        if story.content.is_none() && !self.memory.stories.contains_key(id) =>
                    {
                        assert!(self.truth[id].taken_back, "a story is lost");
                    }
                    Arrival::Safe { .. } => {
                        let kept = here.expect("called safe, but not there");
                        for voice in Voice::ALL {
                            let shown = story.consent_of(voice);
                            let held = kept.consent.of(voice);
                            assert!(shown.is_none() || shown == held, "the phone shows other choices");
                        }
                        assert_eq!(story.choices(), kept.consent.choices(), "what comes of both");
                    }
                    Arrival::Underway | Arrival::Delivering { .. } => {
                        panic!("still underway: {:?}", phone.stored.entries)
                    }
                    Arrival::Withdrawing | Arrival::Withdrawn => assert!(here.is_none()),
                }
            }
            for story in phone
                .stored
                .stories
                .values()
                .filter(|story| story.arrival == Arrival::Withdrawn)
            {
                let content = story.content.iter().flat_map(|content| &content.clips);
                let mut left = content.filter(|clip| self.memory.bytes.contains_key(&clip.id));
                assert!(left.next().is_none(), "bytes of a story that was taken back");
            }
            for tab in &phone.tabs {
                assert!(tab.batch(Nonce([0; 16])).push.is_empty(), "something still waits");
                let mut entries = tab.entries().to_vec();
                entries.sort_by_key(|entry| entry.envelope.id);
                assert!(
                    entries.iter().eq(phone.stored.entries.values()),
                    "a tab and its storage disagree"
                );
            }
            for pull in phone.replica.pulls() {
                let held: Vec<_> = phone.replica.rows(pull.scope).cloned().collect();
                let listens = !matches!(pull.scope, Scope::Members(_)) || self.role != Role::Reporter;
                let theirs = if listens {
                    self.memory.rows_of(pull.scope, &phone.asker())
                } else {
                    vec![]
                };
                assert_eq!(held, theirs, "{:?}", pull.scope);
                let page: Option<Page> = self.memory.page(&pull, &self.known(&phone.asker()));
                assert!(page.is_none_or(|page| page.lines.is_empty() && !page.more));
            }
        }
    }

    /// What a device may never hold, byte for byte: anybody's keys and codes, and of who listens also the stories that are
    /// not for them.
    fn look_for_secrets(&self) {
        let bytes = |phone: &Phone| {
            let rows = phone.replica.pulls();
            let rows = rows.iter().flat_map(|pull| phone.replica.rows(pull.scope));
            serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap()
        };
        let devices: Vec<_> = self.phones.iter().map(bytes).collect();
        let [listeners, ..] = &devices[..] else {
            unreachable!()
        };
        for story in self.phones.iter().flat_map(|phone| phone.stored.stories.values()) {
            let keys = Voice::ALL.into_iter().filter_map(|voice| story.key_of(voice));
            let hashes = keys
                .clone()
                .map(|key| serde_json::to_string(&key.hash()).unwrap());
            let keys = keys.map(|key| serde_json::to_string(&key).unwrap());
            let upload = serde_json::to_string(&story.upload_key).unwrap();
            let codes = Voice::ALL.into_iter().filter_map(|voice| story.code_of(voice));
            let codes = codes.map(|code| serde_json::to_string(code).unwrap());
            for secret in keys.chain(hashes).chain(codes).chain([upload]) {
                let held = devices.iter().any(|device| device.contains(&secret));
                assert!(!held, "a secret of {} is on a device", story.id);
            }
            let is_theirs = match self.memory.stories.get(&story.id) {
                Some(Kept::Here(kept)) => self.role != Role::Reporter && kept.consent.covers(Use::Analysis),
                _ => false,
            };
            assert_eq!(
                listeners.contains(&story.id.to_string()),
                is_theirs,
                "{}",
                story.id
            );
        }
    }
}

/// Lives through the world of a seed. When it ends badly its schedule is printed.
fn live(seed: u64) {
    let mut world = World::new(seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..STEPS {
            world.step();
        }
        world.heal();
        world.check();
        world.look_for_secrets();
    }));
    if let Err(failure) = outcome {
        println!("{}", world.schedule.join("\n"));
        println!("seed {seed} fails (SEED={seed} cargo test -p domain --test convergence); pin it");
        resume_unwind(failure);
    }
}

/// A number that is set from outside.
fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn sy17_whatever_happens_on_the_way_everybody_agrees_in_the_end() {
    if let Some(only) = set("SEED") {
        return live(only);
    }
    PINNED.into_iter().for_each(live);
    let seeds = set("VERTELPUNT_SEEDS").unwrap_or(SEEDS);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get) as u64;
    std::thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || (first..seeds).step_by(threads as usize).for_each(live));
        }
    });
}
