//! What is in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The bytes of each file below a folder.
pub(crate) type Content = BTreeMap<PathBuf, Vec<u8>>;

/// All files, but locks, and what tells when a cell was trained.
pub(crate) fn content(folder: &Path) -> Content {
    let mut content = Content::new();
    collect(folder, folder, &mut content);
    content
}

fn collect(root: &Path, folder: &Path, content: &mut Content) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(root, &path, content);
        } else if !name.ends_with(".lock") && !name.contains("tfevents") && name != "result.json" {
            content.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
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
