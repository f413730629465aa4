//! The folder with the dataset's real labels and the published code's own numbers.

use std::path::PathBuf;

/// The folder, or `None` (after saying so) when it is not there and nobody insists by setting `BLEMORE_SHARED`.
pub(crate) fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("BLEMORE_SHARED").map(PathBuf::from);
    let path =
        given.clone().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    if path.is_dir() {
        return Some(path);
    }
    assert!(given.is_none(), "BLEMORE_SHARED is {}, which is not a folder", path.display());
    eprintln!("skipped: {} is not there (BLEMORE_SHARED names another place)", path.display());
    None
}
