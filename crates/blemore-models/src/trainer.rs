//! The training loop.

use std::ops::ControlFlow;

use crate::fit::Fit;
use crate::malloc::give_back_large_blocks;
use crate::parts::Parts;
use crate::snapshots::{Recorder, Snapshots};
use crate::{
    Architecture, EpochRecord, Error, Examples, Model, RandomSource, TrainConfig, TrainRecord, Trained,
};

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
    threads: usize,
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
        give_back_large_blocks();
        Ok(Self { threads: config.threads, config, architecture })
    }

    /// The same trainer with more threads than its configuration has, for what no number of threads changes a
    /// bit of: with [`Arithmetic::Fast`](crate::Arithmetic), steps of large layers, batches and the products
    /// of a large first layer. libtorch's operations keep to [`TrainConfig::threads`]. All but the caller's
    /// are threads of rayon's current pool, which fits side by side share. A caller that is one of that
    /// pool's threads itself may take up another of the pool's tasks while it waits, another fit too: have
    /// such fits use one thread.
    ///
    /// ```
    /// # use blemore_models::{Architecture, TrainConfig, Trainer};
    /// let trainer = Trainer::new(TrainConfig::default(), Architecture::mlp_512())?.threads(8);
    /// assert_eq!(trainer.config().threads, 1);
    /// # Ok::<(), blemore_models::Error>(())
    /// ```
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(self.config.threads);
        self
    }

    /// Threads of all that no number of threads changes a bit of.
    pub(crate) fn own_threads(&self) -> usize {
        self.threads
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
        let parts = Parts::new(train, Some(validation))?;
        let mut fit = Fit::start(self, parts, source)?;
        run(&mut fit, parts, source, None, on_epoch)?;
        fit.into_trained()
    }

    /// As [`Trainer::fit`], leaving its state in a file as it goes; if that file is there, goes on from it.
    ///
    /// However often it is killed, the result equals that of a fit that ran through, to the last bit. `source` and
    /// everything else have to be what they were at the first start; `on_epoch` hears of the epochs that are made now, of
    /// one for the second time if the fit was killed before its state was written. The file of a complete fit stays, and
    /// answers at once; [`Snapshots::remove`] takes it away when the result is in safety.
    ///
    /// # Errors
    /// Those of [`Trainer::fit`]; [`Error::UnusableFile`] for a file that is damaged or belongs to another run (other
    /// data, configuration or random numbers); [`Error::Read`] and [`Error::Write`].
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// # use blemore_models::{Architecture, Examples, RandomSource, Snapshots, TrainConfig, Trainer};
    /// # let examples = Examples::new(ndarray::array![[1.0], [-1.0]], vec!["hap".parse()?, "sad".parse()?])?;
    /// # let folder = tempfile::tempdir()?;
    /// let trainer = Trainer::new(TrainConfig { epochs: 6, ..TrainConfig::default() }, Architecture::linear())?;
    /// let snapshots = Snapshots::new(folder.path().join("state.safetensors"));
    /// let source = RandomSource::independent(42, "example");
    /// let fit = |until: usize| {
    ///     trainer.fit_resumable(&examples, &examples, &mut source.clone(), &snapshots, &mut |record| {
    ///         if record.epoch < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    ///     })
    /// };
    /// assert_eq!(fit(2)?.epochs.len(), 2);
    /// let resumed = fit(6)?;
    /// assert_eq!(resumed, trainer.fit(&examples, &examples, &mut source.clone(), &mut |_| ControlFlow::Continue(()))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit_resumable(
        &self,
        train: &Examples<'_>,
        validation: &Examples<'_>,
        source: &mut RandomSource,
        snapshots: &Snapshots,
        on_epoch: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<Trained, Error> {
        let parts = Parts::new(train, Some(validation))?;
        let (mut fit, mut recorder) = Recorder::start(snapshots, self, parts, source)?;
        run(&mut fit, parts, source, Some(&mut recorder), on_epoch)?;
        fit.into_trained()
    }

    /// Trains on everything for all epochs, without validation: the model of the held-out protocol.
    ///
    /// # Errors
    /// Those of [`Trainer::fit`].
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// use blemore_models::{Architecture, Examples, RandomSource, TrainConfig, Trainer};
    /// use blemore_run::HELD_OUT_EPOCHS;
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
        let parts = Parts::new(train, None)?;
        let mut fit = Fit::start(self, parts, source)?;
        run(&mut fit, parts, source, None, &mut |record| on_epoch(&TrainRecord::from(record)))?;
        fit.model()
    }

    /// As [`Trainer::fit_all`], with the file of [`Trainer::fit_resumable`].
    ///
    /// # Errors
    /// Those of [`Trainer::fit_resumable`].
    ///
    /// ```
    /// # use std::ops::ControlFlow;
    /// # use blemore_models::{Architecture, Examples, RandomSource, Snapshots, TrainConfig, Trainer};
    /// # let examples = Examples::new(ndarray::array![[1.0], [-1.0]], vec!["hap".parse()?, "sad".parse()?])?;
    /// # let folder = tempfile::tempdir()?;
    /// let trainer = Trainer::new(TrainConfig { epochs: 6, ..TrainConfig::default() }, Architecture::linear())?;
    /// let snapshots = Snapshots::new(folder.path().join("state.safetensors"));
    /// let mut source = RandomSource::independent(42, "example");
    /// let model = trainer.fit_all_resumable(&examples, &mut source, &snapshots, &mut |_| ControlFlow::Continue(()))?;
    /// snapshots.remove()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit_all_resumable(
        &self,
        train: &Examples<'_>,
        source: &mut RandomSource,
        snapshots: &Snapshots,
        on_epoch: &mut dyn FnMut(&TrainRecord) -> ControlFlow<()>,
    ) -> Result<Model, Error> {
        let parts = Parts::new(train, None)?;
        let (mut fit, mut recorder) = Recorder::start(snapshots, self, parts, source)?;
        run(&mut fit, parts, source, Some(&mut recorder), &mut |record| {
            on_epoch(&TrainRecord::from(record))
        })?;
        fit.model()
    }
}

/// Makes the epochs that are left, or as many as `on_epoch` lets it.
fn run(
    fit: &mut Fit<'_>,
    parts: Parts<'_, '_, '_>,
    source: &mut RandomSource,
    mut recorder: Option<&mut Recorder<'_>>,
    on_epoch: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
) -> Result<(), Error> {
    while !fit.is_complete() {
        let record = fit.epoch(parts, source)?;
        let flow = on_epoch(&record);
        if let Some(recorder) = &mut recorder {
            recorder.after_epoch(fit, source, flow)?;
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}
