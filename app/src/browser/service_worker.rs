//! What makes the next visit work without internet: `/sw.js`, and what the page may know of it.

use super::{document, timer};
use crate::texts::Language;
use crate::watch::RwSignal;
use domain::time::Span;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration};

/// What the page knows of its service worker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offline {
    /// Not known yet, or this browser has no service workers.
    NotYet,
    /// Everything this page needs is on the phone: it may say "works without internet".
    Settled,
}

/// The two signals of this module, one pair per tab.
#[derive(Clone, Copy)]
pub struct Worker {
    /// Whether the page may promise to work without internet.
    pub offline: RwSignal<Offline>,
    /// Whether a newer version waits to be let in (T16). [`let_new_version_in`] does that.
    pub update_waits: RwSignal<bool>,
}

/// The worker's registration, once it is active; `None` where there are no service workers.
pub(super) async fn registration() -> Option<ServiceWorkerRegistration> {
    JsFuture::from(container()?.ready().ok()?)
        .await
        .ok()?
        .dyn_into()
        .ok()
}

/// Calls `wake` when the browser woke the worker because there is a network again (Background Sync).
pub(super) fn on_wake(wake: impl Fn() + 'static) {
    WAKE.set(Some(Box::new(wake)));
}

thread_local! {
    /// Who waits for the worker's word about the pages of staff.
    static STAFF: std::cell::RefCell<Option<js_sys::Function>> = const { std::cell::RefCell::new(None) };
    static WAKE: std::cell::RefCell<Option<Box<dyn Fn()>>> = const { std::cell::RefCell::new(None) };
    static WORKER: std::cell::OnceCell<Worker> = const { std::cell::OnceCell::new() };
    static ASKED_FOR_UPDATE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// The signals, to be read by any page; on the server they never change.
pub fn worker() -> Worker {
    let make = || Worker {
        offline: RwSignal::lasting(Offline::NotYet),
        update_waits: RwSignal::lasting(false),
    };
    WORKER.with(|worker| *worker.get_or_init(make))
}

/// Registers the service worker, after the page has its own files, so that they are not fetched twice.
pub(super) fn register() {
    let Some(container) = container() else { return };
    listen_for_answers(&container);
    spawn_local(async move {
        let Ok(registration) = JsFuture::from(container.register("/sw.js")).await else {
            return;
        };
        let registration: ServiceWorkerRegistration = registration.unchecked_into();
        watch_for_update(&registration);
        let Ok(ready) = container.ready() else { return };
        if JsFuture::from(ready).await.is_ok() {
            keep_language(crate::texts::current());
        }
    });
}

/// Asks the worker to keep the sentences and letters of a language; its answer is [`Offline::Settled`].
pub fn keep_language(language: Language) {
    spawn_local(async move {
        _ = ask_to_keep(language).await;
    });
}

/// The message names this page's script, by which the worker knows whose files it still has to keep.
async fn ask_to_keep(language: Language) -> Option<()> {
    let ready = container()?.ready().ok()?;
    let registration: ServiceWorkerRegistration = JsFuture::from(ready).await.ok()?.unchecked_into();
    let script = document::document()
        .query_selector("link[rel=modulepreload]")
        .ok()??
        .get_attribute("href")?;
    let message = js_sys::Object::new();
    js_sys::Reflect::set(&message, &"keep".into(), &language.tag().into()).ok()?;
    js_sys::Reflect::set(&message, &"script".into(), &script.into()).ok()?;
    registration.active()?.post_message(&message).ok()
}

/// Asks the worker to keep what is read aloud in a language, so that it is heard without internet too. Asked when
/// somebody uses the ear: who never does, downloads none of it.
pub(super) fn keep_voice(paths: &[String]) {
    if paths.is_empty() {
        return;
    }
    let message = js_sys::Object::new();
    let paths: js_sys::Array = paths.iter().map(|path| JsValue::from_str(path)).collect();
    if let (Some(worker), Ok(true)) = (
        container().and_then(|container| container.controller()),
        js_sys::Reflect::set(&message, &"voice".into(), &paths),
    ) {
        _ = worker.post_message(&message);
    }
}

/// Asks the worker to keep the pages of staff, so that they open without internet too. Whether it did; `false` as well
/// where there are no service workers.
pub async fn keep_staff() -> bool {
    let answer = js_sys::Promise::new(&mut |resolve, _| STAFF.set(Some(resolve)));
    if ask_about_staff(true).await.is_none() {
        return false;
    }
    let first = js_sys::Promise::race(&js_sys::Array::of2(&answer, &timer::promise(STAFF_LIMIT)));
    let word = JsFuture::from(first).await;
    word.is_ok_and(|word| word.as_bool() == Some(true))
}

/// Asks the worker to forget the pages of staff.
pub async fn forget_staff() {
    _ = ask_about_staff(false).await;
}

async fn ask_about_staff(keep: bool) -> Option<()> {
    let message = js_sys::Object::new();
    js_sys::Reflect::set(&message, &"staff".into(), &keep.into()).ok()?;
    let found = JsFuture::from(container()?.get_registration()).await.ok()?;
    let registration: ServiceWorkerRegistration = found.dyn_into().ok()?;
    registration.active()?.post_message(&message).ok()
}

/// How long fetching the pages of staff may take.
const STAFF_LIMIT: Span = Span::seconds(60);

fn staff_answered(kept: bool) {
    if let Some(resolve) = STAFF.take() {
        _ = resolve.call1(&JsValue::NULL, &kept.into());
    }
}

/// Lets the version that waits take over, and loads the page anew once it has. Never call this while something is
/// being told or is not sent yet.
pub fn let_new_version_in() {
    ASKED_FOR_UPDATE.set(true);
    spawn_local(async {
        let Some(container) = container() else { return };
        let Ok(registration) = JsFuture::from(container.get_registration()).await else {
            return;
        };
        let waiting = registration
            .dyn_into()
            .ok()
            .and_then(|found: ServiceWorkerRegistration| found.waiting());
        match waiting {
            Some(waiting) => _ = waiting.post_message(&JsValue::from_str("SKIP_WAITING")),
            // It took over by itself while no page was open for a moment; this page only has to come anew.
            None => _ = window().location().reload(),
        }
    });
}

/// `None` where service workers do not exist, such as at an insecure address.
fn container() -> Option<ServiceWorkerContainer> {
    let container = window().navigator().service_worker();
    (!JsValue::from(&container).is_undefined()).then_some(container)
}

fn listen_for_answers(container: &ServiceWorkerContainer) {
    let answered = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        match event.data().as_string().as_deref() {
            Some("staff-kept") => staff_answered(true),
            Some("staff-missing") => staff_answered(false),
            Some("settled") => worker().offline.set(Offline::Settled),
            Some("wake") => WAKE.with_borrow(|wake| {
                if let Some(wake) = wake {
                    wake();
                }
            }),
            _ => {}
        }
    });
    container.set_onmessage(Some(answered.as_ref().unchecked_ref()));
    answered.forget();
    // Another tab may have let a new version in; this one goes on with its old files until it chooses to reload.
    let took_over = Closure::<dyn Fn()>::new(|| {
        if ASKED_FOR_UPDATE.get() {
            _ = window().location().reload();
        }
    });
    container.set_oncontrollerchange(Some(took_over.as_ref().unchecked_ref()));
    took_over.forget();
}

fn watch_for_update(registration: &ServiceWorkerRegistration) {
    if registration.waiting().is_some() {
        worker().update_waits.set(true);
    }
    let watched = registration.clone();
    let found = Closure::<dyn Fn()>::new(move || {
        let Some(installing) = watched.installing() else {
            return;
        };
        let first = watched.active().is_none();
        let worker_now: ServiceWorker = installing.clone();
        let changed = Closure::<dyn Fn()>::new(move || {
            if !first && worker_now.state() == web_sys::ServiceWorkerState::Installed {
                worker().update_waits.set(true);
            }
        });
        installing.set_onstatechange(Some(changed.as_ref().unchecked_ref()));
        changed.forget();
    });
    registration.set_onupdatefound(Some(found.as_ref().unchecked_ref()));
    found.forget();
}
