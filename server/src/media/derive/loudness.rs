//! How loud a sound is over its time, for a line one can see and seek by.

use domain::clip::PEAK_LIMIT;

/// How many decibels below the loudest there is count as silence.
const FLOOR: f64 = 60.0;

/// Gathers samples into short stretches, and these into the few that are told.
pub(super) struct Loudness {
    /// Samples of one short stretch: ten milliseconds.
    stretch: u64,
    /// Mean square of each finished stretch.
    done: Vec<f32>,
    sum: f64,
    count: u64,
}

impl Loudness {
    /// For samples at this rate a second.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            stretch: u64::from(rate / 100).max(1),
            done: Vec::new(),
            sum: 0.0,
            count: 0,
        }
    }

    /// Adds one sample between -1 and 1.
    pub(super) fn add(&mut self, sample: f32) {
        self.sum += f64::from(sample) * f64::from(sample);
        self.count += 1;
        if self.count == self.stretch {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if self.count > 0 {
            self.done.push((self.sum / self.count as f64) as f32);
        }
        (self.sum, self.count) = (0.0, 0);
    }

    /// The loudness of at most [`PEAK_LIMIT`] stretches of the same length: 255 is full scale, 0 is 60 dB below.
    pub(super) fn peaks(mut self) -> Vec<u8> {
        self.finish();
        let stretches = self.done.len().min(PEAK_LIMIT);
        let bounds = |n: usize| n * self.done.len() / stretches;
        (0..stretches)
            .map(|n| {
                let part = &self.done[bounds(n)..bounds(n + 1)];
                let mean = part.iter().map(|square| f64::from(*square)).sum::<f64>() / part.len() as f64;
                // A square of zero is minus infinity decibels, which the cast brings to 0.
                ((10.0 * mean.log10() + FLOOR) / FLOOR * 255.0).clamp(0.0, 255.0) as u8
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn de2_loudness_is_told_in_stretches_of_the_same_length() {
        let mut loudness = Loudness::new(1_000);
        for n in 0..10_000_u32 {
            let loud = n >= 5_000;
            loudness.add(if loud { 1.0 } else { 0.0 });
        }
        let peaks = loudness.peaks();
        assert_eq!(peaks.len(), PEAK_LIMIT);
        assert!(peaks[..200].iter().all(|peak| *peak == 0));
        assert!(peaks[200..].iter().all(|peak| *peak == 255));
        let mut short = Loudness::new(1_000);
        (0..25).for_each(|_| short.add(0.001));
        assert_eq!(short.peaks(), [0, 0, 0]);
        assert!(Loudness::new(1_000).peaks().is_empty());
    }
}
