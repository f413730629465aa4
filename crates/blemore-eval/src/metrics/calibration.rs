//! Whether probabilities mean what they say.

use blemore_labels::{Emotion, Label};
use serde::Serialize;

use crate::{Error, Probabilities, Probability};

const BINS: usize = 15;

/// How far the six probabilities of a clip can be read as saliences: a system is calibrated when the emotions that it
/// gives 0.3 have a salience of 0.3 on average.
///
/// The targets are the soft labels (0.7 and 0.3 for a 70/30 blend). The curve and the expected calibration error are
/// over all `6 N` pairs of clip and emotion; those of the top emotion, as usual for single labels, are beside them.
///
/// ```
/// use blemore_eval::{Calibration, Probabilities};
///
/// let probabilities = Probabilities::new(vec![[0.7, 0.0, 0.0, 0.3, 0.0, 0.0]])?;
/// let calibration = Calibration::of(&probabilities, &["ang+hap 70/30".parse()?])?;
/// assert!(calibration.curve.expected_error() < 1e-12);
/// assert!(calibration.brier < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Mean over clips of the squared distance between probabilities and soft label, from 0 to 2 (Brier 1950).
    pub brier: f64,
    /// The curve over all pairs of clip and emotion.
    pub curve: ReliabilityCurve,
    /// The curve over the most probable emotion of each clip (of equal ones, the first).
    pub top: ReliabilityCurve,
}

impl Calibration {
    /// Calibration with 15 bins of equal width.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a label for each row.
    pub fn of<P: Probability>(probabilities: &Probabilities<P>, truth: &[Label]) -> Result<Self, Error> {
        probabilities.check_parallel("labels", truth.len())?;
        let (mut curve, mut top) = (ReliabilityCurve::empty(BINS), ReliabilityCurve::empty(BINS));
        let mut squares = 0.0;
        for (row, label) in probabilities.iter().zip(truth) {
            let pairs = pairs_of(row, *label);
            for (probability, target) in pairs {
                squares += (probability - target).powi(2);
                curve.add(probability, target);
            }
            // `max_by` takes the last of equal ones.
            if let Some((probability, target)) = pairs.into_iter().rev().max_by(|a, b| a.0.total_cmp(&b.0)) {
                top.add(probability, target);
            }
        }
        curve.take_means();
        top.take_means();
        Ok(Self { brier: squares / truth.len().max(1) as f64, curve, top })
    }
}

/// Probability and target of each emotion.
fn pairs_of<P: Probability>(row: &[P; Emotion::COUNT], label: Label) -> [(f64, f64); Emotion::COUNT] {
    let mut pairs = row.map(|probability| (probability.into(), 0.0));
    for (emotion, percent) in label.components() {
        if let Some((_, target)) = pairs.get_mut(emotion.index()) {
            *target = f64::from(percent) / 100.0;
        }
    }
    pairs
}

/// Predicted probability against observed salience, in bins of equal width over `[0, 1]`.
///
/// ```
/// use blemore_eval::{Calibration, Probabilities};
///
/// let probabilities = Probabilities::new(vec![[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]])?;
/// let calibration = Calibration::of(&probabilities, &["sad".parse()?])?;
/// let bins = &calibration.curve.bins;
/// assert_eq!((bins[0].count, bins[14].count), (5, 1));
/// assert_eq!((bins[0].mean_target, bins[14].mean_target), (0.2, 0.0));
/// approx::assert_abs_diff_eq!(calibration.curve.expected_error(), 2.0 / 6.0, epsilon = 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReliabilityCurve {
    /// The bins, in ascending order; empty ones are there with a count of 0.
    pub bins: Vec<ReliabilityBin>,
}

/// One bin of a reliability curve.
///
/// ```
/// let bin = blemore_eval::ReliabilityBin::default();
/// assert_eq!(bin.count, 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// The lower edge; a probability of exactly this belongs to the bin.
    pub low: f64,
    /// The upper edge, which belongs to the next bin, but for that of the last.
    pub high: f64,
    /// The number of probabilities in the bin.
    pub count: u64,
    /// Their mean; 0 when there are none.
    pub mean_probability: f64,
    /// The mean of the saliences that they stand for; 0 when there are none.
    pub mean_target: f64,
}

impl ReliabilityCurve {
    fn empty(bins: usize) -> Self {
        let edge = |bin: usize| bin as f64 / bins as f64;
        let bin = |bin| ReliabilityBin { low: edge(bin), high: edge(bin + 1), ..ReliabilityBin::default() };
        Self { bins: (0..bins).map(bin).collect() }
    }

    /// Adds to the sums, which [`ReliabilityCurve::take_means`] turns into means.
    fn add(&mut self, probability: f64, target: f64) {
        // Rows sum to 1 within a tolerance, so a probability may be a little over 1.
        let after = self.bins.partition_point(|bin| bin.low <= probability);
        if let Some(bin) = self.bins.get_mut(after.saturating_sub(1)) {
            bin.count += 1;
            bin.mean_probability += probability;
            bin.mean_target += target;
        }
    }

    fn take_means(&mut self) {
        for bin in &mut self.bins {
            let count = bin.count.max(1) as f64;
            bin.mean_probability /= count;
            bin.mean_target /= count;
        }
    }

    /// The expected calibration error, from 0 to 1: the mean distance between predicted and observed, weighted by the
    /// bins' counts; 0 when there are none.
    pub fn expected_error(&self) -> f64 {
        let count: u64 = self.bins.iter().map(|bin| bin.count).sum();
        let distance =
            |bin: &ReliabilityBin| bin.count as f64 * (bin.mean_probability - bin.mean_target).abs();
        self.bins.iter().map(distance).sum::<f64>() / count.max(1) as f64
    }
}
