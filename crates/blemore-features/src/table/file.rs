//! Tables on disk: `.npz` archives with `X` and `filenames`, as the dataset's aggregated features are
//! published.

use std::io::{self, Write};
use std::path::Path;

use blemore_base::{atomic_write, note};
use blemore_labels::ClipName;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{EncoderColumns, FeatureTable, TableFault, check_shape};
use crate::aligned::AlignedBytes;
use crate::npy::write;
use crate::npz::{Archive, ArchiveWriter};
use crate::{ClipIndex, ClipProblem, Error, NpyError, NpzError};

/// Name of the array of values.
const VALUES: &str = "X";
/// Name of the array of clip names.
const NAMES: &str = "filenames";
/// Name of the array of origins, one JSON text per encoder, where they are known.
const ORIGINS: &str = "origins";
/// Name of the array of encoders, one JSON text for the columns of each, where there are several.
const ENCODERS: &str = "encoders";

impl FeatureTable {
    /// Reads an archive that [`write`](Self::write) or `numpy.savez(path, X=..., filenames=...)` wrote. Other
    /// arrays in it are ignored.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Npz`] for an archive that is damaged or lacks one of the two arrays,
    /// [`Error::Shape`], and [`Error::Table`] with every row that is wrong; each
    /// names the file.
    ///
    /// ```no_run
    /// use blemore_features::FeatureTable;
    ///
    /// let table = FeatureTable::read("ImageBind_train.npz")?;
    /// table.require_one_row_per_clip()?;
    /// # Ok::<(), blemore_features::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let archive = Archive::open(path).map_err(|problem| problem.into_error(Some(path)))?;
        let table = Self::of_archive(&archive, Some(path)).map_err(|error| error.in_file(path))?;
        Ok(Self { path: Some(path.to_owned()), ..table })
    }

    /// As [`read`](Self::read), from the bytes of an archive.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), without a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let archive = Archive::parse(bytes).map_err(|problem| problem.into_error(None))?;
        Self::of_archive(&archive, None)
    }

    fn of_archive(archive: &Archive<'_>, path: Option<&Path>) -> Result<Self, Error> {
        let wrong = |problem: ClipProblem| problem.into_error(path);
        let mut bytes = AlignedBytes::default();
        let names = read_names(archive, &mut bytes).map_err(wrong)?;
        let array = archive.member(VALUES, &mut bytes).map_err(wrong)?;
        let values = array.table_values().map_err(|source| wrong(in_array(VALUES, source)))?;
        let index = parse_names(&names)?;
        let in_folder = names.iter().find(|name| ClipName::folder_of(name).is_some());
        let origins = read_json(archive, ORIGINS);
        let encoders: Vec<EncoderColumns> = read_json(archive, ENCODERS)
            .map_err(|problem| Error::shape(format!("its encoders cannot be read: {problem}")))?;
        let note = in_folder.and_then(|name| Some((name, ClipName::parse(name).ok()?)));
        let notes = note.map(|(name, clip)| note::folders_left_out(name, clip.as_str()));
        let table = Self { notes: notes.into_iter().collect(), ..Self::check(index, values)? };
        let table = table.with_origins(origins);
        if encoders.is_empty() { Ok(table) } else { table.with_encoders(encoders) }
    }

    /// Writes an `.npz` archive that `numpy.load` reads, with the folders above it: `X` in the table's
    /// precision, `filenames` as Unicode text, and `origins` and `encoders` where they are known. The same table always
    /// gives the same bytes. The file is written whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let written = atomic_write(path, |out| {
            let mut archive = ArchiveWriter::new(out);
            archive.member(VALUES, |out| write::floats(out, &self.values))?;
            let clip_of_row = self.index.clip_of_row();
            let names: Vec<_> = clip_of_row.iter().map(|clip| self.clips()[*clip].as_str()).collect();
            archive.member(NAMES, |out| write::texts(out, &names))?;
            write_json(&mut archive, ORIGINS, &self.origins)?;
            write_json(&mut archive, ENCODERS, &self.encoders)?;
            archive.finish()
        });
        written.map_err(|source| Error::Write { path: path.to_owned(), source })
    }
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

impl TableShape {
    /// Reads the clip names and the header of the values.
    ///
    /// # Errors
    /// Those of [`FeatureTable::read`], except for what is wrong with single values.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let wrong = |problem: ClipProblem| problem.into_error(Some(path));
        let archive = Archive::open(path).map_err(wrong)?;
        let names = read_names(&archive, &mut AlignedBytes::default()).map_err(wrong)?;
        let header = archive.header(VALUES).map_err(wrong)?;
        let [rows, width] = header.shape[..] else {
            return Err(wrong(in_array(VALUES, header.not_a_table())));
        };
        header.require_numbers().map_err(|source| wrong(in_array(VALUES, source)))?;
        let clips = parse_names(&names);
        let clips = clips.and_then(|clips| check_shape(&clips, rows, width).map(|()| clips));
        let clips = clips.map_err(|error| error.in_file(path))?;
        Ok(Self { clips, width, element: header.element.to_string() })
    }
}

fn in_array(name: &str, source: NpyError) -> ClipProblem {
    NpzError::Array { name: name.to_owned(), source }.into()
}

fn read_names(archive: &Archive<'_>, bytes: &mut AlignedBytes) -> Result<Vec<String>, ClipProblem> {
    archive.member(NAMES, bytes)?.texts().map_err(|source| in_array(NAMES, source))
}

/// The values of an array of JSON texts; none where there is no such array.
fn read_json<T: DeserializeOwned>(archive: &Archive<'_>, name: &str) -> Result<Vec<T>, String> {
    if !archive.names().any(|found| found == name) {
        return Ok(Vec::new());
    }
    let mut bytes = AlignedBytes::default();
    let array = archive.member(name, &mut bytes).map_err(|error| error.to_string())?;
    let texts = array.texts().map_err(|error| error.to_string())?;
    texts.iter().map(|text| serde_json::from_str(text).map_err(|error| error.to_string())).collect()
}

/// Adds an array of JSON texts, unless there are none.
fn write_json<W: Write, T: Serialize>(
    archive: &mut ArchiveWriter<W>,
    name: &str,
    values: &[T],
) -> io::Result<()> {
    if values.is_empty() {
        return Ok(());
    }
    let texts = values.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    archive.member(name, |out| write::texts(out, &texts))
}

fn parse_names(names: &[String]) -> Result<ClipIndex, Error> {
    let mut faults = Vec::new();
    let clips = names.iter().enumerate().filter_map(|(row, name)| {
        let fault = |problem| TableFault { row, name: name.clone(), problem };
        ClipName::parse(name).map_err(|error| faults.push(fault(error.to_string()))).ok()
    });
    let clips = clips.collect();
    if faults.is_empty() { Ok(clips) } else { Err(Error::Table { path: None, faults }) }
}
