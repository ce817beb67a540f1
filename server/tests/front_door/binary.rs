//! The real binary, over a real socket.

use crate::house::{House, pretend_site, quiet};
use crate::media::BYTES;
use domain::sync::protocol::{Envelope, SyncRequest, SyncResponse, Verdict};
use server::ambient::{Clock, SystemClock};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub fn vertelpunt(folder: &Path) -> Command {
    pretend_site(&folder.join("site"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_vertelpunt"));
    command
        .current_dir(folder)
        .env_clear()
        .args(["--site", "site", "--address", "127.0.0.1:0"]);
    command
}

/// How long a start after a kill may take at most: ten times what is promised, as this machine may be busy.
pub const RESTART_LIMIT: Duration = Duration::from_secs(20);

/// A running binary; killed when dropped.
pub struct Running {
    pub child: Child,
    address: String,
    links: Vec<(String, String)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL; an error only says that it has ended.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Running {
    pub fn start(folder: &Path, log: &str) -> Self {
        Self::start_by(vertelpunt(folder), folder, log)
    }

    /// Starts what `command` begins.
    pub fn start_by(mut command: Command, folder: &Path, log: &str) -> Self {
        let errors = File::options()
            .create(true)
            .append(true)
            .open(folder.join("log"))
            .unwrap();
        let mut child = command
            .args(["--demo", "true", "--log", log])
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut links = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if let Some((name, link)) = line.unwrap().split_once(": http") {
                links.push((name.to_owned(), format!("http{link}")));
            }
            if links.last().is_some_and(|(name, _)| name == "Facilitator") {
                break;
            }
        }
        let address = links[0].1.trim_start_matches("http://").to_owned();
        Self {
            child,
            address,
            links,
        }
    }

    pub fn link(&self, name: &str) -> &str {
        &self
            .links
            .iter()
            .find(|(of, _)| of == name)
            .unwrap_or_else(|| panic!("no link {name}"))
            .1
    }

    /// Where it listens.
    pub fn at(&self) -> SocketAddr {
        self.address.replace("localhost", "127.0.0.1").parse().unwrap()
    }

    /// A new connection.
    pub fn connect(&self) -> Option<TcpStream> {
        TcpStream::connect(self.at()).ok()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap();
    }

    /// One request on a connection of its own; `None` when the server was gone before it had answered.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: impl AsRef<[u8]>,
    ) -> Option<(u16, String)> {
        let mut stream = self.connect()?;
        let body = body.as_ref();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n",
            self.address
        );
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body))
            .ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        Some((status, answer))
    }

    /// Pushes one command; the verdict when the whole answer came.
    pub fn push(&self, envelope: &Envelope) -> Option<Verdict> {
        self.push_as(envelope, "")
    }

    /// The same, as whoever these headers say.
    pub fn push_as(&self, envelope: &Envelope, headers: &str) -> Option<Verdict> {
        let request = SyncRequest {
            push: vec![envelope.clone()],
            ..quiet()
        };
        let answer = self.sync(&request, headers)?;
        answer.outcomes.into_iter().next().map(|outcome| outcome.verdict)
    }

    /// One sync request; the answer when the whole of it came.
    pub fn sync(&self, request: &SyncRequest, headers: &str) -> Option<SyncResponse> {
        let request = serde_json::to_string(request).unwrap();
        let (status, answer) = self.ask("POST", "/api/v1/sync", headers, request)?;
        let body = answer.split_once("\r\n\r\n")?.1;
        // A body cut off by the kill does not parse: it was not acknowledged.
        serde_json::from_str(body).ok().filter(|_| status == 200)
    }

    /// Signs in by the link of this name; the header that says so from then on.
    pub fn sign_in(&self, name: &str) -> String {
        let secret = self.link(name).split_once('#').unwrap().1;
        let body = serde_json::json!({ "secret": secret }).to_string();
        let (status, answer) = self.ask("POST", "/api/v1/sign-in", "", body).unwrap();
        assert_eq!(status, 204);
        let cookie = answer.split("__Host-vertelpunt=").nth(1).unwrap();
        let cookie = cookie.split(';').next().unwrap();
        format!("cookie: __Host-vertelpunt={cookie}\r\n")
    }
}

/// Stories for the demonstration project of the data folder below `folder`, which nobody may be serving.
pub async fn stories(count: usize) -> (tempfile::TempDir, Vec<Envelope>) {
    let house = House::open().await;
    let envelopes = (0..count)
        .map(|n| house.told(&format!("Verhaal {n} onder vuur.")).envelope)
        .collect();
    (house.closed().await, envelopes)
}

#[tokio::test]
async fn s1_kill_9_under_load_loses_no_acknowledged_story() {
    let (folder, envelopes) = stories(2_000).await;
    let server = Running::start(folder.path(), "error");
    let next = AtomicUsize::new(0);
    let oracle = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(envelope) = envelopes.get(next.fetch_add(1, Ordering::SeqCst)) {
                    match server.push(envelope) {
                        Some(Verdict::Committed {
                            acknowledgement: Some(_),
                            ..
                        }) => {
                            let mut oracle = oracle.lock().unwrap();
                            oracle.push(envelope.clone());
                            if oracle.len() == 200 {
                                server.signal("-9");
                            }
                        }
                        Some(other) => panic!("{other:?}"),
                        None => break,
                    }
                }
            });
        }
    });
    drop(server);
    let oracle = oracle.into_inner().unwrap();
    assert!(
        (200..2_000).contains(&oracle.len()),
        "killed under load: {}",
        oracle.len()
    );
    let clock = SystemClock::start();
    let server = Running::start(folder.path(), "error");
    assert!(clock.elapsed() < RESTART_LIMIT, "{:?}", clock.elapsed());
    for envelope in &oracle {
        let Some(Verdict::Committed {
            already,
            acknowledgement: Some(_),
        }) = server.push(envelope)
        else {
            panic!("an acknowledged story is refused")
        };
        assert!(already, "an acknowledged story was lost");
    }
}

#[tokio::test]
async fn s14_told_to_stop_it_ends_well_and_answers_who_waits() {
    let (folder, envelopes) = stories(1).await;
    let mut server = Running::start(folder.path(), "info");
    assert!(server.push(&envelopes[0]).is_some());
    server.signal("-TERM");
    assert!(server.child.wait().unwrap().success());
}

/// ASVS 16.2.5: nothing of a story, a key, a person, a code or an address is in any line of the log.
#[tokio::test]
async fn the_log_holds_no_canary() {
    let house = House::open().await;
    let told = house.told_at("kanarie in de tekst", house.now(), |draft| {
        "kanarie als titel".clone_into(&mut draft.title);
        draft.tags = vec![domain::tag::Tag::Own("kanarielabel".to_owned())];
    });
    let project = house.project.id;
    let folder = house.closed().await;
    let server = Running::start(folder.path(), "debug");
    assert!(server.push(&told.envelope).is_some());
    let (owner, story) = (told.story.owner_key().to_hex(), told.story.id);
    let secret = server.link("Analist").split_once('#').unwrap().1.to_owned();
    let cookie = server.sign_in("Analist");
    let signed_in = format!("{cookie}story-keys: {owner}\r\n");
    let cookie = cookie.trim_end().split_once('=').unwrap().1;
    for path in [
        format!("/api/v1/stories/{story}"),
        format!("/api/v1/projects/{project}/search?q=kanariezoek"),
        "/api/v1/entry/kanariecode".to_owned(),
        "/v/kanariecode?kanarie".to_owned(),
        "/kanariepad".to_owned(),
        "/readyz".to_owned(),
    ] {
        server.ask("GET", &path, &signed_in, "").unwrap();
    }
    server
        .ask("POST", "/api/v1/sync", &signed_in, "{\"kanarie\": ")
        .unwrap();
    let tus = format!("tus-resumable: 1.0.0\r\ncontent-type: {BYTES}\r\nupload-offset: 0\r\n{signed_in}");
    for clip in [story.to_string(), "kanarieclip".to_owned()] {
        let path = format!("/api/v1/media/{clip}");
        let (status, _) = server.ask("PATCH", &path, &tus, "kanarie in het geluid").unwrap();
        assert_eq!(status, 404);
    }
    drop(server);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(
        log.contains("/api/v1/stories/{id}"),
        "the route's template is there:\n{log}"
    );
    let secrets = [
        "kanarie",
        &owner,
        &secret,
        cookie,
        &story.to_string(),
        "127.0.0.1",
    ];
    for canary in secrets {
        assert!(!log.contains(canary), "{canary} in\n{log}");
    }
}

fn refused(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = vertelpunt(folder);
    let Output { status, stderr, .. } = command
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_wrong_value_is_refused_with_its_name_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], [&'a str; 2]);
    let cases: [Case<'_>; 8] = [
        (
            &["--max-body", "12"],
            &[],
            ["--max-body", "expected a number of bytes"],
        ),
        (&["--demo", "perhaps"], &[], ["--demo", "true"]),
        (
            &["--public-url", "verhalen.nl"],
            &[],
            ["--public-url", "expected http:// or https://"],
        ),
        (&["--certificate", "cert.pem"], &[], ["--certificate", "--key"]),
        (&[], &[("VERTELPUNT_LOG", "loud")], ["--log", "expected a level"]),
        (&[], &[("VERTELPUNT_LOG_FORMAT", "xml")], ["--log-format", "json"]),
        (
            &[],
            &[("VERTELPUNT_TRUST_PORT", "70000")],
            ["--trust-port", "65535"],
        ),
        (&["--config", "none.toml"], &[], ["none.toml", "No such file"]),
    ];
    for (arguments, environment, said) in cases {
        let stderr = refused(folder.path(), arguments, environment);
        assert!(
            said.iter().all(|words| stderr.contains(words)),
            "{arguments:?} {environment:?}:\n{stderr}"
        );
    }
}

#[test]
fn a_wrong_value_in_the_file_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    for (file, said) in [
        ("max-body = 12", ["--max-body", "expected a number of bytes"]),
        (
            "adress = \"127.0.0.1:1\"",
            ["there is no setting adress", "address"],
        ),
        ("demo = [1]", ["demo", "expected text"]),
        ("demo =", ["settings.toml", "TOML"]),
    ] {
        fs::write(folder.path().join("settings.toml"), file).unwrap();
        let stderr = refused(folder.path(), &["--config", "settings.toml"], &[]);
        assert!(
            said.iter().all(|words| stderr.contains(words)),
            "{file}:\n{stderr}"
        );
    }
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Running::start(folder.path(), "error");
    let stderr = refused(folder.path(), &[], &[]);
    assert!(stderr.contains("another server"), "{stderr}");
}
