//! Recipes and plans of sweeps.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::config(bytes);
});
