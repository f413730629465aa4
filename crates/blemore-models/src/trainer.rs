//! The training loop.

use std::ops::ControlFlow;

use blemore_eval::{Grid, GridSearch, Probabilities};
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::network::{Network, Pass};
use crate::optimizer::Optimizer;
use crate::{Architecture, Error, Examples, Model, RandomSource, TrainConfig};

/// What one epoch of a fit with validation gave.
///
/// ```
/// use blemore_models::EpochRecord;
///
/// let record = EpochRecord { acc_presence: 0.3, acc_salience: 0.1, ..EpochRecord::default() };
/// assert_eq!(record.composite(0.5), 0.2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean of the losses of the training batches.
    pub train_loss: f64,
    /// Mean of the losses of the validation batches.
    pub val_loss: f64,
    /// Presence threshold that the grid search chose on the validation clips.
    pub alpha: f64,
    /// Salience threshold that it chose.
    pub beta: f64,
    /// ACC_presence on the validation clips at these thresholds.
    pub acc_presence: f64,
    /// ACC_salience on the validation clips at these thresholds.
    pub acc_salience: f64,
    /// Best ACC_presence at any thresholds of the grid.
    pub presence_only: f64,
    /// Best ACC_salience at any thresholds of the grid.
    pub salience_only: f64,
}

impl EpochRecord {
    /// `presence_weight * acc_presence + (1 - presence_weight) * acc_salience`, by which epochs are compared.
    ///
    /// ```
    /// # use blemore_models::EpochRecord;
    /// assert_eq!(EpochRecord { acc_salience: 0.5, ..EpochRecord::default() }.composite(0.0), 0.5);
    /// ```
    pub fn composite(&self, presence_weight: f64) -> f64 {
        presence_weight * self.acc_presence + (1.0 - presence_weight) * self.acc_salience
    }

    /// The thresholds of the epoch.
    ///
    /// ```
    /// # use blemore_models::EpochRecord;
    /// assert_eq!(EpochRecord { alpha: 0.1, ..EpochRecord::default() }.thresholds().alpha, 0.1);
    /// ```
    pub fn thresholds(&self) -> blemore_eval::Thresholds {
        blemore_eval::Thresholds { alpha: self.alpha, beta: self.beta }
    }
}

/// The result of a fit with validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Every epoch in order.
    pub epochs: Vec<EpochRecord>,
    /// The first epoch with the highest composite accuracy: the fold's result.
    pub best: EpochRecord,
    /// The model as it was after that epoch.
    pub model: Model,
}

/// What one epoch of a fit without validation gave.
///
/// ```
/// let record = blemore_models::TrainRecord { epoch: 1, train_loss: 0.7 };
/// assert_eq!(record.epoch, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrainRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean of the losses of the training batches.
    pub train_loss: f64,
}

/// Trains models of one architecture with one configuration.
///
/// ```
/// use std::ops::ControlFlow;
/// use blemore_models::{Architecture, Examples, RandomSource, TrainConfig, Trainer};
/// use ndarray::array;
///
/// let labels = vec!["hap".parse()?, "sad".parse()?, "hap".parse()?];
/// let examples = Examples::new(array![[1.0, 0.2], [-1.0, 0.1], [0.9, -0.3]], labels)?;
/// let config = TrainConfig { epochs: 20, learning_rate: 0.05, ..TrainConfig::default() };
/// let trainer = Trainer::new(config, Architecture::linear())?;
/// let mut source = RandomSource::independent(42, "example");
/// let trained = trainer.fit(&examples, &examples, &mut source, &mut |_| ControlFlow::Continue(()))?;
/// assert_eq!(trained.best.acc_presence, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trainer {
    config: TrainConfig,
    architecture: Architecture,
}

impl Trainer {
    /// A trainer for this configuration.
    ///
    /// # Errors
    /// Those of [`TrainConfig::validate`].
    ///
    /// ```
    /// use blemore_models::{Architecture, TrainConfig, Trainer};
    /// let config = TrainConfig { batch_size: 0, ..TrainConfig::default() };
    /// assert!(Trainer::new(config, Architecture::linear()).is_err());
    /// ```
    pub fn new(config: TrainConfig, architecture: Architecture) -> Result<Self, Error> {
        config.validate()?;
        Ok(Self { config, architecture })
    }

    /// The configuration.
    ///
    /// ```
    /// # use blemore_models::{Architecture, TrainConfig, Trainer};
    /// let trainer = Trainer::new(TrainConfig::default(), Architecture::linear())?;
    /// assert_eq!(trainer.config().epochs, 200);
    /// # Ok::<(), blemore_models::Error>(())
    /// ```
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The architecture.
    ///
    /// ```
    /// # use blemore_models::{Architecture, TrainConfig, Trainer};
    /// let trainer = Trainer::new(TrainConfig::default(), Architecture::mlp_256())?;
    /// assert_eq!(trainer.architecture(), &Architecture::mlp_256());
    /// # Ok::<(), blemore_models::Error>(())
    /// ```
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Trains on `train`, chooses thresholds on `validation` after every epoch, and keeps the best epoch's model.
    ///
    /// `on_epoch` hears of every epoch as it ends, and may stop the fit there. Fits may run side by side on several
    /// threads.
    ///
    /// # Errors
    /// [`Error::NoExamples`] and [`Error::WidthMismatch`] for parts that cannot be used; [`Error::NonFiniteLoss`] when
    /// the loss overflows, with what was reached before; [`Error::NoSuchDevice`]; [`Error::Torch`] when libtorch fails.
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// # use blemore_models::{Architecture, Examples, RandomSource, TrainConfig, Trainer};
    /// # let examples = Examples::new(ndarray::array![[1.0], [-1.0]], vec!["hap".parse()?, "sad".parse()?])?;
    /// let trainer = Trainer::new(TrainConfig::default(), Architecture::linear())?;
    /// let mut stop_after_three = |record: &blemore_models::EpochRecord| {
    ///     if record.epoch < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    /// };
    /// let mut source = RandomSource::independent(42, "example");
    /// let trained = trainer.fit(&examples, &examples, &mut source, &mut stop_after_three)?;
    /// assert_eq!(trained.epochs.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(
        &self,
        train: &Examples<'_>,
        validation: &Examples<'_>,
        source: &mut RandomSource,
        on_epoch: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<Trained, Error> {
        check_parts(train, Some(validation))?;
        let mut fit = Fit::start(self, train, source)?;
        let mut trained: Option<Trained> = None;
        for epoch in 1..=self.config.epochs {
            let outcome = fit.train_epoch(epoch, source).and_then(|loss| {
                source.pass_validation();
                fit.validate_epoch(epoch, loss, validation)
            });
            let record = outcome.map_err(|error| keep(error, &mut trained))?;
            fit.record(record, &mut trained)?;
            if on_epoch(&record).is_break() {
                break;
            }
        }
        trained.ok_or(Error::NoExamples { part: "training" })
    }

    /// Trains on everything for all epochs, without validation: the model of the held-out protocol.
    ///
    /// # Errors
    /// Those of [`Trainer::fit`].
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// use blemore_models::{Architecture, Examples, HELD_OUT_EPOCHS, RandomSource, TrainConfig, Trainer};
    /// # let examples = Examples::new(ndarray::array![[1.0], [-1.0]], vec!["hap".parse()?, "sad".parse()?])?;
    /// let config = TrainConfig { epochs: HELD_OUT_EPOCHS, ..TrainConfig::default() };
    /// let trainer = Trainer::new(config, Architecture::linear())?;
    /// let mut losses = Vec::new();
    /// let model = trainer.fit_all(&examples, &mut RandomSource::reference(42), &mut |record| {
    ///     losses.push(record.train_loss);
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!((losses.len(), model.width()), (100, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit_all(
        &self,
        train: &Examples<'_>,
        source: &mut RandomSource,
        on_epoch: &mut dyn FnMut(&TrainRecord) -> ControlFlow<()>,
    ) -> Result<Model, Error> {
        check_parts(train, None)?;
        let mut fit = Fit::start(self, train, source)?;
        for epoch in 1..=self.config.epochs {
            let train_loss = fit.train_epoch(epoch, source)?;
            if on_epoch(&TrainRecord { epoch, train_loss }).is_break() {
                break;
            }
        }
        fit.model()
    }
}

fn check_parts(train: &Examples<'_>, validation: Option<&Examples<'_>>) -> Result<(), Error> {
    if train.is_empty() {
        return Err(Error::NoExamples { part: "training" });
    }
    let Some(validation) = validation else { return Ok(()) };
    if validation.is_empty() {
        return Err(Error::NoExamples { part: "validation" });
    }
    if validation.width() != train.width() {
        let (expected, found) = (train.width(), validation.width());
        return Err(Error::WidthMismatch { part: "validation part", expected, found });
    }
    Ok(())
}

/// Gives a loss that is not finite what was trained before it.
fn keep(error: Error, trained: &mut Option<Trained>) -> Error {
    match error {
        Error::NonFiniteLoss { part, epoch, batch, loss, .. } => {
            Error::NonFiniteLoss { part, epoch, batch, loss, last_good: trained.take().map(Box::new) }
        }
        other => other,
    }
}

/// A fit under way.
struct Fit<'a, 'e> {
    config: &'a TrainConfig,
    train: &'a Examples<'e>,
    initial: Model,
    network: Network,
    optimizer: Optimizer,
    pass: Pass,
    batch: Batch,
    search: GridSearch,
    steps: usize,
}

impl<'a, 'e> Fit<'a, 'e> {
    fn start(
        trainer: &'a Trainer,
        train: &'a Examples<'e>,
        source: &mut RandomSource,
    ) -> Result<Self, Error> {
        let config = &trainer.config;
        let device = config.device.torch()?;
        tch::set_num_threads(i32::try_from(config.threads).unwrap_or(i32::MAX));
        let initial = Model::untrained(&trainer.architecture, train.width(), source);
        let network = Network::new(&initial, device)?;
        Ok(Self {
            config,
            train,
            initial,
            optimizer: Optimizer::new(config, &network)?,
            pass: Pass::new(&network, config.batch_size, device)?,
            batch: Batch::new(config.batch_size, train.width(), device)?,
            network,
            search: GridSearch::new(Grid::published()).presence_weight(config.presence_weight),
            steps: 0,
        })
    }

    /// One pass over the training examples; the mean of its batch losses.
    fn train_epoch(&mut self, epoch: usize, source: &mut RandomSource) -> Result<f64, Error> {
        let order = source.training_order(epoch, self.train.len());
        let batches = order.chunks(self.config.batch_size);
        let steps_per_epoch = batches.len();
        let mut losses = Vec::with_capacity(steps_per_epoch);
        for rows in batches {
            let objective = self.config.objective;
            losses.push(self.batch.backward(&self.network, &mut self.pass, objective, (self.train, rows))?);
            check_finite("training", epoch, &losses)?;
            let config = self.config;
            let rate = config.schedule.rate(config.learning_rate, self.steps, steps_per_epoch, config.epochs);
            self.optimizer.step(&mut self.network, &mut self.pass.gradients, rate)?;
            self.steps += 1;
        }
        Ok(mean(&losses))
    }

    /// Losses, thresholds and accuracies on the validation part.
    fn validate_epoch(
        &mut self,
        epoch: usize,
        train_loss: f64,
        part: &Examples<'_>,
    ) -> Result<EpochRecord, Error> {
        let evaluation = self.batch.evaluate(&self.network, &mut self.pass, self.config.objective, part)?;
        check_finite("validation", epoch, &evaluation.losses)?;
        let probabilities = Probabilities::new(evaluation.probabilities?)?;
        let found = self.search.search(&probabilities, part.clip_labels())?;
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

    /// Adds an epoch to the result, with its model if it is the best so far.
    fn record(&self, record: EpochRecord, trained: &mut Option<Trained>) -> Result<(), Error> {
        let composite = |record: &EpochRecord| record.composite(self.config.presence_weight);
        match trained {
            None => *trained = Some(Trained { epochs: vec![record], best: record, model: self.model()? }),
            Some(trained) => {
                trained.epochs.push(record);
                if composite(&record) > composite(&trained.best) {
                    trained.best = record;
                    trained.model = self.model()?;
                }
            }
        }
        Ok(())
    }

    fn model(&self) -> Result<Model, Error> {
        Ok(self.initial.with_layers(self.network.snapshot()?))
    }
}

/// Refuses a last loss that is no number.
fn check_finite(part: &'static str, epoch: usize, losses: &[f64]) -> Result<(), Error> {
    match losses.iter().position(|loss| !loss.is_finite()) {
        None => Ok(()),
        Some(index) => {
            Err(Error::NonFiniteLoss { part, epoch, batch: index + 1, loss: losses[index], last_good: None })
        }
    }
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}
