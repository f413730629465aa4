//! What there is to read: a folder of arrays, or an archive of them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use blemore_labels::ClipName;

use super::source::{Place, Source};
use super::{ClipFault, ClipProblem, file_name};
use crate::Error;
use crate::mapped::Mapped;
use crate::npz::Archive;

/// Everything in a folder or an archive, sorted into what can be used and what not.
pub(crate) struct Listing {
    /// In the order of the clips' names.
    pub(crate) sources: Vec<Source>,
    pub(crate) faults: Vec<ClipFault>,
    pub(crate) ignored: Vec<PathBuf>,
    pub(crate) filtered_out: usize,
    archive: Option<OpenFile>,
}

impl Listing {
    /// Lists the arrays of a folder, or of an archive if `path` is a file.
    pub(crate) fn read(path: &Path, filter: Option<&str>) -> Result<Self, Error> {
        let (candidates, archive) = if path.is_file() { members(path)? } else { (arrays_in(path)?, None) };
        // A table of many clips may lie beside the clips' own files.
        let Sorted { files, faults, ignored, filtered_out } =
            Sorted::new(candidates, filter, |place| *place == Place::Npz);
        if files.is_empty() && faults.is_empty() {
            let (folder, filter) = (path.to_owned(), filter.map(str::to_owned));
            return Err(Error::NoClips { folder, filter, filtered_out, ignored });
        }
        let sources = files.into_iter().map(|(clip, path, place)| Source { clip, path, place }).collect();
        Ok(Self { sources, faults, ignored, filtered_out, archive })
    }

    /// Lists the arrays of a folder, each in a file of its own.
    pub(crate) fn read_files(folder: &Path, filter: Option<&str>) -> Result<Self, Error> {
        if folder.is_file() {
            return Err(Error::Read { path: folder.to_owned(), source: io::ErrorKind::NotADirectory.into() });
        }
        Self::read(folder, filter)
    }

    /// The archive that holds all clips, when that is what was listed.
    pub(super) fn archive(&self) -> Result<Option<Archive<'_>>, Error> {
        let Some((path, bytes)) = &self.archive else { return Ok(None) };
        let wrong = |source| Error::Npz { path: Some(path.clone()), source };
        Archive::parse(bytes).map(Some).map_err(wrong)
    }
}

/// An archive that is open while its members are read.
type OpenFile = (PathBuf, Mapped);
type Candidates = Vec<(PathBuf, Option<Place>)>;

/// The arrays of an archive, as if it were a folder.
fn members(path: &Path) -> Result<(Candidates, Option<OpenFile>), Error> {
    let cannot = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(cannot)?;
    let bytes = Mapped::new(&file).map_err(cannot)?;
    let wrong = |source| Error::Npz { path: Some(path.to_owned()), source };
    let archive = Archive::parse(&bytes).map_err(wrong)?;
    let member = |name: &str| (path.join(name), Some(Place::Member(name.to_owned())));
    let members = archive.names().map(member).collect();
    Ok((members, Some((path.to_owned(), bytes))))
}

fn arrays_in(folder: &Path) -> Result<Candidates, Error> {
    let place = |path: &Path| {
        let npz = || is_visible_file(path, "npz").then_some(Place::Npz);
        is_visible_file(path, "npy").then_some(Place::Npy).or_else(npz)
    };
    let with_place = |path: PathBuf| {
        let place = place(&path);
        (path, place)
    };
    Ok(files_in(folder)?.into_iter().map(with_place).collect())
}

/// Everything in a folder, in the order of the names: the file system's own order is none that people can
/// follow.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let cannot = |source| Error::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        paths.push(entry.map_err(cannot)?.path());
    }
    paths.sort_unstable();
    Ok(paths)
}

/// Files only, and not the hidden ones that some systems leave beside real files
/// (`._A102_ang_int1_ver1.npy`).
pub(crate) fn is_visible_file(path: &Path, extension: &str) -> bool {
    let wanted = path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    wanted && !file_name(path).starts_with('.') && !path.is_dir()
}

/// Paths sorted into clips and what is none.
pub(crate) struct Sorted<P> {
    /// In the order of the clips' names.
    pub(crate) files: Vec<(ClipName, PathBuf, P)>,
    pub(crate) faults: Vec<ClipFault>,
    pub(crate) ignored: Vec<PathBuf>,
    pub(crate) filtered_out: usize,
}

impl<P> Sorted<P> {
    /// Sorts paths that have a place in the result, if their names are clip names, and those that have none.
    /// A wrong name is a fault, unless it is `optional` that such a path is a clip.
    pub(crate) fn new(
        candidates: impl IntoIterator<Item = (PathBuf, Option<P>)>,
        filter: Option<&str>,
        optional: impl Fn(&P) -> bool,
    ) -> Self {
        let mut sorted = Self { files: Vec::new(), faults: Vec::new(), ignored: Vec::new(), filtered_out: 0 };
        let mut seen = HashMap::new();
        for (path, place) in candidates {
            let name = file_name(&path).into_owned();
            let clip = ClipName::parse(&name);
            match place {
                Some(place) if clip.is_ok() || !optional(&place) => {
                    if filter.is_some_and(|text| !name.contains(text)) {
                        sorted.filtered_out += 1;
                    } else {
                        sorted.add(path, place, clip, &mut seen);
                    }
                }
                _ => sorted.ignored.push(path),
            }
        }
        sorted.files.sort_by(|one, other| one.0.cmp(&other.0));
        sorted
    }

    fn add(
        &mut self,
        path: PathBuf,
        place: P,
        clip: Result<ClipName, blemore_labels::Error>,
        seen: &mut HashMap<ClipName, PathBuf>,
    ) {
        match clip {
            Err(error) => {
                let problem = ClipProblem::ClipName { problem: error.to_string() };
                self.faults.push(ClipFault { path, clip: None, problem });
            }
            Ok(clip) => match seen.get(&clip) {
                Some(other) => {
                    let problem = ClipProblem::Repeated { other: other.clone() };
                    self.faults.push(ClipFault { path, clip: Some(clip), problem });
                }
                None => {
                    seen.insert(clip.clone(), path.clone());
                    self.files.push((clip, path, place));
                }
            },
        }
    }
}
