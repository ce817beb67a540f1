//! One upload, one request: a newer request for the same clip ends the older one (ME15).

use domain::id::ClipId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as TurnMutex, OwnedMutexGuard, watch};

/// The turns of all clips that bytes are coming for.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<ClipId, Place>>);

#[derive(Clone)]
struct Place {
    /// How many requests asked for the turn; the last of them has it.
    asked: watch::Sender<u64>,
    known: Arc<TurnMutex<Known>>,
}

/// What is known of the bytes of an upload between two requests.
#[derive(Default)]
pub(super) struct Known {
    /// How many bytes surely are on the disk; `None` when that is to be found out.
    pub(super) synced: Option<u64>,
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
            asked: watch::Sender::new(0),
            known: Arc::default(),
        };
        self.places().entry(clip).or_insert_with(made).clone()
    }

    /// Takes the turn: whoever has it ends at once.
    pub(super) async fn take(self: &Arc<Self>, clip: ClipId) -> Result<Turn, TakenOver> {
        let place = self.place(clip);
        let mut mine = 0;
        place.asked.send_modify(|asked| {
            *asked += 1;
            mine = *asked;
        });
        let mut asked = place.asked.subscribe();
        let known = tokio::select! {
            biased;
            _ = asked.wait_for(|asked| *asked != mine) => return Err(TakenOver),
            known = place.known.lock_owned() => known,
        };
        Ok(Turn {
            known,
            mine,
            asked,
            _tidy: Tidy(Arc::clone(self), clip),
        })
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

    /// Ends whatever request has the turn.
    pub(super) fn end(&self, clip: ClipId) {
        if let Some(place) = self.places().get(&clip) {
            place.asked.send_modify(|asked| *asked += 1);
        }
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
