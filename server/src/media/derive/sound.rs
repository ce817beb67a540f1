//! Sound: packets are taken out of the container they came in, decoded to hear that they are sound and how loud, and
//! put into a clean container of the same kind. They are not encoded anew, so nothing is lost by it.

use super::loudness::Loudness;
use super::opus::{self, Head};
use super::{Counting, Failed, LASTS_LIMIT, mp4, ogg, webm};
use domain::clip::Measured;
use std::io::Write;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{FORMAT_ID_ISOMP4, FORMAT_ID_MKV, FORMAT_ID_OGG};
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

/// How a sound is coded, with all that must be known besides its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Opus.
    Opus(Head),
    /// AAC, low complexity: the only profile that browsers record.
    Aac {
        /// Samples a second.
        rate: u32,
        /// One or two.
        channels: u8,
    },
}

impl Codec {
    /// In which time is told.
    pub(super) fn rate(self) -> u32 {
        match self {
            Self::Opus(_) => opus::RATE,
            Self::Aac { rate, .. } => rate,
        }
    }

    /// How many samples at the beginning are not to be heard.
    pub(super) fn skip(self) -> u32 {
        match self {
            Self::Opus(head) => head.pre_skip.into(),
            Self::Aac { .. } => 0,
        }
    }
}

/// A sound out of its container: packets one after another, and how many samples each holds.
pub(super) struct Sound {
    /// How it is coded.
    pub(super) codec: Codec,
    bytes: Vec<u8>,
    /// Length in bytes and in samples.
    packets: Vec<(u32, u32)>,
}

impl Sound {
    /// Every packet with its bytes and its samples.
    pub(super) fn packets(&self) -> impl Iterator<Item = (&[u8], u32)> + Clone {
        let mut from = 0;
        self.packets.iter().map(move |&(length, samples)| {
            let packet = &self.bytes[from..from + length as usize];
            from += length as usize;
            (packet, samples)
        })
    }

    /// How many packets.
    pub(super) fn count(&self) -> usize {
        self.packets.len()
    }

    /// All samples of all packets.
    pub(super) fn samples(&self) -> u64 {
        self.packets.iter().map(|&(_, samples)| u64::from(samples)).sum()
    }

    /// How long one hears it, in samples.
    pub(super) fn heard(&self) -> u64 {
        self.samples().saturating_sub(self.codec.skip().into())
    }

    /// Of these packets, each with how many samples it holds.
    #[cfg(test)]
    pub(super) fn of(codec: Codec, packets: impl Iterator<Item = (Vec<u8>, u32)>) -> Self {
        let mut sound = Self::new(codec);
        packets.for_each(|(packet, samples)| sound.push(&packet, samples));
        sound
    }

    fn new(codec: Codec) -> Self {
        Self {
            codec,
            bytes: Vec::new(),
            packets: Vec::new(),
        }
    }

    fn push(&mut self, packet: &[u8], samples: u32) {
        self.bytes.extend(packet);
        self.packets
            .push((u32::try_from(packet.len()).unwrap_or(u32::MAX), samples));
    }
}

/// Reads sound of the container it is said to come in and writes it into a clean one of the same kind.
pub(super) fn derive(
    container: &str,
    original: impl MediaSource + 'static,
    out: &mut impl Write,
) -> Result<Measured, Failed> {
    let expected = match container {
        "audio/webm" => FORMAT_ID_MKV,
        "audio/mp4" => FORMAT_ID_ISOMP4,
        "audio/ogg" => FORMAT_ID_OGG,
        _ => return Err(Failed::Refused("no kind of sound we take")),
    };
    let source = MediaSourceStream::new(Box::new(original), Default::default());
    let probe = symphonia::default::get_probe();
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let mut reader = probe
        .probe(&Hint::new(), source, format, metadata)
        .map_err(|_| Failed::Refused("no sound in it"))?;
    if reader.format_info().format != expected {
        return Err(Failed::Refused("not the kind of sound it says"));
    }
    let (sound, peaks) = read(&mut *reader)?;
    let mut out = Counting {
        inner: out,
        length: 0,
    };
    let media_type = match (container, sound.codec) {
        ("audio/webm", Codec::Opus(head)) => {
            webm::write(&sound, head, &mut out)?;
            "audio/webm;codecs=opus"
        }
        ("audio/ogg", Codec::Opus(head)) => {
            ogg::write(&sound, head, &mut out)?;
            "audio/ogg;codecs=opus"
        }
        ("audio/mp4", Codec::Opus(_)) => {
            mp4::write(&sound, &mut out)?;
            "audio/mp4;codecs=opus"
        }
        ("audio/mp4", Codec::Aac { .. }) => {
            mp4::write(&sound, &mut out)?;
            "audio/mp4;codecs=mp4a.40.2"
        }
        _ => return Err(Failed::Refused("a codec that no browser records there")),
    };
    out.flush()?;
    let millis = sound.heard() * 1_000 / u64::from(sound.codec.rate());
    Ok(Measured {
        media_type: media_type.to_owned(),
        length: out.length,
        millis: u32::try_from(millis).unwrap_or(u32::MAX),
        peaks,
        pixels: None,
    })
}

/// Takes the packets of the first sound track out of their container, keeping those that decode.
fn read(reader: &mut dyn FormatReader) -> Result<(Sound, Vec<u8>), Failed> {
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or(Failed::Refused("no sound in it"))?;
    let (id, parameters) = (track.id, track.codec_params.as_ref());
    let parameters = parameters
        .and_then(|parameters| parameters.audio())
        .ok_or(Failed::Refused("a sound nobody can tell how to play"))?;
    let codec = codec(parameters)?;
    let mut ear = Ear::new(codec, parameters)?;
    let mut sound = Sound::new(codec);
    let limit = LASTS_LIMIT * u64::from(codec.rate());
    let mut heard = 0;
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == id => packet,
            Ok(Some(_)) => continue,
            // A recording that a crash cut off ends in the middle of something; what came before is whole.
            Ok(None) | Err(Error::IoError(_) | Error::DecodeError(_)) => break,
            Err(_) => return Err(Failed::Refused("a second recording behind the first")),
        };
        let Some(samples) = ear.hear(&packet) else {
            continue;
        };
        heard += u64::from(samples);
        if heard > limit {
            return Err(Failed::Refused("it lasts too long"));
        }
        sound.push(&packet.data, samples);
    }
    if sound.heard() == 0 {
        return Err(Failed::Refused("nothing in it can be heard"));
    }
    Ok((sound, ear.loudness.peaks()))
}

fn codec(parameters: &AudioCodecParameters) -> Result<Codec, Failed> {
    let extra = parameters.extra_data.as_deref().unwrap_or_default();
    match parameters.codec {
        CODEC_ID_OPUS => Head::read(extra).map(Codec::Opus),
        CODEC_ID_AAC => aac(extra),
        _ => Err(Failed::Refused("a codec that no browser records")),
    }
}

/// The rates that AAC has numbers for (ISO 14496-3, table 1.18).
pub(super) const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/// Reads the first two bytes of an AudioSpecificConfig: five bits of profile, four of rate, four of channels, one that
/// says whether a packet has 960 samples instead of 1,024.
fn aac(config: &[u8]) -> Result<Codec, Failed> {
    let refused = Failed::Refused("AAC of a profile that no browser records");
    let Some(&[first, second]) = config.first_chunk() else {
        return Err(refused);
    };
    let bits = u16::from_be_bytes([first, second]);
    let (profile, rate, channels) = (bits >> 11, bits >> 7 & 15, bits >> 3 & 15);
    match (profile, AAC_RATES.get(usize::from(rate)), bits >> 2 & 1) {
        (2, Some(&rate), 0) if (1..=2).contains(&channels) => Ok(Codec::Aac {
            rate,
            channels: channels as u8,
        }),
        _ => Err(refused),
    }
}

/// Samples of an AAC packet.
const AAC_SAMPLES: u32 = 1_024;
/// Speech is told by its loudness as well at this rate as at a higher one, in a third of the time.
const OPUS_HEARD_AT: u32 = 16_000;

/// Decodes packets, and keeps nothing of them but how loud they were.
struct Ear {
    decoder: Decoder,
    loudness: Loudness,
}

enum Decoder {
    Opus(Box<ropus::Decoder>, Vec<i16>),
    Aac(Box<dyn AudioDecoder>, Vec<f32>),
}

impl Ear {
    fn new(codec: Codec, parameters: &AudioCodecParameters) -> Result<Self, Failed> {
        let refused = |_| Failed::Refused("a sound nobody can tell how to play");
        Ok(match codec {
            Codec::Opus(_) => {
                let decoder = ropus::Decoder::new(OPUS_HEARD_AT, ropus::Channels::Mono)
                    .map_err(|_| Failed::Refused("a sound nobody can tell how to play"))?;
                // 120 ms, the longest packet there is.
                let samples = vec![0; OPUS_HEARD_AT as usize * 12 / 100];
                Self {
                    decoder: Decoder::Opus(Box::new(decoder), samples),
                    loudness: Loudness::new(OPUS_HEARD_AT),
                }
            }
            Codec::Aac { rate, channels } => {
                let decoder = symphonia::default::get_codecs()
                    .make_audio_decoder(parameters, &AudioDecoderOptions::default())
                    .map_err(refused)?;
                Self {
                    decoder: Decoder::Aac(decoder, Vec::new()),
                    loudness: Loudness::new(rate.saturating_mul(channels.into())),
                }
            }
        })
    }

    /// How many samples a packet holds, in the time of its codec; `None` for one that does not decode.
    fn hear(&mut self, packet: &Packet) -> Option<u32> {
        match &mut self.decoder {
            Decoder::Opus(decoder, samples) => {
                let lasts = opus::samples(&packet.data)?;
                let heard = decoder
                    .decode(&packet.data, samples, ropus::DecodeMode::Normal)
                    .ok()?;
                samples[..heard]
                    .iter()
                    .for_each(|sample| self.loudness.add(f32::from(*sample) / 32_768.0));
                Some(lasts)
            }
            Decoder::Aac(decoder, samples) => {
                decoder.decode(packet).ok()?.copy_to_vec_interleaved(samples);
                samples.iter().for_each(|sample| self.loudness.add(*sample));
                Some(AAC_SAMPLES)
            }
        }
    }
}
