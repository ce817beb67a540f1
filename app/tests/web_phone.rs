//! The phone with its real storage: what survives when a page dies.
#![cfg(target_arch = "wasm32")]

use app::{
    browser::timer,
    phone::{Phone, Saved, StorageKind, Unfinished},
    texts::Language,
};
use domain::{
    consent::{Answer, Choices, Use},
    draft::Arrival,
    id::{ProjectId, PromptId},
    project::{EntryCode, EntryPoint, Phase, Project, Prompt},
    standing::Standing,
    story::Perspective,
    time::{Span, Timestamp},
};
use leptos::prelude::*;
use std::{cell::Cell, rc::Rc};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A page that opens: everything it knows it reads from storage.
async fn page() -> Phone {
    let made = Rc::new(Cell::new(None));
    let here = made.clone();
    mount_to_body(move || {
        here.set(Some(Phone::provide(RwSignal::new(Language::Nl))));
    });
    let phone = made.get().expect("the app was drawn");
    until(|| phone.ready.get_untracked()).await;
    phone
}

/// Waits for something that storage, not the test, decides the moment of.
async fn until(mut there: impl FnMut() -> bool) {
    for _ in 0..500 {
        if there() {
            return;
        }
        timer::sleep(Span(10)).await;
    }
    panic!("it did not come about within five seconds");
}

fn project() -> (EntryCode, Project) {
    let code = EntryCode::new("houten").expect("a good code");
    let prompt = Prompt {
        id: PromptId("00000000-0000-4000-8000-000000000002".parse().expect("an id")),
        text: [].into(),
        spoken: [].into(),
    };
    let entry = EntryPoint {
        code: code.clone(),
        partner: String::new(),
        perspective: Perspective::Professional,
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
        entries: vec![entry],
    };
    (code, project)
}

async fn tell(phone: Phone, text: &str) {
    let (code, project) = project();
    phone.join(code, project);
    until(|| phone.joined.with_untracked(Option::is_some)).await;
    phone.start_draft();
    phone.edit(|draft| draft.text = text.to_owned());
}

fn answer_all(phone: Phone) {
    phone.edit(|draft| {
        Use::ALL
            .into_iter()
            .for_each(|to| draft.choices.set(to, Answer::Yes))
    });
}

fn text_of(phone: Phone) -> Option<String> {
    phone.draft.get_untracked().map(|draft| draft.text)
}

#[wasm_bindgen_test]
async fn a_draft_is_there_when_the_page_comes_back() {
    let phone = page().await;
    assert_eq!(phone.storage.get_untracked(), StorageKind::Kept);
    tell(phone, "Ik werk in de kas.").await;
    assert_eq!(phone.saved.get_untracked(), Saved::Saving);
    until(|| phone.saved.get_untracked() == Saved::Saved).await;
    let again = page().await;
    assert_eq!(text_of(again).as_deref(), Some("Ik werk in de kas."));
    assert_eq!(
        again.draft.get_untracked().map(|draft| draft.perspective),
        Some(Perspective::Professional)
    );
    assert!(again.joined.with_untracked(Option::is_some));
}

#[wasm_bindgen_test]
async fn a_finished_story_is_kept_with_its_command_and_its_draft_is_gone() {
    let phone = page().await;
    tell(phone, "Een verhaal om te bewaren.").await;
    assert_eq!(
        phone.finish().await.err(),
        Some(Unfinished::Problem(domain::problem::Problem::ConsentMissing))
    );
    assert_eq!(text_of(phone).as_deref(), Some("Een verhaal om te bewaren."));
    answer_all(phone);
    let id = phone.finish().await.expect("it is stored");
    assert_eq!(text_of(phone), None);
    let again = page().await;
    let story = again.story(id).get_untracked().expect("it is there");
    assert_eq!(story.arrival, Arrival::Underway);
    assert_eq!(again.finished.get_untracked(), Some(id));
    assert!(again.has_unsent());
    assert!(
        again
            .drafts
            .with_untracked(|drafts| drafts.iter().all(|draft| draft.id != id))
    );
    // The server of this test page is not ours, and the phone says so instead of "sent".
    until(|| again.standing(id).get_untracked() == Some(Standing::WifiAsks)).await;
}

#[wasm_bindgen_test]
async fn a_draft_thrown_away_can_be_brought_back() {
    let phone = page().await;
    tell(phone, "Toch maar wel.").await;
    until(|| phone.saved.get_untracked() == Saved::Saved).await;
    let id = phone.draft.get_untracked().expect("it is being told").id;
    let thrown = phone.throw_away(id).expect("it was there");
    assert_eq!(text_of(phone), None);
    let empty = page().await;
    assert!(
        empty
            .drafts
            .with_untracked(|drafts| drafts.iter().all(|draft| draft.id != id))
    );
    phone.bring_back(thrown);
    phone.open_draft(id);
    assert_eq!(text_of(phone).as_deref(), Some("Toch maar wel."));
}

#[wasm_bindgen_test]
async fn a_choice_and_a_withdrawal_are_kept() {
    let phone = page().await;
    tell(phone, "Dit haal ik terug.").await;
    answer_all(phone);
    let id = phone.finish().await.expect("it is stored");
    let narrow = Choices {
        analysis: Answer::Yes,
        meeting: Answer::No,
        report: Answer::No,
        public: Answer::No,
    };
    phone.change_choices(id, narrow);
    let chosen = move |phone: Phone| phone.story(id).get_untracked().map(|story| story.choices());
    until(|| chosen(phone) == Some(narrow)).await;
    assert_eq!(chosen(page().await), Some(narrow));
    phone.withdraw(id, false);
    until(|| {
        phone
            .story(id)
            .get_untracked()
            .is_some_and(|story| story.content.is_none())
    })
    .await;
    let story = page().await.story(id).get_untracked().expect("the code stays");
    assert!(story.content.is_none() && matches!(story.arrival, Arrival::Withdrawing | Arrival::Withdrawn));
}

#[wasm_bindgen_test]
async fn p8_without_storage_everything_works_in_memory_and_the_page_knows() {
    let script = |source| js_sys::eval(source).expect("the script runs");
    script(
        "window.openForReal = IDBFactory.prototype.open;
         IDBFactory.prototype.open = function () { throw new DOMException('no', 'SecurityError'); };",
    );
    let phone = page().await;
    script("IDBFactory.prototype.open = window.openForReal;");
    assert_eq!(phone.storage.get_untracked(), StorageKind::MemoryOnly);
    tell(phone, "Alleen in het geheugen.").await;
    assert_eq!(phone.saved.get_untracked(), Saved::Nothing);
    answer_all(phone);
    let id = phone.finish().await.expect("memory takes it");
    assert!(phone.story(id).get_untracked().is_some() && phone.has_unsent());
    phone.withdraw(id, true);
}
