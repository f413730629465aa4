//! One step of Adam or AdamW over a tensor's memory, in one pass.
//!
//! libtorch's own optimiser runs an operation at a time over all parameters, a dozen passes over arrays that do not fit
//! into any cache. Here every value is loaded once, moved through the same operations in registers, and stored. Each
//! operation rounds as libtorch's does, so the result is the same to the last bit: libtorch's vector loops fuse the
//! multiply and the add of `add(alpha)` and `lerp`, and round in between everywhere else.

/// The numbers of one step, rounded to f32 as libtorch rounds its scalars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coefficients {
    /// Weight decay that is added to the gradient (Adam), or 0.
    pub(crate) added_decay: f32,
    /// What the parameter is multiplied with first: 1 - rate * decay (AdamW), or 1.
    pub(crate) shrink: f32,
    /// 1 - beta1.
    pub(crate) first_share: f32,
    /// beta2.
    pub(crate) second_decay: f32,
    /// 1 - beta2.
    pub(crate) second_share: f32,
    /// sqrt(1 - beta2 ^ steps).
    pub(crate) second_scale: f32,
    /// The guard against division by zero.
    pub(crate) epsilon: f32,
    /// - rate / (1 - beta1 ^ steps).
    pub(crate) step: f32,
}

/// Moves `values` by one step along `gradient`, updating both moments; all four of one length.
pub(crate) fn step(
    coefficients: &Coefficients,
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    portable(coefficients, values, gradient, first, second);
}

fn portable(c: &Coefficients, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    for (((value, gradient), first), second) in values.iter_mut().zip(gradient).zip(first).zip(second) {
        let start = *value * c.shrink;
        let gradient = c.added_decay.mul_add(start, *gradient);
        *first = c.first_share.mul_add(gradient - *first, *first);
        *second = *second * c.second_decay + c.second_share * gradient * gradient;
        let denominator = second.sqrt() / c.second_scale + c.epsilon;
        *value = start + c.step * *first / denominator;
    }
}
