//! A fit between its start and its end: one epoch after the other.

use tch::Tensor;

use super::scoring::Scoring;
use crate::batch::{Batch, Feed};
use crate::device_cache::DeviceCache;
use crate::fused_layer::FusedLayer;
use crate::libtorch::{Threads, torch_device};
use crate::network::objective::Loss;
use crate::network::{Network, Pass};
use crate::optimizer::Optimizer;
use crate::optimizer::adam::Coefficients;
use crate::prediction::check_features;
use crate::{
    Architecture, ClipOutputs, Device, EpochRecord, Error, Examples, LastGood, Layer, Model, ModelShape,
    RandomSource, Recipe, TrainRecord, Trained,
};

/// What is trained, and how.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) recipe: Recipe,
    pub(super) architecture: Architecture,
    pub(super) device: Device,
    /// Threads of the work that is not libtorch's.
    pub(super) threads: usize,
    /// Whether the outputs of every epoch are kept.
    pub(super) keeps_outputs: bool,
}

/// A fit between two epochs.
pub(super) struct State<'a, 't, 'v> {
    pub(super) setup: &'a Setup,
    /// What decides the layers.
    pub(super) shape: ModelShape,
    train: &'a Examples<'t>,
    validation: Option<&'a Examples<'v>>,
    scoring: Scoring,
    /// Trains the first layer, unless libtorch does.
    fused_layer: Option<FusedLayer>,
    pass: Pass,
    batch: Batch,
    pub(super) network: Network,
    pub(super) optimizer: Optimizer,
    /// Number of epochs made.
    pub(super) made: usize,
    /// The records of all of them, where there is a validation part.
    pub(super) epochs: Vec<EpochRecord>,
    pub(super) best: Option<Best>,
    /// What the head gave after each epoch, if that is kept.
    pub(super) outputs: Vec<ClipOutputs>,
    /// The training and the validation part in the memory of a GPU.
    caches: [Option<DeviceCache>; 2],
    _threads: Threads,
}

/// The first epoch with the highest composite accuracy so far.
pub(super) struct Best {
    /// Its place among the epochs, from 0.
    pub(super) index: usize,
    pub(super) layers: Vec<Layer>,
}

impl<'a, 't, 'v> State<'a, 't, 'v> {
    /// A fit before its first epoch.
    pub(super) fn start(
        setup: &'a Setup,
        train: &'a Examples<'t>,
        validation: Option<&'a Examples<'v>>,
        source: &mut RandomSource,
    ) -> Result<Self, Error> {
        let Setup { recipe, architecture, device: place, threads, .. } = setup;
        let width = train.width();
        let shape = ModelShape::new(recipe, architecture, width, train.features().encoder_widths())?;
        check_parts(&shape, train, validation)?;
        let device = torch_device(*place)?;
        let network = Network::untrained(&shape, source, device)?;
        let longest = validation.map_or(0, Examples::len).max(train.len());
        let batch_size = recipe.batch_size.min(longest);
        let is_fused = FusedLayer::is_for(recipe, *place, &shape);
        let fused_layer = is_fused.then(|| FusedLayer::new(&network, batch_size, *threads)).transpose()?;
        // With more threads, libtorch sums large products in another order, and the last bits change.
        let limit = Threads::one();
        let caches = match device {
            tch::Device::Cpu => [None, None],
            _ => [
                DeviceCache::new(train, device),
                validation.and_then(|validation| DeviceCache::new(validation, device)),
            ],
        };
        Ok(Self {
            setup,
            shape,
            train,
            validation,
            scoring: Scoring::new(recipe, train.labels()),
            pass: Pass::new(&network, batch_size, is_fused, device)?,
            batch: Batch::new(batch_size, width, is_fused, device)?,
            fused_layer,
            optimizer: Optimizer::new(recipe, *place, &network, *threads)?,
            network,
            made: 0,
            epochs: Vec::new(),
            best: None,
            outputs: Vec::new(),
            caches,
            _threads: limit,
        })
    }

    /// Whether all epochs are made.
    pub(super) fn is_complete(&self) -> bool {
        self.made >= self.setup.recipe.epochs
    }

    /// Steps per epoch: batches, the short last one among them.
    pub(super) fn steps_per_epoch(&self) -> usize {
        self.train.len().div_ceil(self.setup.recipe.batch_size)
    }

    /// Makes the next epoch. With validation, its record is the last of `epochs`.
    pub(super) fn epoch(&mut self, source: &mut RandomSource) -> Result<TrainRecord, Error> {
        let (record, validated) = self.next_epoch(source).map_err(|error| self.keep(error))?;
        self.made = record.epoch;
        if let Some(validated) = validated {
            self.epochs.push(validated);
            if self.is_best(&validated) {
                let index = self.epochs.len() - 1;
                match &mut self.best {
                    Some(best) => {
                        self.network.copy_to(&mut best.layers)?;
                        best.index = index;
                    }
                    None => self.best = Some(Best { index, layers: self.network.snapshot()? }),
                }
            }
        }
        Ok(record)
    }

    fn next_epoch(&mut self, source: &mut RandomSource) -> Result<(TrainRecord, Option<EpochRecord>), Error> {
        let epoch = self.made + 1;
        let record = TrainRecord { epoch, train_loss: self.train_epoch(epoch, source)? };
        let Some(validation) = self.validation else { return Ok((record, None)) };
        source.pass_validation();
        Ok((record, Some(self.validate_epoch(record, validation)?)))
    }

    /// One pass over the training examples; the mean of its batch losses.
    fn train_epoch(&mut self, epoch: usize, source: &mut RandomSource) -> Result<f64, Error> {
        let (setup, train, steps) = (self.setup, self.train, self.steps_per_epoch());
        let recipe = &setup.recipe;
        let order = source.training_order(epoch, train.len());
        let batches: Vec<&[usize]> = order.chunks(recipe.batch_size).collect();
        let mut losses = Vec::with_capacity(batches.len());
        if let Some(fused_layer) = &mut self.fused_layer {
            fused_layer.load(train.features(), batches[0])?;
            fused_layer.forward(&mut self.network, &mut self.pass.outputs[0])?;
        }
        for (index, rows) in batches.iter().enumerate() {
            let step = (epoch - 1) * steps + index;
            let rate = recipe.schedule.rate(recipe.learning_rate, step, steps, recipe.epochs);
            let loss = self.step(rows, batches.get(index + 1).copied(), rate)?;
            check_finite("training", epoch, index, loss)?;
            losses.push(loss);
        }
        Ok(mean(&losses))
    }

    /// One step in which libtorch computes all products; the loss before it.
    fn unfused_step(&mut self, rows: &[usize], rate: f64) -> Result<f64, Error> {
        let part = (Feed { examples: self.train, cache: self.caches[0].as_ref() }, rows);
        let objective = Loss::of(&self.setup.recipe);
        let loss = self.batch.backward(&self.network, &mut self.pass, objective, part)?;
        self.optimizer.step(&mut self.network, &mut self.pass.gradients, rate)?;
        Ok(loss)
    }

    /// One step; the loss before it. If this crate computes the first layer, its products with this batch are known
    /// already, and the step also computes those with the next batch.
    fn step(&mut self, rows: &[usize], next: Option<&[usize]>, rate: f64) -> Result<f64, Error> {
        let Some(fused_layer) = &mut self.fused_layer else { return self.unfused_step(rows, rate) };
        let (network, pass, train) = (&mut self.network, &mut self.pass, self.train);
        let objective = Loss::of(&self.setup.recipe);
        let mut layers_above = || -> Result<(f64, Tensor, Coefficients), Error> {
            let logits = network.forward_above(rows.len() as i64, pass)?;
            let targets = self.batch.targets(train, rows)?;
            let (loss, delta) = network.backward_above(&logits, &targets, objective, pass)?;
            Ok((loss, delta, self.optimizer.step_above(network, &mut pass.gradients, rate)?))
        };
        let (loss, mut delta, coefficients) = match next {
            Some(next) => fused_layer.load_during(train.features(), next, layers_above)??,
            None => layers_above()?,
        };
        let out = next.map(|_| &mut pass.outputs[0]);
        fused_layer.step(&coefficients, network, &mut self.optimizer.moments[0], &mut delta, out)?;
        Ok(loss)
    }

    /// Losses, thresholds and accuracies on the validation part.
    fn validate_epoch(&mut self, train: TrainRecord, part: &Examples<'_>) -> Result<EpochRecord, Error> {
        let TrainRecord { epoch, train_loss } = train;
        let evaluation = self.batch.evaluate(
            &mut self.network,
            self.fused_layer.as_mut(),
            &mut self.pass,
            (self.setup.recipe.head, Loss::of(&self.setup.recipe)),
            Feed { examples: part, cache: self.caches[1].as_ref() },
        )?;
        for (index, loss) in evaluation.losses.iter().enumerate() {
            check_finite("validation", epoch, index, *loss)?;
        }
        let record =
            EpochRecord { epoch, train_loss, val_loss: mean(&evaluation.losses), ..EpochRecord::default() };
        let outputs = evaluation.outputs?;
        let record = self.scoring.score(record, &outputs, part.labels())?;
        if self.setup.keeps_outputs {
            self.outputs.push(outputs);
        }
        Ok(record)
    }

    fn is_best(&self, record: &EpochRecord) -> bool {
        self.best.as_ref().is_none_or(|best| self.scoring.is_better(record, &self.epochs[best.index]))
    }

    /// Adds what was trained before to the error of a loss that is not finite.
    fn keep(&mut self, error: Error) -> Error {
        match error {
            Error::NonFiniteLoss { .. } => {
                error.keeping(self.trained().map(|trained| LastGood::Model(Box::new(trained))))
            }
            other => other,
        }
    }

    /// The epochs and the best of them, once there is one.
    fn trained(&mut self) -> Option<Trained> {
        let best = self.best.take()?;
        let epochs = std::mem::take(&mut self.epochs);
        let record = *epochs.get(best.index)?;
        let decision = self.scoring.decision(&record);
        let outputs = std::mem::take(&mut self.outputs);
        Some(Trained { best: record, decision, epochs, model: self.shaped(best.layers), outputs })
    }

    /// The result of a fit with validation.
    pub(super) fn into_trained(mut self) -> Result<Trained, Error> {
        self.trained().ok_or(Error::NoExamples { part: "training" })
    }

    /// The model as it is now.
    pub(super) fn model(&self) -> Result<Model, Error> {
        Ok(self.shaped(self.network.snapshot()?))
    }

    fn shaped(&self, layers: Vec<Layer>) -> Model {
        Model::from_layers(self.shape.clone(), layers)
    }
}

/// Refuses parts that cannot be trained and validated on.
fn check_parts(
    shape: &ModelShape,
    train: &Examples<'_>,
    validation: Option<&Examples<'_>>,
) -> Result<(), Error> {
    check_part(shape, ["training", "training part"], train)?;
    match validation {
        Some(validation) => check_part(shape, ["validation", "validation part"], validation),
        None => Ok(()),
    }
}

/// Refuses one part, which is named in the messages.
fn check_part(
    shape: &ModelShape,
    [part, table]: [&'static str; 2],
    examples: &Examples<'_>,
) -> Result<(), Error> {
    match examples.is_empty() {
        true => Err(Error::NoExamples { part }),
        false => check_features(shape, table, examples.features()),
    }
}

/// Refuses a loss that is not finite; `index` is its batch, from 0.
pub(crate) fn check_finite(part: &'static str, epoch: usize, index: usize, loss: f64) -> Result<(), Error> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(Error::NonFiniteLoss { part, epoch, batch: index + 1, loss, last_good: None })
}

pub(crate) fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}
