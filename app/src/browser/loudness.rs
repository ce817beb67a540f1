//! How loud the microphone is.

use web_sys::{AnalyserNode, AudioContext, AudioContextState, MediaStream};

/// How many samples are looked at: about a twentieth of a second.
const SAMPLES: u32 = 2048;
/// What counts as nothing and as very loud, in decibels below full scale.
const QUIET: f64 = -50.0;
const LOUD: f64 = -12.0;

/// Listens to a microphone.
pub(super) struct Loudness {
    context: AudioContext,
    analyser: AnalyserNode,
}

impl Loudness {
    /// `None` where the browser cannot.
    pub(super) fn of(stream: &MediaStream) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        // A context made some time after the tap that led to it may begin suspended.
        _ = context.resume();
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(SAMPLES);
        let source = context.create_media_stream_source(stream).ok()?;
        source.connect_with_audio_node(&analyser).ok()?;
        Some(Self { context, analyser })
    }

    /// From 0 (nothing) to 1 (as loud as can be); `None` while the browser does not listen.
    pub(super) fn level(&self) -> Option<f32> {
        if self.context.state() != AudioContextState::Running {
            return None;
        }
        let mut samples = [0.0_f32; SAMPLES as usize];
        self.analyser.get_float_time_domain_data(&mut samples);
        let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / SAMPLES as f32;
        // A power is a square: ten times its logarithm is twenty times that of the root.
        let decibels = 10.0 * js_sys::Math::log10(power.into());
        Some(((decibels - QUIET) / (LOUD - QUIET)).clamp(0.0, 1.0) as f32)
    }
}

impl Drop for Loudness {
    fn drop(&mut self) {
        _ = self.context.close();
    }
}
