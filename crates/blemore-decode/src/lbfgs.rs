//! The minimum of a smooth convex function, by L-BFGS (Liu and Nocedal 1989).

use std::collections::VecDeque;

/// Pairs of steps and gradient changes that stand for the curvature.
const MEMORY: usize = 12;
const MOST_STEPS: usize = 500;
/// The share of the linear prediction that a step must gain (Armijo).
const SUFFICIENT: f64 = 1e-4;
const MOST_HALVINGS: usize = 40;

/// Goes from `point` to the minimum. `function` writes the gradient and gives the value.
///
/// Ends where the squared length of the gradient is below `tolerance`: in variables whose curvature is about 1, half of
/// it is what is left to gain.
pub(crate) fn minimise(
    mut point: Vec<f64>,
    tolerance: f64,
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut gradient = vec![0.0; point.len()];
    let mut value = function(&point, &mut gradient);
    let mut memory: VecDeque<Pair> = VecDeque::with_capacity(MEMORY);
    let (mut tried, mut tried_gradient) = (point.clone(), gradient.clone());
    for _ in 0..MOST_STEPS {
        if dot(&gradient, &gradient) <= tolerance {
            break;
        }
        let direction = direction(&memory, &gradient);
        let slope = dot(&direction, &gradient);
        let mut length = 1.0;
        let reached = (0..MOST_HALVINGS).find_map(|_| {
            for ((tried, from), step) in tried.iter_mut().zip(&point).zip(&direction) {
                *tried = from + length * step;
            }
            let found = function(&tried, &mut tried_gradient);
            if found <= value + SUFFICIENT * length * slope {
                return Some(found);
            }
            length *= 0.5;
            None
        });
        // No step gains anything: the rest is rounding.
        let Some(found) = reached else { break };
        if memory.len() == MEMORY {
            memory.pop_front();
        }
        memory.extend(Pair::new(&point, &tried, &gradient, &tried_gradient));
        std::mem::swap(&mut point, &mut tried);
        std::mem::swap(&mut gradient, &mut tried_gradient);
        value = found;
    }
    point
}

/// A step, what it changed in the gradient, and one over their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    scale: f64,
}

impl Pair {
    /// `None` where rounding has left no curvature along the step.
    fn new(from: &[f64], to: &[f64], gradient_from: &[f64], gradient_to: &[f64]) -> Option<Self> {
        let difference = |to: &[f64], from: &[f64]| to.iter().zip(from).map(|(to, from)| to - from).collect();
        let (step, change): (Vec<f64>, Vec<f64>) =
            (difference(to, from), difference(gradient_to, gradient_from));
        let product = dot(&step, &change);
        (product > f64::EPSILON * dot(&change, &change)).then(|| Self { step, change, scale: 1.0 / product })
    }
}

/// Minus the inverse curvature times the gradient, by the two-loop recursion.
fn direction(memory: &VecDeque<Pair>, gradient: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut weights = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let weight = pair.scale * dot(&pair.step, &direction);
        add_scaled(&mut direction, &pair.change, -weight);
        weights.push(weight);
    }
    if let Some(last) = memory.back() {
        let curvature = 1.0 / (last.scale * dot(&last.change, &last.change));
        direction.iter_mut().for_each(|value| *value *= curvature);
    }
    for (pair, weight) in memory.iter().zip(weights.into_iter().rev()) {
        let other = pair.scale * dot(&pair.change, &direction);
        add_scaled(&mut direction, &pair.step, weight - other);
    }
    direction
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn add_scaled(sum: &mut [f64], other: &[f64], scale: f64) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += scale * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum_of_a_badly_scaled_bowl() {
        let scales: Vec<f64> = (0..20).map(|index| 1.5_f64.powi(index)).collect();
        let mut evaluations = 0;
        let found = minimise(vec![5.0; 20], 1e-18, |point, gradient| {
            evaluations += 1;
            let mut value = 0.0;
            for (index, (x, scale)) in point.iter().zip(&scales).enumerate() {
                let away = x - index as f64;
                gradient[index] = scale * away + away.powi(3);
                value += 0.5 * scale * away * away + 0.25 * away.powi(4);
            }
            value
        });
        for (index, x) in found.iter().enumerate() {
            approx::assert_abs_diff_eq!(*x, index as f64, epsilon = 1e-8);
        }
        // Along the gradient alone it would be tens of thousands.
        assert!(evaluations <= 450, "{evaluations}");
    }

    #[test]
    fn a_step_that_gains_nothing_is_halved() {
        let mut tried = Vec::new();
        let found = minimise(vec![1.0], 1e-18, |point, gradient| {
            tried.push(point[0]);
            gradient[0] = if point[0] < 0.0 { 5.0 } else { 2.0 * point[0] };
            point[0] * point[0]
        });
        assert_eq!((found, tried), (vec![0.0], vec![1.0, -1.0, 0.0]));
    }
}
