//! Tables on disk: `.npz` archives with `X` and `filenames`, as the dataset's aggregated features are published.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use blemore_labels::ClipName;

use super::{FeatureTable, TableFault, TableProblem};
use crate::npy::header::{self, ByteOrder, ElementType};
use crate::npy::{Floats, NpyArray};
use crate::npz::{Archive, ArchiveWriter};
use crate::whole_file::write_whole;
use crate::{Error, NpzError};

/// Name of the array of values.
const VALUES: &str = "X";
/// Name of the array of clip names.
const NAMES: &str = "filenames";

impl FeatureTable {
    /// Reads an archive that [`write`](Self::write) or `numpy.savez(path, X=..., filenames=...)` wrote; other arrays in it are let be.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Npz`] for an archive that is damaged or lacks one of the two arrays, [`Error::RowCount`],
    /// [`Error::NoColumns`], and [`Error::Table`] with every row that is wrong; each names the file.
    ///
    /// ```no_run
    /// let table = blemore_features::FeatureTable::read("ImageBind_train.npz")?;
    /// # Ok::<(), blemore_features::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let (names, values) =
            arrays(&bytes).map_err(|source| Error::Npz { path: path.to_owned(), source })?;
        drop(bytes);
        let clips =
            parse_names(&names).map_err(|faults| Error::Table { path: Some(path.to_owned()), faults })?;
        Self::check(clips, values).map_err(|error| error.in_file(path))
    }

    /// Writes an `.npz` archive that `numpy.load` reads, with the folders above it: `X` in the table's precision and `filenames` as
    /// unicode text. The same table always gives the same bytes, and the file is there whole or not at all.
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
        write_whole(path.as_ref(), |out| {
            let mut archive = ArchiveWriter::new(out);
            archive.member(VALUES, |out| write_values(out, &self.values))?;
            archive.member(NAMES, |out| write_names(out, &self.clips))?;
            archive.finish()
        })
    }
}

fn arrays(bytes: &[u8]) -> Result<(Vec<String>, Floats), NpzError> {
    let archive = Archive::parse(bytes)?;
    let wrong = |name: &str| {
        let name = name.to_owned();
        move |source| NpzError::Array { name, source }
    };
    let names = archive.member(NAMES)?;
    let names = NpyArray::parse(&names).and_then(|array| array.texts()).map_err(wrong(NAMES))?;
    let values = archive.member(VALUES)?;
    let values = NpyArray::parse(&values).and_then(|array| array.floats()).map_err(wrong(VALUES))?;
    Ok((names, values))
}

fn parse_names(names: &[String]) -> Result<Vec<ClipName>, Vec<TableFault>> {
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

fn write_values(out: &mut dyn Write, values: &Floats) -> io::Result<()> {
    let (rows, columns) = values.dim();
    match values {
        Floats::F32(values) => {
            out.write_all(&header::write(ElementType::F32(ByteOrder::Little), &[rows, columns]))?;
            values.rows().into_iter().try_for_each(|row| {
                let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
                out.write_all(&bytes)
            })
        }
        Floats::F64(values) => {
            out.write_all(&header::write(ElementType::F64(ByteOrder::Little), &[rows, columns]))?;
            values.rows().into_iter().try_for_each(|row| {
                let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
                out.write_all(&bytes)
            })
        }
    }
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
