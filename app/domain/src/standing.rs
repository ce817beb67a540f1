//! Where a story is, in the one word a screen may say about it. Only what is true is ever said.

use crate::command::Command;
use crate::draft::{Arrival, PhoneStory};
use crate::problem::Problem;
use crate::sync::delivery::Delivery;
use crate::sync::outbox::{Failure, Outbox, Pending};
use crate::time::Timestamp;

/// What the phone knows of its connection at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The phone itself says there is no network.
    Offline,
    /// Nothing is being sent.
    Idle,
    /// Commands are being sent; a request that only asks for news is none.
    Sending,
}

/// Where a finished story is. The words for each are in `app/locales` under `state.…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On this phone, next in line to be sent.
    Kept,
    /// On this phone, and there is no internet.
    WaitingForInternet,
    /// Being sent right now; of sound and pictures so many percent are there.
    OnItsWay(Option<u8>),
    /// Every byte was brought, and the server is asked whether it has them all.
    Verifying,
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
pub fn standing(story: &PhoneStory, outbox: &Outbox, delivery: &Delivery, link: Link) -> Standing {
    let refused = || of(story, outbox).find_map(|entry| entry.refused.clone());
    match &story.arrival {
        Arrival::Withdrawn => Standing::Withdrawn,
        Arrival::Withdrawing => refused().map_or(Standing::WithdrawalWaiting, Standing::Refused),
        Arrival::Safe { .. } => Standing::Safe {
            here: story.content.is_some(),
            choice_waiting: refused().is_none() && of(story, outbox).any(|entry| !revises(entry)),
        },
        Arrival::Underway | Arrival::Delivering { .. } => {
            if let Some(problem) = refused() {
                return Standing::Refused(problem);
            }
            let delivering = matches!(story.arrival, Arrival::Delivering { .. });
            let offered = of(story, outbox).next().is_some();
            let on_its_way = match delivering {
                true if offered && delivery.is_whole(story) => Standing::Verifying,
                _ => Standing::OnItsWay(story.percent()),
            };
            let stuck = delivery.waiting(story).filter(|_| delivering);
            // What the server could not do for another story keeps no bytes of this one waiting.
            let held_up = outbox
                .waiting()
                .filter(|(failure, _)| !delivering || offered || failure.is_of_the_line());
            match (link, stuck.or(held_up)) {
                (Link::Offline, _) => Standing::WaitingForInternet,
                (Link::Sending, _) if stuck.is_none() => on_its_way,
                (_, None) if delivering => on_its_way,
                (_, None) => Standing::Kept,
                (_, Some((failure, until))) => match failure {
                    Failure::NotOurs => Standing::WifiAsks,
                    Failure::Refused {
                        problem: Problem::StorageFull | Problem::TooManyTries { .. } | Problem::Busy { .. },
                        ..
                    } => Standing::ServerBusy,
                    Failure::Refused { .. } => Standing::OurFault,
                    Failure::Unreachable => Standing::TryingAgain(until),
                },
            }
        }
    }
}

/// Why a wish about who may hear an arrived story was refused; it waits for the teller to choose again.
pub fn refused_choice(story: &PhoneStory, outbox: &Outbox) -> Option<Problem> {
    let arrived = matches!(story.arrival, Arrival::Safe { .. });
    of(story, outbox)
        .filter(|entry| arrived && !revises(entry))
        .find_map(|entry| entry.refused.clone())
}

/// Not about who may hear it: the page on which it was changed says how that stands.
fn revises(entry: &Pending) -> bool {
    matches!(entry.envelope.command, Command::ReviseStory(_))
}

fn of<'a>(story: &PhoneStory, outbox: &'a Outbox) -> impl Iterator<Item = &'a Pending> {
    let id = story.id;
    outbox
        .entries()
        .iter()
        .filter(move |entry| entry.envelope.command.story() == Some(id))
}
