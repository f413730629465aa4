//! Rows of class probabilities, checked once when they are made.

use std::fmt;

use blemore_labels::Emotion;

use crate::Error;

/// How far the sum of a row may lie from 1.
///
/// A softmax in `f32` sums to 1 within a millionth; six values that were rounded to two decimals are off by
/// up to 0.03. Logits, percentages and rows of another model's classes are off by far more than this.
pub const SUM_TOLERANCE: f64 = 0.03;
/// How far the sum of six values that were rounded to three decimals may lie from 1.
const FINE_TOLERANCE: f64 = 0.003;
/// More than a sum of rounded values is off because they are binary fractions.
const SUM_ERROR: f64 = 1e-6;

/// A floating-point type that probabilities come in: `f32` from a model, `f64` from a table.
///
/// The published search subtracts two probabilities in their own precision and compares the difference with a
/// threshold in double precision; this trait holds that distinction. It is sealed.
pub trait Probability:
    sealed::Sealed + Copy + PartialOrd + Into<f64> + fmt::Debug + Send + Sync + 'static
{
    /// The absolute difference, subtracted in this type's own precision and then widened.
    fn distance(self, other: Self) -> f64;
}

impl Probability for f32 {
    fn distance(self, other: Self) -> f64 {
        f64::from((self - other).abs())
    }
}

impl Probability for f64 {
    fn distance(self, other: Self) -> f64 {
        (self - other).abs()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Class probabilities of N clips, shape `(N, CLASSES)`: every value finite and not negative, every row summing to 1
/// within [`SUM_TOLERANCE`].
///
/// **The columns are in the order of [`Emotion::ALL`]: anger, disgust, fear, happiness, sadness, neutral.** Another order
/// passes every check and scores wrongly; [`Probabilities::from_columns`] takes it with the names of its columns. With 36
/// columns they are the labels in the order of [`Label::all`](blemore_labels::Label::all); no decoder takes another number
/// of columns. Rows are kept as given, not normalised, so that decoding them gives what the published code gives.
///
/// ```
/// use blemore_eval::Probabilities;
///
/// let probabilities = Probabilities::new(vec![
///     [0.1_f32, 0.0, 0.1, 0.5, 0.3, 0.0],
///     [0.0, 0.9, 0.0, 0.0, 0.0, 0.1],
/// ])?;
/// assert_eq!(probabilities.len(), 2);
/// assert_eq!(probabilities.rows()[1][1], 0.9);
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities<P, const CLASSES: usize = { Emotion::COUNT }> {
    rows: Vec<[P; CLASSES]>,
}

impl<P: Probability, const CLASSES: usize> Probabilities<P, CLASSES> {
    /// Checks rows of shape `(N, CLASSES)`; N may be 0.
    ///
    /// # Errors
    /// [`Error::InvalidProbabilities`] with every row that has a value that is not finite or is negative, or whose
    /// sum is off by more than [`SUM_TOLERANCE`].
    pub fn new(rows: Vec<[P; CLASSES]>) -> Result<Self, Error> {
        let faults: Vec<RowFault> = rows
            .iter()
            .enumerate()
            .filter_map(|(row, values)| fault_of(values).map(|fault| RowFault { row, fault }))
            .collect();
        if faults.is_empty() { Ok(Self { rows }) } else { Err(Error::InvalidProbabilities { faults }) }
    }

    /// Checks rows of any kind: `Vec<Vec<f32>>`, the rows of a matrix, or `values.chunks(6)` of a flat array.
    ///
    /// # Errors
    /// [`Error::RowLength`] for the first row of another length, and those of [`Probabilities::new`].
    ///
    /// ```
    /// use blemore_eval::Probabilities;
    ///
    /// let rows = vec![vec![0.2_f32, 0.2, 0.2, 0.2, 0.1, 0.1], vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0]];
    /// let probabilities: Probabilities<f32> = Probabilities::from_rows(&rows)?;
    /// assert_eq!(probabilities.len(), 2);
    /// let ragged: Result<Probabilities<f32>, _> = Probabilities::from_rows([&rows[0][..], &rows[1][..5]]);
    /// assert_eq!(ragged.unwrap_err().to_string(), "row 1 has 5 values: give 6, one for each class");
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn from_rows<R: AsRef<[P]>>(rows: impl IntoIterator<Item = R>) -> Result<Self, Error> {
        let of_row = |(row, values): (usize, R)| {
            let values = values.as_ref();
            values.try_into().map_err(|_| Error::RowLength { row, found: values.len(), classes: CLASSES })
        };
        Self::new(rows.into_iter().enumerate().map(of_row).collect::<Result<_, _>>()?)
    }

    /// The rows, shape `(N, CLASSES)`.
    pub fn rows(&self) -> &[[P; CLASSES]] {
        &self.rows
    }

    /// The row of each clip in turn.
    pub fn iter(&self) -> std::slice::Iter<'_, [P; CLASSES]> {
        self.rows.iter()
    }

    /// Number of clips, N.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The clips at these positions, in this order; a position may come more than once.
    ///
    /// # Errors
    /// [`Error::NoSuchRow`] for a position past the end.
    pub fn select(&self, positions: &[usize]) -> Result<Self, Error> {
        let rows = positions
            .iter()
            .map(|&row| self.rows.get(row).copied().ok_or(Error::NoSuchRow { row, rows: self.len() }))
            .collect::<Result<_, _>>()?;
        Ok(Self { rows })
    }

    /// Refuses a parallel list of another length.
    pub(crate) fn check_parallel(&self, what: &'static str, found: usize) -> Result<(), Error> {
        Error::check_parallel(("rows of probabilities", self.len()), (what, found))
    }
}

impl<P: Probability> Probabilities<P> {
    /// Checks rows whose columns stand in an order of their own, such as that of names in the alphabet.
    ///
    /// # Errors
    /// [`Error::RepeatedColumn`] when `columns` does not name each emotion once, and those of [`Probabilities::new`].
    ///
    /// ```
    /// use blemore_eval::Probabilities;
    /// use blemore_labels::Emotion::{Anger, Disgust, Fear, Happiness, Neutral, Sadness};
    ///
    /// let sorted_by_name = [Anger, Disgust, Fear, Happiness, Neutral, Sadness];
    /// let probabilities = Probabilities::from_columns(sorted_by_name, vec![[0.0, 0.0, 0.0, 0.0, 0.9, 0.1]])?;
    /// assert_eq!(probabilities.rows()[0][Neutral.index()], 0.9);
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn from_columns(
        columns: [Emotion; Emotion::COUNT],
        mut rows: Vec<[P; Emotion::COUNT]>,
    ) -> Result<Self, Error> {
        for (position, emotion) in columns.iter().enumerate() {
            if columns[..position].contains(emotion) {
                return Err(Error::RepeatedColumn { emotion: *emotion });
            }
        }
        for row in &mut rows {
            let given = *row;
            columns.iter().zip(given).for_each(|(emotion, value)| row[emotion.index()] = value);
        }
        Self::new(rows)
    }
}

impl<'a, P, const CLASSES: usize> IntoIterator for &'a Probabilities<P, CLASSES> {
    type Item = &'a [P; CLASSES];
    type IntoIter = std::slice::Iter<'a, [P; CLASSES]>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<const CLASSES: usize> From<Probabilities<f32, CLASSES>> for Probabilities<f64, CLASSES> {
    /// The same values, exactly.
    fn from(probabilities: Probabilities<f32, CLASSES>) -> Self {
        Self { rows: probabilities.rows.into_iter().map(|row| row.map(f64::from)).collect() }
    }
}

/// A row that is no probability distribution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {row}: {fault}")]
pub struct RowFault {
    /// Position of the row, from 0.
    pub row: usize,
    /// What is wrong with it.
    pub fault: ProbabilityFault,
}

/// Why a row is no probability distribution.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbabilityFault {
    /// A NaN or an infinity.
    #[error("the value of class {class} is not finite")]
    NotFinite {
        /// Column, from 0.
        class: usize,
    },
    /// A negative value, as logits have.
    #[error("the value of class {class} is {found}, expected one from 0 to 1 (a logit?)")]
    Negative {
        /// Column, from 0.
        class: usize,
        /// The value.
        found: f64,
    },
    /// A row that does not sum to 1.
    #[error("the values sum to {found}, expected 1 within {SUM_TOLERANCE}")]
    Sum {
        /// The sum.
        found: f64,
    },
}

/// What is wrong with a row, if anything: the first bad value, or else the sum.
pub(crate) fn fault_of<P: Probability>(row: &[P]) -> Option<ProbabilityFault> {
    let mut sum = 0.0;
    for (class, &value) in row.iter().enumerate() {
        let value: f64 = value.into();
        if !value.is_finite() {
            return Some(ProbabilityFault::NotFinite { class });
        }
        if value < 0.0 {
            return Some(ProbabilityFault::Negative { class, found: value });
        }
        sum += value;
    }
    is_off(sum, SUM_TOLERANCE).then_some(ProbabilityFault::Sum { found: sum })
}

/// Whether the values must have been rounded to fewer than three decimals.
pub(crate) fn is_coarse(row: &[f64]) -> bool {
    is_off(row.iter().sum(), FINE_TOLERANCE)
}

fn is_off(sum: f64, tolerance: f64) -> bool {
    (sum - 1.0).abs() > tolerance + SUM_ERROR
}
