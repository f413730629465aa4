//! AVX-512 and AVX2.
//!
//! The only unsafe code of the kernel. Two arguments carry all of it: a token proves that the processor has
//! the instructions, and loads and stores go through references to arrays of exactly the bytes that they
//! move, by instructions without alignment to keep.

use std::arch::x86_64::*;

use super::super::tile::Task;
use super::Simd;

/// Sixteen dimensions in a 512-bit register. Exists only where AVX-512F and AVX2 were detected.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Avx512(());

impl Avx512 {
    pub(in super::super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2")).then_some(Self(()))
    }

    /// Runs `task` compiled with these instructions.
    pub(in super::super) fn run<T: Task>(self, task: T) {
        #[target_feature(enable = "avx512f,avx2")]
        fn compiled<T: Task>(simd: Avx512, task: T) {
            task.run::<Avx512, 16>(simd);
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, task) }
    }
}

impl Simd<16> for Avx512 {
    type Keys = __m512i;
    /// The lower and the upper eight.
    type Wide = [__m512d; 2];

    #[inline(always)]
    fn splat(self, key: i32) -> __m512i {
        // SAFETY: the token exists, hence AVX-512F does. So in every method below.
        unsafe { _mm512_set1_epi32(key) }
    }

    #[inline(always)]
    fn load(self, keys: &[i32; 16]) -> __m512i {
        // SAFETY: 64 readable bytes.
        unsafe { _mm512_loadu_si512(keys.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, keys: __m512i, to: &mut [i32; 16]) {
        // SAFETY: 64 writable bytes.
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
    fn keys(self, values: &[f32; 16]) -> __m512i {
        // SAFETY: the token; 64 readable bytes.
        unsafe {
            let bits = _mm512_loadu_si512(values.as_ptr().cast());
            // 0x78 is the truth table of first ^ (second & third): `key` in one instruction.
            _mm512_ternarylogic_epi32::<0x78>(
                bits,
                _mm512_srai_epi32::<31>(bits),
                _mm512_set1_epi32(i32::MAX),
            )
        }
    }

    #[inline(always)]
    fn zero(self) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm512_setzero_pd(); 2] }
    }

    #[inline(always)]
    fn widen(self, values: &[f32; 16]) -> Self::Wide {
        // SAFETY: the token; 64 readable bytes.
        unsafe {
            let all = _mm512_castps_pd(_mm512_loadu_ps(values.as_ptr()));
            let lower = _mm512_castpd512_pd256(all);
            let upper = _mm512_extractf64x4_pd::<1>(all);
            [_mm512_cvtps_pd(_mm256_castpd_ps(lower)), _mm512_cvtps_pd(_mm256_castpd_ps(upper))]
        }
    }

    #[inline(always)]
    fn add(self, a: Self::Wide, b: Self::Wide) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm512_add_pd(a[0], b[0]), _mm512_add_pd(a[1], b[1])] }
    }

    #[inline(always)]
    fn subtract(self, a: Self::Wide, b: Self::Wide) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm512_sub_pd(a[0], b[0]), _mm512_sub_pd(a[1], b[1])] }
    }

    #[inline(always)]
    fn multiply(self, a: Self::Wide, b: Self::Wide) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm512_mul_pd(a[0], b[0]), _mm512_mul_pd(a[1], b[1])] }
    }

    #[inline(always)]
    fn narrow(self, a: Self::Wide) -> [f64; 16] {
        let mut values = [0.0; 16];
        // SAFETY: the token; the stores write 128 bytes in halves of 64.
        unsafe {
            _mm512_storeu_pd(values.as_mut_ptr(), a[0]);
            _mm512_storeu_pd(values.as_mut_ptr().add(8), a[1]);
        }
        values
    }

    #[inline(always)]
    fn prefetch(self, values: &[f32; 16]) {
        prefetch(&values[0]);
        prefetch(&values[15]);
    }
}

/// Eight dimensions in a 256-bit register. Exists only where AVX2 was detected.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    pub(in super::super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Runs `task` compiled with these instructions.
    pub(in super::super) fn run<T: Task>(self, task: T) {
        #[target_feature(enable = "avx2")]
        fn compiled<T: Task>(simd: Avx2, task: T) {
            task.run::<Avx2, 8>(simd);
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, task) }
    }
}

impl Simd<8> for Avx2 {
    type Keys = __m256i;
    /// The lower and the upper four.
    type Wide = [__m256d; 2];

    #[inline(always)]
    fn splat(self, key: i32) -> __m256i {
        // SAFETY: the token exists, hence AVX2 does. So in every method below.
        unsafe { _mm256_set1_epi32(key) }
    }

    #[inline(always)]
    fn load(self, keys: &[i32; 8]) -> __m256i {
        // SAFETY: 32 readable bytes.
        unsafe { _mm256_loadu_si256(keys.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, keys: __m256i, to: &mut [i32; 8]) {
        // SAFETY: 32 writable bytes.
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
    fn keys(self, values: &[f32; 8]) -> __m256i {
        // SAFETY: the token; 32 readable bytes.
        unsafe {
            let bits = _mm256_loadu_si256(values.as_ptr().cast());
            let sign = _mm256_srai_epi32::<31>(bits);
            _mm256_xor_si256(bits, _mm256_and_si256(sign, _mm256_set1_epi32(i32::MAX)))
        }
    }

    #[inline(always)]
    fn zero(self) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm256_setzero_pd(); 2] }
    }

    #[inline(always)]
    fn widen(self, values: &[f32; 8]) -> Self::Wide {
        // SAFETY: the token; 32 readable bytes.
        unsafe {
            let all = _mm256_loadu_ps(values.as_ptr());
            [_mm256_cvtps_pd(_mm256_castps256_ps128(all)), _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(all))]
        }
    }

    #[inline(always)]
    fn add(self, a: Self::Wide, b: Self::Wide) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm256_add_pd(a[0], b[0]), _mm256_add_pd(a[1], b[1])] }
    }

    #[inline(always)]
    fn subtract(self, a: Self::Wide, b: Self::Wide) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm256_sub_pd(a[0], b[0]), _mm256_sub_pd(a[1], b[1])] }
    }

    #[inline(always)]
    fn multiply(self, a: Self::Wide, b: Self::Wide) -> Self::Wide {
        // SAFETY: the token.
        unsafe { [_mm256_mul_pd(a[0], b[0]), _mm256_mul_pd(a[1], b[1])] }
    }

    #[inline(always)]
    fn narrow(self, a: Self::Wide) -> [f64; 8] {
        let mut values = [0.0; 8];
        // SAFETY: the token; the stores write 64 bytes in halves of 32.
        unsafe {
            _mm256_storeu_pd(values.as_mut_ptr(), a[0]);
            _mm256_storeu_pd(values.as_mut_ptr().add(4), a[1]);
        }
        values
    }

    #[inline(always)]
    fn prefetch(self, values: &[f32; 8]) {
        prefetch(&values[0]);
        prefetch(&values[7]);
    }
}

#[inline(always)]
fn prefetch(value: &f32) {
    // SAFETY: a hint that cannot fault, which every x86-64 processor has.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) }
}
