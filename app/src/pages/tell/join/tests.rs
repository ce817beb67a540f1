use crate::watch::{Owner, provide_context};
use crate::{
    Screen, app,
    page_data::PageData,
    routes::Route,
    texts::{self, DUTCH, Language},
};
use crate::{markup::html, watch::RwSignal};

/// The page as the server sends it, for a project in this phase, or for a door nobody knows.
fn drawn(route: Route, phase: Option<&str>) -> String {
    texts::set_language(Language::Nl, DUTCH);
    let entry = phase.map(|phase| {
        serde_json::json!({
            "code": "houten",
            "project": {
                "id": "00000000-0000-4000-8000-000000000001", "name": "Werk", "phase": phase,
                "municipality": "gemeente Houten", "organisation": "gemeente Houten", "partners": "de voedselbank",
                "contact": "Sam", "erase_by": 0, "promises_no_effect": phase == "open",
                "quick_exit": "https://weer.example/",
                "prompts": [{
                    "id": "00000000-0000-4000-8000-000000000002", "text": { "nl": "Wat betekent werk voor jou?" },
                }],
                "tags": [],
                "entries": [{ "code": "houten", "partner": "Voedselbank Houten", "perspective": "resident" }],
            },
        })
    });
    let data = serde_json::json!({ "language": "nl", "entry": entry });
    let data: PageData = serde_json::from_value(data).expect("the shape of page data");
    Owner::new().with(|| {
        provide_context(data);
        html(app(Screen {
            route: RwSignal::new(route),
            language: RwSignal::new(Language::Nl),
        }))
    })
}

fn join(phase: Option<&str>) -> String {
    drawn(Route::Join("houten".to_owned()), phase)
}

#[test]
fn the_join_page_is_complete_before_any_script() {
    let page = join(Some("open"));
    for part in [
        "Voedselbank Houten en gemeente Houten vragen:",
        "Wat betekent werk voor jou?",
        r#"href="/tell/how?v=houten""#,
        r#"href="/v/houten/who""#,
        r#"href="/mine""#,
        r#"href="?l=ar""#,
        r#"href="https://weer.example/""#,
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(
        !page.contains("zonder internet"),
        "nothing is promised before the phone knows it"
    );
    assert_eq!(page.matches("<h1").count(), 1);
}

#[test]
fn a_project_that_closes_invites_nobody() {
    for phase in ["closing", "closed"] {
        let page = join(Some(phase));
        assert!(page.contains("Dit project is klaar."), "{page}");
        assert!(!page.contains("/tell/how"), "{page}");
    }
}

#[test]
fn a_door_nobody_knows_says_so() {
    let page = join(None);
    assert!(page.contains("Deze pagina is er niet."), "{page}");
}

#[test]
fn the_promise_about_benefits_stands_only_where_it_was_confirmed() {
    let who = |phase| drawn(Route::WhoListens("houten".to_owned()), Some(phase));
    assert!(who("open").contains("Je verhaal verandert niets aan je uitkering"));
    assert!(!who("closing").contains("Je verhaal verandert niets aan je uitkering"));
    assert!(who("open").contains("Gemeente Houten wil leren"));
}
