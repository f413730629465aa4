//! A partition of clips: what a whole network is trained on.

use std::path::{Path, PathBuf};

use blemore_data::Metadata;
use blemore_encoders::{FaceClips, HiCmaeConfig};
use blemore_features::Origin;
use blemore_hash::Hash;
use blemore_labels::Label;
use blemore_media::WeightsOrigin;
use blemore_models::{ClipExamples, FineTuner, Footprint};
use blemore_run::Recipe;
use blemore_run::results::of_data;

use crate::Error;
use crate::scheduler::Place;

/// The clips of a metadata table with their faces and sound, and the checkpoint that training begins with.
#[derive(Clone, Debug)]
pub struct ClipPartition<'a> {
    features: String,
    clips: &'a FaceClips,
    metadata: &'a Metadata,
    checkpoint: PathBuf,
    origin: Origin,
    config: HiCmaeConfig,
    recomputes: bool,
    key: Hash,
}

impl<'a> ClipPartition<'a> {
    /// What the fit of a network needs: all of the machine, so that fits go one after the other.
    pub(crate) const FOOTPRINT: Footprint = Footprint { bytes: usize::MAX, uses_threads: true };

    /// The clips of the metadata, in its order; `features` is what results call the network.
    ///
    /// # Errors
    /// [`Error::OtherClips`] unless there is one clip per row of the metadata; [`Error::Encoders`] for a checkpoint that
    /// cannot be read.
    pub fn new(
        features: impl Into<String>,
        clips: &'a FaceClips,
        metadata: &'a Metadata,
        checkpoint: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        let (expected, found) = (metadata.clips().len(), clips.len());
        if expected != found {
            return Err(Error::OtherClips { expected, found });
        }
        let checkpoint = checkpoint.into();
        let origin = Origin { recipe: clips.recipe(&checkpoint)?, statistics: Vec::new() };
        let mut key = of_data().text("clips").text(&weights_of(&origin));
        for (row, record) in metadata.clips().iter().enumerate() {
            key = key.text(record.clip.as_str()).text(&record.actor);
            key = key.text(&record.label.map(|label| label.to_string()).unwrap_or_default());
            for stamp in clips.stamps(row) {
                key = key.text(&stamp.sha256.to_string());
            }
        }
        let (features, key, config) = (features.into(), key.finish(), HiCmaeConfig::BASE);
        Ok(Self { features, clips, metadata, checkpoint, origin, config, recomputes: false, key })
    }

    /// The same partition for a network with what its tensors do not tell, the size of a head.
    #[must_use]
    pub fn config(self, config: HiCmaeConfig) -> Self {
        let size = usize::try_from(config.head_size).unwrap_or_default();
        let key = of_data().text("heads").text(&self.key.to_string()).numbers(&[size]).finish();
        Self { config, key, ..self }
    }

    /// The same partition, whose activations are computed again instead of kept: [`FineTuner::recompute`].
    #[must_use]
    pub fn recompute(self, recomputes: bool) -> Self {
        Self { recomputes, ..self }
    }

    /// What results call the network.
    pub fn features(&self) -> &str {
        &self.features
    }

    pub(crate) fn metadata(&self) -> &'a Metadata {
        self.metadata
    }

    /// A hash of the clips, their faces, their metadata and the checkpoint.
    pub fn key(&self) -> Hash {
        self.key
    }

    /// The network before training, and where the faces came from.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn inputs(&self) -> &FaceClips {
        self.clips
    }

    pub(crate) fn checkpoint(&self) -> &Path {
        &self.checkpoint
    }

    pub(crate) fn tuner(&self, recipe: &Recipe, place: Place) -> Result<FineTuner, blemore_models::Error> {
        let tuner = FineTuner::new(recipe.clone())?.config(self.config);
        let tuner = tuner.device(place.device).threads(place.threads);
        Ok(if self.recomputes { tuner.recompute() } else { tuner })
    }

    pub(crate) fn examples<'e>(
        &'e self,
        clips: &'e [usize],
        labels: &'e [Label],
    ) -> Result<ClipExamples<'e>, blemore_models::Error> {
        ClipExamples::new(self.clips, clips, labels)
    }
}

/// The hash of the checkpoint, as text.
fn weights_of(origin: &Origin) -> String {
    match &origin.recipe.weights {
        WeightsOrigin::Checkpoint { sha256, .. } | WeightsOrigin::Program { sha256, .. } => {
            sha256.to_string()
        }
        WeightsOrigin::Random { seed } => seed.to_string(),
    }
}
