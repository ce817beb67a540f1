//! The states a library can be in: each is one thing a screen says.

use domain::{id::StoryId, member::Member, story::ReadStory};
use std::{collections::BTreeSet, sync::Arc};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Not known yet.
    Asking,
    /// A member who may read.
    In(Member),
    /// A member whose role sees no stories.
    NotAllowed(Member),
    /// Nobody is signed in.
    Nobody,
    /// Somebody was, and the session ended by itself.
    Ended,
    /// The person signed out.
    Left,
}

/// What the open story tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It is on its way.
    Loading,
    /// It is here.
    Here(Arc<ReadStory>),
    /// The teller took it back.
    Withdrawn,
    /// It was here and is not any more.
    Gone,
    /// This person held it back here a moment ago.
    HeldHere,
    /// There is no such story for this reader.
    NotHere,
    /// It needs a connection first.
    Offline,
    /// The server is in trouble.
    Trouble,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The words that were looked for.
    pub words: String,
    /// The stories in which they stand.
    pub stories: BTreeSet<StoryId>,
    /// Only names and own words were looked through, because the server could not be reached.
    pub only_here: bool,
}
