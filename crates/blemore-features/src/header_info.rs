//! What arrays and tables hold, from their headers alone.

use std::fs::File;
use std::path::Path;

use crate::npy::Header;
use crate::{ClipIndex, Error, table};

/// Shape and type of a clip's array, read from the header of its `.npy` file.
///
/// ```
/// use blemore_features::{ArrayShape, FeatureMatrix};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("test_0001.npy");
/// FeatureMatrix::new(ndarray::array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])?.write(&path)?;
/// let shape = ArrayShape::read(&path)?;
/// assert_eq!((shape.frames, shape.width, shape.element.as_str()), (3, 2, "<f4"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use blemore_features::{FeatureTable, TableShape};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("WavLM_large_train.npz");
/// FeatureTable::new(["test_0001".parse()?], ndarray::array![[0.5, 1.5]])?.write(&path)?;
/// let shape = TableShape::read(&path)?;
/// assert_eq!((shape.clips.n_rows(), shape.width, shape.element.as_str()), (1, 2, "<f4"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// Reads the header, and holds what it promises against the length of the file.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Npy`] for a file that is no array of frames, or is longer or shorter than
    /// its header says.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let cannot = |source| Error::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(cannot)?;
        let length = file.metadata().map_err(cannot)?.len();
        let shape = Header::of_file(&mut file, length).map_err(cannot)?.and_then(|header| {
            let axes = header.axes(None)?;
            Ok(ArrayShape {
                frames: axes.frames,
                width: axes.dimensions,
                element: header.element.to_string(),
            })
        });
        shape.map_err(|source| Error::Npy { path: path.to_owned(), source })
    }
}

impl TableShape {
    /// Reads the clip names and the header of the values.
    ///
    /// # Errors
    /// Those of [`FeatureTable::read`](crate::FeatureTable::read), but for what is wrong with single values.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (clips, width, element) = table::read_header(path.as_ref())?;
        Ok(TableShape { clips, width, element: element.to_string() })
    }
}
