//! T7: thanks, and what is true now.

use super::chosen::{hold, with_story, words_of};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, Signal};
use crate::{
    browser::{history, preferences},
    components::{
        ear::say_once,
        feet::{button, main_button},
        frame::{Back, teller_frame},
        icon::icon,
        install_hint::install_hint,
        notice::notice,
        progress_way::progress_way,
        state_line::state_line,
        storage_line::storage_line,
        way_marks::Step,
    },
    phone::Phone,
    routes::Route,
    texts::{t, tell},
};
use domain::{draft::PhoneStory, id::StoryId, standing::Standing};

/// The page.
pub fn page() -> View {
    let finished = Phone::here()
        .finished
        .get_untracked()
        .or_else(preferences::finished);
    hold(None);
    Effect::new(move || {
        if finished.is_none() {
            history::replace(&Route::Mine);
        }
    });
    with_story(
        "vp-done",
        (tell::DONE_THANKS, tell::MINE_THROWN_AWAY),
        finished,
        draw,
    )
}

fn draw(story: PhoneStory) -> View {
    let phone = Phone::here();
    let (id, together) = (story.id, story.second.is_some());
    preferences::set_chosen(id);
    // Asked where it makes sense to a person: now there is something worth keeping.
    if phone.persisted.get_untracked().is_none() {
        phone.ask_persist();
    }
    let standing = phone.standing(id);
    let words = words_of(&story);
    let at = Memo::new(move |_| match standing.get() {
        Some(Standing::Withdrawn | Standing::WithdrawalWaiting) => None,
        Some(Standing::Safe { .. }) => Some(2),
        None => words.with(|words| (words.kind == "safe").then_some(2)),
        Some(Standing::OnItsWay(_) | Standing::Verifying) => Some(1),
        Some(_) => Some(0),
    });
    let waits = Memo::new(move |_| standing.get() == Some(Standing::WaitingForInternet));
    let safe = Memo::new(move |_| matches!(standing.get(), Some(Standing::Safe { .. })));
    say_once(safe, ".vp-done__state");
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::DONE_THANKS)),
        )
        .child(state_line(words, "vp-done__state", true))
        .child(progress_way(at))
        .child(offline_notice(waits))
        .child(try_now(phone, standing))
        .child(el("p").child(t(tell::DONE_YOURS)))
        .child(storage_line())
        .child(install_hint(safe))
        .child(borrowed(phone, story));
    let code = move || history::go(&Route::Code);
    let keep_code = t(if together {
        tell::DONE_KEEP_CODES
    } else {
        tell::DONE_KEEP_CODE
    });
    let feet = el("div")
        .class("vp-feet")
        .child(main_button(keep_code, code))
        .child(
            el("div")
                .class("vp-feet__even")
                .child(
                    el("a")
                        .class("vp-btn vp-btn--line vp-btn--small")
                        .attr("href", Route::Mine.path())
                        .child(el("span").child(t(tell::DONE_MINE))),
                )
                .child(button(
                    "vp-btn vp-btn--line vp-btn--small",
                    t(tell::DONE_ANOTHER),
                    move || tell_another(phone),
                )),
        );
    teller_frame(
        "vp-done",
        Some(Step::Done),
        Back::To(Route::Mine),
        body.into_view(),
        feet.into_view(),
    )
}

/// Begins another telling: at the question one came in by, or where there is none yet at the front page.
pub fn tell_another(phone: Phone) {
    phone.put_finished_away();
    history::go(&if phone.joined.with_untracked(Option::is_some) {
        Route::How
    } else {
        Route::Front
    });
}

/// T15, only here and on T9: waiting for internet is no trouble.
pub fn offline_notice(waits: Memo<bool>) -> View {
    let view = move || {
        waits.get().then(|| {
            el("div")
                .class("vp-notice vp-notice--phone")
                .child(icon("i-cloud-off"))
                .child(el("p").child(t(tell::STATE_OFFLINE)))
                .into_view()
        })
    };
    view.into_view()
}

/// What a person can do when a try came to nothing.
fn try_now(phone: Phone, standing: Signal<Option<Standing>>) -> View {
    let tries = Memo::new(move |_| {
        use Standing::{OurFault, ServerBusy, TryingAgain, WifiAsks};
        matches!(
            standing.get(),
            Some(TryingAgain(_) | WifiAsks | ServerBusy | OurFault)
        )
    });
    let view = move || {
        tries.get().then(|| {
            button(
                "vp-btn vp-btn--line vp-btn--small",
                t(tell::STATE_TRY_NOW),
                move || phone.send_now(),
            )
        })
    };
    view.into_view()
}

/// A borrowed phone: the code is shown first, then the story goes from here as soon as it is safe.
fn borrowed(phone: Phone, story: PhoneStory) -> View {
    let id: StoryId = story.id;
    let leaving = phone.is_leaving(id);
    let here = phone.standing(id);
    let leaving = Memo::new(move |_| here.get().map(|_| leaving.get()));
    let remove = move |story: PhoneStory| {
        hold(Some(story));
        history::go(&Route::Code);
        phone.remove_here_once_safe(id);
    };
    let view = move || match leaving.get() {
        None => ().into_view(),
        Some(true) => {
            let keep = move || phone.keep_here(id);
            let keep = button(
                "vp-btn vp-btn--line vp-btn--small",
                t(tell::DONE_REMOVE_KEEP),
                keep,
            );
            notice("i-phone", t(tell::DONE_REMOVE_WAITS), keep)
        }
        Some(false) => {
            let story = story.clone();
            let remove = move || remove(story.clone());
            el("div")
                .class("vp-notice")
                .child(el("p").child(t(tell::DONE_NOT_YOURS)))
                .child(button(
                    "vp-btn vp-btn--line vp-btn--small",
                    t(tell::DONE_REMOVE),
                    remove,
                ))
                .into_view()
        }
    };
    el("div").attr("role", "status").child(view).into_view()
}
