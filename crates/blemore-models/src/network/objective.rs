//! The losses: those of the published code from libtorch's own operations, so that they round as there; all others clip by
//! clip (`clip`).

pub(crate) mod clip;

use tch::{Kind, Reduction, Tensor};

use crate::{Error, Head, Objective, Recipe};

/// Floor of the probabilities under the logarithm of the KL divergence (section "Baselines").
const PROBABILITY_FLOOR: f64 = 1e-8;
/// The dimension of the six emotions.
const EMOTIONS: i64 = 1;

/// What is minimised, for the outputs of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Loss {
    head: Head,
    objective: Objective,
}

impl Loss {
    pub(crate) fn of(recipe: &Recipe) -> Self {
        Self { head: recipe.head, objective: recipe.objective }
    }

    /// The loss of a batch, averaged over it: of logits, shape `(B, outputs)`, against soft labels, shape `(B, 6)`.
    pub(crate) fn value(self, logits: &Tensor, targets: &Tensor) -> Result<f64, Error> {
        match Published::of(self) {
            Some(published) => published.loss(&published.logarithms(logits)?.0, targets),
            None => Ok(clip::value_and_gradient(self, logits, targets)?.0),
        }
    }

    /// The loss of a batch, and its gradient with respect to the logits, of their shape.
    pub(crate) fn value_and_gradient(
        self,
        logits: &Tensor,
        targets: &Tensor,
    ) -> Result<(f64, Tensor), Error> {
        match Published::of(self) {
            Some(published) => published.value_and_gradient(logits, targets),
            None => clip::value_and_gradient(self, logits, targets),
        }
    }
}

/// The two losses of one softmax over the six emotions that are published.
#[derive(Debug, Clone, Copy)]
enum Published {
    KlDivergence,
    SoftCrossEntropy,
}

impl Published {
    fn of(loss: Loss) -> Option<Self> {
        match (loss.head, loss.objective) {
            (Head::Emotions, Objective::KlDivergence) => Some(Self::KlDivergence),
            (Head::Emotions, Objective::SoftCrossEntropy) => Some(Self::SoftCrossEntropy),
            _ => None,
        }
    }

    /// These are the operations of libtorch's tape in the same order. The tape itself would take longer than they do.
    fn value_and_gradient(self, logits: &Tensor, targets: &Tensor) -> Result<(f64, Tensor), Error> {
        let softmax_backward = Tensor::f_internal_softmax_backward_data;
        let log_softmax_backward = Tensor::f_internal_log_softmax_backward_data;
        let (logarithms, floored) = self.logarithms(logits)?;
        let loss = self.loss(&logarithms, targets)?;
        let of_logarithms = targets.f_mul_scalar(-f64::from(1.0 / logits.size()[0] as f32))?;
        let gradient = match floored {
            None => log_softmax_backward(&of_logarithms, &logarithms, EMOTIONS, Kind::Float)?,
            Some([probabilities, floored]) => {
                // Nothing flows back through the floor.
                let below = f64::from((PROBABILITY_FLOOR as f32).next_down());
                let above = probabilities.f_threshold_backward(&of_logarithms.f_div(&floored)?, below)?;
                softmax_backward(&above, &probabilities, EMOTIONS, Kind::Float)?
            }
        };
        Ok((loss, gradient))
    }

    /// Logarithms of the probabilities of logits; for the KL divergence also the probabilities before and after the floor.
    fn logarithms(self, logits: &Tensor) -> Result<(Tensor, Option<[Tensor; 2]>), Error> {
        match self {
            Self::KlDivergence => {
                let probabilities = logits.f_softmax(EMOTIONS, Kind::Float)?;
                let floored = probabilities.f_clamp_min(PROBABILITY_FLOOR)?;
                Ok((floored.f_log()?, Some([probabilities, floored])))
            }
            Self::SoftCrossEntropy => Ok((logits.f_log_softmax(EMOTIONS, Kind::Float)?, None)),
        }
    }

    fn loss(self, logarithms: &Tensor, targets: &Tensor) -> Result<f64, Error> {
        let summed = match self {
            Self::KlDivergence => logarithms.f_kl_div(targets, Reduction::Sum, false)?,
            Self::SoftCrossEntropy => (-targets).f_mul(logarithms)?.f_sum(Kind::Float)?,
        };
        Ok(summed.f_div_scalar(targets.size()[0])?.f_double_value(&[])?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use approx::assert_abs_diff_eq;
    use blemore_labels::Label;
    use serde::Deserialize;

    use super::clip::of_clip;
    use super::*;
    use crate::libtorch::to_vec;

    /// What `tests/fixtures/make_objectives.py` computed with PyTorch.
    #[derive(Deserialize)]
    struct Fixture {
        labels: Vec<Label>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        head: Head,
        objective: Objective,
        logits: Vec<Vec<f64>>,
        loss: f64,
        gradient: Vec<Vec<f64>>,
    }

    impl Case {
        fn loss(&self) -> Loss {
            Loss { head: self.head, objective: self.objective }
        }
    }

    fn fixture() -> Fixture {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/objectives.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    fn tensor(rows: Vec<Vec<f32>>) -> Tensor {
        let shape = [rows.len() as i64, rows[0].len() as i64];
        Tensor::from_slice(&rows.concat()).view(shape)
    }

    #[test]
    fn losses_and_gradients_of_a_batch_are_those_of_pytorch() {
        let Fixture { labels, cases } = fixture();
        let targets = tensor(labels.iter().map(|label| label.salience().as_array().to_vec()).collect());
        assert_eq!(cases.len(), 10);
        for case in cases {
            let rows = case.logits.iter().map(|row| row.iter().map(|value| *value as f32).collect());
            let logits = tensor(rows.collect());
            let (loss, gradient) = case.loss().value_and_gradient(&logits, &targets).unwrap();
            assert_abs_diff_eq!(loss, case.loss, epsilon = 1e-6);
            assert_abs_diff_eq!(case.loss().value(&logits, &targets).unwrap(), case.loss, epsilon = 1e-6);
            for (found, expected) in to_vec(&gradient).unwrap().into_iter().zip(case.gradient.concat()) {
                assert_abs_diff_eq!(f64::from(found), expected, epsilon = 1e-6);
            }
        }
    }

    #[test]
    fn gradients_of_a_clip_are_those_of_finite_differences() {
        const STEP: f64 = 1e-5;
        let Fixture { labels, cases } = fixture();
        for case in cases {
            for (logits, label) in case.logits.iter().zip(&labels) {
                let value = |logits: &[f64]| of_clip(case.loss(), logits, *label).0;
                let (_, gradient) = of_clip(case.loss(), logits, *label);
                for (place, found) in gradient.into_iter().enumerate() {
                    let moved = |step: f64| {
                        let mut logits = logits.clone();
                        logits[place] += step;
                        value(&logits)
                    };
                    let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                    assert_abs_diff_eq!(found, expected, epsilon = 1e-8);
                }
            }
        }
    }
}
