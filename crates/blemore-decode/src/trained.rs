//! What was learned: a small file that decodes clips without labels.

use std::path::Path;

use blemore_base::{atomic_write, read_input};
use blemore_eval::{
    ArgmaxDecoder, Decoder, ExpectedScoreDecoder, LabelModel, PUBLISHED_PRESENCE_WEIGHT, Probabilities,
    Thresholds, decode_all,
};
use blemore_labels::Label;
use serde::{Deserialize, Serialize};

use crate::fusion::{Fusion, Temperature, fuse};
use crate::learned::Learned;
use crate::{ByActor, Error, Outputs, Training};

/// The name of the format of decoder files, and its version.
const FORMAT: &str = "blemore-decoder-1";

/// What a [`Recipe`](crate::Recipe) has learned, to decode clips without labels. It goes into a small JSON file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedDecoder {
    format: String,
    systems: Vec<String>,
    #[serde(flatten)]
    kind: Kind,
}

/// From several systems to one row of six probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Front {
    weights: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    temperature: Option<Temperature>,
}

/// A model of the labels behind six probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Modelled {
    #[serde(flatten)]
    front: Front,
    model: [f64; 4],
    /// The share of blends among the training clips.
    blend_share: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decoder", rename_all = "kebab-case")]
pub(crate) enum Kind {
    Thresholds {
        #[serde(flatten)]
        front: Front,
        alpha: f64,
        beta: f64,
    },
    Argmax(Modelled),
    ExpectedScore(Modelled),
    Learned(Learned),
}

impl Front {
    pub(crate) fn fit(training: &Training, fusion: Fusion, calibrated: bool) -> Result<Self, Error> {
        let mut front = Self { weights: fusion.weights(training)?, temperature: None };
        if calibrated {
            front.temperature = Some(Temperature::fit(&front.apply(training.outputs())?, training.labels())?);
        }
        Ok(front)
    }

    /// The weighted mean, calibrated where a temperature was fitted.
    pub(crate) fn apply(&self, outputs: &Outputs) -> Result<Probabilities<f64>, Error> {
        let fused = fuse(outputs, &self.weights)?;
        match self.temperature {
            Some(temperature) => temperature.apply(&fused),
            None => Ok(fused),
        }
    }
}

impl Modelled {
    pub(crate) fn fit(training: &Training, fusion: Fusion, calibrated: bool) -> Result<Self, Error> {
        let front = Front::fit(training, fusion, calibrated)?;
        let fused = front.apply(training.outputs())?;
        let model = LabelModel::fit(&blemore_eval::Training::new(&fused, training.labels())?)?.parameters();
        Ok(Self { front, model, blend_share: training.blend_share() })
    }

    fn decode<D: Decoder<f64, { Label::COUNT }>>(
        &self,
        outputs: &Outputs,
        decoder: &D,
    ) -> Result<Vec<Label>, Error> {
        let model = LabelModel::from_parameters(self.model);
        Ok(decoder.decode_all(&model.posteriors(&self.front.apply(outputs)?)?))
    }
}

impl Kind {
    pub(crate) fn thresholds(front: Front, thresholds: Thresholds) -> Self {
        Self::Thresholds { front, alpha: thresholds.alpha, beta: thresholds.beta }
    }
}

impl TrainedDecoder {
    pub(crate) fn new(systems: &[String], kind: Kind) -> Self {
        Self { format: FORMAT.to_owned(), systems: systems.to_vec(), kind }
    }

    /// The published decoder at given thresholds, on the mean of some systems.
    ///
    /// ```
    /// use blemore_decode::TrainedDecoder;
    /// use blemore_eval::Thresholds;
    ///
    /// let decoder = TrainedDecoder::of_thresholds(["mine"], Thresholds { alpha: 0.1, beta: 0.2 });
    /// assert_eq!(decoder.systems(), ["mine"]);
    /// ```
    pub fn of_thresholds<N: Into<String>>(
        systems: impl IntoIterator<Item = N>,
        thresholds: Thresholds,
    ) -> Self {
        let systems: Vec<String> = systems.into_iter().map(Into::into).collect();
        let weights = vec![1.0 / systems.len().max(1) as f64; systems.len()];
        Self::new(&systems, Kind::thresholds(Front { weights, temperature: None }, thresholds))
    }

    /// Reads a decoder file.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::NotADecoder`] for a file of another format or with numbers that do not fit.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let not_one = |problem: String| Error::NotADecoder { path: path.to_owned(), problem };
        let bytes = read_input(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let decoder: Self = serde_json::from_slice(&bytes).map_err(|error| not_one(error.to_string()))?;
        match decoder.fault() {
            Some(problem) => Err(not_one(problem)),
            None => Ok(decoder),
        }
    }

    /// Writes the decoder as JSON; the file is there whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let written = atomic_write(path, |mut file| {
            serde_json::to_writer(&mut file, self)?;
            writeln!(file)
        });
        written.map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    fn fault(&self) -> Option<String> {
        if self.format != FORMAT {
            return Some(format!("the format is {:?}, expected {FORMAT:?}", self.format));
        }
        let (front, numbers) = match &self.kind {
            Kind::Learned(learned) => return learned.fault(self.systems.len()),
            Kind::Thresholds { front, alpha, beta } => (front, vec![*alpha, *beta]),
            Kind::Argmax(Modelled { front, model, blend_share })
            | Kind::ExpectedScore(Modelled { front, model, blend_share }) => {
                if !(0.0..=1.0).contains(blend_share) {
                    return Some("the share of blends is not between 0 and 1".to_owned());
                }
                (front, model.to_vec())
            }
        };
        let weights_fit = front.weights.len() == self.systems.len()
            && front.weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
            && front.weights.iter().sum::<f64>() > 0.0;
        if !weights_fit {
            return Some("the weights are not one number from 0 on for each system".to_owned());
        }
        let temperature = front.temperature.map(Temperature::value);
        if numbers.iter().any(|number| !number.is_finite())
            || temperature.is_some_and(|t| !t.is_finite() || t <= 0.0)
        {
            return Some("a number is not finite".to_owned());
        }
        None
    }

    /// The names of the systems that it was learned from, in the order in which it takes them.
    pub fn systems(&self) -> &[String] {
        &self.systems
    }

    /// Whether it looks at all clips of an actor together.
    pub fn by_actor(&self) -> ByActor {
        match &self.kind {
            Kind::Learned(learned) => learned.by_actor,
            _ => ByActor::default(),
        }
    }

    /// The thresholds, of a decoder that has them.
    pub fn thresholds(&self) -> Option<Thresholds> {
        match self.kind {
            Kind::Thresholds { alpha, beta, .. } => Some(Thresholds { alpha, beta }),
            _ => None,
        }
    }

    /// The strength of the prior of a learned decoder, as the folds chose it.
    pub fn strength(&self) -> Option<f64> {
        match &self.kind {
            Kind::Learned(learned) => Some(learned.strength),
            _ => None,
        }
    }

    /// The label of each clip; where actors must be known, the clips' names tell them.
    ///
    /// # Errors
    /// As [`TrainedDecoder::decode_with_actors`], and [`Error::UnknownActor`].
    pub fn decode(&self, outputs: &Outputs) -> Result<Vec<Label>, Error> {
        let by_actor = self.by_actor();
        let actors = if by_actor.is_used() { outputs.actors("this decoder")? } else { Vec::new() };
        self.decode_known(outputs, &actors)
    }

    /// The label of each of N clips, with the actor of each.
    ///
    /// # Errors
    /// [`Error::SystemCount`] unless there are as many systems as it was learned from, [`Error::LengthMismatch`].
    pub fn decode_with_actors(&self, outputs: &Outputs, actors: &[String]) -> Result<Vec<Label>, Error> {
        outputs.check_parallel("actors", actors.len())?;
        self.decode_known(outputs, actors)
    }

    fn decode_known(&self, outputs: &Outputs, actors: &[String]) -> Result<Vec<Label>, Error> {
        if outputs.systems().len() != self.systems.len() {
            let expected = match self.systems.len() {
                1 => "1 system".to_owned(),
                several => format!("{several} systems"),
            };
            let (names, found) = (self.systems.join(", "), outputs.systems().len());
            return Err(Error::SystemCount { expected, names, found });
        }
        match &self.kind {
            Kind::Learned(learned) => learned.decode(outputs, actors),
            Kind::Thresholds { front, alpha, beta } => {
                Ok(decode_all(&front.apply(outputs)?, Thresholds { alpha: *alpha, beta: *beta }))
            }
            Kind::Argmax(modelled) => modelled.decode(outputs, &ArgmaxDecoder),
            Kind::ExpectedScore(modelled) => {
                let decoder = ExpectedScoreDecoder::new(PUBLISHED_PRESENCE_WEIGHT, modelled.blend_share)?;
                modelled.decode(outputs, &decoder)
            }
        }
    }
}
