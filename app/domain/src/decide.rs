//! The rules: a command and what is true give changes or a problem. The same on the phone and on the server.

use crate::change::{Change, Received};
use crate::command::{ChangeConsent, Command, FinalizeStory, ReviseStory};
use crate::consent::{Answer, Changed, Use, Wording};
use crate::guardian::Under16;
use crate::id::{ProjectId, PromptId, StoryId};
use crate::key::Holds;
use crate::member::Member;
use crate::problem::Problem;
use crate::project::Phase;
use crate::signifier::{Signifier, settle_answers};
use crate::story::{Story, StoryRow, Told};
use crate::time::Timestamp;
use crate::voices::Consents;
use crate::withheld::{HoldBack, LetThrough, Withheld};

/// Who sends a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Somebody from outside: only keys speak for them.
    Anybody,
    /// Somebody who works in a project and is signed in. As a teller only keys speak for them too.
    Member(Member),
    /// The instance itself, setting things up.
    Instance,
}

/// What is true of the things a command is about, looked up by whoever asks for the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The project a new story names; `None` when there is none.
    pub project: Option<ProjectFacts>,
    /// The story the command names.
    pub story: StoryFacts,
    /// What was told so far, where the command changes that.
    pub told: Option<Told>,
}

/// What is true of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFacts {
    /// Where it is in its life.
    pub phase: Phase,
    /// RE1: whether every story of it must be gone by now.
    pub over: bool,
    /// Its questions.
    pub prompts: Vec<PromptId>,
    /// What it asks about a story.
    pub signifiers: Vec<Signifier>,
    /// What it asks of tellers younger than 16.
    pub under_16: Option<Under16>,
    /// How many bytes of a story may still be promised a place here: the least of what is left on the disk and, where
    /// it has clips, of the instance and of the door the story comes through.
    pub room: u64,
    /// The most bytes of one clip, where that is less than [`CLIP_LENGTH_LIMIT`](crate::clip::CLIP_LENGTH_LIMIT).
    pub clip_limit: u64,
    /// Whether the manifest of another story names one of the clips already.
    pub clips_taken: bool,
}

/// What is true of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoryFacts {
    /// Never heard of.
    Unknown,
    /// It is here.
    Finalized {
        /// In which project.
        project: ProjectId,
        /// What each who speaks in it allows today.
        consent: Consents,
        /// Whether every byte of it arrived (ME9): before that nobody but its teller hears of it.
        whole: bool,
        /// By whom and why it is held back, if it is.
        withheld: Option<Withheld>,
        /// What the request's keys may do with it.
        holds: Holds,
    },
    /// It was here and was taken back.
    Withdrawn {
        /// What the request's keys may do with it.
        holds: Holds,
    },
}

/// Decides a command.
///
/// `now` is the decider's own clock: the server's on the server, the phone's (a claim) on the phone.
///
/// # Errors
/// The problem, when a rule of SPEC.md forbids it; then nothing changes.
pub fn decide(
    command: &Command,
    facts: &Facts,
    sender: Sender,
    now: Timestamp,
) -> Result<Vec<Change>, Problem> {
    match command {
        Command::FinalizeStory(finalize) => finalize_story(finalize, facts, now),
        Command::ChangeConsent(change) => change_consent(change, &facts.story),
        Command::WithdrawStory(withdraw) => match &facts.story {
            StoryFacts::Finalized {
                project,
                // CO15: either voice takes back the whole.
                holds: Holds::Owner(_),
                ..
            } => Ok(vec![Change::StoryWithdrawn {
                story: withdraw.story,
                project: *project,
            }]),
            // CO8: taking back what is taken back already is done, not refused.
            StoryFacts::Withdrawn {
                holds: Holds::Owner(_),
            } => Ok(vec![]),
            _ => Err(Problem::StoryUnknown),
        },
        Command::ReviseStory(revise) => revise_story(revise, facts),
        Command::CreateProject(project) => match (sender, &facts.project) {
            // RE1: else its stories would go with the next day's round.
            (Sender::Instance, None) if project.is_over(now) => Err(Problem::Malformed),
            (Sender::Instance, None) => project
                .check()
                .map(|()| vec![Change::ProjectCreated(project.clone())]),
            _ => Err(Problem::Forbidden),
        },
        Command::MarkHeard(mark) => mark_story(mark.story, true, &facts.story, sender),
        Command::MarkUnheard(mark) => mark_story(mark.story, false, &facts.story, sender),
        Command::HoldBack(hold) => hold_back(hold, &facts.story, sender, now),
        Command::LetThrough(LetThrough { story }) => let_through(*story, &facts.story, sender),
    }
}

/// HE1: a mark of who may read the story. That it is there already, or gone already, is for storage to see.
fn mark_story(
    story: StoryId,
    heard: bool,
    facts: &StoryFacts,
    sender: Sender,
) -> Result<Vec<Change>, Problem> {
    let Seen { member, .. } = seen(facts, sender)
        .filter(Seen::is_open)
        .ok_or(Problem::StoryUnknown)?;
    Ok(vec![Change::StoryMarked {
        story,
        member: member.id,
        heard,
    }])
}

/// A story of which every byte arrived and whose consent covers analysis, as a member who may read stories finds it.
struct Seen<'a> {
    member: Member,
    project: ProjectId,
    withheld: Option<&'a Withheld>,
}

impl Seen<'_> {
    /// WH2: whether it is not held back from them.
    fn is_open(&self) -> bool {
        self.withheld.is_none() || self.member.can_see_withheld(self.project)
    }
}

fn seen(facts: &StoryFacts, sender: Sender) -> Option<Seen<'_>> {
    let (
        StoryFacts::Finalized {
            project,
            consent,
            whole: true,
            withheld,
            ..
        },
        Sender::Member(member),
    ) = (facts, sender)
    else {
        return None;
    };
    let may = member.can_read_stories(*project) && consent.covers(Use::Analysis);
    may.then_some(Seen {
        member,
        project: *project,
        withheld: withheld.as_ref(),
    })
}

/// WH1: whoever sees a story may hold it back; who sees that it is already may say why otherwise.
fn hold_back(
    hold: &HoldBack,
    facts: &StoryFacts,
    sender: Sender,
    now: Timestamp,
) -> Result<Vec<Change>, Problem> {
    let Seen { member, project, .. } = seen(facts, sender)
        .filter(Seen::is_open)
        .ok_or(Problem::StoryUnknown)?;
    Ok(vec![Change::StoryWithheld {
        story: hold.story,
        project,
        withheld: Withheld {
            ground: hold.ground,
            note: hold.note()?,
            by: member.id,
            role: member.role,
            at: now,
        },
    }])
}

/// WH4: managers let it through again, and who held it back themselves: that is their way to undo. What is not held back
/// is done, for who sees it.
fn let_through(story: StoryId, facts: &StoryFacts, sender: Sender) -> Result<Vec<Change>, Problem> {
    let Seen {
        member,
        project,
        withheld,
    } = seen(facts, sender).ok_or(Problem::StoryUnknown)?;
    match withheld {
        None => Ok(vec![]),
        Some(withheld) if member.can_see_withheld(project) || withheld.by == member.id => {
            Ok(vec![Change::StoryLetThrough { story, project }])
        }
        Some(_) => Err(Problem::StoryUnknown),
    }
}

fn finalize_story(finalize: &FinalizeStory, facts: &Facts, now: Timestamp) -> Result<Vec<Change>, Problem> {
    match &facts.story {
        StoryFacts::Unknown => {}
        // SY6: the story is here already, under another command's id; a phone that restored itself offers it again.
        StoryFacts::Finalized {
            holds: Holds::Upload | Holds::Owner(_),
            ..
        } => return Ok(vec![]),
        StoryFacts::Withdrawn {
            holds: Holds::Upload | Holds::Owner(_),
        } => return Err(Problem::StoryWithdrawn),
        _ => return Err(Problem::StoryUnknown),
    }
    let project = facts.project.as_ref().ok_or(Problem::UnknownProject)?;
    // RE3: what would be erased at once is not taken; it stays on the phone.
    if project.phase == Phase::Closed || project.over {
        return Err(Problem::ProjectClosed);
    }
    if !project.prompts.contains(&finalize.origin.prompt) {
        return Err(Problem::UnknownProject);
    }
    let consent = finalize.consents();
    // CO17: with a guardian's yes it is said that a teller is younger than 16.
    let stays = project.under_16 == Some(Under16::Stays) && consent.each().any(|own| own.guardian.is_some());
    if stays || !consent.covers(Use::Analysis) {
        return Err(Problem::ConsentMissing);
    }
    if finalize.parts != finalize.content.parts() {
        return Err(Problem::ManifestMismatch);
    }
    let mut content = finalize.content.clone().check()?;
    content.answers = settle_answers(&project.signifiers, &content.answers)?;
    let limit = project.clip_limit;
    if content.clips.iter().any(|clip| clip.length > limit) {
        return Err(Problem::TooLarge { limit });
    }
    // ME21: as one that names a clip twice. Whose the other story is makes no difference.
    if project.clips_taken {
        return Err(Problem::Malformed);
    }
    // ME8: room is promised before the first byte comes; what is promised together can also arrive together.
    if finalize.parts.iter().map(|part| part.length).sum::<u64>() > project.room {
        return Err(Problem::StorageFull);
    }
    let second_key_hash = finalize.second.as_ref().map(|second| second.owner_key_hash);
    let is_wording = |Wording(text): &Wording| (1..=16).contains(&text.len());
    // CO14: one key cannot be two people's.
    if second_key_hash == Some(finalize.owner_key_hash) || !consent.each().all(|own| is_wording(&own.wording))
    {
        return Err(Problem::Malformed);
    }
    let story = Story::from(StoryRow {
        id: finalize.story,
        origin: finalize.origin.clone(),
        content,
        told_at: finalize.told_at,
        received_at: now,
        edition: 1,
    });
    Ok(vec![Change::StoryReceived(Box::new(Received {
        story,
        consent,
        owner_key_hash: finalize.owner_key_hash,
        second_key_hash,
        upload_key_hash: finalize.upload_key_hash,
    }))])
}

/// ED1: either voice changes what both told, as it may take it back.
fn revise_story(revise: &ReviseStory, facts: &Facts) -> Result<Vec<Change>, Problem> {
    match (&facts.story, &facts.told) {
        (
            StoryFacts::Finalized {
                project,
                consent,
                whole,
                withheld,
                holds: Holds::Owner(_),
            },
            Some(told),
        ) => {
            // ED5: bytes that are still coming belong to the manifest that was promised room.
            if !whole {
                return Err(Problem::Busy { retry_after: 60 });
            }
            let content = revise.applied_to(&told.content)?;
            if content == told.content {
                return Ok(vec![]);
            }
            // A server that was put back from a copy has an edition of before, and takes what was made of a later one.
            if told.edition > revise.seen {
                return Err(Problem::StoryOutdated {
                    current: told.edition,
                });
            }
            Ok(vec![Change::StoryRevised {
                story: revise.story,
                project: *project,
                told: Box::new(Told {
                    content,
                    edition: revise.seen.saturating_add(1),
                }),
                consent: consent.clone(),
                withheld: withheld.is_some(),
            }])
        }
        (
            StoryFacts::Withdrawn {
                holds: Holds::Owner(_),
            },
            _,
        ) => Err(Problem::StoryWithdrawn),
        _ => Err(Problem::StoryUnknown),
    }
}

fn change_consent(change: &ChangeConsent, story: &StoryFacts) -> Result<Vec<Change>, Problem> {
    match story {
        StoryFacts::Finalized {
            project,
            consent,
            whole,
            withheld,
            holds,
        } => {
            let (story, project, voice, whole) = (change.story, *project, change.voice, *whole);
            let withheld = withheld.is_some();
            // CO14: each voice changes its own answers.
            let own = consent.of(voice).filter(|_| holds.speaks_for(voice));
            let own = own.ok_or(Problem::StoryUnknown)?;
            match change.applied_to(own) {
                Changed::Nothing => Ok(vec![]),
                Changed::To(next) => Ok(vec![Change::ConsentChanged {
                    story,
                    project,
                    voice,
                    consent: consent.clone().with(voice, next),
                    whole,
                    withheld,
                }]),
                Changed::Withdrawn => Ok(vec![Change::StoryWithdrawn { story, project }]),
                Changed::Outdated if change.lacks_guardian(own) => Err(Problem::ConsentMissing),
                Changed::Outdated => Err(Problem::ConsentOutdated { current: own.version }),
            }
        }
        // CO5, CO8: taking analysis back is withdrawing, and that is done already.
        StoryFacts::Withdrawn { holds } if holds.speaks_for(change.voice) => match change.choices.analysis {
            Answer::No => Ok(vec![]),
            Answer::Yes => Err(Problem::StoryWithdrawn),
        },
        StoryFacts::Withdrawn { .. } | StoryFacts::Unknown => Err(Problem::StoryUnknown),
    }
}

/// ME9: the last byte of a story arrived and its hashes hold. What follows is decided by the consent of that moment;
/// nothing follows of a story that was taken back meanwhile, or that was whole already.
pub fn arrive(story: StoryId, facts: &StoryFacts) -> Option<Change> {
    match facts {
        StoryFacts::Finalized {
            project,
            consent,
            whole: false,
            withheld,
            ..
        } => Some(Change::StoryArrived {
            story,
            project: *project,
            consent: consent.clone(),
            withheld: withheld.is_some(),
        }),
        _ => None,
    }
}
