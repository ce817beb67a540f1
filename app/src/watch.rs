//! Values that pages watch: the same words as Leptos' signals, compiled once instead of once per type.
//!
//! A signal of Leptos is generic all the way down, and every type a page keeps in one costs the phone three to six
//! kilobytes of code. Here one arena entry that holds anything and one [`Trigger`] carry all of them; only the few
//! lines that look inside know the type. Everything is `Copy` and for one thread: the browser's, or the one on which
//! the server draws a document.

use leptos::prelude::{
    Effect as LeptosEffect, Get, GetValue, LocalStorage, Memo as LeptosMemo, Notify, StoredValue as Kept,
    Track, Trigger,
};
use std::{any::Any, cell::RefCell, marker::PhantomData, ops::Deref, rc::Rc};

/// The arena's one type of entry.
type Anything = Rc<dyn Any>;

/// Everything here is a name for something in the arena.
macro_rules! is_copy {
    ($($name:ident)*) => {$(
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<T> Copy for $name<T> {}
    )*};
}
is_copy!(Slot Watched RwSignal Signal Memo StoredValue);

/// A value of any type in the arena of the page that made it; it goes when the page goes.
struct Slot<T: 'static> {
    kept: Kept<Anything, LocalStorage>,
    of: PhantomData<fn() -> T>,
}

fn keep(value: Anything) -> Kept<Anything, LocalStorage> {
    Kept::new_local(value)
}

fn kept(slot: Kept<Anything, LocalStorage>) -> Option<Anything> {
    slot.try_get_value()
}

impl<T: 'static> Slot<T> {
    fn new(value: T) -> Self {
        Self::with_or_without(Some(value))
    }

    fn with_or_without(value: Option<T>) -> Self {
        Self {
            kept: keep(Rc::new(RefCell::new(value))),
            of: PhantomData,
        }
    }

    fn look<R>(self, with: impl FnOnce(&T) -> R) -> Option<R> {
        let found = kept(self.kept)?;
        let found: &RefCell<Option<T>> = found.downcast_ref()?;
        let now = found.borrow();
        now.as_ref().map(with)
    }

    fn change<R>(self, with: impl FnOnce(&mut T) -> R) -> Option<R> {
        let found = kept(self.kept)?;
        let found: &RefCell<Option<T>> = found.downcast_ref()?;
        let mut now = found.borrow_mut();
        now.as_mut().map(with)
    }

    /// Puts a value in, or none, and takes the one before out.
    fn swap(self, value: Option<T>) -> Option<T> {
        let found = kept(self.kept)?;
        let found: &RefCell<Option<T>> = found.downcast_ref()?;
        found.replace(value)
    }
}

const GONE: &str = "a signal was read after its page had gone";

/// How who watches a value hears of it.
#[derive(Clone, Copy)]
enum Told {
    /// Whoever changes it says so.
    ByTrigger(Trigger),
    /// It is worked out from others, and this counts how often it came out differently.
    ByVersion(LeptosMemo<u32>),
}

impl Told {
    fn track(self) {
        match self {
            Self::ByTrigger(trigger) => trigger.track(),
            Self::ByVersion(version) => _ = version.get(),
        }
    }

    /// Sees to it that the value is the present one, without watching it.
    fn bring_up_to_date(self) {
        if let Self::ByVersion(version) = self {
            leptos::prelude::untrack(|| version.get());
        }
    }
}

/// What signals and memos have in common: a value that can be read and watched.
pub struct Watched<T: 'static> {
    slot: Slot<T>,
    told: Told,
}

impl<T: 'static> Watched<T> {
    /// Looks at the value; what is drawn from it is drawn again when it changes.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.told.track();
        self.slot.look(look).expect(GONE)
    }
    /// Looks at the value once.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.told.bring_up_to_date();
        self.slot.look(look).expect(GONE)
    }
    /// The value, watched.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }
    /// The value, once.
    pub fn get_untracked(&self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }
    /// The value, once; none where the page has gone.
    pub fn try_get_untracked(&self) -> Option<T>
    where
        T: Clone,
    {
        self.slot.look(T::clone)
    }
    /// Watches without looking.
    pub fn track(&self) {
        self.told.track();
    }
}

/// A value that can be read, changed and watched.
pub struct RwSignal<T: 'static> {
    read: Watched<T>,
    trigger: Trigger,
}

impl<T> Deref for RwSignal<T> {
    type Target = Watched<T>;

    fn deref(&self) -> &Watched<T> {
        &self.read
    }
}

impl<T: 'static> RwSignal<T> {
    /// A signal that belongs to the page being drawn.
    pub fn new(value: T) -> Self {
        let trigger = Trigger::new();
        Self {
            read: Watched {
                slot: Slot::new(value),
                told: Told::ByTrigger(trigger),
            },
            trigger,
        }
    }
    /// Replaces the value.
    pub fn set(&self, value: T) {
        _ = self.try_set(value);
    }
    /// Replaces the value; gives it back where the page has gone.
    pub fn try_set(&self, value: T) -> Option<T> {
        let mut value = Some(value);
        self.read.slot.change(|now| {
            if let Some(value) = value.take() {
                *now = value;
            }
        });
        if value.is_none() {
            self.trigger.notify();
        }
        value
    }
    /// Changes the value in place.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        if self.read.slot.change(change).is_some() {
            self.trigger.notify();
        }
    }
    /// Changes the value in place without telling anybody.
    pub fn update_untracked(&self, change: impl FnOnce(&mut T)) {
        self.read.slot.change(change);
    }
    /// Changes the value in place; only where that answers yes does anybody hear of it.
    pub fn maybe_update(&self, change: impl FnOnce(&mut T) -> bool) {
        if self.read.slot.change(change) == Some(true) {
            self.trigger.notify();
        }
    }
    /// Only for reading.
    pub fn read_only(&self) -> Signal<T>
    where
        T: Clone,
    {
        Signal::from(*self)
    }
}

type Read<T> = Rc<dyn Fn() -> T>;

/// A value that can be read and watched, wherever it comes from.
pub struct Signal<T: 'static> {
    slot: Slot<Read<T>>,
}

/// The same.
pub type ReadSignal<T> = Signal<T>;

impl<T: 'static> Signal<T> {
    /// A value that is worked out each time it is read.
    pub fn derive(read: impl Fn() -> T + 'static) -> Self {
        Self {
            slot: Slot::new(Rc::new(read)),
        }
    }
    /// The value, watched.
    pub fn get(&self) -> T {
        self.slot.look(Rc::clone).expect(GONE)()
    }
    /// The value, once.
    pub fn get_untracked(&self) -> T {
        leptos::prelude::untrack(|| self.get())
    }
    /// Looks at the value, watched.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.get())
    }
    /// Looks at the value once.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.get_untracked())
    }
}

impl<T: Clone + 'static> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::derive(move || signal.get())
    }
}

impl<T: Clone + 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::derive(move || memo.get())
    }
}

/// A value worked out from others, that tells who watches only when it really changed.
pub struct Memo<T: 'static>(Watched<T>);

impl<T> Deref for Memo<T> {
    type Target = Watched<T>;

    fn deref(&self) -> &Watched<T> {
        &self.0
    }
}

type Version = Box<dyn Fn(Option<&u32>) -> u32 + Send + Sync>;

/// Counts how often `work` says that the value came out differently.
fn version(work: Box<dyn Fn() -> bool>) -> LeptosMemo<u32> {
    let work = leptos::__reexports::send_wrapper::SendWrapper::new(work);
    let next: Version = Box::new(move |before| before.copied().unwrap_or(0) + u32::from(work()));
    LeptosMemo::new(next)
}

impl<T: PartialEq + 'static> Memo<T> {
    /// `work` gets the value before.
    pub fn new(work: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let slot = Slot::with_or_without(None);
        let version = version(Box::new(move || {
            // Taken out, so that `work` may read what it likes.
            let old: Option<T> = slot.swap(None);
            let new = Some(work(old.as_ref()));
            let differs = old != new;
            slot.swap(new);
            differs
        }));
        Self(Watched {
            slot,
            told: Told::ByVersion(version),
        })
    }
}

/// A value that nobody watches.
pub struct StoredValue<T: 'static>(Slot<T>);

impl<T: 'static> StoredValue<T> {
    /// Kept as long as the page being drawn.
    pub fn new(value: T) -> Self {
        Self(Slot::new(value))
    }
    /// Looks at it.
    pub fn with_value<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.0.look(look).expect(GONE)
    }
    /// A copy.
    pub fn get_value(&self) -> T
    where
        T: Clone,
    {
        self.with_value(T::clone)
    }
    /// Replaces it.
    pub fn set_value(&self, value: T) {
        self.0.change(|now| *now = value);
    }
    /// Changes it in place.
    pub fn update_value(&self, change: impl FnOnce(&mut T)) {
        self.0.change(change);
    }
    /// Changes it in place, and answers.
    pub fn try_update_value<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.change(change)
    }
}

/// Something that happens in the browser when what it reads has changed.
pub struct Effect;

impl Effect {
    /// Runs once the page is drawn, and again after each change.
    #[expect(
        clippy::new_ret_no_self,
        reason = "it is called as Leptos' own is, which a page may also use"
    )]
    pub fn new<F, M>(run: F)
    where
        F: Run<M>,
    {
        run.start();
    }
}

/// What [`Effect::new`] takes: `|| …`, or `|before| …` with what it answered the time before.
pub trait Run<M> {
    /// Starts it.
    fn start(self);
}

impl<F: FnMut() + 'static> Run<()> for F {
    fn start(self) {
        start_effect(Box::new(self));
    }
}

impl<T: 'static, F: FnMut(Option<T>) -> T + 'static> Run<(T,)> for F {
    fn start(mut self) {
        let mut before = None;
        start_effect(Box::new(move || before = Some(self(before.take()))));
    }
}

fn start_effect(run: Box<dyn FnMut()>) {
    LeptosEffect::new(run);
}
