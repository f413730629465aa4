//! Standardisation: features as multiples of their standard deviation around their mean, both of the training
//! clips alone.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip, aview1};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::npy::Floats;
use crate::table::{check_rows, narrow};
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
        let values = match table.floats() {
            Floats::F32(values) => return self.apply_values(values.view(), rows),
            Floats::F64(values) => values,
        };
        self.check(values.dim(), rows)?;
        let (mean, deviation) = (aview1(&self.mean), aview1(&self.deviation));
        let standardize = |value: f64, mean: f64, deviation: f64| narrow((value - mean) / deviation);
        Ok(gather(values.view(), rows, mean, deviation, standardize))
    }

    /// As [`apply`](Self::apply), to rows of f32 values that are no table of clips.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    pub fn apply_values(&self, values: ArrayView2<'_, f32>, rows: &[usize]) -> Result<Array2<f32>, Error> {
        self.check(values.dim(), rows)?;
        let rounded = |values: &[f64]| values.iter().copied().map(narrow).collect::<Array1<f32>>();
        let (mean, deviation) = (rounded(&self.mean), rounded(&self.deviation));
        let standardize = |value: f32, mean: f32, deviation: f32| (value - mean) / deviation;
        Ok(gather(values, rows, mean.view(), deviation.view(), standardize))
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

/// (rows, D) of `standardize(value, mean, deviation)`, rows side by side on all threads.
fn gather<T: Copy + Sync>(
    values: ArrayView2<'_, T>,
    rows: &[usize],
    mean: ArrayView1<'_, T>,
    deviation: ArrayView1<'_, T>,
    standardize: impl Fn(T, T, T) -> f32 + Sync,
) -> Array2<f32> {
    let mut out = Array2::zeros((rows.len(), values.ncols()));
    let pairs: Vec<_> = out.axis_iter_mut(Axis(0)).zip(rows).collect();
    pairs.into_par_iter().for_each(|(out, row)| {
        let zip = Zip::from(out).and(values.row(*row)).and(mean).and(deviation);
        zip.for_each(|out, value, mean, deviation| *out = standardize(*value, *mean, *deviation));
    });
    out
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
