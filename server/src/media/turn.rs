//! One upload, one request: a newer request for the same clip ends the older one (ME15).
//!
//! Which of two is newer is which of them arrived later, not which got through its first look into the database later: a
//! phone that asks how far it is after its connection broke must not see what it sent before slide in behind the answer.

use domain::id::ClipId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as TurnMutex, OwnedMutexGuard, watch};

/// The turns of all clips that bytes are coming for.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<ClipId, Place>>);

#[derive(Clone)]
struct Place {
    /// How many requests arrived.
    arrived: Arc<AtomicU64>,
    /// The last of those that asked for the turn, who has it.
    asked: watch::Sender<u64>,
    known: Arc<TurnMutex<Known>>,
}

/// What is known of the bytes of an upload between two requests.
#[derive(Default)]
pub(super) struct Known {
    /// How many bytes surely are on the disk; `None` when that is to be found out.
    pub(super) synced: Option<u64>,
}

/// A request about a clip that arrived, and may turn out to have no right to it.
pub(super) struct Arrival {
    place: Place,
    mine: u64,
    tidy: Tidy,
}

/// The right to touch the bytes of one clip, until it is dropped.
pub(super) struct Turn {
    pub(super) known: OwnedMutexGuard<Known>,
    mine: u64,
    asked: watch::Receiver<u64>,
    // Dropped after `known`: by then the turn is free.
    _tidy: Tidy,
}

/// Forgets a clip that nobody has a turn of and of whose bytes nothing is known.
struct Tidy(Arc<Turns>, ClipId);

impl Drop for Tidy {
    fn drop(&mut self) {
        let mut places = self.0.places();
        let idle = places.get(&self.1).is_some_and(|place| {
            // The map's own; whoever waits for the turn has another.
            Arc::strong_count(&place.known) == 1
                && place.known.try_lock().is_ok_and(|known| known.synced.is_none())
        });
        if idle {
            places.remove(&self.1);
        }
    }
}

/// A newer request has the turn.
#[derive(Debug)]
pub(super) struct TakenOver;

impl Turns {
    fn places(&self) -> MutexGuard<'_, HashMap<ClipId, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, clip: ClipId) -> Place {
        let made = || Place {
            arrived: Arc::default(),
            asked: watch::Sender::new(0),
            known: Arc::default(),
        };
        self.places().entry(clip).or_insert_with(made).clone()
    }

    /// Notes that a request about a clip arrived; nobody is ended by that.
    pub(super) fn arrive(self: &Arc<Self>, clip: ClipId) -> Arrival {
        let place = self.place(clip);
        let mine = place.next();
        Arrival {
            place,
            mine,
            tidy: Tidy(Arc::clone(self), clip),
        }
    }

    /// Takes the turn if nobody has it.
    pub(super) fn take_if_free(self: &Arc<Self>, clip: ClipId) -> Option<Turn> {
        let place = self.place(clip);
        let known = place.known.try_lock_owned().ok()?;
        let asked = place.asked.subscribe();
        let mine = *asked.borrow();
        Some(Turn {
            known,
            mine,
            asked,
            _tidy: Tidy(Arc::clone(self), clip),
        })
    }

    /// Ends whatever request has the turn, and all that arrived.
    pub(super) fn end(&self, clip: ClipId) {
        if let Some(place) = self.places().get(&clip) {
            place.ask(place.next());
        }
    }
}

impl Place {
    /// Arrivals are counted from 1.
    fn next(&self) -> u64 {
        self.arrived.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether nobody who arrived later asked before.
    fn ask(&self, mine: u64) -> bool {
        self.asked.send_if_modified(|asked| {
            let first = *asked < mine;
            *asked = mine.max(*asked);
            first
        })
    }
}

impl Arrival {
    /// Takes the turn: whoever arrived earlier ends at once.
    pub(super) async fn take(self) -> Result<Turn, TakenOver> {
        // What was forgotten last lets go last.
        let Self { tidy, place, mine } = self;
        if !place.ask(mine) {
            drop(place);
            return Err(TakenOver);
        }
        let mut asked = place.asked.subscribe();
        let known = tokio::select! {
            biased;
            _ = asked.wait_for(|asked| *asked != mine) => Err(TakenOver),
            known = place.known.lock_owned() => Ok(known),
        };
        Ok(Turn {
            known: known?,
            mine,
            asked,
            _tidy: tidy,
        })
    }
}

impl Turn {
    /// Ready once a newer request took over, or the clip was taken back.
    pub(super) async fn taken_over(&mut self) {
        let mine = self.mine;
        // The turns outlive every turn, so the wait can only end by the value.
        _ = self.asked.wait_for(|asked| *asked != mine).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> (Arc<Turns>, ClipId) {
        (Arc::default(), ClipId(uuid::Uuid::from_bytes([7; 16])))
    }

    #[tokio::test]
    async fn me15_who_arrived_earlier_and_asks_later_does_not_get_the_turn() {
        let (turns, clip) = turns();
        let (cut, asks) = (turns.arrive(clip), turns.arrive(clip));
        drop(asks.take().await.expect("it is free"));
        assert!(cut.take().await.is_err());
        assert!(turns.places().is_empty());
    }

    #[tokio::test]
    async fn me15_who_arrived_later_ends_who_has_the_turn() {
        let (turns, clip) = turns();
        let mut older = turns.arrive(clip).take().await.expect("it is free");
        let newer = tokio::spawn(turns.arrive(clip).take());
        older.taken_over().await;
        drop(older);
        drop(newer.await.expect("it runs").expect("it is free again"));
        assert!(turns.places().is_empty());
    }

    #[tokio::test]
    async fn me15_what_was_ended_takes_in_nothing_that_arrived_before() {
        let (turns, clip) = turns();
        let arrived = turns.arrive(clip);
        turns.end(clip);
        assert!(arrived.take().await.is_err());
        assert!(turns.arrive(clip).take().await.is_ok());
    }
}
