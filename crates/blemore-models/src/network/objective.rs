//! The losses, from libtorch's own operations, so that they round as in the published code.

use tch::{Kind, Reduction, Tensor};

use crate::{Error, Objective};

/// Floor of the probabilities under the logarithm of the KL divergence (section "Baselines").
const PROBABILITY_FLOOR: f64 = 1e-8;
/// The dimension of the six emotions.
const EMOTIONS: i64 = 1;

/// Logarithms of the probabilities of logits, and what they were made from.
struct Outputs {
    logarithms: Tensor,
    floored: Option<Floored>,
}

/// Probabilities, and no less than the floor.
struct Floored {
    probabilities: Tensor,
    floored: Tensor,
}

/// What training needs of an objective.
pub(crate) trait Loss {
    /// The loss of a batch, averaged over it: of logits against soft labels, both shape `(B, 6)`.
    fn value(self, logits: &Tensor, targets: &Tensor) -> Result<f64, Error>;

    /// The loss of a batch, and its gradient with respect to the logits, shape `(B, 6)`.
    ///
    /// The operations of libtorch's tape in the same order, without the tape, which takes longer than they do.
    fn value_and_gradient(self, logits: &Tensor, targets: &Tensor) -> Result<(f64, Tensor), Error>;
}

impl Loss for Objective {
    fn value(self, logits: &Tensor, targets: &Tensor) -> Result<f64, Error> {
        loss(self, &outputs(self, logits)?, targets)
    }

    fn value_and_gradient(self, logits: &Tensor, targets: &Tensor) -> Result<(f64, Tensor), Error> {
        let softmax_backward = Tensor::f_internal_softmax_backward_data;
        let log_softmax_backward = Tensor::f_internal_log_softmax_backward_data;
        let outputs = outputs(self, logits)?;
        let loss = loss(self, &outputs, targets)?;
        let of_logarithms = targets.f_mul_scalar(-f64::from(1.0 / logits.size()[0] as f32))?;
        let gradient = match outputs.floored {
            None => log_softmax_backward(&of_logarithms, &outputs.logarithms, EMOTIONS, Kind::Float)?,
            Some(Floored { probabilities, floored }) => {
                // Nothing flows back through the floor.
                let below = f64::from((PROBABILITY_FLOOR as f32).next_down());
                let above = probabilities.f_threshold_backward(&of_logarithms.f_div(&floored)?, below)?;
                softmax_backward(&above, &probabilities, EMOTIONS, Kind::Float)?
            }
        };
        Ok((loss, gradient))
    }
}

fn outputs(objective: Objective, logits: &Tensor) -> Result<Outputs, Error> {
    match objective {
        Objective::KlDivergence => {
            let probabilities = logits.f_softmax(EMOTIONS, Kind::Float)?;
            let floored = probabilities.f_clamp_min(PROBABILITY_FLOOR)?;
            let logarithms = floored.f_log()?;
            Ok(Outputs { logarithms, floored: Some(Floored { probabilities, floored }) })
        }
        Objective::SoftCrossEntropy => {
            Ok(Outputs { logarithms: logits.f_log_softmax(EMOTIONS, Kind::Float)?, floored: None })
        }
    }
}

fn loss(objective: Objective, Outputs { logarithms, .. }: &Outputs, targets: &Tensor) -> Result<f64, Error> {
    let summed = match objective {
        Objective::KlDivergence => logarithms.f_kl_div(targets, Reduction::Sum, false)?,
        Objective::SoftCrossEntropy => (-targets).f_mul(logarithms)?.f_sum(Kind::Float)?,
    };
    Ok(summed.f_div_scalar(targets.size()[0])?.f_double_value(&[])?)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::random::TorchGenerator;

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

    /// The gradient that libtorch's tape finds.
    fn by_tape(objective: Objective, logits: &Tensor, targets: &Tensor) -> Tensor {
        let leaf = logits.detach().set_requires_grad(true);
        let summed = match objective {
            Objective::KlDivergence => {
                let logarithms = leaf.softmax(EMOTIONS, Kind::Float).clamp_min(PROBABILITY_FLOOR).log();
                logarithms.kl_div(targets, Reduction::Sum, false)
            }
            Objective::SoftCrossEntropy => {
                (-targets * leaf.log_softmax(EMOTIONS, Kind::Float)).sum(Kind::Float)
            }
        };
        let loss = summed / logits.size()[0];
        Tensor::run_backward(&[&loss], &[&leaf], false, false).swap_remove(0)
    }

    #[test]
    fn gradients_are_bit_identical_to_the_tape() {
        let mut generator = TorchGenerator::new(3);
        let mut random = |rows: usize, bound: f32| {
            let values: Vec<f32> = (0..6 * rows).map(|_| generator.uniform(-bound, bound)).collect();
            Tensor::from_slice(&values).view([rows as i64, 6])
        };
        let bits = |tensor: &Tensor| -> Vec<u32> {
            crate::libtorch::to_vec(tensor).unwrap().into_iter().map(f32::to_bits).collect()
        };
        // Logits of 30 reach below the floor.
        for (rows, bound) in [(1, 1.0), (3, 30.0), (22, 4.0), (32, 0.1), (32, 30.0), (512, 8.0)] {
            let logits = random(rows, bound);
            let soft = random(rows, 3.0).softmax(EMOTIONS, Kind::Float);
            let targets = soft.where_self(&soft.ge(0.2), &soft.zeros_like());
            for objective in [Objective::KlDivergence, Objective::SoftCrossEntropy] {
                let (_, gradient) = objective.value_and_gradient(&logits, &targets).unwrap();
                let expected = by_tape(objective, &logits, &targets);
                assert_eq!(bits(&gradient), bits(&expected), "{objective:?}, {rows} rows within {bound}");
            }
        }
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
