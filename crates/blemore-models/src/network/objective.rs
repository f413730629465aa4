//! The losses, from libtorch's own operations, so that they round as in the published code.

use tch::{Kind, Reduction, Tensor};

use crate::{Error, Objective};

/// Floor of the probabilities under the logarithm of the KL divergence (section "Baselines").
const PROBABILITY_FLOOR: f64 = 1e-8;
/// The dimension of the six emotions.
const EMOTIONS: i64 = 1;

/// The loss of a batch, averaged over it: of logits against soft labels, both shape `(B, 6)`.
pub(crate) fn value(objective: Objective, logits: &Tensor, targets: &Tensor) -> Result<f64, Error> {
    loss(objective, &logarithms(objective, logits)?.0, targets)
}

/// The loss of a batch, and its gradient with respect to the logits, shape `(B, 6)`.
///
/// These are the operations of libtorch's tape in the same order. The tape itself would take longer than they do.
pub(super) fn value_and_gradient(
    objective: Objective,
    logits: &Tensor,
    targets: &Tensor,
) -> Result<(f64, Tensor), Error> {
    let softmax_backward = Tensor::f_internal_softmax_backward_data;
    let log_softmax_backward = Tensor::f_internal_log_softmax_backward_data;
    let (logarithms, floored) = logarithms(objective, logits)?;
    let loss = loss(objective, &logarithms, targets)?;
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
fn logarithms(objective: Objective, logits: &Tensor) -> Result<(Tensor, Option<[Tensor; 2]>), Error> {
    match objective {
        Objective::KlDivergence => {
            let probabilities = logits.f_softmax(EMOTIONS, Kind::Float)?;
            let floored = probabilities.f_clamp_min(PROBABILITY_FLOOR)?;
            Ok((floored.f_log()?, Some([probabilities, floored])))
        }
        Objective::SoftCrossEntropy => Ok((logits.f_log_softmax(EMOTIONS, Kind::Float)?, None)),
    }
}

fn loss(objective: Objective, logarithms: &Tensor, targets: &Tensor) -> Result<f64, Error> {
    let summed = match objective {
        Objective::KlDivergence => logarithms.f_kl_div(targets, Reduction::Sum, false)?,
        Objective::SoftCrossEntropy => (-targets).f_mul(logarithms)?.f_sum(Kind::Float)?,
    };
    Ok(summed.f_div_scalar(targets.size()[0])?.f_double_value(&[])?)
}
