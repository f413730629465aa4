//! Generated clips: a fixed sequence of pseudo-random probabilities near the salience vector of each label in turn.

use blemore_eval::Probabilities;
use blemore_labels::Label;

/// The same `count` clips each time.
pub(crate) fn likely_clips(count: usize) -> (Probabilities<f32>, Vec<Label>) {
    let labels: Vec<Label> = Label::all().collect();
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let (rows, truths) = (0..count)
        .map(|clip| {
            let truth = labels[clip % labels.len()];
            let row = truth.salience().as_array().map(|target| target + next() / 4.0);
            let sum: f32 = row.iter().sum();
            (row.map(|value| value / sum), truth)
        })
        .unzip();
    (Probabilities::new(rows).unwrap(), truths)
}
