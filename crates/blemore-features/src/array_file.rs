//! The array of one clip in a file: how it is read.

use std::path::{Path, PathBuf};

use blemore_base::InputFile;
use blemore_base::list::counted;
use ndarray::Array2;

use crate::aligned::AlignedBytes;
use crate::clip_fault::file_name;
use crate::npy::{Axes, Floats, Header, Layer, NpyArray, narrow};
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
}

/// Reads one array after another into the same memory.
#[derive(Default)]
pub(crate) struct ArrayReader {
    bytes: AlignedBytes,
}

impl ArrayReader {
    /// Reads a `.npy` file, or the only array of an `.npz` file.
    pub(crate) fn read(&mut self, path: &Path, layer: Option<Layer>) -> Result<ClipArray<'_>, ClipProblem> {
        let is_archive = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz"));
        let array = if is_archive {
            Archive::open(path)?.only_member(&mut self.bytes)?
        } else {
            let file = InputFile::open(path)?;
            // Before the rest of the file fills the memory.
            let header = Header::of_file(&file)?;
            self.bytes.fill(file.length(), |bytes| file.read_all(bytes))?;
            NpyArray::new(header, &self.bytes)?
        };
        Ok(ClipArray::new(&array, layer)?)
    }

    /// Reads an array of an archive.
    pub(crate) fn member(
        &mut self,
        archive: &Archive<'_>,
        name: &str,
        layer: Option<Layer>,
    ) -> Result<ClipArray<'_>, ClipProblem> {
        Ok(ClipArray::new(&archive.member(name, &mut self.bytes)?, layer)?)
    }

    /// Reads frames that lie in a file each, one below the other. In f64 if one of them is.
    pub(crate) fn stack<'a>(
        &mut self,
        files: &[PathBuf],
        layer: Option<Layer>,
    ) -> Result<ClipArray<'a>, ClipProblem> {
        // Every f32 is the same f64.
        let (mut values, mut is_single) = (Vec::new(), true);
        let mut first: Option<Axes> = None;
        for file in files {
            let wrong = |problem: ClipProblem| ClipProblem::Frames(format!("{}: {problem}", file_name(file)));
            let ClipArray { axes, frames } = self.read(file, layer).map_err(wrong)?;
            match frames {
                Floats::F32(frame) => values.extend(frame.iter().copied().map(f64::from)),
                Floats::F64(frame) => {
                    values.extend(frame.iter());
                    is_single = false;
                }
            }
            let (frames, width) = (axes.frames, axes.dimensions);
            let expected = first.get_or_insert(axes).dimensions;
            if (frames, width) != (1, expected) {
                let (file, frames) = (file_name(file), counted(frames, "frame"));
                return Err(ClipProblem::Frames(format!(
                    "{file} holds {frames} of {width} values where one frame of {expected} belongs: save one frame per file"
                )));
            }
        }
        let Some(Axes { layers, dimensions, .. }) = first else {
            let problem = "holds no .npy file of a frame: save one per frame, or remove the folder";
            return Err(ClipProblem::Frames(problem.to_owned()));
        };
        let shape = (files.len(), dimensions);
        let values = Array2::from_shape_vec(shape, values);
        let values = values.map_err(|error| ClipProblem::Frames(error.to_string()))?;
        let frames =
            if is_single { Floats::F32(values.mapv(narrow).into()) } else { Floats::F64(values.into()) };
        Ok(ClipArray { axes: Axes { layers, frames: files.len(), dimensions, dropped: None }, frames })
    }
}
