//! Who watches what, and what happens when it changes.
//!
//! A change marks: what read the value is stale, what read a memo of it is in doubt, and effects among these are put in
//! a queue. Nothing is worked out then. A memo does its work when it is looked at and an effect when its turn comes,
//! each only where something it read really came out differently.

use super::places::{Anything, Name, Owned, State, Work};
use crate::browser;
use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

thread_local! {
    /// The memo or effect that is doing its work and hears of changes in what it reads.
    static WATCHER: Cell<Option<Name>> = const { Cell::new(None) };
    /// Whose is what is made now.
    static OWNER: Cell<Option<Name>> = const { Cell::new(None) };
    /// Effects that wait for their turn.
    static WAITING: RefCell<VecDeque<Name>> = const { RefCell::new(VecDeque::new()) };
    /// Whether a turn is on its way.
    static COMES: Cell<bool> = const { Cell::new(false) };
}

/// Puts back what was there before.
struct Before(&'static std::thread::LocalKey<Cell<Option<Name>>>, Option<Name>);

impl Drop for Before {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

/// Does something that watches nothing.
pub fn untrack<R>(act: impl FnOnce() -> R) -> R {
    let _before = Before(&WATCHER, WATCHER.replace(None));
    act()
}

/// Someone with whom goes what is made under them: a document, a whole page, what outlives pages.
pub struct Owner(Name);

impl Owner {
    /// One of their own, owned by nobody.
    #[expect(clippy::new_without_default, reason = "it is somebody, not a value")]
    pub fn new() -> Self {
        Self(Name::new(None, None))
    }
    /// What is made meanwhile is theirs.
    pub fn with<R>(&self, make: impl FnOnce() -> R) -> R {
        let _owner = Before(&OWNER, OWNER.replace(Some(self.0)));
        untrack(make)
    }
    /// Ends what they own.
    pub fn cleanup(&self) {
        self.0.end_owned();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.free();
    }
}

/// Does something when the page goes that is being drawn.
pub fn on_cleanup(act: impl FnOnce() + 'static) {
    own(Owned::Cleanup(Box::new(act)));
}

/// A value for whoever is drawn inside what is being drawn; of each type one, the innermost.
pub fn provide_context(value: impl Any) {
    own(Owned::Context(Rc::new(value)));
}

fn own(owned: Owned) {
    if let Some(owner) = OWNER.get() {
        owner.own(owned);
    }
}

/// The value of this type that somebody around provided.
pub fn use_context<T: Any + Clone>() -> Option<T> {
    let mut found = None;
    search(&mut |value| {
        found = value.downcast_ref().cloned();
        found.is_some()
    });
    found
}

/// The same, where it is always provided.
pub fn expect_context<T: Any + Clone>() -> T {
    use_context().expect("the app provides it")
}

fn search(is_it: &mut dyn FnMut(&dyn Any) -> bool) {
    let mut owner = OWNER.get();
    while let Some(place) = owner.and_then(Name::place) {
        let has = place.owns.borrow().iter().rev().any(|owned| match owned {
            Owned::Context(value) => is_it(&**value),
            _ => false,
        });
        if has {
            return;
        }
        owner = place.owner.get();
    }
}

/// A value that whoever is drawing owns.
pub(super) fn value(value: Box<dyn Any>) -> Name {
    Name::new(OWNER.get(), Some(value))
}

/// A value that is worked out when it is looked at.
pub(super) fn memo(work: Work) -> Name {
    let name = Name::new(OWNER.get(), None);
    if let Some(place) = name.place() {
        place.work.replace(Some(work));
        place.state.set(State::Stale);
    }
    name
}

/// Work that is done again after what it read has changed. The first time it has to be asked for.
pub(super) fn effect(work: Work) -> Name {
    let name = memo(work);
    if let Some(place) = name.place() {
        place.is_effect.set(true);
    }
    name
}

/// Lets it do its work when its turn comes.
pub(super) fn wait_for_turn(effect: Name) {
    WAITING.with_borrow_mut(|waiting| waiting.push_back(effect));
    // Later, not now: who changed a value goes on to the end first.
    if browser::IS_HERE && !COMES.replace(true) {
        browser::spawn_local(async { run_effects() });
    }
}

/// Lets every effect that waits do its work, until none waits.
pub(super) fn run_effects() {
    while let Some(effect) = WAITING.with_borrow_mut(VecDeque::pop_front) {
        effect.bring_up_to_date();
    }
    COMES.set(false);
}

impl Name {
    /// Who is doing its work now hears of changes.
    pub(super) fn watch(self) {
        self.bring_up_to_date();
        let (Some(place), Some(watcher)) = (self.place(), WATCHER.get()) else {
            return;
        };
        if let Some(watching) = watcher.place() {
            let mut sources = watching.sources.borrow_mut();
            if !sources.contains(&self) {
                sources.push(self);
                place.watchers.borrow_mut().push(watcher);
            }
        }
    }

    /// Does its work, where it has any and must.
    pub(super) fn bring_up_to_date(self) {
        let Some(place) = self.place() else {
            return;
        };
        if place.state.get() == State::Doubtful {
            let sources = place.sources.borrow().clone();
            for source in sources {
                source.bring_up_to_date();
                if place.state.get() == State::Stale {
                    break;
                }
            }
        }
        // Unless it went with what a source did.
        if self.place().is_some()
            && place.state.replace(State::Fresh) == State::Stale
            && let Some(new) = self.work()
        {
            self.swap(Some(new));
            self.tell();
        }
    }

    /// Answers what came out, where it differs.
    fn work(self) -> Anything {
        let place = self.place()?;
        let mut work = place.work.take()?;
        self.end_owned();
        self.forget_sources();
        // Taken out, so that the work may look at what it likes.
        let old = self.swap(None);
        let new = {
            let _owner = Before(&OWNER, OWNER.replace(Some(self)));
            let _watcher = Before(&WATCHER, WATCHER.replace(Some(self)));
            work(old.as_deref())
        };
        // Unless the page went meanwhile.
        self.swap(old);
        self.place()?.work.replace(Some(work));
        new
    }

    /// Those who read it must work again.
    pub(super) fn tell(self) {
        self.mark_watchers(State::Stale);
    }

    fn mark_watchers(self, state: State) {
        let watchers = self.place().map(|place| place.watchers.borrow().clone());
        for watcher in watchers.into_iter().flatten() {
            watcher.mark(state);
        }
    }

    fn mark(self, state: State) {
        let Some(place) = self.place() else {
            return;
        };
        let before = place.state.get();
        place.state.set(before.max(state));
        if before != State::Fresh {
            return;
        }
        if place.is_effect.get() {
            wait_for_turn(self);
        } else {
            self.mark_watchers(State::Doubtful);
        }
    }
}
