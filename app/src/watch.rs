//! Values that pages watch: the same words as Leptos' signals, compiled once instead of once per type.
//!
//! A signal of Leptos is generic all the way down, and every type a page keeps in one costs the phone three to six
//! kilobytes of code; its graph of who watches what is made for many threads, and costs a teller ten more. Here places
//! that hold anything ([`places`]) and one small graph ([`graph`]) carry all; only the few lines that look inside know
//! the type. Everything is for one thread, the browser's or the one on which the server draws a document, and what
//! pages hold is `Copy`. Leptos stays for what it does well here: its build, and chunks that are fetched when they are
//! needed.

mod graph;
mod places;

use crate::browser::IS_HERE;
pub use graph::{Owner, expect_context, on_cleanup, provide_context, untrack, use_context};
use places::Name;
use std::{
    any::Any,
    cell::{Ref, RefCell},
    marker::PhantomData,
    ops::Deref,
    rc::Rc,
};

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
is_copy!(Watched RwSignal Signal Memo StoredValue Callback);

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

/// What signals and memos have in common: a value that can be read and watched.
pub struct Watched<T: 'static> {
    name: Name,
    of: PhantomData<fn() -> T>,
}

/// A signal that only its owner changes.
pub type ReadSignal<T> = Watched<T>;

impl<T: 'static> Watched<T> {
    const fn of(name: Name) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }
    /// Looks at the value; what is drawn from it is drawn again when it changes.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(cast(&*watch(self.name)))
    }
    /// Looks at the value once.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(cast(&*look_once(self.name).expect(GONE)))
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
        look_once(self.name).map(|value| cast::<T>(&*value).clone())
    }
    /// Watches without looking.
    pub fn track(&self) {
        self.name.watch();
    }
}

fn watch(name: Name) -> Ref<'static, dyn Any> {
    name.watch();
    name.look().expect(GONE)
}

fn look_once(name: Name) -> Option<Ref<'static, dyn Any>> {
    name.bring_up_to_date();
    name.look()
}

/// A value that can be read, changed and watched.
pub struct RwSignal<T: 'static>(Watched<T>);

impl<T> Deref for RwSignal<T> {
    type Target = Watched<T>;

    fn deref(&self) -> &Watched<T> {
        &self.0
    }
}

/// Replaces a value and tells of it. Whether the page is still there.
fn replace(name: Name, value: Box<dyn Any>) -> bool {
    let is_there = name.swap(Some(value)).is_some();
    if is_there {
        name.tell();
    }
    is_there
}

impl<T: 'static> RwSignal<T> {
    /// A signal that belongs to the page being drawn.
    pub fn new(value: T) -> Self {
        Self(Watched::of(graph::value(Box::new(value))))
    }
    /// A signal that outlives every page.
    pub fn lasting(value: T) -> Self {
        Self(Watched::of(Name::new(None, Some(Box::new(value)))))
    }
    /// Replaces the value.
    pub fn set(&self, value: T) {
        self.try_set(value);
    }
    /// Replaces the value, unless the page has gone: then it answers no.
    pub fn try_set(&self, value: T) -> bool {
        replace(self.name, Box::new(value))
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
            .name
            .change()
            .is_some_and(|mut value| change(cast_mut(&mut *value)))
        {
            self.name.tell();
        }
    }
    /// Only for reading.
    pub fn read_only(&self) -> ReadSignal<T> {
        self.0
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
        untrack(|| self.get())
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

impl<T: PartialEq + 'static> Memo<T> {
    /// `work` gets the value before.
    pub fn new(work: impl Fn(Option<&T>) -> T + 'static) -> Self {
        Self(Watched::of(graph::memo(Box::new(move |old| {
            let old = old.map(cast);
            let new = work(old);
            (old != Some(&new)).then(|| Box::new(new) as Box<dyn Any>)
        }))))
    }
}

/// A value that nobody watches.
pub struct StoredValue<T: 'static>(Name, PhantomData<fn() -> T>);

impl<T: 'static> StoredValue<T> {
    /// Kept as long as the page being drawn.
    pub fn new(value: T) -> Self {
        Self(graph::value(Box::new(value)), PhantomData)
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

fn start_effect(mut run: Box<dyn FnMut()>) {
    // The server draws a page once.
    if IS_HERE {
        graph::wait_for_turn(graph::effect(Box::new(move |_| {
            run();
            None
        })));
    }
}

/// Something that is drawn at once, and again after each change, for as long as this is kept; with what it came to.
pub struct RenderEffect<T: 'static> {
    name: Name,
    value: Rc<RefCell<Option<T>>>,
}

impl<T: 'static> RenderEffect<T> {
    /// `draw` gets what it came to the time before.
    pub fn new(before: Option<T>, mut draw: impl FnMut(Option<T>) -> T + 'static) -> Self {
        let value = Rc::new(RefCell::new(before));
        let drawn = Rc::clone(&value);
        let name = graph::effect(Box::new(move |_| {
            let before = drawn.take();
            let now = draw(before);
            drawn.replace(Some(now));
            None
        }));
        name.bring_up_to_date();
        Self { name, value }
    }
    /// Looks at what it came to.
    pub fn with_value<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.value.borrow().as_ref().map(look)
    }
    /// What it came to, for another to go on with.
    pub fn take_value(&self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Drop for RenderEffect<T> {
    fn drop(&mut self) {
        self.name.free();
    }
}

/// Something that is done when somebody asks.
pub struct Callback<T: 'static>(StoredValue<Rc<dyn Fn(T)>>);

impl<T: 'static> Callback<T> {
    /// For as long as the page lasts that is being drawn.
    pub fn new(act: impl Fn(T) + 'static) -> Self {
        Self(StoredValue::new(Rc::new(act)))
    }
    /// Does it.
    pub fn run(&self, with: T) {
        self.0.get_value()(with);
    }
}

#[cfg(test)]
mod tests;
