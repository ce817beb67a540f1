//! T5: what the story is about, in pictures with words and in one's own words.

use super::question;
use crate::browser::drawing::{NodeRef, is_enter, value_of};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal, StoredValue};
use crate::{
    components::{
        draft_gate::{go_on, with_draft},
        feet::{button, even_feet},
        frame::{Back, Step, teller_frame},
        icon::{icon, pictogram},
        notice::status,
        tag_word::tag_word,
    },
    phone::Phone,
    routes::Route,
    texts::{Text, fill, t, tell},
};
use domain::{
    draft::Draft,
    tag::{DEFAULT_SET, TAG_LENGTH_LIMIT, TAG_LIMIT, Tag},
};

/// How many tiles there are before "Meer plaatjes".
const AT_FIRST: usize = 9;

/// The page.
pub fn page() -> View {
    with_draft(Step::About, about)
}

/// What the parts of this page share.
#[derive(Clone, Copy)]
struct About {
    phone: Phone,
    /// The live region.
    says: RwSignal<Option<String>>,
    /// The own word being typed.
    word: RwSignal<String>,
}

fn about(phone: Phone, draft: Draft) -> View {
    let about = About {
        phone,
        says: RwSignal::new(None),
        word: RwSignal::new(String::new()),
    };
    let set = phone
        .project(draft.origin.project)
        .map(|project| project.tags)
        .filter(|tags| !tags.is_empty());
    let set = set.unwrap_or_else(|| DEFAULT_SET.iter().map(|key| (*key).to_owned()).collect());
    let chosen_further_on = set
        .iter()
        .skip(AT_FIRST)
        .any(|key| draft.tags.contains(&Tag::Set(key.clone())));
    let all = RwSignal::new(chosen_further_on || set.len() <= AT_FIRST);
    let tiles = move || {
        let count = if all.get() { set.len() } else { AT_FIRST };
        set.iter()
            .take(count)
            .map(|key| about.tile(key.clone()))
            .collect::<Vec<View>>()
    };
    let on = move || {
        let next = phone
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| question::after_tags(phone, draft)));
        go_on(phone, &next.unwrap_or(Route::Voice));
    };
    let next = move || {
        if !about.word.with_untracked(|word| word.trim().is_empty()) && !about.add() {
            return;
        }
        if phone
            .draft
            .with_untracked(|draft| draft.as_ref().is_none_or(|draft| draft.tags.is_empty()))
        {
            about.say(tell::TAGS_EMPTY, "", "");
        } else {
            on();
        }
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::TAGS_TITLE)),
        )
        .child(el("p").child(t(tell::TAGS_HINT)))
        .child(
            el("ul")
                .class("vp-tiles")
                .attr("aria-label", t(tell::TAGS_LIST))
                .child(tiles),
        )
        .child(about.own_words(all, draft.tags.iter().any(|tag| matches!(tag, Tag::Own(_)))))
        .child(status(about.says));
    let feet = even_feet(t(tell::COMMON_SKIP), on, t(tell::COMMON_NEXT), next);
    teller_frame(
        "vp-tags",
        Some(Step::About),
        Back::To(Route::Title),
        body.into_view(),
        feet,
    )
}

impl About {
    fn has(self, tag: &Tag) -> bool {
        self.phone
            .draft
            .with(|draft| draft.as_ref().is_some_and(|draft| draft.tags.contains(tag)))
    }

    fn say(self, text: Text, name: &str, value: &str) {
        self.says.set(Some(fill(text, &[(name, value)])));
    }

    /// Adds or takes away. False when no more fit; it says so.
    fn turn(self, tag: &Tag) -> bool {
        let mut fits = true;
        self.says.set(None);
        self.phone.edit(|draft| {
            let before = draft.tags.len();
            draft.tags.retain(|known| known != tag);
            if draft.tags.len() == before {
                fits = before < TAG_LIMIT;
                draft.tags.extend(fits.then(|| tag.clone()));
            }
        });
        if !fits {
            self.say(tell::TAGS_TOO_MANY, "max", &TAG_LIMIT.to_string());
        }
        fits
    }

    fn tile(self, key: String) -> View {
        let (picture, word) = (["p-", &key].concat(), tag_word(&key));
        let tag = StoredValue::new(Tag::Set(key));
        let pressed = move || {
            if tag.with_value(|tag| self.has(tag)) {
                "true"
            } else {
                "false"
            }
        };
        el("li")
            .child(
                el("button")
                    .attr("type", "button")
                    .class("vp-tile")
                    .attr("aria-pressed", pressed)
                    .on("click", move |_| _ = tag.with_value(|tag| self.turn(tag)))
                    .child(pictogram(&picture))
                    .child(el("span").child(word)),
            )
            .into_view()
    }

    /// Adds the own word in the field. False when it could not; it says why.
    fn add(self) -> bool {
        let word = self.word.with_untracked(|word| word.trim().to_owned());
        let tag = Tag::Own(word.clone());
        if word.is_empty() {
            self.say(tell::TAGS_OWN_EMPTY, "", "");
        } else if !tag.is_valid() {
            self.say(tell::TAGS_OWN_TOO_LONG, "max", &TAG_LENGTH_LIMIT.to_string());
        } else if self
            .phone
            .draft
            .with_untracked(|d| d.as_ref().is_some_and(|d| d.tags.contains(&tag)))
        {
            self.say(tell::TAGS_OWN_TWICE, "", "");
        } else if self.turn(&tag) {
            self.word.set(String::new());
            self.say(tell::TAGS_ADDED, "tag", &word);
            return true;
        }
        false
    }

    fn own_words(self, all: RwSignal<bool>, open: bool) -> View {
        let opened = RwSignal::new(open);
        let (toggle, field) = (NodeRef::new(), NodeRef::new());
        // Opened by a person, the field takes the focus as soon as it is there.
        let wants_field = StoredValue::new(false);
        Effect::new(move |_| {
            if let Some(field) = field.get()
                && wants_field.get_value()
            {
                _ = field.focus();
            }
        });
        let own = Memo::new(move |_| {
            let own = |tag: &Tag| match tag {
                Tag::Own(word) => Some(word.clone()),
                Tag::Set(_) => None,
            };
            self.phone.draft.with(|draft| {
                draft
                    .as_ref()
                    .map(|draft| draft.tags.iter().filter_map(own).collect::<Vec<_>>())
                    .unwrap_or_default()
            })
        });
        let remove = move |word: String| {
            _ = self.turn(&Tag::Own(word.clone()));
            self.say(tell::TAGS_REMOVED, "tag", &word);
            // The button that was pressed is gone; focus stays near.
            if let Some(toggle) = toggle.get_untracked() {
                _ = toggle.focus();
            }
        };
        let chips = move || {
            own.get()
                .into_iter()
                .map(|word| own_chip(word, remove))
                .collect::<Vec<View>>()
        };
        group()
            .child(
                el("div")
                    .class("vp-tags__more")
                    .child(move || {
                        (!all.get()).then(|| {
                            button(
                                "vp-btn vp-btn--quiet vp-btn--small",
                                t(tell::TAGS_MORE),
                                move || all.set(true),
                            )
                        })
                    })
                    .child(
                        el("button")
                            .node_ref(toggle)
                            .attr("type", "button")
                            .class("vp-btn vp-btn--quiet vp-btn--small")
                            .attr(
                                "aria-expanded",
                                move || if opened.get() { "true" } else { "false" },
                            )
                            .on("click", move |_| {
                                wants_field.set_value(true);
                                opened.update(|opened| *opened = !*opened);
                            })
                            .child(icon("i-pen"))
                            .child(el("span").child(t(tell::TAGS_OWN))),
                    ),
            )
            .child(move || opened.get().then(|| self.own_field(field)))
            .child(
                el("ul")
                    .class("vp-chips")
                    .attr("aria-label", t(tell::TAGS_OWN_LIST))
                    .attr("hidden", move || own.with(Vec::is_empty))
                    .child(chips),
            )
            .into_view()
    }

    fn own_field(self, field: NodeRef) -> View {
        let add = move || {
            _ = self.add();
            if let Some(field) = field.get_untracked() {
                _ = field.focus();
            }
        };
        el("div")
            .class("vp-tags__own")
            .child(
                el("label")
                    .class("vp-label")
                    .attr("for", "own")
                    .child(t(tell::TAGS_OWN_FIELD)),
            )
            .child(
                el("input")
                    .node_ref(field)
                    .class("vp-field")
                    .attr("id", "own")
                    .attr("type", "text")
                    .attr("dir", "auto")
                    .attr("autocomplete", "off")
                    .attr("enterkeyhint", "done")
                    .prop("value", move || self.word.get())
                    .on("input", move |event| self.word.set(value_of(&event)))
                    .on("keydown", move |event| {
                        if is_enter(&event) {
                            add();
                        }
                    }),
            )
            .child(
                el("button")
                    .attr("type", "button")
                    .class("vp-btn vp-btn--line")
                    .attr("aria-label", t(tell::TAGS_ADD))
                    .on("click", move |_| add())
                    .child(icon("i-plus")),
            )
            .into_view()
    }
}

fn own_chip(word: String, remove: impl Fn(String) + 'static) -> View {
    let label = fill(tell::TAGS_REMOVE, &[("tag", &word)]);
    let shown = word.clone();
    el("li")
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-chip")
                .attr("aria-label", label)
                .on("click", move |_| remove(word.clone()))
                .child(el("bdi").attr("dir", "auto").attr("translate", "no").child(shown))
                .child(icon("i-close")),
        )
        .into_view()
}
