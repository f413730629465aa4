//! One step of Adam or AdamW over a tensor's memory.
//!
//! libtorch's own optimiser runs an operation at a time over all parameters: a dozen passes over arrays that do not fit
//! into any cache. Here each register full goes through the same operations at once, so that memory is read and
//! written once. Each operation rounds as libtorch's vector loops do: `add(alpha)`, `lerp` and the last step of
//! `addcmul` multiply and add with one rounding, everything else rounds in between. Roots are those of `roots`.
//!
//! `first_layer` makes the same step where the gradient is still in registers.

use crate::roots::square_root;
use crate::simd::{self, Simd, Work};

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
}

/// [`Coefficients`] in registers.
pub(crate) struct Rates<S: Simd<L>, const L: usize> {
    added_decay: S::Numbers,
    shrink: S::Numbers,
    first_share: S::Numbers,
    second_decay: S::Numbers,
    second_share: S::Numbers,
    second_scale: S::Numbers,
    epsilon: S::Numbers,
    step: S::Numbers,
}

impl<S: Simd<L>, const L: usize> Rates<S, L> {
    #[inline(always)]
    pub(crate) fn new(simd: S, c: &Coefficients) -> Self {
        Self {
            added_decay: simd.splat(c.added_decay),
            shrink: simd.splat(c.shrink),
            first_share: simd.splat(c.first_share),
            second_decay: simd.splat(c.second_decay),
            second_share: simd.splat(c.second_share),
            second_scale: simd.splat(c.second_scale),
            epsilon: simd.splat(c.epsilon),
            step: simd.splat(c.step),
        }
    }

    /// Values and both moments after a step along this gradient.
    #[inline(always)]
    fn step(
        &self,
        simd: S,
        gradient: S::Numbers,
        [values, first, second]: [&[f32; L]; 3],
    ) -> [S::Numbers; 3] {
        let (values, first, second) = (simd.load(values), simd.load(first), simd.load(second));
        let shrunk = simd.multiply(values, self.shrink);
        let gradient = simd.multiply_add(self.added_decay, shrunk, gradient);
        let first = simd.multiply_add(self.first_share, simd.subtract(gradient, first), first);
        let share = simd.multiply(self.second_share, gradient);
        let second = simd.multiply_add(share, gradient, simd.multiply(second, self.second_decay));
        let root = simd.divide(square_root(simd, second), self.second_scale);
        let step = simd.divide(simd.multiply(self.step, first), simd.add(root, self.epsilon));
        [simd.add(shrunk, step), first, second]
    }

    /// Makes a step of L values and their moments.
    #[inline(always)]
    pub(crate) fn make(&self, simd: S, gradient: S::Numbers, state: [&mut [f32; L]; 3]) {
        let [values, first, second] = state;
        let moved = self.step(simd, gradient, [values, first, second]);
        simd.store(moved[0], values);
        simd.store(moved[1], first);
        simd.store(moved[2], second);
    }

    /// As [`make`](Self::make), of fewer than L values.
    #[inline(always)]
    pub(crate) fn make_rest(&self, simd: S, gradient: S::Numbers, state: [&mut [f32]; 3]) {
        let mut whole = state.each_ref().map(|numbers| filled(numbers));
        self.make(simd, gradient, whole.each_mut());
        for (numbers, whole) in state.into_iter().zip(&whole) {
            numbers.copy_from_slice(&whole[..numbers.len()]);
        }
    }
}

/// Fewer numbers than a register holds, and zeros.
#[inline(always)]
pub(crate) fn filled<const L: usize>(from: &[f32]) -> [f32; L] {
    let mut numbers = [0.0; L];
    numbers[..from.len()].copy_from_slice(from);
    numbers
}

/// A whole step of `values` with this gradient; all four of one length.
pub(crate) fn step(
    coefficients: &Coefficients,
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    simd::run(WholeStep { coefficients, gradient, state: [values, first, second] });
}

struct WholeStep<'a> {
    coefficients: &'a Coefficients,
    gradient: &'a [f32],
    /// Values and both moments.
    state: [&'a mut [f32]; 3],
}

impl Work for WholeStep<'_> {
    #[inline(always)]
    fn run<S: Simd<L>, const L: usize>(self, simd: S) {
        let rates = Rates::new(simd, self.coefficients);
        let (gradient, gradient_rest) = self.gradient.as_chunks::<L>();
        let [values, first, second] = self.state.map(|numbers| numbers.as_chunks_mut::<L>());
        let whole = values.0.iter_mut().zip(gradient).zip(first.0.iter_mut().zip(second.0));
        for ((values, gradient), (first, second)) in whole {
            rates.make(simd, simd.load(gradient), [values, first, second]);
        }
        rates.make_rest(simd, simd.load(&filled(gradient_rest)), [values.1, first.1, second.1]);
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::random::TorchGenerator;
    use crate::simd::{Instructions, Plain, has_the_tables_estimates};

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
    fn a_step_is_libtorchs_operations() {
        let c = coefficients();
        for n in LENGTHS {
            let mut state = State::new(n);
            let [mut p, g, mut m, mut v] = state.tensors();
            let _ = m.lerp_(&g, 1.0 - 0.9);
            let _ = v.g_mul_scalar_(0.999).addcmul_(&(&g * (1.0 - 0.999)), &g);
            let denominator = v.sqrt() / (1.0 - 0.999_f64.powi(3)).sqrt() + 1e-8;
            let _ = p.addcdiv_(&(&m * -(5e-4 / (1.0 - 0.9_f64.powi(3)))), &denominator);

            let [values, gradient, first, second] = &mut state.0;
            step(&c, values, gradient, first, second);
            let expected = State([p, g, m, v].map(|tensor| Vec::try_from(tensor).unwrap()));
            if has_the_tables_estimates() {
                assert_eq!(state.bits(), expected.bits(), "{n} numbers");
            } else {
                // On such processors libtorch takes roots, and with some it rounds, in another way.
                for (ours, theirs) in state.0.iter().flatten().zip(expected.0.iter().flatten()) {
                    approx::assert_relative_eq!(ours, theirs, max_relative = 1e-5, epsilon = 1e-9);
                }
            }
        }
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        let c = Coefficients { added_decay: 1e-3, shrink: 0.999, ..coefficients() };
        for n in LENGTHS {
            let mut plain = State::new(n);
            whole_step(&c, &mut plain).run::<Plain, 1>(Plain);
            for instructions in Instructions::all() {
                let mut state = State::new(n);
                instructions.run(whole_step(&c, &mut state));
                assert_eq!(state.bits(), plain.bits(), "{n} numbers, {instructions:?}");
            }
        }
    }

    fn whole_step<'a>(coefficients: &'a Coefficients, state: &'a mut State) -> WholeStep<'a> {
        let [values, gradient, first, second] = &mut state.0;
        WholeStep { coefficients, gradient, state: [values, first, second] }
    }
}
