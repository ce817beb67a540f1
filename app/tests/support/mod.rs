//! A phone in a test page, and something to tell.
#![allow(dead_code, reason = "every test file takes what it needs of it")]

pub mod ear;

use app::{
    browser::timer,
    phone::{Phone, StorageKind},
    texts::Language,
    watch::{Owner, RwSignal},
};
use domain::{
    consent::{Answer, Use},
    id::{ProjectId, PromptId},
    project::{EntryCode, EntryPoint, Phase, Project, Prompt},
    story::Perspective,
    time::{Span, Timestamp},
};
use leptos::prelude::request_animation_frame;
use std::{cell::Cell, rc::Rc};

/// Runs JavaScript: puts something in the place of a part of the browser.
pub fn script(source: &str) {
    js_sys::eval(source).expect("the script runs");
}

/// Draws something that stays as long as the test page.
pub fn for_ever(draw: impl FnOnce()) {
    let page = Owner::new();
    page.with(draw);
    std::mem::forget(page);
}

/// A page that opens: everything it knows it reads from storage.
pub async fn page() -> Phone {
    let made = Rc::new(Cell::new(None));
    let here = made.clone();
    for_ever(move || {
        here.set(Some(Phone::provide(RwSignal::new(Language::Nl))));
    });
    let phone = made.get().expect("the app was drawn");
    until(|| phone.ready.get_untracked()).await;
    phone
}

/// A page whose browser keeps nothing (P8): it has found that out.
pub async fn page_without_storage() -> Phone {
    script(
        "window.openForReal = IDBFactory.prototype.open;
         IDBFactory.prototype.open = function () { throw new DOMException('no', 'SecurityError'); };",
    );
    let phone = page().await;
    script("IDBFactory.prototype.open = window.openForReal;");
    assert_eq!(phone.storage.get_untracked(), StorageKind::MemoryOnly);
    phone
}

/// Waits for something of which storage or network, not the test, decides the moment.
pub async fn until(mut there: impl FnMut() -> bool) {
    for _ in 0..500 {
        if there() {
            return;
        }
        timer::sleep(Span(10)).await;
    }
    panic!("it did not come about within five seconds");
}

/// Waits until what was set is drawn.
pub async fn frame() {
    let drawn = Rc::new(Cell::new(false));
    let here = drawn.clone();
    request_animation_frame(move || here.set(true));
    until(|| drawn.get()).await;
}

fn project() -> (EntryCode, Project) {
    let code = EntryCode::new("houten").expect("a good code");
    let prompt = Prompt {
        id: PromptId("00000000-0000-4000-8000-000000000002".parse().expect("an id")),
        text: Default::default(),
        spoken: Default::default(),
    };
    let perspective = Perspective::Professional;
    let entry = EntryPoint {
        code: code.clone(),
        partner: String::new(),
        perspective,
    };
    let project = Project {
        id: ProjectId("00000000-0000-4000-8000-000000000001".parse().expect("an id")),
        name: String::new(),
        phase: Phase::Open,
        municipality: String::new(),
        organisation: String::new(),
        partners: String::new(),
        contact: String::new(),
        erase_by: Timestamp(0),
        promises_no_effect: false,
        quick_exit: String::new(),
        prompts: vec![prompt],
        tags: Vec::new(),
        signifiers: Vec::new(),
        under_16: None,
        recording_limit_seconds: None,
        entries: vec![entry],
    };
    (code, project)
}

/// Joins, and begins a story.
pub async fn tell(phone: Phone, text: &str) {
    let (code, project) = project();
    phone.join(code, project);
    until(|| phone.joined.with_untracked(Option::is_some)).await;
    phone.start_draft();
    phone.edit(|draft| draft.text = text.to_owned());
}

/// Answers "yes" to all four.
pub fn answer_all(phone: Phone) {
    phone.edit(|draft| {
        for to in Use::ALL {
            draft.choices.set(to, Answer::Yes);
        }
    });
}

/// What is being told.
pub fn text_of(phone: Phone) -> Option<String> {
    phone.draft.get_untracked().map(|draft| draft.text)
}
