//! A trained model with everything that predictions need, in one file.

use std::fmt::Display;
use std::path::Path;

use blemore_eval::{ExpectedScoreDecoder, Probabilities, Thresholds};
use blemore_features::{FeatureRows, Origin, Standardizer, is_other_order};
use blemore_labels::{ClipName, Emotion, Label};
use serde::{Deserialize, Serialize};

use crate::files::{Archive, Contents, check_format, take, weight_name};
use crate::training_clips::TrainingClips;
use crate::{ClipOutputs, Decision, Error, ExpectedScore, Layer, Model, ModelShape, Recipe};

/// What the errors call it.
const KIND: &str = "checkpoint";
/// What a checkpoint's description says that it is.
const FORMAT: &str = "blemore checkpoint 2";
/// Names of the arrays.
const LAYERS: &str = "layers";
const THRESHOLDS: &str = "thresholds";
const EXPECTED_SCORE: &str = "expected_score";
const MEAN: &str = "standardizer.mean";
const DEVIATION: &str = "standardizer.deviation";

/// A model, the standardisation and the decision that it was validated with, and what it was trained on and how.
///
/// One safetensors file holds it: the arrays `layers.0.weight`, shape `(outputs, inputs)`, `layers.0.bias` and so on as
/// f32, `standardizer.mean` and `standardizer.deviation`, shape `(D,)`, and `thresholds` (alpha, beta) as f64, or
/// `expected_score` (presence weight, share of blends) where the head gives labels. The metadata key `blemore` has the rest
/// as JSON: architecture, order of the outputs, feature set and how it was made, width, the whole recipe as TOML, and the
/// SHA-256 of each array and of the JSON itself. Equal checkpoints are equal bytes.
///
/// ```
/// use blemore_eval::Thresholds;
/// use blemore_features::{FeatureTable, Standardizer};
/// use blemore_models::{Architecture, Checkpoint, Model, RandomSource, Recipe};
/// use ndarray::array;
///
/// let clips = ["test_0001".parse()?, "test_0002".parse()?];
/// let table = FeatureTable::new(clips, array![[1.0, 7.0], [3.0, 9.0]])?;
/// let model = Model::untrained(&Architecture::linear(), 2, &mut RandomSource::reference(42));
/// let standardizer = Standardizer::fit(&table)?;
/// let thresholds = Thresholds { alpha: 0.1, beta: 0.15 };
/// let checkpoint = Checkpoint::new(model, Recipe::default(), standardizer, thresholds, "wavlm")?;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("checkpoint.safetensors");
/// checkpoint.write(&path)?;
/// let restored = Checkpoint::read(&path)?;
/// assert_eq!(restored, checkpoint);
/// assert_eq!(restored.predict(&table)?, checkpoint.predict(&table)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    model: Model,
    recipe: Recipe,
    standardizer: Standardizer,
    decision: Decision,
    feature_set: String,
    training_clips: TrainingClips,
    origins: Vec<Origin>,
    encoder_names: Vec<String>,
}

/// What the metadata of the file says.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: String,
    architecture: String,
    outputs: Vec<String>,
    feature_set: String,
    width: usize,
    recipe: String,
    /// Eight hexadecimal digits per clip.
    training_clips: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    origins: Vec<Origin>,
    /// The columns of each encoder, with gated fusion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    encoders: Vec<usize>,
    /// The encoders of a table that was made of several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    encoder_names: Vec<String>,
}

impl Checkpoint {
    /// Joins a trained model with its recipe, standardisation and thresholds, or the expected score of a head that gives
    /// labels.
    ///
    /// `feature_set` names the features for people (`wavlm`, `imagebind+wavlm`); errors quote it.
    ///
    /// # Errors
    /// [`Error::WidthMismatch`] when the standardisation is for another number of features than the model,
    /// [`Error::InvalidThresholds`] for thresholds that are not finite, [`Error::Run`] for a decision that is not of the
    /// model's head, [`Error::OtherFusion`], and those of [`Recipe::validate`].
    pub fn new(
        model: Model,
        recipe: Recipe,
        standardizer: Standardizer,
        decision: impl Into<Decision>,
        feature_set: impl Into<String>,
    ) -> Result<Self, Error> {
        recipe.validate()?;
        if standardizer.width() != model.width() {
            let (expected, found) = (model.width(), standardizer.width());
            return Err(Error::WidthMismatch { part: "standardisation", expected, found });
        }
        let decision = decision.into();
        if decision.expected_score().is_some() != model.head().gives_labels() || recipe.head != model.head() {
            return Err(blemore_run::Error::OtherHead.into());
        }
        let (expected, found) = (model.shape().fusion(), recipe.fusion);
        if expected != found {
            return Err(Error::OtherFusion { expected, found });
        }
        if let Some(Thresholds { alpha, beta }) = decision.thresholds()
            && !(alpha.is_finite() && beta.is_finite())
        {
            return Err(Error::InvalidThresholds { alpha, beta });
        }
        if let Some(ExpectedScore { presence_weight, blend_share }) = decision.expected_score() {
            ExpectedScoreDecoder::new(presence_weight, blend_share)?;
        }
        Ok(Self {
            model,
            recipe,
            standardizer,
            decision,
            feature_set: feature_set.into(),
            training_clips: TrainingClips::default(),
            origins: Vec::new(),
            encoder_names: Vec::new(),
        })
    }

    /// Notes the clips that it was trained on, as short hashes of their names: two clips in four thousand million have the
    /// same.
    #[must_use]
    pub fn trained_on<'a>(mut self, clips: impl IntoIterator<Item = &'a ClipName>) -> Self {
        self.training_clips = TrainingClips::of(clips);
        self
    }

    /// Notes how its features were made, encoder by encoder in the order of their columns.
    #[must_use]
    pub fn with_origins(mut self, origins: &[Origin]) -> Self {
        self.origins = origins.to_vec();
        self
    }

    /// Notes the encoders of its features, in the order of their columns. Features with the same encoders in another order
    /// are refused then.
    #[must_use]
    pub fn with_encoder_names(mut self, names: Vec<String>) -> Self {
        self.encoder_names = names;
        self
    }

    /// How its features were made, encoder by encoder in the order of their columns; none where that is not known.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Whether it was trained on this clip, as far as it was told ([`trained_on`](Self::trained_on)).
    pub fn has_seen(&self, clip: &ClipName) -> bool {
        self.training_clips.has(clip)
    }

    /// Writes the file, whole or not at all, over one that is there; makes the folders above it.
    ///
    /// # Errors
    /// [`Error::Write`], and [`Error::Run`] for a recipe without a TOML form.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let description = Description {
            format: FORMAT.to_owned(),
            architecture: self.model.architecture().to_string(),
            outputs: output_names(),
            feature_set: self.feature_set.clone(),
            width: self.model.width(),
            recipe: self.recipe.to_toml()?,
            training_clips: self.training_clips.to_string(),
            origins: self.origins.clone(),
            encoders: self.model.shape().encoders().to_vec(),
            encoder_names: self.encoder_names.clone(),
        };
        let (name, numbers) = match self.decision {
            Decision::Thresholds(Thresholds { alpha, beta }) => (THRESHOLDS, [alpha, beta]),
            Decision::ExpectedScore(score) => (EXPECTED_SCORE, [score.presence_weight, score.blend_share]),
        };
        let mut archive = Archive::new(&description);
        archive.push(name, &[numbers.len()], &numbers[..]);
        archive.push(MEAN, &[self.standardizer.width()], self.standardizer.mean());
        archive.push(DEVIATION, &[self.standardizer.width()], self.standardizer.deviation());
        archive.push_layers(LAYERS, self.model.layers().iter().map(Layer::values));
        archive.write(path)
    }

    /// Reads a file that [`Checkpoint::write`] wrote.
    ///
    /// # Errors
    /// [`Error::Read`] for a file that cannot be read; [`Error::UnusableFile`], which names the file, with every fault
    /// found: cut off, of another program, an array missing or of the wrong shape, outputs in another order.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let mut contents = Contents::open(path.as_ref(), KIND)?;
        Self::parse(&mut contents).map_err(|faults| contents.unusable(faults))
    }

    fn parse(contents: &mut Contents) -> Result<Self, Vec<String>> {
        let description: Description = contents.description().map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        take(&mut faults, check_format(&description.format, FORMAT));
        take(&mut faults, check_outputs(&description.outputs));
        let architecture = take(&mut faults, usable("architecture", description.architecture.parse()));
        let recipe = take(&mut faults, usable("recipe", Recipe::from_toml(&description.recipe)));
        let width = take(&mut faults, description.width(contents));
        let training_clips = take(&mut faults, description.training_clips.parse()).unwrap_or_default();
        let (Some(architecture), Some(recipe), Some(width)) = (architecture, recipe, width) else {
            return Err(faults);
        };
        let gives_labels = recipe.head.gives_labels();
        let name = if gives_labels { EXPECTED_SCORE } else { THRESHOLDS };
        let numbers = take(&mut faults, contents.array::<f64>(name, &[2]));
        if let (true, Some(&[presence_weight, blend_share])) = (gives_labels, numbers.as_deref()) {
            take(
                &mut faults,
                usable(EXPECTED_SCORE, ExpectedScoreDecoder::new(presence_weight, blend_share)),
            );
        }
        let mean = take(&mut faults, contents.array(MEAN, &[width]));
        let deviation = take(&mut faults, contents.array(DEVIATION, &[width]));
        let standardizer = mean.zip(deviation).and_then(|(mean, deviation)| {
            take(&mut faults, usable("standardisation", Standardizer::new(mean, deviation)))
        });
        let shape = ModelShape::new(&recipe, &architecture, width, &description.encoders);
        let shape = take(&mut faults, usable("model", shape));
        let layers =
            shape.as_ref().map(|shape| contents.layers(LAYERS, shape)).unwrap_or_else(|| Ok(Vec::new()));
        let layers = layers.map_err(|found| faults.extend(found)).ok();
        match (numbers.as_deref(), standardizer, shape.zip(layers)) {
            (Some(&[first, second]), Some(standardizer), Some((shape, layers))) if faults.is_empty() => {
                let model = Model::from_layers(shape, layers);
                let decision = if gives_labels {
                    Decision::ExpectedScore(ExpectedScore { presence_weight: first, blend_share: second })
                } else {
                    Decision::Thresholds(Thresholds { alpha: first, beta: second })
                };
                let Description { feature_set, origins, encoder_names, .. } = description;
                Ok(Self {
                    model,
                    recipe,
                    standardizer,
                    decision,
                    feature_set,
                    training_clips,
                    origins,
                    encoder_names,
                })
            }
            _ => Err(faults),
        }
    }

    /// The model, which takes standardised features.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What it was trained with.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The means and deviations of the features that it was trained on.
    pub fn standardizer(&self) -> &Standardizer {
        &self.standardizer
    }

    /// How its outputs become labels: by the thresholds of its best epoch, or by the expected score.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// The name of the features that it was trained on.
    pub fn feature_set(&self) -> &str {
        &self.feature_set
    }

    /// Six probabilities of each clip, shape `(clips, 6)`, whatever the head: [`ClipOutputs::emotions`] of what
    /// [`Checkpoint::outputs`] gives.
    ///
    /// # Errors
    /// Those of [`Checkpoint::outputs`].
    pub fn probabilities<'a>(
        &self,
        features: impl Into<FeatureRows<'a>>,
    ) -> Result<Probabilities<f32>, Error> {
        Ok(self.outputs(features)?.emotions()?)
    }

    /// What the head gives for each clip, from features that are not standardised: a whole table, or some of its rows. Clips
    /// are in the order of [`FeatureRows::clips`]; for a table, this is the order of its clips. [`Model::outputs`] says what
    /// it does with clips of several rows.
    ///
    /// # Errors
    /// [`Error::OtherFeatures`] for features of another width, [`Error::EncoderOrder`], and those of [`Model::outputs`].
    pub fn outputs<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<ClipOutputs, Error> {
        let features = features.into();
        let (expected, found) = (self.model.width(), features.width());
        if found != expected {
            return Err(Error::OtherFeatures { feature_set: self.feature_set.clone(), expected, found });
        }
        let found = features.encoder_names();
        if is_other_order(&self.encoder_names, &found) {
            return Err(Error::EncoderOrder { expected: self.encoder_names.clone(), found });
        }
        self.model.outputs(self.standardizer.apply(features)?)
    }

    /// The label of each clip by the checkpoint's decision, from features that are not standardised.
    ///
    /// # Errors
    /// Those of [`Checkpoint::outputs`].
    pub fn predict<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Vec<Label>, Error> {
        Ok(self.decision.decode(&self.outputs(features)?)?)
    }
}

impl Description {
    /// The number of features, which must be that of the first layer, or of the first layers of all encoders.
    fn width(&self, contents: &Contents) -> Result<usize, String> {
        let inputs =
            |layer: usize| Ok(contents.info(&weight_name(LAYERS, layer))?.shape.last().copied().unwrap_or(0));
        let found = (0..self.encoders.len().max(1)).map(inputs).sum::<Result<usize, String>>()?;
        let said = self.width;
        if said == found {
            Ok(found)
        } else {
            Err(format!("it gives {said} features, but its arrays are for {found}"))
        }
    }
}

fn usable<T, E: Display>(what: &str, value: Result<T, E>) -> Result<T, String> {
    value.map_err(|problem| format!("its {what} cannot be used: {problem}"))
}

/// The emotions in the order of the outputs.
fn output_names() -> Vec<String> {
    Emotion::ALL.iter().map(Emotion::to_string).collect()
}

fn check_outputs(found: &[String]) -> Result<(), String> {
    let (expected, found) = (output_names().join(", "), found.join(", "));
    if found == expected { Ok(()) } else { Err(format!("its outputs are {found}, expected {expected}")) }
}
