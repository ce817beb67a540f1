//! Hearing an own story again (T9): one button that plays and holds, and how far it is.

use super::making;
use crate::browser::player::{Played, Player};
use crate::browser::spawn_local;
use crate::components::{
    clock::{clock, clock_view},
    icon::icon,
};
use crate::markup::{IntoView, View, el, group};
use crate::phone::Phone;
use crate::texts::{t, tell};
use crate::watch::{Effect, RwSignal, StoredValue, untrack};
use domain::{
    draft::{Arrival, PhoneStory},
    id::StoryId,
    standing::Link,
    story::PartKind,
    time::Span,
};
use std::rc::Rc;

/// Whether there is something to hear of a story: on this phone, or at the server.
pub(super) fn is_there(story: &PhoneStory) -> bool {
    let sounds = story.parts.iter().any(|part| part.kind == PartKind::Sound);
    sounds && (story.content.is_some() || matches!(story.arrival, Arrival::Safe { .. }))
}

/// What makes the button.
pub(super) type Make = fn(Phone, StoryId, bool, RwSignal<Option<String>>) -> View;

/// The button, once what plays is there.
pub(super) fn when_here(phone: Phone, id: StoryId, here: bool, says: RwSignal<Option<String>>) -> View {
    let make = RwSignal::new(None::<Make>);
    Effect::new(move |_| {
        spawn_local(async move {
            // Without it the row stays as it is; opening it once more tries again.
            if let Ok(found) = making::own_sound().await {
                make.try_set(Some(found));
            }
        });
    });
    (move || make.get().map(|make| untrack(|| make(phone, id, here, says)))).into_view()
}

/// The button. `here` says whether the story is on this phone; why it cannot be heard now is said in `says`.
pub(super) fn own_sound(phone: Phone, id: StoryId, here: bool, says: RwSignal<Option<String>>) -> View {
    let (playing, begun, at) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(Span(0)));
    let player = StoredValue::new(None::<Player>);
    let stop = move || {
        playing.set(false);
        let why = match (here, phone.link.get_untracked()) {
            (true, _) => tell::LISTEN_NOT_HERE,
            (false, Link::Offline) => tell::MINE_HEAR_ONLINE,
            (false, _) => tell::MINE_HEAR_LATER,
        };
        says.set(Some(t(why).to_owned()));
    };
    let heard: Rc<dyn Fn(Played)> = Rc::new(move |played| match played {
        Played::At(now) => at.set(now),
        Played::Ended => {
            playing.set(false);
            at.set(Span(0));
        }
        Played::Failed => {
            // The next press asks anew: perhaps the network is back, or the server is done with it.
            player.set_value(None);
            stop();
        }
    });
    // Fetched before somebody presses: a phone plays what a tap set going, and that is soon forgotten.
    let fetch = move || {
        let heard = Rc::clone(&heard);
        spawn_local(async move {
            let found = phone.hear(id, heard).await;
            let is_here = found.is_some();
            // The row may have gone meanwhile; then there is nothing to hear.
            if player.try_update_value(|player| *player = found).is_none() {
                return;
            }
            match (is_here, playing.get_untracked()) {
                (true, true) => player.with_value(|player| player.iter().for_each(Player::play)),
                (false, true) => stop(),
                (_, false) => {}
            }
        });
    };
    let first = fetch.clone();
    Effect::new(move |_| first());
    let toggle = move || {
        says.set(None);
        begun.set(true);
        playing.update(|playing| *playing = !*playing);
        let plays = playing.get_untracked();
        let is_here = player.with_value(|player| {
            player.iter().for_each(|player| match plays {
                true => player.play(),
                false => player.pause(),
            });
            player.is_some()
        });
        if plays && !is_here {
            fetch();
        }
    };
    let word = move || match playing.get() {
        true => group().child(icon("i-pause")).child(t(tell::RECORD_PAUSE)),
        false => group().child(icon("i-play")).child(t(tell::LISTEN_PLAY)),
    };
    el("button")
        .attr("type", "button")
        .class("vp-btn vp-btn--tint vp-btn--small")
        .on("click", move |_| toggle())
        .child(move || el("span").child(word()).into_view())
        .child(move || begun.get().then(|| clock_view(clock(at.get()))))
        .into_view()
}
