//! AVX-512 and AVX2.

use std::arch::x86_64::*;

use super::Simd;

/// Sixteen dimensions in a 512-bit register. Exists only where AVX-512F and AVX2 were detected.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Avx512(());

impl Avx512 {
    pub(in super::super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2")).then_some(Self(()))
    }

    /// Runs `task` compiled with these instructions.
    pub(in super::super) fn run<T: super::super::kernel::Task>(self, task: T) -> T::Output {
        #[target_feature(enable = "avx512f,avx2,fma")]
        fn compiled<T: super::super::kernel::Task>(simd: Avx512, task: T) -> T::Output {
            task.run::<Avx512, 16>(simd)
        }
        // SAFETY: the token exists, hence the processor has these instructions (every one with AVX-512F has FMA).
        unsafe { compiled(self, task) }
    }
}

impl Simd<16> for Avx512 {
    type Keys = __m512i;
    /// Sums of the lower and upper eight, squares of the lower and upper eight.
    type Moments = [__m512d; 4];

    #[inline(always)]
    fn splat(self, key: i32) -> __m512i {
        // SAFETY: the token exists, hence AVX-512F does. So in every method below.
        unsafe { _mm512_set1_epi32(key) }
    }

    #[inline(always)]
    fn load(self, keys: &[i32; 16]) -> __m512i {
        // SAFETY: 64 readable bytes; the load has no alignment to keep.
        unsafe { _mm512_loadu_si512(keys.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, keys: __m512i, to: &mut [i32; 16]) {
        // SAFETY: 64 writable bytes; the store has no alignment to keep.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), keys) }
    }

    #[inline(always)]
    fn min(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token.
        unsafe { _mm512_min_epi32(a, b) }
    }

    #[inline(always)]
    fn max(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token.
        unsafe { _mm512_max_epi32(a, b) }
    }

    #[inline(always)]
    fn no_moments(self) -> Self::Moments {
        // SAFETY: the token.
        unsafe { [_mm512_setzero_pd(); 4] }
    }

    #[inline(always)]
    fn read(self, values: &[f32; 16], moments: &mut Self::Moments) -> __m512i {
        // SAFETY: the token; the loads read 64 bytes, once whole and once in halves of 32.
        unsafe {
            let lower = _mm512_cvtps_pd(_mm256_loadu_ps(values.as_ptr()));
            let upper = _mm512_cvtps_pd(_mm256_loadu_ps(values.as_ptr().add(8)));
            moments[0] = _mm512_add_pd(moments[0], lower);
            moments[1] = _mm512_add_pd(moments[1], upper);
            moments[2] = _mm512_fmadd_pd(lower, lower, moments[2]);
            moments[3] = _mm512_fmadd_pd(upper, upper, moments[3]);
            let bits = _mm512_loadu_si512(values.as_ptr().cast());
            // 0x78 is the truth table of first ^ (second & third): `key` in one instruction.
            _mm512_ternarylogic_epi32::<0x78>(bits, _mm512_srai_epi32::<31>(bits), _mm512_set1_epi32(i32::MAX))
        }
    }

    #[inline(always)]
    fn totals(self, moments: Self::Moments) -> ([f64; 16], [f64; 16]) {
        let mut totals = [[0.0; 16]; 2];
        for (half, &sums) in moments.iter().enumerate() {
            // SAFETY: the token; eight f64 fit the upper or lower half of sixteen.
            unsafe { _mm512_storeu_pd(totals[half / 2].as_mut_ptr().add(half % 2 * 8), sums) }
        }
        (totals[0], totals[1])
    }
}

/// Eight dimensions in a 256-bit register. Exists only where AVX2 and FMA were detected.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    pub(in super::super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// Runs `task` compiled with these instructions.
    pub(in super::super) fn run<T: super::super::kernel::Task>(self, task: T) -> T::Output {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<T: super::super::kernel::Task>(simd: Avx2, task: T) -> T::Output {
            task.run::<Avx2, 8>(simd)
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, task) }
    }
}

impl Simd<8> for Avx2 {
    type Keys = __m256i;
    /// Sums of the lower and upper four, squares of the lower and upper four.
    type Moments = [__m256d; 4];

    #[inline(always)]
    fn splat(self, key: i32) -> __m256i {
        // SAFETY: the token exists, hence AVX2 and FMA do. So in every method below.
        unsafe { _mm256_set1_epi32(key) }
    }

    #[inline(always)]
    fn load(self, keys: &[i32; 8]) -> __m256i {
        // SAFETY: 32 readable bytes; the load has no alignment to keep.
        unsafe { _mm256_loadu_si256(keys.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, keys: __m256i, to: &mut [i32; 8]) {
        // SAFETY: 32 writable bytes; the store has no alignment to keep.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), keys) }
    }

    #[inline(always)]
    fn min(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the token.
        unsafe { _mm256_min_epi32(a, b) }
    }

    #[inline(always)]
    fn max(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the token.
        unsafe { _mm256_max_epi32(a, b) }
    }

    #[inline(always)]
    fn no_moments(self) -> Self::Moments {
        // SAFETY: the token.
        unsafe { [_mm256_setzero_pd(); 4] }
    }

    #[inline(always)]
    fn read(self, values: &[f32; 8], moments: &mut Self::Moments) -> __m256i {
        // SAFETY: the token; the loads read 32 bytes, once whole and once in halves of 16.
        unsafe {
            let lower = _mm256_cvtps_pd(_mm_loadu_ps(values.as_ptr()));
            let upper = _mm256_cvtps_pd(_mm_loadu_ps(values.as_ptr().add(4)));
            moments[0] = _mm256_add_pd(moments[0], lower);
            moments[1] = _mm256_add_pd(moments[1], upper);
            moments[2] = _mm256_fmadd_pd(lower, lower, moments[2]);
            moments[3] = _mm256_fmadd_pd(upper, upper, moments[3]);
            let bits = _mm256_loadu_si256(values.as_ptr().cast());
            let sign = _mm256_srai_epi32::<31>(bits);
            _mm256_xor_si256(bits, _mm256_and_si256(sign, _mm256_set1_epi32(i32::MAX)))
        }
    }

    #[inline(always)]
    fn totals(self, moments: Self::Moments) -> ([f64; 8], [f64; 8]) {
        let mut totals = [[0.0; 8]; 2];
        for (half, &sums) in moments.iter().enumerate() {
            // SAFETY: the token; four f64 fit the upper or lower half of eight.
            unsafe { _mm256_storeu_pd(totals[half / 2].as_mut_ptr().add(half % 2 * 4), sums) }
        }
        (totals[0], totals[1])
    }
}
