//! The dozen instructions that the pass takes, for each kind of processor.

#[cfg(target_arch = "x86_64")]
mod x86;

use super::kernel::Sweep;

/// Lanes of the widest register.
pub(super) const MOST_LANES: usize = 16;

/// Registers of L numbers. Every operation rounds once, as IEEE 754 has it, so all implementations give the same bits.
pub(super) trait Simd<const L: usize>: Copy {
    type Numbers: Copy;

    fn splat(self, number: f32) -> Self::Numbers;
    fn load(self, from: &[f32; L]) -> Self::Numbers;
    fn store(self, numbers: Self::Numbers, to: &mut [f32; L]);
    fn add(self, a: Self::Numbers, b: Self::Numbers) -> Self::Numbers;
    fn subtract(self, a: Self::Numbers, b: Self::Numbers) -> Self::Numbers;
    fn multiply(self, a: Self::Numbers, b: Self::Numbers) -> Self::Numbers;
    fn divide(self, a: Self::Numbers, b: Self::Numbers) -> Self::Numbers;
    fn square_root(self, a: Self::Numbers) -> Self::Numbers;
    /// a x b + c, rounded once.
    fn multiply_add(self, a: Self::Numbers, b: Self::Numbers, c: Self::Numbers) -> Self::Numbers;
    /// Asks for the memory around a number.
    fn prefetch(self, number: &f32);
}

/// What the pass runs on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
}

impl Instructions {
    /// The best that the processor has; `None` where it has none that are worth it.
    pub(super) fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return x86::Avx512::detect().map(Self::Avx512).or_else(|| x86::Avx2::detect().map(Self::Avx2));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All that this processor has.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        return [x86::Avx512::detect().map(Self::Avx512), x86::Avx2::detect().map(Self::Avx2)]
            .into_iter()
            .flatten()
            .collect();
        #[cfg(not(target_arch = "x86_64"))]
        Vec::new()
    }

    pub(super) fn run(self, sweep: Sweep<'_>) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => simd.run(sweep),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.run(sweep),
        }
    }
}

/// Plain code, to hold the others against.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain;

#[cfg(test)]
impl Simd<1> for Plain {
    type Numbers = f32;

    fn splat(self, number: f32) -> f32 {
        number
    }

    fn load(self, from: &[f32; 1]) -> f32 {
        from[0]
    }

    fn store(self, numbers: f32, to: &mut [f32; 1]) {
        to[0] = numbers;
    }

    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }

    fn subtract(self, a: f32, b: f32) -> f32 {
        a - b
    }

    fn multiply(self, a: f32, b: f32) -> f32 {
        a * b
    }

    fn divide(self, a: f32, b: f32) -> f32 {
        a / b
    }

    fn square_root(self, a: f32) -> f32 {
        a.sqrt()
    }

    fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    fn prefetch(self, _: &f32) {}
}
