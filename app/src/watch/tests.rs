use super::{
    Callback, Memo, Owner, RenderEffect, RwSignal, Signal, StoredValue, graph, on_cleanup, provide_context,
    untrack, use_context,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

#[test]
fn a_page_that_goes_takes_its_values_along() {
    let value = Rc::new(());
    let page = Owner::new();
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
    let first = Owner::new();
    let old: Vec<RwSignal<u8>> = first.with(|| (0..9).map(RwSignal::new).collect());
    drop(first);
    let second = Owner::new();
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
    let page = Owner::new();
    let signal = page.with(|| RwSignal::new("here".to_owned()));
    signal.with_untracked(|words| {
        page.cleanup();
        assert_eq!(words, "here");
    });
    assert_eq!(signal.try_get_untracked(), None);
    let next = Owner::new();
    assert_eq!(next.with(|| RwSignal::new(1)).get_untracked(), 1);
}

#[test]
fn a_lasting_signal_outlives_the_page_that_made_it() {
    let page = Owner::new();
    let signal = page.with(|| RwSignal::lasting(1));
    drop(page);
    signal.set(2);
    assert_eq!(signal.get_untracked(), 2);
}

#[test]
fn a_memo_follows_and_knows_what_it_was() {
    let page = Owner::new();
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

/// What an effect read, each time.
type Seen<T> = Rc<RefCell<Vec<T>>>;

/// Starts an effect and keeps what it reads.
fn seen<T: 'static>(read: impl Fn() -> T + 'static) -> Seen<T> {
    let seen: Seen<T> = Rc::default();
    let all = Rc::clone(&seen);
    start(move || all.borrow_mut().push(read()));
    graph::run_effects();
    seen
}

fn start(mut act: impl FnMut() + 'static) {
    graph::wait_for_turn(graph::effect(Box::new(move |_| {
        act();
        None
    })));
}

#[test]
fn an_effect_runs_once_for_all_that_changed_and_sees_it_whole() {
    let page = Owner::new();
    page.with(|| {
        let of = RwSignal::new(1);
        let twice = Memo::new(move |_| 2 * of.get());
        let thrice = Memo::new(move |_| 3 * of.get());
        let seen = seen(move || (of.get(), twice.get(), thrice.get(), twice.get()));
        of.set(2);
        of.set(3);
        assert_eq!(seen.borrow().len(), 1, "nothing happens before its turn");
        graph::run_effects();
        graph::run_effects();
        assert_eq!(*seen.borrow(), [(1, 2, 3, 2), (3, 6, 9, 6)]);
    });
}

#[test]
fn what_comes_out_the_same_changes_nothing_for_who_reads_it() {
    let page = Owner::new();
    page.with(|| {
        let of = RwSignal::new(1);
        let worked = Rc::new(Cell::new(0));
        let count = Rc::clone(&worked);
        let is_even = Memo::new(move |_| {
            count.set(count.get() + 1);
            of.get() % 2 == 0
        });
        let word = Memo::new(move |_| if is_even.get() { "even" } else { "odd" });
        assert_eq!(worked.get(), 0, "nobody looked yet");
        let seen = seen(move || word.get());
        of.set(3);
        graph::run_effects();
        assert_eq!((seen.borrow().len(), worked.get()), (1, 2));
        of.set(4);
        // Who looks in between does not take the effect's turn away.
        assert_eq!(word.get_untracked(), "even");
        graph::run_effects();
        assert_eq!((&seen.borrow()[..], worked.get()), (&["odd", "even"][..], 3));
    });
}

#[test]
fn only_what_was_read_the_last_time_is_watched() {
    let page = Owner::new();
    page.with(|| {
        let first = RwSignal::new(true);
        let [a, b, c] = [1, 2, 3].map(RwSignal::new);
        let seen = seen(move || untrack(|| c.get()) + if first.get() { a.get() } else { b.get() });
        b.set(20);
        c.set(30);
        a.update_untracked(|a| *a = 10);
        a.maybe_update(|_| false);
        graph::run_effects();
        assert_eq!(*seen.borrow(), [4]);
        first.set(false);
        graph::run_effects();
        a.set(0);
        graph::run_effects();
        assert_eq!(*seen.borrow(), [4, 50]);
        b.set(21);
        graph::run_effects();
        assert_eq!(*seen.borrow(), [4, 50, 51]);
    });
}

#[test]
fn an_effect_that_changes_what_it_read_runs_again() {
    let page = Owner::new();
    page.with(|| {
        let of = RwSignal::new(0);
        let seen = seen(move || {
            let now = of.get();
            if now < 3 {
                of.set(now + 1);
            }
            now
        });
        assert_eq!(*seen.borrow(), [0, 1, 2, 3]);
    });
}

#[test]
fn what_was_made_in_an_effect_goes_before_it_runs_again() {
    let page = Owner::new();
    let outside = page.with(|| RwSignal::new(0));
    let inside = page.with(|| {
        let inside: Rc<Cell<Option<RwSignal<i32>>>> = Rc::default();
        let made = Rc::clone(&inside);
        start(move || {
            let value = RwSignal::new(outside.get());
            made.set(Some(value));
            start(move || _ = outside.get());
            // Still there when the page goes.
            on_cleanup(move || assert_eq!(value.try_get_untracked(), Some(value.get_untracked())));
        });
        inside
    });
    graph::run_effects();
    let first = inside.get().expect("it ran");
    outside.set(1);
    graph::run_effects();
    assert_eq!(first.try_get_untracked(), None);
    let second = inside.get().expect("it ran");
    assert_eq!(second.get_untracked(), 1);
    drop(page);
    assert_eq!(
        (second.try_get_untracked(), outside.try_get_untracked()),
        (None, None)
    );
}

#[test]
fn nothing_runs_for_a_page_that_went_not_even_what_had_its_turn_coming() {
    let lasts = RwSignal::lasting(0);
    let page = Owner::new();
    let seen = page.with(|| seen(move || lasts.get()));
    lasts.set(1);
    drop(page);
    graph::run_effects();
    lasts.set(2);
    graph::run_effects();
    assert_eq!((&seen.borrow()[..], Rc::strong_count(&seen)), (&[0][..], 1));
}

#[test]
fn a_page_may_go_while_its_own_effect_runs() {
    let page = Rc::new(Owner::new());
    let lasts = RwSignal::lasting(0);
    let going = Rc::clone(&page);
    let seen = page.with(|| {
        let value = RwSignal::new(7);
        seen(move || {
            let now = lasts.get();
            if now == 1 {
                going.cleanup();
            }
            (now, value.try_get_untracked())
        })
    });
    for now in [1, 2] {
        lasts.set(now);
        graph::run_effects();
    }
    assert_eq!(*seen.borrow(), [(0, Some(7)), (1, None)]);
    assert_eq!(Rc::strong_count(&seen), 1);
}

#[test]
fn what_is_drawn_at_once_is_drawn_again_as_long_as_it_is_kept() {
    let page = Owner::new();
    page.with(|| {
        let of = RwSignal::new(1);
        let drawn = RenderEffect::new(Some(10), move |before: Option<i32>| {
            before.unwrap_or(0) + of.get()
        });
        assert_eq!(drawn.with_value(|value| *value), Some(11));
        of.set(2);
        graph::run_effects();
        assert_eq!(drawn.with_value(|value| *value), Some(13));
        assert_eq!((drawn.take_value(), drawn.take_value()), (Some(13), None));
        drop(drawn);
        of.set(3);
        graph::run_effects();
    });
}

#[test]
fn a_context_is_the_innermost_of_its_type_and_reaches_no_further() {
    let page = Owner::new();
    page.with(|| {
        provide_context(1_u8);
        provide_context("page");
        let around = RwSignal::new(0);
        let seen = seen(move || {
            if around.get() == 0 {
                provide_context("card");
            }
            let inside = Memo::new(move |_| (use_context::<u8>(), use_context::<&str>()));
            inside.get()
        });
        around.set(1);
        graph::run_effects();
        assert_eq!(*seen.borrow(), [(Some(1), Some("card")), (Some(1), Some("page"))]);
        assert_eq!(use_context::<u16>(), None);
    });
    assert_eq!(use_context::<u8>(), None);
}

#[test]
fn derived_values_are_watched_through_and_callbacks_do_what_they_are_asked() {
    let page = Owner::new();
    page.with(|| {
        let of = RwSignal::new(1);
        let derived = Signal::derive(move || of.get() + 1);
        let same: Signal<i32> = of.read_only().into();
        let seen = seen(move || (derived.get(), derived.get_untracked(), same.with(|value| *value)));
        Callback::new(move |value| of.set(value)).run(5);
        graph::run_effects();
        assert_eq!(*seen.borrow(), [(2, 2, 1), (6, 6, 5)]);
    });
}
