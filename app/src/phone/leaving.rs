//! A borrowed phone: which stories are to leave it, and what was said to a wish that came too late.

use super::{Phone, acts, book::Book};
use crate::browser::spawn_local;
use crate::watch::Signal;
use domain::{id::StoryId, problem::Problem, standing::refused_choice};

impl Phone {
    /// Whether this story goes from this phone as soon as it is safe.
    pub fn is_leaving(self, id: StoryId) -> Signal<bool> {
        let book = self.state.book;
        Signal::derive(move || book.with(|book| book.marks.leaving.contains(&id)))
    }

    /// Undoes [`Phone::remove_here_once_safe`] while the story is still here.
    pub fn keep_here(self, id: StoryId) {
        spawn_local(async move {
            let keep = |book: &mut Book| book.marks.leaving.retain(|leaving| *leaving != id);
            // When storage fails the mark stays, and so does the sentence that says so.
            _ = acts::commit(self.state, &[], &keep).await;
        });
    }

    /// Why a wish about who may hear an arrived story was refused; it waits for the teller to choose again.
    pub fn refused_choice(self, id: StoryId) -> Signal<Option<Problem>> {
        let book = self.state.book;
        Signal::derive(move || book.with(|book| refused_choice(book.story(id)?, &book.outbox)))
    }
}
