//! What a model gives for clips, and how it becomes labels.

use std::mem::discriminant;

use blemore_eval::{
    Decoder, ExpectedScoreDecoder, Probabilities, ProbabilityTable, Scores, Thresholds, decode_all,
};
use blemore_labels::{ClipName, Emotion, Label};
use serde::{Deserialize, Serialize};

use crate::label_table::LabelTable;
use crate::{Error, Head};

/// What a model gives for each of N clips, as its [`Head`](crate::Head) says.
#[derive(Debug, Clone, PartialEq)]
pub enum ClipOutputs {
    /// Six numbers, shape `(N, 6)`, in the order of [`Emotion::ALL`].
    Emotions(Probabilities<f32>),
    /// The probability of each label, shape `(N, 36)`, in the order of [`Label::all`].
    Labels(Probabilities<f32, { Label::COUNT }>),
}

impl ClipOutputs {
    /// Number of clips, N.
    pub fn len(&self) -> usize {
        match self {
            Self::Emotions(rows) => rows.len(),
            Self::Labels(rows) => rows.len(),
        }
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Six numbers of each clip that sum to 1, shape `(N, 6)`: the model's own, or the saliences that its labels have on
    /// average.
    ///
    /// # Errors
    /// None for what a model gave; the rows are checked as all probabilities are.
    pub fn emotions(&self) -> Result<Probabilities<f32>, Error> {
        match self {
            Self::Emotions(rows) => Ok(rows.clone()),
            Self::Labels(rows) => Ok(Probabilities::new(rows.iter().map(mean_saliences).collect())?),
        }
    }

    /// The mean of what several models give for the same clips.
    ///
    /// # Errors
    /// [`Error::Ensemble`] for none, and for outputs of other clips or of another kind.
    pub fn mean(models: &[Self]) -> Result<Self, Error> {
        let refused = |problem: &str| Error::Ensemble { problem: problem.to_owned() };
        let first = models.first().ok_or_else(|| refused("an ensemble has at least one model"))?;
        let mut sums = vec![0.0; first.values().len()];
        for model in models {
            if discriminant(model) != discriminant(first) || model.len() != first.len() {
                return Err(refused("the models of an ensemble have one head, and the same clips"));
            }
            sums.iter_mut().zip(model.values()).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        #[expect(clippy::cast_possible_truncation, reason = "what models give is f32")]
        let means: Vec<f32> = sums.iter().map(|sum| (sum / models.len() as f64) as f32).collect();
        Ok(match first {
            Self::Labels(_) => Self::Labels(Probabilities::from_rows(means.chunks(Label::COUNT))?),
            Self::Emotions(_) => Self::Emotions(Probabilities::from_rows(means.chunks(Emotion::COUNT))?),
        })
    }

    /// All numbers, clip by clip.
    pub fn values(&self) -> &[f32] {
        match self {
            Self::Emotions(rows) => rows.rows().as_flattened(),
            Self::Labels(rows) => rows.rows().as_flattened(),
        }
    }

    /// Outputs of this head with these [`values`](Self::values).
    ///
    /// # Errors
    /// [`Error::Eval`] for rows that are no probabilities, or of another length.
    pub fn from_values(head: Head, values: &[f32]) -> Result<Self, Error> {
        Ok(match head.gives_labels() {
            true => Self::Labels(Probabilities::from_rows(values.chunks(Label::COUNT))?),
            false => Self::Emotions(Probabilities::from_rows(values.chunks(Emotion::COUNT))?),
        })
    }

    /// The files that hold them, six numbers of each clip among them whatever the head.
    ///
    /// # Errors
    /// [`Error::Eval`] unless there is one name per clip, each once.
    pub fn to_tables(&self, clips: Vec<ClipName>) -> Result<OutputTables, Error> {
        let emotions = self.emotions()?;
        let labels = match self {
            Self::Emotions(_) => None,
            Self::Labels(rows) => Some(LabelTable::new(clips.clone(), rows.clone())),
        };
        Ok(OutputTables { emotions: ProbabilityTable::new(clips, emotions)?, labels })
    }
}

/// What a model gave for named clips, as the files of a result hold it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputTables {
    /// Six numbers of each clip.
    pub emotions: ProbabilityTable,
    /// The probability of each label, from a head that gives it.
    pub(crate) labels: Option<LabelTable>,
}

impl OutputTables {
    /// What the model gave, in f32: differences between values are what they were when thresholds were chosen.
    ///
    /// # Errors
    /// None: the values have been checked.
    pub fn outputs(&self) -> Result<ClipOutputs, Error> {
        if let Some(labels) = &self.labels {
            return Ok(ClipOutputs::Labels(labels.probabilities().clone()));
        }
        #[expect(clippy::cast_possible_truncation, reason = "exact: the values were f32")]
        let rows = self.emotions.probabilities().iter().map(|row| row.map(|value| value as f32));
        Ok(ClipOutputs::Emotions(Probabilities::new(rows.collect())?))
    }
}

/// The saliences that labels with these probabilities have on average.
fn mean_saliences(row: &[f32; Label::COUNT]) -> [f32; Emotion::COUNT] {
    let mut mean = [0.0_f64; Emotion::COUNT];
    for (label, &probability) in Label::all().zip(row) {
        for (emotion, percent) in label.components() {
            mean[emotion.index()] += f64::from(percent) / 100.0 * f64::from(probability);
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "the probabilities are f32")]
    mean.map(|value| value as f32)
}

/// The label with the largest expected share of the composite score, from a probability for each label: see
/// [`ExpectedScoreDecoder`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedScore {
    /// The share of ACC_presence in the composite, from 0 to 1: that of the recipe.
    pub presence_weight: f64,
    /// The share of the training clips that are blends, from 0 to 1.
    pub blend_share: f64,
}

impl ExpectedScore {
    /// For the share of blends among these labels.
    pub fn of_training(presence_weight: f64, labels: &[Label]) -> Self {
        let blends = labels.iter().filter(|label| label.is_blend()).count();
        Self { presence_weight, blend_share: blends as f64 / labels.len().max(1) as f64 }
    }
}

/// How a model's outputs become labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Six numbers by alpha and beta.
    Thresholds(Thresholds),
    /// Probabilities of the labels by what a label is worth on average.
    ExpectedScore(ExpectedScore),
}

impl From<Thresholds> for Decision {
    fn from(thresholds: Thresholds) -> Self {
        Self::Thresholds(thresholds)
    }
}

impl Decision {
    /// That of a stored result: by the expected score where it has one, else by thresholds.
    pub(crate) fn of_result(expected_score: Option<ExpectedScore>, thresholds: Thresholds) -> Self {
        expected_score.map_or(Self::Thresholds(thresholds), Self::ExpectedScore)
    }

    /// The expected score, of a head that gives labels.
    pub fn expected_score(self) -> Option<ExpectedScore> {
        match self {
            Self::ExpectedScore(score) => Some(score),
            Self::Thresholds(_) => None,
        }
    }

    /// The thresholds, of a head that gives six numbers.
    pub fn thresholds(self) -> Option<Thresholds> {
        match self {
            Self::Thresholds(thresholds) => Some(thresholds),
            Self::ExpectedScore(_) => None,
        }
    }

    /// The label of each clip.
    ///
    /// # Errors
    /// [`Error::OtherHead`] for outputs of a head that is decided in the other way; [`Error::Eval`] for an expected score
    /// whose numbers are out of range.
    pub fn decode(self, outputs: &ClipOutputs) -> Result<Vec<Label>, Error> {
        match (self, outputs) {
            (Self::Thresholds(thresholds), ClipOutputs::Emotions(rows)) => Ok(decode_all(rows, thresholds)),
            (Self::ExpectedScore(score), ClipOutputs::Labels(rows)) => {
                let decoder = ExpectedScoreDecoder::new(score.presence_weight, score.blend_share)?;
                Ok(decoder.decode_all(rows))
            }
            _ => Err(Error::OtherHead),
        }
    }

    /// What the labels score.
    ///
    /// # Errors
    /// Those of [`decode`](Self::decode); [`Error::Eval`] unless there is one label per clip.
    pub fn score(self, outputs: &ClipOutputs, labels: &[Label]) -> Result<Scores, Error> {
        Ok(Scores::of_labels(labels, &self.decode(outputs)?)?)
    }
}
