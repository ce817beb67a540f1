//! Who hears of what: replication goes by scope, each with its own counter and log.

use crate::change::Change;
use crate::consent::Use;
use crate::id::{MemberId, ProjectId, StoryId};
use crate::key::Holds;
use crate::member::{Heard, Member};
use crate::project::Project;
use crate::story::{OwnStory, StorySummary};

/// A stream of changes that somebody may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// What anybody with an entry code may know of a project.
    Public(ProjectId),
    /// What members who may read stories know of a project.
    Members(ProjectId),
    /// What the holder of a story's owner key knows of it.
    Story(StoryId),
    /// What a member keeps for themselves.
    Member(MemberId),
}

/// On the wire a scope is its text.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Scope {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Scope {}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Public(id) => write!(f, "public/{id}"),
            Self::Members(id) => write!(f, "members/{id}"),
            Self::Story(id) => write!(f, "story/{id}"),
            Self::Member(id) => write!(f, "member/{id}"),
        }
    }
}

/// The text is not `public/`, `members/`, `story/` or `member/` with an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAScope;

impl std::fmt::Display for NotAScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("expected public/{id}, members/{id}, story/{id} or member/{id}")
    }
}

impl std::error::Error for NotAScope {}

impl TryFrom<String> for Scope {
    type Error = NotAScope;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (kind, id) = text.split_once('/').ok_or(NotAScope)?;
        match kind {
            "public" => id.parse().map(Self::Public).map_err(|_| NotAScope),
            "members" => id.parse().map(Self::Members).map_err(|_| NotAScope),
            "story" => id.parse().map(Self::Story).map_err(|_| NotAScope),
            "member" => id.parse().map(Self::Member).map_err(|_| NotAScope),
            _ => Err(NotAScope),
        }
    }
}

impl Scope {
    /// May somebody with this membership and these keys follow the scope? SY9: computed by the same functions as
    /// everything a member may do.
    pub fn may_be_followed(self, member: Option<&Member>, holds: Holds) -> bool {
        match self {
            Self::Public(_) => true,
            Self::Members(project) => member.is_some_and(|member| member.can_read_stories(project)),
            Self::Story(_) => holds.is_owner(),
            // HE2: who may not read stories any more has no use for marks on them.
            Self::Member(id) => {
                member.is_some_and(|member| member.id == id && member.can_read_stories(member.project))
            }
        }
    }
}

/// What kind of thing a line of a scope is about, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EntityRef {
    /// A project.
    Project(ProjectId),
    /// A story as the library's list knows it.
    Summary(StoryId),
    /// A story as its teller follows it.
    OwnStory(StoryId),
    /// A member's own mark on a story.
    Heard(StoryId),
}

/// The present content of a thing, as a pull answers a line with it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A project.
    Project(Box<Project>),
    /// A story as the library's list knows it.
    Summary(Box<StorySummary>),
    /// A story as its teller follows it.
    OwnStory(Box<OwnStory>),
    /// A member's own mark on a story.
    Heard(Heard),
}

impl Row {
    /// Which thing this is the content of.
    pub fn entity(&self) -> EntityRef {
        match self {
            Self::Project(project) => EntityRef::Project(project.id),
            Self::Summary(summary) => EntityRef::Summary(summary.id),
            Self::OwnStory(own) => EntityRef::OwnStory(own.id),
            Self::Heard(heard) => EntityRef::Heard(heard.story),
        }
    }
}

/// Whether a line says that a thing is there (again, or otherwise) or that it is gone from this scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is in the scope; a pull answers with its present content.
    Put,
    /// It left the scope; a pull answers with its id only.
    Gone,
}

/// A line to be written in a scope's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Whose log.
    pub scope: Scope,
    /// About what.
    pub entity: EntityRef,
    /// There or gone.
    pub presence: Presence,
}

/// SY8: the lines a change writes, in every scope which the thing enters, stays in or leaves.
pub fn touched(change: &Change) -> Vec<Touched> {
    let line = |scope, entity, presence| Touched {
        scope,
        entity,
        presence,
    };
    let story_lines = |project, story, shared: bool| {
        let presence = if shared { Presence::Put } else { Presence::Gone };
        vec![
            line(Scope::Members(project), EntityRef::Summary(story), presence),
            line(Scope::Story(story), EntityRef::OwnStory(story), Presence::Put),
        ]
    };
    match change {
        Change::ProjectCreated(project) => {
            vec![line(
                Scope::Public(project.id),
                EntityRef::Project(project.id),
                Presence::Put,
            )]
        }
        Change::StoryReceived(received) => {
            let story = &received.story;
            story_lines(
                story.project(),
                story.id(),
                received.is_whole() && received.consent.covers(Use::Analysis),
            )
        }
        Change::StoryArrived {
            story,
            project,
            consent,
        } => story_lines(*project, *story, consent.covers(Use::Analysis)),
        Change::ConsentChanged {
            story,
            project,
            consent,
            whole,
            ..
        } => story_lines(*project, *story, *whole && consent.covers(Use::Analysis)),
        Change::StoryRevised {
            story,
            project,
            consent,
            ..
        } => story_lines(*project, *story, consent.covers(Use::Analysis)),
        Change::StoryWithdrawn { story, project } => story_lines(*project, *story, false),
        Change::StoryMarked { story, member, heard } => vec![mark_line(*member, *story, *heard)],
    }
}

/// The line about a member's own mark. HE3: who takes a story back does not know who marked it; storage does, and
/// writes this for each of them.
pub fn mark_line(member: MemberId, story: StoryId, heard: bool) -> Touched {
    Touched {
        scope: Scope::Member(member),
        entity: EntityRef::Heard(story),
        presence: if heard { Presence::Put } else { Presence::Gone },
    }
}
