//! A story of two: who of them is here? Pages that are about one voice ask that first, and stand behind `#` then.

use crate::markup::{IntoView, View, el, group};
use crate::watch::{Memo, untrack};
use crate::{
    browser::fragment,
    components::{
        frame::{Back, Step, teller_frame},
        icon::pictogram,
    },
    texts::{Text, t},
};
use domain::{draft::PhoneStory, voices::Voice};

/// What stands behind `#` for each voice; other screens of that voice go on after it.
const SCREENS: [&str; 2] = ["first", "second"];

/// What stands behind `#` on the pages of this voice of the story; nothing where there is one voice.
pub fn screen_of(story: &PhoneStory, voice: Voice) -> &'static str {
    story.second.as_ref().map_or("", |_| SCREENS[voice as usize])
}

/// Draws `page` of the voice that stands behind `#`, or `ask`s first who is here.
pub fn of_one_voice(story: PhoneStory, page: fn(&PhoneStory, Voice) -> View, ask: fn() -> View) -> View {
    let screen = fragment::follow();
    let alone = story.second.is_none().then_some(story.voice);
    let at = |screen: &String| {
        let stands = |voice: &Voice| screen.starts_with(SCREENS[*voice as usize]);
        Voice::ALL.into_iter().find(stands)
    };
    let voice = Memo::new(move |_| alone.or_else(|| screen.with(at)));
    (move || match voice.get() {
        Some(voice) => untrack(|| page(&story, voice)),
        None => ask(),
    })
    .into_view()
}

/// Asks it: two equal ways.
pub fn which_voice(
    page: &'static str,
    step: Option<Step>,
    back: Back,
    title: Text,
    ways: [Text; 2],
    feet: View,
) -> View {
    let way = |(screen, word): (&'static str, Text)| {
        el("li").child(
            el("button")
                .attr("type", "button")
                .class("vp-btn vp-btn--line")
                .on("click", move |_| fragment::go(screen))
                .child(el("span").child(t(word))),
        )
    };
    let ways: Vec<View> = SCREENS
        .into_iter()
        .zip(ways)
        .map(|each| way(each).into_view())
        .collect();
    let body = group()
        .child(el("div").class("vp-scene").child(pictogram("w-pair")))
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(title)),
        )
        .child(el("ul").class("vp-ways").child(ways));
    teller_frame(page, step, back, body.into_view(), feet)
}
