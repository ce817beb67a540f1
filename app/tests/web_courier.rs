//! The courier with its real storage and clock, against a server of a few lines of JavaScript in the place of `fetch`.
#![cfg(target_arch = "wasm32")]

mod support;

use app::phone::Phone;
use domain::{
    consent::{Answer, Use},
    draft::Arrival,
    id::StoryId,
    problem::Problem,
    standing::Standing,
};
use support::{answer_all, page, script, tell, until};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A server that carries everything out, remembers it, and counts how many requests it has at once. `server.mood`
/// decides what becomes of requests instead.
const SERVER: &str = "
    window.server = { stories: {}, commands: {}, epoch: 1, now: 0, most: 0, mood: '', log: [] };
    window.fetch = async (path, init) => {
      const s = window.server, asked = JSON.parse(init.body);
      s.most = Math.max(s.most, ++s.now);
      await new Promise((done) => setTimeout(done, 5));
      const mood = s.mood;
      try {
        const json = (status, body) => new Response(JSON.stringify(body),
          { status, headers: { 'content-type': 'application/json' } });
        if (mood === 'busy') return json(503, { problem: { code: 'storage_full' } });
        const outcomes = asked.push.map(({ id, command }) => {
          const [[kind, told]] = Object.entries(command);
          s.log.push(kind);
          if (mood === 'refuse') return { id, verdict: { rejected: { problem: { code: 'project_closed' } } } };
          const already = id in s.commands; s.commands[id] = true;
          if (kind !== 'finalize_story') return { id, verdict: { committed: { already } } };
          s.stories[told.story] = (s.stories[told.story] || 0) + (already ? 0 : 1);
          return { id, verdict: { committed: { already, acknowledgement: { story: told.story, version: 1,
            parts: told.parts.map((part) => part.sha256), consent: 1 } } } };
        });
        if (mood === 'lose') throw new TypeError('connection lost');
        if (mood === 'page') return new Response('<h1>Wi-Fi</h1>', { headers: { 'content-type': 'text/html' } });
        const nonce = mood === 'replay' ? '00'.repeat(16) : asked.nonce;
        return json(200, { protocol: 1, nonce, epoch: s.epoch, server_time: 1, outcomes, pages: [] });
      } finally { s.now--; }
    };";

async fn phone() -> Phone {
    if js_sys::eval("!window.server").is_ok_and(|absent| absent.is_truthy()) {
        script(SERVER);
    }
    page().await
}

async fn finish(phone: Phone, text: &str) -> StoryId {
    tell(phone, text).await;
    answer_all(phone);
    phone.finish().await.expect("it is stored")
}

fn arrival(phone: Phone, id: StoryId) -> Option<Arrival> {
    phone.story(id).get_untracked().map(|story| story.arrival)
}

async fn safe(phone: Phone, id: StoryId) {
    until(|| matches!(arrival(phone, id), Some(Arrival::Safe { .. }))).await;
}

fn copies(id: StoryId) -> f64 {
    let count = js_sys::eval(&format!("window.server.stories['{id}'] || 0"));
    count.ok().and_then(|count| count.as_f64()).expect("a number")
}

#[wasm_bindgen_test]
async fn p19_a_lost_answer_is_asked_for_again_and_the_story_arrives_once() {
    let phone = phone().await;
    script("window.server.mood = 'lose'");
    let id = finish(phone, "Eén keer.").await;
    until(|| copies(id) == 1.0).await;
    assert_eq!(arrival(phone, id), Some(Arrival::Underway));
    script("window.server.mood = ''");
    phone.send_now();
    safe(phone, id).await;
    assert_eq!(copies(id), 1.0);
    assert!(!phone.has_unsent());
    // What the page knows, storage knows.
    assert!(matches!(arrival(page().await, id), Some(Arrival::Safe { .. })));
}

#[wasm_bindgen_test]
async fn p15_p16_what_is_not_an_acknowledgement_of_ours_never_means_safe() {
    let phone = phone().await;
    for (mood, says) in [
        ("page", Standing::WifiAsks),
        ("replay", Standing::WifiAsks),
        ("busy", Standing::ServerBusy),
    ] {
        script(&format!("window.server.mood = '{mood}'"));
        let id = finish(phone, mood).await;
        until(|| phone.standing(id).get_untracked() == Some(says.clone())).await;
        script("window.server.mood = ''");
        phone.send_now();
        safe(phone, id).await;
    }
}

#[wasm_bindgen_test]
async fn a_refused_story_stays_with_its_reason_and_can_be_told_on() {
    let phone = phone().await;
    script("window.server.mood = 'refuse'");
    let id = finish(phone, "Te laat?").await;
    until(|| phone.standing(id).get_untracked() == Some(Standing::Refused(Problem::ProjectClosed))).await;
    script("window.server.mood = ''");
    assert!(phone.edit_refused(id).await);
    assert_eq!(support::text_of(phone).as_deref(), Some("Te laat?"));
    assert_eq!(arrival(phone, id), None);
    let again = page().await;
    assert_eq!(support::text_of(again).as_deref(), Some("Te laat?"));
    assert_eq!(arrival(again, id), None);
}

#[wasm_bindgen_test]
async fn sy11_after_a_restore_the_story_is_offered_again() {
    let phone = phone().await;
    let id = finish(phone, "Nog steeds hier.").await;
    safe(phone, id).await;
    script("window.server.epoch = 2; window.server.stories = {}; window.server.commands = {};");
    phone.send_now();
    until(|| matches!(arrival(phone, id), Some(Arrival::Safe { epoch: 2, .. }))).await;
    assert_eq!(copies(id), 1.0);
}

#[wasm_bindgen_test]
async fn choices_and_withdrawal_follow_the_story_one_request_at_a_time() {
    let phone = phone().await;
    script("window.server.log = []; window.server.most = 0;");
    let id = finish(phone, "Dan toch niet.").await;
    let narrow = phone
        .story(id)
        .get_untracked()
        .expect("it is here")
        .choices()
        .with(Use::Public, Answer::No);
    phone.change_choices(id, narrow);
    until(|| {
        phone
            .story(id)
            .get_untracked()
            .is_some_and(|story| story.choices() == narrow)
    })
    .await;
    safe(phone, id).await;
    phone.withdraw(id, true);
    until(|| arrival(phone, id) == Some(Arrival::Withdrawn)).await;
    let log = js_sys::eval("window.server.log.filter((kind, at, all) => all.indexOf(kind) === at).join()");
    let log = log.ok().and_then(|log| log.as_string());
    assert_eq!(
        log.as_deref(),
        Some("finalize_story,change_consent,withdraw_story")
    );
    assert_eq!(
        js_sys::eval("window.server.most")
            .ok()
            .and_then(|most| most.as_f64()),
        Some(1.0)
    );
    assert!(
        phone
            .story(id)
            .get_untracked()
            .is_some_and(|story| story.content.is_some())
    );
}
