//! AVX-512 and AVX2 with fused multiply-add.
//!
//! All of the unsafe code of this crate. It is sound for two reasons. A token proves that the processor has the
//! instructions. Loads and stores take references to arrays of exactly the bytes that they move, and their instructions
//! need no alignment.

use std::arch::x86_64::*;

use crate::{Simd, Work};

/// Defines a token and its operations, given the intrinsics by name. `Doubles` are two registers: the lower and the
/// upper half of the lanes.
macro_rules! instructions {
    (
        $(#[$documentation:meta])*
        $token:ident: $lanes:literal lanes, detected by [$($feature:tt)+],
        floats $floats:ident: $splat:ident $load:ident $store:ident $add:ident $subtract:ident $multiply:ident
            $divide:ident $square_root:ident $multiply_add:ident,
        keys $integers:ident: $keys:ident $splat_key:ident $load_keys:ident $store_keys:ident $min:ident $max:ident,
        doubles $half:ident: $widen:ident $zero:ident $add_half:ident $subtract_half:ident $multiply_half:ident
            $store_half:ident,
    ) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $token(());

        impl $token {
            pub(crate) fn detect() -> Option<Self> {
                ($(is_x86_feature_detected!($feature))&&+).then_some(Self(()))
            }

            /// Does the work, compiled with these instructions.
            pub(crate) fn run(self, work: impl Work) {
                #[target_feature($(enable = $feature),+)]
                fn compiled(simd: $token, work: impl Work) {
                    work.run(simd);
                }
                // SAFETY: the token exists, hence the processor has these instructions.
                unsafe { compiled(self, work) }
            }
        }

        impl Simd<$lanes> for $token {
            type Floats = $floats;
            type Keys = $integers;
            type Doubles = [$half; 2];

            methods! {
                splat(number: f32) -> $floats = $splat(number);
                load(from: &[f32; $lanes]) -> $floats = $load(from.as_ptr());
                store(numbers: $floats, to: &mut [f32; $lanes]) -> () = $store(to.as_mut_ptr(), numbers);
                add(a: $floats, b: $floats) -> $floats = $add(a, b);
                subtract(a: $floats, b: $floats) -> $floats = $subtract(a, b);
                multiply(a: $floats, b: $floats) -> $floats = $multiply(a, b);
                divide(a: $floats, b: $floats) -> $floats = $divide(a, b);
                square_root(a: $floats) -> $floats = $square_root(a);
                multiply_add(a: $floats, b: $floats, c: $floats) -> $floats = $multiply_add(a, b, c);

                keys(numbers: &[f32; $lanes]) -> $integers = $keys($load_keys(numbers.as_ptr().cast()));
                splat_key(key: i32) -> $integers = $splat_key(key);
                load_keys(from: &[i32; $lanes]) -> $integers = $load_keys(from.as_ptr().cast());
                store_keys(keys: $integers, to: &mut [i32; $lanes]) -> () = $store_keys(to.as_mut_ptr().cast(), keys);
                min(a: $integers, b: $integers) -> $integers = $min(a, b);
                max(a: $integers, b: $integers) -> $integers = $max(a, b);

                widen(numbers: &[f32; $lanes]) -> [$half; 2] = $widen($load(numbers.as_ptr()));
                zero_doubles() -> [$half; 2] = [$zero(); 2];
                add_doubles(a: [$half; 2], b: [$half; 2]) -> [$half; 2] = [$add_half(a[0], b[0]), $add_half(a[1], b[1])];
                subtract_doubles(a: [$half; 2], b: [$half; 2]) -> [$half; 2] =
                    [$subtract_half(a[0], b[0]), $subtract_half(a[1], b[1])];
                multiply_doubles(a: [$half; 2], b: [$half; 2]) -> [$half; 2] =
                    [$multiply_half(a[0], b[0]), $multiply_half(a[1], b[1])];
                prefetch_second_level(number: &f32) -> () =
                    _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(number).cast());
            }

            #[inline(always)]
            fn to_array(self, a: [$half; 2]) -> [f64; $lanes] {
                let mut numbers = [0.0; $lanes];
                let (lower, upper) = numbers.split_at_mut($lanes / 2);
                // SAFETY: the token exists; each store writes half of the array, which is as long as its register.
                unsafe {
                    $store_half(lower.as_mut_ptr(), a[0]);
                    $store_half(upper.as_mut_ptr(), a[1]);
                }
                numbers
            }
        }
    };
}

/// One method per line: its parameters, its result, and the intrinsics that give it.
macro_rules! methods {
    ($($name:ident($($operand:ident: $operands:ty),*) -> $result:ty = $value:expr;)+) => {
        $(#[inline(always)]
        fn $name(self, $($operand: $operands),*) -> $result {
            // SAFETY: the token exists, hence the instructions do. Loads and stores move exactly the bytes of the array
            // that they are given. A prefetch is a hint that cannot fault.
            unsafe { $value }
        })+
    };
}

instructions! {
    /// Sixteen lanes in a 512-bit register. Exists only where AVX-512F, AVX2 and FMA were detected.
    Avx512: 16 lanes, detected by ["avx512f" "avx2" "fma"],
    floats __m512: _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_sub_ps _mm512_mul_ps
        _mm512_div_ps _mm512_sqrt_ps _mm512_fmadd_ps,
    keys __m512i: mirror_512 _mm512_set1_epi32 _mm512_loadu_si512 _mm512_storeu_si512 _mm512_min_epi32 _mm512_max_epi32,
    doubles __m512d: widen_512 _mm512_setzero_pd _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_storeu_pd,
}

instructions! {
    /// Eight lanes in a 256-bit register. Exists only where AVX2 and FMA were detected.
    Avx2: 8 lanes, detected by ["avx2" "fma"],
    floats __m256: _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_sub_ps _mm256_mul_ps
        _mm256_div_ps _mm256_sqrt_ps _mm256_fmadd_ps,
    keys __m256i: mirror_256 _mm256_set1_epi32 _mm256_loadu_si256 _mm256_storeu_si256 _mm256_min_epi32 _mm256_max_epi32,
    doubles __m256d: widen_256 _mm256_setzero_pd _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_storeu_pd,
}

/// The keys of numbers with these bits.
#[inline]
#[target_feature(enable = "avx512f")]
fn mirror_512(bits: __m512i) -> __m512i {
    // 0x78 is the truth table of first ^ (second & third): the key in one instruction.
    _mm512_ternarylogic_epi32::<0x78>(bits, _mm512_srai_epi32::<31>(bits), _mm512_set1_epi32(i32::MAX))
}

/// The keys of numbers with these bits.
#[inline]
#[target_feature(enable = "avx2")]
fn mirror_256(bits: __m256i) -> __m256i {
    _mm256_xor_si256(bits, _mm256_and_si256(_mm256_srai_epi32::<31>(bits), _mm256_set1_epi32(i32::MAX)))
}

/// The lower and the upper half in f64.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen_512(numbers: __m512) -> [__m512d; 2] {
    let numbers = _mm512_castps_pd(numbers);
    [_mm512_castpd512_pd256(numbers), _mm512_extractf64x4_pd::<1>(numbers)]
        .map(|half| _mm512_cvtps_pd(_mm256_castpd_ps(half)))
}

/// The lower and the upper half in f64.
#[inline]
#[target_feature(enable = "avx2")]
fn widen_256(numbers: __m256) -> [__m256d; 2] {
    [_mm256_cvtps_pd(_mm256_castps256_ps128(numbers)), _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(numbers))]
}
