//! `/sign-in#…`: a personal link, traded for a session.

use super::plain_frame;
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, RwSignal, on_cleanup};
use crate::{
    browser::{history, staff as ask},
    components::feet::{main_foot, main_link_foot},
    pages::analyse::{self, StaffPage},
    routes::Route,
    texts::{Text, fill, staff, t},
};
use domain::{member::Role, problem::Problem, sync::outbox::Failure};
use leptos::prelude::window_event_listener;

/// The page. The secret leaves the address before anything else happens, also before the chunk is there.
pub fn page() -> impl IntoView {
    Effect::new(|_| ask::catch_secret());
    analyse::load(StaffPage::SignIn)
}

/// What the screen says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stand {
    Opening,
    /// Somebody is signed in here, and this link did not do it.
    Already(Role),
    /// The address has no secret and nobody is signed in.
    Missing,
    /// The link was used, is too old or never was.
    Used,
    /// Nothing was decided: the same link may work in a moment.
    NotYet(Text),
}

/// Draws the page.
pub(in crate::pages) fn draw() -> View {
    let stand = RwSignal::new(Stand::Opening);
    let open = move || {
        stand.set(Stand::Opening);
        spawn_local(async move {
            if let Some(now) = trade().await {
                stand.try_set(now);
            } else {
                history::replace(&Route::Analyse);
            }
        });
    };
    Effect::new(move |_| open());
    // A second link pasted over the first in the same tab changes only what stands after `#`.
    let pasted = window_event_listener(leptos::ev::hashchange, move |_| {
        ask::catch_secret();
        open();
    });
    on_cleanup(move || pasted.remove());
    (move || {
        let stand = stand.get();
        let (heading, more) = match stand {
            Stand::Opening => (staff::SIGN_IN_TITLE, Some(t(staff::SIGN_IN_OPENING).to_owned())),
            Stand::Already(role) => (
                staff::SIGN_IN_TITLE,
                Some(fill(staff::SIGN_IN_ALREADY, &[("role", t(role_word(role)))])),
            ),
            Stand::Missing => (staff::SIGN_IN_TITLE, Some(t(staff::SIGN_IN_MISSING).to_owned())),
            Stand::Used => (staff::SIGN_IN_USED, Some(t(staff::SIGN_IN_USED_WHAT).to_owned())),
            Stand::NotYet(why) => (staff::SIGN_IN_TITLE, Some(t(why).to_owned())),
        };
        let feet = match stand {
            Stand::Already(_) => main_link_foot(t(staff::SIGN_IN_GO), Route::Analyse.path()),
            Stand::NotYet(_) => main_foot(t(staff::SIGN_IN_AGAIN), open),
            Stand::Opening | Stand::Missing | Stand::Used => ().into_view(),
        };
        let body = group()
            .child(
                el("h1")
                    .class("vp-voice vp-ask")
                    .attr("tabindex", "-1")
                    .child(t(heading)),
            )
            .child(el("p").attr("role", "status").child(more));
        plain_frame("vp-sign-in", body.into_view(), feet)
    })
    .into_view()
}

/// Trades the link. `None`: it worked, and the library can be opened.
async fn trade() -> Option<Stand> {
    let Some(secret) = ask::secret() else {
        return Some(match ask::me().await {
            Ok(me) => Stand::Already(me.member.role),
            Err(Failure::Refused {
                problem: Problem::NotSignedIn,
                ..
            }) => Stand::Missing,
            Err(failure) => not_yet(&failure),
        });
    };
    match ask::sign_in(&secret).await {
        Ok(()) => {
            ask::forget_secret();
            // LE5: whoever held something here before, does so no more.
            analyse::lease::begin_anew().await;
            None
        }
        // The same person may have opened the link twice.
        Err(Failure::Refused {
            problem: Problem::LinkUsed,
            ..
        }) => {
            ask::forget_secret();
            Some(
                ask::me()
                    .await
                    .map_or(Stand::Used, |me| Stand::Already(me.member.role)),
            )
        }
        Err(failure) => Some(not_yet(&failure)),
    }
}

fn not_yet(failure: &Failure) -> Stand {
    Stand::NotYet(match failure {
        Failure::Unreachable | Failure::NotOurs => staff::SIGN_IN_OFFLINE,
        Failure::Refused {
            problem: Problem::TooManyTries { .. },
            ..
        } => staff::PROBLEM_TOO_MANY_TRIES,
        Failure::Refused { .. } => staff::PROBLEM_OTHER,
    })
}

/// The word for what a member does.
pub(in crate::pages) fn role_word(role: Role) -> Text {
    match role {
        Role::Reporter => staff::ROLE_REPORTER,
        Role::Analyst => staff::ROLE_ANALYST,
        Role::Facilitator => staff::ROLE_FACILITATOR,
        Role::Manager => staff::ROLE_MANAGER,
    }
}
