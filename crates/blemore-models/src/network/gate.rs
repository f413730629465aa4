//! Gated fusion: how much of each encoder goes into the input of the layers, clip by clip.
//!
//! For a clip, `h_e` is the projection of encoder `e`, of the shared width. Its score is `a_e . tanh(h_e) + c_e`, its weight
//! `w_e` the softmax of the scores over the encoders that the clip has, and the fused input the sum of `w_e h_e` over the
//! best encoders by weight, with `a` and `c` the weights and the bias of the gate. Which encoders are the best has no
//! gradient; but as the weights are those of the softmax over all, the others learn too (as in Fedus et al. 2021).
//!
//! There are so few of these numbers that plain code in f64 costs nothing beside the projections.

/// What a clip has, as numbers of the shared width `k`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clip<'a> {
    /// The projections, shape `(encoders, k)`.
    pub(super) projected: &'a [f64],
    /// Whether the clip has each encoder; `None` where it has all.
    pub(super) presence: Option<&'a [bool]>,
}

/// The parameters of a gate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate<'a> {
    /// Shape `(encoders, k)`.
    pub(super) weight: &'a [f64],
    /// Shape `(encoders,)`.
    pub(super) bias: &'a [f64],
    /// How many encoders are added up.
    pub(super) best: usize,
}

/// What a gate gives of a clip.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fused {
    /// The weight of each encoder: that of the softmax over those that the clip has.
    pub(super) weights: Vec<f64>,
    /// Whether each is added up.
    pub(super) chosen: Vec<bool>,
    /// The sum, shape `(k,)`.
    pub(super) sum: Vec<f64>,
}

/// Gradients of one clip.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gradients {
    /// Shape `(encoders, k)`.
    pub(super) projected: Vec<f64>,
    /// Of the gate's weights, shape `(encoders, k)`.
    pub(super) weight: Vec<f64>,
    /// Of the gate's bias, shape `(encoders,)`.
    pub(super) bias: Vec<f64>,
}

impl Gate<'_> {
    fn width(&self) -> usize {
        self.weight.len() / self.bias.len().max(1)
    }

    /// The fused input of a clip.
    pub(super) fn fuse(&self, clip: Clip<'_>) -> Fused {
        let width = self.width();
        let has = |encoder: usize| clip.presence.is_none_or(|presence| presence[encoder]);
        let rows = clip.projected.chunks_exact(width).zip(self.weight.chunks_exact(width)).zip(self.bias);
        let scores = rows.enumerate().map(|(encoder, ((row, weight), bias))| match has(encoder) {
            true => bias + row.iter().zip(weight).map(|(value, weight)| weight * value.tanh()).sum::<f64>(),
            false => f64::NEG_INFINITY,
        });
        let weights = softmax(&scores.collect::<Vec<f64>>());
        let mut by_weight: Vec<usize> = (0..weights.len()).filter(|encoder| has(*encoder)).collect();
        by_weight.sort_by(|one, other| weights[*other].total_cmp(&weights[*one]));
        let (mut chosen, mut sum) = (vec![false; weights.len()], vec![0.0; width]);
        for &encoder in by_weight.iter().take(self.best) {
            chosen[encoder] = true;
            let row = &clip.projected[encoder * width..][..width];
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += weights[encoder] * value);
        }
        Fused { weights, chosen, sum }
    }

    /// The gradients of a clip, given that of its fused input, shape `(k,)`.
    pub(super) fn gradients(&self, clip: Clip<'_>, fused: &Fused, of_sum: &[f64]) -> Gradients {
        let width = self.width();
        let Fused { weights, chosen, .. } = fused;
        let rows = || clip.projected.chunks_exact(width);
        let of_weights: Vec<f64> =
            rows().zip(chosen).map(|(row, chosen)| if *chosen { dot(row, of_sum) } else { 0.0 }).collect();
        let mean = dot(&of_weights, weights);
        let mut found = Gradients {
            projected: vec![0.0; clip.projected.len()],
            weight: vec![0.0; self.weight.len()],
            bias: vec![0.0; self.bias.len()],
        };
        for (encoder, row) in rows().enumerate() {
            let of_score = weights[encoder] * (of_weights[encoder] - mean);
            found.bias[encoder] = of_score;
            let places = encoder * width..(encoder + 1) * width;
            let out = found.projected[places.clone()].iter_mut().zip(&mut found.weight[places.clone()]);
            let numbers = row.iter().zip(&self.weight[places]).zip(of_sum);
            for ((of_value, of_parameter), ((value, parameter), of_sum)) in out.zip(numbers) {
                let bent = value.tanh();
                let direct = if chosen[encoder] { weights[encoder] * of_sum } else { 0.0 };
                *of_value = direct + of_score * parameter * (1.0 - bent * bent);
                *of_parameter = of_score * bent;
            }
        }
        found
    }
}

/// The softmax; 0 for a score of minus infinity.
fn softmax(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    const ENCODERS: usize = 3;
    const WIDTH: usize = 4;

    /// Numbers without a pattern, between -1 and 1.
    fn numbers(count: usize, phase: f64) -> Vec<f64> {
        (0..count).map(|place| (place as f64 * 1.7 + phase).sin()).collect()
    }

    /// `projected`, weight and bias of the gate, one after the other.
    fn parameters() -> Vec<f64> {
        [numbers(12, 0.3), numbers(12, 2.0), numbers(3, 5.0)].concat()
    }

    fn with<R>(
        parameters: &[f64],
        best: usize,
        presence: Option<&[bool]>,
        then: impl Fn(Gate<'_>, Clip<'_>) -> R,
    ) -> R {
        let (projected, gate) = parameters.split_at(ENCODERS * WIDTH);
        let (weight, bias) = gate.split_at(ENCODERS * WIDTH);
        then(Gate { weight, bias, best }, Clip { projected, presence })
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        const STEP: f64 = 1e-6;
        let of_sum = numbers(WIDTH, 1.0);
        for (best, presence) in
            [(3, None), (2, None), (1, None), (3, Some([true, false, true])), (1, Some([false, true, true]))]
        {
            let presence = presence.as_ref().map(|presence| &presence[..]);
            let value = |parameters: &[f64]| {
                with(parameters, best, presence, |gate, clip| dot(&gate.fuse(clip).sum, &of_sum))
            };
            let found = with(&parameters(), best, presence, |gate, clip| {
                gate.gradients(clip, &gate.fuse(clip), &of_sum)
            });
            let found = [found.projected, found.weight, found.bias].concat();
            for (place, found) in found.into_iter().enumerate() {
                let moved = |step: f64| {
                    let mut parameters = parameters();
                    parameters[place] += step;
                    value(&parameters)
                };
                assert_abs_diff_eq!(found, (moved(STEP) - moved(-STEP)) / (2.0 * STEP), epsilon = 1e-8);
            }
        }
    }

    #[test]
    fn weights_are_those_of_the_encoders_that_a_clip_has() {
        let whole = with(&parameters(), 3, None, |gate, clip| gate.fuse(clip));
        assert_abs_diff_eq!(whole.weights.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
        let without = with(&parameters(), 3, Some(&[true, false, true]), |gate, clip| gate.fuse(clip));
        assert_eq!(without.weights[1], 0.0);
        let ratio = |fused: &Fused| fused.weights[0] / fused.weights[2];
        assert_abs_diff_eq!(ratio(&without), ratio(&whole), epsilon = 1e-12);
        assert_abs_diff_eq!(without.weights.iter().sum::<f64>(), 1.0, epsilon = 1e-12);

        // What the columns of a missing encoder hold means nothing.
        let mut other = parameters();
        other[WIDTH..2 * WIDTH].fill(1e6);
        assert_eq!(with(&other, 3, Some(&[true, false, true]), |gate, clip| gate.fuse(clip)), without);
    }

    #[test]
    fn the_best_are_added_up_with_the_weights_of_all() {
        let whole = with(&parameters(), 3, None, |gate, clip| gate.fuse(clip));
        let best = with(&parameters(), 1, None, |gate, clip| gate.fuse(clip));
        assert_eq!(best.weights, whole.weights);
        let largest = best.chosen.iter().position(|chosen| *chosen).unwrap();
        assert!(whole.weights.iter().all(|weight| *weight <= whole.weights[largest]));
        let row = &parameters()[largest * WIDTH..][..WIDTH];
        let expected: Vec<f64> = row.iter().map(|value| value * best.weights[largest]).collect();
        assert_eq!(best.sum, expected);
    }
}
