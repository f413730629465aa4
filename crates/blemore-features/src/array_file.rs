//! The array of one clip in a file: how it is read.

use std::fs::{File, Metadata};
use std::io::Seek;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ndarray::Array2;

use crate::aligned::AlignedBytes;
use crate::mapped::Mapped;
use crate::npy::{Axes, Floats, Header, Layer, NpyArray};
use crate::npz::Archive;
use crate::{ClipProblem, NpyError};

/// The (T, D) frames of a clip, and the axes that they were read from.
pub(crate) struct ClipArray<'a> {
    pub(crate) axes: Axes,
    pub(crate) frames: Floats<'a>,
}

impl<'a> ClipArray<'a> {
    pub(crate) fn new(array: &NpyArray<'a>, layer: Option<Layer>) -> Result<Self, NpyError> {
        let (axes, frames) = array.frames(layer)?;
        Ok(Self { axes, frames })
    }

    /// The array with this header, which begins `bytes`.
    fn parse(header: &'a Header, bytes: &'a [u8], layer: Option<Layer>) -> Result<Self, ClipProblem> {
        let array = NpyArray::new(header, bytes).and_then(|array| Self::new(&array, layer));
        array.map_err(ClipProblem::Npy)
    }
}

/// Whether a file is an `.npz` archive by its name.
pub(crate) fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz"))
}

/// Reads one file after another, small ones into the same memory.
#[derive(Default)]
pub(crate) struct ArrayReader {
    bytes: AlignedBytes,
}

impl ArrayReader {
    /// Hands the array of a `.npy` file, or the only array of an `.npz` file, to `take`.
    pub(crate) fn read<T>(
        &mut self,
        path: &Path,
        layer: Option<Layer>,
        take: impl FnOnce(ClipArray<'_>) -> Result<T, ClipProblem>,
    ) -> Result<T, ClipProblem> {
        let mut file = Watched::open(path)?;
        if is_archive(path) {
            file.read_into(&mut self.bytes)?;
            let archive = Archive::parse(&self.bytes).map_err(ClipProblem::Npz)?;
            let member = archive.only_member().map_err(ClipProblem::Npz)?;
            let array = member.array().and_then(|array| ClipArray::new(&array, layer));
            return take(array.map_err(ClipProblem::Npy)?);
        }
        // Before the rest of the file fills the memory.
        let header = file.header()?;
        if file.length >= MAPPED_FROM {
            let map = Mapped::new(&file.file).map_err(ClipProblem::read)?;
            let taken = take(ClipArray::parse(&header, &map, layer)?)?;
            file.check_unchanged()?;
            return Ok(taken);
        }
        file.read_into(&mut self.bytes)?;
        take(ClipArray::parse(&header, &self.bytes, layer)?)
    }

    /// Frames that lie in a file each, one below the other. In f64 if one of them is.
    pub(crate) fn stack(
        &mut self,
        files: &[PathBuf],
        layer: Option<Layer>,
    ) -> Result<ClipArray<'static>, ClipProblem> {
        let (mut single, mut double) = (Vec::new(), Vec::new());
        let mut first: Option<Axes> = None;
        for file in files {
            let axes = self.read(file, layer, |ClipArray { axes, frames }| {
                match frames {
                    Floats::F32(frame) if double.is_empty() => single.extend(frame.iter()),
                    Floats::F32(frame) => double.extend(frame.iter().copied().map(f64::from)),
                    Floats::F64(frame) => {
                        double.extend(single.drain(..).map(f64::from));
                        double.extend(frame.iter());
                    }
                }
                Ok(axes)
            });
            let wrong = |problem| ClipProblem::Frame { file: file.clone(), problem: Box::new(problem) };
            let axes = axes.map_err(wrong)?;
            let (frames, width) = (axes.frames, axes.dimensions);
            let expected = first.get_or_insert(axes).dimensions;
            if (frames, width) != (1, expected) {
                return Err(ClipProblem::FrameShape { file: file.clone(), frames, width, expected });
            }
        }
        let Some(Axes { layers, dimensions, .. }) = first else { return Err(ClipProblem::NoFrames) };
        let shape = (files.len(), dimensions);
        let frames = if double.is_empty() {
            Array2::from_shape_vec(shape, single).map(|values| Floats::F32(values.into()))
        } else {
            Array2::from_shape_vec(shape, double).map(|values| Floats::F64(values.into()))
        };
        // There are as many values as were counted.
        let frames = frames.map_err(|_| ClipProblem::NoFrames)?;
        Ok(ClipArray { axes: Axes { layers, frames: files.len(), dimensions, dropped: None }, frames })
    }
}

/// Bytes from which on a `.npy` file is mapped. A smaller one is read: it stays in a cache near the
/// processor, where its copy costs less than the faults of a map's pages. If another process cuts the file
/// short meanwhile, reading it is an error, where a map would end the program.
const MAPPED_FROM: u64 = 16 << 20;

/// A file that nobody may change while it is read.
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

    /// The header of a `.npy` file, which promises as many bytes as there are.
    fn header(&mut self) -> Result<Header, ClipProblem> {
        let header = Header::of_file(&mut self.file, self.length).map_err(ClipProblem::read)?;
        header.map_err(ClipProblem::Npy)
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
