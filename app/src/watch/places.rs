//! Where values lie that pages watch: places in memory that hold anything, named by a number, each used again once the
//! page it was for has gone.
//!
//! Leptos has an arena as well. But to reach what lies there, every type and every closure that looks at it costs a
//! quarter of a kilobyte, and pages look hundreds of times; here that is one call, and one cast for each type.

use leptos::reactive::owner::{ArenaItem, LocalStorage};
use std::{
    any::Any,
    cell::{Cell, Ref, RefCell, RefMut},
};

/// A value of any type, or none.
type Anything = Option<Box<dyn Any>>;

/// One place. It is never given back to the system: the next page has it.
struct Place {
    /// Which use this is; a name from an earlier one finds nothing.
    turn: Cell<u32>,
    holds: RefCell<Anything>,
}

thread_local! {
    /// All that were ever in use at the same time.
    static PLACES: RefCell<Vec<&'static Place>> = const { RefCell::new(Vec::new()) };
    static FREE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The name of a place, for as long as the page lasts that took it.
#[derive(Clone, Copy)]
pub(super) struct Name {
    number: u32,
    turn: u32,
}

/// What the page holds: when it goes, the place is free.
struct Lease(u32);

fn at(number: u32) -> Option<&'static Place> {
    PLACES.with_borrow(|places| places.get(number as usize).copied())
}

impl Name {
    /// A place for the page being drawn.
    pub(super) fn new(value: Anything) -> Self {
        let number = FREE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            PLACES.with_borrow_mut(|places| {
                places.push(Box::leak(Box::new(Place {
                    turn: Cell::new(0),
                    holds: RefCell::new(None),
                })));
                u32::try_from(places.len()).unwrap_or_default().wrapping_sub(1)
            })
        });
        _ = ArenaItem::<Lease, LocalStorage>::new_local(Lease(number));
        let turn = at(number).map_or(0, |place| {
            place.holds.replace(value);
            place.turn.get()
        });
        Self { number, turn }
    }

    fn place(self) -> Option<&'static Place> {
        at(self.number).filter(|place| place.turn.get() == self.turn)
    }

    /// What lies there; none where the page has gone.
    pub(super) fn look(self) -> Option<Ref<'static, dyn Any>> {
        Ref::filter_map(self.place()?.holds.borrow(), |holds| holds.as_deref()).ok()
    }

    /// The same, to be changed.
    pub(super) fn change(self) -> Option<RefMut<'static, dyn Any>> {
        RefMut::filter_map(self.place()?.holds.borrow_mut(), |holds| holds.as_deref_mut()).ok()
    }

    /// Puts a value there, or none, and answers what was there. Where the page has gone the value goes as well.
    pub(super) fn swap(self, value: Anything) -> Anything {
        self.place()?.holds.replace(value)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(place) = at(self.0) else {
            return;
        };
        place.turn.set(place.turn.get().wrapping_add(1));
        // Who looks at it while the page goes may go on to the end; that place is then never used again.
        if let Ok(mut holds) = place.holds.try_borrow_mut() {
            let gone = holds.take();
            drop(holds);
            FREE.with_borrow_mut(|free| free.push(self.0));
            drop(gone);
        }
    }
}
