//! How many stories of 300 KB of sound, with what is said of them, come in, 16 at a time, side by side in one run with
//! npm's `@tus/server` and `pouchdb-server`. Ours takes the manifest, verifies the bytes, waits for the disk and
//! acknowledges; the references take bytes and metadata in one request and promise nothing about a power cut.
//!
//!     cargo bench -p server --bench ingest [-- ours|tus|pouchdb …]        STORIES=1000
//!
//! Whoever sends is written in Rust and says what it took of the processor: on two cores a client in JavaScript took as
//! much as the servers it measured. Beside each other stand also the milliseconds of processor per story, of the server
//! and of the client, which a busy machine changes less than the stories per second.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on has nothing to say")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Entropy, Sha256};
use serde_json::{Value, json};
use server::ambient::{Clock, SystemClock, SystemEntropy};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const LENGTH: usize = 300_000;
const IN_FLIGHT: usize = 16;
const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

/// A server that is measured, alone in a folder of its own; killed when dropped.
struct Server {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error only says that it has ended.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    /// Starts a command and waits until it says where it listens.
    fn start(command: impl FnOnce(&Path) -> Command) -> Self {
        let folder = tempfile::tempdir_in(folder()).unwrap();
        let mut command = command(folder.path());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended: {command:?}");
            if let Some((_, address)) = line.split_once("http://") {
                let end = address.find(|c: char| c == '/' || c.is_whitespace());
                break address[..end.unwrap_or(address.len())].replace("localhost", "127.0.0.1");
            }
        };
        // Whoever writes where nobody reads is stopped.
        std::thread::spawn(move || io::copy(&mut said, &mut io::sink()));
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    /// The most memory it ever held, in megabytes.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
    }
}

/// How long a process had the processor until now, in seconds.
fn processor(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    // In hundredths of a second on every Linux.
    (ticks(11) + ticks(12)) / 100.0
}

/// A real disk: the folder for temporary files is often memory.
fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// One connection that is kept for all requests of one client.
struct Line {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Line {
    fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
            address: address.to_owned(),
        }
    }

    /// One request whose body is these pieces; the body of its answer, which must be a success.
    fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], pieces: &[&[u8]]) -> String {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n",
            self.address
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).unwrap();
        pieces.iter().for_each(|piece| stream.write_all(piece).unwrap());
        let (status, body) = self.answer();
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        String::from_utf8(body).unwrap()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn answer(&mut self) -> (u16, Vec<u8>) {
        let status = self.line();
        let status = status.split(' ').nth(1).unwrap().parse().unwrap();
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("transfer-encoding", _)) => chunked = true,
                Some(_) => {}
                None => break,
            }
        }
        if !chunked {
            return (status, self.bytes(length));
        }
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line(), 16).unwrap();
            body.extend(self.bytes(length));
            self.line();
            if length == 0 {
                return (status, body);
            }
        }
    }
}

/// A story that waits to be brought: its sound is the noise of all, with its number in front.
struct Story {
    number: [u8; 3],
    id: String,
    clip: String,
    key: String,
    sha256: String,
    push: Vec<u8>,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemEntropy.fill(&mut bytes);
    bytes
}

fn id() -> String {
    uuid::Builder::from_random_bytes(random()).into_uuid().to_string()
}

impl Story {
    /// As a phone announces it.
    fn told(number: usize, project: &Value, noise: &[u8]) -> Self {
        let [first, second, third, _] = (number as u32).to_le_bytes();
        let number = [first, second, third];
        let sound = [&number[..], noise].concat();
        let (story, clip, key) = (id(), id(), random::<32>());
        let sha256 = hexadecimal(&Sha256::of(&sound).0);
        let part = json!({ "sha256": sha256, "length": LENGTH, "kind": "sound" });
        let content = json!({
            "pictures": [5, 44], "language": "nl", "perspective": "resident", "tags": [],
            "clips": [{ "id": clip, "kind": "sound", "media_type": "audio/webm;codecs=opus", "length": LENGTH,
                "millis": 5_000, "sha256": sha256 }],
        });
        let finalize = json!({
            "story": story,
            "origin": { "project": project["id"], "entry": "houten", "prompt": project["prompts"][0]["id"] },
            "content": content, "parts": [part], "wording": "nl/1", "told_at": 1_795_330_800_000_u64,
            "choices": { "analysis": "yes", "meeting": "yes", "report": "yes", "public": "yes" },
            "owner_key_hash": hexadecimal(&Sha256::of(&random::<32>()).0),
            "upload_key_hash": hexadecimal(&Sha256::of(&key).0),
        });
        let envelope = json!({ "id": id(), "sequence": 1, "command": { "finalize_story": finalize } });
        let push =
            json!({ "protocol": 1, "nonce": hexadecimal(&random::<16>()), "push": [envelope], "pull": [] });
        Self {
            number,
            id: story,
            clip,
            key: hexadecimal(&key),
            sha256,
            push: push.to_string().into_bytes(),
        }
    }
}

/// What is compared.
trait Contestant: Sync {
    fn name(&self) -> &'static str;
    fn start(&self) -> Server;
    /// The project that stories are told to, with its question.
    fn project(&self, _: &mut Line) -> Value {
        json!({ "id": id(), "prompts": [{ "id": id() }] })
    }
    /// Brings one story; returns once the server has said that it is there.
    fn bring(&self, line: &mut Line, story: &Story);
}

struct Ours {
    noise: Arc<[u8]>,
}

impl Contestant for Ours {
    fn name(&self) -> &'static str {
        "vertelpunt"
    }

    fn start(&self) -> Server {
        Server::start(|folder| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_vertelpunt"));
            let site = std::env::var("SITE").map_or_else(|_| root().join("target/site"), PathBuf::from);
            command.args(["--demo", "true", "--log", "warn", "--address", "127.0.0.1:0"]);
            command.arg("--site").arg(site).arg("--data").arg(folder);
            command
        })
    }

    fn project(&self, line: &mut Line) -> Value {
        serde_json::from_str(&line.ask("GET", "/api/v1/entry/houten", &[], &[])).unwrap()
    }

    fn bring(&self, line: &mut Line, story: &Story) {
        line.ask("POST", "/api/v1/sync", JSON, &[&story.push]);
        let headers = [
            ("Story-Keys", &*story.key),
            ("Tus-Resumable", "1.0.0"),
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Length", &LENGTH.to_string()),
            (
                "Upload-Metadata",
                &format!("clip {}", STANDARD.encode(&story.clip)),
            ),
        ];
        line.ask("POST", "/api/v1/media", &headers, &[&story.number, &self.noise]);
        let answer = line.ask("POST", "/api/v1/sync", JSON, &[&story.push]);
        assert!(answer.contains(&story.sha256), "not acknowledged: {answer}");
    }
}

struct Tus {
    noise: Arc<[u8]>,
}

impl Contestant for Tus {
    fn name(&self) -> &'static str {
        "@tus/server"
    }

    fn start(&self) -> Server {
        Server::start(|folder| {
            let mut command = Command::new("node");
            command
                .arg(root().join("end2end/media/reference_tus.mjs"))
                .arg(folder);
            command
        })
    }

    fn bring(&self, line: &mut Line, story: &Story) {
        let headers = [
            ("Tus-Resumable", "1.0.0"),
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Length", &LENGTH.to_string()),
            (
                "Upload-Metadata",
                &format!("story {}", STANDARD.encode(&story.push)),
            ),
        ];
        line.ask("POST", "/files", &headers, &[&story.number, &self.noise]);
    }
}

struct Pouchdb {
    /// Base64 of the noise: the number of a story is three bytes, so that it is four letters of its own.
    noise: String,
}

impl Pouchdb {
    fn program() -> PathBuf {
        root().join("end2end/media/pouchdb/node_modules/.bin/pouchdb-server")
    }
}

impl Contestant for Pouchdb {
    fn name(&self) -> &'static str {
        "pouchdb-server"
    }

    fn start(&self) -> Server {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        Server::start(|folder| {
            let mut command = Command::new("node");
            command
                .arg(Self::program())
                .args(["--port", &port, "--dir"])
                .arg(folder);
            command.current_dir(folder);
            command
        })
    }

    fn project(&self, line: &mut Line) -> Value {
        line.ask("PUT", "/stories", JSON, &[]);
        json!({ "id": id(), "prompts": [{ "id": id() }] })
    }

    fn bring(&self, line: &mut Line, story: &Story) {
        let told = str::from_utf8(&story.push).unwrap();
        let before = format!(
            "{{\"told\":{told},\"_attachments\":{{\"sound\":{{\"content_type\":\"audio/webm\",\"data\":\"{}",
            STANDARD.encode(story.number)
        );
        let path = format!("/stories/{}", story.id);
        let pieces = [before.as_bytes(), self.noise.as_bytes(), b"\"}}}"];
        line.ask("PUT", &path, JSON, &pieces);
    }
}

struct Measured {
    name: &'static str,
    per_second: f64,
    waits: Vec<f64>,
    memory: u64,
    server: f64,
    client: f64,
}

fn measure(contestant: &dyn Contestant, stories: usize, noise: &[u8]) -> Measured {
    let server = contestant.start();
    let project = contestant.project(&mut Line::to(&server.address));
    let told: Vec<Story> = (0..stories)
        .map(|number| Story::told(number, &project, noise))
        .collect();
    let (next, waits) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(stories)));
    let process = server.child.id().to_string();
    let (clock, before) = (SystemClock::start(), (processor(&process), processor("self")));
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            scope.spawn(|| {
                let mut line = Line::to(&server.address);
                while let Some(story) = told.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = clock.elapsed();
                    contestant.bring(&mut line, story);
                    waits
                        .lock()
                        .unwrap()
                        .push((clock.elapsed() - begun).as_secs_f64() * 1_000.0);
                }
            });
        }
    });
    let (seconds, each) = (clock.elapsed().as_secs_f64(), 1_000.0 / stories as f64);
    let mut waits = waits.into_inner().unwrap();
    waits.sort_by(f64::total_cmp);
    Measured {
        name: contestant.name(),
        per_second: stories as f64 / seconds,
        waits,
        memory: server.memory(),
        server: (processor(&process) - before.0) * each,
        client: (processor("self") - before.1) * each,
    }
}

fn main() {
    let stories = std::env::var("STORIES").map_or(1_000, |count| count.parse().unwrap());
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|one| one == name);
    let mut noise = vec![0; LENGTH - 3];
    SystemEntropy.fill(&mut noise);
    let noise: Arc<[u8]> = noise.into();
    let mut contestants: Vec<(Box<dyn Contestant>, usize)> = Vec::new();
    if wanted("ours") {
        let noise = Arc::clone(&noise);
        contestants.push((Box::new(Ours { noise }), stories));
    }
    if wanted("tus") {
        let noise = Arc::clone(&noise);
        contestants.push((Box::new(Tus { noise }), stories));
    }
    if wanted("pouchdb") {
        if Pouchdb::program().exists() {
            let noise = STANDARD.encode(&noise);
            // It is so slow that a tenth says enough.
            contestants.push((Box::new(Pouchdb { noise }), stories.div_ceil(10)));
        } else {
            println!("ingest: pouchdb-server is not installed: npm ci --prefix end2end/media/pouchdb");
        }
    }
    let mut first = None;
    for (contestant, stories) in contestants {
        let done = measure(&*contestant, stories, &noise);
        let at = |share: f64| done.waits[(done.waits.len() as f64 * share) as usize];
        let ratio = *first.get_or_insert(done.per_second) / done.per_second;
        println!(
            "ingest {:14} {:5.0} stories/s  p50 {:4.0} ms  p95 {:4.0} ms  RSS {:3} MB  processor/story {:.2} ms (client {:.2})  ours is {ratio:.1} × as fast",
            done.name,
            done.per_second,
            at(0.5),
            at(0.95),
            done.memory,
            done.server,
            done.client
        );
    }
}
