//! Square roots with the bits of the published code.
//!
//! libtorch takes square roots from a vendor's library. On the processors that the published numbers are from, its
//! roots are not always right in the last bit: it is off by one unit for every sixth number. Adam divides by such roots,
//! so whoever takes right ones trains another network, if only by a millionth. Asked for the roots of all numbers, the
//! library gave itself away: an estimate of 12 bits, one Newton step of root and inverse root together, and a
//! correction by the rest, each operation rounded. These are its bits for every number, on any processor.

mod estimate;

use crate::simd::Simd;

pub(crate) use estimate::inverse_root_estimate;
#[cfg(target_arch = "x86_64")]
pub(crate) use estimate::{DROPS, HIGHEST};

/// The numbers whose roots are made that way; the root of any other is the right one.
const LEAST: f32 = f32::MIN_POSITIVE;
/// Above it, an estimate's square would be too large for an f32.
const MOST: f32 = f32::from_bits(0x7f7f_f000);

/// The square root of each number: within 3/4 of a unit in the last place.
#[inline(always)]
pub(crate) fn square_root<S: Simd<L>, const L: usize>(simd: S, x: S::Numbers) -> S::Numbers {
    let half = simd.splat(0.5);
    let inverse = simd.inverse_root_estimate(x);
    let (root, half_inverse) = (simd.multiply(x, inverse), simd.multiply(inverse, half));
    let miss = simd.subtract(half, simd.multiply(root, half_inverse));
    let root = simd.add(root, simd.multiply(root, miss));
    let half_inverse = simd.add(half_inverse, simd.multiply(half_inverse, miss));
    let rest = simd.subtract(x, simd.multiply(root, root));
    let root = simd.add(root, simd.multiply(rest, half_inverse));
    let usual = simd.within(x, LEAST, MOST);
    if simd.all(usual) { root } else { simd.choose(usual, root, simd.square_root(x)) }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::simd::{Instructions, Plain, Work, has_the_tables_estimates};

    /// Replaces numbers, a multiple of 16 of them, by their roots.
    struct Roots<'a>(&'a mut [f32]);

    impl Work for Roots<'_> {
        #[inline(always)]
        fn run<S: Simd<L>, const L: usize>(self, simd: S) {
            for numbers in self.0.as_chunks_mut().0 {
                let roots = square_root(simd, simd.load(numbers));
                simd.store(roots, numbers);
            }
        }
    }

    fn plain(numbers: &[f32]) -> Vec<f32> {
        let mut roots = numbers.to_vec();
        Roots(&mut roots).run::<Plain, 1>(Plain);
        roots
    }

    fn numbers(bits: impl Iterator<Item = u32>) -> Vec<f32> {
        let mut numbers: Vec<f32> = bits.map(f32::from_bits).collect();
        numbers.resize(numbers.len().next_multiple_of(16), 1.0);
        numbers
    }

    /// All fractions with an even and an odd exponent, the ends of the range, and a walk through everything between.
    fn all_kinds() -> [Vec<f32>; 5] {
        [
            numbers(0x3f80_0000..0x4080_0000),
            numbers(0x7f7f_0000..=0x7f80_0000),
            numbers(0..0x2000),
            numbers(0x007f_f000..0x0082_0000),
            numbers((0..0x7f80_0000).step_by(1021)),
        ]
    }

    fn bits(numbers: &[f32]) -> impl Iterator<Item = u32> {
        numbers.iter().map(|number| number.to_bits())
    }

    #[test]
    fn roots_are_libtorchs() {
        // On processors with another estimate libtorch takes another way.
        let tolerance = if has_the_tables_estimates() { 0 } else { 1 };
        for numbers in all_kinds() {
            let theirs = Vec::<f32>::try_from(Tensor::from_slice(&numbers).sqrt()).unwrap();
            let ours = plain(&numbers);
            for (number, (ours, theirs)) in numbers.iter().zip(bits(&ours).zip(bits(&theirs))) {
                assert!(ours.abs_diff(theirs) <= tolerance, "{number:e}: {ours:#x} is not {theirs:#x}");
            }
        }
    }

    #[test]
    fn every_processor_gives_the_same_roots() {
        for numbers in all_kinds() {
            let expected = plain(&numbers);
            for instructions in Instructions::all() {
                let mut roots = numbers.clone();
                instructions.run(Roots(&mut roots));
                assert!(bits(&roots).eq(bits(&expected)), "{instructions:?}");
            }
        }
    }

    #[test]
    fn roots_of_what_has_none_are_no_numbers() {
        let roots = plain(&[-1.0, f32::NAN, f32::NEG_INFINITY, -f32::MIN_POSITIVE, -1e-45]);
        assert!(roots.iter().all(|root| root.is_nan()), "{roots:?}");
        assert_eq!(plain(&[0.0, -0.0, f32::INFINITY]), [0.0, -0.0, f32::INFINITY]);
    }
}
