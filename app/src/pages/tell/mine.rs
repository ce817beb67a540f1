//! T9: what is on this phone, where each of it is, and the one next thing to do.

use super::{
    chosen::{hold, words_of},
    done::{offline_notice, tell_another},
    own_sound,
    title::told_at,
};
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal, on_cleanup, untrack};
use crate::{
    browser::{IS_HERE, address, dates, history, preferences},
    components::{
        feet::{button, main_foot},
        frame::{Back, teller_frame},
        icon::icon,
        install_hint::install_hint,
        notice::{erased_notice, notice, status, update_bar},
        state_line::{StateWords, plain},
        storage_line::storage_line,
        story_row::{Row, length, story_row},
        undo::undo,
    },
    phone::{Phone, StorageKind, Thrown},
    routes::Route,
    texts::{t, tell},
};
use domain::{
    clip::together,
    draft::{Arrival, Draft, PhoneStory},
    id::StoryId,
    problem::Problem,
    standing::{Link, Standing},
    time::Span,
};

const SMALL: &str = "vp-btn vp-btn--tint vp-btn--small";

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    names: RwSignal<bool>,
    thrown: RwSignal<Option<Thrown>>,
    says: RwSignal<Option<String>>,
}

/// The page.
pub fn page() -> View {
    let phone = Phone::here();
    hold(None);
    on_cleanup(move || {
        if IS_HERE {
            phone.undo_is_over();
        }
    });
    // Hidden at each visit: whoever looks at this list need not be the one who told.
    let page = Page {
        phone,
        names: RwSignal::new(false),
        thrown: RwSignal::new(None),
        says: RwSignal::new(None),
    };
    let empty = Memo::new(move |_| phone.drafts.with(Vec::is_empty) && phone.stories.with(Vec::is_empty));
    let waits = Memo::new(move |_| {
        phone.link.get() == Link::Offline
            && phone
                .stories
                .with(|stories| stories.iter().any(PhoneStory::is_on_its_way))
    });
    let safe = Memo::new(move |_| {
        phone.stories.with(|stories| {
            stories
                .iter()
                .any(|story| matches!(story.arrival, Arrival::Safe { .. }))
        })
    });
    // Who tells on another day was not asked yet in this tab; the browser's answer is the same.
    Effect::new(move || {
        if !phone.stories.with(Vec::is_empty) && phone.persisted.get_untracked().is_none() {
            phone.ask_persist();
        }
    });
    let body = group()
        .child(update_bar())
        .child(page_too_old(phone))
        .child(
            el("div")
                .class("vp-mine__head")
                .child(
                    el("h1")
                        .class("vp-voice vp-ask")
                        .attr("tabindex", "-1")
                        .child(t(tell::MINE_TITLE)),
                )
                .child(move || (!empty.get()).then(|| page.names_button())),
        )
        .child(erased_notice(false))
        .child(page.undo_line())
        .child(status(page.says))
        .child(offline_notice(waits))
        .child(page.rows(empty))
        .child(move || (!empty.get()).then(storage_line))
        .child(install_hint(safe))
        .child(
            el("a")
                .class("vp-btn vp-btn--quiet vp-btn--small")
                .attr("href", Route::Story.path())
                .child(el("span").child(t(tell::MINE_HAVE_CODE))),
        );
    let feet = move || {
        let word = if empty.get() {
            tell::MINE_TELL
        } else {
            tell::MINE_ANOTHER
        };
        main_foot(t(word), move || tell_another(phone))
    };
    let door = untrack(|| {
        phone
            .joined
            .with(|joined| joined.as_ref().map(|joined| joined.entry.as_str().to_owned()))
    });
    let back = Back::To(door.map_or(Route::Front, Route::Join));
    teller_frame("vp-mine", None, back, body.into_view(), feet.into_view())
}

/// P24: what waits still goes, but the page must be loaded anew.
fn page_too_old(phone: Phone) -> View {
    let line = move || {
        phone.page_too_old.get().then(|| {
            let again = button(
                "vp-btn vp-btn--line vp-btn--small",
                t(tell::STORAGE_RELOAD),
                address::reload,
            );
            notice("i-again", t(tell::STATE_PAGE_OLD), again)
        })
    };
    el("div").attr("role", "status").child(line).into_view()
}

impl Page {
    fn names_button(self) -> View {
        let names = self.names;
        el("button")
            .attr("type", "button")
            .class("vp-pill vp-pill--tint")
            .attr("aria-pressed", move || if names.get() { "true" } else { "false" })
            .on("click", move |_| names.update(|names| *names = !*names))
            .child(el("span").child(t(tell::MINE_SHOW_NAMES)))
            .into_view()
    }

    /// Drafts first, then stories. Rows are drawn anew only when one comes or goes.
    fn rows(self, empty: Memo<bool>) -> View {
        let phone = self.phone;
        let ids = Memo::new(move |_| {
            // A recording that a crash cut off comes into its draft a moment after the draft itself.
            let told = |draft: &Draft| (draft.id, together(draft.sounds()));
            let drafts = phone
                .drafts
                .with(|drafts| drafts.iter().map(told).collect::<Vec<_>>());
            let stories = phone
                .stories
                .with(|stories| stories.iter().map(|story| story.id).collect::<Vec<_>>());
            (drafts, stories)
        });
        let rows = move || {
            ids.track();
            let drafts = phone
                .drafts
                .get_untracked()
                .into_iter()
                .map(|draft| self.draft_row(draft));
            let stories = phone
                .stories
                .get_untracked()
                .into_iter()
                .map(|story| self.row_of(story));
            drafts.chain(stories).collect::<Vec<View>>()
        };
        let view = move || match (phone.ready.get(), empty.get()) {
            (false, _) => el("p")
                .attr("role", "status")
                .child(t(tell::MINE_LOADING))
                .into_view(),
            (true, true) => el("div")
                .class("vp-empty")
                .child(el("p").child(t(tell::MINE_EMPTY)))
                .into_view(),
            (true, false) => el("ul").class("vp-stories").child(rows).into_view(),
        };
        view.into_view()
    }

    fn draft_row(self, draft: Draft) -> View {
        let (phone, id) = (self.phone, draft.id);
        let told = together(draft.sounds());
        let here = told_at(&draft);
        let project = untrack(|| self.phone.project(draft.origin.project));
        let stays = draft.stays_here(project.and_then(|project| project.under_16));
        // What a crash cut off may still be on its way into the draft.
        let was_recording = told > Span(0) || draft.open.is_some();
        let go_on = move || {
            self.phone.open_draft(id);
            // T10 stands there first.
            history::go(if was_recording { &Route::How } else { &here });
        };
        let ways = el("div")
            .class("vp-story__next")
            .child(button(SMALL, t(tell::MINE_GO_ON), go_on))
            .child(button(
                "vp-btn vp-btn--quiet vp-btn--small",
                t(tell::MINE_THROW_AWAY),
                move || self.throw_away(id),
            ));
        story_row(Row {
            pictures: draft.pictures,
            date: dates::day(draft.kept_at),
            title: Some(draft.title).filter(|title| !title.trim().is_empty()),
            length: length(told, Some(&draft.text)),
            names: self.names.read_only().into(),
            words: Memo::new(move |_| {
                if phone.storage.get() == StorageKind::MemoryOnly {
                    plain("care", "i-clock", tell::STATE_MEMORY_ONLY)
                } else if stays {
                    plain("draft", "i-phone", tell::STATE_STAYS)
                } else {
                    draft_words()
                }
            }),
            ways: ways.into_view(),
        })
    }

    fn throw_away(self, id: StoryId) {
        self.thrown.set(self.phone.throw_away(id));
    }

    fn undo_line(self) -> View {
        let bring_back = move || {
            if let Some(thrown) = self.thrown.get_untracked() {
                self.phone.bring_back(thrown);
            }
            self.thrown.set(None);
            self.says.set(Some(t(tell::COMMON_UNDONE).to_owned()));
        };
        let line = move || {
            self.thrown
                .with(Option::is_some)
                .then(|| undo(t(tell::MINE_THROWN_AWAY).to_owned(), bring_back))
        };
        el("div").attr("role", "status").child(line).into_view()
    }

    fn row_of(self, story: PhoneStory) -> View {
        let content = story.content.as_ref();
        let row = Row {
            pictures: story.pictures,
            date: dates::day(story.told_at),
            title: content.and_then(|content| content.title.clone()),
            length: content.map_or(View::Nothing, |content| {
                length(together(&content.clips), content.text.as_deref())
            }),
            names: self.names.read_only().into(),
            words: words_of(&story),
            ways: self.ways(&story),
        };
        story_row(row)
    }

    fn ways(self, story: &PhoneStory) -> View {
        let id = story.id;
        let standing = self.phone.standing(id);
        let next = Memo::new(move |_| Next::of(standing.get().as_ref()));
        let here = story.content.is_some();
        let text = story
            .content
            .as_ref()
            .and_then(|content| content.text.clone())
            .unwrap_or_default();
        let (open, reading) = (RwSignal::new(false), RwSignal::new(false));
        let more = move || (here || next.get() != Next::Nothing).then(|| more_button(open));
        let sounds = own_sound::is_there(story);
        let opened = move || {
            open.get()
                .then(|| self.more(id, next.get(), (here, sounds), reading))
        };
        let read = move || (open.get() && reading.get()).then(|| own_text(&text));
        el("div")
            .class("vp-story__next")
            .child(move || self.next(id, next.get()))
            .child(more)
            .child(opened)
            .child(read)
            .into_view()
    }

    /// The one next thing to do.
    fn next(self, id: StoryId, next: Next) -> Option<View> {
        let phone = self.phone;
        let word = match next {
            Next::Send => tell::MINE_SEND_NOW,
            Next::Try => tell::STATE_TRY_NOW,
            Next::Wifi => {
                // An address of ours that no service worker answers: the Wi-Fi's own page takes its place.
                let link = group()
                    .child(
                        el("a")
                            .class(SMALL)
                            .attr("href", "/healthz")
                            .attr("target", "_blank")
                            .attr("rel", "noreferrer")
                            .child(el("span").child(t(tell::STATE_WIFI_OPEN))),
                    )
                    .child(button(SMALL, t(tell::STATE_TRY_NOW), move || phone.send_now()));
                return Some(link.into_view());
            }
            Next::Refused => {
                let change = move || {
                    spawn_local(async move {
                        if phone.edit_refused(id).await
                            && let Some(draft) = phone.draft.get_untracked()
                        {
                            history::go(&told_at(&draft));
                        }
                    });
                };
                let ways = group()
                    .child(button(SMALL, t(tell::STATE_REFUSED_CHANGE), change))
                    .child(button(SMALL, t(tell::STATE_REFUSED_FILE), move || self.copy(id)));
                return Some(ways.into_view());
            }
            Next::RefusedFile => {
                return Some(button(SMALL, t(tell::STATE_REFUSED_FILE), move || self.copy(id)));
            }
            Next::Choices => {
                return Some(button(SMALL, t(tell::MINE_CHOICES), move || {
                    show(id, &Route::Choices);
                }));
            }
            Next::Wait | Next::Nothing => return None,
        };
        Some(button(SMALL, t(word), move || phone.send_now()))
    }

    /// Everything else a person can do with it.
    fn more(self, id: StoryId, next: Next, (here, sounds): (bool, bool), reading: RwSignal<bool>) -> View {
        let hear = sounds.then(|| own_sound::when_here(self.phone, id, here, self.says));
        let read = move || reading.update(|reading| *reading = !*reading);
        let read = here.then(|| button(SMALL, t(tell::MINE_READ), read));
        let copy = here.then(|| button(SMALL, t(tell::MINE_COPY), move || self.copy(id)));
        let held = (next != Next::Nothing).then(|| {
            let choices = (next != Next::Choices)
                .then(|| button(SMALL, t(tell::MINE_CHOICES), move || show(id, &Route::Choices)));
            let at_server = matches!(next, Next::Choices)
                .then(|| button(SMALL, t(tell::MINE_OWN), move || show(id, &Route::Own)));
            group()
                .child(at_server)
                .child(button(SMALL, t(tell::MINE_CODE), move || show(id, &Route::Code)))
                .child(choices)
                .child(button(SMALL, t(tell::MINE_WITHDRAW), move || {
                    show(id, &Route::Withdraw);
                }))
                .into_view()
        });
        group()
            .child(hear)
            .child(read)
            .child(held)
            .child(copy)
            .into_view()
    }

    fn copy(self, id: StoryId) {
        let phone = self.phone;
        let text = phone.save_file(id);
        let story = phone.story(id).get_untracked();
        let clips = story.and_then(|story| Some(story.content?.clips));
        let says = self.says;
        spawn_local(async move {
            let sound = phone.save_sounds(clips.unwrap_or_default()).await;
            says.try_set((text || sound).then(|| t(tell::MINE_COPIED).to_owned()));
        });
    }
}

/// Opens the page about this story.
fn show(id: StoryId, route: &Route) {
    preferences::set_chosen(id);
    history::go(route);
}

fn draft_words() -> StateWords {
    plain("draft", "i-pen", tell::STATE_DRAFT)
}

fn more_button(open: RwSignal<bool>) -> View {
    let word = move || {
        t(if open.get() {
            tell::MINE_LESS
        } else {
            tell::MINE_MORE
        })
    };
    el("button")
        .attr("type", "button")
        .class("vp-btn vp-btn--quiet vp-btn--small")
        .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
        .on("click", move |_| open.update(|open| *open = !*open))
        .child(icon("i-more"))
        .child(el("span").child(word))
        .into_view()
}

/// The teller's own text, a paragraph for each line.
fn own_text(text: &str) -> View {
    let lines: Vec<View> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            el("p")
                .attr("dir", "auto")
                .attr("translate", "no")
                .child(line.to_owned())
                .into_view()
        })
        .collect();
    el("section")
        .class("vp-story__own")
        .attr("aria-label", t(tell::MINE_READ_TITLE))
        .child(lines)
        .into_view()
}

/// What a person can do next with a story.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Send,
    Try,
    Wifi,
    Refused,
    /// Changing it would not help: the project takes nothing any more.
    RefusedFile,
    Choices,
    /// It goes by itself.
    Wait,
    /// It was taken back.
    Nothing,
}

impl Next {
    fn of(standing: Option<&Standing>) -> Self {
        match standing {
            Some(Standing::Kept | Standing::WaitingForInternet) => Self::Send,
            Some(Standing::TryingAgain(_) | Standing::ServerBusy | Standing::OurFault) => Self::Try,
            Some(Standing::WifiAsks) => Self::Wifi,
            Some(Standing::Refused(Problem::ProjectClosed | Problem::UnknownProject)) => Self::RefusedFile,
            Some(Standing::Refused(_)) => Self::Refused,
            Some(Standing::Safe { .. }) => Self::Choices,
            Some(Standing::OnItsWay(_) | Standing::Verifying) => Self::Wait,
            Some(Standing::WithdrawalWaiting | Standing::Withdrawn) | None => Self::Nothing,
        }
    }
}
