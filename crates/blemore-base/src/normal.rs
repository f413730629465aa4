//! Normal random numbers.

use std::f64::consts::TAU;

/// A number of the standard normal distribution from two of `[0, 1)`, by Box and Muller; of the two that these give it is
/// the first.
pub fn normal(uniform: &mut dyn FnMut() -> f64) -> f64 {
    let (radius, angle) = (1.0 - uniform(), uniform());
    (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
}
