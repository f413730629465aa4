//! Salience vectors, and the two functions pi and sigma with which the paper writes its metrics.

use crate::{Emotion, Error, Label};

/// How far an entry may lie from a label's and still be that label's: well over the rounding of any sum of six f32,
/// well under the 0.2 between two labels.
const SNAP_TOLERANCE: f32 = 1e-4;

/// How salient each of the six emotions is: finite, each in `[0, 1]`, summing to 1, or all 0 for "no label".
///
/// The paper writes a clip's label as `p = gamma e_i + delta e_j` (section V). [`SalienceVector::pi`] is its projection
/// onto presence.
///
/// ```
/// use blemore_labels::{Label, SalienceVector};
///
/// let p = SalienceVector::new([0.7, 0.0, 0.0, 0.0, 0.3, 0.0])?;
/// assert_eq!(p.label(), Some("ang+sad 70/30".parse()?));
/// assert_eq!(p.pi().as_array(), [0.5, 0.0, 0.0, 0.0, 0.5, 0.0]);
/// assert!(SalienceVector::new([0.9, 0.9, 0.0, 0.0, 0.0, 0.0]).is_err());
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SalienceVector([f32; Emotion::COUNT]);

impl SalienceVector {
    /// The vector that stands for no label at all: where `pi` sends what is neither an emotion nor a blend.
    pub const ZERO: SalienceVector = SalienceVector([0.0; Emotion::COUNT]);

    /// Checks `values`, shape `(6,)` in emotion order.
    ///
    /// # Errors
    /// [`Error::SalienceOutOfRange`] for an entry that is not finite or outside `[0, 1]`; [`Error::SalienceSum`] when
    /// the sum differs from 1 (and from 0) by more than rounding.
    pub fn new(values: [f32; Emotion::COUNT]) -> Result<Self, Error> {
        for (emotion, value) in Emotion::ALL.into_iter().zip(values) {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::SalienceOutOfRange { emotion, found: value });
            }
        }
        let sum: f32 = values.iter().sum();
        if values.iter().any(|value| *value != 0.0) && (sum - 1.0).abs() > SNAP_TOLERANCE {
            return Err(Error::SalienceSum { found: sum });
        }
        Ok(SalienceVector(values))
    }

    pub(crate) fn of_label(label: Label) -> Self {
        let mut values = [0.0; Emotion::COUNT];
        for (emotion, percent) in label.components() {
            values[emotion.index()] = f32::from(percent) / 100.0;
        }
        SalienceVector(values)
    }

    /// The six saliences, in emotion order.
    pub const fn as_array(self) -> [f32; Emotion::COUNT] {
        self.0
    }

    /// The label whose vector this is, after snapping rounding errors; `None` when it is none of the 36.
    ///
    /// Metrics compare labels, never sums of floating point numbers.
    pub fn label(self) -> Option<Label> {
        Label::all().find(|label| {
            let exact = SalienceVector::of_label(*label).0;
            exact.iter().zip(self.0).all(|(a, b)| (a - b).abs() <= SNAP_TOLERANCE)
        })
    }

    /// The paper's pi (section V): a blend in any proportion goes to one half of each of its two emotions, a single
    /// emotion to itself, anything else (three emotions or more, neutral in a blend, nothing) to zero.
    pub fn pi(self) -> SalienceVector {
        let present: Vec<Emotion> =
            Emotion::ALL.into_iter().filter(|emotion| self.0[emotion.index()] > 0.0).collect();
        let mut values = [0.0; Emotion::COUNT];
        match present[..] {
            [single] => values[single.index()] = 1.0,
            [first, second] if first.blends() && second.blends() => {
                values[first.index()] = 0.5;
                values[second.index()] = 0.5;
            }
            _ => {}
        }
        SalienceVector(values)
    }

    /// The L1 distance between two vectors, 0 to 2. ACC_presence counts `sigma` of it after `pi`; ACC_salience before.
    pub fn distance(self, other: SalienceVector) -> f32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a - b).abs()).sum()
    }
}

/// The paper's sigma (section V): 1 for `x <= 0`, else 0 (also for NaN).
///
/// Accuracies are means of `sigma(distance)`. Distances of labels are exact zeros; of sums they are not, so go through
/// [`SalienceVector::label`] first.
///
/// ```
/// use blemore_labels::sigma;
/// assert_eq!((sigma(0.0), sigma(0.4), sigma(f32::NAN)), (1.0, 0.0, 0.0));
/// ```
pub fn sigma(x: f32) -> f32 {
    if x <= 0.0 { 1.0 } else { 0.0 }
}
