//! Values that pages watch: the same words as Leptos' signals, compiled once instead of once per type.
//!
//! A signal of Leptos is generic all the way down, and every type a page keeps in one costs the phone three to six
//! kilobytes of code. Here a place that holds anything ([`places`]) and one [`Trigger`] carry all of them; only the few
//! lines that look inside know the type. Everything is `Copy` and for one thread: the browser's, or the one on which
//! the server draws a document.

mod places;

use leptos::prelude::{Effect as LeptosEffect, Get, Memo as LeptosMemo, Notify, Owner, Track, Trigger};
use places::Name;
use std::{any::Any, marker::PhantomData, ops::Deref, rc::Rc};

/// Everything here is a name for something that lies in a place.
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
is_copy!(Watched RwSignal Signal Memo StoredValue);

const GONE: &str = "a signal was read after its page had gone";

/// Once for each type, not once for each look.
#[inline(never)]
fn cast<T: 'static>(value: &dyn Any) -> &T {
    value.downcast_ref().expect(GONE)
}

#[inline(never)]
fn cast_mut<T: 'static>(value: &mut dyn Any) -> &mut T {
    value.downcast_mut().expect(GONE)
}

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

/// A value of some type, with how one hears of it.
#[derive(Clone, Copy)]
struct Watching {
    name: Name,
    told: Told,
}

impl Watching {
    fn watch(self) -> std::cell::Ref<'static, dyn Any> {
        self.told.track();
        self.name.look().expect(GONE)
    }

    fn look_once(self) -> std::cell::Ref<'static, dyn Any> {
        self.told.bring_up_to_date();
        self.name.look().expect(GONE)
    }
}

/// What signals and memos have in common: a value that can be read and watched.
pub struct Watched<T: 'static> {
    watching: Watching,
    of: PhantomData<fn() -> T>,
}

/// A signal that only its owner changes.
pub type ReadSignal<T> = Watched<T>;

impl<T: 'static> Watched<T> {
    /// Looks at the value; what is drawn from it is drawn again when it changes.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(cast(&*self.watching.watch()))
    }
    /// Looks at the value once.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(cast(&*self.watching.look_once()))
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
        self.watching.name.look().map(|value| cast::<T>(&*value).clone())
    }
    /// Watches without looking.
    pub fn track(&self) {
        self.watching.told.track();
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

/// Replaces a value and tells of it. Whether the page is still there.
fn replace(name: Name, trigger: Trigger, value: Box<dyn Any>) -> bool {
    let is_there = name.swap(Some(value)).is_some();
    if is_there {
        trigger.notify();
    }
    is_there
}

impl<T: 'static> RwSignal<T> {
    /// A signal that belongs to the page being drawn.
    pub fn new(value: T) -> Self {
        Self::of(Box::new(value))
    }
    fn of(value: Box<dyn Any>) -> Self {
        let trigger = Trigger::new();
        let told = Told::ByTrigger(trigger);
        Self {
            read: Watched {
                watching: Watching {
                    name: Name::new(Some(value)),
                    told,
                },
                of: PhantomData,
            },
            trigger,
        }
    }
    /// A signal that outlives every page.
    pub fn lasting(value: T) -> Self {
        let forever = Owner::default();
        let signal = forever.with(|| Self::new(value));
        std::mem::forget(forever);
        signal
    }
    /// Replaces the value.
    pub fn set(&self, value: T) {
        self.try_set(value);
    }
    /// Replaces the value, unless the page has gone: then it answers no.
    pub fn try_set(&self, value: T) -> bool {
        replace(self.read.watching.name, self.trigger, Box::new(value))
    }
    /// Changes the value in place.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        self.maybe_update(|value| {
            change(value);
            true
        });
    }
    /// Changes the value in place without telling anybody.
    pub fn update_untracked(&self, change: impl FnOnce(&mut T)) {
        self.maybe_update(|value| {
            change(value);
            false
        });
    }
    /// Changes the value in place; only where that answers yes does anybody hear of it.
    pub fn maybe_update(&self, change: impl FnOnce(&mut T) -> bool) {
        if self
            .read
            .watching
            .name
            .change()
            .is_some_and(|mut value| change(cast_mut(&mut *value)))
        {
            self.trigger.notify();
        }
    }
    /// Only for reading.
    pub fn read_only(&self) -> ReadSignal<T> {
        self.read
    }
}

type Read<T> = Rc<dyn Fn() -> T>;

/// A value that can be read and watched, wherever it comes from.
pub struct Signal<T: 'static>(StoredValue<Read<T>>);

impl<T: 'static> Signal<T> {
    /// A value that is worked out each time it is read.
    pub fn derive(read: impl Fn() -> T + 'static) -> Self {
        Self(StoredValue::new(Rc::new(read)))
    }
    /// The value, watched.
    pub fn get(&self) -> T {
        self.0.get_value()()
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

impl<T: Clone + 'static> From<ReadSignal<T>> for Signal<T> {
    fn from(signal: ReadSignal<T>) -> Self {
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
        let name = Name::new(None);
        let version = version(Box::new(move || {
            // Taken out, so that `work` may read what it likes.
            let old = name.swap(None);
            let old = old.as_deref().map(cast);
            let new = work(old);
            let differs = old != Some(&new);
            name.swap(Some(Box::new(new)));
            differs
        }));
        let told = Told::ByVersion(version);
        Self(Watched {
            watching: Watching { name, told },
            of: PhantomData,
        })
    }
}

/// A value that nobody watches.
pub struct StoredValue<T: 'static>(Name, PhantomData<fn() -> T>);

impl<T: 'static> StoredValue<T> {
    /// Kept as long as the page being drawn.
    pub fn new(value: T) -> Self {
        Self(Name::new(Some(Box::new(value))), PhantomData)
    }
    /// Looks at it.
    pub fn with_value<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(cast(&*self.0.look().expect(GONE)))
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
        self.0.swap(Some(Box::new(value)));
    }
    /// Changes it in place.
    pub fn update_value(&self, change: impl FnOnce(&mut T)) {
        self.try_update_value(change);
    }
    /// Changes it in place, and answers.
    pub fn try_update_value<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.change().map(|mut value| change(cast_mut(&mut *value)))
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

#[cfg(test)]
mod tests {
    use super::{Memo, RwSignal, StoredValue};
    use leptos::prelude::Owner;
    use std::rc::Rc;

    #[test]
    fn a_page_that_goes_takes_its_values_along() {
        let value = Rc::new(());
        let page = Owner::default();
        let (signal, stored) = page.with(|| {
            (
                RwSignal::new(Rc::clone(&value)),
                StoredValue::new(Rc::clone(&value)),
            )
        });
        assert!(signal.try_set(Rc::clone(&value)));
        assert_eq!(Rc::strong_count(&value), 3);
        drop(page);
        assert_eq!(Rc::strong_count(&value), 1);
        assert!(!signal.try_set(Rc::clone(&value)));
        assert_eq!(signal.try_get_untracked(), None);
        assert_eq!(stored.try_update_value(|_| ()), None);
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn a_name_of_a_page_that_went_finds_nothing_of_the_next() {
        let first = Owner::default();
        let old: Vec<RwSignal<u8>> = first.with(|| (0..9).map(RwSignal::new).collect());
        drop(first);
        let second = Owner::default();
        let new: Vec<RwSignal<u8>> = second.with(|| (10..30).map(RwSignal::new).collect());
        for signal in old {
            assert_eq!(signal.try_get_untracked(), None);
            assert!(!signal.try_set(0));
            signal.update(|value| *value = 0);
        }
        assert!(new.iter().map(|signal| signal.get_untracked()).eq(10..30));
    }

    #[test]
    fn what_looks_while_its_page_goes_looks_to_the_end() {
        let page = Owner::default();
        let signal = page.with(|| RwSignal::new("here".to_owned()));
        signal.with_untracked(|words| {
            page.cleanup();
            assert_eq!(words, "here");
        });
        assert_eq!(signal.try_get_untracked(), None);
        let next = Owner::default();
        assert_eq!(next.with(|| RwSignal::new(1)).get_untracked(), 1);
    }

    #[test]
    fn a_lasting_signal_outlives_the_page_that_made_it() {
        let page = Owner::default();
        let signal = page.with(|| RwSignal::lasting(1));
        drop(page);
        signal.set(2);
        assert_eq!(signal.get_untracked(), 2);
    }

    #[test]
    fn a_memo_follows_and_knows_what_it_was() {
        let page = Owner::default();
        page.with(|| {
            let of = RwSignal::new(1_u32);
            let sum = Memo::new(move |before: Option<&u32>| before.copied().unwrap_or(0) + of.get());
            let twice = Memo::new(move |_| 2 * sum.get());
            assert_eq!(twice.get_untracked(), 2);
            of.set(5);
            assert_eq!(twice.get_untracked(), 12);
            assert_eq!(sum.get_untracked(), 6);
        });
    }
}
