//! T3b: writing. The question stays in view, the paper takes the rest; every pause is kept.

use crate::browser::drawing::{NodeRef, value_of};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal, Signal, StoredValue};
use crate::{
    components::{
        draft_gate::{go_on, with_draft},
        feet::main_foot,
        frame::{Back, Step, teller_frame},
        icon::icon,
        more_ways::more_ways,
        notice::status,
    },
    phone::{Phone, Saved, StorageKind},
    routes::Route,
    texts::{Text, current, fill, t, tell},
};
use domain::{draft::Draft, language::in_language, story::TEXT_LIMIT};

/// The page.
pub fn page() -> View {
    with_draft(Step::Tell, paper)
}

fn paper(phone: Phone, draft: Draft) -> View {
    let (language, question) = question(phone, &draft, tell::WRITE_TITLE);
    let reopened = RwSignal::new(!draft.text.trim().is_empty());
    let is_empty = Memo::new(move |_| {
        phone
            .draft
            .with(|draft| draft.as_ref().is_none_or(|d| d.text.is_empty()))
    });
    let hint = move || {
        t(match (is_empty.get(), reopened.get()) {
            (true, _) => tell::WRITE_HINT,
            (false, true) => tell::WRITE_RECOVERED,
            (false, false) => tell::WRITE_NAMES,
        })
    };
    let says = RwSignal::new(None);
    let field = NodeRef::new();
    let typed = move |text: String| {
        reopened.set(false);
        says.set(too_long(&text));
        phone.edit(|draft| draft.text = text);
    };
    let done = move || {
        let text = phone
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.text.clone()));
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            says.set(Some(t(tell::WRITE_EMPTY).to_owned()));
            if let Some(field) = field.get_untracked() {
                _ = field.focus();
            }
            return;
        }
        match too_long(&text) {
            Some(sentence) => says.set(Some(sentence)),
            None => go_on(phone, &Route::Title),
        }
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .attr("lang", language)
                .child(el("label").attr("for", "story").child(question)),
        )
        .child(
            el("p")
                .class("vp-small vp-soft")
                .attr("id", "hint")
                .child(el("span").child(hint)),
        )
        .child(
            el("div").class("vp-paper").child(
                el("textarea")
                    .node_ref(field)
                    .attr("id", "story")
                    .attr("name", "story")
                    .attr("dir", "auto")
                    .attr("spellcheck", "false")
                    .attr("autocomplete", "off")
                    .attr("autocapitalize", "sentences")
                    .attr("aria-describedby", "hint saved")
                    .prop("value", move || {
                        phone
                            .draft
                            .with(|draft| draft.as_ref().map(|d| d.text.clone()).unwrap_or_default())
                    })
                    .on("input", move |event| typed(value_of(&event))),
            ),
        )
        .child(status(says))
        .child(kept_line(phone, is_empty, phone.saved.into()))
        .child(more_ways(&Route::Write, is_empty));
    let feet = main_foot(t(tell::WRITE_DONE), done);
    teller_frame(
        "vp-write",
        Some(Step::Tell),
        Back::To(Route::How),
        body.into_view(),
        feet,
    )
}

/// The question this draft answers, with the language it is in; `otherwise` where it is not known here.
pub(super) fn question(phone: Phone, draft: &Draft, otherwise: Text) -> (String, String) {
    let project = phone.project(draft.origin.project);
    let found = project.as_ref().and_then(|project| {
        let prompt = project
            .prompts
            .iter()
            .find(|prompt| prompt.id == draft.origin.prompt)?;
        in_language(&prompt.text, current().tag())
    });
    let (language, question) = found.unwrap_or((current().tag(), t(otherwise)));
    (language.to_owned(), question.to_owned())
}

/// What to say about a text that is longer than a story may be. It is never cut off.
fn too_long(text: &str) -> Option<String> {
    let limit = usize::try_from(TEXT_LIMIT).unwrap_or(usize::MAX);
    // A text of fewer bytes cannot have more characters, and is not counted at every key.
    let over = if text.len() > limit {
        text.chars().count().saturating_sub(limit)
    } else {
        0
    };
    (over > 0).then(|| fill(tell::WRITE_TOO_LONG, &[("count", &over.to_string())]))
}

/// Where the words are. To the eye it always says what is true now; to the ear it says "bewaard" once, because it
/// changes at every pause. About an empty paper there is nothing to say.
pub(super) fn kept_line(phone: Phone, is_empty: Memo<bool>, saved: Signal<Saved>) -> View {
    let aloud = RwSignal::new(None::<Text>);
    let was_said = StoredValue::new(false);
    Effect::new(move |_| {
        let now = saved.get();
        aloud.set(match now {
            _ if is_empty.get() => None,
            Saved::Saved if !was_said.get_value() => Some(tell::WRITE_SAVED),
            Saved::Failed => Some(tell::STORAGE_FULL_NEW),
            _ => None,
        });
        if aloud.with_untracked(Option::is_some) {
            was_said.set_value(now == Saved::Saved);
        }
    });
    let line = move || {
        let memory_only = phone.storage.get() == StorageKind::MemoryOnly;
        match saved.get() {
            _ if is_empty.get() => ().into_view(),
            _ if memory_only => state("vp-state vp-state--care", "i-phone", tell::STATE_MEMORY_ONLY),
            Saved::Saved => state("vp-state vp-state--phone", "i-phone", tell::WRITE_SAVED),
            Saved::Saving => state("vp-state", "i-pen", tell::WRITE_SAVING),
            Saved::Failed => state("vp-state vp-state--care", "i-phone", tell::STORAGE_FULL_NEW),
            Saved::Nothing => ().into_view(),
        }
    };
    group()
        .child(el("p").class("vp-write__foot").attr("id", "saved").child(line))
        .child(
            el("p")
                .class("vp-hidden")
                .attr("role", "status")
                .child(move || aloud.get().map(t)),
        )
        .into_view()
}

fn state(class: &'static str, picture: &str, text: Text) -> View {
    el("span")
        .class(class)
        .child(icon(picture))
        .child(el("span").child(t(text)))
        .into_view()
}
