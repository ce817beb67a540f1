//! Changing one's own story: its name, its words, a part less. What stood there before goes everywhere (ED2).

use super::own::Page;
use crate::browser::drawing::value_of;
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, RwSignal, StoredValue};
use crate::{
    browser::history,
    components::{
        clock::clock,
        feet::{button, even_feet},
        frame::{Back, teller_frame},
        icon::icon,
        notice::status,
    },
    texts::{Text, fill, own, t, tell},
};
use domain::{
    clip::{Clip, ClipKind},
    draft::Revision,
    id::ClipId,
    problem::Problem,
    story::{OpenedStory, OwnState, Told},
};

/// The screen.
pub(super) fn page(page: Page, opened: &OpenedStory) -> View {
    let OwnState::Received { content, edition, .. } = &opened.story.state else {
        return ().into_view();
    };
    let whole = opened.whole;
    let told = StoredValue::new(Told {
        content: content.clone(),
        edition: *edition,
    });
    // ED6: what was typed before and refused is gone on with; every word of it is still here.
    let kept = page.phone.refused_revision(page.id);
    let (name, words) = match &kept {
        Some(revise) => (&revise.title, &revise.text),
        None => (&content.title, &content.text),
    };
    let title = RwSignal::new(name.clone().unwrap_or_default());
    let text = RwSignal::new(words.clone().unwrap_or_default());
    let is_here = |id: &ClipId| content.clips.iter().any(|clip| clip.id == *id);
    let taken_out = kept.iter().flat_map(|revise| revise.without.iter().copied());
    let without = RwSignal::new(taken_out.filter(is_here).collect::<Vec<_>>());
    let going_on = RwSignal::new(kept.is_some());
    let note = if whole {
        own::EDIT_OUTDATED
    } else {
        own::EDIT_NOT_YET
    };
    let says = RwSignal::new((!whole || kept.is_some()).then(|| t(note).to_owned()));
    let throw_away = move || {
        page.phone.forget_refused(page.id);
        let Told { content, .. } = told.get_value();
        title.set(content.title.unwrap_or_default());
        text.set(content.text.unwrap_or_default());
        without.set(Vec::new());
        says.set(None);
        going_on.set(false);
    };
    let save = move || {
        if !whole {
            return;
        }
        let some = |words: String| (!words.trim().is_empty()).then_some(words);
        let wish = Revision {
            title: some(title.get_untracked()),
            text: some(text.get_untracked()),
            without: without.get_untracked(),
        };
        spawn_local(async move {
            match page.phone.revise(page.id, told.get_value(), wish).await {
                Ok(()) => {
                    page.says.set(Some(t(own::EDIT_WAITS).to_owned()));
                    history::back();
                }
                Err(problem) => {
                    let word: Text = match problem {
                        Problem::TextEmpty => own::EDIT_NOTHING_LEFT,
                        Problem::TextTooLong { .. } | Problem::TitleTooLong { .. } => own::EDIT_TOO_LONG,
                        _ => own::OWN_LATER,
                    };
                    says.try_set(Some(t(word).to_owned()));
                }
            }
        });
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(own::EDIT_TITLE)),
        )
        .child(
            el("label")
                .class("vp-label")
                .attr("for", "name")
                .child(t(own::EDIT_NAME)),
        )
        .child(
            el("input")
                .class("vp-field")
                .attr("id", "name")
                .attr("type", "text")
                .attr("dir", "auto")
                .attr("autocomplete", "off")
                .prop("value", move || title.get())
                .on("input", move |event| title.set(value_of(&event))),
        )
        .child(
            el("label")
                .class("vp-label")
                .attr("for", "text")
                .child(t(own::EDIT_TEXT)),
        )
        .child(
            el("div").class("vp-paper").child(
                el("textarea")
                    .attr("id", "text")
                    .attr("dir", "auto")
                    .attr("spellcheck", "false")
                    .attr("autocomplete", "off")
                    .attr("autocapitalize", "sentences")
                    .prop("value", move || text.get())
                    .on("input", move |event| text.set(value_of(&event))),
            ),
        )
        .child(parts(&content.clips, without))
        .child(status(says))
        .child(move || {
            going_on.get().then(|| {
                let word = t(tell::MINE_THROW_AWAY);
                button("vp-btn vp-btn--quiet vp-btn--small", word, throw_away)
            })
        })
        .child(el("p").class("vp-small vp-soft").child(t(own::EDIT_MEANS)));
    let feet = even_feet(t(tell::FRAME_BACK), history::back, t(own::EDIT_SAVE), save);
    let back = Callback::new(|()| history::back());
    teller_frame("vp-revise", None, Back::Act(back), body.into_view(), feet)
}

/// The parts, each with a way to take it out; nothing goes before it is kept so.
fn parts(clips: &[Clip], without: RwSignal<Vec<ClipId>>) -> Option<View> {
    let (mut sounds, mut images) = (0, 0);
    let rows = clips.iter().map(|clip| {
        let number = match clip.kind {
            ClipKind::Sound => &mut sounds,
            ClipKind::Photo | ClipKind::Drawing => &mut images,
        };
        *number += 1;
        let number = number.to_string();
        let words = match clip.kind {
            ClipKind::Sound => fill(
                own::OWN_SOUND,
                &[("n", &number), ("time", &clock(clip.lasts()).to_string())],
            ),
            ClipKind::Photo | ClipKind::Drawing => fill(own::OWN_IMAGE, &[("n", &number)]),
        };
        part(clip.id, words, without)
    });
    let rows: Vec<View> = rows.collect();
    (!rows.is_empty()).then(|| {
        group()
            .child(el("h2").class("vp-label").child(t(own::EDIT_PARTS)))
            .child(el("ul").class("vp-own__parts").child(rows))
            .into_view()
    })
}

fn part(id: ClipId, words: String, without: RwSignal<Vec<ClipId>>) -> View {
    let gone = move || without.with(|without| without.contains(&id));
    let turn = move || {
        without.update(|without| match without.iter().position(|out| *out == id) {
            Some(place) => {
                without.remove(place);
            }
            None => without.push(id),
        });
    };
    let way = move || {
        let word = if gone() {
            own::EDIT_PUT_BACK
        } else {
            own::EDIT_TAKE_OUT
        };
        button("vp-btn vp-btn--line vp-btn--small", t(word), turn)
    };
    let said = move || {
        gone().then(|| {
            el("p")
                .class("vp-small")
                .child(icon("i-closed"))
                .child(el("span").child(t(own::EDIT_TAKEN_OUT)))
                .into_view()
        })
    };
    el("li")
        .child(el("span").child(words))
        .child(way)
        .child(el("div").attr("role", "status").child(said))
        .into_view()
}
