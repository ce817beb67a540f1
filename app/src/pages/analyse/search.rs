//! Looking for words. The server looks, because only it has the texts; one request at a time, and what is typed
//! meanwhile is looked for next. So nothing waits for a pause in typing, and a fast server answers every letter.

use super::shelf::{Found, Shelf, Who};
use crate::browser::spawn_local;
use crate::browser::staff as ask;
use domain::{id::StoryId, story::StorySummary, tag::Tag};
use std::{cell::Cell, collections::BTreeSet};

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
    static AGAIN: Cell<bool> = const { Cell::new(false) };
}

/// Looks for what stands in the search field: something was typed, or a story came in that may have the words.
pub(super) fn look(shelf: Shelf) {
    if words(shelf).is_empty() {
        shelf.found.set(None);
        return;
    }
    if BUSY.get() {
        AGAIN.set(true);
        return;
    }
    BUSY.set(true);
    spawn_local(async move {
        loop {
            AGAIN.set(false);
            one(shelf).await;
            if !AGAIN.get() {
                break;
            }
        }
        BUSY.set(false);
    });
}

fn words(shelf: Shelf) -> String {
    shelf.query.with_untracked(|query| query.trim().to_owned())
}

async fn one(shelf: Shelf) {
    let words = words(shelf);
    let Who::In(member) = shelf.who.get_untracked() else {
        return;
    };
    if words.is_empty() {
        return;
    }
    let answer = ask::search(member.project, &words).await;
    // The field may have been emptied, or somebody else may sit here by now.
    if shelf.query.with_untracked(|query| query.trim().is_empty())
        || shelf.who.get_untracked() != Who::In(member)
    {
        return;
    }
    let only_here = answer.is_err();
    let stories = match answer {
        Ok(stories) => stories.into_iter().collect(),
        Err(_) => by_name(shelf, &words),
    };
    let found = Some(Found {
        words,
        stories,
        only_here,
    });
    if shelf.found.with_untracked(|before| *before != found) {
        shelf.skipped.set(0);
        shelf.found.set(found);
    }
}

/// Without the server: the stories whose name or own words contain all of it.
fn by_name(shelf: Shelf, words: &str) -> BTreeSet<StoryId> {
    let words = words.to_lowercase();
    let fits = |story: &StorySummary| {
        let named = story
            .title
            .as_ref()
            .is_some_and(|title| title.to_lowercase().contains(&words));
        let own = |tag: &Tag| matches!(tag, Tag::Own(own) if own.to_lowercase().contains(&words));
        named || story.tags.iter().any(own)
    };
    shelf.stories.with_untracked(|stories| {
        stories
            .iter()
            .filter(|story| fits(story))
            .map(|story| story.id)
            .collect()
    })
}
