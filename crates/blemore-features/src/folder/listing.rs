//! What there is to read: a folder of arrays, or an archive of them.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use blemore_labels::ClipName;

use super::source::{OpenArchive, Place, Source};
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
    archive: Option<(PathBuf, Mapped, Metadata)>,
}

impl Listing {
    /// Lists the arrays of a folder, or of an archive if `path` is a file.
    pub(crate) fn read(path: &Path, filter: Option<&str>) -> Result<Self, Error> {
        let mut listing = Self {
            sources: Vec::new(),
            faults: Vec::new(),
            ignored: Vec::new(),
            filtered_out: 0,
            archive: None,
        };
        let candidates = if path.is_file() { listing.members(path)? } else { listing.files(path)? };
        let mut seen = HashMap::new();
        for (path, place) in candidates {
            listing.add(path, place, filter, &mut seen);
        }
        if listing.sources.is_empty() && listing.faults.is_empty() {
            return Err(Error::NoClips {
                folder: path.to_owned(),
                filter: filter.map(str::to_owned),
                filtered_out: listing.filtered_out,
                ignored: listing.ignored,
            });
        }
        listing.sources.sort_by(|one, other| one.clip.cmp(&other.clip));
        Ok(listing)
    }

    /// Lists the arrays of a folder, each in a file of its own.
    pub(crate) fn read_files(folder: &Path, filter: Option<&str>) -> Result<Self, Error> {
        if folder.is_file() {
            return Err(Error::Read { path: folder.to_owned(), source: io::ErrorKind::NotADirectory.into() });
        }
        Self::read(folder, filter)
    }

    /// The archive that holds all clips, when that is what was listed.
    pub(super) fn archive(&self) -> Result<Option<OpenArchive<'_>>, Error> {
        let Some((path, bytes, metadata)) = &self.archive else { return Ok(None) };
        let wrong = |source| Error::Npz { path: path.clone(), source };
        OpenArchive::parse(bytes, metadata).map(Some).map_err(wrong)
    }

    /// The arrays of an archive, as if it were a folder.
    fn members(&mut self, path: &Path) -> Result<Vec<(PathBuf, Option<Place>)>, Error> {
        let cannot = |source| Error::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        let bytes = Mapped::new(&file).map_err(cannot)?;
        let wrong = |source| Error::Npz { path: path.to_owned(), source };
        let archive = Archive::parse(&bytes).map_err(wrong)?;
        let member = |name: &str| (path.join(name), Some(Place::Member(name.to_owned())));
        let members = archive.names().map(member).collect();
        self.archive = Some((path.to_owned(), bytes, metadata));
        Ok(members)
    }

    fn files(&mut self, folder: &Path) -> Result<Vec<(PathBuf, Option<Place>)>, Error> {
        let cannot = |source| Error::Read { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(cannot)? {
            paths.push(entry.map_err(cannot)?.path());
        }
        // The order of the folder is the file system's own; faults should come in one that people can follow.
        paths.sort_unstable();
        let with_place = |path: PathBuf| {
            let place = place_of(&path);
            (path, place)
        };
        Ok(paths.into_iter().map(with_place).collect())
    }

    fn add(
        &mut self,
        path: PathBuf,
        place: Option<Place>,
        filter: Option<&str>,
        seen: &mut HashMap<ClipName, PathBuf>,
    ) {
        let name = file_name(&path).into_owned();
        let Some(place) = place else {
            self.ignored.push(path);
            return;
        };
        let clip = ClipName::parse(&name);
        // A table of many clips may lie beside the clips' own files.
        if place == Place::Npz && clip.is_err() {
            self.ignored.push(path);
            return;
        }
        if filter.is_some_and(|text| !name.contains(text)) {
            self.filtered_out += 1;
            return;
        }
        let clip = match clip {
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
        self.sources.push(Source { clip, path, place });
    }
}

/// Files only, and not the hidden ones that some systems leave beside real files (`._A102_ang_int1_ver1.npy`).
fn place_of(path: &Path) -> Option<Place> {
    if path.is_dir() || file_name(path).starts_with('.') {
        return None;
    }
    let extension = path.extension()?;
    if extension.eq_ignore_ascii_case("npy") {
        return Some(Place::Npy);
    }
    extension.eq_ignore_ascii_case("npz").then_some(Place::Npz)
}
