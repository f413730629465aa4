//! Predictions as JSON or as a zip bundle.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::predictions(bytes);
});
