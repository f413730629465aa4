//! Where the array of a clip lies, and how it is read.

use std::fs::{File, Metadata};
use std::io::Seek;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use blemore_labels::ClipName;
use ndarray::Array2;

use super::outcomes::About;
use super::{ClipFault, ClipProblem};
use crate::NpyError;
use crate::aligned::AlignedBytes;
use crate::mapped::Mapped;
use crate::npy::{Axes, Frames, Header, Layer, NpyArray};
use crate::npz::Archive;

/// The array of one clip.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) clip: ClipName,
    /// The file; of a member, the archive and below it the member's name.
    pub(crate) path: PathBuf,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A `.npy` file.
    Npy,
    /// An `.npz` file with this one array.
    Npz,
    /// An array of this name in the archive that holds all clips.
    Member(String),
    /// A folder of `.npy` files, one per frame, in this order.
    Frames(Vec<PathBuf>),
}

/// The array of a clip, read.
pub(crate) struct ClipArray<'a> {
    pub(crate) frames: Frames<'a>,
    pub(crate) about: About,
}

impl<'a> ClipArray<'a> {
    fn parse(bytes: &'a [u8], layer: Option<Layer>) -> Result<Self, ClipProblem> {
        Self::of(&NpyArray::parse(bytes).map_err(ClipProblem::Npy)?, layer).map_err(ClipProblem::Npy)
    }

    fn of(array: &NpyArray<'a>, layer: Option<Layer>) -> Result<Self, NpyError> {
        let Axes { layers, frames, dimensions, dropped } = array.axes(layer)?;
        let dropped = dropped.then(|| array.shape().to_vec());
        Ok(Self { frames: array.frames(layer)?, about: About { layers, frames, dimensions, dropped } })
    }
}

impl Source {
    pub(crate) fn fault(&self, problem: ClipProblem) -> ClipFault {
        ClipFault { path: self.path.clone(), clip: Some(self.clip.clone()), problem }
    }

    /// Tells the system that the array will be read soon.
    pub(super) fn read_ahead(&self) {
        if matches!(self.place, Place::Npy | Place::Npz)
            && let Ok(file) = File::open(&self.path)
        {
            Mapped::read_ahead(&file);
        }
    }
}

/// Reads one array after another, small ones into the same memory.
#[derive(Default)]
pub(crate) struct Reader {
    bytes: AlignedBytes,
}

impl Reader {
    /// Hands the array to `take`.
    pub(crate) fn read<T>(
        &mut self,
        path: &Path,
        place: &Place,
        archive: Option<&Archive<'_>>,
        layer: Option<Layer>,
        take: impl FnOnce(ClipArray<'_>) -> Result<T, ClipProblem>,
    ) -> Result<T, ClipProblem> {
        match (place, archive) {
            (Place::Member(name), Some(archive)) => {
                let bytes = archive.member(name).map_err(ClipProblem::Npz)?;
                take(ClipArray::parse(&bytes, layer)?)
            }
            (Place::Frames(files), _) => take(self.stack(files, layer)?),
            (Place::Npz, _) => {
                let mut file = Watched::open(path)?;
                file.read_into(&mut self.bytes)?;
                let archive = Archive::parse(&self.bytes).map_err(ClipProblem::Npz)?;
                let bytes = archive.only_member().map_err(ClipProblem::Npz)?;
                take(ClipArray::parse(&bytes, layer)?)
            }
            _ => {
                let mut file = Watched::open(path)?;
                // Before the rest of the file fills the memory.
                file.check_header()?;
                if file.length >= MAPPED_FROM {
                    let map = Mapped::new(&file.file).map_err(ClipProblem::read)?;
                    let taken = take(ClipArray::parse(&map, layer)?)?;
                    file.check_unchanged()?;
                    return Ok(taken);
                }
                file.read_into(&mut self.bytes)?;
                take(ClipArray::parse(&self.bytes, layer)?)
            }
        }
    }
}

impl Reader {
    /// Frames that lie in a file each, one below the other. In f64 if one of them is.
    fn stack(&mut self, files: &[PathBuf], layer: Option<Layer>) -> Result<ClipArray<'static>, ClipProblem> {
        let (mut single, mut double) = (Vec::new(), Vec::new());
        let mut first: Option<About> = None;
        for file in files {
            let wrong = |problem| ClipProblem::Frame { file: file.clone(), problem: Box::new(problem) };
            let about = self.read(file, &Place::Npy, None, layer, |ClipArray { frames, about }| {
                match frames {
                    Frames::F32(frame) if double.is_empty() => single.extend(frame.iter()),
                    Frames::F32(frame) => double.extend(frame.iter().copied().map(f64::from)),
                    Frames::F64(frame) => {
                        double.extend(single.drain(..).map(f64::from));
                        double.extend(frame.iter());
                    }
                }
                Ok(about)
            });
            let about = about.map_err(wrong)?;
            let expected = first.get_or_insert_with(|| about.clone()).dimensions;
            let (frames, width) = (about.frames, about.dimensions);
            if (frames, width) != (1, expected) {
                return Err(ClipProblem::FrameShape { file: file.clone(), frames, width, expected });
            }
        }
        let Some(About { layers, dimensions, .. }) = first else { return Err(ClipProblem::NoFrames) };
        let shape = (files.len(), dimensions);
        let frames = if double.is_empty() {
            Array2::from_shape_vec(shape, single).map(|values| Frames::F32(values.into()))
        } else {
            Array2::from_shape_vec(shape, double).map(|values| Frames::F64(values.into()))
        };
        // As many values as were counted.
        let frames = frames.map_err(|_| ClipProblem::NoFrames)?;
        Ok(ClipArray { frames, about: About { layers, frames: files.len(), dimensions, dropped: None } })
    }
}

/// Bytes from which on a `.npy` file is mapped. A smaller one is read: it stays in a cache near the
/// processor, where its copy costs less than the faults of a map's pages, and if another process cuts it
/// short meanwhile, that is an error, where it ends a program that has it mapped.
const MAPPED_FROM: u64 = 16 << 20;

/// A file that nobody is to change while it is read.
struct Watched {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl Watched {
    fn open(path: &Path) -> Result<Self, ClipProblem> {
        let file = File::open(path).map_err(ClipProblem::read)?;
        let (length, modified) = stamp(&file.metadata().map_err(ClipProblem::read)?);
        Ok(Self { file, length, modified })
    }

    /// Refuses a `.npy` file whose header is wrong.
    fn check_header(&mut self) -> Result<(), ClipProblem> {
        let header = Header::of_file(&mut self.file, self.length).map_err(ClipProblem::read)?;
        header.map(drop).map_err(ClipProblem::Npy)
    }

    fn check_unchanged(&self) -> Result<(), ClipProblem> {
        let now = stamp(&self.file.metadata().map_err(ClipProblem::read)?);
        if now == (self.length, self.modified) { Ok(()) } else { Err(ClipProblem::Changed) }
    }

    /// Replaces `bytes` by those of the whole file.
    fn read_into(&mut self, bytes: &mut AlignedBytes) -> Result<(), ClipProblem> {
        self.file
            .rewind()
            .and_then(|()| bytes.fill(&mut self.file, self.length))
            .map_err(ClipProblem::read)?;
        self.check_unchanged()?;
        if bytes.len() as u64 == self.length { Ok(()) } else { Err(ClipProblem::Changed) }
    }
}

/// Length and time of the last change, where the system tells it.
fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}
