//! The array of one clip.

#![no_main]

use blemore_features::FeatureMatrix;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(matrix) = FeatureMatrix::parse(bytes) {
        assert!(matrix.len() * matrix.width() <= bytes.len());
    }
});
