//! What a user starts a fit with.

use std::ops::ControlFlow;
use std::path::Path;

use blemore_encoders::HiCmaeConfig;
use blemore_run::FineTuning;
use serde::Serialize;
use tch::Tensor;

use super::inputs::ClipExamples;
use super::network::{FineTunedNetwork, Means};
use super::snapshots::Recorder;
use super::state::{FineTuneStep, State};
use crate::files::Archive;
use crate::libtorch::{Threads, torch_device, values};
use crate::optimizer::own_threads;
use crate::{ClipOutputs, Decision, Device, EpochRecord, Error, RandomSource, Recipe, Snapshots};

/// What the description of a file of weights says that it is.
const FORMAT: &str = "blemore fine-tuned network 1";

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

    /// A fit of the network of a checkpoint on training clips, with thresholds chosen on the validation clips after every
    /// epoch; [`FineTuneFit::run`] starts it.
    pub fn fit<'a>(
        &'a self,
        checkpoint: &'a Path,
        train: ClipExamples<'a>,
        validation: ClipExamples<'a>,
    ) -> FineTuneFit<'a> {
        let on_step = Box::new(|_: &_| ControlFlow::Continue(()));
        FineTuneFit { tuner: self, checkpoint, parts: [train, validation], snapshots: None, on_step }
    }
}

/// Is called after a step, and may stop the fit.
type OnStep<'a> = Box<dyn FnMut(&FineTuneStep) -> ControlFlow<()> + 'a>;

/// A fit that is about to start.
#[must_use = "`run` starts it"]
pub struct FineTuneFit<'a> {
    tuner: &'a FineTuner,
    checkpoint: &'a Path,
    parts: [ClipExamples<'a>; 2],
    snapshots: Option<&'a Snapshots>,
    on_step: OnStep<'a>,
}

impl<'a> FineTuneFit<'a> {
    /// Writes the state to a file as the fit goes, after a step and as often as a twentieth of the time allows, and
    /// continues from it if it is there: with the same bits on the same machine with as many threads.
    pub fn snapshots(self, snapshots: &'a Snapshots) -> Self {
        Self { snapshots: Some(snapshots), ..self }
    }

    /// Calls this after every step; it may stop the fit, whose state is written then.
    pub fn on_step(self, on_step: impl FnMut(&FineTuneStep) -> ControlFlow<()> + 'a) -> Self {
        Self { on_step: Box::new(on_step), ..self }
    }

    /// Trains, chooses thresholds after every epoch, and keeps the first epoch with the highest composite accuracy.
    ///
    /// # Errors
    /// Those of the checkpoint, the clips and the state's file; [`Error::NoExamples`]; [`Error::NonFiniteLoss`];
    /// [`Error::Stopped`] for a fit that was stopped in its first epoch; [`Error::NoSuchDevice`]; [`Error::Torch`].
    pub fn run(mut self, source: &RandomSource) -> Result<FineTuned, Error> {
        let FineTuner { recipe, settings, config, device, threads, recomputes } = self.tuner;
        let _threads = Threads::limited(*threads);
        let means = Means {
            device: torch_device(*device)?,
            own_threads: own_threads(recipe, *device, *threads),
            recomputes: *recomputes,
        };
        let network = FineTunedNetwork::load(
            self.checkpoint,
            config,
            (recipe, *settings),
            source.seed_of("head"),
            means,
        )?;
        let config = *network.network.config();
        let mut state = State::start(network, recipe, self.parts, source)?;
        let counts = self.parts.map(|part| part.clips.len());
        let recorder = |snapshots| Recorder::new(snapshots, (recipe, &config), counts, source);
        let mut recorder = self.snapshots.map(recorder).transpose()?;
        if let Some(recorder) = &recorder {
            recorder.restore(&mut state, recipe)?;
        }
        while !state.is_complete() {
            let step = state.advance()?;
            let flow = (self.on_step)(&step);
            if let Some(recorder) = &mut recorder {
                recorder.after_step(&state, flow.is_break() || state.is_complete())?;
            }
            if flow.is_break() {
                break;
            }
        }
        FineTuned::of(state).ok_or(Error::Stopped)
    }
}

/// The result of a fit: the first epoch with the highest composite accuracy.
#[derive(Debug)]
pub struct FineTuned {
    /// Every epoch in order.
    pub epochs: Vec<EpochRecord>,
    /// The best of them.
    pub best: EpochRecord,
    /// How the network's outputs become labels.
    pub decision: Decision,
    /// What it gave for the validation clips after that epoch.
    pub outputs: ClipOutputs,
    /// Its weights after that epoch, by their names in a checkpoint of HiCMAE.
    weights: Vec<(String, Tensor)>,
}

impl FineTuned {
    fn of(state: State<'_>) -> Option<Self> {
        let best = state.best.as_ref()?;
        let record = *state.epochs.get(best.index)?;
        let names = state.network.network.weights().iter().map(|weight| weight.name.clone());
        let weights = names.zip(best.weights.iter().map(Tensor::shallow_clone)).collect();
        let decision = state.scoring().decision(&record);
        let outputs = best.outputs.clone();
        Some(Self { epochs: state.epochs, best: record, decision, outputs, weights })
    }

    /// Writes the weights as a safetensors file with the names of HiCMAE's own checkpoints of fine-tuning, so that whatever
    /// reads those reads it. The metadata key `blemore` has the recipe.
    ///
    /// # Errors
    /// [`Error::Write`]; [`Error::Run`] for a recipe without a TOML form.
    pub fn write(&self, path: &Path, recipe: &Recipe) -> Result<(), Error> {
        let description =
            Description { format: FORMAT, recipe: recipe.to_toml()?, best_epoch: self.best.epoch };
        let mut archive = Archive::new(description);
        for (name, tensor) in &self.weights {
            let shape: Vec<usize> = tensor.size().iter().map(|size| *size as usize).collect();
            archive.push(name.clone(), &shape, values(tensor)?);
        }
        archive.write(path)
    }
}

/// What the metadata of a file of weights says.
#[derive(Serialize)]
struct Description {
    format: &'static str,
    recipe: String,
    best_epoch: usize,
}
