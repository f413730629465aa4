//! The CSV of OpenFace 2 and 3.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::openface(bytes);
});
