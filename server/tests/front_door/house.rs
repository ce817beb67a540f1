//! A server to try things on.

pub use crate::phones::{Told, Who, acknowledged, gone, puts, quiet, rejected};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use domain::command::Command;
use domain::consent::{Answer, OpenChoices, Use, Wording};
use domain::decide::Sender;
use domain::draft::Draft;
use domain::id::{CommandId, MemberId, ProjectId};
use domain::member::{Member, Role};
use domain::problem::Problem;
use domain::project::Project;
use domain::scope::{EntityRef, Row, Scope};
use domain::story::Origin;
use domain::sync::authority::receive;
use domain::sync::protocol::{
    Envelope, KEYS_HEADER, Page, ProblemAnswer, Pull, SyncRequest, SyncResponse, Verdict,
};
use domain::time::{Span, Timestamp};
use domain::{Entropy, Sha256};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use server::AppState;
use server::ambient::{Clock, SharedEntropy};
use server::http::assets::Site;
use server::media::disk::{Disk, LocalDisk};
use server::media::{Quotas, Store};
use server::storage::{self, Db, ledger::TxLedger};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

/// 22 November 2026, in the morning.
pub const NOW: Timestamp = Timestamp(1_795_330_800_000);

/// A clock that stands still until it is moved.
pub struct TestClock(AtomicI64, AtomicI64);

impl TestClock {
    pub fn pass(&self, span: Span) {
        self.0.fetch_add(span.0, Ordering::SeqCst);
    }

    /// Somebody sets the clock; no time passes.
    pub fn jump(&self, span: Span) {
        self.1.fetch_add(span.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst) + self.1.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// SplitMix64: the same numbers at every run.
pub struct Seeded(pub u64);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A running server in a folder of its own, with the demonstration project.
pub struct House {
    pub folder: TempDir,
    pub state: AppState,
    pub clock: Arc<TestClock>,
    pub project: Project,
    router: Router,
    entropy: Mutex<Seeded>,
}

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body))
        })
    }

    pub fn problem(&self) -> Problem {
        self.json::<ProblemAnswer>().problem
    }
}

/// Files that look like a build's, as far as the server asks.
pub fn pretend_site(folder: &Path) {
    fs::create_dir_all(folder.join("pkg")).unwrap();
    for name in ["app.0.css", "app.0.js", "app.0.wasm"] {
        fs::write(folder.join("pkg").join(name), "").unwrap();
    }
}

impl House {
    pub async fn open() -> Self {
        Self::open_in(tempfile::tempdir().unwrap()).await
    }

    pub async fn open_in(folder: TempDir) -> Self {
        Self::open_on(folder, Arc::new(LocalDisk), Quotas::default()).await
    }

    /// A server whose media are on this disk, as far as there is room.
    pub async fn open_on(folder: TempDir, disk: Arc<dyn Disk>, quotas: Quotas) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(NOW.0), AtomicI64::new(0)));
        let entropy = SharedEntropy::new(Seeded(7));
        let data = folder.path().join("data");
        let store = Store::new(&data, disk, quotas);
        let db = Db::open_with(&data, store, &mut entropy.clone()).unwrap();
        server::seed::demonstration(&db, &entropy, NOW).await.unwrap();
        pretend_site(&folder.path().join("site"));
        let site = Site::load(&folder.path().join("site")).unwrap();
        let state = AppState::new(site, db, clock.clone(), entropy);
        state.media.sweep().await.unwrap();
        let router = server::router(state.clone());
        let entry = Request::get("/api/v1/entry/houten").body(Body::empty()).unwrap();
        let answer = router
            .clone()
            .oneshot(entry)
            .await
            .unwrap()
            .into_body()
            .collect()
            .await
            .unwrap();
        let project = serde_json::from_slice(&answer.to_bytes()).unwrap();
        Self {
            folder,
            state,
            clock,
            project,
            router,
            entropy: Mutex::new(Seeded(1)),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn ask(&self, request: Request<Body>) -> Reply {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// The body of an answer, to be read at one's leisure.
    pub async fn open_body(&self, path: &str, who: &Who) -> Body {
        let mut request = Request::get(path);
        if let Some(cookie) = &who.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().into_body()
    }

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Reply {
        self.send(Method::GET, path, cookie, Body::empty()).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        cookie: Option<&str>,
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.ask(
            request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.into())
                .unwrap(),
        )
        .await
    }

    /// One sync request, which must be answered.
    pub async fn sync(&self, request: &SyncRequest, who: &Who) -> SyncResponse {
        let reply = self.try_sync(serde_json::to_vec(request).unwrap(), who).await;
        assert_eq!(
            reply.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }

    pub async fn try_sync(&self, body: Vec<u8>, who: &Who) -> Reply {
        let mut request = Request::post("/api/v1/sync").header(header::CONTENT_TYPE, "application/json");
        if let Some(cookie) = &who.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if !who.keys.is_empty() {
            request = request.header(KEYS_HEADER, who.keys.join(", "));
        }
        self.ask(request.body(body.into()).unwrap()).await
    }

    pub async fn push(&self, envelopes: Vec<Envelope>, who: &Who) -> Vec<Verdict> {
        let request = SyncRequest {
            push: envelopes,
            ..quiet()
        };
        self.sync(&request, who)
            .await
            .outcomes
            .into_iter()
            .map(|outcome| outcome.verdict)
            .collect()
    }

    pub async fn push_one(&self, envelope: Envelope, who: &Who) -> Verdict {
        self.push(vec![envelope], who).await.remove(0)
    }

    /// The page of one scope; `None` when it was left out.
    pub async fn pull(&self, scope: Scope, cursor: u64, who: &Who) -> Option<Page> {
        let request = SyncRequest {
            pull: vec![Pull { scope, cursor }],
            ..quiet()
        };
        self.sync(&request, who).await.pages.pop()
    }

    /// The ids of everything in the library, as this member sees it.
    pub async fn library(&self, who: &Who) -> Vec<EntityRef> {
        let page = self.pull(Scope::Members(self.project.id), 0, who).await.unwrap();
        assert!(!page.more);
        puts(&page).iter().map(Row::entity).collect()
    }

    /// The server after a restart.
    pub async fn restarted(self) -> Self {
        Self::open_in(self.closed().await).await
    }

    /// Ends the server and gives up its folder.
    pub async fn closed(self) -> TempDir {
        let Self {
            folder,
            state,
            clock,
            project,
            router,
            entropy,
        } = self;
        drop((state, clock, project, router, entropy));
        // The writer lets the folder go once it has noticed that nobody can send it work any more.
        let lock = fs::File::open(folder.path().join("data/lock")).unwrap();
        tokio::task::spawn_blocking(move || lock.lock().and_then(|()| lock.unlock()))
            .await
            .unwrap()
            .unwrap();
        folder
    }

    /// A story told on a phone and ready to be sent, with every use allowed.
    pub fn told(&self, text: &str) -> Told {
        self.told_at(text, NOW, |_| {})
    }

    pub fn told_at(&self, text: &str, now: Timestamp, shape: impl FnOnce(&mut Draft)) -> Told {
        let mut entropy = self.entropy.lock().unwrap();
        let entry = self.project.entries[0].code.clone();
        let origin = Origin {
            project: self.project.id,
            entry: Some(entry),
            prompt: self.project.prompts[0].id,
        };
        let mut draft = Draft::start(origin, "nl".to_owned(), None, now, &mut *entropy);
        text.clone_into(&mut draft.text);
        draft.choices = OpenChoices::default();
        Use::ALL
            .into_iter()
            .for_each(|to| draft.choices.set(to, Answer::Yes));
        shape(&mut draft);
        let (story, id, command) = draft
            .finalize(Wording("nl/1".to_owned()), now, &mut *entropy)
            .unwrap();
        Told {
            story,
            envelope: Envelope {
                id,
                sequence: 1,
                command,
            },
        }
    }

    /// A new envelope around a command.
    pub fn envelope(&self, command: Command) -> Envelope {
        Envelope {
            id: CommandId::random(&mut *self.entropy.lock().unwrap()),
            sequence: 2,
            command,
        }
    }

    /// Somebody of the demonstration project, signed in through the front door.
    pub async fn signed_in(&self, role: Role) -> Who {
        let links = server::seed::links(&self.state.db, &self.state.entropy, self.clock.now())
            .await
            .unwrap();
        let links = links.unwrap().sign_in;
        let secret = &links.iter().find(|(of, _)| *of == role).unwrap().1;
        self.sign_in(secret).await
    }

    pub async fn sign_in(&self, secret: &str) -> Who {
        let body = serde_json::json!({ "secret": secret }).to_string();
        let reply = self.send(Method::POST, "/api/v1/sign-in", None, body).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
        let cookie = reply.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        Who {
            cookie: Some(cookie.to_owned()),
            keys: Vec::new(),
        }
    }

    /// Another project with a member of this role, signed in. Projects have no front door yet but the instance's.
    pub async fn neighbour(&self, role: Role) -> (ProjectId, Who) {
        let id = self.another_project(|_| {}).await.unwrap();
        (id, self.member_of(id, role).await)
    }

    /// Another project, like the demonstration but for `shape` and without doors; `None` when it is refused.
    pub async fn another_project(&self, shape: impl FnOnce(&mut Project)) -> Option<ProjectId> {
        let mut project = self.project.clone();
        project.id = ProjectId::random(&mut self.state.entropy.clone());
        project.entries.clear();
        shape(&mut project);
        let (id, now) = (project.id, self.clock.now());
        let envelope = self.envelope(Command::CreateProject(Box::new(project)));
        let made = self.state.db.write(move |tx| {
            let keys = storage::Keys::default();
            receive(
                &mut TxLedger::new(tx, &keys, now),
                &envelope,
                Sender::Instance,
                now,
            )
        });
        let outcome = made.await.unwrap();
        matches!(outcome.verdict, Verdict::Committed { .. }).then_some(id)
    }

    /// A further member of the demonstration project, signed in.
    pub async fn colleague(&self, role: Role) -> Who {
        self.member_of(self.project.id, role).await
    }

    async fn member_of(&self, project: ProjectId, role: Role) -> Who {
        let member = Member {
            id: MemberId::random(&mut self.state.entropy.clone()),
            project,
            role,
        };
        let secret = member.id.to_string();
        let (hash, now) = (Sha256::of(secret.as_bytes()), self.clock.now());
        let made = self.state.db.write(move |tx| {
            storage::member::insert(tx, &member)?;
            storage::sign_in::insert_link(tx, hash, member.id, now)
        });
        made.await.unwrap();
        self.sign_in(&secret).await
    }
}
