//! What several tests need.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The path of a file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// The contents of a JSON file of `tests/fixtures`.
pub(crate) fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(fixture(name)).unwrap()).unwrap()
}

/// Shape and values of a `.npy` file of `tests/fixtures`, in C order and little-endian, as f32.
pub(crate) fn array(name: &str) -> (Vec<i64>, Vec<f32>) {
    blemore_testing::array(fixture(name))
}
