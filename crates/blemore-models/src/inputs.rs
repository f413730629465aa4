//! Standardised features, ready or made row by row.

use blemore_features::StandardizedRows;
use ndarray::{Array2, ArrayView2, CowArray, Ix2, s};

use crate::Error;

/// Standardised features of N rows, shape `(N, D)`: a matrix, owned or borrowed, or rows of a table that are standardised
/// when a batch takes them, which keeps one table in memory however many folds are trained on it.
///
/// ```
/// use blemore_features::{FeatureTable, Standardizer};
/// use blemore_models::Inputs;
/// use ndarray::array;
///
/// let clips = ["test_0001".parse()?, "test_0002".parse()?];
/// let table = FeatureTable::new(clips.to_vec(), array![[1.0, 7.0], [3.0, 7.0]])?;
/// let rows = Standardizer::fit(&table, &[0, 1])?.rows(&table, &[1])?;
/// assert_eq!(Inputs::from(rows).dim(), (1, 2));
/// assert_eq!(Inputs::from(array![[0.5, -1.0, 0.0]]).dim(), (1, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Inputs<'a>(Source<'a>);

#[derive(Debug, Clone)]
enum Source<'a> {
    Matrix(CowArray<'a, f32, Ix2>),
    Rows(StandardizedRows<'a>),
}

impl Inputs<'_> {
    /// Rows and features, `(N, D)`.
    pub fn dim(&self) -> (usize, usize) {
        match &self.0 {
            Source::Matrix(matrix) => matrix.dim(),
            Source::Rows(rows) => (rows.len(), rows.width()),
        }
    }

    /// Refuses a value that is no number. The values of a feature table were checked when it was made.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        let Source::Matrix(matrix) = &self.0 else { return Ok(()) };
        match matrix.indexed_iter().find(|(_, value)| !value.is_finite()) {
            Some(((row, column), value)) => {
                Err(Error::NonFiniteFeature { row, column, value: f64::from(*value) })
            }
            None => Ok(()),
        }
    }

    /// Writes rows one after the other, shape `(rows, D)`.
    pub(crate) fn gather(&self, rows: impl Iterator<Item = usize>, out: &mut [f32]) {
        let (_, width) = self.dim();
        for (out, row) in out.chunks_exact_mut(width.max(1)).zip(rows) {
            self.write_features(row, 0, out);
        }
    }

    /// Writes as many features of a row as `out` holds, the one at `first` first.
    pub(crate) fn write_features(&self, row: usize, first: usize, out: &mut [f32]) {
        match &self.0 {
            Source::Rows(source) => source.write_features(row, first, out),
            Source::Matrix(matrix) => match matrix.row(row).as_slice() {
                Some(row) => out.copy_from_slice(&row[first..][..out.len()]),
                None => {
                    let values = matrix.slice(s![row, first..first + out.len()]);
                    out.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
                }
            },
        }
    }
}

impl<'a> From<StandardizedRows<'a>> for Inputs<'a> {
    fn from(rows: StandardizedRows<'a>) -> Self {
        Self(Source::Rows(rows))
    }
}

impl<'a> From<CowArray<'a, f32, Ix2>> for Inputs<'a> {
    fn from(matrix: CowArray<'a, f32, Ix2>) -> Self {
        Self(Source::Matrix(matrix))
    }
}

impl From<Array2<f32>> for Inputs<'_> {
    fn from(matrix: Array2<f32>) -> Self {
        Self(Source::Matrix(matrix.into()))
    }
}

impl<'a> From<ArrayView2<'a, f32>> for Inputs<'a> {
    fn from(matrix: ArrayView2<'a, f32>) -> Self {
        Self(Source::Matrix(matrix.into()))
    }
}
