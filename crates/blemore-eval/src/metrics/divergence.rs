//! How far probabilities are from the soft labels that models are trained on.

use blemore_labels::{Emotion, Label};
use serde::Serialize;

use crate::{Error, Probabilities, Probability};

/// Mean divergences of predicted probabilities from the soft labels `p = gamma e_i + delta e_j`, in nats.
///
/// ```
/// use blemore_eval::{Divergence, Probabilities};
///
/// let probabilities = Probabilities::new(vec![[0.7, 0.0, 0.0, 0.3, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0, 0.0, 0.0]])?;
/// let divergence = Divergence::of(&probabilities, &["ang+hap 70/30".parse()?, "ang".parse()?])?;
/// approx::assert_abs_diff_eq!(divergence.kl, 2.0_f64.ln() / 2.0, epsilon = 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Divergence {
    /// Mean Kullback-Leibler divergence of the prediction from the label, at least 0 when rows sum to 1; this is the
    /// paper's training loss.
    pub kl: f64,
    /// Mean cross-entropy: the same plus the entropy of the labels.
    pub cross_entropy: f64,
}

impl Divergence {
    /// Probabilities below this count as this, as in the training loss (section "Training" of the paper's code).
    pub const SMALLEST_PROBABILITY: f64 = 1e-8;

    /// Means over N clips; 0 when there are none. Probabilities are taken no smaller than 1e-8.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a label for each row.
    pub fn of<P: Probability>(probabilities: &Probabilities<P>, truth: &[Label]) -> Result<Self, Error> {
        probabilities.check_parallel("labels", truth.len())?;
        let mut sum = Self::default();
        for (row, label) in probabilities.iter().zip(truth) {
            let (kl, cross_entropy) = of_clip(row, *label);
            sum.kl += kl;
            sum.cross_entropy += cross_entropy;
        }
        let count = truth.len().max(1) as f64;
        Ok(Self { kl: sum.kl / count, cross_entropy: sum.cross_entropy / count })
    }
}

fn of_clip<P: Probability>(row: &[P; Emotion::COUNT], label: Label) -> (f64, f64) {
    let (mut kl, mut cross_entropy) = (0.0, 0.0);
    for (emotion, percent) in label.components() {
        let target = f64::from(percent) / 100.0;
        let probability: f64 = row.get(emotion.index()).copied().map_or(0.0, Into::into);
        let log = probability.max(Divergence::SMALLEST_PROBABILITY).ln();
        cross_entropy -= target * log;
        kl += target * (target.ln() - log);
    }
    (kl, cross_entropy)
}
