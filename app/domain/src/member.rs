//! People who work in a project, and what they may do there. Scopes and pages ask these same functions.

use crate::id::{MemberId, ProjectId, StoryId};

/// What a member does in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Goes to people with a phone.
    Reporter,
    /// Listens, reads and groups.
    Analyst,
    /// Runs meetings.
    Facilitator,
    /// Sets up the project and answers for it.
    Manager,
}

/// A person who works in one project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// In which project.
    pub project: ProjectId,
    /// As what.
    pub role: Role,
}

impl Member {
    /// May this member see the stories of `project` whose consent covers analysis?
    pub fn can_read_stories(&self, project: ProjectId) -> bool {
        self.project == project && matches!(self.role, Role::Analyst | Role::Facilitator | Role::Manager)
    }

    /// WH2: may this member still see the stories of `project` that are held back?
    pub fn can_see_withheld(&self, project: ProjectId) -> bool {
        self.project == project && self.role == Role::Manager
    }
}

/// A member's own mark: they heard or read this story to its end. Nobody else is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heard {
    /// Which story.
    pub story: StoryId,
}

/// The body of a sign-in: the secret of a one-time link, 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// What stood after `#` in the link.
    pub secret: String,
}

/// Who is signed in on this browser.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The person and the role.
    pub member: Member,
    /// The name of the project.
    pub project_name: String,
}
