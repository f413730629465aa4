//! Tables of features: rows of values, each of a clip.

mod encoders;
mod file;
mod quality;
mod rows;

use std::path::PathBuf;

use blemore_labels::ClipName;
use ndarray::{Array2, ArrayView2, CowArray, Ix1, Ix2};
use rayon::prelude::*;

pub use encoders::{EncoderColumns, is_other_order};
pub use file::TableShape;
pub use quality::{OnSuspicion, TableQuality};
pub use rows::FeatureRows;

use crate::error::NO_COLUMNS;
use crate::npy::{Floats, Value, narrow};
use crate::{ClipIndex, Error, Origin};

/// Rows of finite features, shape (R, D), and the clip of each row.
///
/// Aggregated features have one row per clip (Table II of the paper). Subsampled features have the rows of each
/// clip's matrix, each an example (Table III). A function that needs one row per clip says so, and
/// [`require_one_row_per_clip`](Self::require_one_row_per_clip) checks it.
///
/// Values keep their precision: f32, as the aggregation makes them, or f64, which stays f64 until a model takes
/// them. On disk a table is an `.npz` archive with `X` (R, D) and `filenames` (R), the layout in which the
/// aggregated features of the dataset are published.
///
/// ```
/// use blemore_features::FeatureTable;
/// use ndarray::array;
///
/// let clips = ["test_0001", "test_0001", "test_0002"].map(|name| name.parse().unwrap());
/// let table = FeatureTable::new(clips, array![[1.0, 2.0], [3.0, 6.0], [5.0, 5.0]])?;
/// assert_eq!((table.len(), table.width(), table.clips().len()), (3, 2, 2));
/// for (clip, features) in &table {
///     println!("{clip}: {features}");
/// }
/// assert!(table.require_one_row_per_clip().is_err());
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FeatureTable {
    index: ClipIndex,
    values: Floats<'static>,
    /// The file that it was read from.
    path: Option<PathBuf>,
    notes: Vec<String>,
    /// How the features of each encoder were made.
    origins: Vec<Origin>,
    /// The columns of each encoder, where there are several.
    encoders: Vec<EncoderColumns>,
}

/// What is wrong with one row of a [`FeatureTable`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {row}, clip {name}: {problem}")]
pub struct TableFault {
    /// The row, from 0.
    pub row: usize,
    /// Its clip name, as given.
    pub name: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// Two tables are equal when they hold the same rows of the same clips, in the same order and precision.
impl PartialEq for FeatureTable {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.values == other.values
    }
}

impl FeatureTable {
    /// A table of f32 values, shape (R, D): row i belongs to the clip `clip_of_each_row[i]`.
    ///
    /// # Errors
    /// [`Error::Shape`] for a shape that does not fit, [`Error::Table`] with every
    /// row that has a NaN or an infinity.
    pub fn new(
        clip_of_each_row: impl IntoIterator<Item = ClipName>,
        values: Array2<f32>,
    ) -> Result<Self, Error> {
        Self::check(clip_of_each_row.into_iter().collect(), Floats::F32(values.into()))
    }

    /// As [`new`](Self::new), with values that stay f64 until a model takes them. They have to fit f32.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn from_f64(
        clip_of_each_row: impl IntoIterator<Item = ClipName>,
        values: Array2<f64>,
    ) -> Result<Self, Error> {
        Self::check(clip_of_each_row.into_iter().collect(), Floats::F64(values.into()))
    }

    fn check(index: ClipIndex, values: Floats<'_>) -> Result<Self, Error> {
        let values = values.into_standard_layout();
        let (rows, columns) = values.dim();
        check_shape(&index, rows, columns)?;
        let faults = match &values {
            Floats::F32(values) => unusable(values.view(), &index),
            Floats::F64(values) => unusable(values.view(), &index),
        };
        if faults.is_empty() {
            Ok(Self::of_checked(index, values))
        } else {
            Err(Error::Table { path: None, faults })
        }
    }

    /// A table of finite values, as many rows as the index has.
    pub(crate) fn of_checked(index: ClipIndex, values: Floats<'static>) -> Self {
        let (notes, origins, encoders) = (Vec::new(), Vec::new(), Vec::new());
        Self { index, values, path: None, notes, origins, encoders }
    }

    /// Refuses a table in which a clip has several rows. Where each has one, row i belongs to clip i.
    ///
    /// # Errors
    /// [`Error::Table`] with every row of a clip that has a row already.
    pub fn require_one_row_per_clip(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        for clip in self.index.repeated() {
            let rows = self.index.rows_of(clip.as_str());
            faults.extend(rows[1..].iter().map(|row| {
                let problem = format!("the clip is in row {} already; keep one of them", rows[0]);
                TableFault { row: *row, name: clip.to_string(), problem }
            }));
        }
        faults.sort_by_key(|fault| fault.row);
        if faults.is_empty() { Ok(()) } else { Err(Error::Table { path: self.path.clone(), faults }) }
    }

    /// How the features were made, one origin per encoder; none where arrays had no side files. A table keeps it in its
    /// file.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The same table with what is known of the features' making. Random weights are noted.
    pub(crate) fn with_origins(mut self, origins: Result<Vec<Origin>, String>) -> Self {
        match origins {
            Ok(origins) => {
                let of_nothing = origins.iter().filter(|origin| origin.is_random());
                self.notes
                    .extend(of_nothing.map(|origin| format!("its numbers mean nothing: {}", origin.recipe)));
                self.origins = origins;
            }
            Err(problem) => self.notes.push(format!("how its features were made is not known: {problem}")),
        }
        self
    }

    /// What is worth saying once of the table: folders before clip names in its file, random weights of an
    /// encoder.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Which rows belong to which clip.
    pub fn index(&self) -> &ClipIndex {
        &self.index
    }

    /// The clips, each once, in the order of their first rows.
    pub fn clips(&self) -> &[ClipName] {
        self.index.clips()
    }

    /// Number R of rows.
    pub fn len(&self) -> usize {
        self.index.n_rows()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number D of values per row.
    pub fn width(&self) -> usize {
        self.values.dim().1
    }

    /// The (R, D) values as a model takes them: borrowed, or rounded when the table is f64.
    pub fn values(&self) -> CowArray<'_, f32, Ix2> {
        match &self.values {
            Floats::F32(values) => values.view().into(),
            Floats::F64(values) => values.mapv(narrow).into(),
        }
    }

    /// The D values of one row as [`values`](Self::values) has them.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> CowArray<'_, f32, Ix1> {
        match &self.values {
            Floats::F32(values) => values.row(row).into(),
            Floats::F64(values) => values.row(row).mapv(narrow).into(),
        }
    }

    /// The memory that the values take, in bytes.
    pub fn n_bytes(&self) -> usize {
        let (rows, columns) = self.values.dim();
        rows * columns * if self.is_f64() { size_of::<f64>() } else { size_of::<f32>() }
    }

    /// The (R, D) values in f64, where every f32 is exact.
    pub fn values_f64(&self) -> CowArray<'_, f64, Ix2> {
        match &self.values {
            Floats::F32(values) => values.mapv(f64::from).into(),
            Floats::F64(values) => values.view().into(),
        }
    }

    pub(crate) fn floats(&self) -> &Floats<'static> {
        &self.values
    }

    /// Whether the values are kept in f64.
    pub fn is_f64(&self) -> bool {
        matches!(self.values, Floats::F64(_))
    }
}

/// Refuses rows without values, and as many rows as there are no names for.
fn check_shape(index: &ClipIndex, rows: usize, columns: usize) -> Result<(), Error> {
    match index.n_rows() {
        names if names != rows => Err(Error::row_count(names, rows)),
        _ if columns == 0 => Err(Error::shape(NO_COLUMNS)),
        _ => Ok(()),
    }
}

/// One fault for each row with values that are not finite, or are not when they are rounded to f32.
fn unusable<T: Value + Sync>(values: ArrayView2<'_, T>, index: &ClipIndex) -> Vec<TableFault> {
    let fits = |value: &T| narrow((*value).into()).is_finite();
    let fault = |row: usize| {
        let values = values.row(row);
        // Each value is looked at: a sum does not tell an overflow from an infinity.
        if values.iter().all(fits) {
            return None;
        }
        let faulty: Vec<_> = values.iter().enumerate().filter(|(_, value)| !fits(value)).collect();
        let (column, value) = *faulty.first()?;
        let (value, count): (f64, usize) = ((*value).into(), faulty.len());
        let problem = if value.is_finite() {
            format!("{value:e} in column {column} does not fit f32 (at most 3.4e38): scale the values down")
        } else {
            format!(
                "{count} values are not finite, the first is {value} in column {column}; aggregate the clip again"
            )
        };
        Some(TableFault { row, name: index.clip_at(row).to_string(), problem })
    };
    (0..values.nrows()).into_par_iter().filter_map(fault).collect()
}
