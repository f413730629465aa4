//! The runs of several seeds in one folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder::cannot_read;
use crate::Error;

/// What the subfolder of a seed begins with.
const PREFIX: &str = "seed-";

/// The subfolder of a seed's run.
pub fn seed_folder(seed: u64) -> String {
    format!("{PREFIX}{seed}")
}

/// The runs in a folder that holds those of several seeds, by seed; none where it holds no such run.
///
/// # Errors
/// [`Error::Read`].
pub fn seed_folders(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot_read(path))? {
        let entry = entry.map_err(cannot_read(path))?.path();
        let seed =
            entry.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(PREFIX));
        if let Some(seed) = seed.and_then(|seed| seed.parse::<u64>().ok()).filter(|_| entry.is_dir()) {
            found.push((seed, entry));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}
