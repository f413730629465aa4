//! torchaudio's `functional.resample` with its default arguments.
//!
//! The rates are divided by their greatest common divisor. A block of `from` samples becomes `to` samples:
//! each is a sum of the samples around it, weighted by a sinc function under a Hann window that is six of its
//! zero crossings wide on each side. The sinc's cut-off is 0.99 of the lower rate. Weights are computed in
//! single precision, as torchaudio computes them for a waveform of that precision.

use std::f32::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: f32 = 6.0;
/// The cut-off, as a part of the lower rate.
const ROLL_OFF: f64 = 0.99;

/// The waveform at another rate; `ceil(length * to / from)` samples. Within 1e-6 of torchaudio's.
///
/// ```
/// let silence = blemore_media::sound::resample(&[0.0; 441], 44_100, 16_000);
/// assert_eq!(silence, [0.0; 160]);
/// ```
pub fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to);
    let mut resampled = resampler.push(samples);
    resampled.extend(resampler.finish());
    resampled
}

/// [`resample`] for a waveform that comes piece by piece; gives the same numbers.
#[derive(Debug, Clone)]
pub struct Resampler {
    /// The rates without common divisors.
    from: usize,
    to: usize,
    /// Samples before a block that count for it.
    width: usize,
    /// One list of weights per output sample of a block, and the place in the block's input where it starts.
    kernels: Vec<(usize, Vec<f32>)>,
    /// Input from the start of the next block's input on.
    pending: Vec<f32>,
    received: usize,
    given: usize,
}

impl Resampler {
    /// From one rate to another, in samples per second. A rate of 0 is taken for 1.
    pub fn new(from: u32, to: u32) -> Self {
        let (from, to) = (from.max(1) as usize, to.max(1) as usize);
        let divisor = greatest_common_divisor(from, to);
        let (from, to) = (from / divisor, to / divisor);
        let cut_off = from.min(to) as f64 * ROLL_OFF;
        let width = (f64::from(CROSSINGS) * from as f64 / cut_off).ceil() as usize;
        let kernels = match from == to {
            true => Vec::new(),
            false => (0..to).map(|phase| kernel(phase, from, to, width, cut_off)).collect(),
        };
        // Zeros stand before the first sample.
        let pending = vec![0.0; if from == to { 0 } else { width }];
        Self { from, to, width, kernels, pending, received: 0, given: 0 }
    }

    /// Takes samples in, gives those that are determined by now.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.received += samples.len();
        if self.from == self.to {
            return samples.to_vec();
        }
        self.pending.extend_from_slice(samples);
        let resampled = self.blocks();
        self.given += resampled.len();
        resampled
    }

    /// The rest.
    pub fn finish(mut self) -> Vec<f32> {
        if self.from == self.to {
            return Vec::new();
        }
        // torchaudio rounds this number to single precision before it rounds it up.
        let exact = self.to as f64 * self.received as f64 / self.from as f64;
        let total = (exact as f32).ceil() as usize;
        self.pending.extend(std::iter::repeat_n(0.0, self.width + self.from));
        let mut resampled = self.blocks();
        resampled.truncate(total.saturating_sub(self.given));
        resampled
    }

    /// Every block whose input is there.
    fn blocks(&mut self) -> Vec<f32> {
        let needed = 2 * self.width + self.from;
        let mut resampled = Vec::new();
        let mut start = 0;
        while let Some(input) = self.pending.get(start..start + needed) {
            resampled.extend(self.kernels.iter().map(|(first, weights)| dot(&input[*first..], weights)));
            start += self.from;
        }
        self.pending.drain(..start);
        resampled
    }
}

/// The weights of the output sample with this number in its block, without those that are zero at both ends.
fn kernel(phase: usize, from: usize, to: usize, width: usize, cut_off: f64) -> (usize, Vec<f32>) {
    let cut_off_single = cut_off as f32;
    let scale = (cut_off / from as f64) as f32;
    let shift = -(phase as f32) / to as f32;
    let weight = |place: usize| {
        let step = (place as f32 - width as f32) / from as f32;
        let time = (shift + step) * cut_off_single;
        // Outside, the window is zero.
        (time.abs() < CROSSINGS).then(|| {
            let window = (time * PI / CROSSINGS / 2.0).cos().powi(2);
            let angle = time * PI;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            sinc * (window * scale)
        })
    };
    // Where the window is not zero, and a little more.
    let centre = width as f64 + from as f64 * phase as f64 / to as f64;
    let reach = f64::from(CROSSINGS) * from as f64 / cut_off + 2.0;
    let places = (centre - reach).max(0.0) as usize..((centre + reach) as usize + 1).min(2 * width + from);
    let mut weights = places
        .map(|place| (place, weight(place)))
        .filter_map(|(place, weight)| Some((place, weight?)))
        .peekable();
    let first = weights.peek().map_or(0, |(place, _)| *place);
    (first, weights.map(|(_, weight)| weight).collect())
}

fn dot(samples: &[f32], weights: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    let (samples, weights) = (&samples[..weights.len()], weights);
    let (whole, rest) = weights.as_chunks::<LANES>();
    for (weights, samples) in whole.iter().zip(samples.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += weights[lane] * samples[lane];
        }
    }
    let tail = &samples[weights.len() - rest.len()..];
    sums.iter().sum::<f32>() + rest.iter().zip(tail).map(|(weight, sample)| weight * sample).sum::<f32>()
}

fn greatest_common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}
