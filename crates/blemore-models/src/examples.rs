//! What a model is trained and validated on.

use blemore_features::StandardizedRows;
use blemore_labels::{Emotion, Label};

use crate::Error;

/// Standardised features of N rows, shape `(N, D)`, and the label of each clip.
///
/// With aggregated features a row is a clip. With subsampled features a clip has several rows: each is trained on with
/// the clip's label, and evaluation averages the logits of a clip's rows (Table III).
#[derive(Debug, Clone)]
pub struct Examples<'a> {
    features: StandardizedRows<'a>,
    labels: Vec<Label>,
}

impl<'a> Examples<'a> {
    /// Puts features and labels together: one label per clip, in the order of the clips' first rows. Each row of a
    /// matrix is a clip.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] when there is not one label per clip; [`Error::NonFiniteFeature`] for a matrix with a
    /// NaN or an infinity.
    pub fn new(features: impl Into<StandardizedRows<'a>>, labels: Vec<Label>) -> Result<Self, Error> {
        let features = features.into();
        let (expected, found) = (features.n_clips(), labels.len());
        if found != expected {
            return Err(Error::LengthMismatch { what: "labels", expected, found });
        }
        match features.first_not_finite() {
            Some((row, column, value)) => Err(Error::NonFiniteFeature { row, column, value: value.into() }),
            None => Ok(Self { features, labels }),
        }
    }

    /// The features.
    pub fn features(&self) -> &StandardizedRows<'a> {
        &self.features
    }

    /// The label of each clip.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Number of rows, N.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Number of features, D.
    pub fn width(&self) -> usize {
        self.features.width()
    }

    /// Writes the soft labels of these rows one after the other, shape `(rows, 6)`.
    pub(crate) fn write_targets(&self, rows: &[usize], out: &mut [f32]) {
        let clip_of_row = self.features.clip_of_row();
        for (target, &row) in out.as_chunks_mut::<{ Emotion::COUNT }>().0.iter_mut().zip(rows) {
            let clip = clip_of_row.map_or(row, |clips| clips[row]);
            *target = self.labels[clip].salience().as_array();
        }
    }
}
