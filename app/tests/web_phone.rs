//! The phone with its real storage: what survives when a page dies.
#![cfg(target_arch = "wasm32")]

mod support;

use app::phone::{Saved, StorageKind, Unfinished};
use domain::{
    consent::{Answer, Choices},
    draft::Arrival,
    problem::Problem,
    standing::Standing,
    story::Perspective,
};
use support::{answer_all, page, page_without_storage, tell, text_of, until};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_draft_is_there_when_the_page_comes_back() {
    let phone = page().await;
    assert_eq!(phone.storage.get_untracked(), StorageKind::Kept);
    tell(phone, "Ik werk in de kas.").await;
    assert_eq!(phone.saved.get_untracked(), Saved::Saving);
    until(|| phone.saved.get_untracked() == Saved::Saved).await;
    let again = page().await;
    assert_eq!(text_of(again).as_deref(), Some("Ik werk in de kas."));
    let perspective = again.draft.get_untracked().map(|draft| draft.perspective);
    assert_eq!(perspective, Some(Perspective::Professional));
    assert!(again.joined.with_untracked(Option::is_some));
}

#[wasm_bindgen_test]
async fn a_finished_story_is_kept_with_its_command_and_its_draft_is_gone() {
    let phone = page().await;
    tell(phone, "Een verhaal om te bewaren.").await;
    let open = Some(Unfinished::Problem(Problem::ConsentMissing));
    assert_eq!(phone.finish().await.err(), open);
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
    // P15: the server of this test page is not ours, and the phone says so instead of "sent".
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
    phone.change_choices(id, narrow.into());
    until(|| {
        phone
            .story(id)
            .get_untracked()
            .is_some_and(|story| story.choices() == narrow)
    })
    .await;
    assert!(
        page()
            .await
            .story(id)
            .get_untracked()
            .is_some_and(|story| story.choices() == narrow)
    );
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
    let phone = page_without_storage().await;
    tell(phone, "Alleen in het geheugen.").await;
    assert_eq!(phone.saved.get_untracked(), Saved::Nothing);
    answer_all(phone);
    let id = phone.finish().await.expect("memory takes it");
    assert!(phone.story(id).get_untracked().is_some() && phone.has_unsent());
    phone.withdraw(id, true);
}
