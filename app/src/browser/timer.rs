//! Doing something later.

use domain::time::Span;
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle, window};
use std::{cell::RefCell, time::Duration};
use wasm_bindgen_futures::JsFuture;

/// What may be waited for; each has one wait at a time, a new one replaces the old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The pause in typing after which a draft is kept.
    Keep,
    /// The moment of the next try to send.
    Courier,
    /// The moment from which a press is holding.
    Hold,
}

thread_local! {
    static WAITS: RefCell<[Option<TimeoutHandle>; 3]> = const { RefCell::new([None, None, None]) };
}

/// Does `act` after `span`, unless the timer is set again or cleared before.
pub fn set(timer: Timer, span: Span, act: impl FnOnce() + 'static) {
    clear(timer);
    let wait = Duration::from_millis(span.0.max(0).unsigned_abs());
    let handle = set_timeout_with_handle(act, wait).ok();
    WAITS.with_borrow_mut(|waits| waits[timer as usize] = handle);
}

/// Forgets what was to be done.
pub fn clear(timer: Timer) {
    if let Some(handle) = WAITS.with_borrow_mut(|waits| waits[timer as usize].take()) {
        handle.clear();
    }
}

/// A promise that is kept after `span`.
pub(super) fn promise(span: Span) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, _| call_later(span, &resolve))
}

/// Calls `function` after `span`, with nothing.
pub(super) fn call_later(span: Span, function: &js_sys::Function) {
    let wait = i32::try_from(span.0.max(0)).unwrap_or(i32::MAX);
    _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(function, wait);
}

/// Waits.
pub async fn sleep(span: Span) {
    _ = JsFuture::from(promise(span)).await;
}
