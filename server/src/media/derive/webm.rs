//! Opus in WebM, with what `MediaRecorder` leaves out: how long it lasts, and where to find every few seconds of it
//! (RFC 9559; the numbers are the element ids of its section 5.1).

use super::opus::{Head, RATE};
use super::sound::Sound;
use std::io::{self, Write};

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CUES: u32 = 0x1c53_bb6b;
const CLUSTER: u32 = 0x1f43_b675;
const SIMPLE_BLOCK: u32 = 0xa3;

/// How long one cluster lasts at least, and with it how far two seek points are apart: two seconds.
const CLUSTER_LASTS: u64 = 2 * RATE as u64;
/// All timestamps are in milliseconds.
const SCALE: u64 = 1_000_000;
/// What a decoder must hear before a place to sound right there, in nanoseconds (RFC 7845, 4.6).
const PRE_ROLL: u64 = 80_000_000;

/// Writes a clean file: what it is, how long, where what is, and the sound.
pub(super) fn write(sound: &Sound, head: Head, out: &mut impl Write) -> io::Result<()> {
    let ebml = element(
        EBML,
        &[
            number(0x4286, 1),
            number(0x42f7, 1),
            number(0x42f2, 4),
            number(0x42f3, 8),
            element(0x4282, b"webm"),
            number(0x4287, 4),
            number(0x4285, 2),
        ]
        .concat(),
    );
    let info = element(
        INFO,
        &[
            number(0x002a_d7b1, SCALE),
            element(0x4d80, b"vertelpunt"),
            element(0x5741, b"vertelpunt"),
            element(0x4489, &(millis(sound.heard()) as f64).to_be_bytes()),
        ]
        .concat(),
    );
    let audio = [
        element(0xb5, &f64::from(RATE).to_be_bytes()),
        number(0x9f, head.channels.into()),
    ]
    .concat();
    let track = [
        number(0xd7, 1),
        number(0x73c5, 1),
        number(0x83, 2),
        number(0x9c, 0),
        // Left out, it would mean English.
        element(0x0022_b59c, b"und"),
        element(0x86, b"A_OPUS"),
        element(0x63a2, &head.write()),
        number(0x56aa, u64::from(head.pre_skip) * 1_000_000_000 / u64::from(RATE)),
        number(0x56bb, PRE_ROLL),
        element(0xe1, &audio),
    ]
    .concat();
    let tracks = element(TRACKS, &element(0xae, &track));
    let clusters = clusters(sound);

    // Positions have a fixed width, so that the length of what holds them does not hang on them.
    let before = |cues: u64| seek_head(0, 0, cues).len() as u64;
    let info_at = before(0);
    let tracks_at = info_at + info.len() as u64;
    let cues_at = tracks_at + tracks.len() as u64;
    let cues_length = cues(&clusters, 0).len() as u64;
    let clusters_at = cues_at + cues_length;
    let body = clusters_at + clusters.iter().map(Cluster::length).sum::<u64>();

    out.write_all(&ebml)?;
    out.write_all(&id(SEGMENT))?;
    out.write_all(&size(body))?;
    out.write_all(&seek_head(info_at, tracks_at, cues_at))?;
    out.write_all(&info)?;
    out.write_all(&tracks)?;
    out.write_all(&cues(&clusters, clusters_at))?;
    let mut packets = sound.packets();
    let mut position = 0;
    for cluster in &clusters {
        out.write_all(&id(CLUSTER))?;
        out.write_all(&size(cluster.content))?;
        out.write_all(&number(0xe7, cluster.millis))?;
        for (packet, samples) in packets.by_ref().take(cluster.packets) {
            let relative = i16::try_from(millis(position) - cluster.millis).unwrap_or(i16::MAX);
            let [high, low] = relative.to_be_bytes();
            out.write_all(&id(SIMPLE_BLOCK))?;
            out.write_all(&size(packet.len() as u64 + 4))?;
            // Track 1, the time since the cluster began, and that decoding may begin here.
            out.write_all(&[0x81, high, low, 0x80])?;
            out.write_all(packet)?;
            position += u64::from(samples);
        }
    }
    Ok(())
}

/// A stretch of packets with one timestamp of its own.
struct Cluster {
    millis: u64,
    packets: usize,
    /// Bytes behind its head.
    content: u64,
}

impl Cluster {
    fn length(&self) -> u64 {
        (id(CLUSTER).len() + size(self.content).len()) as u64 + self.content
    }
}

fn clusters(sound: &Sound) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let (mut position, mut begun) = (0, 0);
    for (packet, samples) in sound.packets() {
        if clusters.is_empty() || position - begun >= CLUSTER_LASTS {
            begun = position;
            let millis = millis(position);
            clusters.push(Cluster {
                millis,
                packets: 0,
                content: number(0xe7, millis).len() as u64,
            });
        }
        if let Some(cluster) = clusters.last_mut() {
            let block = packet.len() as u64 + 4;
            cluster.packets += 1;
            cluster.content += (id(SIMPLE_BLOCK).len() + size(block).len()) as u64 + block;
        }
        position += u64::from(samples);
    }
    clusters
}

fn cues(clusters: &[Cluster], first_at: u64) -> Vec<u8> {
    let mut at = first_at;
    let points: Vec<_> = clusters
        .iter()
        .map(|cluster| {
            let place = [number(0xf7, 1), element(0xf1, &at.to_be_bytes())].concat();
            at += cluster.length();
            element(
                0xbb,
                &[number(0xb3, cluster.millis), element(0xb7, &place)].concat(),
            )
        })
        .collect();
    element(CUES, &points.concat())
}

fn seek_head(info: u64, tracks: u64, cues: u64) -> Vec<u8> {
    let seek = |to: u32, at: u64| {
        element(
            0x4dbb,
            &[
                element(0x53ab, &to.to_be_bytes()),
                element(0x53ac, &at.to_be_bytes()),
            ]
            .concat(),
        )
    };
    element(
        SEEK_HEAD,
        &[seek(INFO, info), seek(TRACKS, tracks), seek(CUES, cues)].concat(),
    )
}

fn millis(samples: u64) -> u64 {
    samples * 1_000 / u64::from(RATE)
}

/// An id is written as it stands, without leading zeros.
fn id(id: u32) -> Vec<u8> {
    significant(id.into())
}

/// A length in eight bytes: a one, and 56 bits.
fn size(length: u64) -> [u8; 8] {
    (1 << 56 | length).to_be_bytes()
}

fn element(name: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = id(name);
    bytes.extend(size(content.len() as u64));
    bytes.extend(content);
    bytes
}

fn number(name: u32, value: u64) -> Vec<u8> {
    element(name, &significant(value))
}

/// Big-endian without leading zeros, one byte at least.
fn significant(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}
