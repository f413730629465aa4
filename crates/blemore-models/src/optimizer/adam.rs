//! One step of Adam or AdamW over a tensor's memory: [`Arithmetic::Fast`](crate::Arithmetic)'s own.
//!
//! libtorch runs one operation at a time over all parameters: a dozen passes over arrays that do not fit into any cache.
//! Here all operations are done on one register of numbers before the next, so memory is read and written once. Each
//! operation rounds once, and square roots are correctly rounded, so results do not depend on the processor. libtorch's
//! results do: its roots come from a vendor's library (`optimizer` has libtorch's step).
//!
//! `fused_layer` makes the same step where the gradient is still in registers.

use blemore_simd::{InstructionSet, Simd, Work};

/// The numbers of one step, rounded to f32 as libtorch's operations round them.
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
    added_decay: S::Floats,
    shrink: S::Floats,
    first_share: S::Floats,
    second_decay: S::Floats,
    second_share: S::Floats,
    scaled_epsilon: S::Floats,
    scaled_step: S::Floats,
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
            // Multiplied by the scale once here, instead of dividing every root by it.
            scaled_epsilon: simd.splat(c.epsilon * c.second_scale),
            scaled_step: simd.splat(c.step * c.second_scale),
        }
    }

    /// Values and both moments after a step along this gradient.
    #[inline(always)]
    fn step(&self, simd: S, gradient: S::Floats, [values, first, second]: [&[f32; L]; 3]) -> [S::Floats; 3] {
        let (values, first, second) = (simd.load(values), simd.load(first), simd.load(second));
        let shrunk = simd.multiply(values, self.shrink);
        let gradient = simd.multiply_add(self.added_decay, shrunk, gradient);
        let first = simd.multiply_add(self.first_share, simd.subtract(gradient, first), first);
        let share = simd.multiply(self.second_share, gradient);
        let second = simd.multiply_add(share, gradient, simd.multiply(second, self.second_decay));
        let scaled_root = simd.add(simd.square_root(second), self.scaled_epsilon);
        let step = simd.divide(simd.multiply(self.scaled_step, first), scaled_root);
        [simd.add(shrunk, step), first, second]
    }

    /// Makes a step of L values and their moments.
    #[inline(always)]
    pub(crate) fn make(&self, simd: S, gradient: S::Floats, state: [&mut [f32; L]; 3]) {
        let [values, first, second] = state;
        let moved = self.step(simd, gradient, [values, first, second]);
        simd.store(moved[0], values);
        simd.store(moved[1], first);
        simd.store(moved[2], second);
    }

    /// As [`make`](Self::make), of fewer than L values.
    #[inline(always)]
    pub(crate) fn make_rest(&self, simd: S, gradient: S::Floats, state: [&mut [f32]; 3]) {
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
    InstructionSet::detect().run(WholeStep { coefficients, gradient, state: [values, first, second] });
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

/// Values, gradient and both moments of some layer, for tests: numbers spread over magnitudes and signs.
#[cfg(test)]
pub(crate) fn example(n: usize) -> [Vec<f32>; 4] {
    let mut generator = crate::random::TorchGenerator::new(n as u64);
    let mut numbers = |least: f32, most: f32| {
        let mut numbers = vec![0.0; n];
        generator.fill_uniform(least, most, &mut numbers);
        numbers
    };
    let mut state = [0.1, 0.01, 0.01, 1e-4].map(|scale: f32| {
        let factors = numbers(0.0, 1.0);
        numbers(-scale, scale)
            .iter()
            .zip(factors)
            .map(|(number, factor)| number * factor.powi(6))
            .collect::<Vec<_>>()
    });
    state[3].iter_mut().for_each(|second| *second = second.abs());
    state
}

#[cfg(test)]
mod tests {
    use blemore_simd::Plain;

    use super::*;

    const LENGTHS: [usize; 9] = [0, 1, 7, 8, 15, 33, 130, 4097, 100_003];

    #[test]
    fn every_processor_gives_the_same_bits() {
        for n in LENGTHS {
            let mut plain = example(n);
            whole_step(&mut plain).run::<Plain, 1>(Plain);
            for instructions in InstructionSet::available() {
                let mut state = example(n);
                instructions.run(whole_step(&mut state));
                assert_eq!(bits(&state), bits(&plain), "{n} numbers, {instructions:?}");
            }
        }
    }

    fn whole_step(state: &mut [Vec<f32>; 4]) -> WholeStep<'_> {
        let [values, gradient, first, second] = state;
        WholeStep { coefficients: &Coefficients::EXAMPLE, gradient, state: [values, first, second] }
    }

    fn bits(state: &[Vec<f32>; 4]) -> Vec<u32> {
        state.iter().flatten().map(|number| number.to_bits()).collect()
    }
}
