//! What there is to read: the arrays of a folder or of an archive.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use blemore_base::entries;
use blemore_base::list::{counted, listing};
use blemore_labels::ClipName;
use blemore_media::{Recipe, SideFile};

use super::FolderOptions;
use crate::array_file::{ArrayReader, ClipArray};
use crate::clip_fault::file_name;
use crate::npy::Layer;
use crate::npz::Archive;
use crate::{ClipFault, ClipProblem, Error};

/// Everything in a folder or an archive: what can be read, what is wrong, and what is ignored.
pub(super) struct Listing {
    /// In the order of the clips' names.
    pub(super) sources: Vec<Source>,
    pub(super) faults: Vec<ClipFault>,
    pub(super) ignored: Vec<PathBuf>,
    pub(super) filtered_out: usize,
    /// The archive that holds all clips, when that is what was listed.
    pub(super) archive: Option<Archive<'static>>,
}

impl Listing {
    /// Lists the arrays of a folder, or of an archive if `path` is a file.
    pub(super) fn read(path: &Path, options: &FolderOptions) -> Result<Self, Error> {
        let (candidates, archive) = match options.frames {
            true => (frames_in(path)?, None),
            false if path.is_file() => members(path)?,
            false => (arrays_in(path)?, None),
        };
        let filter = options.filter.as_deref();
        // A table of many clips may lie beside the clips' own files, and any folder beside those of frames.
        let optional = |place: &Place| matches!(place, Place::Npz | Place::Frames(_));
        let Sorted { files, faults, ignored, filtered_out } = Sorted::new(candidates, filter, optional);
        if files.is_empty() && faults.is_empty() {
            let problem = match (filter, filtered_out) {
                (Some(filter), 1..) => {
                    let files = counted(filtered_out, "file");
                    format!("holds {files}, and none has {filter:?} in its name: change the filter")
                }
                _ => hint(&ignored, options.frames).unwrap_or_else(|| instead(&ignored)),
            };
            return Err(Error::NoClips { folder: path.to_owned(), problem });
        }
        let sources = files.into_iter().map(|(clip, path, place)| Source { clip, path, place }).collect();
        Ok(Self { sources, faults, ignored, filtered_out, archive })
    }

    /// What the side file of the first array says of the making of all: `blemore encode` writes arrays of one recipe into a
    /// folder.
    pub(super) fn recipe(&self) -> Result<Option<Recipe>, blemore_media::Error> {
        let first = self.sources.iter().find(|source| source.place == Place::Npy);
        let side_file = first.map(|source| SideFile::read(&source.path)).transpose()?.flatten();
        Ok(side_file.map(|side_file| side_file.recipe))
    }
}

/// The array of one clip.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) clip: ClipName,
    /// The file or folder; of a member, the archive and below it the member's name.
    pub(super) path: PathBuf,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A `.npy` file.
    Npy,
    /// An `.npz` file with this one array.
    Npz,
    /// An array of this name in the archive that holds all clips.
    Member(String),
    /// A folder of `.npy` files, one per frame, in this order.
    Frames(Vec<PathBuf>),
}

impl Source {
    pub(super) fn fault(&self, problem: ClipProblem) -> ClipFault {
        ClipFault { path: self.path.clone(), clip: Some(self.clip.clone()), problem }
    }

    /// Reads the array; `archive` is the one that holds all clips.
    pub(super) fn read<'r>(
        &self,
        reader: &'r mut ArrayReader,
        archive: Option<&Archive<'_>>,
        layer: Option<Layer>,
    ) -> Result<ClipArray<'r>, ClipProblem> {
        match (&self.place, archive) {
            (Place::Member(name), Some(archive)) => reader.member(archive, name, layer),
            (Place::Frames(files), _) => reader.stack(files, layer),
            _ => reader.read(&self.path, layer),
        }
    }
}

type Candidates = Vec<(PathBuf, Option<Place>)>;

/// The arrays of an archive, as if it were a folder.
fn members(path: &Path) -> Result<(Candidates, Option<Archive<'static>>), Error> {
    let archive = Archive::open(path).map_err(|problem| problem.into_error(Some(path)))?;
    let member = |name: &str| (path.join(name), Some(Place::Member(name.to_owned())));
    let members = archive.names().map(member).collect();
    Ok((members, Some(archive)))
}

/// The files of a folder but the side files of its arrays.
fn arrays_in(folder: &Path) -> Result<Candidates, Error> {
    let files = files_in(folder)?;
    let of_arrays: HashSet<PathBuf> = files
        .iter()
        .filter(|path| is_visible_file(path, "npy"))
        .map(|path| SideFile::path_of(path))
        .collect();
    let with_place = |path: PathBuf| {
        let npz = || is_visible_file(&path, "npz").then_some(Place::Npz);
        let place = is_visible_file(&path, "npy").then_some(Place::Npy).or_else(npz);
        (path, place)
    };
    Ok(files.into_iter().filter(|path| !of_arrays.contains(path)).map(with_place).collect())
}

/// The folders of a folder, each with the `.npy` files in it.
fn frames_in(folder: &Path) -> Result<Candidates, Error> {
    let mut candidates = Vec::new();
    for path in files_in(folder)? {
        let place = if path.is_dir() { Some(Place::Frames(frames_of(&path)?)) } else { None };
        candidates.push((path, place));
    }
    Ok(candidates)
}

/// The `.npy` files of a folder in the natural order of their names.
fn frames_of(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = files_in(folder)?;
    files.retain(|path| is_visible_file(path, "npy"));
    // Names that are equal but for zeros before numbers stay in their order.
    files.sort_by_cached_key(|path| natural_key(&file_name(path)));
    Ok(files)
}

/// In the order of these keys texts are as people order them: digits by the number that they are.
fn natural_key(text: &str) -> Vec<(char, usize, String)> {
    let (mut rest, mut key) = (text, Vec::new());
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].trim_start_matches('0');
        key.push((if digits > 0 { '0' } else { first }, number.len(), number.to_owned()));
        rest = &rest[digits.max(first.len_utf8())..];
    }
    key
}

/// What a folder holds that has no file of a clip.
pub(crate) fn instead(found: &[PathBuf]) -> String {
    let names: Vec<_> = found.iter().filter_map(|path| path.file_name()).map(OsStr::display).collect();
    match names.len() {
        0 => "is empty: it should hold a file per clip".to_owned(),
        1 => format!("holds no file of a clip, only{}", listing(&names)),
        _ => format!("holds no file of a clip, other things:{}", listing(&names)),
    }
}

/// What to do about a folder that holds clips in another way than was asked for.
fn hint(found: &[PathBuf], frames: bool) -> Option<String> {
    let is_clip = |path: &Path| ClipName::parse(&file_name(path)).is_ok();
    if frames {
        let array = found.iter().find(|path| is_visible_file(path, "npy"))?;
        return Some(format!(
            "holds no folder of a clip: {} is an array of a clip, no folder of frames: leave --frames out",
            array.display()
        ));
    }
    for path in found {
        if path.is_dir()
            && is_clip(path)
            && let Some(frame) = frames_of(path).ok().and_then(|frames| frames.into_iter().next())
        {
            let frame = format!("{}/{}", file_name(path), file_name(&frame));
            return Some(format!(
                "holds no file of a clip: these are folders of frames, such as {frame}: give --frames to stack the \
                 frames of each clip"
            ));
        }
        if is_visible_file(path, "npz") && members(path).is_ok_and(|(members, _)| holds_clips(&members)) {
            let path = path.display();
            return Some(format!(
                "holds no file of a clip: {path} is an archive of clips: give it in place of the folder"
            ));
        }
    }
    None
}

fn holds_clips(members: &Candidates) -> bool {
    !members.is_empty() && members.iter().all(|(path, _)| ClipName::parse(&file_name(path)).is_ok())
}

/// Everything in a folder, in the order of the names.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    entries(folder).map_err(|source| Error::Read { path: folder.to_owned(), source })
}

/// Files only, and not the hidden ones that some systems leave beside real files
/// (`._A102_ang_int1_ver1.npy`).
pub(crate) fn is_visible_file(path: &Path, extension: &str) -> bool {
    let wanted = path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    wanted && !file_name(path).starts_with('.') && !path.is_dir()
}

/// Paths sorted into those of clips and the others.
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
        let mut seen: HashMap<ClipName, PathBuf> = HashMap::new();
        for (path, place) in candidates {
            let name = file_name(&path).into_owned();
            let clip = ClipName::parse(&name);
            let Some(place) = place.filter(|place| clip.is_ok() || !optional(place)) else {
                sorted.ignored.push(path);
                continue;
            };
            if filter.is_some_and(|text| !name.contains(text)) {
                sorted.filtered_out += 1;
                continue;
            }
            let problem = match &clip {
                Err(error) => Some(format!("{error}; rename the file or filter it out")),
                Ok(clip) => seen
                    .get(clip)
                    .map(|other| format!("{} is of the same clip; keep one of them", file_name(other))),
            };
            match (clip, problem.map(ClipProblem::Name)) {
                (Ok(clip), None) => {
                    seen.insert(clip.clone(), path.clone());
                    sorted.files.push((clip, path, place));
                }
                (clip, problem) => {
                    let fault = |problem| ClipFault { path, clip: clip.ok(), problem };
                    sorted.faults.extend(problem.map(fault));
                }
            }
        }
        sorted.files.sort_by(|one, other| one.0.cmp(&other.0));
        sorted
    }
}
