//! The files that the published baseline left, where this machine has them.

use std::path::{Path, PathBuf};

/// The path of a file in the shared folder: `BLEMORE_SHARED`, or `shared` beside the workspace. `None`, with
/// a note, when the folder is not there; a failure where `BLEMORE_REQUIRE_SHARED` is set.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder =
        std::env::var_os("BLEMORE_SHARED").map_or_else(|| Path::new(beside).to_owned(), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("BLEMORE_REQUIRE_SHARED").is_none(),
        "{} is not there, and BLEMORE_REQUIRE_SHARED is set",
        path.display()
    );
    eprintln!(
        "skipped: {} is not there; set BLEMORE_SHARED to the folder with the reference files",
        path.display()
    );
    None
}
