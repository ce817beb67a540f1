//! T7: thanks, and what is true now.

use super::chosen::{hold, with_story, words_of};
use crate::watch::{Effect, Memo, Signal};
use crate::{
    browser::{history, preferences},
    components::{
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
use leptos::prelude::*;

/// The page.
pub fn page() -> impl IntoView {
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

fn draw(story: PhoneStory) -> AnyView {
    let phone = Phone::here();
    let id = story.id;
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
        Some(Standing::OnItsWay) => Some(1),
        Some(_) => Some(0),
    });
    let waits = Memo::new(move |_| standing.get() == Some(Standing::WaitingForInternet));
    let safe = Memo::new(move |_| matches!(standing.get(), Some(Standing::Safe { .. })));
    let body = view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(tell::DONE_THANKS)}</h1>
        {state_line(words, "vp-done__state", true)}
        {progress_way(at)}
        {offline_notice(waits)}
        {try_now(phone, standing)}
        <p>{t(tell::DONE_YOURS)}</p>
        {storage_line()}
        {install_hint(safe)}
        {borrowed(phone, story)}
    };
    let code = move || history::go(&Route::Code);
    let feet = view! {
        <div class="vp-feet">
            {main_button(t(tell::DONE_KEEP_CODE), code)}
            <div class="vp-feet__even">
                <a class="vp-btn vp-btn--line vp-btn--small" href=Route::Mine.path()>
                    <span>{t(tell::DONE_MINE)}</span>
                </a>
                {button("vp-btn vp-btn--line vp-btn--small", t(tell::DONE_ANOTHER), move || tell_another(phone))}
            </div>
        </div>
    };
    teller_frame(
        "vp-done",
        Some(Step::Done),
        Back::To(Route::Mine),
        body.into_any(),
        feet.into_any(),
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
pub fn offline_notice(waits: Memo<bool>) -> AnyView {
    let view = move || {
        waits.get().then(|| {
            view! { <div class="vp-notice vp-notice--phone">{icon("i-cloud-off")} <p>{t(tell::STATE_OFFLINE)}</p></div> }
                .into_any()
        })
    };
    view.into_any()
}

/// What a person can do when a try came to nothing.
fn try_now(phone: Phone, standing: Signal<Option<Standing>>) -> AnyView {
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
    view.into_any()
}

/// A borrowed phone: the code is shown first, then the story goes from here as soon as it is safe.
fn borrowed(phone: Phone, story: PhoneStory) -> AnyView {
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
        None => ().into_any(),
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
            view! {
                <div class="vp-notice">
                    <p>{t(tell::DONE_NOT_YOURS)}</p>
                    {button("vp-btn vp-btn--line vp-btn--small", t(tell::DONE_REMOVE), remove)}
                </div>
            }
            .into_any()
        }
    };
    view! { <div role="status">{view}</div> }.into_any()
}
