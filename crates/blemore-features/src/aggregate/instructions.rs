//! Which vector instructions the kernel uses.

use super::AggregationError;

/// A kind of processor that the aggregation kernel has a path for.
///
/// All give the same bits; only their speed differs. The best one that the processor has is found at run
/// time, so that one program runs everywhere: on x86-64 AVX-512 or AVX2, elsewhere (and on older processors)
/// plain code that the compiler turns into what vectors there are, such as NEON on aarch64.
///
/// ```
/// use blemore_features::{Aggregator, InstructionSet};
/// use ndarray::array;
///
/// let frames = array![[1.0, -2.0], [0.5, 8.0], [3.0, 4.0]];
/// let expected = Aggregator::default().aggregate(frames.view())?;
/// for instructions in InstructionSet::available() {
///     let aggregator = Aggregator::default().with_instructions(instructions)?;
///     assert_eq!(aggregator.aggregate(frames.view())?, expected);
/// }
/// # Ok::<(), blemore_features::AggregationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstructionSet {
    /// No instructions beyond those that the program was compiled for.
    Portable,
    /// x86-64 with AVX2: eight dimensions at a time.
    Avx2,
    /// x86-64 with AVX-512F: sixteen dimensions at a time.
    Avx512,
}

impl InstructionSet {
    /// The fastest one that this processor has.
    pub fn detect() -> Self {
        if Self::Avx512.is_available() {
            Self::Avx512
        } else if Self::Avx2.is_available() {
            Self::Avx2
        } else {
            Self::Portable
        }
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
            Self::Avx2 => super::simd::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => super::simd::Avx512::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// Refuses instructions that this processor does not have.
    pub(super) fn check(self) -> Result<Self, AggregationError> {
        if self.is_available() {
            Ok(self)
        } else {
            Err(AggregationError::UnavailableInstructions { asked: self, best: Self::detect() })
        }
    }
}
