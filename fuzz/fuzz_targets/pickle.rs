//! The pickle in a file of weights.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::pickle(bytes);
});
