//! Taking a story back: two ways, the milder first; a copy before the harder one; then what is true.

use super::chosen::with_story;
use crate::watch::{Effect, Memo, RwSignal};
use crate::{
    browser::{fragment, history, preferences},
    components::{
        feet::{button, main_link_foot},
        frame::{Back, teller_frame},
        icon::icon,
        notice::status,
    },
    phone::Phone,
    routes::Route,
    texts::{Text, t, tell},
};
use domain::{draft::PhoneStory, id::StoryId, standing::Standing};
use leptos::prelude::*;

/// Screens behind `#`.
const NOBODY: &str = "nobody";
const REMOVE: &str = "remove";

/// The page.
pub fn page() -> impl IntoView {
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
    /// What this visit did; `Some(true)`: it stays on this phone.
    did: RwSignal<Option<bool>>,
    says: RwSignal<Option<String>>,
}

fn draw(story: PhoneStory) -> AnyView {
    let phone = Phone::here();
    let id = story.id;
    let here = story.content.is_some();
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
        did,
        says,
    };
    let back = Callback::new(move |()| match showing.get_untracked() {
        Showing::Nobody | Showing::Remove => history::back(),
        _ => fragment::leave(&Route::Mine),
    });
    let body = view! { {move || page.body()} {status(page.says)} };
    teller_frame(
        "vp-withdraw",
        None,
        Back::Act(back),
        body.into_any(),
        (move || page.feet()).into_any(),
    )
}

impl Page {
    fn body(self) -> AnyView {
        match self.showing.get() {
            Showing::Ask => self.ask(),
            Showing::Nobody => view! {
                {heading(tell::WITHDRAW_NOBODY)}
                <p>{t(tell::WITHDRAW_NOBODY_MEANS)}</p>
                <p>{t(tell::WITHDRAW_SURE)}</p>
            }
            .into_any(),
            Showing::Remove if self.here => view! {
                {heading(tell::WITHDRAW_COPY_FIRST)}
                <button type="button" class="vp-btn vp-btn--line" on:click=move |_| self.copy()>
                    {icon("i-save")}
                    <span>{t(tell::WITHDRAW_COPY)}</span>
                </button>
                <p>{t(tell::WITHDRAW_SURE)}</p>
            }
            .into_any(),
            Showing::Remove => {
                view! { {heading(tell::WITHDRAW_REMOVE)} <p>{t(tell::WITHDRAW_SURE)}</p> }.into_any()
            }
            Showing::Waits => self.waits(),
            Showing::Gone => self.gone(),
        }
    }

    fn feet(self) -> AnyView {
        // Two equal ways: neither taking back nor keeping is the one to press.
        let line = "vp-btn vp-btn--line";
        let sure = move |keep_here: bool| {
            view! {
                <div class="vp-feet vp-feet--even">
                    {button(line, t(tell::WITHDRAW_SURE_YES), move || self.take_back(keep_here))}
                    {button(line, t(tell::WITHDRAW_SURE_NO), history::back)}
                </div>
            }
            .into_any()
        };
        match self.showing.get() {
            Showing::Ask => ().into_any(),
            Showing::Nobody => sure(true),
            Showing::Remove => sure(false),
            Showing::Waits | Showing::Gone => main_link_foot(t(tell::DONE_MINE), Route::Mine.path()),
        }
    }

    fn ask(self) -> AnyView {
        let way = |picture: Option<&str>, word: Text, means: Text, screen: &'static str| {
            view! {
                <li>
                    <button type="button" class="vp-btn vp-btn--line" on:click=move |_| fragment::go(screen)>
                        {picture.map(icon)}
                        <span>{t(word)}</span>
                    </button>
                    <p class="vp-small vp-soft">{t(means)}</p>
                </li>
            }
            .into_any()
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
        view! {
            {heading(tell::WITHDRAW_TITLE)}
            <p>{t(tell::WITHDRAW_ASK)}</p>
            <ul class="vp-ways">{nobody} {way(None, tell::WITHDRAW_REMOVE, tell::WITHDRAW_REMOVE_MEANS, REMOVE)}</ul>
        }
        .into_any()
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

    fn waits(self) -> AnyView {
        let nobody = (self.did.get_untracked() == Some(true)).then(kept_here);
        view! { {heading(tell::WITHDRAW_WAITS)} {nobody} }.into_any()
    }

    fn gone(self) -> AnyView {
        match self.did.get_untracked() {
            None => heading(tell::WITHDRAW_ALREADY),
            Some(true) => view! { {heading(tell::WITHDRAW_NOBODY_DONE)} {kept_here()} }.into_any(),
            Some(false) => heading(tell::WITHDRAW_GONE),
        }
    }
}

fn kept_here() -> AnyView {
    view! { <p>{t(tell::WITHDRAW_NOBODY_MEANS)}</p> }.into_any()
}

fn heading(text: Text) -> AnyView {
    view! { <h1 class="vp-voice vp-ask" tabindex="-1">{t(text)}</h1> }.into_any()
}
