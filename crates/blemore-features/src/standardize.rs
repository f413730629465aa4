//! Standardisation: features as multiples of their standard deviation around their mean, both of the training
//! clips alone.

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::npy::{Floats, narrow};
use crate::table::check_rows;
use crate::{Error, FeatureTable};

/// What the errors call it.
const WHAT: &str = "a standardisation";

/// Subtracts the training clips' mean from each feature and divides by their standard deviation (`ddof = 0`).
///
/// Features that do not vary are divided by 1. Statistics are taken in f64 in two passes. An f32 table has
/// them rounded to f32, then subtracts and divides in f32; an f64 table is f64 throughout and rounded at the
/// end. Both agree with scikit-learn's `StandardScaler`, f32 tables to the bit.
///
/// It serialises, so that a model's file can carry the one it was trained with.
///
/// ```
/// use blemore_features::{FeatureTable, Standardizer};
/// use ndarray::array;
///
/// let clips = ["test_0001", "test_0002", "test_0003"].map(|name| name.parse().unwrap());
/// let table = FeatureTable::new(clips.to_vec(), array![[1.0, 7.0], [3.0, 7.0], [10.0, 8.0]])?;
/// let training = [0, 1];
/// let standardizer = Standardizer::fit(&table, &training)?;
/// assert_eq!(standardizer.apply(&table, &[0, 1, 2])?, array![[-1.0, 0.0], [1.0, 0.0], [8.0, 1.0]]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Standardizer {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// The numbers as they are kept in a file, not yet checked.
#[derive(Serialize, Deserialize)]
struct Stored {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl TryFrom<Stored> for Standardizer {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        Self::new(stored.mean, stored.deviation)
    }
}

impl From<Standardizer> for Stored {
    fn from(standardizer: Standardizer) -> Self {
        let Standardizer { mean, deviation } = standardizer;
        Self { mean, deviation }
    }
}

impl Standardizer {
    /// A standardisation whose numbers come from a file.
    ///
    /// # Errors
    /// [`Error::Standardizer`] for lists of different lengths or none, a value that is not finite, or a
    /// deviation that is not positive.
    pub fn new(mean: Vec<f64>, deviation: Vec<f64>) -> Result<Self, Error> {
        let problem = |problem| Err(Error::Standardizer { problem });
        if mean.len() != deviation.len() || mean.is_empty() {
            return problem(format!("{} means and {} deviations", mean.len(), deviation.len()));
        }
        if let Some(column) = mean.iter().position(|value| !value.is_finite()) {
            return problem(format!("mean {column} (from 0) is {}", mean[column]));
        }
        if let Some(column) = deviation.iter().position(|value| !(value.is_finite() && *value > 0.0)) {
            return problem(format!("deviation {column} (from 0) is {}", deviation[column]));
        }
        Ok(Self { mean, deviation })
    }

    /// Takes means and deviations of some rows of a table: those of the training clips.
    ///
    /// # Errors
    /// [`Error::NoRows`], [`Error::NoSuchRow`].
    pub fn fit(table: &FeatureTable, rows: &[usize]) -> Result<Self, Error> {
        match table.floats() {
            Floats::F32(values) => Self::fit_values(values.view(), rows),
            Floats::F64(values) => fit(values.view(), rows),
        }
    }

    /// As [`fit`](Self::fit), on rows of f32 values that are no table of clips, such as those of a
    /// [`SubsampledTable`](crate::SubsampledTable).
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub fn fit_values(values: ArrayView2<'_, f32>, rows: &[usize]) -> Result<Self, Error> {
        fit(values, rows)
    }

    /// The standardised features of some rows of a table, (rows, D), as a model takes them.
    ///
    /// # Errors
    /// [`Error::Width`] for features of another width than [`width`](Self::width), [`Error::NoSuchRow`].
    pub fn apply(&self, table: &FeatureTable, rows: &[usize]) -> Result<Array2<f32>, Error> {
        Ok(self.rows(table, rows)?.to_array())
    }

    /// As [`apply`](Self::apply), to rows of f32 values that are no table of clips.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    pub fn apply_values(&self, values: ArrayView2<'_, f32>, rows: &[usize]) -> Result<Array2<f32>, Error> {
        Ok(self.rows_of_values(values, rows)?.to_array())
    }

    /// The same features, each row standardised only when it is asked for: no second table in memory.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    ///
    /// ```
    /// # use blemore_features::{FeatureTable, Standardizer};
    /// # use ndarray::array;
    /// let clips = ["test_0001".parse()?, "test_0002".parse()?];
    /// let table = FeatureTable::new(clips.to_vec(), array![[1.0, 7.0], [3.0, 7.0]])?;
    /// let rows = Standardizer::fit(&table, &[0, 1])?.rows(&table, &[1])?;
    /// let mut row = [0.0; 2];
    /// rows.write_row(0, &mut row);
    /// assert_eq!((rows.len(), row), (1, [1.0, 0.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rows<'a>(&self, table: &'a FeatureTable, rows: &[usize]) -> Result<StandardizedRows<'a>, Error> {
        match table.floats() {
            Floats::F32(values) => self.rows_of_values(values.view(), rows),
            Floats::F64(values) => {
                self.check(values.dim(), rows)?;
                let (mean, deviation) = (self.mean.clone(), self.deviation.clone());
                let columns = Columns::F64 { values: values.view(), mean, deviation };
                Ok(StandardizedRows { rows: rows.to_vec(), columns })
            }
        }
    }

    /// As [`rows`](Self::rows), of f32 values that are no table of clips.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    pub fn rows_of_values<'a>(
        &self,
        values: ArrayView2<'a, f32>,
        rows: &[usize],
    ) -> Result<StandardizedRows<'a>, Error> {
        self.check(values.dim(), rows)?;
        let rounded = |numbers: &[f64]| numbers.iter().copied().map(narrow).collect();
        let columns = Columns::F32 { values, mean: rounded(&self.mean), deviation: rounded(&self.deviation) };
        Ok(StandardizedRows { rows: rows.to_vec(), columns })
    }

    fn check(&self, (length, found): (usize, usize), rows: &[usize]) -> Result<(), Error> {
        check_rows(length, rows)?;
        if found == self.width() {
            return Ok(());
        }
        Err(Error::Width { what: WHAT, expected: self.width(), found })
    }

    /// Number D of features.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// Mean of each feature over the rows it was fitted on.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// What each feature is divided by: its standard deviation (`ddof = 0`), or 1 where it does not vary.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }
}

fn fit<T: Copy + Into<f64> + Sync>(values: ArrayView2<'_, T>, rows: &[usize]) -> Result<Standardizer, Error> {
    check_rows(values.nrows(), rows)?;
    if rows.is_empty() {
        return Err(Error::NoRows { what: WHAT });
    }
    let (mean, deviation) = moments(values, rows);
    Ok(Standardizer { mean, deviation })
}

/// Rows of a table, standardised one at a time: see [`Standardizer::rows`].
#[derive(Debug, Clone)]
pub struct StandardizedRows<'a> {
    rows: Vec<usize>,
    columns: Columns<'a>,
}

/// The values and statistics, in the precision that both are worked with.
#[derive(Debug, Clone)]
enum Columns<'a> {
    F32 { values: ArrayView2<'a, f32>, mean: Vec<f32>, deviation: Vec<f32> },
    F64 { values: ArrayView2<'a, f64>, mean: Vec<f64>, deviation: Vec<f64> },
}

impl StandardizedRows<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number D of features.
    pub fn width(&self) -> usize {
        match &self.columns {
            Columns::F32 { values, .. } => values.ncols(),
            Columns::F64 { values, .. } => values.ncols(),
        }
    }

    /// Writes the row at a position, counted in the rows asked for, into `out` of length D.
    ///
    /// # Panics
    /// When there is no such position, or `out` is of another length.
    pub fn write_row(&self, position: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.width(), "a row has as many values as there are features");
        self.write_features(position, 0, out);
    }

    /// Writes as many features of a row as `out` holds, the one at `first` (from 0) first.
    ///
    /// # Panics
    /// When there is no such position, or not so many features from `first` on.
    ///
    /// ```
    /// # use blemore_features::{FeatureTable, Standardizer};
    /// # use ndarray::array;
    /// let clips = ["test_0001".parse()?, "test_0002".parse()?];
    /// let table = FeatureTable::new(clips.to_vec(), array![[1.0, 7.0, 2.0], [3.0, 9.0, 4.0]])?;
    /// let rows = Standardizer::fit(&table, &[0, 1])?.rows(&table, &[1])?;
    /// let mut features = [0.0; 2];
    /// rows.write_features(0, 1, &mut features);
    /// assert_eq!(features, [1.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_features(&self, position: usize, first: usize, out: &mut [f32]) {
        let row = self.rows[position];
        let features = first..first + out.len();
        match &self.columns {
            Columns::F32 { values, mean, deviation } => {
                let standardize = |value: f32, mean: f32, deviation: f32| (value - mean) / deviation;
                standardize_row(values.row(row), [mean, deviation], features, out, standardize);
            }
            Columns::F64 { values, mean, deviation } => {
                let standardize = |value: f64, mean: f64, deviation: f64| narrow((value - mean) / deviation);
                standardize_row(values.row(row), [mean, deviation], features, out, standardize);
            }
        }
    }

    /// All rows, (rows, D), made side by side on all threads.
    pub fn to_array(&self) -> Array2<f32> {
        let (length, width) = (self.len(), self.width());
        let mut out = Array2::zeros((length, width));
        if let Some(values) = out.as_slice_mut().filter(|_| width > 0) {
            values.par_chunks_mut(width).enumerate().for_each(|(row, out)| self.write_row(row, out));
        }
        out
    }
}

fn standardize_row<T: Copy>(
    row: ArrayView1<'_, T>,
    statistics: [&[T]; 2],
    features: Range<usize>,
    out: &mut [f32],
    standardize: impl Fn(T, T, T) -> f32,
) {
    let [mean, deviation] = statistics.map(|numbers| &numbers[features.clone()]);
    match row.as_slice() {
        // In one piece of memory: a loop that vectorises.
        Some(row) => fill(out, row[features].iter().copied(), mean, deviation, standardize),
        None => fill(out, row.slice(s![features]).iter().copied(), mean, deviation, standardize),
    }
}

#[inline]
fn fill<T: Copy>(
    out: &mut [f32],
    values: impl Iterator<Item = T>,
    mean: &[T],
    deviation: &[T],
    standardize: impl Fn(T, T, T) -> f32,
) {
    for (((out, value), mean), deviation) in out.iter_mut().zip(values).zip(mean).zip(deviation) {
        *out = standardize(value, *mean, *deviation);
    }
}

/// Means and divisors of the columns over some rows.
///
/// Two passes, in blocks of columns narrow enough for the second pass to find the first one's values in the
/// cache; blocks side by side on all threads. Every column adds its rows in their order, whatever the blocks.
/// The variance is corrected by what rounding left of the differences from it.
#[expect(clippy::cast_precision_loss, reason = "a table has far fewer than 2^53 rows")]
fn moments<T: Copy + Into<f64> + Sync>(values: ArrayView2<'_, T>, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
    const BLOCK: usize = 64;
    let count = rows.len() as f64;
    let (mut means, mut divisors) = (vec![0.0; values.ncols()], vec![0.0; values.ncols()]);
    let blocks = means.par_chunks_mut(BLOCK).zip(divisors.par_chunks_mut(BLOCK)).enumerate();
    blocks.for_each(|(block, (means, divisors))| {
        let values = values.slice(ndarray::s![.., block * BLOCK..block * BLOCK + means.len()]);
        for row in rows {
            means.iter_mut().zip(values.row(*row)).for_each(|(mean, value)| *mean += (*value).into());
        }
        means.iter_mut().for_each(|mean| *mean /= count);
        let (mut sums, mut squares) = ([0.0; BLOCK], [0.0; BLOCK]);
        for row in rows {
            let sums = sums.iter_mut().zip(&mut squares);
            for ((value, mean), (sum, squares)) in values.row(*row).iter().zip(&*means).zip(sums) {
                let difference = (*value).into() - mean;
                *sum += difference;
                *squares += difference * difference;
            }
        }
        for ((divisor, mean), (sum, squares)) in divisors.iter_mut().zip(means).zip(sums.iter().zip(squares))
        {
            let variance = (squares - sum * sum / count) / count;
            // A feature is taken as constant when its variance is what rounding alone can make of one
            // (scikit-learn's rule).
            let rounding = count * f64::EPSILON * variance + (count * *mean * f64::EPSILON).powi(2);
            *divisor = if variance <= rounding { 1.0 } else { variance.sqrt() };
        }
    });
    (means, divisors)
}
