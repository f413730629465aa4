//! The CSV of OpenFace.

#![no_main]

use blemore_features::openface;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(recording) = openface::parse(text) {
        assert!(recording.matrix.len() <= recording.quality.frames.max(1));
    }
});
