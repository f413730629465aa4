//! What a user starts a fit with.

use std::ops::ControlFlow;
use std::path::Path;

use blemore_encoders::HiCmaeConfig;
use blemore_run::FineTuning;

use super::inputs::ClipExamples;
use super::network::{FineTunedNetwork, Means};
use super::snapshots::Recorder;
use super::state::{Best, FineTuneStep, State};
use crate::libtorch::{Threads, torch_device};
use crate::optimizer::own_threads;
use crate::{Device, Error, FineTuned, FineTunedModel, LastGood, RandomSource, Recipe, Snapshots};

/// Trains a whole HiCMAE on clips with one recipe, which has [`FineTuning`].
///
/// On several threads libtorch sums in another order: with another number of threads, last digits differ.
#[derive(Debug, Clone)]
pub struct FineTuner {
    recipe: Recipe,
    settings: FineTuning,
    config: HiCmaeConfig,
    device: Device,
    threads: usize,
    recomputes: bool,
}

impl FineTuner {
    /// A trainer for this recipe, of a network of the published size of heads.
    ///
    /// # Errors
    /// Those of [`Recipe::validate`], and [`blemore_run::Error::InvalidRecipe`] for a recipe without fine-tuning.
    pub fn new(recipe: Recipe) -> Result<Self, Error> {
        recipe.validate()?;
        let Some(settings) = recipe.fine_tuning else {
            let faults = vec!["a network is trained by a recipe with [fine_tuning]"];
            return Err(blemore_run::Error::InvalidRecipe { faults }.into());
        };
        let config = HiCmaeConfig::BASE;
        Ok(Self { recipe, settings, config, device: Device::Cpu, threads: 1, recomputes: false })
    }

    /// The same trainer for a network with what its tensors do not tell, the size of a head.
    #[must_use]
    pub fn config(self, config: HiCmaeConfig) -> Self {
        Self { config, ..self }
    }

    /// The same trainer on this device, instead of the processor.
    #[must_use]
    pub fn device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// The same trainer with this number of threads, instead of one.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// The same trainer, which computes activations again instead of keeping them: less memory, about a third more time,
    /// the same bits.
    #[must_use]
    pub fn recompute(self) -> Self {
        Self { recomputes: true, ..self }
    }

    /// A fit of the network of a checkpoint on training clips; [`FineTuneFit::run`] starts it.
    pub fn fit<'a>(&'a self, checkpoint: &'a Path, train: ClipExamples<'a>) -> FineTuneFit<'a> {
        let on_step = Box::new(|_: &_| ControlFlow::Continue(()));
        FineTuneFit { tuner: self, checkpoint, train, validation: (), snapshots: None, on_step }
    }
}

/// Is called after a step, and may stop the fit.
type OnStep<'a> = Box<dyn FnMut(&FineTuneStep) -> ControlFlow<()> + 'a>;

/// A fit that is about to start.
///
/// Without [`validate`](Self::validate) it trains for all epochs and gives the last network: the held-out protocol. With it,
/// thresholds are chosen on the validation clips after every epoch, and the best epoch's network is kept.
#[must_use = "`run` starts it"]
pub struct FineTuneFit<'a, V = ()> {
    tuner: &'a FineTuner,
    checkpoint: &'a Path,
    train: ClipExamples<'a>,
    validation: V,
    snapshots: Option<&'a Snapshots>,
    on_step: OnStep<'a>,
}

impl<'a, V> FineTuneFit<'a, V> {
    /// Writes the state to a file as the fit goes, after a step and as often as a twentieth of the time allows, and
    /// continues from it if it is there: with the same bits on the same machine with as many threads.
    pub fn snapshots(self, snapshots: &'a Snapshots) -> Self {
        Self { snapshots: Some(snapshots), ..self }
    }

    /// Calls this after every step; it may stop the fit, whose state is written then.
    pub fn on_step(self, on_step: impl FnMut(&FineTuneStep) -> ControlFlow<()> + 'a) -> Self {
        Self { on_step: Box::new(on_step), ..self }
    }

    /// Makes the steps that are left, until `on_step` stops it or a loss is not finite.
    fn make_steps(
        self,
        validation: Option<ClipExamples<'a>>,
        source: &'a RandomSource,
    ) -> Result<(State<'a>, Result<(), Error>), Error> {
        let Self { tuner, checkpoint, train, snapshots, on_step, .. } = self;
        let FineTuner { recipe, settings, config, device, threads, recomputes } = tuner;
        let _threads = Threads::limited(*threads);
        let means = Means {
            device: torch_device(*device)?,
            own_threads: own_threads(recipe, *device, *threads),
            recomputes: *recomputes,
        };
        let seed = source.seed_of("head");
        let network = FineTunedNetwork::load(checkpoint, config, (recipe, *settings), seed, means)?;
        let config = *network.network.config();
        let mut state = State::start(network, recipe, (train, validation), source)?;
        let counts = (train.clips.len(), validation.map(|part| part.clips.len()));
        let recorder = |snapshots| Recorder::new(snapshots, (recipe, &config), counts, source);
        let recorder = snapshots.map(recorder).transpose()?;
        if let Some(recorder) = &recorder {
            recorder.restore(&mut state, recipe)?;
        }
        let ended = advance_to_the_end(&mut state, recorder, on_step);
        Ok((state, ended))
    }
}

impl<'a> FineTuneFit<'a> {
    /// Chooses thresholds and the best epoch on these clips.
    pub fn validate(self, validation: ClipExamples<'a>) -> FineTuneFit<'a, ClipExamples<'a>> {
        let Self { tuner, checkpoint, train, snapshots, on_step, .. } = self;
        FineTuneFit { tuner, checkpoint, train, validation, snapshots, on_step }
    }

    /// Trains for all epochs: the network after the last.
    ///
    /// # Errors
    /// Those of the checkpoint, the clips and the state's file; [`Error::NoExamples`]; [`Error::NonFiniteLoss`];
    /// [`Error::Stopped`] for a fit that was stopped; [`Error::NoSuchDevice`]; [`Error::Torch`].
    pub fn run(self, source: &'a RandomSource) -> Result<FineTunedModel, Error> {
        let (state, ended) = self.make_steps(None, source)?;
        ended?;
        if state.is_complete() { Ok(state.into_model()) } else { Err(Error::Stopped) }
    }
}

impl<'a> FineTuneFit<'a, ClipExamples<'a>> {
    /// Trains, chooses thresholds after every epoch, and keeps the first epoch with the highest composite accuracy.
    ///
    /// # Errors
    /// Those of a fit without validation; [`Error::Stopped`] only before the first epoch has ended.
    /// [`Error::NonFiniteLoss`] holds what was reached before.
    pub fn run(self, source: &'a RandomSource) -> Result<FineTuned, Error> {
        let validation = self.validation;
        let (state, ended) = self.make_steps(Some(validation), source)?;
        let tuned = FineTuned::of(state)?;
        match ended {
            Ok(()) => tuned.ok_or(Error::Stopped),
            Err(error) => Err(error.keeping(tuned.map(|tuned| LastGood::Network(Box::new(tuned))))),
        }
    }
}

fn advance_to_the_end(
    state: &mut State<'_>,
    mut recorder: Option<Recorder<'_>>,
    mut on_step: OnStep<'_>,
) -> Result<(), Error> {
    while !state.is_complete() {
        let step = state.advance()?;
        let flow = on_step(&step);
        if let Some(recorder) = &mut recorder {
            recorder.after_step(state, flow.is_break() || state.is_complete())?;
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

impl FineTuned {
    /// None before the end of the first epoch.
    fn of(mut state: State<'_>) -> Result<Option<Self>, Error> {
        let Some(Best { index, weights, outputs }) = state.best.take() else { return Ok(None) };
        let Some(&best) = state.epochs.get(index) else { return Ok(None) };
        let decision = state.scoring().decision(&best);
        let epochs = std::mem::take(&mut state.epochs);
        let mut model = state.into_model();
        model.set_weights(&weights)?;
        Ok(Some(Self { epochs, best, decision, outputs, model }))
    }
}
