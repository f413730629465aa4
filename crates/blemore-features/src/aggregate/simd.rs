//! The instructions that the kernel is written in: one trait, one implementation for each kind of processor.
//!
//! The kernel sorts *keys*: the bits of a finite f32, mirrored when negative, so that signed integers order
//! as the numbers do, with -0 before +0. Integer minimum and maximum have twice the throughput of their
//! floating-point kin on some processors, know no NaN, and any sorting network then gives the same bits as
//! any other. Infinities and NaNs have keys beyond those of [`f32::MIN`] and [`f32::MAX`], so that the
//! extreme keys of a dimension tell whether all of it is finite.
//!
//! A value of an implementation is a *token*: it can only be had where its instructions were detected, which
//! is why its methods are safe to call. [`Portable`] is plain arrays and loops; the tests hold the others
//! against it bit for bit.

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

/// Registers of `W` neighbouring dimensions of one frame.
pub(super) trait Simd<const W: usize>: Copy {
    /// One key for each of `W` dimensions.
    type Keys: Copy;
    /// One f64 for each of `W` dimensions.
    type Wide: Copy;

    fn splat(self, key: i32) -> Self::Keys;
    fn load(self, keys: &[i32; W]) -> Self::Keys;
    fn store(self, keys: Self::Keys, to: &mut [i32; W]);
    fn min(self, a: Self::Keys, b: Self::Keys) -> Self::Keys;
    fn max(self, a: Self::Keys, b: Self::Keys) -> Self::Keys;
    /// The keys of one frame's values.
    fn keys(self, values: &[f32; W]) -> Self::Keys;

    fn zero(self) -> Self::Wide;
    /// One frame's values in f64.
    fn widen(self, values: &[f32; W]) -> Self::Wide;
    fn add(self, a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn subtract(self, a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn multiply(self, a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn narrow(self, a: Self::Wide) -> [f64; W];

    /// Asks for the one or two cache lines of these values ahead of their use.
    fn prefetch(self, values: &[f32; W]);
}

/// The key of a finite value.
#[inline(always)]
pub(super) fn key(value: f32) -> i32 {
    mirror(value.to_bits() as i32)
}

/// The value of a key.
#[inline(always)]
pub(super) fn value(key: i32) -> f32 {
    f32::from_bits(mirror(key) as u32)
}

/// Its own inverse: flips the 31 lower bits of a negative number.
#[inline(always)]
fn mirror(bits: i32) -> i32 {
    bits ^ ((bits >> 31) & i32::MAX)
}

/// Plain arrays, which compilers turn into whatever vectors the processor has: the safe twin of the other
/// implementations, and the path of processors without one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

impl<const W: usize> Simd<W> for Portable {
    type Keys = [i32; W];
    type Wide = [f64; W];

    #[inline(always)]
    fn splat(self, key: i32) -> Self::Keys {
        [key; W]
    }

    #[inline(always)]
    fn load(self, keys: &[i32; W]) -> Self::Keys {
        *keys
    }

    #[inline(always)]
    fn store(self, keys: Self::Keys, to: &mut [i32; W]) {
        *to = keys;
    }

    #[inline(always)]
    fn min(self, mut a: Self::Keys, b: Self::Keys) -> Self::Keys {
        for lane in 0..W {
            a[lane] = a[lane].min(b[lane]);
        }
        a
    }

    #[inline(always)]
    fn max(self, mut a: Self::Keys, b: Self::Keys) -> Self::Keys {
        for lane in 0..W {
            a[lane] = a[lane].max(b[lane]);
        }
        a
    }

    #[inline(always)]
    fn keys(self, values: &[f32; W]) -> Self::Keys {
        values.map(key)
    }

    #[inline(always)]
    fn zero(self) -> Self::Wide {
        [0.0; W]
    }

    #[inline(always)]
    fn widen(self, values: &[f32; W]) -> Self::Wide {
        values.map(f64::from)
    }

    #[inline(always)]
    fn add(self, mut a: Self::Wide, b: Self::Wide) -> Self::Wide {
        for lane in 0..W {
            a[lane] += b[lane];
        }
        a
    }

    #[inline(always)]
    fn subtract(self, mut a: Self::Wide, b: Self::Wide) -> Self::Wide {
        for lane in 0..W {
            a[lane] -= b[lane];
        }
        a
    }

    #[inline(always)]
    fn multiply(self, mut a: Self::Wide, b: Self::Wide) -> Self::Wide {
        for lane in 0..W {
            a[lane] *= b[lane];
        }
        a
    }

    #[inline(always)]
    fn narrow(self, a: Self::Wide) -> [f64; W] {
        a
    }

    #[inline(always)]
    fn prefetch(self, _: &[f32; W]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_numbers_with_the_negative_zero_first() {
        let values = [f32::MIN, -1.5, -f32::MIN_POSITIVE, -1e-45, -0.0, 0.0, 1e-45, 1.0, f32::MAX];
        assert!(values.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        for v in values {
            assert_eq!(value(key(v)).to_bits(), v.to_bits());
        }
    }

    #[test]
    fn keys_of_infinities_and_nans_lie_beyond_all_finite_ones() {
        for (v, sign) in [(f32::INFINITY, 1), (f32::NAN, 1), (f32::NEG_INFINITY, -1), (-f32::NAN, -1)] {
            assert!(if sign > 0 { key(v) > key(f32::MAX) } else { key(v) < key(f32::MIN) }, "{v}");
        }
    }
}
