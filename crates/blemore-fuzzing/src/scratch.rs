//! Files for parsers that take a path: in memory, where the system has such a folder.

use std::fs;
use std::path::{Path, PathBuf};

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";

/// A folder that goes when it is dropped.
pub(crate) fn folder() -> tempfile::TempDir {
    let parent = PathBuf::from(IN_MEMORY);
    if parent.is_dir() { tempfile::tempdir_in(parent).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// What `read` makes of a file with these bytes.
pub(crate) fn with_file<T>(bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    let folder = folder();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    read(&path)
}
