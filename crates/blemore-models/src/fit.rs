//! A fit under way: one epoch after the other.

use blemore_eval::{Grid, GridSearch, Probabilities};
use tch::Tensor;

use crate::adam::Coefficients;
use crate::batch::{Batch, Feed};
use crate::device::torch_device;
use crate::first_layer::FirstLayer;
use crate::model::Layer;
use crate::network::{Network, Pass};
use crate::optimizer::Optimizer;
use crate::parts::Parts;
use crate::resident::Resident;
use crate::threads::ThreadLimit;
use crate::{Architecture, EpochRecord, Error, Examples, Model, RandomSource, TrainConfig, Trained, Trainer};

/// Weights of a layer whose products no second thread makes faster.
const SMALL_LAYER: usize = 1 << 18;

/// A fit between two epochs.
pub(crate) struct Fit<'a> {
    config: &'a TrainConfig,
    architecture: &'a Architecture,
    width: usize,
    steps_per_epoch: usize,
    search: GridSearch,
    /// What trains the first layer where libtorch does not.
    first_layer: Option<FirstLayer>,
    pass: Pass,
    batch: Batch,
    pub(crate) network: Network,
    pub(crate) optimizer: Optimizer,
    pub(crate) epochs: Vec<EpochRecord>,
    pub(crate) best: Option<Best>,
    /// The training and the validation part, on a device that is not the processor.
    resident: [Option<Resident>; 2],
    _threads: ThreadLimit,
}

/// The first epoch with the highest composite accuracy so far.
pub(crate) struct Best {
    /// Its place among the epochs, from 0.
    pub(crate) index: usize,
    pub(crate) layers: Vec<Layer>,
}

impl<'a> Fit<'a> {
    /// A fit before its first epoch.
    pub(crate) fn start(
        trainer: &'a Trainer,
        parts: Parts<'_, '_, '_>,
        source: &mut RandomSource,
    ) -> Result<Self, Error> {
        let (config, architecture) = (trainer.config(), trainer.architecture());
        let device = torch_device(config.device)?;
        let width = parts.train.width();
        let network = Network::untrained(architecture, width, source, device)?;
        let longest = parts.validation.map_or(0, Examples::len).max(parts.train.len());
        let batch_size = config.batch_size.min(longest);
        let first_layer =
            match FirstLayer::is_for(config, &architecture.layer_shapes(width).collect::<Vec<_>>()) {
                true => FirstLayer::new(&network, batch_size, trainer.own_threads())?,
                false => None,
            };
        // Products of a few rows with a small layer are over before a second thread has heard of them, and libtorch's
        // threads spin while they wait for more, on the cores that the first layer's threads want.
        let small_above = network.layers.iter().skip(1).all(|layer| layer.weight.numel() < SMALL_LAYER);
        let alone = first_layer.is_some() && small_above;
        let threads = ThreadLimit::new(if alone { 1 } else { config.threads });
        let resident = match device {
            tch::Device::Cpu => [None, None],
            _ => [
                Resident::new(parts.train, device),
                parts.validation.and_then(|validation| Resident::new(validation, device)),
            ],
        };
        Ok(Self {
            config,
            architecture,
            width,
            steps_per_epoch: parts.train.len().div_ceil(config.batch_size),
            search: GridSearch::new(Grid::published()).presence_weight(config.presence_weight),
            pass: Pass::new(&network, batch_size, first_layer.is_some(), device)?,
            batch: Batch::new(batch_size, width, first_layer.is_some(), device)?,
            first_layer,
            optimizer: Optimizer::new(config, &network, trainer.own_threads())?,
            network,
            epochs: Vec::with_capacity(config.epochs),
            best: None,
            resident,
            _threads: threads,
        })
    }

    /// Whether all epochs are made.
    pub(crate) fn is_complete(&self) -> bool {
        self.epochs.len() >= self.config.epochs
    }

    /// Steps of an epoch: batches, the short last one among them.
    pub(crate) fn steps_per_epoch(&self) -> usize {
        self.steps_per_epoch
    }

    /// Makes the next epoch.
    pub(crate) fn epoch(
        &mut self,
        parts: Parts<'_, '_, '_>,
        source: &mut RandomSource,
    ) -> Result<EpochRecord, Error> {
        let outcome = self.next_record(parts, source);
        let record = outcome.map_err(|error| self.keep(error))?;
        self.epochs.push(record);
        if parts.validation.is_some() && self.is_best(&record) {
            let index = self.epochs.len() - 1;
            match &mut self.best {
                Some(best) => {
                    self.network.copy_to(&mut best.layers)?;
                    best.index = index;
                }
                None => self.best = Some(Best { index, layers: self.network.snapshot()? }),
            }
        }
        Ok(record)
    }

    fn next_record(
        &mut self,
        parts: Parts<'_, '_, '_>,
        source: &mut RandomSource,
    ) -> Result<EpochRecord, Error> {
        let epoch = self.epochs.len() + 1;
        let train_loss = self.train_epoch(epoch, parts.train, source)?;
        match parts.validation {
            None => Ok(EpochRecord { epoch, train_loss, ..EpochRecord::default() }),
            Some(validation) => {
                source.pass_validation();
                self.validate_epoch(epoch, train_loss, validation)
            }
        }
    }

    /// One pass over the training examples; the mean of its batch losses.
    fn train_epoch(
        &mut self,
        epoch: usize,
        train: &Examples<'_>,
        source: &mut RandomSource,
    ) -> Result<f64, Error> {
        let order = source.training_order(epoch, train.len());
        let batches: Vec<&[usize]> = order.chunks(self.config.batch_size).collect();
        let mut losses = Vec::with_capacity(batches.len());
        if let Some(first_layer) = &mut self.first_layer {
            first_layer.load(train.features(), batches[0])?;
            first_layer.forward(&mut self.network, &mut self.pass.outputs[0])?;
        }
        for (index, rows) in batches.iter().enumerate() {
            let step = (epoch - 1) * self.steps_per_epoch + index;
            let (config, steps) = (self.config, self.steps_per_epoch);
            let rate = config.schedule.rate(config.learning_rate, step, steps, config.epochs);
            let loss = self.step(train, rows, batches.get(index + 1).copied(), rate)?;
            check_finite("training", epoch, index, loss)?;
            losses.push(loss);
        }
        Ok(mean(&losses))
    }

    /// One step on libtorch's products alone; the loss before it.
    fn unfused_step(&mut self, train: &Examples<'_>, rows: &[usize], rate: f64) -> Result<f64, Error> {
        let part = (Feed { examples: train, resident: self.resident[0].as_ref() }, rows);
        let loss = self.batch.backward(&self.network, &mut self.pass, self.config.objective, part)?;
        self.optimizer.step(&mut self.network, &mut self.pass.gradients, rate)?;
        Ok(loss)
    }

    /// One step; the loss before it. Where the first layer is not libtorch's, the batch's products with it are there
    /// already, and the step leaves those of the next.
    fn step(
        &mut self,
        train: &Examples<'_>,
        rows: &[usize],
        next: Option<&[usize]>,
        rate: f64,
    ) -> Result<f64, Error> {
        let Some(first_layer) = &mut self.first_layer else { return self.unfused_step(train, rows, rate) };
        let (network, pass) = (&mut self.network, &mut self.pass);
        let mut layers_above = || -> Result<(f64, Tensor, Coefficients), Error> {
            let logits = network.forward_above(rows.len() as i64, pass)?;
            let targets = self.batch.targets(train, rows)?;
            let (loss, delta) = network.backward_above(&logits, &targets, self.config.objective, pass)?;
            Ok((loss, delta, self.optimizer.step_above(network, &mut pass.gradients, rate)?))
        };
        let (loss, mut delta, coefficients) = match next {
            Some(next) => first_layer.load_during(train.features(), next, layers_above)??,
            None => layers_above()?,
        };
        let out = next.map(|_| &mut pass.outputs[0]);
        first_layer.step(&coefficients, network, &mut self.optimizer.moments[0], &mut delta, out)?;
        Ok(loss)
    }

    /// Losses, thresholds and accuracies on the validation part.
    fn validate_epoch(
        &mut self,
        epoch: usize,
        train_loss: f64,
        part: &Examples<'_>,
    ) -> Result<EpochRecord, Error> {
        let feed = Feed { examples: part, resident: self.resident[1].as_ref() };
        let evaluation = self.batch.evaluate(
            &mut self.network,
            self.first_layer.as_mut(),
            &mut self.pass,
            self.config.objective,
            feed,
        )?;
        for (index, loss) in evaluation.losses.iter().enumerate() {
            check_finite("validation", epoch, index, *loss)?;
        }
        let probabilities = Probabilities::new(evaluation.probabilities?)?;
        let found = self.search.search(&probabilities, part.labels())?;
        Ok(EpochRecord {
            epoch,
            train_loss,
            val_loss: mean(&evaluation.losses),
            alpha: found.thresholds.alpha,
            beta: found.thresholds.beta,
            acc_presence: found.scores.acc_presence(),
            acc_salience: found.scores.acc_salience(),
            presence_only: found.presence_only,
            salience_only: found.salience_only,
        })
    }

    fn is_best(&self, record: &EpochRecord) -> bool {
        let composite = |record: &EpochRecord| record.composite(self.config.presence_weight);
        self.best.as_ref().is_none_or(|best| composite(record) > composite(&self.epochs[best.index]))
    }

    /// Gives a loss that is not finite what was trained before it.
    fn keep(&mut self, error: Error) -> Error {
        match error {
            Error::NonFiniteLoss { part, epoch, batch, loss, .. } => {
                Error::NonFiniteLoss { part, epoch, batch, loss, last_good: self.trained().map(Box::new) }
            }
            other => other,
        }
    }

    /// The epochs and the best of them, once there is one.
    fn trained(&mut self) -> Option<Trained> {
        let best = self.best.take()?;
        let epochs = std::mem::take(&mut self.epochs);
        Some(Trained { best: *epochs.get(best.index)?, epochs, model: self.shaped(best.layers) })
    }

    /// The result of a fit with validation.
    pub(crate) fn into_trained(mut self) -> Result<Trained, Error> {
        self.trained().ok_or(Error::NoExamples { part: "training" })
    }

    /// The model as it is now.
    pub(crate) fn model(&self) -> Result<Model, Error> {
        Ok(self.shaped(self.network.snapshot()?))
    }

    fn shaped(&self, layers: Vec<Layer>) -> Model {
        Model::from_layers(self.architecture.clone(), self.width, layers)
    }
}

/// Refuses a loss that is no number; `index` is its batch, from 0.
fn check_finite(part: &'static str, epoch: usize, index: usize, loss: f64) -> Result<(), Error> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(Error::NonFiniteLoss { part, epoch, batch: index + 1, loss, last_good: None })
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}
