//! Standardisation: features as multiples of their standard deviation around their mean. Both are computed from
//! the training clips alone (Section IV of the paper).

mod rows;
mod within_actors;

use std::ops::Range;

use ndarray::{ArrayView2, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use rows::StandardizedRows;
use rows::{Encoders, Values};
pub use within_actors::standardize_within_actors;

use crate::npy::{Floats, narrow};
use crate::{EncoderColumns, Error, FeatureRows};

/// What the errors call it.
const WHAT: &str = "a standardisation";

/// Subtracts the mean of each feature over the training rows and divides by its standard deviation (`ddof = 0`).
///
/// Features that do not vary are divided by 1. Where an encoder lacks clips ([`fuse_all`](crate::fuse_all)), its columns are
/// those of the clips that it has. Means and deviations are computed in f64 in two passes. An f32
/// table has them rounded to f32, then subtracts and divides in f32. An f64 table stays f64 throughout and is
/// rounded at the end. Both agree with scikit-learn's `StandardScaler`; f32 tables are bit-identical to it.
///
/// It serialises, so that a model's file can carry the one it was trained with.
///
/// ```
/// use blemore_features::{FeatureTable, Standardizer};
/// use ndarray::array;
///
/// let clips = ["test_0001", "test_0002", "test_0003"].map(|name| name.parse().unwrap());
/// let table = FeatureTable::new(clips, array![[1.0, 7.0], [3.0, 7.0], [10.0, 8.0]])?;
/// let standardizer = Standardizer::fit(table.rows(&[0, 1])?)?;
/// let inputs = standardizer.apply(&table)?;
/// assert_eq!(inputs.to_array(), array![[-1.0, 0.0], [1.0, 0.0], [8.0, 1.0]]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Standardizer {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// The numbers as they are kept in a file, not yet checked.
#[derive(Deserialize)]
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

impl Standardizer {
    /// A standardisation whose numbers come from a file.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for lists of different lengths or none, a value that is not finite, or a
    /// deviation that is not positive.
    pub fn new(mean: Vec<f64>, deviation: Vec<f64>) -> Result<Self, Error> {
        let problem = |problem: String| {
            Err(Error::Mismatch(format!("a stored standardisation is wrong: {problem}; fit it again")))
        };
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

    /// Computes means and deviations of rows: those of the training clips.
    ///
    /// # Errors
    /// [`Error::Mismatch`] without rows.
    pub fn fit<'a>(rows: impl Into<FeatureRows<'a>>) -> Result<Self, Error> {
        let rows = rows.into();
        if rows.is_empty() {
            return Err(Error::Mismatch(format!("{WHAT} cannot be fitted without rows: give at least one")));
        }
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for (columns, numbers) in columns_and_rows(&rows)? {
            let columns = s![.., columns];
            let (means, deviations) = match rows.table().floats() {
                Floats::F32(values) => moments(values.slice(columns), &numbers),
                Floats::F64(values) => moments(values.slice(columns), &numbers),
            };
            mean.extend(means);
            deviation.extend(deviations);
        }
        Ok(Self { mean, deviation })
    }

    /// The standardised features of rows, as a model takes them. Each row is standardised when it is asked for: no
    /// second table is kept in memory.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for features of another width than [`width`](Self::width).
    pub fn apply<'a>(&self, rows: impl Into<FeatureRows<'a>>) -> Result<StandardizedRows<'a>, Error> {
        let rows = rows.into();
        if rows.width() != self.width() {
            return Err(Error::width(WHAT, self.width(), rows.width()));
        }
        let rounded = |numbers: &[f64]| numbers.iter().copied().map(narrow).collect();
        let values = match rows.table().floats() {
            Floats::F32(values) => {
                let (mean, deviation) = (rounded(&self.mean), rounded(&self.deviation));
                Values::F32 { values: values.view(), mean, deviation }
            }
            Floats::F64(values) => {
                let (mean, deviation) = (self.mean.clone(), self.deviation.clone());
                Values::F64 { values: values.view(), mean, deviation }
            }
        };
        let (clips, clip_of_row) = rows.numbered();
        let has_several = clips.len() < clip_of_row.len();
        let clip_of_row = has_several.then_some(clip_of_row);
        let encoders = Encoders::of(&rows);
        Ok(StandardizedRows {
            rows: rows.numbers().to_vec(),
            n_clips: clips.len(),
            clip_of_row,
            values,
            encoders,
        })
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

/// Columns of a table, and the numbers of rows.
type ColumnsAndRows = (Range<usize>, Vec<usize>);

/// Columns, and the rows whose values in them are known: all columns and rows, but where an encoder lacks clips, the columns
/// of each encoder and the rows that it has.
fn columns_and_rows(rows: &FeatureRows<'_>) -> Result<Vec<ColumnsAndRows>, Error> {
    let table = rows.table();
    if rows.first_missing().is_none() {
        return Ok(vec![(0..table.width(), rows.numbers().to_vec())]);
    }
    let mut start = 0;
    let of_encoder = |encoder: &EncoderColumns| {
        let has = |row: &usize| encoder.has(table.index().clip_at(*row));
        let known: Vec<usize> = rows.numbers().iter().copied().filter(has).collect();
        if known.is_empty() {
            return Err(Error::Mismatch(format!(
                "{} has a row of none of the {} rows that {WHAT} is fitted on: leave this encoder out",
                encoder.name,
                rows.len()
            )));
        }
        start += encoder.width;
        Ok((start - encoder.width..start, known))
    };
    table.encoders().iter().map(of_encoder).collect()
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
