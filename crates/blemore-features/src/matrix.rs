//! The T x D matrix of one clip, as an encoder makes it.

use std::path::Path;

use blemore_base::{InputFile, atomic_write};
use ndarray::{Array2, ArrayView2};

use crate::array_file::{ArrayReader, ClipArray};
use crate::error::NO_COLUMNS;
use crate::npy::{Floats, Header, NpyArray, standard_layout, write};
use crate::{AggregationError, ClipProblem, Error, Layer, NpyError};

/// T frames of D values, at least one of each.
///
/// ```
/// use blemore_features::FeatureMatrix;
/// use ndarray::array;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("test_0001.npy");
/// FeatureMatrix::new(array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])?.write(&path)?;
/// let matrix = FeatureMatrix::read(&path)?;
/// assert_eq!((matrix.len(), matrix.width()), (3, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMatrix {
    frames: Array2<f32>,
}

impl FeatureMatrix {
    /// A matrix of (T, D) frames. Values may be missing (NaN): who reads them decides what to do
    /// ([`NonFinite`](crate::NonFinite)).
    ///
    /// # Errors
    /// [`AggregationError::NoFrames`] without frames, [`Error::Shape`] for frames without values.
    pub fn new(frames: Array2<f32>) -> Result<Self, Error> {
        match frames.dim() {
            (_, 0) => Err(Error::shape(NO_COLUMNS)),
            (0, dimensions) => Err(AggregationError::NoFrames { dimensions }.into()),
            _ => Ok(Self::of(frames)),
        }
    }

    /// A matrix of frames that are known to be at least one of at least one value.
    pub(crate) fn of(frames: Array2<f32>) -> Self {
        Self { frames: standard_layout(frames.into()) }
    }

    /// Reads a `.npy` file, or an `.npz` file with one array: any numbers, either byte order, either layout.
    /// One axis is one frame; of three axes and more, those of length 1 are dropped. f8 and whole numbers are
    /// rounded to f32.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Npy`], [`Error::Npz`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_layer(path, None)
    }

    /// As [`read`](Self::read), of an array with all layers of a network: the frames of one layer, or the
    /// mean of all.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and [`Error::Npy`] for an array without layers or without this one.
    pub fn read_layer(path: impl AsRef<Path>, layer: impl Into<Option<Layer>>) -> Result<Self, Error> {
        let (path, mut reader) = (path.as_ref(), ArrayReader::default());
        let frames = reader.read(path, layer.into());
        let frames = frames.and_then(|ClipArray { frames, .. }| Ok(frames.into_f32()?));
        let frames = frames.map_err(|problem| problem.into_error(Some(path)))?;
        Ok(Self { frames: standard_layout(frames) })
    }

    /// As [`read`](Self::read), from the bytes of a `.npy` file.
    ///
    /// # Errors
    /// [`NpyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NpyError> {
        let header = Header::parse(bytes)?;
        let (_, frames) = NpyArray::new(header, bytes)?.frames(None)?;
        Ok(Self { frames: standard_layout(frames.into_f32()?) })
    }

    /// Writes a `.npy` file (f32, little-endian, C order), whole or not at all, with the folders above it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let frames = Floats::F32(self.frames.view().into());
        let path = path.as_ref();
        atomic_write(path, |out| write::floats(out, &frames))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// The (T, D) frames.
    pub fn frames(&self) -> ArrayView2<'_, f32> {
        self.frames.view()
    }

    /// Number T of frames.
    #[expect(clippy::len_without_is_empty, reason = "there is always a frame")]
    pub fn len(&self) -> usize {
        self.frames.nrows()
    }

    /// Number D of values per frame.
    pub fn width(&self) -> usize {
        self.frames.ncols()
    }
}

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
