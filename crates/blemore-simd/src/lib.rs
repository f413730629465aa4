//! Vector instructions for the kernels of blemore: AVX-512, AVX2 and plain code with bit-identical results.
//!
//! Private to the workspace: published because the other crates need it, without a promise about its interface.
//!
//! A kernel is written once, as a [`Work`] for registers of any number of lanes. [`InstructionSet::run`] compiles it for
//! each kind of processor and runs the one that fits. Every operation of [`Simd`] rounds once, as IEEE 754 defines it,
//! so results do not depend on the processor.
//!
//! ```
//! use blemore_simd::{InstructionSet, Simd, Work};
//!
//! struct Double<'a>(&'a mut [f32]);
//!
//! impl Work for Double<'_> {
//!     #[inline(always)]
//!     fn run<S: Simd<L>, const L: usize>(self, simd: S) {
//!         let (whole, rest) = self.0.as_chunks_mut::<L>();
//!         for values in whole {
//!             let register = simd.load(values);
//!             simd.store(simd.add(register, register), values);
//!         }
//!         rest.iter_mut().for_each(|value| *value *= 2.0);
//!     }
//! }
//!
//! let mut values: Vec<f32> = (0..20).map(|value| value as f32).collect();
//! InstructionSet::detect().run(Double(&mut values));
//! assert_eq!(values[18..], [36.0, 38.0]);
//! ```

mod instruction_set;
mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use instruction_set::{InstructionSet, MAX_LANES, Work};
pub use plain::{Plain, key, value};

/// Operations on registers of `L` lanes.
///
/// A value of an implementation is a *token*: it can only be made where its instructions were detected, so its methods
/// are safe to call.
///
/// Integers are *keys* of numbers: the bits of an f32, mirrored when negative, so that signed integers have the order of
/// the numbers, with -0 before +0. Integer minimum and maximum are faster than those of floating-point numbers on some
/// processors, and all sorting networks give bit-identical results. Infinities and NaNs have keys outside those of
/// [`f32::MIN`] and [`f32::MAX`].
pub trait Simd<const L: usize>: Copy {
    /// One f32 per lane.
    type Floats: Copy;
    /// One key per lane.
    type Keys: Copy;
    /// One f64 per lane.
    type Doubles: Copy;

    /// The same number in all lanes.
    fn splat(self, number: f32) -> Self::Floats;
    /// Reads a register.
    fn load(self, from: &[f32; L]) -> Self::Floats;
    /// Writes a register.
    fn store(self, numbers: Self::Floats, to: &mut [f32; L]);
    /// a + b.
    fn add(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a - b.
    fn subtract(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a * b.
    fn multiply(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a / b.
    fn divide(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// The square root.
    fn square_root(self, a: Self::Floats) -> Self::Floats;
    /// a * b + c, rounded once.
    fn multiply_add(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;

    /// The keys of numbers.
    fn keys(self, numbers: &[f32; L]) -> Self::Keys;
    /// The same key in all lanes.
    fn splat_key(self, key: i32) -> Self::Keys;
    /// Reads a register of keys.
    fn load_keys(self, from: &[i32; L]) -> Self::Keys;
    /// Writes a register of keys.
    fn store_keys(self, keys: Self::Keys, to: &mut [i32; L]);
    /// The smaller key of each lane.
    fn min(self, a: Self::Keys, b: Self::Keys) -> Self::Keys;
    /// The larger key of each lane.
    fn max(self, a: Self::Keys, b: Self::Keys) -> Self::Keys;

    /// Numbers in f64.
    fn widen(self, numbers: &[f32; L]) -> Self::Doubles;
    /// Zeros.
    fn zero_doubles(self) -> Self::Doubles;
    /// a + b.
    fn add_doubles(self, a: Self::Doubles, b: Self::Doubles) -> Self::Doubles;
    /// a - b.
    fn subtract_doubles(self, a: Self::Doubles, b: Self::Doubles) -> Self::Doubles;
    /// a * b.
    fn multiply_doubles(self, a: Self::Doubles, b: Self::Doubles) -> Self::Doubles;
    /// The lanes in order.
    fn to_array(self, a: Self::Doubles) -> [f64; L];

    /// Asks for the cache line of a number ahead of its use, into the second-level cache.
    fn prefetch_second_level(self, number: &f32);
}
