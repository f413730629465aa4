//! What a clip looks and sounds like to a generated encoder.
//!
//! Frame t of a clip of actor a is
//! `envelope(t) * sum_e response(s_e) * sensitivity_e * (prototype_e + style_{a,e}) + offset_a + take + noise_t`,
//! where s is the salience as it was played: the label's, off by a little that all encoders of the clip share.

use blemore_labels::{ClipName, Emotion, Label, Setting};
use ndarray::Array2;

use crate::Modality;
use crate::random::Random;

/// Median clip length in seconds.
const MEDIAN_SECONDS: f64 = 3.4;
/// Standard deviation of the logarithm of the clip length: 12 % of clips are under 2 seconds, 10 % over 6.
const LOG_LENGTH_DEVIATION: f64 = 0.45;
/// Shortest and longest clip, in seconds.
const SHORTEST_SECONDS: f64 = 1.0;
const LONGEST_SECONDS: f64 = 12.0;
/// How fast the response to salience saturates: an emotion of salience 0.5 already shows 70 % of what 1 shows.
const SATURATION: f64 = 1.5;
/// Standard deviation of the played salience about the asked one: actors do not hit 70/30 exactly.
const PLAYED_SALIENCE_DEVIATION: f64 = 0.15;
/// How strongly intensity 1 is played, and how much each further level adds; blends are played like intensity 3.
const LOWEST_INTENSITY: f64 = 0.55;
const INTENSITY_STEP: f64 = 0.15;
const BLEND_INTENSITY: u8 = 3;
/// How much of an expression is there at the first and last frame; it swells to 1 in the middle.
const RESTING_SHARE: f64 = 0.4;
/// Standard deviations of what is not emotion, where the prototypes' is 1.
const ACTOR_OFFSET: f64 = 0.8;
const ACTOR_STYLE: f64 = 0.7;
const TAKE_JITTER: f64 = 0.9;
const FRAME_NOISE: f64 = 0.8;
/// Correlation of the noise of neighbouring frames.
const FRAME_CORRELATION: f64 = 0.8;

/// How one generated encoder sees or hears clips.
///
/// The two small encoders are tuned to the paper's results: with seed 42 and its training (Table II; learning rate 5e-6, 200
/// epochs) a linear model and MLP-256 reach on the five folds ACC_presence 0.230 and 0.253 of video, 0.244 and 0.280 of
/// audio, 0.395 and 0.405 of both side by side, and ACC_salience from 0.11 to 0.20.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// What the encoder perceives; it names the feature set.
    modality: Modality,
    /// Features per frame, D.
    width: usize,
    /// Frames per second.
    frames_per_second: f64,
    /// How clearly each emotion comes through, in emotion order.
    sensitivity: [f64; Emotion::COUNT],
}

impl Plan {
    /// A small video encoder, which perceives disgust and happiness best.
    pub(super) const VIDEO: Plan = Plan {
        modality: Modality::Video,
        width: 16,
        frames_per_second: 8.0,
        sensitivity: [0.65, 1.1, 0.65, 1.2, 0.65, 0.55],
    };
    /// A small audio encoder, which perceives anger, fear and sadness best.
    pub(super) const AUDIO: Plan = Plan {
        modality: Modality::Audio,
        width: 16,
        frames_per_second: 10.0,
        sensitivity: [1.15, 0.65, 1.0, 0.75, 1.15, 0.6],
    };
}

/// A generated encoder.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    seed: u64,
    plan: Plan,
    prototypes: [Vec<f64>; Emotion::COUNT],
}

impl Expression {
    pub(super) fn new(seed: u64, plan: Plan) -> Self {
        let mut random = Random::new(seed, &format!("prototypes {}", plan.modality));
        let prototypes = std::array::from_fn(|_| normals(&mut random, plan.width, 1.0));
        Expression { seed, plan, prototypes }
    }

    pub(super) fn modality(&self) -> Modality {
        self.plan.modality
    }

    /// Shape `(T, D)`.
    pub(super) fn frames(&self, clip: &ClipName) -> Array2<f32> {
        let length = self.length(clip);
        let target = self.expressed(clip);
        let rest = self.rest(clip);
        let mut random = self.stream("frames", clip.as_str());
        let mut noise = normals(&mut random, self.plan.width, FRAME_NOISE);
        let innovation = FRAME_NOISE * libm::sqrt(1.0 - FRAME_CORRELATION * FRAME_CORRELATION);
        let mut frames = Array2::zeros((length, self.plan.width));
        for (time, mut frame) in frames.rows_mut().into_iter().enumerate() {
            let envelope = envelope(time, length);
            for (dimension, value) in frame.iter_mut().enumerate() {
                *value = (envelope * target[dimension] + rest[dimension] + noise[dimension]) as f32;
                noise[dimension] = FRAME_CORRELATION * noise[dimension] + innovation * random.normal();
            }
        }
        frames
    }

    /// Frames of the clip, at least 1. The length in seconds is the same for every encoder.
    fn length(&self, clip: &ClipName) -> usize {
        let deviate = Random::new(self.seed, &format!("length {clip}")).normal();
        let seconds = MEDIAN_SECONDS * libm::exp(LOG_LENGTH_DEVIATION * deviate);
        let frames = seconds.clamp(SHORTEST_SECONDS, LONGEST_SECONDS) * self.plan.frames_per_second;
        (frames as usize).max(1)
    }

    /// The expression at its height.
    fn expressed(&self, clip: &ClipName) -> Vec<f64> {
        let strength = strength(clip);
        let mut sum = vec![0.0; self.plan.width];
        for (emotion, salience) in Emotion::ALL.into_iter().zip(played_salience(self.seed, clip)) {
            let style_name = format!("{} {emotion}", clip.actor().unwrap_or(clip.as_str()));
            let style = normals(&mut self.stream("style", &style_name), self.plan.width, ACTOR_STYLE);
            let weight = strength * response(salience) * self.plan.sensitivity[emotion.index()];
            for ((sum, prototype), style) in sum.iter_mut().zip(&self.prototypes[emotion.index()]).zip(style)
            {
                *sum += weight * (prototype + style);
            }
        }
        sum
    }

    /// What the features are without an expression: the actor's own level, and that of the take.
    fn rest(&self, clip: &ClipName) -> Vec<f64> {
        let actor = clip.actor().unwrap_or(clip.as_str());
        let offset = normals(&mut self.stream("offset", actor), self.plan.width, ACTOR_OFFSET);
        let take = normals(&mut self.stream("take", clip.as_str()), self.plan.width, TAKE_JITTER);
        offset.iter().zip(take).map(|(offset, take)| offset + take).collect()
    }

    fn stream(&self, what: &str, whose: &str) -> Random {
        Random::new(self.seed, &format!("{} {what} {whose}", self.plan.modality))
    }
}

pub(super) fn normals(random: &mut Random, count: usize, deviation: f64) -> Vec<f64> {
    (0..count).map(|_| deviation * random.normal()).collect()
}

/// The saliences as the actor played them, in emotion order.
fn played_salience(seed: u64, clip: &ClipName) -> [f64; Emotion::COUNT] {
    let label = clip.label().unwrap_or(Label::Single(Emotion::Neutral));
    let mut played = label.salience().as_array().map(f64::from);
    if let Label::Blend(blend) = label {
        let shift = PLAYED_SALIENCE_DEVIATION * Random::new(seed, &format!("salience {clip}")).normal();
        let first = (played[blend.first().index()] + shift).clamp(0.0, 1.0);
        played[blend.first().index()] = first;
        played[blend.second().index()] = 1.0 - first;
    }
    played
}

/// From 0 at salience 0 to 1 at 1, steeper at first.
pub(super) fn response(salience: f64) -> f64 {
    libm::tanh(SATURATION * salience) / libm::tanh(SATURATION)
}

fn strength(clip: &ClipName) -> f64 {
    let level = match clip.setting() {
        Some(Setting::Intensity(level)) => level,
        Some(Setting::Situation(_)) | None => BLEND_INTENSITY,
    };
    LOWEST_INTENSITY + INTENSITY_STEP * f64::from(level - 1)
}

fn envelope(time: usize, length: usize) -> f64 {
    let position = (time as f64 + 0.5) / length as f64;
    RESTING_SHARE + (1.0 - RESTING_SHARE) * libm::sin(std::f64::consts::PI * position)
}
