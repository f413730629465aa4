//! A fit between two steps.

use tch::{Tensor, no_grad};

use super::inputs::ClipExamples;
use super::network::{Drawn, FineTunedNetwork};
use crate::training::scoring::Scoring;
use crate::training::state::{check_finite, mean};
use crate::{ClipOutputs, EpochRecord, Error, FineTunedModel, RandomSource, Recipe, TrainRecord};

/// A fit between two steps. The end of an epoch, its validation, is a step of its own.
pub(super) struct State<'a> {
    pub(super) network: FineTunedNetwork<'a>,
    recipe: &'a Recipe,
    train: ClipExamples<'a>,
    /// None in a fit on all clips, whose last epoch counts.
    validation: Option<ClipExamples<'a>>,
    scoring: Scoring,
    source: &'a RandomSource,
    /// The losses of the batches of the epoch that is being made.
    pub(super) losses: Vec<f64>,
    /// The records of the epochs that are made; without validation they have a training loss alone.
    pub(super) epochs: Vec<EpochRecord>,
    pub(super) best: Option<Best>,
}

/// The first epoch with the highest composite accuracy so far.
pub(super) struct Best {
    /// Its place among the epochs, from 0.
    pub(super) index: usize,
    /// The values of all weights, in their order.
    pub(super) weights: Vec<Tensor>,
    /// What the network gave for the validation clips.
    pub(super) outputs: ClipOutputs,
}

/// A step that was made.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FineTuneStep {
    /// One of a batch.
    Batch {
        /// The epoch, from 1.
        epoch: usize,
        /// The batch in it, from 1.
        batch: usize,
        /// The loss before the step.
        loss: f64,
    },
    /// The end of an epoch, after its validation if there is one.
    Epoch(TrainRecord),
}

impl<'a> State<'a> {
    /// A fit before its first step.
    pub(super) fn start(
        network: FineTunedNetwork<'a>,
        recipe: &'a Recipe,
        (train, validation): (ClipExamples<'a>, Option<ClipExamples<'a>>),
        source: &'a RandomSource,
    ) -> Result<Self, Error> {
        for (part, examples) in [("training", Some(&train)), ("validation", validation.as_ref())] {
            if examples.is_some_and(|examples| examples.clips.is_empty()) {
                return Err(Error::NoExamples { part });
            }
        }
        let scoring = Scoring::new(recipe, train.labels);
        let (losses, epochs) = (Vec::new(), Vec::new());
        Ok(Self { network, recipe, train, validation, scoring, source, losses, epochs, best: None })
    }

    /// Whether all epochs are made.
    pub(super) fn is_complete(&self) -> bool {
        self.epochs.len() >= self.recipe.epochs
    }

    /// Batches per epoch, the short last one among them.
    pub(super) fn steps_per_epoch(&self) -> usize {
        self.train.clips.len().div_ceil(self.recipe.batch_size)
    }

    /// Makes the next step.
    pub(super) fn advance(&mut self) -> Result<FineTuneStep, Error> {
        let epoch = self.epochs.len() + 1;
        match self.losses.len() < self.steps_per_epoch() {
            true => self.batch(epoch),
            false => self.end_epoch(epoch).map(|record| FineTuneStep::Epoch(TrainRecord::from(&record))),
        }
    }

    fn batch(&mut self, epoch: usize) -> Result<FineTuneStep, Error> {
        let (index, steps) = (self.losses.len(), self.steps_per_epoch());
        let order = self.source.clone().training_order(epoch, self.train.clips.len());
        let start = index * self.recipe.batch_size;
        let places = &order[start..(start + self.recipe.batch_size).min(order.len())];
        let seed = |place: &usize| self.source.seed_of(&format!("epoch {epoch}, clip {place}"));
        let seeds: Vec<u64> = places.iter().map(seed).collect();
        let Recipe { schedule, learning_rate, epochs, .. } = self.recipe;
        let rate = schedule.rate(*learning_rate, (epoch - 1) * steps + index, steps, *epochs);
        let loss = self.network.step(rate, &self.train, &Drawn { places, seeds: &seeds })?;
        check_finite("training", epoch, index, loss)?;
        if !self.network.is_finite()? {
            // No state is written with such weights: their loss would be the next to be no number.
            check_finite("training", epoch, index, f64::NAN)?;
        }
        self.losses.push(loss);
        Ok(FineTuneStep::Batch { epoch, batch: index + 1, loss })
    }

    /// Ends an epoch, with thresholds and accuracies where there is a validation part.
    fn end_epoch(&mut self, epoch: usize) -> Result<EpochRecord, Error> {
        let record = EpochRecord { epoch, train_loss: mean(&self.losses), ..EpochRecord::default() };
        let record = match self.validation {
            None => record,
            Some(validation) => self.validate_epoch(record, &validation)?,
        };
        self.epochs.push(record);
        self.losses.clear();
        Ok(record)
    }

    /// Thresholds and accuracies on the validation part; keeps the weights of a better epoch than all before.
    fn validate_epoch(
        &mut self,
        record: EpochRecord,
        validation: &ClipExamples<'_>,
    ) -> Result<EpochRecord, Error> {
        let evaluation = self.network.evaluate(validation)?;
        let val_loss = mean(&evaluation.losses);
        check_finite("validation", record.epoch, 0, val_loss)?;
        let outputs = evaluation.outputs?;
        let record = EpochRecord { val_loss, ..record };
        let record = self.scoring.score(record, &outputs, validation.labels)?;
        let best = self.best.as_ref().map(|best| &self.epochs[best.index]);
        if best.is_none_or(|best| self.scoring.is_better(&record, best)) {
            self.best = Some(Best { index: self.epochs.len(), weights: self.copied_weights()?, outputs });
        }
        Ok(record)
    }

    fn copied_weights(&self) -> Result<Vec<Tensor>, Error> {
        let weights = self.network.network.weights().iter();
        no_grad(|| weights.map(|weight| Ok(weight.tensor.f_detach_copy()?)).collect())
    }

    /// The network as it is now.
    pub(super) fn into_model(self) -> FineTunedModel {
        FineTunedModel { network: self.network.network, recipe: self.recipe.clone() }
    }

    /// How the outputs of an epoch become labels.
    pub(super) fn scoring(&self) -> &Scoring {
        &self.scoring
    }
}
