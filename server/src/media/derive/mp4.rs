//! AAC or Opus in MP4 (ISO 14496-12 and -14; Opus in ISOBMFF): all that is known of the sound first, then the sound,
//! so that a player can begin and seek with the first bytes. Recorders write fragments, without either.

use super::sound::{AAC_RATES, Codec, Sound};
use std::io::{self, Write};

/// The scale of times that are not those of the track: milliseconds.
const SCALE: u64 = 1_000;

/// No rotation, no zoom.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// Writes a clean file.
pub(super) fn write(sound: &Sound, out: &mut impl Write) -> io::Result<()> {
    let brands = [
        b"isom".as_slice(),
        &0x200_u32.to_be_bytes(),
        b"isom",
        b"iso2",
        b"mp41",
    ]
    .concat();
    let ftyp = boxed(b"ftyp", &brands);
    let chunks = chunks(sound);
    // Positions have a fixed width, so that the length of what holds them does not hang on them.
    let sound_at = ftyp.len() + moov(sound, &chunks, 0).len() + 8;
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidData, "more than MP4's 32 bits hold");
    let length: usize = sound.packets().map(|(packet, _)| packet.len()).sum();
    out.write_all(&ftyp)?;
    out.write_all(&moov(sound, &chunks, u32::try_from(sound_at).map_err(too_long)?))?;
    out.write_all(&u32::try_from(length + 8).map_err(too_long)?.to_be_bytes())?;
    out.write_all(b"mdat")?;
    for (packet, _) in sound.packets() {
        out.write_all(packet)?;
    }
    Ok(())
}

/// Packets that lie together and are fetched together: about a second.
struct Chunk {
    packets: u32,
    bytes: u32,
}

fn chunks(sound: &Sound) -> Vec<Chunk> {
    let second = u64::from(sound.codec.rate());
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut lasted = second;
    for (packet, samples) in sound.packets() {
        if lasted >= second {
            lasted = 0;
            chunks.push(Chunk { packets: 0, bytes: 0 });
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.packets += 1;
            chunk.bytes += packet.len() as u32;
        }
        lasted += u64::from(samples);
    }
    chunks
}

fn moov(sound: &Sound, chunks: &[Chunk], sound_at: u32) -> Vec<u8> {
    let heard = sound.heard() * SCALE / u64::from(sound.codec.rate());
    let mvhd = full(
        b"mvhd",
        1,
        0,
        &[
            &[0; 16][..],
            &(SCALE as u32).to_be_bytes(),
            &heard.to_be_bytes(),
            &0x1_0000_u32.to_be_bytes(),
            &0x100_u16.to_be_bytes(),
            &[0; 10],
            &words(MATRIX),
            &[0; 24],
            &2_u32.to_be_bytes(),
        ]
        .concat(),
    );
    let tkhd = full(
        b"tkhd",
        1,
        3,
        &[
            &[0; 16][..],
            &1_u32.to_be_bytes(),
            &[0; 4],
            &heard.to_be_bytes(),
            &[0; 12],
            &0x100_u16.to_be_bytes(),
            &[0; 2],
            &words(MATRIX),
            &[0; 8],
        ]
        .concat(),
    );
    // What is heard begins behind the samples to be left out.
    let edit = [
        &1_u32.to_be_bytes()[..],
        &heard.to_be_bytes(),
        &u64::from(sound.codec.skip()).to_be_bytes(),
        &[0, 1, 0, 0],
    ]
    .concat();
    let edts = boxed(b"edts", &full(b"elst", 1, 0, &edit));
    let mdhd = full(
        b"mdhd",
        1,
        0,
        &[
            &[0; 16][..],
            &sound.codec.rate().to_be_bytes(),
            &sound.samples().to_be_bytes(),
            // No language.
            &0x55c4_u16.to_be_bytes(),
            &[0; 2],
        ]
        .concat(),
    );
    let hdlr = full(b"hdlr", 0, 0, &[&[0; 4][..], b"soun", &[0; 13]].concat());
    let here = full(
        b"dref",
        0,
        0,
        &[&1_u32.to_be_bytes()[..], &full(b"url ", 0, 1, &[])].concat(),
    );
    let minf = [
        full(b"smhd", 0, 0, &[0; 4]),
        boxed(b"dinf", &here),
        boxed(b"stbl", &tables(sound, chunks, sound_at)),
    ]
    .concat();
    let mdia = [mdhd, hdlr, boxed(b"minf", &minf)].concat();
    let trak = [tkhd, edts, boxed(b"mdia", &mdia)].concat();
    boxed(b"moov", &[mvhd, boxed(b"trak", &trak)].concat())
}

/// How it is coded, how long each packet lasts, in which chunk it lies, how many bytes it has, where its chunk begins.
fn tables(sound: &Sound, chunks: &[Chunk], sound_at: u32) -> Vec<u8> {
    let mut lasts: Vec<[u32; 2]> = Vec::new();
    let mut sizes = vec![0, sound.count() as u32];
    for (packet, samples) in sound.packets() {
        match lasts.last_mut() {
            Some([count, same]) if *same == samples => *count += 1,
            _ => lasts.push([1, samples]),
        }
        sizes.push(packet.len() as u32);
    }
    let mut runs: Vec<[u32; 3]> = Vec::new();
    let mut places = vec![chunks.len() as u32];
    let mut at = sound_at;
    for (number, chunk) in (1..).zip(chunks) {
        if runs
            .last()
            .is_none_or(|[_, packets, _]| *packets != chunk.packets)
        {
            runs.push([number, chunk.packets, 1]);
        }
        places.push(at);
        at += chunk.bytes;
    }
    [
        full(
            b"stsd",
            0,
            0,
            &[&1_u32.to_be_bytes()[..], &description(sound.codec)].concat(),
        ),
        full(b"stts", 0, 0, &counted(&lasts)),
        full(b"stsc", 0, 0, &counted(&runs)),
        full(b"stsz", 0, 0, &words(sizes)),
        full(b"stco", 0, 0, &words(places)),
    ]
    .concat()
}

fn description(codec: Codec) -> Vec<u8> {
    let (name, channels, config) = match codec {
        Codec::Opus(head) => (b"Opus", head.channels, boxed(b"dOps", &head.write_mp4())),
        Codec::Aac { rate, channels } => (b"mp4a", channels, esds(rate, channels)),
    };
    let entry = [
        &[0; 6][..],
        &1_u16.to_be_bytes(),
        &[0; 8],
        &u16::from(channels).to_be_bytes(),
        &16_u16.to_be_bytes(),
        &[0; 4],
        // The rate in 16.16; one that does not fit is told by what follows.
        &(codec.rate().min(u16::MAX.into()) << 16).to_be_bytes(),
        &config,
    ]
    .concat();
    boxed(name, &entry)
}

/// What an AAC decoder must know, in descriptors of MPEG-4 systems: tag, length, content.
fn esds(rate: u32, channels: u8) -> Vec<u8> {
    let described = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let index = AAC_RATES
        .iter()
        .position(|known| *known == rate)
        .unwrap_or_default() as u16;
    let config = 2 << 11 | index << 7 | u16::from(channels) << 3;
    let decoder = [
        // MPEG-4 audio, an audio stream, no buffer size and no bit rates told.
        &[0x40, 0x15][..],
        &[0; 11],
        &described(5, &config.to_be_bytes()),
    ]
    .concat();
    let stream = [&[0, 0, 0][..], &described(4, &decoder), &described(6, &[2])].concat();
    full(b"esds", 0, 0, &described(3, &stream))
}

fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat()
}

fn full(name: &[u8; 4], version: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    boxed(name, &[&[version, 0, 0, flags][..], content].concat())
}

fn words(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_be_bytes).collect()
}

fn counted<const N: usize>(rows: &[[u32; N]]) -> Vec<u8> {
    words(std::iter::once(rows.len() as u32).chain(rows.iter().flatten().copied()))
}
