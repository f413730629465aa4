//! Which instructions a kernel runs with.

#[cfg(target_arch = "x86_64")]
use crate::x86::{Avx2, Avx512};
use crate::{Plain, Simd};

/// Lanes of the widest register.
pub const MAX_LANES: usize = 16;

/// Lanes of [`Plain`] code, which compilers put into registers.
const PLAIN_LANES: usize = 8;

/// Work that is written for registers of any number of lanes.
///
/// `run` needs `#[inline(always)]`, so that it is compiled with the instructions of each processor.
pub trait Work {
    /// Does the work.
    fn run<S: Simd<L>, const L: usize>(self, simd: S);
}

/// A kind of processor that kernels are compiled for.
///
/// Results are bit-identical; only the speed differs. The best kind is chosen at run time, so that one program runs
/// everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstructionSet {
    /// No instructions beyond those that the program was compiled for, such as NEON on aarch64.
    Portable,
    /// x86-64 with AVX2 and fused multiply-add: eight lanes of f32.
    Avx2,
    /// x86-64 with AVX-512F: sixteen lanes of f32.
    Avx512,
}

impl InstructionSet {
    /// The fastest one that this processor has.
    pub fn detect() -> Self {
        [Self::Avx512, Self::Avx2].into_iter().find(|set| set.is_available()).unwrap_or(Self::Portable)
    }

    /// All that this processor has, slowest first; the first is always [`Portable`](Self::Portable).
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Portable, Self::Avx2, Self::Avx512].into_iter().filter(|set| set.is_available())
    }

    /// Whether this processor has them.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Avx512::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// Lanes of the registers that work runs in.
    pub fn lanes(self) -> usize {
        match self {
            Self::Portable => PLAIN_LANES,
            Self::Avx2 => 8,
            Self::Avx512 => MAX_LANES,
        }
    }

    /// Does the work with these instructions, or as plain code where the processor does not have them.
    pub fn run(self, work: impl Work) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if let Some(simd) = Avx512::detect() => simd.run(work),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if let Some(simd) = Avx2::detect() => simd.run(work),
            _ => work.run::<Plain, PLAIN_LANES>(Plain),
        }
    }
}
