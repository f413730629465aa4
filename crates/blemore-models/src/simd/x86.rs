//! AVX-512 and AVX2 with fused multiply-add.
//!
//! Three arguments carry all unsafe code: a token proves that the processor has the instructions; loads and stores go
//! through references to arrays of exactly the bytes that they move, by instructions without alignment to keep; and
//! lookups have no more index bits than their table has numbers.

use std::arch::x86_64::*;
use std::sync::OnceLock;

use super::{Simd, Work};
use crate::roots::{self, DROPS, HIGHEST};

/// Sixteen numbers in a 512-bit register. Exists only where AVX-512F, AVX2 and FMA were detected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512 {
    halves: Avx2,
}

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let halves = Avx2::detect()?;
        is_x86_feature_detected!("avx512f").then_some(Self { halves })
    }

    #[cfg(test)]
    pub(super) fn with_table(self) -> Self {
        Self { halves: self.halves.with_table() }
    }

    /// The work compiled with these instructions.
    pub(super) fn run(self, work: impl Work) {
        #[target_feature(enable = "avx512f,avx2,fma")]
        fn compiled(simd: Avx512, work: impl Work) {
            work.run(simd);
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, work) }
    }
}

impl Simd<16> for Avx512 {
    type Numbers = __m512;
    type Choice = __mmask16;

    #[inline(always)]
    fn splat(self, number: f32) -> __m512 {
        // SAFETY: the token exists, hence the instructions do. So in every method below.
        unsafe { _mm512_set1_ps(number) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; 16]) -> __m512 {
        // SAFETY: 64 readable bytes.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, numbers: __m512, to: &mut [f32; 16]) {
        // SAFETY: 64 writable bytes.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), numbers) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn subtract(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn multiply(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn divide(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_div_ps(a, b) }
    }

    #[inline(always)]
    fn square_root(self, a: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_sqrt_ps(a) }
    }

    #[inline(always)]
    fn inverse_root_estimate(self, a: __m512) -> __m512 {
        // SAFETY: the token.
        let (low, high) = unsafe {
            let high = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(a));
            (_mm512_castps512_ps256(a), _mm256_castpd_ps(high))
        };
        let (low, high) = (self.halves.inverse_root_estimate(low), self.halves.inverse_root_estimate(high));
        // SAFETY: the token.
        unsafe {
            let (low, high) = (_mm512_castps_pd(_mm512_castps256_ps512(low)), _mm256_castps_pd(high));
            _mm512_castpd_ps(_mm512_insertf64x4::<1>(low, high))
        }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn within(self, a: __m512, least: f32, most: f32) -> __mmask16 {
        // SAFETY: the token.
        unsafe {
            let enough = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, _mm512_set1_ps(least));
            _mm512_mask_cmp_ps_mask::<_CMP_LE_OQ>(enough, a, _mm512_set1_ps(most))
        }
    }

    #[inline(always)]
    fn all(self, choice: __mmask16) -> bool {
        choice == __mmask16::MAX
    }

    #[inline(always)]
    fn choose(self, choice: __mmask16, yes: __m512, no: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_mask_blend_ps(choice, no, yes) }
    }

    #[inline(always)]
    fn prefetch(self, number: &f32) {
        prefetch(number);
    }
}

/// Eight numbers in a 256-bit register. Exists only where AVX2 and FMA were detected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2 {
    estimates: Estimates,
}

/// Where estimates of inverse roots come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimates {
    /// `rsqrtps`, whose answers are those of the table here.
    Instruction,
    Table,
}

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        static ESTIMATES: OnceLock<Estimates> = OnceLock::new();
        let detected = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        detected.then(|| Self { estimates: *ESTIMATES.get_or_init(Estimates::detect) })
    }

    #[cfg(test)]
    pub(super) fn with_table(self) -> Self {
        Self { estimates: Estimates::Table }
    }

    #[cfg(test)]
    pub(super) fn takes_instruction(self) -> bool {
        self.estimates == Estimates::Instruction
    }

    /// The work compiled with these instructions.
    pub(super) fn run(self, work: impl Work) {
        #[target_feature(enable = "avx2,fma")]
        fn compiled(simd: Avx2, work: impl Work) {
            work.run(simd);
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, work) }
    }
}

impl Estimates {
    /// Asks the instruction for both ends of every range in which the table has one answer, with the lowest, two middle
    /// and the highest exponents.
    fn detect() -> Self {
        let exponents = [1, 127, 128, 254];
        let starts = exponents
            .into_iter()
            .flat_map(|exponent| (0..1 << 12).map(move |range: u32| exponent << 23 | range << 11));
        let mut asked = starts.flat_map(|start| [start, start | 0x7ff]).map(f32::from_bits);
        let by_instruction = |number: f32| {
            // SAFETY: every x86-64 processor has the instruction.
            unsafe { _mm_cvtss_f32(_mm_rsqrt_ss(_mm_set_ss(number))) }
        };
        match asked.all(|number| by_instruction(number) == roots::inverse_root_estimate(number)) {
            true => Self::Instruction,
            false => Self::Table,
        }
    }
}

/// [`roots::inverse_root_estimate`], eight numbers at once.
#[target_feature(enable = "avx2")]
fn estimates_of_table(a: __m256) -> __m256 {
    let bits = _mm256_castps_si256(a);
    let part = |shift: i32, count: i32| {
        _mm256_and_si256(
            _mm256_srlv_epi32(bits, _mm256_set1_epi32(shift)),
            _mm256_set1_epi32((1 << count) - 1),
        )
    };
    // SAFETY: nine bits into 512 numbers, and six into 64.
    let (highest, drops) = unsafe {
        let (cell, half_row) =
            (part(15, 9), _mm256_or_si256(_mm256_slli_epi32::<1>(part(19, 5)), part(14, 1)));
        (
            _mm256_i32gather_epi32::<4>(HIGHEST.as_ptr().cast(), cell),
            _mm256_i32gather_epi32::<4>(DROPS.as_ptr().cast(), half_row),
        )
    };
    let drop = _mm256_srlv_epi32(drops, _mm256_slli_epi32::<2>(part(11, 3)));
    let drop = _mm256_and_si256(drop, _mm256_set1_epi32(15));
    let units = _mm256_sub_epi32(_mm256_sub_epi32(highest, drop), _mm256_set1_epi32(1 << 12));
    let below = _mm256_sub_epi32(_mm256_set1_epi32(128), _mm256_srli_epi32::<23>(bits));
    let exponent = _mm256_add_epi32(_mm256_set1_epi32(126), _mm256_srai_epi32::<1>(below));
    let (exponent, fraction) = (_mm256_slli_epi32::<23>(exponent), _mm256_slli_epi32::<11>(units));
    _mm256_castsi256_ps(_mm256_add_epi32(exponent, fraction))
}

impl Simd<8> for Avx2 {
    type Numbers = __m256;
    type Choice = __m256;

    #[inline(always)]
    fn splat(self, number: f32) -> __m256 {
        // SAFETY: the token exists, hence the instructions do. So in every method below.
        unsafe { _mm256_set1_ps(number) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; 8]) -> __m256 {
        // SAFETY: 32 readable bytes.
        unsafe { _mm256_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, numbers: __m256, to: &mut [f32; 8]) {
        // SAFETY: 32 writable bytes.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), numbers) }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn subtract(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn multiply(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn divide(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_div_ps(a, b) }
    }

    #[inline(always)]
    fn square_root(self, a: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_sqrt_ps(a) }
    }

    #[inline(always)]
    fn inverse_root_estimate(self, a: __m256) -> __m256 {
        match self.estimates {
            // SAFETY: the token.
            Estimates::Instruction => unsafe { _mm256_rsqrt_ps(a) },
            // SAFETY: the token.
            Estimates::Table => unsafe { estimates_of_table(a) },
        }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn within(self, a: __m256, least: f32, most: f32) -> __m256 {
        // SAFETY: the token.
        unsafe {
            let enough = _mm256_cmp_ps::<_CMP_GE_OQ>(a, _mm256_set1_ps(least));
            _mm256_and_ps(enough, _mm256_cmp_ps::<_CMP_LE_OQ>(a, _mm256_set1_ps(most)))
        }
    }

    #[inline(always)]
    fn all(self, choice: __m256) -> bool {
        // SAFETY: the token.
        unsafe { _mm256_movemask_ps(choice) == 0xff }
    }

    #[inline(always)]
    fn choose(self, choice: __m256, yes: __m256, no: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_blendv_ps(no, yes, choice) }
    }

    #[inline(always)]
    fn prefetch(self, number: &f32) {
        prefetch(number);
    }
}

#[inline(always)]
fn prefetch(number: &f32) {
    // SAFETY: a hint that cannot fault, which every x86-64 processor has. Into the second-level cache: the first is
    // full.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(number).cast()) }
}
