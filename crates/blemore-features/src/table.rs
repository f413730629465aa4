//! Tables of features: one row a clip.

mod fault;
mod file;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use blemore_labels::ClipName;
use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix1, Ix2};
use rayon::prelude::*;

pub use fault::{TableFault, TableProblem};
pub(crate) use file::{encode, parse_names, read_header, read_rows, write_f32_rows};

use crate::Error;
use crate::npy::{self, Floats, Value, narrow};

/// Features of N clips: their names and an (N, D) matrix of finite values, each clip once.
///
/// Values are kept in the precision in which they came: f32 as the aggregation makes them, or f64, which then
/// stay f64 until a model takes them. On disk a table is an `.npz` archive with `X` (N, D) and `filenames`
/// (N), the layout in which the aggregated features of the dataset are published.
///
/// ```
/// use blemore_features::FeatureTable;
/// use ndarray::array;
///
/// let clips = vec!["A102_ang_int1_ver1".parse()?, "test_0001".parse()?];
/// let table = FeatureTable::new(clips, array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])?;
/// assert_eq!((table.len(), table.width()), (2, 3));
/// assert_eq!(table.row_of("test_0001"), Some(1));
/// assert_eq!(table.select(&[1])?.values(), array![[4.0, 5.0, 6.0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FeatureTable {
    clips: Vec<ClipName>,
    row_of: HashMap<ClipName, usize>,
    values: Floats,
    notes: Vec<String>,
}

/// Two tables are equal when they hold the same clips in the same order with the same values in the same
/// precision.
impl PartialEq for FeatureTable {
    fn eq(&self, other: &Self) -> bool {
        self.clips == other.clips && self.values == other.values
    }
}

impl FeatureTable {
    /// A table of f32 values: row i belongs to clip i.
    ///
    /// # Errors
    /// [`Error::RowCount`] and [`Error::NoColumns`] for a shape that does not fit, [`Error::Table`] with
    /// every clip that appears twice and every row with a NaN or an infinity.
    pub fn new(clips: Vec<ClipName>, values: Array2<f32>) -> Result<Self, Error> {
        Self::check(clips, Floats::F32(values))
    }

    /// As [`new`](Self::new), with values that stay f64 until a model takes them. They have to fit f32.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn from_f64(clips: Vec<ClipName>, values: Array2<f64>) -> Result<Self, Error> {
        Self::check(clips, Floats::F64(values))
    }

    fn check(clips: Vec<ClipName>, values: Floats) -> Result<Self, Error> {
        let values = values.standard_layout();
        let (rows, columns) = values.dim();
        if clips.len() != rows {
            return Err(Error::RowCount { path: None, clips: clips.len(), rows });
        }
        if columns == 0 {
            return Err(Error::NoColumns { path: None });
        }
        let mut faults = match &values {
            Floats::F32(values) => unusable(values.view(), &clips),
            Floats::F64(values) => unusable(values.view(), &clips),
        };
        let mut row_of = HashMap::with_capacity(rows);
        for (row, clip) in clips.iter().enumerate() {
            match row_of.entry(clip.clone()) {
                Entry::Vacant(entry) => _ = entry.insert(row),
                Entry::Occupied(entry) => {
                    let problem = TableProblem::Repeated { first: *entry.get() };
                    faults.push(TableFault { row, name: clip.to_string(), problem });
                }
            }
        }
        if faults.is_empty() {
            return Ok(Self { clips, row_of, values, notes: Vec::new() });
        }
        faults.sort_by_key(|fault| fault.row);
        Err(Error::Table { path: None, faults })
    }

    /// What is worth saying once of the file that the table was read from: folders before its clip names.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The clips, in row order.
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// The row of a clip, by its name without extension.
    pub fn row_of(&self, clip: &str) -> Option<usize> {
        self.row_of.get(clip).copied()
    }

    /// Number N of clips.
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Number D of values a clip.
    pub fn width(&self) -> usize {
        self.values.dim().1
    }

    /// The (N, D) values as a model takes them: borrowed, or rounded when the table is f64.
    pub fn values(&self) -> CowArray<'_, f32, Ix2> {
        match &self.values {
            Floats::F32(values) => values.view().into(),
            Floats::F64(values) => values.mapv(narrow).into(),
        }
    }

    /// The D values of a row, as [`values`](Self::values) has them, without those of the others.
    ///
    /// # Panics
    /// When there is no such row.
    ///
    /// ```
    /// # use blemore_features::FeatureTable;
    /// let table = FeatureTable::from_f64(vec!["test_0001".parse()?], ndarray::array![[0.1, 2.0]])?;
    /// assert_eq!(table.row(0), ndarray::array![0.1_f32, 2.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn row(&self, row: usize) -> CowArray<'_, f32, Ix1> {
        match &self.values {
            Floats::F32(values) => values.row(row).into(),
            Floats::F64(values) => values.row(row).mapv(narrow).into(),
        }
    }

    /// How much memory the values take, in bytes.
    ///
    /// ```
    /// # use blemore_features::FeatureTable;
    /// let table = FeatureTable::new(vec!["test_0001".parse()?], ndarray::array![[0.5, 2.0]])?;
    /// assert_eq!(table.n_bytes(), 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn n_bytes(&self) -> usize {
        match &self.values {
            Floats::F32(values) => values.len() * size_of::<f32>(),
            Floats::F64(values) => values.len() * size_of::<f64>(),
        }
    }

    /// The (N, D) values in f64, where every f32 is exact.
    pub fn values_f64(&self) -> CowArray<'_, f64, Ix2> {
        match &self.values {
            Floats::F32(values) => values.mapv(f64::from).into(),
            Floats::F64(values) => values.view().into(),
        }
    }

    /// Whether the values are kept in f64.
    pub fn is_f64(&self) -> bool {
        matches!(self.values, Floats::F64(_))
    }

    /// The table of some rows, in the order given.
    ///
    /// # Errors
    /// [`Error::NoSuchRow`]; [`Error::Table`] for a row given twice, since a table holds a clip once.
    pub fn select(&self, rows: &[usize]) -> Result<Self, Error> {
        check_rows(self.len(), rows)?;
        let clips = rows.iter().map(|row| self.clips[*row].clone()).collect();
        Self::check(clips, self.values.select(rows))
    }

    pub(crate) fn floats(&self) -> &Floats {
        &self.values
    }

    /// Columns of several tables side by side; `rows` picks, table by table, the rows of `clips`.
    pub(crate) fn beside(clips: Vec<ClipName>, parts: &[(&Self, Vec<usize>)]) -> Result<Self, Error> {
        let double = parts.iter().any(|(table, _)| table.is_f64());
        let values = if double {
            Floats::F64(side_by_side(clips.len(), parts, Self::values_f64)?)
        } else {
            Floats::F32(side_by_side(clips.len(), parts, Self::values)?)
        };
        Self::check(clips, values)
    }
}

fn side_by_side<'t, T: Copy + Default + 't>(
    clips: usize,
    parts: &[(&'t FeatureTable, Vec<usize>)],
    values: impl Fn(&'t FeatureTable) -> CowArray<'t, T, Ix2>,
) -> Result<Array2<T>, Error> {
    let width = parts.iter().map(|(table, _)| table.width()).sum();
    let mut fused = Array2::default((clips, width));
    let mut start = 0;
    for (table, rows) in parts {
        check_rows(table.len(), rows)?;
        let values = values(table);
        let end = start + table.width();
        for (mut row, from) in fused.rows_mut().into_iter().zip(rows) {
            row.slice_mut(ndarray::s![start..end]).assign(&values.row(*from));
        }
        start = end;
    }
    Ok(fused)
}

impl Floats {
    pub(crate) fn dim(&self) -> (usize, usize) {
        match self {
            Self::F32(values) => values.dim(),
            Self::F64(values) => values.dim(),
        }
    }

    /// With the values of a row side by side in memory, as everything that works on rows expects.
    fn standard_layout(self) -> Self {
        match self {
            Self::F32(values) => Self::F32(npy::standard_layout(values.into())),
            Self::F64(values) => Self::F64(npy::standard_layout(values.into())),
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::F32(values) => Self::F32(values.select(Axis(0), rows)),
            Self::F64(values) => Self::F64(values.select(Axis(0), rows)),
        }
    }
}

/// Refuses rows past the end of a table of this length.
pub(crate) fn check_rows(length: usize, rows: &[usize]) -> Result<(), Error> {
    match rows.iter().find(|row| **row >= length) {
        Some(row) => Err(Error::NoSuchRow { row: *row, rows: length }),
        None => Ok(()),
    }
}

/// One fault for each row with values that are not finite, or are not when they are rounded to f32.
pub(crate) fn unusable<T: Value + Sync>(values: ArrayView2<'_, T>, clips: &[ClipName]) -> Vec<TableFault> {
    let fits = |value: &T| narrow((*value).into()).is_finite();
    let fault = |row: usize| {
        let values = values.row(row);
        // Sums tell nothing of a row with an overflow, so every value is looked at.
        if values.iter().all(fits) {
            return None;
        }
        let faulty: Vec<_> = values.iter().enumerate().filter(|(_, value)| !fits(value)).collect();
        let (column, value) = *faulty.first()?;
        let (value, count): (f64, usize) = ((*value).into(), faulty.len());
        let problem = if value.is_finite() {
            TableProblem::TooLarge { column, value }
        } else {
            TableProblem::NonFinite { column, value, count }
        };
        Some(TableFault { row, name: clips[row].to_string(), problem })
    };
    (0..values.nrows()).into_par_iter().filter_map(fault).collect()
}
