//! Clip names and labels.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::clip_name(bytes);
});
