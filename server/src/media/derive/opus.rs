//! What of Opus stands outside its packets (RFC 6716, 7845).

use super::Failed;

/// The rate that everything about time in Opus is told in.
pub(super) const RATE: u32 = 48_000;

/// The head of an Opus stream, as far as one voice or two need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// One or two.
    pub(super) channels: u8,
    /// Samples at 48 kHz to be left out at the beginning.
    pub(super) pre_skip: u16,
    /// In 1/256 dB, to be applied by who plays it.
    pub(super) gain: i16,
}

impl Head {
    /// Reads the head of a WebM or Ogg stream, or the one of MP4 behind the same magic. The two differ in their byte
    /// order and in their version, which is 0 only in MP4.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failed> {
        let body: &[u8; 11] = bytes
            .strip_prefix(b"OpusHead")
            .and_then(<[u8]>::first_chunk)
            .ok_or(Failed::Refused("Opus without a head"))?;
        let [version, channels, skip1, skip2, _, _, _, _, gain1, gain2, family] = *body;
        let mp4 = version == 0;
        let skip = if mp4 {
            u16::from_be_bytes
        } else {
            u16::from_le_bytes
        };
        let gain = if mp4 {
            i16::from_be_bytes
        } else {
            i16::from_le_bytes
        };
        if family != 0 || !(1..=2).contains(&channels) || version > 15 {
            return Err(Failed::Refused("Opus with more channels than two"));
        }
        Ok(Self {
            channels,
            pre_skip: skip([skip1, skip2]),
            gain: gain([gain1, gain2]),
        })
    }

    /// As WebM and Ogg keep it. The rate of the microphone, which means nothing to who plays, is not told.
    pub(super) fn write(self) -> Vec<u8> {
        let mut bytes = b"OpusHead\x01".to_vec();
        bytes.push(self.channels);
        bytes.extend(self.pre_skip.to_le_bytes());
        bytes.extend(RATE.to_le_bytes());
        bytes.extend(self.gain.to_le_bytes());
        bytes.push(0);
        bytes
    }

    /// As MP4 keeps it in `dOps`.
    pub(super) fn write_mp4(self) -> Vec<u8> {
        let mut bytes = vec![0, self.channels];
        bytes.extend(self.pre_skip.to_be_bytes());
        bytes.extend(RATE.to_be_bytes());
        bytes.extend(self.gain.to_be_bytes());
        bytes.push(0);
        bytes
    }
}

/// How many samples at 48 kHz a packet holds: what its first byte says of one frame, times its frames. `None` for
/// what is no packet (RFC 6716, 3.1 and 3.2).
pub(super) fn samples(packet: &[u8]) -> Option<u32> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 63),
    };
    // No packet is longer than 120 ms.
    Some(frame * frames).filter(|samples| (1..=5_760).contains(samples))
}
