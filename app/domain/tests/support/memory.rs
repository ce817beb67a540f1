//! An authority that keeps everything in memory: the rules of the server without its storage.

use domain::Sha256;
use domain::change::{Change, Received};
use domain::clip::Clip;
use domain::command::Command;
use domain::consent::Use;
use domain::decide::{Facts, ProjectFacts, Sender, StoryFacts, arrive};
use domain::id::{ClipId, CommandId, MemberId, ProjectId, StoryId};
use domain::key::{Holds, KeyHash, Owns};
use domain::member::{Heard, Member};
use domain::problem::Problem;
use domain::project::Project;
use domain::scope::{EntityRef, Presence, Row, Scope, mark_line, touched};
use domain::story::{OwnState, OwnStory, SharedStory};
use domain::sync::authority::{Brought, Ledger, Recorded, held_up, receive};
use domain::sync::delivery::Reply;
use domain::sync::protocol::{
    Acknowledgement, Line, News, Outcome, PROTOCOL, Page, Pull, SyncRequest, SyncResponse, Verdict,
};
use domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A story as the authority has it.
#[derive(Clone)]
pub enum Kept {
    Here(Box<Received>),
    Withdrawn {
        project: ProjectId,
        owner: KeyHash,
        second: Option<KeyHash>,
        upload: KeyHash,
    },
}

/// A line as the log holds it: no content.
#[derive(Clone, Copy)]
struct Logged {
    revision: u64,
    entity: EntityRef,
    presence: Presence,
}

#[derive(Clone, Default)]
pub struct Memory {
    pub epoch: u64,
    pub projects: BTreeMap<ProjectId, Project>,
    pub stories: BTreeMap<StoryId, Kept>,
    pub verdicts: BTreeMap<CommandId, Recorded>,
    /// Stories of which bytes are still to come.
    pub awaited: BTreeSet<StoryId>,
    /// Which member heard which story.
    pub heard: BTreeSet<(StoryId, MemberId)>,
    /// What came of each clip.
    pub bytes: BTreeMap<ClipId, Vec<u8>>,
    /// How often a story was made true.
    pub received: BTreeMap<StoryId, usize>,
    /// What `withdrawn.log` says, kept outside every backup.
    pub withdrawn: BTreeMap<StoryId, Kept>,
    /// The next so many writes fail.
    pub broken: usize,
    pub page_limit: usize,
    logs: BTreeMap<Scope, Vec<Logged>>,
    /// Lines up to this revision are compacted away.
    compacted: BTreeMap<Scope, u64>,
}

/// The keys and the membership a request comes with.
#[derive(Clone, Default)]
pub struct Asker {
    pub keys: Vec<KeyHash>,
    pub member: Option<Member>,
}

/// Storage would not.
#[derive(Debug)]
pub struct Broken;

struct Desk<'a> {
    memory: &'a mut Memory,
    asker: &'a Asker,
}

impl Memory {
    pub fn with(project: &Project) -> Self {
        let mut memory = Self {
            epoch: 1,
            page_limit: 200,
            ..Self::default()
        };
        memory.make_true(Change::ProjectCreated(Box::new(project.clone())));
        memory
    }

    /// Answers a request as the server does: commands in order, each on its own, then news.
    pub fn sync(&mut self, request: &SyncRequest, asker: &Asker, now: Timestamp) -> SyncResponse {
        let mut outcomes: Vec<Outcome> = Vec::new();
        for envelope in &request.push {
            let held_up = held_up(request.push.iter().zip(&outcomes), envelope);
            outcomes.push(held_up.unwrap_or_else(|| self.carry_out(envelope, asker, now)));
        }
        let pages = request
            .pull
            .iter()
            .filter_map(|pull| self.page(pull, asker))
            .collect();
        SyncResponse {
            protocol: PROTOCOL,
            nonce: request.nonce,
            epoch: self.epoch,
            server_time: now,
            outcomes,
            pages,
        }
    }

    pub fn carry_out(
        &mut self,
        envelope: &domain::sync::protocol::Envelope,
        asker: &Asker,
        now: Timestamp,
    ) -> Outcome {
        let before = (self.broken > 0).then(|| self.clone());
        let sender = asker.member.map_or(Sender::Anybody, Sender::Member);
        let outcome = receive(&mut Desk { memory: self, asker }, envelope, sender, now);
        outcome.unwrap_or_else(|Broken| {
            let broken = self.broken;
            *self = Self {
                broken,
                ..before.expect("a copy was made before anything could fail")
            };
            Outcome {
                id: envelope.id,
                verdict: Verdict::Rejected {
                    problem: Problem::Internal,
                },
            }
        })
    }

    /// The clips of a story that is here.
    pub fn clips(&self, story: StoryId) -> Vec<Clip> {
        match self.stories.get(&story) {
            Some(Kept::Here(kept)) => kept.story.clone().into_row().content.clips,
            _ => Vec::new(),
        }
    }

    fn clip(&self, story: StoryId, clip: ClipId, asker: &Asker) -> Option<Clip> {
        let may = self.holds(story, asker) != Holds::Nothing;
        let mut clips = self.clips(story).into_iter().filter(|_| may);
        clips.find(|known| known.id == clip)
    }

    fn has(&self, clip: ClipId, place: Option<String>) -> Reply {
        let bytes = self.bytes.get(&clip).map_or(0, Vec::len) as u64;
        Reply::Has { bytes, place }
    }

    /// Whether every byte of a clip is here. It was held against the manifest when the last one came.
    pub fn is_whole(&self, clip: &Clip) -> bool {
        self.bytes
            .get(&clip.id)
            .is_some_and(|bytes| bytes.len() as u64 == clip.length)
    }

    /// Where a clip is to go, and how much of it is here.
    pub fn place(&self, story: StoryId, clip: ClipId, asker: &Asker) -> Reply {
        match self.clip(story, clip, asker) {
            Some(_) => self.has(clip, Some(clip.to_string())),
            None => Reply::Unknown,
        }
    }

    /// Takes a chunk, if it begins where the clip ends and is what its checksum says.
    pub fn append(
        &mut self,
        (story, clip): (StoryId, ClipId),
        from: u64,
        chunk: &[u8],
        sum: Sha256,
        asker: &Asker,
    ) -> Reply {
        let Some(known) = self.clip(story, clip, asker) else {
            return Reply::Unknown;
        };
        let bytes = self.bytes.entry(clip).or_default();
        let fits = bytes.len() as u64 == from && from + chunk.len() as u64 <= known.length;
        if !fits || Sha256::of(chunk) != sum {
            return Reply::OutOfStep;
        }
        bytes.extend_from_slice(chunk);
        if bytes.len() as u64 == known.length && Sha256::of(bytes) != known.sha256 {
            bytes.clear();
            return Reply::OutOfStep;
        }
        let whole = self.clips(story).iter().all(|clip| self.is_whole(clip));
        if whole && let Some(Kept::Here(kept)) = self.stories.get(&story) {
            let facts = StoryFacts::Finalized {
                project: kept.story.project(),
                consent: kept.consent.clone(),
                whole: !self.awaited.contains(&story),
                holds: Holds::Upload,
            };
            arrive(story, &facts)
                .into_iter()
                .for_each(|change| self.make_true(change));
        }
        self.has(clip, None)
    }

    pub fn holds(&self, story: StoryId, asker: &Asker) -> Holds {
        let (owner, second, upload) = match self.stories.get(&story) {
            Some(Kept::Here(kept)) => (kept.owner_key_hash, kept.second_key_hash, kept.upload_key_hash),
            Some(Kept::Withdrawn {
                owner,
                second,
                upload,
                ..
            }) => (*owner, *second, *upload),
            None => return Holds::Nothing,
        };
        let has = |hash: KeyHash| asker.keys.contains(&hash);
        Holds::of(has(owner), second.is_some_and(has), has(upload))
    }

    pub fn make_true(&mut self, change: Change) {
        let mut lines = touched(&change);
        match &change {
            Change::StoryWithdrawn { story, .. } => {
                let (gone, stay) = self.heard.iter().partition(|(of, _)| of == story);
                self.heard = stay;
                let gone: BTreeSet<(StoryId, MemberId)> = gone;
                lines.extend(gone.iter().map(|(_, member)| mark_line(*member, *story, false)));
            }
            Change::StoryMarked { story, member, heard } => {
                let mark = (*story, *member);
                let news = if *heard {
                    self.heard.insert(mark)
                } else {
                    self.heard.remove(&mark)
                };
                if !news {
                    return;
                }
            }
            _ => {}
        }
        for line in lines {
            let log = self.logs.entry(line.scope).or_default();
            // A thing leaves only a scope it was in: nobody hears of the end of what they never had.
            let was_in = |known: &Logged| known.entity == line.entity && known.presence == Presence::Put;
            if line.presence == Presence::Gone && !log.iter().any(was_in) {
                continue;
            }
            let revision = log.last().map_or(1, |last| last.revision + 1);
            log.push(Logged {
                revision,
                entity: line.entity,
                presence: line.presence,
            });
        }
        match change {
            Change::ProjectCreated(project) => {
                self.projects.insert(project.id, *project);
            }
            Change::StoryReceived(received) => {
                let id = received.story.id();
                *self.received.entry(id).or_default() += 1;
                if !received.is_whole() {
                    self.awaited.insert(id);
                }
                self.stories.insert(id, Kept::Here(received));
            }
            Change::StoryMarked { .. } => {}
            Change::StoryArrived { story, .. } => {
                self.awaited.remove(&story);
            }
            Change::ConsentChanged { story, consent, .. } => {
                if let Some(Kept::Here(kept)) = self.stories.get_mut(&story) {
                    kept.consent = consent;
                }
            }
            Change::StoryRevised { story, told, .. } => {
                let stay = |clip: &Clip| told.content.clips.iter().any(|kept| kept.id == clip.id);
                let gone: Vec<_> = self.clips(story).into_iter().filter(|clip| !stay(clip)).collect();
                for clip in gone {
                    self.bytes.remove(&clip.id);
                }
                if let Some(Kept::Here(kept)) = self.stories.get_mut(&story) {
                    kept.story = kept.story.clone().revised(*told);
                }
            }
            Change::StoryWithdrawn { story, project } => {
                self.awaited.remove(&story);
                for clip in self.clips(story) {
                    self.bytes.remove(&clip.id);
                }
                if let Some(Kept::Here(kept)) = self.stories.get(&story) {
                    let gone = Kept::Withdrawn {
                        project,
                        owner: kept.owner_key_hash,
                        second: kept.second_key_hash,
                        upload: kept.upload_key_hash,
                    };
                    self.withdrawn.insert(story, gone.clone());
                    self.stories.insert(story, gone);
                }
            }
        }
    }

    /// Goes back to `backup`, takes back again what was withdrawn since, and counts the epoch up.
    pub fn restore(&mut self, backup: Self) {
        let Self { epoch, withdrawn, .. } = std::mem::replace(self, backup);
        self.epoch = epoch + 1;
        for (story, gone) in withdrawn {
            if let Kept::Withdrawn { project, .. } = gone
                && !matches!(self.stories.get(&story), Some(Kept::Withdrawn { .. }))
            {
                self.make_true(Change::StoryWithdrawn { story, project });
            }
            self.stories.insert(story, gone.clone());
            self.withdrawn.insert(story, gone);
        }
    }

    /// Forgets the lines of every log up to its head, as time does after 180 days.
    pub fn compact(&mut self) {
        for (scope, log) in &mut self.logs {
            let head = log.last().map_or(0, |line| line.revision);
            self.compacted.insert(*scope, head);
        }
    }

    /// The rows somebody who may follow `scope` is to hold; of a dialogue, who has the keys of both.
    pub fn rows(&self, scope: Scope) -> Vec<Row> {
        self.rows_for(scope, Holds::Owner(Owns::Both))
    }

    /// The same for this asker (CO19).
    pub fn rows_of(&self, scope: Scope, asker: &Asker) -> Vec<Row> {
        match scope {
            Scope::Story(story) => self.rows_for(scope, self.holds(story, asker)),
            Scope::Public(_) | Scope::Members(_) | Scope::Member(_) => self.rows(scope),
        }
    }

    fn rows_for(&self, scope: Scope, holds: Holds) -> Vec<Row> {
        let entities: BTreeSet<_> = self
            .logs
            .get(&scope)
            .into_iter()
            .flatten()
            .map(|line| line.entity)
            .collect();
        entities
            .into_iter()
            .filter_map(|entity| self.row(scope, entity, holds))
            .collect()
    }

    fn row(&self, scope: Scope, entity: EntityRef, holds: Holds) -> Option<Row> {
        match entity {
            EntityRef::Heard(story) => match scope {
                Scope::Member(member) => self
                    .heard
                    .contains(&(story, member))
                    .then_some(Row::Heard(Heard { story })),
                _ => None,
            },
            EntityRef::Project(id) => self
                .projects
                .get(&id)
                .map(|project| Row::Project(Box::new(project.clone()))),
            EntityRef::Summary(id) if self.awaited.contains(&id) => None,
            EntityRef::Summary(id) => match self.stories.get(&id)? {
                Kept::Here(kept) => SharedStory::new(&kept.story, &kept.consent, Use::Analysis)
                    .map(|shared| Row::Summary(Box::new(shared.summary()))),
                Kept::Withdrawn { .. } => None,
            },
            EntityRef::OwnStory(id) => match self.stories.get(&id)? {
                Kept::Here(kept) => kept
                    .story
                    .for_owner(holds, &kept.consent)
                    .map(|own| Row::OwnStory(Box::new(own))),
                Kept::Withdrawn { project, .. } => {
                    let own = OwnStory {
                        id,
                        project: *project,
                        state: OwnState::Withdrawn,
                        held_until: None,
                    };
                    Some(Row::OwnStory(Box::new(own)))
                }
            },
        }
    }

    /// One page of a scope, or nothing at all for who may not follow it.
    pub fn page(&self, pull: &Pull, asker: &Asker) -> Option<Page> {
        let Pull { scope, cursor } = *pull;
        let holds = match scope {
            Scope::Story(story) => self.holds(story, asker),
            Scope::Public(_) | Scope::Members(_) | Scope::Member(_) => Holds::Nothing,
        };
        let log = self.logs.get(&scope)?;
        if !scope.may_be_followed(asker.member.as_ref(), holds) {
            return None;
        }
        let head = log.last().map_or(0, |line| line.revision);
        let compacted = self.compacted.get(&scope).copied().unwrap_or(0);
        if cursor > head || cursor > 0 && cursor < compacted || cursor == 0 && compacted > 0 {
            let lines = self.rows_for(scope, holds).into_iter().map(|row| Line {
                revision: head,
                news: News::Put { row },
            });
            return Some(Page {
                scope,
                lines: lines.collect(),
                cursor: head,
                more: false,
                reload: true,
            });
        }
        let end = self.end_of_page(log, cursor, head);
        let mut latest = BTreeMap::new();
        for line in log
            .iter()
            .filter(|line| line.revision > cursor && line.revision <= end)
        {
            latest.insert(line.entity, *line);
        }
        let had = |entity| {
            log.iter()
                .any(|line| line.entity == entity && line.revision <= cursor)
        };
        let mut lines: Vec<_> = latest
            .into_values()
            .filter_map(|line| {
                let news = match (line.presence, self.row(scope, line.entity, holds)) {
                    (Presence::Put, Some(row)) => News::Put { row },
                    _ if had(line.entity) => News::Gone { entity: line.entity },
                    _ => return None,
                };
                Some(Line {
                    revision: line.revision,
                    news,
                })
            })
            .collect();
        lines.sort_by_key(|line| line.revision);
        Some(Page {
            scope,
            lines,
            cursor: end,
            more: end < head,
            reload: false,
        })
    }

    /// Where a page ends. It never ends between the line that says a thing is there and the line that says it is
    /// gone: the next page could not know any more whether the thing was ever told.
    fn end_of_page(&self, log: &[Logged], cursor: u64, head: u64) -> u64 {
        let mut end = head.min(cursor + self.page_limit as u64);
        while let Some(gone) = log.iter().find(|line| {
            let told =
                |put: &Logged| put.entity == line.entity && put.revision > cursor && put.revision <= end;
            line.presence == Presence::Gone && line.revision > end && log.iter().any(told)
        }) {
            end = gone.revision;
        }
        end
    }
}

impl Ledger for Desk<'_> {
    type Error = Broken;

    fn verdict(&self, id: CommandId) -> Result<Option<Recorded>, Broken> {
        Ok(self.memory.verdicts.get(&id).cloned())
    }

    fn facts(&self, command: &Command) -> Result<Facts, Broken> {
        let project = match command {
            Command::FinalizeStory(finalize) => Some(finalize.origin.project),
            Command::CreateProject(project) => Some(project.id),
            Command::ChangeConsent(_)
            | Command::ReviseStory(_)
            | Command::WithdrawStory(_)
            | Command::MarkHeard(_)
            | Command::MarkUnheard(_) => None,
        };
        let project = project
            .and_then(|id| self.memory.projects.get(&id))
            .map(|project| ProjectFacts {
                phase: project.phase,
                prompts: project.prompts.iter().map(|prompt| prompt.id).collect(),
                signifiers: project.signifiers.clone(),
                under_16: project.under_16,
                room: u64::MAX,
                clip_limit: u64::MAX,
                clips_taken: false,
            });
        let story = command.story();
        let holds = story.map_or(Holds::Nothing, |story| self.memory.holds(story, self.asker));
        let kept = story.and_then(|story| self.memory.stories.get(&story));
        let story = match kept {
            None => StoryFacts::Unknown,
            Some(Kept::Withdrawn { .. }) => StoryFacts::Withdrawn { holds },
            Some(Kept::Here(kept)) => StoryFacts::Finalized {
                project: kept.story.project(),
                consent: kept.consent.clone(),
                whole: !self.memory.awaited.contains(&kept.story.id()),
                holds,
            },
        };
        let told = match (command, kept) {
            (Command::ReviseStory(_), Some(Kept::Here(kept))) => Some(kept.story.told()),
            _ => None,
        };
        Ok(Facts { project, story, told })
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Broken> {
        changes
            .into_iter()
            .for_each(|change| self.memory.make_true(change));
        Ok(())
    }

    fn record(&mut self, id: CommandId, recorded: &Recorded) -> Result<(), Broken> {
        // Fails after the changes were made, so that a half-done command would show.
        if self.memory.broken > 0 {
            self.memory.broken -= 1;
            return Err(Broken);
        }
        self.memory.verdicts.insert(id, recorded.clone());
        Ok(())
    }

    fn brought(&self, story: StoryId) -> Result<Brought, Broken> {
        Ok(match self.memory.stories.get(&story) {
            Some(Kept::Here(_)) if self.memory.awaited.contains(&story) => Brought::InPart,
            Some(Kept::Here(kept)) => {
                let content = kept.story.clone().into_row().content;
                let parts = content.parts().iter().map(|part| part.sha256).collect();
                Brought::Whole(Acknowledgement {
                    story,
                    version: 1,
                    parts,
                    consent: kept.consent.version(),
                })
            }
            _ => Brought::Withdrawn,
        })
    }
}
