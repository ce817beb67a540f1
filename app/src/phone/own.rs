//! A story whose code somebody has: opened from wherever it is, looked at, changed, taken along.

use super::{
    Phone, acts,
    book::{Book, Revising},
};
use crate::browser::spawn_local;
use crate::browser::{
    ambient::{self, Random},
    download, network,
};
use crate::texts::current;
use crate::watch::Signal;
use domain::{
    code::StoryCode,
    command::ReviseStory,
    draft::{PhoneStory, Revision},
    id::StoryId,
    key::OwnerKey,
    problem::Problem,
    story::{OpenedStory, Told},
    sync::outbox::Failure,
    voices::Voice,
};
use std::cell::RefCell;

/// Where a code is tried. The key goes in a header, so no address and no log has it.
const PATH: &str = "/api/v1/story";

impl Phone {
    /// CD6: opens the story of a code, and keeps the code on this device.
    ///
    /// # Errors
    /// Why it could not be opened; an unknown code and one taken back are the same.
    pub async fn open_code(self, code: StoryCode) -> Result<StoryId, Failure> {
        let opened = ask(&OwnerKey::derive(&code).to_hex()).await?;
        let open = |book: &mut Book| book.open(&opened, code, &mut Random, ambient::now());
        // Where storage fails, this page has it all the same.
        if acts::commit(self.state, &[], &open).await.is_err() {
            self.state.book.update(open);
        }
        Ok(opened.story.id)
    }

    /// What the server has of a story of this device, which this browser may then see and hear for ten minutes.
    ///
    /// # Errors
    /// Why it could not be had.
    pub async fn look_at(self, id: StoryId) -> Result<OpenedStory, Failure> {
        let story = self.story(id).get_untracked().ok_or(UNKNOWN)?;
        let opened = ask(&keys(&story)).await?;
        // What was chosen or changed elsewhere holds here too, before anything is made of it.
        let hear = |book: &mut Book| book.hear_of(&opened.story);
        if acts::commit(self.state, &[], &hear).await.is_err() {
            self.state.book.update(hear);
        }
        // Pictures come by cookie. Without it only they are missing.
        let listen = ["/api/v1/stories/", &id.to_string(), "/listen"].concat();
        _ = network::ask_leave(&listen, &story.owner_key().to_hex()).await;
        Ok(opened)
    }

    /// ED1: changes a story of which `told` was seen; with internet at once, else when there is.
    ///
    /// # Errors
    /// When what would be left is no story.
    pub async fn revise(self, id: StoryId, told: Told, wish: Revision) -> Result<(), Problem> {
        let refused = RefCell::new(None);
        let revise = |book: &mut Book| {
            let done = book.revise(id, &told, wish.clone(), &mut Random);
            refused.replace(done.err());
        };
        if acts::commit(self.state, &[], &revise).await.is_err() {
            return Err(Problem::StorageFull);
        }
        self.send_now();
        refused.into_inner().map_or(Ok(()), Err)
    }

    /// How it stands with what was changed last.
    pub fn revising(self, id: StoryId) -> Signal<Option<Revising>> {
        let book = self.state.book;
        Signal::derive(move || book.with(|book| book.revising(id)))
    }

    /// ED6: what was typed and refused, to go on with.
    pub fn refused_revision(self, id: StoryId) -> Option<ReviseStory> {
        self.state.book.with_untracked(|book| book.refused_revision(id))
    }

    /// Lets go of a change that was refused: there is nothing to go on with, or the teller throws it away.
    pub fn forget_refused(self, id: StoryId) {
        spawn_local(async move {
            let forget = |book: &mut Book| book.forget_refused_revision(id);
            _ = acts::commit(self.state, &[], &forget).await;
        });
    }

    /// FB3: everything there is of a story, saved as one file. False when it could not be had.
    pub async fn take_along(self, id: StoryId) -> bool {
        let Some(story) = self.story(id).get_untracked() else {
            return false;
        };
        let path = ["/api/v1/stories/", &id.to_string(), "/copy"].concat();
        let file = network::fetch_file(&path, &keys(&story), current().tag()).await;
        file.is_ok_and(|file| download::file("vertelpunt.zip", &file))
    }
}

const UNKNOWN: Failure = Failure::Refused {
    problem: Problem::StoryUnknown,
    retry_after: None,
};

/// The keys of each voice that is on this device.
fn keys(story: &PhoneStory) -> String {
    let keys = Voice::ALL.into_iter().filter_map(|voice| story.key_of(voice));
    let keys: Vec<_> = keys.map(OwnerKey::to_hex).collect();
    keys.join(",")
}

async fn ask(keys: &str) -> Result<OpenedStory, Failure> {
    let answer = network::post(PATH, keys, "").await?;
    crate::json::from_str(&answer).map_err(|_| Failure::NotOurs)
}
