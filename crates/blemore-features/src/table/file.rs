//! Tables on disk: `.npz` archives with `X` and `filenames`, as the dataset's aggregated features are
//! published.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use blemore_base::{atomic_write, note};
use blemore_labels::ClipName;
use ndarray::{Array2, ArrayView1};

use super::{FeatureTable, TableFault, TableProblem};
use crate::mapped::Mapped;
use crate::npy::header::{self, ByteOrder, ElementType, NUMBERS};
use crate::npy::{Floats, NpyArray};
use crate::npz::{Archive, ArchiveWriter};
use crate::{Error, NpyError, NpzError};

/// Name of the array of values.
const VALUES: &str = "X";
/// Name of the array of clip names.
const NAMES: &str = "filenames";

impl FeatureTable {
    /// Reads an archive that [`write`](Self::write) or `numpy.savez(path, X=..., filenames=...)` wrote; other
    /// arrays in it are let be.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Npz`] for an archive that is damaged or lacks one of the two arrays,
    /// [`Error::RowCount`], [`Error::NoColumns`], and [`Error::Table`] with every row that is wrong; each
    /// names the file.
    ///
    /// ```no_run
    /// let table = blemore_features::FeatureTable::read("ImageBind_train.npz")?;
    /// # Ok::<(), blemore_features::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let (clips, values, notes) = read_rows(path)?;
        let table = Self::check(clips, values).map_err(|error| error.in_file(path))?;
        Ok(Self { notes, ..table })
    }

    /// As [`read`](Self::read), from the bytes of an archive.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), without a file.
    ///
    /// ```
    /// let error = blemore_features::FeatureTable::parse(b"no archive").unwrap_err();
    /// assert!(error.to_string().contains("numpy.savez"));
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let (clips, values, notes) = parse_rows(bytes)?;
        Ok(Self { notes, ..Self::check(clips, values)? })
    }

    /// Writes an `.npz` archive that `numpy.load` reads, with the folders above it: `X` in the table's
    /// precision and `filenames` as unicode text. The same table always gives the same bytes, and the file is
    /// there whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`].
    ///
    /// ```
    /// use blemore_features::FeatureTable;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("features.npz");
    /// let table = FeatureTable::new(vec!["test_0001".parse()?], ndarray::array![[0.5, 1.5]])?;
    /// table.write(&path)?;
    /// assert_eq!(FeatureTable::read(&path)?, table);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let (path, width) = (path.as_ref(), self.width());
        match &self.values {
            Floats::F32(values) => write_f32_rows(path, &self.clips, values),
            Floats::F64(values) => write_rows(path, DOUBLE, &self.clips, width, |row, bytes| {
                encode(values.row(row), bytes, f64::to_le_bytes);
            }),
        }
    }
}

/// The name and the values of each row.
pub(crate) fn read_rows(path: &Path) -> Result<Rows, Error> {
    let cannot = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(cannot)?;
    let bytes = Mapped::new(&file).map_err(cannot)?;
    parse_rows(&bytes).map_err(|error| error.in_file(path))
}

/// The clip and the values of each row, and what is worth saying of the file.
type Rows = (Vec<ClipName>, Floats, Vec<String>);

fn parse_rows(bytes: &[u8]) -> Result<Rows, Error> {
    let (names, values) = arrays(bytes).map_err(|source| Error::Npz { path: None, source })?;
    let clips = parse_names(&names).map_err(|faults| Error::Table { path: None, faults })?;
    let in_folder = names.iter().zip(&clips).find(|(name, _)| ClipName::folder_of(name).is_some());
    let notes = in_folder.map(|(name, clip)| note::folders_left_out(name, clip.as_str()));
    Ok((clips, values, notes.into_iter().collect()))
}

const SINGLE: ElementType = ElementType::F32(ByteOrder::Little);
const DOUBLE: ElementType = ElementType::F64(ByteOrder::Little);

/// Writes f32 values with the clip of each row.
pub(crate) fn write_f32_rows(path: &Path, clips: &[ClipName], values: &Array2<f32>) -> Result<(), Error> {
    write_rows(path, SINGLE, clips, values.ncols(), |row, bytes| {
        encode(values.row(row), bytes, f32::to_le_bytes);
    })
}

fn write_rows(
    path: &Path,
    element: ElementType,
    clips: &[ClipName],
    width: usize,
    row: impl Fn(usize, &mut Vec<u8>),
) -> Result<(), Error> {
    atomic_write(path, |out| {
        let mut archive = ArchiveWriter::new(out);
        archive.member(VALUES, |out| {
            out.write_all(&header::write(element, &[clips.len(), width]))?;
            let mut bytes = Vec::new();
            (0..clips.len()).try_for_each(|index| {
                row(index, &mut bytes);
                out.write_all(&bytes)
            })
        })?;
        archive.member(NAMES, |out| write_names(out, clips))?;
        archive.finish()
    })
    .map_err(|source| Error::Write { path: path.to_owned(), source })
}

pub(crate) fn encode<const N: usize, T: Copy>(
    values: ArrayView1<'_, T>,
    bytes: &mut Vec<u8>,
    encode: impl Fn(T) -> [u8; N],
) {
    bytes.resize(values.len() * N, 0);
    bytes.as_chunks_mut().0.iter_mut().zip(values).for_each(|(bytes, value)| *bytes = encode(*value));
}

/// The clip of each row, the shape of the values and their type, without the values.
pub(crate) fn read_header(bytes: &[u8]) -> Result<(Vec<String>, [usize; 2], ElementType), NpzError> {
    let archive = Archive::parse(bytes)?;
    let names = read_names(&archive)?;
    let header = archive.header(VALUES)?;
    let shape = match header.shape[..] {
        [rows, width] if header.element.is_number() => Ok([rows, width]),
        [_, _] => Err(NpyError::ElementType { found: header.element.to_string(), expected: NUMBERS }),
        _ => Err(NpyError::Shape { shape: header.shape, expected: "two dimensions, clips x features" }),
    };
    let shape = shape.map_err(|source| NpzError::Array { name: VALUES.to_owned(), source })?;
    Ok((names, shape, header.element))
}

fn read_names(archive: &Archive<'_>) -> Result<Vec<String>, NpzError> {
    let names = archive.member(NAMES)?;
    let names = NpyArray::parse(&names).and_then(|array| array.texts());
    names.map_err(|source| NpzError::Array { name: NAMES.to_owned(), source })
}

fn arrays(bytes: &[u8]) -> Result<(Vec<String>, Floats), NpzError> {
    let archive = Archive::parse(bytes)?;
    let names = read_names(&archive)?;
    let values = archive.member(VALUES)?;
    let values = NpyArray::parse(&values).and_then(|array| array.floats());
    let values = values.map_err(|source| NpzError::Array { name: VALUES.to_owned(), source })?;
    Ok((names, values))
}

pub(crate) fn parse_names(names: &[String]) -> Result<Vec<ClipName>, Vec<TableFault>> {
    let mut faults = Vec::new();
    let mut clips = Vec::with_capacity(names.len());
    for (row, name) in names.iter().enumerate() {
        match ClipName::parse(name) {
            Ok(clip) => clips.push(clip),
            Err(error) => {
                let problem = TableProblem::ClipName { problem: error.to_string() };
                faults.push(TableFault { row, name: name.clone(), problem });
            }
        }
    }
    if faults.is_empty() { Ok(clips) } else { Err(faults) }
}

fn write_names(out: &mut dyn Write, clips: &[ClipName]) -> io::Result<()> {
    let longest = clips.iter().map(|clip| clip.as_str().chars().count()).max().unwrap_or(0).max(1);
    out.write_all(&header::write(ElementType::Unicode(longest, ByteOrder::Little), &[clips.len()]))?;
    for clip in clips {
        let points = clip.as_str().chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        let bytes: Vec<u8> = points.flat_map(u32::to_le_bytes).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}
