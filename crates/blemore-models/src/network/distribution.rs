//! From the outputs of the heads that are not published to what they say of a clip.

use blemore_eval::Probabilities;
use blemore_labels::{Emotion, Label, Ratio};

use super::objective::clip::{log_softmax, ratios_of};
use crate::{ClipOutputs, Error, Head};

/// What each clip shows, from the outputs of the last layer, shape `(N, outputs)`, row by row.
pub(crate) fn clip_outputs(head: Head, outputs: &[f32]) -> Result<ClipOutputs, Error> {
    let rows = outputs.chunks_exact(head.outputs()).map(|row| row.iter().map(|value| f64::from(*value)));
    let rows = rows.map(Iterator::collect::<Vec<f64>>);
    Ok(match head {
        Head::SetAndRatio => ClipOutputs::Labels(Probabilities::new(rows.map(of_set_and_ratio).collect())?),
        Head::Labels => ClipOutputs::Labels(Probabilities::new(rows.map(|row| softmax(&row)).collect())?),
        Head::Emotions => ClipOutputs::Emotions(Probabilities::new(rows.map(|row| softmax(&row)).collect())?),
        Head::Proportions => {
            ClipOutputs::Emotions(Probabilities::new(rows.map(|row| nearest_proportions(&row)).collect())?)
        }
    })
}

/// The softmax of N outputs.
fn softmax<const N: usize>(outputs: &[f64]) -> [f32; N] {
    let mut probabilities = [0.0; N];
    for (probability, logarithm) in probabilities.iter_mut().zip(log_softmax(outputs)) {
        *probability = narrow(logarithm.exp());
    }
    probabilities
}

/// The probability of each label: that of its set, times that of its ratio given the set.
fn of_set_and_ratio(outputs: Vec<f64>) -> [f32; Label::COUNT] {
    let sets = log_softmax(&outputs[..ratios_of(0)]);
    let mut probabilities = [0.0; Label::COUNT];
    for (probability, label) in probabilities.iter_mut().zip(Label::all()) {
        let set = label.presence().index();
        let of_ratio = match label {
            Label::Single(_) => 0.0,
            Label::Blend(blend) => {
                let start = ratios_of(set - Emotion::COUNT);
                log_softmax(&outputs[start..start + Ratio::ALL.len()])[blend.ratio() as usize]
            }
        };
        *probability = narrow((sets[set] + of_ratio).exp());
    }
    probabilities
}

/// The nearest six numbers that are not negative and sum to 1: all less one number, and 0 where that is negative (Duchi et
/// al. 2008).
fn nearest_proportions(outputs: &[f64]) -> [f32; Emotion::COUNT] {
    let mut sorted = outputs.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut subtracted) = (0.0, 0.0);
    for (count, value) in (1..).zip(&sorted) {
        sum += value;
        let candidate = (sum - 1.0) / f64::from(count);
        if *value > candidate {
            subtracted = candidate;
        }
    }
    let mut proportions = [0.0; Emotion::COUNT];
    for (proportion, output) in proportions.iter_mut().zip(outputs) {
        *proportion = narrow((output - subtracted).max(0.0));
    }
    proportions
}

#[expect(clippy::cast_possible_truncation, reason = "what a model gives is f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_stay_what_they_are_and_others_go_to_the_nearest() {
        let kept = [0.5, 0.0, 0.25, 0.0, 0.25, 0.0];
        assert_eq!(nearest_proportions(&kept).map(f64::from), kept);
        assert_eq!(nearest_proportions(&[0.9, 0.7, -1.0, 0.0, 0.0, 0.0]), [0.6, 0.4, 0.0, 0.0, 0.0, 0.0]);
        let even = nearest_proportions(&[-3.0; 6]);
        assert!(even.iter().all(|value| (value - 1.0 / 6.0).abs() < 1e-7));
    }

    #[test]
    fn a_set_shares_its_probability_among_its_ratios() {
        let mut outputs = vec![0.0; Head::SetAndRatio.outputs()];
        let label: Label = "disg+sad 70/30".parse().unwrap();
        outputs[label.presence().index()] = 3.0;
        let start = ratios_of(label.presence().index() - Emotion::COUNT);
        outputs[start + Ratio::FirstDominant as usize] = 2.0;
        let found = of_set_and_ratio(outputs);
        let of_set = 3.0_f32.exp() / (3.0_f32.exp() + 15.0);
        let of_ratio = 2.0_f32.exp() / (2.0_f32.exp() + 2.0);
        assert!((found[label.index()] - of_set * of_ratio).abs() < 1e-6);
        assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
