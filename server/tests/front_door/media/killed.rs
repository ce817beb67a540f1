//! The real binary, over real sockets: killed, told to stop, and without files.

use super::{BYTES, Spoken, address, checksum, metadata};
use crate::binary::{RESTART_LIMIT, Running, vertelpunt};
use crate::house::{House, Seeded, Who, acknowledged, puts};
use domain::Entropy;
use domain::id::ClipId;
use domain::member::Role;
use domain::scope::{EntityRef, Scope};
use domain::sync::protocol::{KEYS_HEADER, Verdict};
use server::ambient::{Clock, SystemClock};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// How many clients bring stories at once.
const CLIENTS: usize = 4;

/// Stories with sound for the demonstration project of a folder that nobody is serving.
async fn stories(count: usize, lengths: &[usize]) -> (TempDir, Vec<Spoken>) {
    let house = House::open().await;
    let spoken = (0..count)
        .map(|seed| house.spoken(seed as u64, lengths))
        .collect();
    (house.closed().await, spoken)
}

/// The head of an upload request with a body of this length.
fn head(method: &str, path: &str, who: &Who, headers: &[(&str, String)], length: usize) -> String {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\
         tus-resumable: 1.0.0\r\n{KEYS_HEADER}: {}\r\n",
        who.keys.join(",")
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

fn patch_head(id: ClipId, from: usize, bytes: &[u8], who: &Who, checked: bool) -> String {
    let mut headers = vec![
        ("upload-offset", from.to_string()),
        ("content-type", BYTES.to_owned()),
    ];
    headers.extend(checked.then(|| checksum(bytes)));
    head("PATCH", &address(id), who, &headers, bytes.len())
}

/// Status and offset of a whole answer; `None` when it did not come whole.
type Answer = Option<(u16, Option<u64>)>;

fn answer(mut stream: TcpStream) -> Answer {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let offset = head
        .lines()
        .find_map(|line| line.strip_prefix("upload-offset: "))
        .map(|offset| offset.parse().unwrap());
    Some((status, offset))
}

fn ask(server: &Running, head: &str, body: &[u8]) -> Answer {
    let mut stream = server.connect()?;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    answer(stream)
}

/// What was answered, in all runs of the server together.
#[derive(Default)]
struct Oracle {
    offsets: HashMap<ClipId, u64>,
    acknowledged: BTreeSet<usize>,
}

/// One run of the server, killed at the moment that the seed says.
struct Run<'a> {
    server: &'a Running,
    oracle: &'a Mutex<Oracle>,
    events: AtomicU64,
    kill_at: u64,
    killed: AtomicBool,
    seed: Mutex<Seeded>,
}

impl Run<'_> {
    fn draw(&self, below: u64) -> u64 {
        let mut drawn = [0; 8];
        self.seed.lock().unwrap().fill(&mut drawn);
        u64::from_le_bytes(drawn) % below
    }

    /// Whether this is the moment.
    fn is_the_moment(&self) -> bool {
        self.events.fetch_add(1, Ordering::SeqCst) == self.kill_at
    }

    fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        self.server.signal("-9");
    }

    /// Sends one request; when the moment has come, only a part of it, or all without waiting for the answer.
    fn send(&self, head: &str, body: &[u8]) -> Answer {
        if !self.is_the_moment() {
            return ask(self.server, head, body);
        }
        let sent = self.draw(body.len() as u64 + 1) as usize;
        if let Some(mut stream) = self.server.connect() {
            // Errors say nothing here: the server is about to be gone.
            _ = stream.write_all(head.as_bytes());
            _ = stream.write_all(&body[..sent]);
        }
        self.kill();
        None
    }

    /// Brings a story as a phone would; `None` once the server is gone.
    fn bring(&self, number: usize, spoken: &Spoken) -> Option<()> {
        let who = spoken.told.deliverer();
        if self.is_the_moment() {
            self.kill();
            return None;
        }
        self.server.push(&spoken.told.envelope)?;
        for (id, bytes) in &spoken.clips {
            let held = head("HEAD", &address(*id), &who, &[], 0);
            let (status, offset) = ask(self.server, &held, &[])?;
            assert_eq!(status, 200);
            let mut at = offset.unwrap();
            let answered = self
                .oracle
                .lock()
                .unwrap()
                .offsets
                .get(id)
                .copied()
                .unwrap_or_default();
            assert!(at >= answered, "{at} of {answered} answered bytes are there");
            while at < bytes.len() as u64 {
                let from = at as usize;
                let end = (from + 1 + self.draw(bytes.len() as u64 / 2) as usize).min(bytes.len());
                let piece = &bytes[from..end];
                let said = if at == 0 && self.draw(4) == 0 {
                    let headers = [
                        ("upload-length", bytes.len().to_string()),
                        ("upload-metadata", metadata(*id)),
                        ("content-type", BYTES.to_owned()),
                    ];
                    head("POST", "/api/v1/media", &who, &headers, piece.len())
                } else {
                    patch_head(*id, from, piece, &who, self.draw(2) == 0)
                };
                let (status, offset) = self.send(&said, piece)?;
                assert!(status == 204 || status == 201, "{status}");
                at = offset.unwrap();
                assert_eq!(at, end as u64);
                self.oracle.lock().unwrap().offsets.insert(*id, at);
            }
        }
        let verdict = self.server.push(&spoken.told.envelope)?;
        let (_, acknowledgement) = acknowledged(&verdict);
        assert!(acknowledgement.confirms(spoken.told.story.id, &spoken.told.story.parts));
        self.oracle.lock().unwrap().acknowledged.insert(number);
        Some(())
    }
}

#[tokio::test]
async fn s1_a_hundred_kills_while_sound_comes_lose_nothing_double_nothing_and_mix_nothing_up() {
    let kills = std::env::var("VERTELPUNT_KILLS").map_or(100, |kills| kills.parse().unwrap());
    let (folder, stories) = stories(kills * 2, &[23_000, 6_000]).await;
    let (oracle, mut seed) = (Mutex::new(Oracle::default()), Seeded(1));
    let (mut done, mut slowest) = (0, Duration::ZERO);
    while done < kills {
        let clock = SystemClock::start();
        let server = Running::start(folder.path(), "error");
        slowest = slowest.max(clock.elapsed());
        let mut drawn = [0; 1];
        seed.fill(&mut drawn);
        let run = Run {
            server: &server,
            oracle: &oracle,
            events: AtomicU64::new(0),
            kill_at: u64::from(drawn[0]) % 24,
            killed: AtomicBool::new(false),
            seed: Mutex::new(Seeded(done as u64)),
        };
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (run, stories) = (&run, &stories);
                scope.spawn(move || {
                    for (number, spoken) in stories.iter().enumerate().skip(client).step_by(CLIENTS) {
                        let is_done = run.oracle.lock().unwrap().acknowledged.contains(&number);
                        if !is_done && run.bring(number, spoken).is_none() {
                            return;
                        }
                    }
                });
            }
        });
        assert!(run.killed.load(Ordering::SeqCst), "there was work until the kill");
        done += 1;
    }
    println!("the slowest of {kills} restarts took {slowest:?}");
    assert!(slowest < RESTART_LIMIT, "{slowest:?}");
    let oracle = oracle.into_inner().unwrap();
    assert!(
        oracle.acknowledged.len() > kills / 10,
        "{}",
        oracle.acknowledged.len()
    );
    let house = House::open_in(folder).await;
    assert_eq!(house.state.media.missing(), 0);
    for number in &oracle.acknowledged {
        let spoken = &stories[*number];
        assert!(
            house.is_acknowledged(spoken).await,
            "an acknowledged story was lost"
        );
        for (id, bytes) in &spoken.clips {
            assert!(
                fs::read(house.whole(*id)).unwrap() == *bytes,
                "bytes were mixed up"
            );
        }
    }
    let manager = house.signed_in(Role::Manager).await;
    let (mut library, mut cursor) = (Vec::new(), 0);
    loop {
        let page = house
            .pull(Scope::Members(house.project.id), cursor, &manager)
            .await
            .unwrap();
        library.extend(puts(&page).iter().map(domain::scope::Row::entity));
        cursor = page.cursor;
        if !page.more {
            break;
        }
    }
    let once: BTreeSet<_> = library.iter().collect();
    assert_eq!(once.len(), library.len(), "nothing is there twice");
    for number in &oracle.acknowledged {
        assert!(once.contains(&EntityRef::Summary(stories[*number].told.story.id)));
    }
    // What was not acknowledged can be brought, whatever the kills left of it; and what the kills left is somebody's.
    let ours: BTreeSet<ClipId> = stories
        .iter()
        .flat_map(|spoken| &spoken.clips)
        .map(|(id, _)| *id)
        .collect();
    assert!(
        house
            .state
            .media
            .store()
            .all_whole()
            .unwrap()
            .iter()
            .all(|id| ours.contains(id))
    );
    for spoken in &stories {
        house.push_one(spoken.told.envelope.clone(), &Who::nobody()).await;
        for (id, bytes) in &spoken.clips {
            let at = super::offset(&house.held(*id, &spoken.told.deliverer()).await);
            let rest = bytes[at as usize..].to_vec();
            let reply = house.patch(*id, at, rest, &spoken.told.deliverer()).await;
            assert_eq!(super::offset(&reply), bytes.len() as u64);
        }
        assert!(house.is_acknowledged(spoken).await);
    }
}

/// Opens one request per story that brings half of the rest of its clip, and tells of every answer that comes.
fn half_sent<'a>(
    server: &Running,
    stories: &'a [Spoken],
    from: usize,
) -> (Vec<(TcpStream, &'a [u8])>, mpsc::Receiver<Answer>) {
    let (tell, told) = mpsc::channel();
    let mut waiting = Vec::new();
    for spoken in stories {
        let rest = &spoken.bytes()[from..];
        let mut stream = server.connect().unwrap();
        let said = patch_head(spoken.id(), from, rest, &spoken.told.deliverer(), false);
        stream.write_all(said.as_bytes()).unwrap();
        stream.write_all(&rest[..rest.len() / 2]).unwrap();
        let (reading, tell) = (stream.try_clone().unwrap(), tell.clone());
        std::thread::spawn(move || _ = tell.send(answer(reading)));
        waiting.push((stream, &rest[rest.len() / 2..]));
    }
    (waiting, told)
}

fn announce(server: &Running, stories: &[Spoken]) {
    for spoken in stories {
        assert!(matches!(
            server.push(&spoken.told.envelope),
            Some(Verdict::Committed {
                acknowledgement: None,
                ..
            })
        ));
    }
}

#[tokio::test]
async fn s14_told_to_stop_while_bytes_come_it_ends_in_time_and_every_upload_goes_on_afterwards() {
    let (folder, stories) = stories(40, &[20_000]).await;
    let mut server = Running::start(folder.path(), "error");
    announce(&server, &stories);
    for spoken in &stories {
        let piece = &spoken.bytes()[..5_000];
        let said = patch_head(spoken.id(), 0, piece, &spoken.told.deliverer(), false);
        assert_eq!(ask(&server, &said, piece), Some((204, Some(5_000))));
    }
    let (waiting, told) = half_sent(&server, &stories, 5_000);
    server.signal("-TERM");
    assert!(
        server.child.wait().unwrap().success(),
        "it ends well although nobody ended"
    );
    let answers: Vec<_> = told.iter().take(stories.len()).collect();
    for answer in &answers {
        assert!(matches!(answer, None | Some((503, _))), "{answer:?}");
    }
    drop(waiting);
    let house = House::open_in(folder).await;
    for spoken in &stories {
        let (id, who) = (spoken.id(), spoken.told.deliverer());
        let at = super::offset(&house.held(id, &who).await);
        assert!((5_000..=12_500).contains(&at), "{at}");
        let reply = house
            .patch(id, at, spoken.bytes()[at as usize..].to_vec(), &who)
            .await;
        assert_eq!(super::offset(&reply), 20_000);
        assert!(house.is_acknowledged(spoken).await);
    }
}

/// The most memory a process ever held, in kilobytes.
fn peak_memory(server: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

#[tokio::test]
async fn s15_without_files_to_spare_it_refuses_early_lives_and_keeps_its_memory() {
    let (folder, stories) = stories(120, &[400_000]).await;
    let plain = vertelpunt(folder.path());
    let mut few = Command::new("sh");
    few.current_dir(folder.path()).env_clear();
    few.args(["-c", "ulimit -n 256; exec \"$@\"", "sh"]);
    few.arg(plain.get_program()).args(plain.get_args());
    let server = Running::start_by(few, folder.path(), "error");
    announce(&server, &stories);
    let before = peak_memory(&server);
    let (waiting, told) = half_sent(&server, &stories, 0);
    // (256 − 96) / 2 places, see `most_running`.
    let refused: Vec<_> = told.iter().take(40).map(|answer| answer.unwrap().0).collect();
    assert_eq!(refused, [503; 40]);
    assert_eq!(server.ask("GET", "/readyz", "", "").unwrap().0, 200);
    // More connections than it has files for: they wait, and nothing else breaks.
    let crowd: Vec<_> = (0..150).map(|_| server.connect().unwrap()).collect();
    for (mut stream, rest) in waiting {
        // Who was refused is not listened to any more.
        _ = stream.write_all(rest);
    }
    for answer in told.iter().take(80) {
        let answer = answer.unwrap();
        assert!(
            [(204, Some(400_000)), (503, None)].contains(&answer),
            "{answer:?}"
        );
    }
    drop(crowd);
    for spoken in &stories {
        let (id, who) = (spoken.id(), spoken.told.deliverer());
        let held = ask(&server, &head("HEAD", &address(id), &who, &[], 0), &[]).unwrap();
        let rest = &spoken.bytes()[held.1.unwrap() as usize..];
        let said = patch_head(id, 400_000 - rest.len(), rest, &who, true);
        assert_eq!(ask(&server, &said, rest), Some((204, Some(400_000))));
        acknowledged(&server.push(&spoken.told.envelope).unwrap());
    }
    assert_eq!(server.ask("GET", "/readyz", "", "").unwrap().0, 200);
    let grown = peak_memory(&server) - before;
    assert!(grown < 64 << 10, "{grown} KB more for 120 uploads of 400 KB");
}
