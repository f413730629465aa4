//! The array of one clip.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::npy(bytes);
});
