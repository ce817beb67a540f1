//! Opus in Ogg (RFC 3533, 7845).

use super::opus::Head;
use super::sound::Sound;
use std::io::{self, Write};

/// Which logical stream; there is only one.
const SERIAL: u32 = 1;
/// About how long one page lasts: a second, so that a player finds any place by guessing pages.
const PAGE: u64 = 48_000;
/// The most segments of a page.
const SEGMENTS: usize = 255;

const FIRST: u8 = 2;
const LAST: u8 = 4;

/// Writes a clean stream: head, tags that say nothing, sound.
pub(super) fn write(sound: &Sound, head: Head, out: &mut impl Write) -> io::Result<()> {
    let mut pages = Pages { out, sequence: 0 };
    pages.write(FIRST, 0, &lacing(head.write().len()), &head.write())?;
    let mut tags = b"OpusTags".to_vec();
    let vendor = b"vertelpunt";
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor);
    tags.extend(0_u32.to_le_bytes());
    pages.write(0, 0, &lacing(tags.len()), &tags)?;

    let (mut segments, mut bytes) = (Vec::new(), Vec::new());
    let (mut position, mut begun) = (0, 0);
    for (packet, samples) in sound.packets() {
        let lacing = lacing(packet.len());
        if !segments.is_empty() && (segments.len() + lacing.len() > SEGMENTS || position - begun >= PAGE) {
            pages.write(0, position, &segments, &bytes)?;
            segments.clear();
            bytes.clear();
            begun = position;
        }
        segments.extend(lacing);
        bytes.extend(packet);
        position += u64::from(samples);
    }
    pages.write(LAST, position, &segments, &bytes)
}

/// A packet's length in segments: as many of 255 as fit, and the rest, be it 0. No packet of Opus comes near the
/// length of a page.
fn lacing(length: usize) -> Vec<u8> {
    let mut lacing = vec![255; length / 255];
    lacing.push((length % 255) as u8);
    lacing
}

struct Pages<'a, W> {
    out: &'a mut W,
    sequence: u32,
}

impl<W: Write> Pages<'_, W> {
    /// `position`: samples up to the end of this page.
    fn write(&mut self, flags: u8, position: u64, segments: &[u8], bytes: &[u8]) -> io::Result<()> {
        let count = u8::try_from(segments.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a packet longer than a page"))?;
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(position.to_le_bytes());
        page.extend(SERIAL.to_le_bytes());
        page.extend(self.sequence.to_le_bytes());
        page.extend([0; 4]);
        page.push(count);
        page.extend(segments);
        page.extend(bytes);
        let sum = checksum(&page);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        self.sequence += 1;
        self.out.write_all(&page)
    }
}

/// The CRC of Ogg: polynomial 0x04c11db7, not reflected, starting from 0.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}
