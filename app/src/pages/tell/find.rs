//! Story code return: from its QR or link at once (`/story#…`), else by nine words or 28 digits. Slips of the finger are
//! looked at before anything is asked of the server.

use super::returning::brought;
use crate::browser::drawing::{NodeRef, is_enter, value_of};
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal};
use crate::{
    browser::{IS_HERE, fragment, history, preferences},
    components::{
        feet::{button, main_foot},
        frame::{Back, teller_frame},
        notice::live,
    },
    phone::Phone,
    routes::Route,
    texts::{fill, own, t},
};
use domain::{
    code::{CodeError, StoryCode, WORD_COUNT, suggestions, typed_words},
    draft::{Arrival, PhoneStory},
    id::StoryId,
    problem::Problem,
    sync::outbox::Failure,
    voices::Voice,
};

const SMALL: &str = "vp-btn vp-btn--tint vp-btn--small";

/// What is said of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Looking,
    /// The word at this place, counted from 0, is not on the list; what was probably meant.
    Unknown(usize, Option<&'static str>),
    Missing(usize),
    /// These two, counted from 0, are probably the other way round.
    Exchanged(usize, usize),
    NotFound,
    Failed(Failure),
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    words: [RwSignal<String>; WORD_COUNT],
    fields: [NodeRef; WORD_COUNT],
    /// In which field one types.
    at: RwSignal<usize>,
    digits: RwSignal<String>,
    by_digits: RwSignal<bool>,
    /// The code to be opened.
    code: RwSignal<Option<StoryCode>>,
    said: RwSignal<Said>,
}

/// The page.
pub(super) fn page() -> View {
    let page = Page {
        phone: Phone::here(),
        words: std::array::from_fn(|_| RwSignal::new(String::new())),
        fields: std::array::from_fn(|_| NodeRef::new()),
        at: RwSignal::new(0),
        digits: RwSignal::new(String::new()),
        by_digits: RwSignal::new(false),
        code: RwSignal::new(None),
        said: RwSignal::new(Said::Nothing),
    };
    let screen = fragment::follow();
    Effect::new(move || page.opened());
    if let Some(code) = brought() {
        page.open(code);
    }
    Effect::new(move || {
        // Also when another code is opened in this tab. It leaves the address before anything else happens.
        if screen.with(|screen| !screen.is_empty()) {
            match StoryCode::try_from(fragment::take()) {
                Ok(code) if IS_HERE => page.open(code),
                _ => page.said.set(Said::NotFound),
            }
        }
    });
    let ways = move || match page.by_digits.get() {
        true => page.digit_field(),
        false => page.word_fields(),
    };
    let other = move || {
        let word = if page.by_digits.get() {
            own::RETURN_BY_WORDS
        } else {
            own::RETURN_BY_DIGITS
        };
        button("vp-btn vp-btn--quiet vp-btn--small", t(word), move || {
            page.said.set(Said::Nothing);
            page.by_digits.update(|digits| *digits = !*digits);
        })
    };
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(own::RETURN_TITLE)),
        )
        .child(ways)
        .child(live(move || page.says()))
        .child(other)
        .child(el("p").class("vp-small vp-soft").child(t(own::RETURN_LOST)));
    teller_frame(
        "vp-return",
        None,
        Back::To(Route::Mine),
        body.into_view(),
        main_foot(t(own::RETURN_SEARCH), move || page.search()),
    )
}

impl Page {
    fn word_fields(self) -> View {
        let fields: Vec<View> = (0..WORD_COUNT).map(|place| self.word_field(place)).collect();
        let offered = Memo::new(move |_| {
            let typed = self.words[self.at.get()].get();
            let found = suggestions(&typed);
            // A word that stands there in full needs no offer.
            if found.first().is_some_and(|word| *word == typed) {
                Vec::new()
            } else {
                found
            }
        });
        let offers = move || {
            let words = offered.get();
            (!words.is_empty()).then(|| {
                let each = words.into_iter().map(|word| {
                    el("li")
                        .attr("translate", "no")
                        .child(button(SMALL, word, move || self.take(word)))
                        .into_view()
                });
                el("ul")
                    .class("vp-return__offers")
                    .attr("aria-label", t(own::RETURN_SUGGESTIONS))
                    .attr("lang", "nl")
                    .attr("dir", "ltr")
                    .child(each.collect::<Vec<View>>())
                    .into_view()
            })
        };
        group()
            .child(el("p").child(t(own::RETURN_HOW)))
            .child(
                el("ol")
                    .class("vp-return__words")
                    .attr("dir", "ltr")
                    .child(fields),
            )
            .child(el("div").attr("role", "status").child(offers))
            .into_view()
    }

    fn word_field(self, place: usize) -> View {
        let number = (place + 1).to_string();
        let name = ["word-", &number].concat();
        let wrong = move || match self.said.get() {
            Said::Unknown(at, _) if at == place => "true",
            _ => "false",
        };
        el("li")
            .child(
                el("label")
                    .class("vp-small")
                    .attr("for", name.clone())
                    .child(
                        el("span")
                            .class("vp-hidden")
                            .child(fill(own::RETURN_WORD, &[("n", &number)])),
                    )
                    .child(el("span").attr("aria-hidden", "true").child(number)),
            )
            .child(
                el("input")
                    .class("vp-field")
                    .node_ref(self.fields[place])
                    .attr("id", name)
                    .attr("type", "text")
                    .attr("lang", "nl")
                    .attr("dir", "ltr")
                    .attr("translate", "no")
                    .attr("autocomplete", "off")
                    .attr("autocapitalize", "none")
                    .attr("spellcheck", "false")
                    .attr(
                        "enterkeyhint",
                        if place + 1 < WORD_COUNT { "next" } else { "search" },
                    )
                    .attr("aria-invalid", wrong)
                    .prop("value", move || self.words[place].get())
                    .on("focus", move |_| self.at.set(place))
                    .on("input", move |event| self.typed(place, &value_of(&event)))
                    .on("keydown", move |event| {
                        if is_enter(&event) {
                            if place + 1 < WORD_COUNT {
                                self.go_to(place + 1);
                            } else {
                                self.search();
                            }
                        }
                    }),
            )
            .into_view()
    }

    /// CD4: all words may be pasted in any field.
    fn typed(self, place: usize, text: &str) {
        self.said.set(Said::Nothing);
        self.at.set(place);
        let words = typed_words(text);
        // A space behind a word is the step to the next.
        let done = text.ends_with(char::is_whitespace) && words.len() == 1;
        if words.len() < 2 && !done {
            return self.words[place].set(text.to_owned());
        }
        let from = if words.len() >= WORD_COUNT { 0 } else { place };
        let last = (from + words.len()).min(WORD_COUNT);
        for (at, word) in (from..WORD_COUNT).zip(words) {
            self.words[at].set(word);
        }
        self.go_to(last.min(WORD_COUNT - 1));
    }

    fn take(self, word: &str) {
        let place = self.at.get_untracked();
        self.words[place].set(word.to_owned());
        self.said.set(Said::Nothing);
        self.go_to((place + 1).min(WORD_COUNT - 1));
    }

    fn go_to(self, place: usize) {
        self.at.set(place);
        if let Some(field) = self.fields[place].get_untracked() {
            _ = field.focus();
        }
    }

    fn digit_field(self) -> View {
        group()
            .child(
                el("label")
                    .class("vp-label")
                    .attr("for", "digits")
                    .child(t(own::RETURN_DIGITS)),
            )
            .child(
                el("input")
                    .class("vp-field vp-num")
                    .attr("id", "digits")
                    .attr("type", "text")
                    .attr("inputmode", "numeric")
                    .attr("dir", "ltr")
                    .attr("translate", "no")
                    .attr("autocomplete", "off")
                    .attr("enterkeyhint", "search")
                    .prop("value", move || self.digits.get())
                    .on("input", move |event| {
                        self.said.set(Said::Nothing);
                        self.digits.set(value_of(&event));
                    })
                    .on("keydown", move |event| {
                        if is_enter(&event) {
                            self.search();
                        }
                    }),
            )
            .into_view()
    }

    fn text(self) -> String {
        let words = self.words.iter().map(|word| word.get_untracked());
        words.collect::<Vec<_>>().join(" ")
    }

    fn search(self) {
        if self.said.get_untracked() == Said::Looking {
            return;
        }
        let by_digits = self.by_digits.get_untracked();
        let text = if by_digits {
            self.digits.get_untracked()
        } else {
            self.text()
        };
        let said = match StoryCode::read(&text) {
            Ok(code) => return self.open(code),
            Err(CodeError::WordCount(count)) => Said::Missing(count),
            Err(CodeError::UnknownWord { place, nearest }) => Said::Unknown(place - 1, nearest),
            Err(CodeError::Check) => match StoryCode::exchanged(&text) {
                Some((one, other)) => Said::Exchanged(one - 1, other - 1),
                None => Said::NotFound,
            },
            Err(CodeError::Digits) => Said::NotFound,
        };
        self.said.set(said);
    }

    fn open(self, code: StoryCode) {
        self.said.set(Said::Looking);
        self.code.set(Some(code));
    }

    /// Once it is known what this phone has: a story of its own opens without asking anybody.
    fn opened(self) {
        let Some(code) = self.code.get().filter(|_| self.phone.ready.get()) else {
            return;
        };
        self.code.set(None);
        let here = self.phone.stories.with_untracked(|stories| {
            let has = |story: &&PhoneStory| {
                let mut codes = Voice::ALL.into_iter().filter_map(|voice| story.code_of(voice));
                story.arrival != Arrival::Withdrawn && codes.any(|own| *own == code)
            };
            stories.iter().find(has).map(|story| story.id)
        });
        if let Some(id) = here {
            return show(id);
        }
        spawn_local(async move {
            match self.phone.open_code(code).await {
                Ok(id) => show(id),
                Err(failure) => {
                    let unknown = matches!(
                        &failure,
                        Failure::Refused {
                            problem: Problem::StoryUnknown,
                            ..
                        }
                    );
                    self.said.try_set(if unknown {
                        Said::NotFound
                    } else {
                        Said::Failed(failure)
                    });
                }
            }
        });
    }

    fn says(self) -> Option<View> {
        let plain = |words: String| {
            el("p")
                .class("vp-notice")
                .child(el("span").child(words))
                .into_view()
        };
        let number = |place: usize| (place + 1).to_string();
        Some(match self.said.get() {
            Said::Nothing => return None,
            Said::Looking => plain(t(own::RETURN_LOOKING).to_owned()),
            Said::Missing(count) => plain(fill(own::RETURN_MISSING, &[("count", &count.to_string())])),
            Said::NotFound if self.by_digits.get_untracked() => {
                plain(t(own::RETURN_DIGITS_NOT_FOUND).to_owned())
            }
            Said::NotFound => plain(t(own::RETURN_NOT_FOUND).to_owned()),
            Said::Unknown(place, nearest) => {
                let unknown = fill(own::RETURN_UNKNOWN_WORD, &[("n", &number(place))]);
                let meant = nearest.map(|word| {
                    let ask = fill(own::RETURN_DID_YOU_MEAN, &[("word", word)]);
                    let yes = fill(own::RETURN_YES_WORD, &[("word", word)]);
                    let put = move || {
                        self.words[place].set(word.to_owned());
                        self.said.set(Said::Nothing);
                        self.search();
                    };
                    (ask, way(yes, put))
                });
                let (ask, yes) = meant.unzip();
                let words = [unknown, ask.unwrap_or_default()].join(" ");
                el("div")
                    .class("vp-notice")
                    .child(el("p").child(words))
                    .child(yes)
                    .into_view()
            }
            Said::Exchanged(one, other) => {
                let ask = fill(
                    own::RETURN_EXCHANGED,
                    &[("one", &number(one)), ("other", &number(other))],
                );
                let exchange = move || {
                    let (first, second) = (self.words[one], self.words[other]);
                    let kept = first.get_untracked();
                    first.set(second.get_untracked());
                    second.set(kept);
                    self.said.set(Said::Nothing);
                    self.search();
                };
                let yes = way(t(own::RETURN_EXCHANGE).to_owned(), exchange);
                el("div")
                    .class("vp-notice")
                    .child(el("p").child(ask))
                    .child(yes)
                    .into_view()
            }
            Said::Failed(Failure::Refused {
                problem: Problem::TooManyTries { retry_after },
                ..
            }) => plain(fill(own::RETURN_BUSY, &[("count", &retry_after.to_string())])),
            Said::Failed(Failure::Refused { .. }) => plain(t(own::RETURN_LATER).to_owned()),
            Said::Failed(_) => plain(t(own::RETURN_OFFLINE).to_owned()),
        })
    }
}

fn show(id: StoryId) {
    preferences::set_chosen(id);
    history::replace(&Route::Own);
}

fn way(word: String, act: impl Fn() + 'static) -> View {
    el("button")
        .attr("type", "button")
        .class(SMALL)
        .on("click", move |_| act())
        .child(el("span").child(word))
        .into_view()
}
