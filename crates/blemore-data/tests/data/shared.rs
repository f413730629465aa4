//! The dataset's own lists, which are not part of this repository.

use std::path::PathBuf;

use blemore_data::Metadata;

/// The file, or `None` with a word on why the test is skipped. With `BLEMORE_REQUIRE_SHARED` set its absence fails.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("BLEMORE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("BLEMORE_REQUIRE_SHARED").is_some();
    assert!(!required, "{} is not there, and BLEMORE_REQUIRE_SHARED is set", path.display());
    println!("skipped: {} is not there; set BLEMORE_SHARED to the folder that has it", path.display());
    None
}

pub(crate) fn train() -> Option<Metadata> {
    Some(Metadata::read(path("blemore/train_metadata.csv")?).unwrap())
}

pub(crate) fn test() -> Option<Metadata> {
    Some(Metadata::read(path("blemore/test_metadata.csv")?).unwrap())
}
