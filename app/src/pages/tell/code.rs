//! T8: the story code, and one more copy of it.

use super::chosen::{hold, with_story};
use crate::watch::{Memo, RwSignal, StoredValue};
use crate::{
    browser::{address, fragment, history, preferences, share},
    components::{
        code_ticket::{code_ticket, code_words},
        feet::{button, main_foot},
        frame::{Back, teller_frame},
        icon::icon,
        notice::status,
        way_marks::Step,
    },
    phone::{Install, Phone},
    routes::Route,
    texts::{fill, t, tell},
};
use domain::draft::PhoneStory;
use leptos::{prelude::*, task::spawn_local};

const WRITE_DOWN: &str = "write";

/// The page.
pub fn page() -> impl IntoView {
    with_story(
        "vp-code",
        (tell::CODE_TITLE, tell::CHOICES_NOT_HERE),
        preferences::chosen(),
        draw,
    )
}

fn draw(story: PhoneStory) -> AnyView {
    let screen = fragment::follow();
    let writing = Memo::new(move |_| screen.with(|screen| screen == WRITE_DOWN));
    let back = Callback::new(move |()| leave(writing.get_untracked()));
    let says = RwSignal::new(None);
    let story = StoredValue::new(story);
    let body = move || {
        if writing.get() {
            story.with_value(write_down)
        } else {
            story.with_value(|story| ticket(story, says))
        }
    };
    let feet = move || {
        if writing.get() {
            main_foot(t(tell::CODE_READY), history::back)
        } else {
            ways_on(story, says)
        }
    };
    teller_frame(
        "vp-code",
        Some(Step::Done),
        Back::Act(back),
        body.into_any(),
        feet.into_any(),
    )
}

fn leave(writing: bool) {
    if !writing {
        hold(None);
    }
    history::back();
}

/// What the QR opens. The secret stands behind `#`, so that no server and no list of visited addresses gets it.
fn code_address(story: &PhoneStory) -> String {
    [
        &address::on_this_server(&Route::Story.path()),
        "#",
        &String::from(story.code),
    ]
    .concat()
}

fn ticket(story: &PhoneStory, says: RwSignal<Option<String>>) -> AnyView {
    view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(tell::CODE_TITLE)}</h1>
        <p class="vp-small">{t(tell::CODE_HINT)}</p>
        {code_ticket(story.pictures, &code_address(story), &story.code.words())}
        {digits(story)}
        <div class="vp-code__ways">
            {way("i-print", t(tell::CODE_PRINT), share::print)}
            {way("i-pen", t(tell::CODE_WRITE_DOWN), || fragment::go(WRITE_DOWN))}
        </div>
        {status(says)}
        {photo()}
        {warning()}
    }
    .into_any()
}

fn way(picture: &str, word: &'static str, act: impl Fn() + 'static) -> AnyView {
    view! {
        <button type="button" class="vp-btn vp-btn--line vp-btn--small" on:click=move |_| act()>
            {icon(picture)} <span>{word}</span>
        </button>
    }
    .into_any()
}

fn digits(story: &PhoneStory) -> AnyView {
    view! {
        <p class="vp-small">
            <span>{t(tell::CODE_DIGITS)}</span> " " <bdi class="vp-num" dir="ltr" translate="no">{story.code.digits()}</bdi>
        </p>
    }
    .into_any()
}

fn hint(picture: &str, words: AnyView) -> AnyView {
    view! { <p class="vp-small vp-hint">{icon(picture)} <span>{words}</span></p> }.into_any()
}

fn photo() -> AnyView {
    let phone = Phone::here();
    let how = move || {
        t(if phone.can_install.get() == Install::IosSteps {
            tell::CODE_PHOTO_HOW_IOS
        } else {
            tell::CODE_PHOTO_HOW
        })
    };
    let words = view! { <strong>{t(tell::CODE_PHOTO)}</strong> " " <span>{how}</span> };
    hint("i-camera", words.into_any())
}

fn warning() -> AnyView {
    hint("i-lock", t(tell::CODE_WARNING).into_any())
}

fn write_down(story: &PhoneStory) -> AnyView {
    let place = address::on_this_server(&Route::Mine.path());
    // Nobody writes "https://" on paper.
    let place = place.split_once("://").map_or(place.as_str(), |(_, place)| place);
    view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(tell::CODE_WRITE_DOWN)}</h1>
        <p class="vp-small">{t(tell::CODE_WRITE_DOWN_HOW)}</p>
        {code_words("vp-copy", &story.code.words())}
        <p class="vp-small">{t(tell::CODE_CHECK)}</p>
        {digits(story)}
        <p class="vp-small"><bdi>{fill(tell::CODE_PRINT_HOW, &[("address", place)])}</bdi></p>
        {warning()}
    }
    .into_any()
}

fn ways_on(story: StoredValue<PhoneStory>, says: RwSignal<Option<String>>) -> AnyView {
    let (picture, word) = if share::can_share() {
        ("i-share", tell::CODE_SEND)
    } else {
        ("i-save", tell::CODE_COPY)
    };
    let send = move |_| {
        // Not the title: a message is read by whoever holds the phone.
        let message = story.with_value(|story| {
            [
                t(tell::CODE_MESSAGE),
                "\n",
                &story.code.words().join(" "),
                "\n",
                &code_address(story),
            ]
            .concat()
        });
        spawn_local(hand_over(message, says));
    };
    view! {
        <div class="vp-feet vp-feet--side">
            {button("vp-btn vp-btn--quiet", t(tell::COMMON_LATER), || leave(false))}
            <button type="button" class="vp-btn vp-btn--main" on:click=send>
                {icon(picture)}
                <span>{t(word)}</span>
            </button>
        </div>
    }
    .into_any()
}

async fn hand_over(message: String, says: RwSignal<Option<String>>) {
    says.set(None);
    // A share sheet that was closed again is a choice, not a failure.
    if share::can_share() {
        _ = share::share(&message).await;
        return;
    }
    let text = if share::copy(&message).await {
        tell::CODE_COPIED
    } else {
        tell::CODE_NO_COPY
    };
    _ = says.try_set(Some(t(text).to_owned()));
}
