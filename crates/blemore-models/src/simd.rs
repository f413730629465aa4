//! The instructions that hot loops take, for each kind of processor.

#[cfg(target_arch = "x86_64")]
mod x86;

use std::array::from_fn;

/// Lanes of the widest register.
pub(crate) const MOST_LANES: usize = 16;

/// Registers of L numbers. Every operation rounds once, as IEEE 754 has it, so all implementations give the
/// same bits.
pub(crate) trait Simd<const L: usize>: Copy {
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

/// Work that is written for any registers; `run` has to be inlined, to be compiled with the instructions of each.
pub(crate) trait Work {
    fn run<S: Simd<L>, const L: usize>(self, simd: S);
}

/// Instructions of some processors.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
}

impl Instructions {
    /// The best that the processor has; `None` where it has none of these.
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return x86::Avx512::detect().map(Self::Avx512).or_else(|| x86::Avx2::detect().map(Self::Avx2));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All that this processor has.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        return [x86::Avx512::detect().map(Self::Avx512), x86::Avx2::detect().map(Self::Avx2)]
            .into_iter()
            .flatten()
            .collect();
        #[cfg(not(target_arch = "x86_64"))]
        Vec::new()
    }

    pub(crate) fn run(self, work: impl Work) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => simd.run(work),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.run(work),
        }
    }
}

/// Lanes of [`Plain`] in which work runs where there are no better instructions: compilers make registers of them.
const PLAIN_LANES: usize = 8;

/// Runs work with the best instructions that the processor has.
pub(crate) fn run(work: impl Work) {
    match Instructions::detect() {
        Some(instructions) => instructions.run(work),
        None => work.run::<Plain, PLAIN_LANES>(Plain),
    }
}

/// Plain code, for any processor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

impl<const L: usize> Simd<L> for Plain {
    type Numbers = [f32; L];

    #[inline(always)]
    fn splat(self, number: f32) -> [f32; L] {
        [number; L]
    }

    #[inline(always)]
    fn load(self, from: &[f32; L]) -> [f32; L] {
        *from
    }

    #[inline(always)]
    fn store(self, numbers: [f32; L], to: &mut [f32; L]) {
        *to = numbers;
    }

    #[inline(always)]
    fn add(self, a: [f32; L], b: [f32; L]) -> [f32; L] {
        from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    fn subtract(self, a: [f32; L], b: [f32; L]) -> [f32; L] {
        from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    fn multiply(self, a: [f32; L], b: [f32; L]) -> [f32; L] {
        from_fn(|lane| a[lane] * b[lane])
    }

    #[inline(always)]
    fn divide(self, a: [f32; L], b: [f32; L]) -> [f32; L] {
        from_fn(|lane| a[lane] / b[lane])
    }

    #[inline(always)]
    fn square_root(self, a: [f32; L]) -> [f32; L] {
        a.map(f32::sqrt)
    }

    #[inline(always)]
    fn multiply_add(self, a: [f32; L], b: [f32; L], c: [f32; L]) -> [f32; L] {
        from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
    }

    #[inline(always)]
    fn prefetch(self, _: &f32) {}
}
