//! The losses, in libtorch's own operations so that they round as the published code's do.

use tch::{Kind, Reduction, Tensor};

use crate::{Error, Objective};

/// Floor of the probabilities under the logarithm of the KL divergence (section "Baselines").
const PROBABILITY_FLOOR: f64 = 1e-8;
/// The dimension of the six emotions.
const EMOTIONS: i64 = 1;

impl Objective {
    /// The loss of logits against soft labels, both shape `(B, 6)`, averaged over the batch.
    fn loss(self, logits: &Tensor, targets: &Tensor) -> Result<Tensor, Error> {
        let summed = match self {
            Self::KlDivergence => {
                let probabilities = logits.f_softmax(EMOTIONS, Kind::Float)?;
                let logarithms = probabilities.f_clamp_min(PROBABILITY_FLOOR)?.f_log()?;
                logarithms.f_kl_div(targets, Reduction::Sum, false)?
            }
            Self::SoftCrossEntropy => {
                let logarithms = logits.f_log_softmax(EMOTIONS, Kind::Float)?;
                (-targets).f_mul(&logarithms)?.f_sum(Kind::Float)?
            }
        };
        Ok(summed.f_div_scalar(logits.size()[0])?)
    }

    /// The loss of a batch as a number.
    pub(crate) fn value(self, logits: &Tensor, targets: &Tensor) -> Result<f64, Error> {
        Ok(self.loss(logits, targets)?.f_double_value(&[])?)
    }

    /// The loss of a batch, and its gradient with respect to the logits, shape `(B, 6)`.
    pub(crate) fn value_and_gradient(
        self,
        logits: &Tensor,
        targets: &Tensor,
    ) -> Result<(f64, Tensor), Error> {
        let leaf = logits.f_detach()?.f_set_requires_grad(true)?;
        let loss = self.loss(&leaf, targets)?;
        let mut gradients = Tensor::f_run_backward(&[&loss], &[&leaf], false, false)?;
        Ok((loss.f_double_value(&[])?, gradients.swap_remove(0)))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn batch() -> (Tensor, Tensor) {
        let logits = Tensor::from_slice(&[1.0_f32, -2.0, 0.5, 0.0, 3.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
            .view([2, 6]);
        let targets = Tensor::from_slice(&[0.7_f32, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
            .view([2, 6]);
        (logits, targets)
    }

    /// Sum over the emotions of `weight(target) * log p`, by hand in double precision.
    fn by_hand(weight: impl Fn(f64, f64) -> f64) -> f64 {
        let (logits, targets) = batch();
        let (logits, targets) = (logits.to_kind(Kind::Double), targets.to_kind(Kind::Double));
        let mut total = 0.0;
        for row in 0..2 {
            let exps: Vec<f64> = (0..6).map(|k| logits.double_value(&[row, k]).exp()).collect();
            let sum: f64 = exps.iter().sum();
            total +=
                (0..6).map(|k| weight(targets.double_value(&[row, k as i64]), exps[k] / sum)).sum::<f64>();
        }
        total / 2.0
    }

    #[test]
    fn losses_are_their_formulas() {
        let (logits, targets) = batch();
        let kl = Objective::KlDivergence.value(&logits, &targets).unwrap();
        let expected = by_hand(|target, p| if target > 0.0 { target * (target.ln() - p.ln()) } else { 0.0 });
        assert_relative_eq!(kl, expected, max_relative = 1e-6);
        let cross_entropy = Objective::SoftCrossEntropy.value(&logits, &targets).unwrap();
        assert_relative_eq!(cross_entropy, by_hand(|target, p| -target * p.ln()), max_relative = 1e-6);
    }

    #[test]
    fn gradients_are_probability_minus_target() {
        let (logits, targets) = batch();
        for objective in [Objective::KlDivergence, Objective::SoftCrossEntropy] {
            let (loss, gradient) = objective.value_and_gradient(&logits, &targets).unwrap();
            assert_eq!(loss, objective.value(&logits, &targets).unwrap());
            let expected = (logits.softmax(1, Kind::Float) - &targets) / 2.0;
            let difference = (gradient - expected).abs().max().double_value(&[]);
            assert!(difference < 1e-6, "{difference}");
        }
    }
}
