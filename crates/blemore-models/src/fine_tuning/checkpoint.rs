//! A fine-tuned network with everything that predictions need, in one file.

use std::path::Path;

use blemore_encoders::{HiCmaeConfig, TrainableHiCmae, WeightFile};
use blemore_eval::Thresholds;
use blemore_features::Origin;
use blemore_labels::ClipName;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::files::{Archive, Contents, check_format, take};
use crate::libtorch::{torch_device, values};
use crate::training_clips::TrainingClips;
use crate::{Decision, Device, Error, FineTunedModel, Recipe};

/// What the errors call it.
const KIND: &str = "checkpoint of a fine-tuned network";
/// What a file's description says that it is.
const FORMAT: &str = "blemore fine-tuned network 2";
/// The part of it that is that of all versions.
const FORMAT_NAME: &str = "blemore fine-tuned network";

/// A fine-tuned network, the thresholds that it was validated with, and what it was trained on and how.
///
/// One safetensors file holds it: the weights under the names of HiCMAE's own checkpoints of fine-tuning, so that whatever
/// reads those reads it. The metadata key `blemore` has the rest as JSON: recipe, thresholds, the checkpoint that training
/// began with, where the faces came from, the clips, and the SHA-256 of each array and of the JSON itself.
#[derive(Debug)]
pub struct FineTunedCheckpoint {
    model: FineTunedModel,
    thresholds: Thresholds,
    origin: Origin,
    training_clips: TrainingClips,
}

/// What the metadata of the file says.
#[derive(Serialize, Deserialize)]
struct Description {
    format: String,
    recipe: String,
    /// Width of one attention head, which no tensor's shape tells.
    head_size: i64,
    thresholds: Thresholds,
    /// The network before training, and where faces came from.
    origin: Origin,
    training_clips: String,
}

impl FineTunedCheckpoint {
    /// Joins a network with its thresholds, and notes what it began with and the clips that it was trained on.
    ///
    /// # Errors
    /// [`Error::Run`] for a decision without thresholds; [`Error::InvalidThresholds`] for some that are not finite.
    pub fn new<'c>(
        model: FineTunedModel,
        decision: impl Into<Decision>,
        origin: Origin,
        trained_on: impl IntoIterator<Item = &'c ClipName>,
    ) -> Result<Self, Error> {
        let thresholds = decision.into().thresholds().ok_or(blemore_run::Error::OtherHead)?;
        let Thresholds { alpha, beta } = thresholds;
        if !(alpha.is_finite() && beta.is_finite()) {
            return Err(Error::InvalidThresholds { alpha, beta });
        }
        Ok(Self { model, thresholds, origin, training_clips: TrainingClips::of(trained_on) })
    }

    /// The network.
    pub fn model(&self) -> &FineTunedModel {
        &self.model
    }

    /// How outputs become labels: by the thresholds of its best epoch, or of the best fold.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// The network before training, and where faces came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether it was trained on this clip.
    pub fn has_seen(&self, clip: &ClipName) -> bool {
        self.training_clips.has(clip)
    }

    /// Writes the file, whole or not at all, over one that is there; makes the folders above it.
    ///
    /// # Errors
    /// [`Error::Write`]; [`Error::Run`] for a recipe without a TOML form.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let mut archive = Archive::new(Description {
            format: FORMAT.to_owned(),
            recipe: self.model.recipe.to_toml()?,
            head_size: self.model.config().head_size,
            thresholds: self.thresholds,
            origin: self.origin.clone(),
            training_clips: self.training_clips.to_string(),
        });
        for weight in self.model.network.weights() {
            archive.push(weight.name.clone(), &shape(&weight.tensor), values(&weight.tensor)?);
        }
        archive.write(path.as_ref())
    }

    /// Whether a file says that it holds a fine-tuned network. Its arrays are not read.
    ///
    /// # Errors
    /// [`Error::Read`]. A file that is no checkpoint at all is not one of these.
    pub fn is_in(path: impl AsRef<Path>) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Format {
            format: String,
        }
        let mut contents = match Contents::open(path.as_ref(), KIND) {
            Err(Error::UnusableFile { .. }) => return Ok(false),
            contents => contents?,
        };
        Ok(contents.description::<Format>().is_ok_and(|found| found.format.starts_with(FORMAT_NAME)))
    }

    /// Reads a file that [`FineTunedCheckpoint::write`] wrote.
    ///
    /// # Errors
    /// [`Error::Read`] for a file that cannot be read; [`Error::UnusableFile`], which names the file, for one that is cut
    /// off, changed or another's; [`Error::Encoders`] for weights of no HiCMAE; [`Error::NoSuchDevice`].
    pub fn read(path: impl AsRef<Path>, device: Device) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut contents = Contents::open(path, KIND)?;
        let description = contents.description::<Description>();
        let description = description.map_err(|fault| contents.unusable(vec![fault]))?;
        let mut faults = Vec::new();
        take(&mut faults, check_format(&description.format, FORMAT));
        let recipe = Recipe::from_toml(&description.recipe);
        let recipe =
            take(&mut faults, recipe.map_err(|problem| format!("its recipe cannot be used: {problem}")));
        let training_clips = take(&mut faults, description.training_clips.parse::<TrainingClips>());
        let (Some(recipe), Some(training_clips), true) = (recipe, training_clips, faults.is_empty()) else {
            return Err(contents.unusable(faults));
        };
        let config = HiCmaeConfig { head_size: description.head_size, ..HiCmaeConfig::BASE };
        // A file of ours has a head; its scale and seed are not used.
        let mut file = WeightFile::open(path)?;
        let network = TrainableHiCmae::load(&config, &mut file, 0.0, 0, torch_device(device)?)?;
        let mut model = FineTunedModel { network, recipe };
        // What is used is what the hashes are of.
        let read = model.network.weights().iter().map(|weight| {
            let values = contents.array::<f32>(&weight.name, &shape(&weight.tensor));
            let values = values.map_err(|fault| contents.unusable(vec![fault]))?;
            Ok(Tensor::f_from_slice(&values)?.f_view(weight.tensor.size().as_slice())?)
        });
        let weights = read.collect::<Result<Vec<_>, Error>>()?;
        model.set_weights(&weights)?;
        let Description { thresholds, origin, .. } = description;
        Ok(Self { model, thresholds, origin, training_clips })
    }
}

fn shape(tensor: &Tensor) -> Vec<usize> {
    tensor.size().iter().map(|size| *size as usize).collect()
}
