//! A story on this phone: its two pictures, when, where it is, and the one next thing to do.

use super::{
    clock::timed,
    state_line::{StateWords, state_line},
    story_pair::{pair_name, story_pair},
};
use crate::markup::{IntoView, View, el, group};
use crate::texts::{fill, t, tell};
use crate::watch::{Memo, Signal};
use domain::{story::StoryPictures, time::Span};

/// What a row shows.
pub struct Row {
    /// By which the story is recognised.
    pub pictures: StoryPictures,
    /// The day in full.
    pub date: String,
    /// The teller's own name for it, if it has one and its content is here.
    pub title: Option<String>,
    /// How long it is, while it is here: see [`length`].
    pub length: View,
    /// Names are shown: they stay hidden until somebody asks (P22).
    pub names: Signal<bool>,
    /// Where it is.
    pub words: Memo<StateWords>,
    /// Buttons, and what opens below them.
    pub ways: View,
}

/// The row, to be put in a list.
pub fn story_row(row: Row) -> View {
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
    el("li")
        .child(
            el("article")
                .class(move || ["vp-story vp-story--", words.get().kind].concat())
                .attr("aria-label", name)
                .child(story_pair(pictures))
                .child(
                    el("div")
                        .class("vp-story__text")
                        .child(move || heading(&date, title.as_deref(), names.get()))
                        .child(length)
                        .child(state_line(words, "", false)),
                )
                .child(ways),
        )
        .into_view()
}

/// How long what was told lasts, else how many letters were written.
pub fn length(told: Span, text: Option<&str>) -> View {
    let words = match text {
        _ if told > Span(0) => timed(tell::MINE_LASTS, told),
        Some(text) => fill(tell::MINE_LENGTH, &[("count", &text.chars().count().to_string())]).into_view(),
        None => return View::Nothing,
    };
    el("p").class("vp-small vp-soft").child(words).into_view()
}

fn heading(date: &str, title: Option<&str>, names: bool) -> View {
    let date = date.to_owned();
    if !names {
        return el("h2").child(el("bdi").child(date)).into_view();
    }
    let name = match title {
        Some(title) => el("h2")
            .attr("dir", "auto")
            .attr("translate", "no")
            .child(title.to_owned())
            .into_view(),
        None => el("h2").child(t(tell::MINE_NO_NAME)).into_view(),
    };
    group()
        .child(name)
        .child(el("p").class("vp-small vp-soft").child(el("bdi").child(date)))
        .into_view()
}
