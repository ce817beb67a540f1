//! A story on this phone: its two pictures, when, where it is, and the one next thing to do.

use super::{
    state_line::{StateWords, state_line},
    story_pair::{pair_name, story_pair},
};
use crate::texts::{fill, t, tell};
use crate::watch::{Memo, Signal};
use domain::story::StoryPictures;
use leptos::prelude::*;

/// What a row shows.
pub struct Row {
    /// By which the story is recognised.
    pub pictures: StoryPictures,
    /// The day in full.
    pub date: String,
    /// The teller's own name for it, if it has one and its content is here.
    pub title: Option<String>,
    /// How long the text is, in letters, while it is here.
    pub length: Option<usize>,
    /// Names are shown: they stay hidden until somebody asks (P22).
    pub names: Signal<bool>,
    /// Where it is.
    pub words: Memo<StateWords>,
    /// Buttons, and what opens below them.
    pub ways: AnyView,
}

/// The row, to be put in a list.
pub fn story_row(row: Row) -> AnyView {
    let Row {
        pictures,
        date,
        title,
        length,
        names,
        words,
        ways,
    } = row;
    let name = fill(
        tell::MINE_ROW,
        &[("date", &date), ("pictures", &pair_name(pictures))],
    );
    let length = length.map(|count| {
        view! { <p class="vp-small vp-soft">{fill(tell::MINE_LENGTH, &[("count", &count.to_string())])}</p> }.into_any()
    });
    view! {
        <li>
            <article class=move || ["vp-story vp-story--", words.get().kind].concat() aria-label=name>
                {story_pair(pictures)}
                <div class="vp-story__text">
                    {move || heading(&date, title.as_deref(), names.get())} {length} {state_line(words, "", false)}
                </div>
                {ways}
            </article>
        </li>
    }
    .into_any()
}

fn heading(date: &str, title: Option<&str>, names: bool) -> AnyView {
    let date = date.to_owned();
    if !names {
        return view! { <h2><bdi>{date}</bdi></h2> }.into_any();
    }
    let name = match title {
        Some(title) => view! { <h2 dir="auto" translate="no">{title.to_owned()}</h2> }.into_any(),
        None => view! { <h2>{t(tell::MINE_NO_NAME)}</h2> }.into_any(),
    };
    view! { {name} <p class="vp-small vp-soft"><bdi>{date}</bdi></p> }.into_any()
}
