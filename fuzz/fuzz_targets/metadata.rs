//! Metadata as CSV or JSON lines.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::metadata(bytes);
});
