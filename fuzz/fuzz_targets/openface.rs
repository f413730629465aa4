//! The CSV of OpenFace.

#![no_main]

use blemore_features::openface;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(recording) = openface::parse(bytes, openface::SeveralFaces::Keep) {
        assert!(recording.matrix.len() <= recording.quality.frames.max(1));
    }
});
