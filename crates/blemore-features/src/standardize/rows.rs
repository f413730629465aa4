//! Rows of standardised features, as a model takes them.

use std::ops::Range;

use blemore_labels::ClipName;
use ndarray::{Array2, ArrayView1, ArrayView2, CowArray, Ix2, s};
use rayon::prelude::*;

use crate::npy::narrow;
use crate::{Error, FeatureRows};

/// N rows of standardised features, shape (N, D), and the clip of each row.
///
/// [`Standardizer::apply`](super::Standardizer::apply) gives the rows of a table, each standardised when it is asked
/// for: however many folds are trained on a table, it is in memory once. A matrix that is standardised already,
/// owned or borrowed, converts into it, one clip per row.
///
/// ```
/// use blemore_features::StandardizedRows;
/// use ndarray::array;
///
/// let rows = StandardizedRows::from(array![[0.5, -1.0, 0.0], [1.5, 0.25, -0.5]]);
/// let mut features = [0.0; 2];
/// rows.write_features(1, 1, &mut features);
/// assert_eq!((rows.len(), rows.n_clips(), features), (2, 2, [0.25, -0.5]));
/// ```
#[derive(Debug, Clone)]
pub struct StandardizedRows<'a> {
    /// The rows among the values.
    pub(super) rows: Vec<usize>,
    pub(super) n_clips: usize,
    /// The clip of each row, where a clip has several.
    pub(super) clip_of_row: Option<Vec<usize>>,
    pub(super) values: Values<'a>,
    pub(super) encoders: Encoders,
}

/// The columns of each encoder, and which encoders have which row.
#[derive(Debug, Clone, Default)]
pub(super) struct Encoders {
    /// The number of columns of each; none where the features are not those of several.
    widths: Vec<usize>,
    /// Row by row, whether each encoder has it; none where all have all.
    presence: Option<Vec<bool>>,
    /// The first clip that lacks an encoder, and the encoder.
    first_missing: Option<(ClipName, String)>,
}

impl Encoders {
    pub(super) fn of(rows: &FeatureRows<'_>) -> Self {
        let encoders = rows.table().encoders();
        let widths = encoders.iter().map(|encoder| encoder.width).collect();
        let first_missing = rows.first_missing();
        let clips = rows.numbers().iter().map(|row| rows.table().index().clip_at(*row));
        let presence = first_missing
            .is_some()
            .then(|| clips.flat_map(|clip| encoders.iter().map(|it| it.has(clip))).collect());
        let first_missing = first_missing.map(|(clip, encoder)| (clip.clone(), encoder.to_owned()));
        Self { widths, presence, first_missing }
    }
}

/// Values, with means and deviations in the precision in which they are worked with.
#[derive(Debug, Clone)]
pub(super) enum Values<'a> {
    /// Standardised already.
    Ready(CowArray<'a, f32, Ix2>),
    F32 {
        values: ArrayView2<'a, f32>,
        mean: Vec<f32>,
        deviation: Vec<f32>,
    },
    F64 {
        values: ArrayView2<'a, f64>,
        mean: Vec<f64>,
        deviation: Vec<f64>,
    },
}

impl<'a> From<CowArray<'a, f32, Ix2>> for StandardizedRows<'a> {
    fn from(matrix: CowArray<'a, f32, Ix2>) -> Self {
        let n_clips = matrix.nrows();
        let (rows, values) = ((0..n_clips).collect(), Values::Ready(matrix));
        Self { rows, n_clips, clip_of_row: None, values, encoders: Encoders::default() }
    }
}

impl From<Array2<f32>> for StandardizedRows<'_> {
    fn from(matrix: Array2<f32>) -> Self {
        CowArray::from(matrix).into()
    }
}

impl<'a> From<ArrayView2<'a, f32>> for StandardizedRows<'a> {
    fn from(matrix: ArrayView2<'a, f32>) -> Self {
        CowArray::from(matrix).into()
    }
}

impl StandardizedRows<'_> {
    /// The same rows of the same clips with other values, shape (N, D).
    ///
    /// # Errors
    /// [`Error::Mismatch`] for values of another shape.
    pub fn with_values<'v>(&self, values: Array2<f32>) -> Result<StandardizedRows<'v>, Error> {
        if values.dim() != (self.len(), self.width()) {
            return Err(Error::Mismatch(format!(
                "{:?} values for rows of shape {:?}: give one row of features per row",
                values.dim(),
                (self.len(), self.width())
            )));
        }
        let (rows, n_clips, clip_of_row) =
            ((0..self.len()).collect(), self.n_clips, self.clip_of_row.clone());
        let (values, encoders) = (Values::Ready(CowArray::from(values)), self.encoders.clone());
        Ok(StandardizedRows { rows, n_clips, clip_of_row, values, encoders })
    }

    /// Number N of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number D of features.
    pub fn width(&self) -> usize {
        match &self.values {
            Values::Ready(values) => values.ncols(),
            Values::F32 { values, .. } => values.ncols(),
            Values::F64 { values, .. } => values.ncols(),
        }
    }

    /// Number of clips that the rows belong to.
    pub fn n_clips(&self) -> usize {
        self.n_clips
    }

    /// The clip of each row, where a clip has several rows: clips are numbered from 0 in the order of their first
    /// rows. Otherwise `None`: row i is clip i.
    pub fn clip_of_row(&self) -> Option<&[usize]> {
        self.clip_of_row.as_deref()
    }

    /// The number of columns of each encoder, in their order; none where the features are not those of several.
    pub fn encoder_widths(&self) -> &[usize] {
        &self.encoders.widths
    }

    /// The first clip that lacks an encoder, and the encoder's name.
    pub fn first_missing(&self) -> Option<(&ClipName, &str)> {
        self.encoders.first_missing.as_ref().map(|(clip, encoder)| (clip, encoder.as_str()))
    }

    /// Whether each encoder has each of these rows, row by row, shape (rows, encoders); `None` where all have all. What the
    /// columns of an encoder hold in a row that it does not have means nothing.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn presence(&self, rows: &[usize]) -> Option<Vec<bool>> {
        let (presence, encoders) = (self.encoders.presence.as_deref()?, self.encoders.widths.len());
        let of_rows = rows.iter().flat_map(|row| &presence[row * encoders..][..encoders]);
        Some(of_rows.copied().collect())
    }

    /// Row and column of the first value of a matrix that is NaN or infinite, with the value. The values of a
    /// table were checked when it was made, and are not looked at again.
    pub fn first_not_finite(&self) -> Option<(usize, usize, f32)> {
        let Values::Ready(matrix) = &self.values else { return None };
        let mut values = matrix.indexed_iter();
        values.find(|(_, value)| !value.is_finite()).map(|((row, column), value)| (row, column, *value))
    }

    /// Writes as many features of a row as `out` holds, beginning with feature `first` (from 0).
    ///
    /// # Panics
    /// When there is no such row, or not so many features from `first` on.
    pub fn write_features(&self, row: usize, first: usize, out: &mut [f32]) {
        let row = self.rows[row];
        let features = first..first + out.len();
        match &self.values {
            Values::Ready(matrix) => match matrix.row(row).as_slice() {
                Some(row) => out.copy_from_slice(&row[features]),
                None => {
                    let values = matrix.slice(s![row, features]);
                    out.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
                }
            },
            Values::F32 { values, mean, deviation } => {
                let standardize = |value: f32, mean: f32, deviation: f32| (value - mean) / deviation;
                standardize_row(values.row(row), [mean, deviation], features, out, standardize);
            }
            Values::F64 { values, mean, deviation } => {
                let standardize = |value: f64, mean: f64, deviation: f64| narrow((value - mean) / deviation);
                standardize_row(values.row(row), [mean, deviation], features, out, standardize);
            }
        }
    }

    /// Writes rows one after the other, shape (rows, D), as many as there are in both.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn write_rows(&self, rows: &[usize], out: &mut [f32]) {
        let outs = out.chunks_exact_mut(self.width().max(1));
        outs.zip(rows).for_each(|(out, row)| self.write_features(*row, 0, out));
    }

    /// All rows, (N, D), made side by side on all threads.
    pub fn to_array(&self) -> Array2<f32> {
        let (length, width) = (self.len(), self.width());
        let mut out = Array2::zeros((length, width));
        if let Some(values) = out.as_slice_mut().filter(|_| width > 0) {
            let rows = values.par_chunks_mut(width).enumerate();
            rows.for_each(|(row, out)| self.write_features(row, 0, out));
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
    // A table's rows are in one piece of memory each, where the loop vectorises.
    let row = row.to_slice().unwrap_or_default();
    for (((out, value), mean), deviation) in out.iter_mut().zip(&row[features]).zip(mean).zip(deviation) {
        *out = standardize(*value, *mean, *deviation);
    }
}
