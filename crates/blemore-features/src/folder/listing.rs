//! What lies in a folder of arrays.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use blemore_labels::ClipName;

use super::{ClipFault, ClipProblem, file_name};
use crate::Error;

/// The array of one clip.
pub(super) struct ClipFile {
    pub(super) clip: ClipName,
    pub(super) path: PathBuf,
}

/// Everything in a folder, sorted into what can be used and what not.
pub(super) struct Listing {
    /// In the order of the clips' names.
    pub(super) files: Vec<ClipFile>,
    pub(super) faults: Vec<ClipFault>,
    pub(super) ignored: Vec<PathBuf>,
    pub(super) filtered_out: usize,
}

impl Listing {
    pub(super) fn read(folder: &Path, filter: Option<&str>) -> Result<Self, Error> {
        let cannot = |source| Error::Read { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(cannot)? {
            paths.push(entry.map_err(cannot)?.path());
        }
        // The order of the folder is the file system's own; faults should come in one that people can follow.
        paths.sort_unstable();
        let mut listing =
            Self { files: Vec::new(), faults: Vec::new(), ignored: Vec::new(), filtered_out: 0 };
        let mut seen = HashMap::new();
        for path in paths {
            listing.add(path, filter, &mut seen);
        }
        listing.files.sort_by(|one, other| one.clip.cmp(&other.clip));
        Ok(listing)
    }

    fn add(&mut self, path: PathBuf, filter: Option<&str>, seen: &mut HashMap<ClipName, PathBuf>) {
        let name = file_name(&path).into_owned();
        if !is_array(&path, &name) {
            self.ignored.push(path);
            return;
        }
        if filter.is_some_and(|text| !name.contains(text)) {
            self.filtered_out += 1;
            return;
        }
        let clip = match ClipName::parse(&name) {
            Ok(clip) => clip,
            Err(error) => {
                let problem = ClipProblem::ClipName { problem: error.to_string() };
                self.faults.push(ClipFault { path, clip: None, problem });
                return;
            }
        };
        if let Some(other) = seen.get(&clip) {
            let problem = ClipProblem::Repeated { other: other.clone() };
            self.faults.push(ClipFault { path, clip: Some(clip), problem });
            return;
        }
        seen.insert(clip.clone(), path.clone());
        self.files.push(ClipFile { clip, path });
    }
}

/// Files only, and not the hidden ones that some systems leave beside real files (`._A102_ang_int1_ver1.npy`).
fn is_array(path: &Path, name: &str) -> bool {
    let extension = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"));
    extension && !name.starts_with('.') && !path.is_dir()
}
