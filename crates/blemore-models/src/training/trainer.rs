//! What a user starts a fit with.

use std::ops::ControlFlow;

use super::snapshots::{Recorder, Snapshots};
use super::state::{Setup, State};
use crate::libtorch::give_back_large_blocks;
use crate::{
    Architecture, Device, EpochRecord, Error, Examples, Model, RandomSource, Recipe, TrainRecord, Trained,
};

/// Trains models of one architecture with one recipe. The crate's documentation has an example.
#[derive(Debug, Clone)]
pub struct Trainer {
    setup: Setup,
}

impl Trainer {
    /// A trainer for this recipe.
    ///
    /// # Errors
    /// Those of [`Recipe::validate`], and [`blemore_run::Error::InvalidRecipe`] for a recipe with fine-tuning.
    pub fn new(recipe: Recipe, architecture: Architecture) -> Result<Self, Error> {
        recipe.validate()?;
        if recipe.fine_tuning.is_some() {
            let faults = vec!["fine_tuning is of a network on clips: a model of features has none"];
            return Err(blemore_run::Error::InvalidRecipe { faults }.into());
        }
        give_back_large_blocks();
        Ok(Self {
            setup: Setup { recipe, architecture, device: Device::Cpu, threads: 1, keeps_outputs: false },
        })
    }

    /// The same trainer on this device, instead of the processor.
    #[must_use]
    pub fn device(mut self, device: Device) -> Self {
        self.setup.device = device;
        self
    }

    /// The same trainer with this number of threads, instead of one. Results do not depend on it.
    ///
    /// With [`Arithmetic::Fast`](crate::Arithmetic) they share three kinds of work: the step of large layers, the
    /// copying of a batch, and the products of a large first layer. libtorch's own operations use one thread.
    ///
    /// The additional threads come from rayon's current pool, which fits side by side share. If the caller is itself a
    /// thread of that pool, it may run other tasks of the pool while it waits, even another fit: let such fits use one
    /// thread.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.setup.threads = threads.max(1);
        self
    }

    /// The same trainer, which keeps what the head gives for the validation clips after each epoch ([`Trained::outputs`]),
    /// so that an epoch can be chosen later.
    #[must_use]
    pub fn keep_outputs(mut self) -> Self {
        self.setup.keeps_outputs = true;
        self
    }

    /// A fit on these examples, which [`Fit::run`] starts.
    pub fn fit<'a, 't>(&'a self, train: &'a Examples<'t>) -> Fit<'a, 't, 'static> {
        let on_epoch = Box::new(|_: &_| ControlFlow::Continue(()));
        Fit { setup: &self.setup, train, validation: None, snapshots: None, on_epoch }
    }
}

/// A fit that is about to start.
///
/// Without [`validate`](Self::validate) it trains for all epochs and gives the last model: the held-out protocol. With
/// it, thresholds are chosen on the validation examples after every epoch, and the best epoch's model is kept:
/// cross-validation. `R` is the record of an epoch. Fits may run side by side on several threads.
///
/// ```
/// # use std::ops::ControlFlow;
/// use blemore_models::{Architecture, Examples, RandomSource, Snapshots, Recipe, Trainer};
/// # let examples = Examples::new(ndarray::array![[1.0], [-1.0]], vec!["hap".parse()?, "sad".parse()?])?;
/// # let folder = tempfile::tempdir()?;
/// let trainer = Trainer::new(Recipe { epochs: 6, ..Recipe::default() }, Architecture::linear())?;
/// let source = RandomSource::independent(42, "example");
/// let mut losses = Vec::new();
/// let fit = trainer.fit(&examples).on_epoch(|record| {
///     losses.push(record.train_loss);
///     ControlFlow::Continue(())
/// });
/// let model = fit.run(&mut source.clone())?;
/// assert_eq!((losses.len(), model.width()), (6, 1));
///
/// // A fit that is stopped after two epochs, and continued from its file.
/// let snapshots = Snapshots::new(folder.path().join("state.safetensors"), "example");
/// let stopped = trainer.fit(&examples).validate(&examples).snapshots(&snapshots).on_epoch(|record| {
///     if record.epoch < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
/// });
/// assert_eq!(stopped.run(&mut source.clone())?.epochs.len(), 2);
/// let continued = trainer.fit(&examples).validate(&examples).snapshots(&snapshots).run(&mut source.clone())?;
/// assert_eq!(continued, trainer.fit(&examples).validate(&examples).run(&mut source.clone())?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "`run` starts it"]
pub struct Fit<'a, 't, 'v, R = TrainRecord> {
    setup: &'a Setup,
    train: &'a Examples<'t>,
    validation: Option<&'a Examples<'v>>,
    snapshots: Option<&'a Snapshots>,
    on_epoch: OnEpoch<'a, R>,
}

/// Is called after an epoch, and may stop the fit.
type OnEpoch<'a, R> = Box<dyn FnMut(&R) -> ControlFlow<()> + 'a>;

impl<'a, R> Fit<'a, '_, '_, R> {
    /// Writes the state to a file as the fit goes, and continues from it if it is there.
    ///
    /// The result is bit-identical to that of a fit that was never killed. The random source and everything else must be
    /// as at the first start. The file of a complete fit stays, and gives the result at once; remove it with
    /// [`Snapshots::remove`] when you have saved the result.
    pub fn snapshots(self, snapshots: &'a Snapshots) -> Self {
        Self { snapshots: Some(snapshots), ..self }
    }

    /// Calls this after every epoch of this run; it may stop the fit.
    ///
    /// A fit that was killed before it wrote its state repeats the last epoch and reports it again.
    pub fn on_epoch(self, on_epoch: impl FnMut(&R) -> ControlFlow<()> + 'a) -> Self {
        Self { on_epoch: Box::new(on_epoch), ..self }
    }
}

impl<'a, 't> Fit<'a, 't, '_, TrainRecord> {
    /// Chooses thresholds and the best epoch on these examples.
    pub fn validate<'v>(self, validation: &'a Examples<'v>) -> Fit<'a, 't, 'v, EpochRecord> {
        let Self { setup, train, snapshots, mut on_epoch, .. } = self;
        let on_epoch = Box::new(move |record: &EpochRecord| on_epoch(&TrainRecord::from(record)));
        Fit { setup, train, validation: Some(validation), snapshots, on_epoch }
    }

    /// Trains for all epochs: the model after the last.
    ///
    /// # Errors
    /// [`Error::NoExamples`]; [`Error::NonFiniteLoss`] when the loss overflows; [`Error::NoSuchDevice`]; [`Error::Torch`]
    /// when libtorch fails. With [`snapshots`](Self::snapshots): [`Error::UnusableFile`] for a file that is damaged or
    /// belongs to another run, [`Error::Read`] and [`Error::Write`].
    pub fn run(self, source: &mut RandomSource) -> Result<Model, Error> {
        let Self { setup, train, snapshots, mut on_epoch, .. } = self;
        make_epochs(setup, train, None, snapshots, source, &mut |record, _| on_epoch(record))?.model()
    }
}

impl Fit<'_, '_, '_, EpochRecord> {
    /// Trains, chooses thresholds after every epoch, and keeps the first epoch with the highest composite accuracy.
    ///
    /// # Errors
    /// Those of a fit without validation, and [`Error::WidthMismatch`] for validation examples of another width.
    /// [`Error::NonFiniteLoss`] holds what was reached before.
    pub fn run(self, source: &mut RandomSource) -> Result<Trained, Error> {
        let Self { setup, train, validation, snapshots, mut on_epoch } = self;
        let mut report = |_: &_, record: Option<&_>| record.map_or(ControlFlow::Continue(()), &mut on_epoch);
        make_epochs(setup, train, validation, snapshots, source, &mut report)?.into_trained()
    }
}

/// Makes the epochs that are left, until `on_epoch` stops it. `on_epoch` takes the training record of an epoch, and with
/// validation also the whole record.
fn make_epochs<'a, 't, 'v>(
    setup: &'a Setup,
    train: &'a Examples<'t>,
    validation: Option<&'a Examples<'v>>,
    snapshots: Option<&Snapshots>,
    source: &mut RandomSource,
    on_epoch: &mut dyn FnMut(&TrainRecord, Option<&EpochRecord>) -> ControlFlow<()>,
) -> Result<State<'a, 't, 'v>, Error> {
    let recorder = snapshots.map(|snapshots| Recorder::new(snapshots, setup, train, validation, source));
    let mut recorder = recorder.transpose()?;
    let mut state = State::start(setup, train, validation, source)?;
    if let Some(recorder) = &mut recorder {
        recorder.restore(&mut state, source)?;
    }
    while !state.is_complete() {
        let record = state.epoch(source)?;
        let flow = on_epoch(&record, state.epochs.last());
        if let Some(recorder) = &mut recorder {
            recorder.after_epoch(&state, source, flow)?;
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(state)
}
