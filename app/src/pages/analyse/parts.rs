//! What an open story tells, in the order told: its text, and each recording, photo and drawing.

use super::{
    deck::{self, levels_of, sounds, source},
    shelf::Shelf,
    story_facts::spoken,
};
use crate::browser::listening::{Wish, close_dialog, show_dialog};
use crate::markup::{IntoView, View, el, group, svg};
use crate::watch::{Memo, RwSignal};
use crate::{
    components::{
        clock::{clock, clock_view},
        icon::icon,
        ring::{line, thread},
    },
    texts::{fill, staff, t},
};
use domain::{
    clip::{ClipKind, Measured, Measuring},
    id::StoryId,
    story::{ReadStory, SharedClip},
    time::Span,
};
use leptos::prelude::request_animation_frame;
use std::sync::Arc;

/// Id of where the parts end: who scrolled there read it all.
pub(super) const END: &str = "story-end";
/// Id of the larger view of a picture.
const LARGE: &str = "large-picture";
/// Into how many stretches the thread of one part is divided.
const STRETCHES: usize = 90;

/// The parts. `large` is the picture that is shown larger, by [`larger`]: it stays when the parts come anew.
pub(super) fn parts(shelf: Shelf, read: &Arc<ReadStory>, large: RwSignal<Option<SharedClip>>) -> View {
    let language = spoken(&read.summary.language);
    let text = read.text.clone().map(|text| {
        el("p")
            .class("vp-open__text")
            .attr("lang", language.clone())
            .attr("dir", "auto")
            .attr("translate", "no")
            .child(text)
    });
    let mut number = 0;
    let clips: Vec<View> = read
        .clips
        .iter()
        .map(|clip| {
            number += usize::from(clip.kind == ClipKind::Sound);
            let shown = match (&clip.measured, clip.kind) {
                (Measuring::Waiting, _) => missing("i-clock", t(staff::PART_WAITING)),
                (Measuring::Refused, ClipKind::Sound) => missing("i-mic-off", t(staff::PART_NO_SOUND)),
                (Measuring::Refused, _) => missing("i-picture", t(staff::PART_NO_PICTURE)),
                (Measuring::Done(measured), ClipKind::Sound) => sound(shelf, read, clip, measured, number),
                (Measuring::Done(measured), _) => picture(read, clip, measured, large),
            };
            el("li").child(shown).into_view()
        })
        .collect();
    let list = (!clips.is_empty()).then(|| el("ol").class("vp-parts").child(clips));
    group()
        .child(listen(shelf, read))
        .child(text)
        .child(list)
        .child(el("span").attr("id", END))
        .into_view()
}

/// The first thing to do with a story that is told aloud.
fn listen(shelf: Shelf, read: &Arc<ReadStory>) -> View {
    let story = read.summary.id;
    let lasts = sounds(&read.clips)
        .map(|(_, measured)| i64::from(measured.millis))
        .sum();
    let count = sounds(&read.clips).count();
    if count == 0 {
        return View::Nothing;
    }
    let plays = Memo::new(move |_| shelf.deck.has(story, count) && shelf.deck.plays.get());
    let on = Memo::new(move |_| shelf.deck.has(story, count));
    let read = Arc::clone(read);
    el("button")
        .attr("type", "button")
        .class("vp-btn vp-btn--main vp-listen-to")
        .on("click", move |_| {
            if on.get_untracked() {
                shelf.deck.turn(Wish::Turn);
            } else {
                deck::put_on(shelf, &read, None);
            }
        })
        .child(move || icon(if plays.get() { "i-pause" } else { "i-play" }))
        .child(el("span").child(move || {
            t(if plays.get() {
                staff::PLAYER_PAUSE
            } else {
                staff::STORY_LISTEN
            })
        }))
        .child(clock_view(clock(Span(lasts))))
        .into_view()
}

fn missing(picture: &str, words: &'static str) -> View {
    el("p")
        .class("vp-part vp-part--missing")
        .child(icon(picture))
        .child(el("span").child(words))
        .into_view()
}

/// One recording: a press plays from where it begins.
fn sound(shelf: Shelf, read: &Arc<ReadStory>, clip: &SharedClip, measured: &Measured, number: usize) -> View {
    let (story, id) = (read.summary.id, clip.id);
    let lasts = clock(Span(measured.millis.into()));
    let is_on = Memo::new(move |_| shelf.deck.part_of(story) == Some(id));
    let plays = Memo::new(move |_| is_on.get() && shelf.deck.plays.get());
    let name = fill(
        staff::PART_PLAY,
        &[("part", &number.to_string()), ("time", &lasts)],
    );
    let whole = thread(&levels_of(measured, STRETCHES), STRETCHES);
    let read = Arc::clone(read);
    el("button")
        .attr("type", "button")
        .class("vp-part")
        .toggle("is-on", move || is_on.get())
        .attr("aria-label", name)
        .attr("aria-pressed", move || if plays.get() { "true" } else { "false" })
        .on("click", move |_| {
            if is_on.get_untracked() {
                shelf.deck.turn(Wish::Turn);
            } else {
                deck::put_on(shelf, &read, Some(id));
            }
        })
        .child(
            el("span")
                .class("vp-part__play")
                .child(move || icon(if plays.get() { "i-pause" } else { "i-play" })),
        )
        .child(
            svg("svg")
                .class("vp-part__thread")
                .attr("viewBox", "0 0 1000 88")
                .attr("preserveAspectRatio", "none")
                .attr("aria-hidden", "true")
                .child(line("vp-ring__line", move || whole.clone())),
        )
        .child(clock_view(lasts))
        .into_view()
}

/// What the teller says of a picture, or that they said nothing.
fn words(clip: &SharedClip) -> String {
    match &clip.words {
        Some(words) => words.clone(),
        None => t(staff::PART_NO_WORDS).to_owned(),
    }
}

/// A photo or a drawing, with its words below; a press shows it larger.
fn picture(
    read: &ReadStory,
    clip: &SharedClip,
    measured: &Measured,
    large: RwSignal<Option<SharedClip>>,
) -> View {
    let story = read.summary.id;
    let language = clip.words.is_some().then(|| spoken(&read.summary.language));
    let (wide, high) = measured.pixels.unwrap_or_default();
    let shown = clip.clone();
    el("figure")
        .class("vp-picture")
        .toggle("is-drawing", clip.kind == ClipKind::Drawing)
        .child(
            el("button")
                .attr("type", "button")
                .on("click", move |_| {
                    large.set(Some(shown.clone()));
                    request_animation_frame(|| show_dialog(LARGE));
                })
                .child(
                    el("img")
                        .attr("src", source(story, clip.id))
                        .attr("width", (wide > 0).then(|| wide.to_string()))
                        .attr("height", (high > 0).then(|| high.to_string()))
                        .attr("lang", language.clone())
                        .attr("translate", clip.words.is_some().then_some("no"))
                        .attr("alt", words(clip)),
                )
                .child(el("span").class("vp-hidden").child(t(staff::PART_LARGER))),
        )
        .child(
            // The picture itself says so to a screen reader.
            el("figcaption")
                .attr("aria-hidden", "true")
                .attr("dir", "auto")
                .attr("lang", language)
                .attr("translate", clip.words.is_some().then_some("no"))
                .child(words(clip)),
        )
        .into_view()
}

/// One picture over everything else, as large as the screen is; `language` is that of the story.
pub(super) fn larger(story: StoryId, language: Memo<String>, large: RwSignal<Option<SharedClip>>) -> View {
    let shown = move || {
        let clip = large.get()?;
        let language = clip.words.is_some().then(|| language.get());
        let shown = group()
            .child(
                el("img")
                    .attr("src", source(story, clip.id))
                    .attr("lang", language.clone())
                    .attr("alt", words(&clip)),
            )
            .child(
                el("p")
                    .attr("aria-hidden", "true")
                    .attr("dir", "auto")
                    .attr("lang", language)
                    .attr("translate", clip.words.is_some().then_some("no"))
                    .child(words(&clip)),
            );
        Some(shown)
    };
    el("dialog")
        .class("vp-large")
        .attr("id", LARGE)
        .attr("aria-label", t(staff::PART_LARGE))
        .on("close", move |_| large.set(None))
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-round vp-round--tint")
                .attr("aria-label", t(staff::FRAME_CLOSE))
                .on("click", |_| close_dialog(LARGE))
                .child(icon("i-close")),
        )
        .child(shown)
        .into_view()
}
