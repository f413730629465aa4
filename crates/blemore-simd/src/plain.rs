//! Plain code: the safe counterpart of the other implementations, for processors without their instructions.

use std::array::from_fn;

use crate::Simd;

/// The key of a number.
#[inline(always)]
pub fn key(number: f32) -> i32 {
    mirror(number.to_bits() as i32)
}

/// The number of a key.
#[inline(always)]
pub fn value(key: i32) -> f32 {
    f32::from_bits(mirror(key) as u32)
}

/// Flips the 31 lower bits of a negative number; its own inverse.
#[inline(always)]
fn mirror(bits: i32) -> i32 {
    bits ^ ((bits >> 31) & i32::MAX)
}

/// Arrays of any length, which compilers turn into the vectors that the processor has.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// One method per line: its parameters, its result, and the result's value in each lane.
macro_rules! lanes {
    ($($name:ident($($operand:ident: $operands:ty),+) -> $result:ty = |$lane:ident| $value:expr;)+) => {
        $(#[inline(always)]
        fn $name(self, $($operand: $operands),+) -> $result {
            from_fn(|$lane| $value)
        })+
    };
}

impl<const L: usize> Simd<L> for Plain {
    type Floats = [f32; L];
    type Keys = [i32; L];
    type Doubles = [f64; L];

    lanes! {
        splat(number: f32) -> [f32; L] = |_lane| number;
        load(from: &[f32; L]) -> [f32; L] = |lane| from[lane];
        add(a: [f32; L], b: [f32; L]) -> [f32; L] = |lane| a[lane] + b[lane];
        subtract(a: [f32; L], b: [f32; L]) -> [f32; L] = |lane| a[lane] - b[lane];
        multiply(a: [f32; L], b: [f32; L]) -> [f32; L] = |lane| a[lane] * b[lane];
        divide(a: [f32; L], b: [f32; L]) -> [f32; L] = |lane| a[lane] / b[lane];
        square_root(a: [f32; L]) -> [f32; L] = |lane| a[lane].sqrt();
        multiply_add(a: [f32; L], b: [f32; L], c: [f32; L]) -> [f32; L] = |lane| a[lane].mul_add(b[lane], c[lane]);

        keys(numbers: &[f32; L]) -> [i32; L] = |lane| key(numbers[lane]);
        splat_key(key: i32) -> [i32; L] = |_lane| key;
        load_keys(from: &[i32; L]) -> [i32; L] = |lane| from[lane];
        min(a: [i32; L], b: [i32; L]) -> [i32; L] = |lane| a[lane].min(b[lane]);
        max(a: [i32; L], b: [i32; L]) -> [i32; L] = |lane| a[lane].max(b[lane]);

        widen(numbers: &[f32; L]) -> [f64; L] = |lane| f64::from(numbers[lane]);
        add_doubles(a: [f64; L], b: [f64; L]) -> [f64; L] = |lane| a[lane] + b[lane];
        subtract_doubles(a: [f64; L], b: [f64; L]) -> [f64; L] = |lane| a[lane] - b[lane];
        multiply_doubles(a: [f64; L], b: [f64; L]) -> [f64; L] = |lane| a[lane] * b[lane];
        to_array(a: [f64; L]) -> [f64; L] = |lane| a[lane];
    }

    #[inline(always)]
    fn store(self, numbers: [f32; L], to: &mut [f32; L]) {
        *to = numbers;
    }

    #[inline(always)]
    fn store_keys(self, keys: [i32; L], to: &mut [i32; L]) {
        *to = keys;
    }

    #[inline(always)]
    fn zero_doubles(self) -> [f64; L] {
        [0.0; L]
    }

    #[inline(always)]
    fn prefetch_second_level(self, _: &f32) {}
}
