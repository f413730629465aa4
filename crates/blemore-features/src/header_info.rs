//! What arrays and tables hold, from their headers alone.

use std::path::Path;

use blemore_base::InputFile;

use crate::npy::Header;
use crate::{ClipIndex, ClipProblem, Error, table};

/// Shape and type of a clip's array, read from the header of its `.npy` file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArrayShape {
    /// Number T of frames. One axis is one frame; of three axes and more, those of length 1 are dropped.
    pub frames: usize,
    /// Number D of values per frame.
    pub width: usize,
    /// The type as numpy writes it, such as `<f4`.
    pub element: String,
}

/// Clips, width and type of a table, read without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// The clips and their rows.
    pub clips: ClipIndex,
    /// Number D of values per row.
    pub width: usize,
    /// The type as numpy writes it, such as `<f4`.
    pub element: String,
}

impl ArrayShape {
    /// Reads the header, and compares what it promises with the length of the file.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Npy`] for a file that is not an array of frames, or is longer or shorter than
    /// its header says.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let shape = || -> Result<Self, ClipProblem> {
            let header = Header::of_file(&InputFile::open(path)?)?;
            let axes = header.axes(None)?;
            Ok(Self { frames: axes.frames, width: axes.dimensions, element: header.element.to_string() })
        };
        shape().map_err(|problem| problem.into_error(Some(path)))
    }
}

impl TableShape {
    /// Reads the clip names and the header of the values.
    ///
    /// # Errors
    /// Those of [`FeatureTable::read`](crate::FeatureTable::read), except for what is wrong with single values.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (clips, width, element) = table::read_header(path.as_ref())?;
        Ok(TableShape { clips, width, element })
    }
}
