//! What is in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The bytes of each file below a folder.
pub(crate) type Content = BTreeMap<PathBuf, Vec<u8>>;

/// All files below a folder, but locks.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    let is_lock = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "lock");
    paths.into_iter().flat_map(below).filter(|path| !is_lock(path)).collect()
}

/// The bytes of all of them, but of what tells when a cell was trained.
pub(crate) fn content(folder: &Path) -> Content {
    let tells_when = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.contains("tfevents") || name == "result.json"
    };
    let kept = files(folder).into_iter().filter(|path| !tells_when(path));
    kept.map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

/// How one content differs from another, by the first file.
pub(crate) fn difference(found: &Content, expected: &Content) -> Option<String> {
    let names = expected.keys().chain(found.keys());
    let mut different = names.filter(|path| found.get(*path) != expected.get(*path));
    different.next().map(|path| match (found.get(path), expected.get(path)) {
        (None, _) => format!("{} is missing", path.display()),
        (_, None) => format!("{} is left over", path.display()),
        _ => format!("{} has other bytes", path.display()),
    })
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}
