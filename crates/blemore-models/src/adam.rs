//! One step of Adam or AdamW over a tensor's memory.
//!
//! libtorch's own optimiser runs an operation at a time over all parameters: a dozen passes over arrays that do not fit
//! into any cache. Here a part that fits is moved through the same operations in registers, so that memory is read and
//! written once. Each operation rounds as libtorch's vector loops do: `add(alpha)`, `lerp` and the last step of
//! `addcmul` multiply and add with one rounding, everything else rounds in between.
//!
//! `first_layer` makes the same step where the gradient is still in registers.
//!
//! One operation cannot be followed that way: libtorch takes square roots from a vendor's library whose last bit is not
//! always right. [`step`] takes the processor's exact roots, in a single pass; [`advance_moments`] and [`descend`] are
//! the two halves around a root that the caller takes with libtorch, and give the bits of the published code.
//!
//! The loops are plain Rust, compiled a second time for AVX2 and FMA and chosen when the program runs; both versions
//! give the same bits, because a fused multiply-add, a quotient and a root have only one right answer. They wait for
//! memory: AVX-512 makes them no faster.

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

impl Coefficients {
    /// Both kinds of decay, for tests.
    #[cfg(test)]
    pub(crate) const EXAMPLE: Self = Self {
        added_decay: 1e-3,
        shrink: 0.9995,
        first_share: 0.1,
        second_decay: 0.999,
        second_share: 0.001,
        second_scale: 0.05,
        epsilon: 1e-8,
        step: -2e-3,
    };

    /// The new moments of a parameter with this gradient.
    #[inline(always)]
    fn moments(&self, value: f32, gradient: f32, first: f32, second: f32) -> (f32, f32) {
        let gradient = self.added_decay.mul_add(value * self.shrink, gradient);
        let first = self.first_share.mul_add(gradient - first, first);
        let second = (self.second_share * gradient).mul_add(gradient, second * self.second_decay);
        (first, second)
    }

    /// The parameter after the step, given the root of its second moment.
    #[inline(always)]
    fn descended(&self, value: f32, first: f32, root: f32) -> f32 {
        value * self.shrink + self.step * first / (root / self.second_scale + self.epsilon)
    }
}

/// A whole step of `values` with this gradient; all four of one length.
pub(crate) fn step(
    c: &Coefficients,
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { avx2::step(c, values, gradient, first, second) };
    }
    portable::step(c, values, gradient, first, second);
}

/// The first half of a step: both moments of `values` with this gradient; all four of one length.
pub(crate) fn advance_moments(
    c: &Coefficients,
    values: &[f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { avx2::advance_moments(c, values, gradient, first, second) };
    }
    portable::advance_moments(c, values, gradient, first, second);
}

/// The second half of a step: moves `values`, given the first moments and the roots of the second ones.
pub(crate) fn descend(c: &Coefficients, values: &mut [f32], first: &[f32], roots: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { avx2::descend(c, values, first, roots) };
    }
    portable::descend(c, values, first, roots);
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// The loops, for any processor.
mod portable {
    use super::Coefficients;

    #[inline(always)]
    pub(super) fn step(
        c: &Coefficients,
        values: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        for (((value, gradient), first), second) in values.iter_mut().zip(gradient).zip(first).zip(second) {
            (*first, *second) = c.moments(*value, *gradient, *first, *second);
            *value = c.descended(*value, *first, second.sqrt());
        }
    }

    #[inline(always)]
    pub(super) fn advance_moments(
        c: &Coefficients,
        values: &[f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        for (((value, gradient), first), second) in values.iter().zip(gradient).zip(first).zip(second) {
            (*first, *second) = c.moments(*value, *gradient, *first, *second);
        }
    }

    #[inline(always)]
    pub(super) fn descend(c: &Coefficients, values: &mut [f32], first: &[f32], roots: &[f32]) {
        for ((value, first), root) in values.iter_mut().zip(first).zip(roots) {
            *value = c.descended(*value, *first, *root);
        }
    }
}

/// The same loops, compiled for processors with AVX2 and fused multiply-add.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Coefficients, portable};

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn step(
        c: &Coefficients,
        values: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        portable::step(c, values, gradient, first, second);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn advance_moments(
        c: &Coefficients,
        values: &[f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        portable::advance_moments(c, values, gradient, first, second);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn descend(c: &Coefficients, values: &mut [f32], first: &[f32], roots: &[f32]) {
        portable::descend(c, values, first, roots);
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::random::TorchGenerator;

    /// Parameters, gradients and both moments of some layer.
    #[derive(Clone, PartialEq, Debug)]
    struct State([Vec<f32>; 4]);

    impl State {
        /// Numbers spread over magnitudes and signs.
        fn new(n: usize) -> Self {
            let mut generator = TorchGenerator::new(n as u64);
            let mut numbers = |scale: f32| -> Vec<f32> {
                (0..n)
                    .map(|_| generator.uniform(-scale, scale) * generator.uniform(0.0, 1.0).powi(6))
                    .collect()
            };
            let mut state = Self([numbers(0.1), numbers(0.01), numbers(0.01), numbers(1e-4)]);
            state.0[3].iter_mut().for_each(|second| *second = second.abs());
            state
        }

        fn bits(&self) -> [Vec<u32>; 4] {
            self.0.each_ref().map(|values| values.iter().map(|value| value.to_bits()).collect())
        }

        fn tensors(&self) -> [Tensor; 4] {
            self.0.each_ref().map(|values| Tensor::from_slice(values))
        }
    }

    fn coefficients() -> Coefficients {
        Coefficients {
            added_decay: 0.0,
            shrink: 1.0,
            first_share: (1.0_f64 - 0.9) as f32,
            second_decay: 0.999_f64 as f32,
            second_share: (1.0_f64 - 0.999) as f32,
            second_scale: (1.0 - 0.999_f64.powi(3)).sqrt() as f32,
            epsilon: 1e-8_f64 as f32,
            step: -(5e-4 / (1.0 - 0.9_f64.powi(3))) as f32,
        }
    }

    const LENGTHS: [usize; 9] = [0, 1, 7, 8, 15, 33, 130, 4097, 100_003];

    #[test]
    fn halves_around_libtorchs_root_are_libtorchs_operations() {
        let c = coefficients();
        for n in LENGTHS {
            let mut state = State::new(n);
            let [mut p, g, mut m, mut v] = state.tensors();
            let _ = m.lerp_(&g, 1.0 - 0.9);
            let _ = v.g_mul_scalar_(0.999).addcmul_(&(&g * (1.0 - 0.999)), &g);
            let denominator = v.sqrt() / (1.0 - 0.999_f64.powi(3)).sqrt() + 1e-8;
            let _ = p.addcdiv_(&(&m * -(5e-4 / (1.0 - 0.9_f64.powi(3)))), &denominator);

            let [values, gradient, first, second] = &mut state.0;
            advance_moments(&c, values, gradient, first, second);
            let roots = Vec::<f32>::try_from(Tensor::from_slice(second).sqrt()).unwrap();
            descend(&c, values, first, &roots);
            let expected = State([p, g, m, v].map(|tensor| Vec::try_from(tensor).unwrap()));
            assert_eq!(state.bits(), expected.bits(), "{n} numbers");
        }
    }

    #[test]
    fn a_whole_step_is_both_halves_around_exact_roots() {
        let c = Coefficients { added_decay: 1e-3, shrink: 0.999, ..coefficients() };
        for n in LENGTHS {
            let mut whole = State::new(n);
            let mut halves = whole.clone();
            let [values, gradient, first, second] = &mut whole.0;
            step(&c, values, gradient, first, second);
            let [values, gradient, first, second] = &mut halves.0;
            advance_moments(&c, values, gradient, first, second);
            let roots: Vec<f32> = second.iter().map(|second| second.sqrt()).collect();
            descend(&c, values, first, &roots);
            assert_eq!(whole.bits(), halves.bits(), "{n} numbers");
        }
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        let c = Coefficients { added_decay: 1e-3, shrink: 0.999, ..coefficients() };
        for n in LENGTHS {
            let mut chosen = State::new(n);
            let mut plain = chosen.clone();
            let [values, gradient, first, second] = &mut chosen.0;
            advance_moments(&c, values, gradient, first, second);
            descend(&c, values, first, second);
            step(&c, values, gradient, first, second);
            let [values, gradient, first, second] = &mut plain.0;
            portable::advance_moments(&c, values, gradient, first, second);
            portable::descend(&c, values, first, second);
            portable::step(&c, values, gradient, first, second);
            assert_eq!(chosen.bits(), plain.bits(), "{n} numbers");
        }
    }
}
