//! Feature tables as parquet, for programs that read tables of columns.
//!
//! The column `filename` holds the clip names, the columns `0`, `1`, ... one dimension each, f32 or f64 as in the table. Any
//! numeric columns beside `filename` are read, in their order and whatever their names.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use blemore_base::atomic_write;
use blemore_features::FeatureTable;
use blemore_labels::ClipName;
use ndarray::{Array2, ArrayView2};
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetReader, ParquetWriter, PolarsError, SerReader,
    Series,
};

use crate::Error;

/// The column of clip names.
const NAMES: &str = "filename";

/// Writes a table as parquet, whole or not at all, with the folders above it.
///
/// # Errors
/// [`Error::Write`].
///
/// ```
/// use blemore_data::parquet;
/// use blemore_features::FeatureTable;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("WavLM_large_train.parquet");
/// let table = FeatureTable::new(vec!["test_0001".parse()?], ndarray::array![[0.5, 1.5]])?;
/// parquet::write_table(&table, &path)?;
/// assert_eq!(parquet::read_table(&path)?, table);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_table(table: &FeatureTable, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    atomic_write(path, |file| {
        let mut frame = frame(table).map_err(io::Error::other)?;
        ParquetWriter::new(file).finish(&mut frame).map(|_| ()).map_err(io::Error::other)
    })
    .map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Reads a table: columns of f64 give an f64 table, all other numbers an f32 one.
///
/// # Errors
/// [`Error::Read`]; [`Error::Unreadable`] for a file that is no parquet, or has columns beside `filename` that are not
/// numbers; [`Error::MissingColumns`] without `filename`; [`Error::Label`] for a name that is none;
/// [`Error::Features`] with every row that is wrong: a clip that comes twice, values that are missing or not finite.
///
/// ```
/// let error = blemore_data::parquet::read_table("no/such/table.parquet").unwrap_err();
/// assert!(error.to_string().contains("no/such/table.parquet"));
/// ```
pub fn read_table(path: impl AsRef<Path>) -> Result<FeatureTable, Error> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let unreadable = |problem: String| Error::Unreadable {
        table: path.display().to_string(),
        format: "a parquet table of features",
        problem,
    };
    let frame = ParquetReader::new(Cursor::new(bytes)).finish();
    let frame = frame.map_err(|error| unreadable(error.to_string()))?;
    let clips = clips(&frame, path)?;
    let features: Vec<&Column> = frame.columns().iter().filter(|column| column.name() != NAMES).collect();
    let not_numeric: Vec<&str> = features
        .iter()
        .filter(|column| !column.dtype().is_primitive_numeric())
        .map(|column| column.name().as_str())
        .collect();
    if !not_numeric.is_empty() {
        return Err(unreadable(format!("its columns {} are not numbers", not_numeric.join(", "))));
    }
    let is_f64 = features.iter().any(|column| *column.dtype() == DataType::Float64);
    let values = values(&features, frame.height()).map_err(|error| unreadable(error.to_string()))?;
    let table = if is_f64 {
        FeatureTable::from_f64(clips, values)
    } else {
        FeatureTable::new(clips, values.mapv(|value| value as f32))
    };
    table.map_err(|source| Error::Features { path: path.to_owned(), source: Box::new(source) })
}

fn frame(table: &FeatureTable) -> Result<DataFrame, PolarsError> {
    let names: Vec<&str> = table.clips().iter().map(ClipName::as_str).collect();
    let mut columns = vec![Series::new(NAMES.into(), names).into_column()];
    if table.is_f64() {
        columns.extend(columns_of(table.values_f64().view()));
    } else {
        columns.extend(columns_of(table.values().view()));
    }
    DataFrame::new(table.len(), columns)
}

fn columns_of<T: Copy>(values: ArrayView2<'_, T>) -> Vec<Column>
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    let columns = values.columns().into_iter().enumerate();
    columns
        .map(|(index, column)| Series::new(index.to_string().as_str().into(), column.to_vec()).into_column())
        .collect()
}

fn clips(frame: &DataFrame, path: &Path) -> Result<Vec<ClipName>, Error> {
    let missing = || Error::MissingColumns {
        table: path.display().to_string(),
        missing: vec![format!("{NAMES} of texts")],
        found: frame.get_column_names().iter().take(10).map(|name| name.to_string()).collect(),
    };
    let names = frame.column(NAMES).and_then(|names| names.str()).map_err(|_| missing())?;
    names.iter().map(|name| ClipName::parse(name.unwrap_or_default()).map_err(Error::from)).collect()
}

/// The values in f64, where every f32 is exact; a missing one is NaN, which the table refuses.
fn values(features: &[&Column], height: usize) -> Result<Array2<f64>, PolarsError> {
    let mut values = Array2::from_elem((height, features.len()), f64::NAN);
    for (mut column, found) in values.columns_mut().into_iter().zip(features) {
        let found = found.cast(&DataType::Float64)?;
        for (value, found) in column.iter_mut().zip(found.f64()?.iter()) {
            *value = found.unwrap_or(f64::NAN);
        }
    }
    Ok(values)
}
