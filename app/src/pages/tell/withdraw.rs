//! Taking a story back: two ways, the milder first; a copy before the harder one; then what is true.

use super::chosen::with_story;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Effect, Memo, RwSignal};
use crate::{
    browser::{dates, fragment, history, preferences},
    components::{
        feet::{button, main_link_foot},
        frame::{Back, teller_frame},
        icon::icon,
        notice::status,
    },
    phone::Phone,
    routes::Route,
    texts::{Text, fill, t, tell},
};
use domain::{draft::PhoneStory, id::StoryId, standing::Standing};

/// Screens behind `#`.
const NOBODY: &str = "nobody";
const REMOVE: &str = "remove";

/// The page.
pub fn page() -> View {
    with_story(
        "vp-withdraw",
        (tell::WITHDRAW_TITLE, tell::CHOICES_NOT_HERE),
        preferences::chosen(),
        draw,
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Showing {
    Ask,
    /// The only copy left is the one on this phone.
    Nobody,
    Remove,
    Waits,
    Gone,
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    id: StoryId,
    showing: Memo<Showing>,
    /// The text is on this phone.
    here: bool,
    /// Two told it.
    together: bool,
    /// What this visit did; `Some(true)`: it stays on this phone.
    did: RwSignal<Option<bool>>,
    says: RwSignal<Option<String>>,
}

fn draw(story: PhoneStory) -> View {
    let phone = Phone::here();
    let id = story.id;
    let here = story.content.is_some();
    let together = story.second.is_some() || story.together.is_some();
    let screen = fragment::follow();
    let standing = phone.standing(id);
    let did = RwSignal::new(None::<bool>);
    let showing = Memo::new(move |_| match standing.get() {
        Some(Standing::WithdrawalWaiting) => Showing::Waits,
        None | Some(Standing::Withdrawn) => Showing::Gone,
        _ => match screen.get().as_str() {
            NOBODY if here => Showing::Nobody,
            REMOVE => Showing::Remove,
            _ => Showing::Ask,
        },
    });
    let says = RwSignal::new(None);
    Effect::new(move || {
        if showing.get() == Showing::Ask {
            says.set(None);
        }
        let over = matches!(showing.get(), Showing::Waits | Showing::Gone);
        if over && did.get_untracked().is_some() {
            says.set(None);
            fragment::focus_heading();
        }
    });
    let page = Page {
        phone,
        id,
        showing,
        here,
        together,
        did,
        says,
    };
    let back = Callback::new(move |()| match showing.get_untracked() {
        Showing::Nobody | Showing::Remove => history::back(),
        _ => fragment::leave(&Route::Mine),
    });
    let body = group().child(move || page.body()).child(status(page.says));
    teller_frame(
        "vp-withdraw",
        None,
        Back::Act(back),
        body.into_view(),
        (move || page.feet()).into_view(),
    )
}

impl Page {
    fn body(self) -> View {
        match self.showing.get() {
            Showing::Ask => self.ask(),
            Showing::Nobody => group()
                .child(heading(tell::WITHDRAW_NOBODY))
                .child(el("p").child(t(tell::WITHDRAW_NOBODY_MEANS)))
                .child(el("p").child(t(tell::WITHDRAW_SURE)))
                .into_view(),
            Showing::Remove if self.here => group()
                .child(heading(tell::WITHDRAW_COPY_FIRST))
                .child(
                    el("button")
                        .attr("type", "button")
                        .class("vp-btn vp-btn--line")
                        .on("click", move |_| self.copy())
                        .child(icon("i-save"))
                        .child(el("span").child(t(tell::WITHDRAW_COPY))),
                )
                .child(el("p").child(t(tell::WITHDRAW_SURE)))
                .into_view(),
            Showing::Remove => group()
                .child(heading(tell::WITHDRAW_REMOVE))
                .child(el("p").child(t(tell::WITHDRAW_SURE)))
                .into_view(),
            Showing::Waits => self.waits(),
            Showing::Gone => self.gone(),
        }
    }

    fn feet(self) -> View {
        // Two equal ways: neither taking back nor keeping is the one to press.
        let line = "vp-btn vp-btn--line";
        let sure = move |keep_here: bool| {
            el("div")
                .class("vp-feet vp-feet--even")
                .child(button(line, t(tell::WITHDRAW_SURE_YES), move || {
                    self.take_back(keep_here);
                }))
                .child(button(line, t(tell::WITHDRAW_SURE_NO), history::back))
                .into_view()
        };
        match self.showing.get() {
            Showing::Ask => ().into_view(),
            Showing::Nobody => sure(true),
            Showing::Remove => sure(false),
            Showing::Waits | Showing::Gone => main_link_foot(t(tell::DONE_MINE), Route::Mine.path()),
        }
    }

    fn ask(self) -> View {
        let way = |picture: Option<&str>, word: Text, means: Text, screen: &'static str| {
            el("li")
                .child(
                    el("button")
                        .attr("type", "button")
                        .class("vp-btn vp-btn--line")
                        .on("click", move |_| fragment::go(screen))
                        .child(picture.map(icon))
                        .child(el("span").child(t(word))),
                )
                .child(el("p").class("vp-small vp-soft").child(t(means)))
                .into_view()
        };
        // What is no longer here could not stay here.
        let nobody = self.here.then(|| {
            way(
                Some("i-closed"),
                tell::WITHDRAW_NOBODY,
                tell::WITHDRAW_NOBODY_MEANS,
                NOBODY,
            )
        });
        group()
            .child(heading(tell::WITHDRAW_TITLE))
            .child(el("p").child(t(tell::WITHDRAW_ASK)))
            .child(self.together.then(|| el("p").child(t(tell::WITHDRAW_TOGETHER))))
            .child(el("ul").class("vp-ways").child(nobody).child(way(
                None,
                tell::WITHDRAW_REMOVE,
                tell::WITHDRAW_REMOVE_MEANS,
                REMOVE,
            )))
            .into_view()
    }

    fn copy(self) {
        let saved = self.phone.save_file(self.id);
        self.says.set(saved.then(|| t(tell::MINE_COPIED).to_owned()));
    }

    fn take_back(self, keep_here: bool) {
        self.says.set(Some(t(tell::COMMON_WAIT).to_owned()));
        self.did.set(Some(keep_here));
        self.phone.withdraw(self.id, keep_here);
    }

    fn waits(self) -> View {
        let nobody = (self.did.get_untracked() == Some(true)).then(kept_here);
        group()
            .child(heading(tell::WITHDRAW_WAITS))
            .child(nobody)
            .into_view()
    }

    fn gone(self) -> View {
        group().child(self.what_is_done()).child(self.held()).into_view()
    }

    /// LE6: until when a device out of reach may hold it.
    fn held(self) -> View {
        let story = self.phone.story(self.id);
        let words = move || {
            let until = story.with(|story| story.as_ref().and_then(|story| story.held_until))?;
            let words = fill(tell::WITHDRAW_HELD, &[("date", &dates::day(until))]);
            Some(el("p").child(words).into_view())
        };
        words.into_view()
    }

    fn what_is_done(self) -> View {
        match self.did.get_untracked() {
            None => heading(tell::WITHDRAW_ALREADY),
            Some(true) => group()
                .child(heading(tell::WITHDRAW_NOBODY_DONE))
                .child(kept_here())
                .into_view(),
            Some(false) => heading(tell::WITHDRAW_GONE),
        }
    }
}

fn kept_here() -> View {
    el("p").child(t(tell::WITHDRAW_NOBODY_MEANS)).into_view()
}

fn heading(text: Text) -> View {
    el("h1")
        .class("vp-voice vp-ask")
        .attr("tabindex", "-1")
        .child(t(text))
        .into_view()
}
