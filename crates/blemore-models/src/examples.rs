//! What a model is trained and validated on.

use blemore_labels::{Emotion, Label};

use crate::digest::Digest;
use crate::{Error, Inputs};

/// Features and labels of N examples: standardised features, shape `(N, D)`, and one label a row.
///
/// With subsampled features an example is one row of several that a clip has; [`Examples::with_clips`] says which, and
/// evaluation then averages the logits of a clip's rows. Features are what [`Inputs`] are made of.
///
/// ```
/// use blemore_models::Examples;
/// use ndarray::array;
///
/// let labels = vec!["hap".parse()?, "ang+sad 70/30".parse()?];
/// let examples = Examples::new(array![[0.5, -1.0, 0.0], [1.5, 0.25, -0.5]], labels)?;
/// assert_eq!((examples.len(), examples.width()), (2, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Examples<'a> {
    features: Inputs<'a>,
    labels: Vec<Label>,
    clips: Clips,
}

/// How examples make up clips.
#[derive(Debug, Clone)]
enum Clips {
    /// Every example is a clip.
    OneEach,
    /// The clip of each example, and the label of each clip.
    Grouped { of_example: Vec<usize>, labels: Vec<Label> },
}

impl<'a> Examples<'a> {
    /// Checks features, shape `(N, D)`, and their labels, shape `(N,)`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] when there is not one label a row; [`Error::NonFiniteFeature`] for a NaN or an infinity.
    ///
    /// ```
    /// use blemore_models::Examples;
    /// use ndarray::array;
    /// assert!(Examples::new(array![[f32::NAN]], vec!["neu".parse()?]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(features: impl Into<Inputs<'a>>, labels: Vec<Label>) -> Result<Self, Error> {
        let features = features.into();
        let (expected, _) = features.dim();
        if labels.len() != expected {
            return Err(Error::LengthMismatch { what: "labels", expected, found: labels.len() });
        }
        features.check_finite()?;
        Ok(Self { features, labels, clips: Clips::OneEach })
    }

    /// Says which clip each example belongs to: any numbers, equal for the rows of one clip.
    ///
    /// Evaluation takes the clips in the order of their first rows.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] when there is not one number a row; [`Error::MixedLabels`] when the rows of a clip have
    /// different labels.
    ///
    /// ```
    /// use blemore_models::Examples;
    /// use ndarray::array;
    /// let happy = "hap".parse()?;
    /// let examples = Examples::new(array![[0.5], [0.25], [1.0]], vec![happy; 3])?.with_clips(&[7, 7, 8])?;
    /// assert_eq!(examples.n_clips(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_clips(mut self, clip_of_example: &[usize]) -> Result<Self, Error> {
        if clip_of_example.len() != self.len() {
            let found = clip_of_example.len();
            return Err(Error::LengthMismatch { what: "clip numbers", expected: self.len(), found });
        }
        let mut numbers = std::collections::HashMap::new();
        let mut labels: Vec<Label> = Vec::new();
        let mut of_example = Vec::with_capacity(self.len());
        for (&clip, &label) in clip_of_example.iter().zip(&self.labels) {
            let number = *numbers.entry(clip).or_insert(labels.len());
            if number == labels.len() {
                labels.push(label);
            }
            if labels[number] != label {
                return Err(Error::MixedLabels { clip });
            }
            of_example.push(number);
        }
        self.clips = Clips::Grouped { of_example, labels };
        Ok(self)
    }

    /// Number of examples, N.
    ///
    /// ```
    /// # use blemore_models::Examples;
    /// assert_eq!(Examples::new(ndarray::array![[1.0]], vec!["neu".parse()?])?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no example.
    ///
    /// ```
    /// # use blemore_models::Examples;
    /// assert!(Examples::new(ndarray::Array2::zeros((0, 4)), vec![])?.is_empty());
    /// # Ok::<(), blemore_models::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of features, D.
    ///
    /// ```
    /// # use blemore_models::Examples;
    /// assert_eq!(Examples::new(ndarray::Array2::zeros((0, 4)), vec![])?.width(), 4);
    /// # Ok::<(), blemore_models::Error>(())
    /// ```
    pub fn width(&self) -> usize {
        self.features.dim().1
    }

    /// Number of clips that evaluation scores: the examples, unless they are rows of clips.
    ///
    /// ```
    /// # use blemore_models::Examples;
    /// assert_eq!(Examples::new(ndarray::array![[1.0]], vec!["neu".parse()?])?.n_clips(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn n_clips(&self) -> usize {
        self.clip_labels().len()
    }

    /// The label of each clip that evaluation scores.
    pub(crate) fn clip_labels(&self) -> &[Label] {
        match &self.clips {
            Clips::OneEach => &self.labels,
            Clips::Grouped { labels, .. } => labels,
        }
    }

    /// The clip of each example, if examples are rows of clips.
    pub(crate) fn clip_of_example(&self) -> Option<&[usize]> {
        match &self.clips {
            Clips::OneEach => None,
            Clips::Grouped { of_example, .. } => Some(of_example),
        }
    }

    /// A short text that differs for other features, labels or clips.
    pub(crate) fn digest(&self) -> String {
        let mut digest = Digest::new();
        [self.len(), self.width()].iter().for_each(|size| digest.push(*size as u64));
        let mut row = vec![0.0; self.width()];
        for position in 0..self.len() {
            self.gather(&[position], &mut row);
            row.iter().for_each(|value| digest.push(u64::from(value.to_bits())));
        }
        let saliences = self.labels.iter().flat_map(|label| label.salience().as_array());
        saliences.for_each(|value| digest.push(u64::from(value.to_bits())));
        self.clip_of_example().unwrap_or_default().iter().for_each(|clip| digest.push(*clip as u64));
        format!("{} rows {:016x}", self.len(), digest.finish())
    }

    /// The features.
    pub(crate) fn inputs(&self) -> &Inputs<'a> {
        &self.features
    }

    /// Writes the features of these rows one after the other, shape `(rows, D)`.
    pub(crate) fn gather(&self, rows: &[usize], out: &mut [f32]) {
        self.features.gather(rows.iter().copied(), out);
    }

    /// Writes the soft labels of these rows one after the other, shape `(rows, 6)`.
    pub(crate) fn gather_targets(&self, rows: &[usize], out: &mut [f32]) {
        for (target, &row) in out.as_chunks_mut::<{ Emotion::COUNT }>().0.iter_mut().zip(rows) {
            *target = self.labels[row].salience().as_array();
        }
    }
}
