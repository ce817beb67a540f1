//! Coming back with a code: the story is found by its key alone, changed, and what guesses is slowed down.

use crate::house::{House, NOW, Reply, Told, Who, acknowledged, puts, rejected};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use domain::command::{Command, ReviseStory, WithdrawStory};
use domain::consent::{Answer, Use};
use domain::draft::PhoneStory;
use domain::id::{ClipId, StoryId};
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{Row, Scope};
use domain::story::{Found, Happening, OpenedStory, OwnState, ReadStory, StorySummary};
use domain::sync::protocol::Verdict;
use domain::time::Span;
use domain::voices::{SecondDraft, Turn, Voice};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Somebody who types a code, behind this address; the last of `proxied` is what a proxy on this machine says.
async fn typed(house: &House, key: &str, from: [u8; 4], proxied: Option<&str>) -> Reply {
    let mut request = Request::post("/api/v1/story").header("story-keys", key);
    if let Some(proxied) = proxied {
        request = request.header("x-forwarded-for", proxied);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer = SocketAddr::from((from, 40_000));
    request.extensions_mut().insert(ConnectInfo(peer));
    house.ask(request).await
}

const AT_HOME: [u8; 4] = [192, 0, 2, 7];

fn key_of(told: &Told, voice: Voice) -> String {
    told.story.key_of(voice).unwrap().to_hex()
}

async fn open(house: &House, told: &Told, voice: Voice) -> OpenedStory {
    let reply = typed(house, &key_of(told, voice), AT_HOME, None).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.headers["cache-control"], "no-store");
    reply.json()
}

/// A key that opens nothing.
fn guess(n: u32) -> String {
    format!("{n:064x}")
}

async fn arrived(house: &House, text: &str) -> Told {
    let told = house.told(text);
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    told
}

fn revision(story: StoryId, seen: u32, title: &str, text: &str) -> ReviseStory {
    ReviseStory {
        story,
        seen,
        title: Some(title.to_owned()),
        text: Some(text.to_owned()),
        without: Vec::new(),
    }
}

async fn revise(house: &House, revision: ReviseStory, who: &Who) -> Verdict {
    house
        .push_one(house.envelope(Command::ReviseStory(revision)), who)
        .await
}

async fn listed(house: &House, who: &Who, id: StoryId) -> StorySummary {
    let page = house
        .pull(Scope::Members(house.project.id), 0, who)
        .await
        .unwrap();
    let found = puts(&page).into_iter().find_map(|row| match row {
        Row::Summary(summary) if summary.id == id => Some(*summary),
        _ => None,
    });
    found.unwrap()
}

#[tokio::test]
async fn cd6_a_code_alone_opens_its_story_on_another_device() {
    let house = House::open().await;
    let told = arrived(&house, "Ik werk bij de bakker.").await;
    arrived(&house, "Een ander verhaal.").await;
    let opened = open(&house, &told, Voice::First).await;
    assert_eq!(opened.story.id, told.story.id);
    assert_eq!((opened.project.id, opened.whole), (house.project.id, true));
    assert_eq!(opened.happened, [Happening::Received { at: NOW }]);
    let OwnState::Received { content, .. } = &opened.story.state else {
        panic!("it is here")
    };
    assert_eq!(content.text.as_deref(), Some("Ik werk bij de bakker."));
    // The other device rules it from then on as the first does.
    let code = told.story.code;
    let mut seed = crate::house::Seeded(9);
    let arrival = told.story.arrival.clone();
    let mut there = PhoneStory::opened(&opened, code, &mut seed, arrival).unwrap();
    assert_eq!(
        (there.owner_key().to_hex(), &there.content),
        (key_of(&told, Voice::First), &None)
    );
    let narrowed = there.choices().with(Use::Public, Answer::No);
    let change = there.choose(narrowed).unwrap();
    let verdict = house.push_one(house.envelope(change), &told.owner()).await;
    assert!(matches!(verdict, Verdict::Committed { .. }));
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(listed(&house, &analyst, told.story.id).await.consent, narrowed);
    // The upload key delivers and opens nothing.
    let reply = typed(&house, &told.story.upload_key.to_hex(), AT_HOME, None).await;
    assert_eq!(reply.problem(), Problem::StoryUnknown);
}

#[tokio::test]
async fn cd5_an_unknown_code_and_one_taken_back_answer_alike() {
    let house = House::open().await;
    let told = arrived(&house, "Dit ging weg.").await;
    let withdraw = Command::WithdrawStory(WithdrawStory { story: told.story.id });
    house.push_one(house.envelope(withdraw), &told.owner()).await;
    let taken_back = typed(&house, &key_of(&told, Voice::First), AT_HOME, None).await;
    let unknown = typed(&house, &guess(1), AT_HOME, None).await;
    assert_eq!(taken_back.status, StatusCode::NOT_FOUND);
    let heads = |reply: &Reply| format!("{:?}", reply.headers);
    assert_eq!(
        (taken_back.status, &taken_back.body, heads(&taken_back)),
        (unknown.status, &unknown.body, heads(&unknown))
    );
    // Both count: what is left of the sixty is the same after either.
    for n in 0..58 {
        typed(
            &house,
            &if n % 2 == 0 {
                key_of(&told, Voice::First)
            } else {
                guess(n)
            },
            AT_HOME,
            None,
        )
        .await;
    }
    let reply = typed(&house, &guess(99), AT_HOME, None).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn cd5_a_hall_behind_one_address_gets_in_and_who_guesses_is_slowed_down() {
    let house = House::open().await;
    let told = arrived(&house, "In de zaal.").await;
    let right = key_of(&told, Voice::First);
    // Two hundred people with the right code and twenty with a wrong one, all at one address.
    for n in 0..220 {
        let (key, status) = match n % 11 {
            0 => (guess(n), StatusCode::NOT_FOUND),
            _ => (right.clone(), StatusCode::OK),
        };
        assert_eq!(typed(&house, &key, AT_HOME, None).await.status, status);
    }
    for n in 1_000..1_040 {
        assert_eq!(
            typed(&house, &guess(n), AT_HOME, None).await.status,
            StatusCode::NOT_FOUND
        );
    }
    let slowed = typed(&house, &guess(2_000), AT_HOME, None).await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
    let Problem::TooManyTries { retry_after } = slowed.problem() else {
        panic!("{:?}", slowed.problem())
    };
    assert!((1..=2).contains(&retry_after));
    // For as long as that: then the hall goes on.
    house.clock.pass(Span::seconds(i64::from(retry_after)));
    assert_eq!(typed(&house, &right, AT_HOME, None).await.status, StatusCode::OK);
    // Guesses from a thousand other addresses keep nobody out.
    for n in 0..1_000_u32 {
        let [_, a, b, c] = n.to_be_bytes();
        typed(&house, &guess(n), [10, a, b, c], None).await;
    }
    assert_eq!(
        typed(&house, &right, [198, 51, 100, 1], None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn cd5_behind_a_proxy_of_this_machine_the_address_is_what_the_proxy_says_and_nobody_else() {
    let house = House::open().await;
    let local = [127, 0, 0, 1];
    for n in 0..60 {
        // What a client wrote itself stands before what the proxy added.
        let said = format!("203.0.113.{n}, 192.0.2.1");
        typed(&house, &guess(n), local, Some(&said)).await;
    }
    let status = async |from, said| typed(&house, &guess(99), from, Some(said)).await.status;
    assert_eq!(status(local, "192.0.2.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status(local, "192.0.2.2").await, StatusCode::NOT_FOUND);
    // From elsewhere the header is only a claim.
    for n in 0..60 {
        typed(&house, &guess(n), AT_HOME, Some(&format!("203.0.113.{n}"))).await;
    }
    assert_eq!(
        status(AT_HOME, "203.0.113.99").await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn cd5_one_request_tries_one_code() {
    let house = House::open().await;
    let keys: Vec<_> = (0..3).map(guess).collect();
    let reply = typed(&house, &keys.join(","), AT_HOME, None).await;
    assert_eq!(reply.problem(), Problem::Malformed);
}

#[tokio::test]
async fn co19_each_voice_that_comes_back_sees_its_own_answers_alone() {
    let house = House::open().await;
    let told = house.told_at("Wij samen.", NOW, |draft| {
        let mut choices = draft.choices;
        choices.set(Use::Meeting, Answer::No);
        draft.second = Some(SecondDraft {
            turn: Turn::Second(domain::consent::Wording("nl/1".to_owned())),
            choices,
            age: None,
        });
    });
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    for (voice, meeting) in [(Voice::First, Answer::Yes), (Voice::Second, Answer::No)] {
        let opened = open(&house, &told, voice).await;
        let code = *told.story.code_of(voice).unwrap();
        let arrival = told.story.arrival.clone();
        let there = PhoneStory::opened(&opened, code, &mut crate::house::Seeded(9), arrival).unwrap();
        assert_eq!(there.voice, voice);
        assert_eq!(
            there.consent_of(voice).unwrap().choices.answer(Use::Meeting),
            meeting
        );
        assert!(
            Voice::ALL
                .into_iter()
                .all(|other| other == voice || there.consent_of(other).is_none())
        );
        // What comes of both is told.
        assert_eq!(there.choices().answer(Use::Meeting), Answer::No);
        assert!(!there.allows(Use::Meeting));
    }
}

#[tokio::test]
async fn ed2_a_new_name_and_text_take_the_place_of_the_old_everywhere() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = arrived(&house, "Ik heet kanarievogel en werk.").await;
    let id = told.story.id;
    assert_eq!(listed(&house, &analyst, id).await.edition, 1);
    let verdict = revise(
        &house,
        revision(id, 1, "Werk", "Ik werk bij de bakker."),
        &told.owner(),
    )
    .await;
    assert!(matches!(verdict, Verdict::Committed { .. }));
    let summary = listed(&house, &analyst, id).await;
    assert_eq!((summary.title.as_deref(), summary.edition), (Some("Werk"), 2));
    let read = house
        .get(&format!("/api/v1/stories/{id}"), analyst.cookie.as_deref())
        .await;
    assert_eq!(
        read.json::<ReadStory>().text.as_deref(),
        Some("Ik werk bij de bakker.")
    );
    let found = async |word: &str| {
        let path = format!("/api/v1/projects/{}/search?q={word}", house.project.id);
        house
            .get(&path, analyst.cookie.as_deref())
            .await
            .json::<Found>()
            .stories
    };
    assert_eq!(found("kanarievogel").await, []);
    assert_eq!(found("bakker").await, [id]);
    let opened = open(&house, &told, Voice::First).await;
    assert!(
        matches!(&opened.story.state, OwnState::Received { edition: 2, content, .. }
        if content.text.as_deref() == Some("Ik werk bij de bakker."))
    );
    // Its bytes are nowhere in the folder, nor in the log of the database, while the server runs on.
    arrived(&house, "Daarna schreef nog iemand.").await;
    let all = files(house.folder.path());
    assert!(all.iter().any(|path| path.ends_with("vertelpunt.sqlite")));
    for path in all {
        let bytes = std::fs::read(&path).unwrap();
        let canary = bytes.windows(12).any(|window| window == b"kanarievogel");
        assert!(!canary, "{}", path.display());
    }
}

#[tokio::test]
async fn ed1_only_who_owns_it_changes_it_and_what_is_left_is_a_story() {
    let house = House::open().await;
    let told = arrived(&house, "Ik werk.").await;
    let id = told.story.id;
    for who in [
        Who::nobody(),
        told.deliverer(),
        house.signed_in(Role::Manager).await,
    ] {
        let verdict = revise(&house, revision(id, 1, "Anders", "Anders."), &who).await;
        assert_eq!(rejected(&verdict), Problem::StoryUnknown);
    }
    let empty = revision(id, 1, "Anders", "  ");
    assert_eq!(
        rejected(&revise(&house, empty, &told.owner()).await),
        Problem::TextEmpty
    );
    // A change made of an older edition is told so.
    let first = revision(id, 1, "Een", "Een.");
    assert!(matches!(
        revise(&house, first, &told.owner()).await,
        Verdict::Committed { .. }
    ));
    let late = revision(id, 1, "Twee", "Twee.");
    assert_eq!(
        rejected(&revise(&house, late, &told.owner()).await),
        Problem::StoryOutdated { current: 2 }
    );
    house
        .push_one(
            house.envelope(Command::WithdrawStory(WithdrawStory { story: id })),
            &told.owner(),
        )
        .await;
    let gone = revision(id, 2, "Drie", "Drie.");
    assert_eq!(
        rejected(&revise(&house, gone, &told.owner()).await),
        Problem::StoryWithdrawn
    );
}

#[tokio::test]
async fn ed2_a_part_that_is_taken_out_goes_with_its_bytes() {
    let house = House::open().await;
    let spoken = house
        .came(
            1,
            vec![crate::derivatives::drawing(), crate::derivatives::drawing()],
        )
        .await;
    house.derive().await;
    let ids: Vec<ClipId> = spoken
        .told
        .story
        .content
        .as_ref()
        .unwrap()
        .clips
        .iter()
        .map(|clip| clip.id)
        .collect();
    let (id, owner) = (spoken.told.story.id, spoken.told.owner());
    let analyst = house.signed_in(Role::Analyst).await;
    let seen = async |clip: ClipId| {
        let path = format!("/api/v1/stories/{id}/clips/{clip}");
        house.get(&path, analyst.cookie.as_deref()).await.status
    };
    assert_eq!(
        (seen(ids[0]).await, seen(ids[1]).await),
        (StatusCode::OK, StatusCode::OK)
    );
    let on_disk = |clip: ClipId| {
        let all = files(house.folder.path());
        all.iter()
            .filter(|path| path.to_string_lossy().contains(&clip.to_string()))
            .count()
    };
    assert!(on_disk(ids[0]) > 0);
    let without = ReviseStory {
        text: spoken.told.story.content.as_ref().unwrap().text.clone(),
        without: vec![ids[0]],
        ..revision(id, 1, "Zonder", "")
    };
    assert!(matches!(
        revise(&house, without, &owner).await,
        Verdict::Committed { .. }
    ));
    assert_eq!(
        (seen(ids[0]).await, seen(ids[1]).await),
        (StatusCode::NOT_FOUND, StatusCode::OK)
    );
    assert_eq!(
        on_disk(ids[0]),
        0,
        "the original and the derivative are gone before the answer"
    );
    assert!(on_disk(ids[1]) > 0);
    // The last part is not taken out but taken back.
    let nothing = ReviseStory {
        text: None,
        without: vec![ids[1]],
        ..revision(id, 2, "Niets", "")
    };
    assert_eq!(
        rejected(&revise(&house, nothing, &owner).await),
        Problem::TextEmpty
    );
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let below = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
        true => files(&entry.path()),
        false => vec![entry.path()],
    });
    below.flatten().collect()
}

#[tokio::test]
async fn ed5_a_story_whose_bytes_are_coming_waits_with_changes() {
    let house = House::open().await;
    let spoken = house.announced(1, &[5_000]).await;
    let told = &spoken.told;
    let verdict = revise(
        &house,
        revision(told.story.id, 1, "Later", "Later."),
        &told.owner(),
    )
    .await;
    assert!(matches!(rejected(&verdict), Problem::Busy { .. }));
    assert!(!open(&house, told, Voice::First).await.whole);
}

#[tokio::test]
async fn fb2_few_who_heard_it_are_not_counted() {
    let house = House::open().await;
    let told = arrived(&house, "Wie luistert er?").await;
    let heard = Command::MarkHeard(domain::member::Heard { story: told.story.id });
    let analyst = house.signed_in(Role::Analyst).await;
    house.push_one(house.envelope(heard), &analyst).await;
    let happened = open(&house, &told, Voice::First).await.happened;
    assert_eq!(
        happened,
        [Happening::Received { at: NOW }, Happening::Heard { people: None }]
    );
}

#[tokio::test]
async fn fb3_everything_of_a_story_comes_as_one_file_to_who_holds_its_key() {
    let house = House::open().await;
    let spoken = house.came(1, vec![crate::derivatives::drawing()]).await;
    let told = &spoken.told;
    let copy = async |keys: String, language: &str| {
        let path = format!("/api/v1/stories/{}/copy", told.story.id);
        let request = Request::post(path)
            .header("story-keys", keys)
            .header("accept-language", language);
        house.ask(request.body(Body::empty()).unwrap()).await
    };
    let reply = copy(key_of(told, Voice::First), "en").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        (&reply.headers["content-type"], &reply.headers["cache-control"]),
        (&"application/zip".parse().unwrap(), &"no-store".parse().unwrap())
    );
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(reply.body)).unwrap();
    let mut read = |name: &str| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let page = String::from_utf8(read("index.html")).unwrap();
    for words in [
        "<html lang=\"en\"",
        "Met woorden erbij.",
        "01.png",
        "Who may hear your story?",
        "Received on",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("http") && !page.contains("<script"), "{page}");
    // What the phone brought, to the byte, also what others are never handed out.
    assert_eq!(read("01.png"), crate::derivatives::drawing().bytes);
    let page = copy(key_of(told, Voice::First), "ar").await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(page.body)).unwrap();
    let mut html = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("index.html").unwrap(), &mut html).unwrap();
    assert!(html.contains("dir=\"rtl\""), "{html}");
    for key in [guess(1), told.story.upload_key.to_hex()] {
        assert_eq!(copy(key, "nl").await.problem(), Problem::StoryUnknown);
    }
}

#[tokio::test]
async fn fb3_what_somebody_told_is_text_in_the_page_and_nothing_else() {
    let house = House::open().await;
    let told = arrived(&house, "<script>alert(1)</script> & \"zo\"").await;
    let request = Request::post(format!("/api/v1/stories/{}/copy", told.story.id));
    let request = request.header("story-keys", key_of(&told, Voice::First));
    let reply = house.ask(request.body(Body::empty()).unwrap()).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(reply.body)).unwrap();
    let mut html = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("index.html").unwrap(), &mut html).unwrap();
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;zo&quot;"),
        "{html}"
    );
}

#[tokio::test]
async fn cd6_no_code_key_or_address_is_in_the_address_of_a_request() {
    let house = House::open().await;
    // There is one address for all codes, and it takes nothing but the header.
    let reply = house
        .send(
            Method::GET,
            &format!("/api/v1/story/{}", guess(1)),
            None,
            Body::empty(),
        )
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let reply = house
        .send(Method::GET, "/api/v1/story", None, Body::empty())
        .await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
}
