//! T8: the story code, and one more copy of it.

use super::{
    chosen::{hold, with_story},
    returning,
    which_voice::{of_one_voice, screen_of, which_voice},
};
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Memo, RwSignal, StoredValue};
use crate::{
    browser::{address, fragment, history, preferences, share, ticket_picture::TicketPicture},
    components::{
        code_ticket::{code_ticket, code_words},
        feet::{button, main_foot},
        frame::{Back, teller_frame},
        icon::icon,
        notice::status,
        qr::qr_path,
        way_marks::Step,
    },
    phone::{Install, Phone},
    routes::Route,
    texts::{Text, current, fill, t, tell},
};
use domain::{code::StoryCode, draft::PhoneStory, story::StoryPictures, voices::Voice};

const WRITE_DOWN: &str = "write";

/// For whom each code of a story of two is.
const FOR: [Text; 2] = [tell::VOICES_FOR_FIRST, tell::VOICES_FOR_SECOND];

/// What a copy of a code is made of.
struct Ticket {
    pictures: StoryPictures,
    code: StoryCode,
    /// For whom it is, in a story of two.
    whose: Option<Text>,
    /// What stands behind `#` before the screens of this code.
    screen: &'static str,
}

/// The page.
pub fn page() -> View {
    with_story(
        "vp-code",
        (tell::CODE_TITLE, tell::CHOICES_NOT_HERE),
        preferences::chosen(),
        draw,
    )
}

fn draw(story: PhoneStory) -> View {
    of_one_voice(story, of_one, || {
        which_voice(
            "vp-code",
            Some(Step::Done),
            Back::Act(Callback::new(|()| leave(false))),
            tell::CODE_TOGETHER,
            FOR,
            main_foot(t(tell::CODE_READY), || leave(false)),
        )
    })
}

fn of_one(story: &PhoneStory, voice: Voice) -> View {
    let screen = fragment::follow();
    let writing = Memo::new(move |_| screen.with(|screen| screen.ends_with(WRITE_DOWN)));
    let together = story.second.is_some();
    // From the code of one of two one comes back to the question whose it is.
    let on = move || {
        if together {
            history::back();
        } else {
            leave(false);
        }
    };
    let back = Callback::new(move |()| {
        if writing.get_untracked() {
            leave(true);
        } else {
            on();
        }
    });
    let says = RwSignal::new(None);
    let story = StoredValue::new(Ticket {
        pictures: story.pictures,
        code: *story.code_of(voice).unwrap_or(&story.code),
        whose: together.then(|| FOR[voice as usize]),
        screen: screen_of(story, voice),
    });
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
            ways_on(story, says, on)
        }
    };
    teller_frame(
        "vp-code",
        Some(Step::Done),
        Back::Act(back),
        body.into_view(),
        feet.into_view(),
    )
}

fn leave(writing: bool) {
    if !writing {
        hold(None);
    }
    history::back();
}

/// What the QR opens. The secret stands behind `#`, so that no server and no list of visited addresses gets it.
fn code_address(story: &Ticket) -> String {
    [
        &address::on_this_server(&Route::Story.path()),
        "#",
        &String::from(story.code),
    ]
    .concat()
}

fn ticket(story: &Ticket, says: RwSignal<Option<String>>) -> View {
    let writing = [story.screen, WRITE_DOWN].concat();
    group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::CODE_TITLE)),
        )
        .child(story.whose.map(|whose| el("p").class("vp-label").child(t(whose))))
        .child(el("p").class("vp-small").child(t(tell::CODE_HINT)))
        .child(code_ticket(
            story.pictures,
            &code_address(story),
            &story.code.words(),
        ))
        .child(digits(story))
        .child(
            el("div")
                .class("vp-code__ways")
                .child(way("i-print", t(tell::CODE_PRINT), share::print))
                .child(picture_way(story, says))
                .child(way("i-pen", t(tell::CODE_WRITE_DOWN), move || {
                    fragment::go(&writing);
                })),
        )
        .child(status(says))
        .child(photo())
        .child(warning())
        .into_view()
}

fn way(picture: &str, word: &'static str, act: impl Fn() + 'static) -> View {
    el("button")
        .attr("type", "button")
        .class("vp-btn vp-btn--line vp-btn--small")
        .on("click", move |_| act())
        .child(icon(picture))
        .child(el("span").child(word))
        .into_view()
}

/// A picture that stays among the phone's photos, also where nobody knows how to take one of the screen.
fn picture_way(story: &Ticket, says: RwSignal<Option<String>>) -> View {
    let (words, digits, address) = (story.code.words(), story.code.digits(), code_address(story));
    let (whose, place) = (story.whose, place());
    way("i-picture", t(tell::CODE_SAVE_PHOTO), move || {
        let ticket = TicketPicture {
            title: t(tell::CODE_TITLE),
            whose: whose.map(t),
            words: words.to_vec(),
            digits: digits.clone(),
            how: fill(tell::CODE_PRINT_HOW, &[("address", &place)]),
            warning: t(tell::CODE_WARNING),
            qr: qr_path(&address),
            rtl: current().dir() == "rtl",
        };
        spawn_local(async move {
            let saved = match returning::save_picture().await {
                Ok(save) => save(ticket).await,
                Err(_) => false,
            };
            let word = if saved {
                tell::CODE_PHOTO_SAVED
            } else {
                tell::CODE_NO_PHOTO
            };
            says.try_set(Some(t(word).to_owned()));
        });
    })
}

/// Where one comes back with a code, as it is written on paper.
fn place() -> String {
    let place = address::on_this_server(&Route::Mine.path());
    // Nobody writes "https://" on paper.
    place
        .split_once("://")
        .map_or(place.clone(), |(_, place)| place.to_owned())
}

fn digits(story: &Ticket) -> View {
    el("p")
        .class("vp-small")
        .child(el("span").child(t(tell::CODE_DIGITS)))
        .child(" ")
        .child(
            el("bdi")
                .class("vp-num")
                .attr("dir", "ltr")
                .attr("translate", "no")
                .child(story.code.digits()),
        )
        .into_view()
}

fn hint(picture: &str, words: View) -> View {
    el("p")
        .class("vp-small vp-hint")
        .child(icon(picture))
        .child(el("span").child(words))
        .into_view()
}

fn photo() -> View {
    let phone = Phone::here();
    let how = move || {
        t(if phone.can_install.get() == Install::IosSteps {
            tell::CODE_PHOTO_HOW_IOS
        } else {
            tell::CODE_PHOTO_HOW
        })
    };
    let words = group()
        .child(el("strong").child(t(tell::CODE_PHOTO)))
        .child(" ")
        .child(el("span").child(how));
    hint("i-camera", words.into_view())
}

fn warning() -> View {
    hint("i-lock", t(tell::CODE_WARNING).into_view())
}

fn write_down(story: &Ticket) -> View {
    let place = place();
    group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::CODE_WRITE_DOWN)),
        )
        .child(story.whose.map(|whose| el("p").class("vp-label").child(t(whose))))
        .child(el("p").class("vp-small").child(t(tell::CODE_WRITE_DOWN_HOW)))
        .child(code_words("vp-copy", &story.code.words()))
        .child(el("p").class("vp-small").child(t(tell::CODE_CHECK)))
        .child(digits(story))
        .child(
            el("p")
                .class("vp-small")
                .child(el("bdi").child(fill(tell::CODE_PRINT_HOW, &[("address", &place)]))),
        )
        .child(warning())
        .into_view()
}

fn ways_on(story: StoredValue<Ticket>, says: RwSignal<Option<String>>, on: impl Fn() + 'static) -> View {
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
    el("div")
        .class("vp-feet vp-feet--side")
        .child(button("vp-btn vp-btn--quiet", t(tell::COMMON_LATER), on))
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-btn vp-btn--main")
                .on("click", send)
                .child(icon(picture))
                .child(el("span").child(t(word))),
        )
        .into_view()
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
    says.try_set(Some(t(text).to_owned()));
}
