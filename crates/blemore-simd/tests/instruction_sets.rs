//! Every instruction set against plain code, bit for bit, and the order of keys.

use blemore_simd::{InstructionSet, Plain, Simd, Work, key, value};
use proptest::prelude::*;

/// All operations on numbers, lane by lane: the results' bits in one list.
struct Everything<'a> {
    numbers: [&'a [f32]; 3],
    bits: &'a mut Vec<u64>,
}

impl Work for Everything<'_> {
    #[inline(always)]
    fn run<S: Simd<L>, const L: usize>(self, simd: S) {
        let [first, second, third] = self.numbers.map(|numbers| numbers.as_chunks::<L>().0);
        for ((a, b), c) in first.iter().zip(second).zip(third) {
            let (x, y, z) = (simd.load(a), simd.load(b), simd.load(c));
            let results = [
                simd.splat(a[0]),
                simd.add(x, y),
                simd.subtract(x, y),
                simd.multiply(x, y),
                simd.divide(x, y),
                simd.square_root(x),
                simd.multiply_add(x, y, z),
            ];
            let mut floats = [[0.0; L]; 7];
            for (result, floats) in results.into_iter().zip(&mut floats) {
                simd.store(result, floats);
            }
            let (x, y) = (simd.keys(a), simd.keys(b));
            let mut keys = [[0; L]; 4];
            let mut copied = [0; L];
            simd.store_keys(x, &mut copied);
            let results = [
                simd.min(x, y),
                simd.max(x, y),
                simd.splat_key(a[0].to_bits() as i32),
                simd.load_keys(&copied),
            ];
            for (result, keys) in results.into_iter().zip(&mut keys) {
                simd.store_keys(result, keys);
            }
            let (x, y) = (simd.widen(a), simd.widen(b));
            let results = [
                simd.add_doubles(x, y),
                simd.subtract_doubles(x, y),
                simd.multiply_doubles(x, y),
                simd.add_doubles(simd.zero_doubles(), x),
            ];
            let doubles = results.map(|result| simd.to_array(result));
            simd.prefetch_second_level(&a[0]);
            // Ordered by lane, so that the list does not depend on how many lanes there are. All NaNs are equal here.
            for lane in 0..L {
                let float =
                    |number: f32| if number.is_nan() { u64::MAX } else { u64::from(number.to_bits()) };
                self.bits.extend(floats[1..].iter().map(|numbers| float(numbers[lane])));
                self.bits.extend([keys[0], keys[1], keys[3]].map(|keys| u64::from(keys[lane] as u32)));
                self.bits
                    .extend(doubles.map(|d| if d[lane].is_nan() { u64::MAX } else { d[lane].to_bits() }));
            }
            assert_eq!((floats[0], keys[2]), ([a[0]; L], [a[0].to_bits() as i32; L]));
        }
    }
}

fn bits(numbers: &[Vec<f32>; 3], run: impl FnOnce(Everything<'_>)) -> Vec<u64> {
    let mut bits = Vec::new();
    run(Everything { numbers: numbers.each_ref().map(Vec::as_slice), bits: &mut bits });
    bits
}

/// Numbers of every kind but NaNs, for which `assert_eq` of a splat would fail.
fn numbers() -> impl Strategy<Value = Vec<f32>> {
    let any = any::<u32>().prop_map(f32::from_bits).prop_filter("a number", |number| !number.is_nan());
    proptest::collection::vec(prop_oneof![any, (-3_i8..3).prop_map(f32::from)], 32)
}

proptest! {
    #[test]
    fn every_instruction_set_gives_the_bits_of_plain_code(numbers in [numbers(), numbers(), numbers()]) {
        let expected = bits(&numbers, |work| work.run::<Plain, 1>(Plain));
        for instructions in InstructionSet::available() {
            prop_assert_eq!(bits(&numbers, |work| instructions.run(work)), expected.clone(), "{:?}", instructions);
        }
    }
}

#[test]
fn work_runs_in_as_many_lanes_as_are_told() {
    struct Lanes<'a>(&'a mut usize);
    impl Work for Lanes<'_> {
        #[inline(always)]
        fn run<S: Simd<L>, const L: usize>(self, _: S) {
            *self.0 = L;
        }
    }
    for instructions in InstructionSet::available() {
        let mut lanes = 0;
        instructions.run(Lanes(&mut lanes));
        assert_eq!(lanes, instructions.lanes());
    }
    assert!(InstructionSet::available().any(|instructions| instructions == InstructionSet::detect()));
}

#[test]
fn keys_order_as_numbers_with_the_negative_zero_first() {
    let values = [f32::MIN, -1.5, -f32::MIN_POSITIVE, -1e-45, -0.0, 0.0, 1e-45, 1.0, f32::MAX];
    assert!(values.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
    for v in values {
        assert_eq!(value(key(v)).to_bits(), v.to_bits());
    }
}

#[test]
fn keys_of_infinities_and_nans_are_outside_those_of_finite_numbers() {
    for (v, sign) in [(f32::INFINITY, 1), (f32::NAN, 1), (f32::NEG_INFINITY, -1), (-f32::NAN, -1)] {
        assert!(if sign > 0 { key(v) > key(f32::MAX) } else { key(v) < key(f32::MIN) }, "{v}");
    }
}
