//! Tables of features.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::npz(bytes);
});
