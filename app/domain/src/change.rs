//! Facts: what a command, once decided, makes true.

use crate::id::{MemberId, ProjectId, StoryId};
use crate::key::KeyHash;
use crate::project::Project;
use crate::story::{Story, Told};
use crate::voices::{Consents, Voice};

/// One fact. Storage applies it; [`crate::scope::touched`] says who is to hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A project exists.
    ProjectCreated(Box<Project>),
    /// A story is here: complete, or (ME9) with its clips still to come.
    StoryReceived(Box<Received>),
    /// Every byte of a story whose clips were still to come is here now.
    StoryArrived {
        /// Which story.
        story: StoryId,
        /// In which project.
        project: ProjectId,
        /// What its teller allows at this moment.
        consent: Consents,
    },
    /// Other choices hold for a story.
    ConsentChanged {
        /// Which story.
        story: StoryId,
        /// In which project.
        project: ProjectId,
        /// Whose choices are others now.
        voice: Voice,
        /// What holds from now on, of every voice.
        consent: Consents,
        /// Whether every byte of it arrived.
        whole: bool,
    },
    /// The teller changed what they told; what stood there before is nowhere any more (ED2).
    StoryRevised {
        /// Which story.
        story: StoryId,
        /// In which project.
        project: ProjectId,
        /// All of it from now on, with its edition.
        told: Box<Told>,
        /// What is allowed of it.
        consent: Consents,
    },
    /// The story was taken back; its content goes, and with it every mark that members put on it.
    StoryWithdrawn {
        /// Which story.
        story: StoryId,
        /// In which project.
        project: ProjectId,
    },
    /// A member's own mark on a story is there, or is not there any more.
    StoryMarked {
        /// Which story.
        story: StoryId,
        /// Whose mark.
        member: MemberId,
        /// Whether they heard it.
        heard: bool,
    },
}

/// A story that came in, with what rules it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The story.
    pub story: Story,
    /// What the teller allowed; in a dialogue, what each of the two did.
    pub consent: Consents,
    /// SHA-256 of the owner key.
    pub owner_key_hash: KeyHash,
    /// In a dialogue, that of the second voice's.
    pub second_key_hash: Option<KeyHash>,
    /// SHA-256 of the upload key.
    pub upload_key_hash: KeyHash,
}

impl Received {
    /// Whether all of it came with the command: the bytes of clips travel apart.
    pub fn is_whole(&self) -> bool {
        self.story.clips().is_empty()
    }
}
