//! What a held-out test is of: two tables of features, or the clips of two partitions.

use std::ops::ControlFlow;

use blemore_data::Metadata;
use blemore_features::Origin;
use blemore_hash::{Hash, Hasher};
use blemore_labels::Label;
use blemore_models::{
    ClipOutputs, FineTuneStep, FineTunedModel, Footprint, Model, RandomSource, Snapshots, Trainer,
};
use blemore_run::{Architecture, Device, EncoderFusion, EncoderWeight, Recipe};

use crate::cross_validation::{Weights, fit_or_start_over};
use crate::epochs::Epochs;
use crate::scheduler::Place;
use crate::{ClipPartition, Error, Partition};

/// The training and the test partition.
#[derive(Clone, Debug)]
pub(super) enum Parts<'a> {
    /// For models of features.
    Features { train: Partition<'a>, test: Partition<'a> },
    /// For a whole network.
    Clips { train: Box<ClipPartition<'a>>, test: Box<ClipPartition<'a>> },
}

/// What was trained on the whole training partition, and what it gives for the test clips.
pub(super) struct TrainedOnAll {
    pub(super) outputs: ClipOutputs,
    /// The weights of the gate of gated fusion on the test clips.
    pub(super) encoders: Vec<EncoderWeight>,
    pub(super) weights: Weights,
}

impl<'a> Parts<'a> {
    /// The name of the feature set.
    pub(super) fn features(&self) -> &str {
        match self {
            Self::Features { train, .. } => train.features(),
            Self::Clips { train, .. } => train.features(),
        }
    }

    /// Of training and of test.
    pub(super) fn metadata(&self) -> [&'a Metadata; 2] {
        match self {
            Self::Features { train, test } => [train.metadata(), test.metadata()],
            Self::Clips { train, test } => [train.metadata(), test.metadata()],
        }
    }

    /// The hashes of both partitions.
    pub(super) fn keys(&self) -> [Hash; 2] {
        match self {
            Self::Features { train, test } => [train.key(), test.key()],
            Self::Clips { train, test } => [train.key(), test.key()],
        }
    }

    /// How the features were made, where that is known.
    pub(super) fn origins(&self) -> &[Origin] {
        match self {
            Self::Features { train, .. } => train.origins(),
            Self::Clips { train, .. } => std::slice::from_ref(train.origin()),
        }
    }

    /// Memory of what all models share, in bytes.
    pub(super) fn n_bytes(&self) -> usize {
        match self {
            Self::Features { train, test } => train.n_bytes_with(test),
            Self::Clips { .. } => 0,
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
            Self::Features { train, .. } => train.footprint(recipe, device, model),
            Self::Clips { .. } => Ok(ClipPartition::FOOTPRINT),
        }
    }

    /// A key with what else a result depends on where encoders are weighed.
    pub(super) fn with_encoders(&self, key: Hasher, fusion: EncoderFusion) -> Hasher {
        match self {
            Self::Features { train, .. } => train.with_encoders(key, fusion),
            Self::Clips { .. } => key,
        }
    }

    /// Trains a model on all training clips, or continues, and computes what it gives for the test clips.
    pub(super) fn train(
        &self,
        (recipe, labels): (&Recipe, &[Label]),
        model: &Architecture,
        place: Place,
        (snapshots, epochs): (&Snapshots, &Epochs<'_>),
        source: &RandomSource,
        on_epoch: &mut dyn FnMut(),
    ) -> Result<TrainedOnAll, Error> {
        match self {
            Self::Features { train, test } => {
                let standardizer = train.standardizer(&all(train.metadata()))?;
                let inputs = test.inputs(&standardizer, &all(test.metadata()))?;
                let examples = train.examples(&standardizer, &all(train.metadata()), labels)?;
                let examples = train.aligned(recipe, examples, &inputs)?;
                let trainer = Trainer::new(recipe.clone(), model.clone())?;
                let trainer = trainer.device(place.device).threads(place.threads);
                let fit = || -> Result<Model, blemore_models::Error> {
                    let fit = trainer.fit(&examples).snapshots(snapshots).on_epoch(|_| {
                        on_epoch();
                        ControlFlow::Continue(())
                    });
                    fit.run(&mut source.clone())
                };
                let model = fit_or_start_over(snapshots, epochs, fit)?;
                let outputs = model.outputs(inputs.clone())?;
                let encoders = train.named_weights(model.encoder_weights(inputs)?);
                let weights = Weights::Model { model, standardizer, encoders: train.encoder_names() };
                Ok(TrainedOnAll { outputs, encoders, weights })
            }
            Self::Clips { train, test } => {
                let clips = all(train.metadata());
                let fit = || -> Result<FineTunedModel, blemore_models::Error> {
                    let tuner = train.tuner(recipe, place)?;
                    let examples = train.examples(&clips, labels)?;
                    let fit = tuner.fit(train.checkpoint(), examples).snapshots(snapshots);
                    let fit = fit.on_step(|step| {
                        if let FineTuneStep::Epoch(_) = step {
                            on_epoch();
                        }
                        ControlFlow::Continue(())
                    });
                    fit.run(source)
                };
                let model = fit_or_start_over(snapshots, epochs, fit)?;
                let outputs = model.outputs(test.inputs(), &all(test.metadata()), place.threads)?;
                let (encoders, origin) = (Vec::new(), train.origin().clone());
                Ok(TrainedOnAll {
                    outputs,
                    encoders,
                    weights: Weights::Network { model: Box::new(model), origin },
                })
            }
        }
    }
}

/// The rows of all clips.
fn all(metadata: &Metadata) -> Vec<usize> {
    (0..metadata.clips().len()).collect()
}
