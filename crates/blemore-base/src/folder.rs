//! What a folder holds.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The paths of everything in a folder, in the order of the names.
///
/// # Errors
/// What the system says.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.sort_unstable();
    Ok(paths)
}
