//! Where everything lies that pages watch: places in memory that hold anything, named by a number, each used again once
//! the page it was for has gone.
//!
//! A place is a value, or what works a value out (a memo), or what happens when values change (an effect), or an owner,
//! with whom all it owns goes. Memos and effects own what is made while they run. Code that looks at a value is
//! compiled once for each type, everything else once.

use std::{
    any::Any,
    cell::{Cell, Ref, RefCell, RefMut},
    rc::Rc,
};

/// A value of any type, or none.
pub(super) type Anything = Option<Box<dyn Any>>;

/// Gets what came out before, and answers what comes out now where that differs.
pub(super) type Work = Box<dyn FnMut(Option<&dyn Any>) -> Anything>;

/// Whether the work must be done again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// No.
    Fresh,
    /// If one of the memos it read comes out differently.
    Doubtful,
    /// Yes.
    Stale,
}

/// What goes with its owner.
pub(super) enum Owned {
    Place(Name),
    /// Something to be done then.
    Cleanup(Box<dyn FnOnce()>),
    /// A value for whoever is drawn inside.
    Context(Rc<dyn Any>),
}

/// One place. It is never given back to the system: the next page has it.
pub(super) struct Place {
    /// Which use this is; a name from an earlier one finds nothing.
    turn: Cell<u32>,
    holds: RefCell<Anything>,
    /// What read it, in the order of reading.
    pub(super) watchers: RefCell<Vec<Name>>,
    /// What it read the last time its work was done.
    pub(super) sources: RefCell<Vec<Name>>,
    /// None for a value, and while it is being done.
    pub(super) work: RefCell<Option<Work>>,
    pub(super) state: Cell<State>,
    pub(super) is_effect: Cell<bool>,
    /// The owner.
    pub(super) owner: Cell<Option<Name>>,
    pub(super) owns: RefCell<Vec<Owned>>,
}

thread_local! {
    /// All that were ever in use at the same time.
    static PLACES: RefCell<Vec<&'static Place>> = const { RefCell::new(Vec::new()) };
    static FREE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The name of a place, for as long as its owner lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    number: u32,
    turn: u32,
}

fn at(number: u32) -> Option<&'static Place> {
    PLACES.with_borrow(|places| places.get(number as usize).copied())
}

impl Name {
    /// A place with this value, that is there until it is freed.
    pub(super) fn new(owner: Option<Self>, value: Anything) -> Self {
        let number = FREE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            PLACES.with_borrow_mut(|places| {
                places.push(Box::leak(Box::new(Place {
                    turn: Cell::new(0),
                    holds: RefCell::new(None),
                    watchers: RefCell::new(Vec::new()),
                    sources: RefCell::new(Vec::new()),
                    work: RefCell::new(None),
                    state: Cell::new(State::Fresh),
                    is_effect: Cell::new(false),
                    owner: Cell::new(None),
                    owns: RefCell::new(Vec::new()),
                })));
                u32::try_from(places.len()).unwrap_or_default().wrapping_sub(1)
            })
        });
        let turn = at(number).map_or(0, |place| {
            place.holds.replace(value);
            place.owner.set(owner);
            place.turn.get()
        });
        let name = Self { number, turn };
        if let Some(owner) = owner {
            owner.own(Owned::Place(name));
        }
        name
    }

    /// The place; none once it was freed.
    pub(super) fn place(self) -> Option<&'static Place> {
        at(self.number).filter(|place| place.turn.get() == self.turn)
    }

    /// What lies there; none once it was freed.
    pub(super) fn look(self) -> Option<Ref<'static, dyn Any>> {
        Ref::filter_map(self.place()?.holds.borrow(), |holds| holds.as_deref()).ok()
    }

    /// The same, to be changed.
    pub(super) fn change(self) -> Option<RefMut<'static, dyn Any>> {
        RefMut::filter_map(self.place()?.holds.borrow_mut(), |holds| holds.as_deref_mut()).ok()
    }

    /// Puts a value there, or none, and answers what was there. Where the place was freed the value goes as well.
    pub(super) fn swap(self, value: Anything) -> Anything {
        self.place()?.holds.replace(value)
    }

    /// It goes when this one goes, or does its work again.
    pub(super) fn own(self, owned: Owned) {
        if let Some(place) = self.place() {
            place.owns.borrow_mut().push(owned);
        }
    }

    /// Ends all it owns. First what is to be done then, which may still look at every value.
    pub(super) fn end_owned(self) {
        let Some(place) = self.place() else {
            return;
        };
        let mut places = Vec::new();
        for owned in place.owns.take() {
            match owned {
                Owned::Place(name) => {
                    name.end_owned();
                    places.push(name);
                }
                Owned::Cleanup(act) => act(),
                Owned::Context(_) => {}
            }
        }
        places.into_iter().for_each(Self::free);
    }

    /// Stops watching what it read.
    pub(super) fn forget_sources(self) {
        let Some(place) = self.place() else {
            return;
        };
        for source in place.sources.take() {
            if let Some(source) = source.place() {
                let mut watchers = source.watchers.borrow_mut();
                if let Some(at) = watchers.iter().position(|watcher| *watcher == self) {
                    watchers.remove(at);
                }
            }
        }
    }

    /// Ends it and all it owns; the place is for another.
    pub(super) fn free(self) {
        self.end_owned();
        self.forget_sources();
        let Some(place) = self.place() else {
            return;
        };
        place.turn.set(place.turn.get().wrapping_add(1));
        place.watchers.take();
        place.state.set(State::Fresh);
        place.is_effect.set(false);
        let work = place.work.take();
        // Who looks at it while the page goes may go on to the end; that place is then never used again.
        if let Ok(mut holds) = place.holds.try_borrow_mut() {
            let gone = holds.take();
            drop(holds);
            FREE.with_borrow_mut(|free| free.push(self.number));
            drop(gone);
        }
        drop(work);
    }
}
