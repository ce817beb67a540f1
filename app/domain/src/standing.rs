//! Where a story is, in the one word a screen may say about it. Only what is true is ever said.

use crate::draft::{Arrival, PhoneStory};
use crate::problem::Problem;
use crate::sync::outbox::{Failure, Outbox};
use crate::time::Timestamp;

/// What the phone knows of its connection at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The phone itself says there is no network.
    Offline,
    /// Nothing is being sent.
    Idle,
    /// A request is under way.
    Sending,
}

/// Where a finished story is. The words for each are in `app/locales` under `state.…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On this phone, next in line to be sent.
    Kept,
    /// On this phone, and there is no internet.
    WaitingForInternet,
    /// Being sent right now.
    OnItsWay,
    /// A try came to nothing; the next follows at this moment of the phone's clock.
    TryingAgain(Timestamp),
    /// Something answered that is not our server: the Wi-Fi's own page, most likely.
    WifiAsks,
    /// The server has no room or is too busy.
    ServerBusy,
    /// The server broke on it.
    OurFault,
    /// The server refused it for good; it stays here, with the reason.
    Refused(Problem),
    /// Every byte is on the server.
    Safe {
        /// Whether a copy is still on this phone.
        here: bool,
        /// Whether a change of who may hear it still waits to be sent.
        choice_waiting: bool,
    },
    /// It goes from the server once there is internet.
    WithdrawalWaiting,
    /// It is gone from the server.
    Withdrawn,
}

/// Says where `story` is.
pub fn standing(story: &PhoneStory, outbox: &Outbox, link: Link) -> Standing {
    let waits = || outbox.entries().iter().filter(|entry| entry.envelope.command.story() == Some(story.id));
    match &story.arrival {
        Arrival::Withdrawn => Standing::Withdrawn,
        Arrival::Withdrawing => Standing::WithdrawalWaiting,
        Arrival::Safe { .. } => {
            Standing::Safe { here: story.content.is_some(), choice_waiting: waits().next().is_some() }
        }
        Arrival::Underway => {
            if let Some(problem) = waits().find_map(|entry| entry.refused.clone()) {
                return Standing::Refused(problem);
            }
            match (link, outbox.waiting()) {
                (Link::Sending, _) => Standing::OnItsWay,
                (Link::Offline, _) => Standing::WaitingForInternet,
                (Link::Idle, None) => Standing::Kept,
                (Link::Idle, Some((failure, until))) => match failure {
                    Failure::NotOurs => Standing::WifiAsks,
                    Failure::Refused { problem: Problem::Internal, .. } => Standing::OurFault,
                    Failure::Refused { .. } => Standing::ServerBusy,
                    Failure::Unreachable => Standing::TryingAgain(until),
                },
            }
        }
    }
}
