//! What cells are trained on: a table of features, or clips.

use std::ops::ControlFlow;
use std::path::Path;

use blemore_data::{Metadata, Split};
use blemore_features::{Origin, Standardizer};
use blemore_hash::{Hash, Hasher};
use blemore_labels::{ClipName, Label};
use blemore_models::{
    Checkpoint, ClipOutputs, Decision, EpochRecord, FineTuneStep, FineTuned, FineTunedCheckpoint,
    FineTunedModel, Footprint, Model, RandomSource, Snapshots,
};
use blemore_run::{Architecture, Device, EncoderFusion, EncoderWeight, Recipe};

use crate::scheduler::Place;
use crate::{ClipPartition, Error, Partition};

/// What the cells of a run are trained on.
#[derive(Clone, Debug)]
pub(super) enum Material<'a> {
    /// Models of a table.
    Features(Partition<'a>),
    /// A whole network.
    Clips(Box<ClipPartition<'a>>),
}

impl<'a> Material<'a> {
    pub(super) fn features(&self) -> &str {
        match self {
            Self::Features(partition) => partition.features(),
            Self::Clips(partition) => partition.features(),
        }
    }

    pub(super) fn metadata(&self) -> &'a Metadata {
        match self {
            Self::Features(partition) => partition.metadata(),
            Self::Clips(partition) => partition.metadata(),
        }
    }

    /// How the features were made, where that is known.
    pub(super) fn origins(&self) -> &[Origin] {
        match self {
            Self::Features(partition) => partition.origins(),
            Self::Clips(partition) => std::slice::from_ref(partition.origin()),
        }
    }

    pub(super) fn key(&self) -> Hash {
        match self {
            Self::Features(partition) => partition.key(),
            Self::Clips(partition) => partition.key(),
        }
    }

    /// A key with what else the cells depend on where encoders are weighed.
    pub(super) fn with_encoders(&self, key: Hasher, fusion: EncoderFusion) -> Hasher {
        match self {
            Self::Features(partition) => partition.with_encoders(key, fusion),
            Self::Clips(_) => key,
        }
    }

    /// Memory of what all cells share, in bytes.
    pub(super) fn n_bytes(&self) -> usize {
        match self {
            Self::Features(partition) => partition.n_bytes(),
            Self::Clips(_) => 0,
        }
    }

    /// How much of a machine the fit of a model needs. A network goes alone.
    pub(super) fn footprint(
        &self,
        recipe: &Recipe,
        device: Device,
        model: &Architecture,
    ) -> Result<Footprint, Error> {
        match self {
            Self::Features(partition) => partition.footprint(recipe, device, model),
            Self::Clips(_) => Ok(ClipPartition::FOOTPRINT),
        }
    }
}

/// The result of training a cell.
pub(super) struct TrainedCell {
    /// Every epoch in order.
    pub(super) epochs: Vec<EpochRecord>,
    /// The best of them.
    pub(super) best: EpochRecord,
    /// How outputs become labels.
    pub(super) decision: Decision,
    /// What the model of the best epoch gives for the validation clips.
    pub(super) outputs: ClipOutputs,
    /// The same after every epoch, where that is kept.
    pub(super) epoch_outputs: Vec<ClipOutputs>,
    /// The weights of the gate of gated fusion on the validation clips.
    pub(super) encoders: Vec<EncoderWeight>,
    pub(super) weights: Weights,
}

/// What was trained.
pub(crate) enum Weights {
    /// A model, with the names of its encoders.
    Model {
        model: Model,
        standardizer: Standardizer,
        encoders: Vec<String>,
    },
    Network {
        model: Box<FineTunedModel>,
        origin: Origin,
    },
}

impl Weights {
    /// Writes the checkpoint of what was trained on these clips of a feature set, whose origins are those.
    pub(crate) fn write<'c>(
        self,
        path: &Path,
        (recipe, decision): (&Recipe, Decision),
        (features, origins): (&str, &[Origin]),
        trained_on: impl Iterator<Item = &'c ClipName>,
    ) -> Result<(), Error> {
        match self {
            Self::Network { model, origin } => {
                Ok(FineTunedCheckpoint::new(*model, decision, origin, trained_on)?.write(path)?)
            }
            Self::Model { model, standardizer, encoders } => {
                let checkpoint = Checkpoint::new(model, recipe.clone(), standardizer, decision, features)?;
                let checkpoint = checkpoint.with_origins(origins).with_encoder_names(encoders);
                Ok(checkpoint.trained_on(trained_on).write(path)?)
            }
        }
    }
}

/// Trains a whole network on the clips of a split.
pub(super) fn fine_tune(
    partition: &ClipPartition<'_>,
    (recipe, labels): (&Recipe, &[Label]),
    split: &Split,
    place: Place,
    snapshots: &Snapshots,
    source: &RandomSource,
    on_epoch: &mut dyn FnMut(),
) -> Result<FineTuned, blemore_models::Error> {
    let of = |rows: &[usize]| rows.iter().map(|row| labels[*row]).collect::<Vec<_>>();
    let (train_labels, validation_labels) = (of(&split.train), of(&split.validation));
    let train = partition.examples(&split.train, &train_labels)?;
    let validation = partition.examples(&split.validation, &validation_labels)?;
    let tuner = partition.tuner(recipe, place)?;
    let fit = tuner.fit(partition.checkpoint(), train).validate(validation).snapshots(snapshots);
    let fit = fit.on_step(|step| {
        if let FineTuneStep::Epoch(_) = step {
            on_epoch();
        }
        ControlFlow::Continue(())
    });
    fit.run(source)
}
