//! The state of a fit in a file, from which the fit continues after it was killed.

use std::fs;
use std::io;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::state::{Best, Setup, State};
use crate::files::{Archive, Contents, check_format, take};
use crate::network::Parameters;
use crate::{ClipOutputs, EpochRecord, Error, Examples, Layer, RandomSource};

/// What the errors call it.
const KIND: &str = "training state";
/// What a state's description says that it is.
const FORMAT: &str = "blemore training state 6";
/// Prefixes of the arrays.
const LAYERS: &str = "layers";
const FIRST_MOMENTS: &str = "first_moments";
const SECOND_MOMENTS: &str = "second_moments";
const BEST_LAYERS: &str = "best_layers";
const OUTPUTS: &str = "outputs";
/// Between two snapshots a fit trains this many times as long as the last snapshot took.
const PAUSE: u32 = 20;

/// Where a fit writes its state, and how often.
///
/// The file is a safetensors file that is replaced as a whole: whenever a fit is killed, the state of some epoch is
/// there. It holds weights, both moments of the optimiser, the position in the random numbers, all epochs so far and the
/// best model: 16 bytes or a little more per parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    path: PathBuf,
    pub(crate) identity: String,
    every: Option<NonZero<usize>>,
}

impl Snapshots {
    /// Snapshots in this file: as often as possible within a twentieth of the time, and at the end.
    ///
    /// `identity` names the examples of the fit, for example by a hash of the data: a state with another identity is
    /// refused. The examples themselves are not compared. The model, the recipe, the random numbers and the numbers
    /// of examples must match too.
    pub fn new(path: impl Into<PathBuf>, identity: impl Into<String>) -> Self {
        Self { path: path.into(), identity: identity.into(), every: None }
    }

    /// A snapshot after every `epochs` epochs, and at the end.
    pub fn every(self, epochs: NonZero<usize>) -> Self {
        Self { every: Some(epochs), ..self }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file if it is there.
    ///
    /// # Errors
    /// [`Error::Write`] when it cannot be removed.
    pub fn remove(&self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::Write { path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// What a fit depends on; only the same run can use a state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) identity: String,
    pub(crate) architecture: String,
    pub(crate) width: usize,
    pub(crate) training_examples: usize,
    /// `None` without validation.
    pub(crate) validation_examples: Option<usize>,
    pub(crate) recipe: String,
    /// The random numbers at the start.
    pub(crate) source: RandomSource,
}

/// When the next snapshot is due: they take a twentieth of the time at most.
pub(crate) struct Pace {
    last: Instant,
    took: Duration,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now(), took: Duration::ZERO }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.last.elapsed() >= self.took * PAUSE
    }

    /// Takes note of a snapshot that was begun at this time.
    pub(crate) fn wrote(&mut self, start: Instant) {
        self.last = Instant::now();
        self.took = self.last - start;
    }
}

impl Run {
    /// Each difference from the run of a file, as a sentence.
    pub(crate) fn differences(&self, found: &Self) -> Vec<String> {
        let number = |n: Option<usize>| n.map_or("none".to_owned(), |n| n.to_string());
        let values = |run: &Self| {
            [
                ("identity", run.identity.clone()),
                ("model", run.architecture.clone()),
                ("number of features", run.width.to_string()),
                ("number of training examples", run.training_examples.to_string()),
                ("number of validation examples", number(run.validation_examples)),
                ("recipe", run.recipe.trim().replace('\n', ", ")),
                ("random numbers", format!("{:?}", run.source)),
            ]
        };
        let pairs = values(self).into_iter().zip(values(found)).filter(|(expected, found)| expected != found);
        let sentences = pairs.map(|((what, expected), (_, found))| {
            format!(
                "it belongs to a run with {what} {found}, this run has {expected}: remove the file to start again"
            )
        });
        sentences.collect()
    }
}

/// What the metadata of the file says.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: String,
    run: Run,
    /// Number of epochs made.
    made: usize,
    /// Their records, where there is a validation part.
    epochs: Vec<EpochRecord>,
    /// Place of the best epoch among them, from 0.
    best: Option<usize>,
    /// The random numbers after these epochs.
    source: RandomSource,
}

impl Description {
    fn faults(&self, run: &Run) -> Vec<String> {
        let mut faults = run.differences(&self.run);
        take(&mut faults, check_format(&self.format, FORMAT));
        let validated = if run.validation_examples.is_some() { self.made } else { 0 };
        if self.epochs.len() != validated || self.best.is_some_and(|best| best >= validated) {
            let (records, epochs) = (self.epochs.len(), self.made);
            faults.push(format!("its epochs cannot be used: {records} records for {epochs} epochs"));
        }
        faults
    }
}

/// Writes the state of a fit as it goes.
pub(super) struct Recorder<'a> {
    snapshots: &'a Snapshots,
    run: Run,
    validation_clips: usize,
    pace: Pace,
}

impl<'a> Recorder<'a> {
    /// For a fit that starts with these random numbers.
    pub(super) fn new(
        snapshots: &'a Snapshots,
        setup: &Setup,
        train: &Examples<'_>,
        validation: Option<&Examples<'_>>,
        source: &RandomSource,
    ) -> Result<Self, Error> {
        let run = Run {
            identity: snapshots.identity.clone(),
            architecture: setup.architecture.to_string(),
            width: train.width(),
            training_examples: train.len(),
            validation_examples: validation.map(Examples::len),
            recipe: setup.recipe.to_toml()?,
            source: source.clone(),
        };
        let validation_clips = validation.map_or(0, |validation| validation.labels().len());
        Ok(Self { snapshots, run, validation_clips, pace: Pace::new() })
    }

    /// Writes the state if it is due.
    pub(super) fn after_epoch(
        &mut self,
        state: &State<'_, '_, '_>,
        source: &RandomSource,
        flow: ControlFlow<()>,
    ) -> Result<(), Error> {
        let due = match self.snapshots.every {
            Some(epochs) => state.made.is_multiple_of(epochs.get()),
            None => self.pace.is_due(),
        };
        if !(due || flow.is_break() || state.is_complete()) {
            return Ok(());
        }
        let start = Instant::now();
        self.write(state, source)?;
        self.pace.wrote(start);
        Ok(())
    }

    fn write<'s>(&self, state: &'s State<'_, '_, '_>, source: &RandomSource) -> Result<(), Error> {
        let mut archive = Archive::new(Description {
            format: FORMAT.to_owned(),
            run: self.run.clone(),
            made: state.made,
            epochs: state.epochs.clone(),
            best: state.best.as_ref().map(|best| best.index),
            source: source.clone(),
        });
        let mut push = |prefix, layers: &mut dyn Iterator<Item = &'s Parameters>| -> Result<(), Error> {
            archive.push_layers(prefix, layers.map(Parameters::values).collect::<Result<Vec<_>, _>>()?);
            Ok(())
        };
        let moments = &state.optimizer.moments;
        push(LAYERS, &mut state.network.layers.iter())?;
        push(FIRST_MOMENTS, &mut moments.iter().map(|moments| &moments.first))?;
        push(SECOND_MOMENTS, &mut moments.iter().map(|moments| &moments.second))?;
        if let Some(best) = &state.best {
            archive.push_layers(BEST_LAYERS, best.layers.iter().map(Layer::values));
        }
        if state.setup.keeps_outputs {
            let values: Vec<&[f32]> = state.outputs.iter().map(ClipOutputs::values).collect();
            archive.push(OUTPUTS, &self.outputs_shape(state.setup, values.len()), values.concat());
        }
        archive.write(&self.snapshots.path)
    }

    /// Epochs, clips, and numbers per clip.
    fn outputs_shape(&self, setup: &Setup, epochs: usize) -> [usize; 3] {
        [epochs, self.validation_clips, setup.recipe.head.classes()]
    }

    /// Sets a fit and its random numbers to the state in the file, if there is one.
    pub(super) fn restore(
        &self,
        state: &mut State<'_, '_, '_>,
        source: &mut RandomSource,
    ) -> Result<(), Error> {
        if !self.snapshots.path.exists() {
            return Ok(());
        }
        let mut contents = Contents::open(&self.snapshots.path, KIND)?;
        let description = contents.description::<Description>();
        let description = description.map_err(|fault| contents.unusable(vec![fault]))?;
        let faults = description.faults(&self.run);
        if !faults.is_empty() {
            return Err(contents.unusable(faults));
        }
        let shape = state.shape.clone();
        let mut layers = |prefix: &str| {
            let read = contents.layers(prefix, &shape);
            read.map_err(|faults| contents.unusable(faults))
        };
        // One set of arrays at a time, so that only one copy is in memory beside the fit.
        let mut assign =
            |prefix, parameters: &mut dyn Iterator<Item = &mut Parameters>| -> Result<(), Error> {
                parameters.zip(layers(prefix)?).try_for_each(|(parameters, layer)| parameters.assign(&layer))
            };
        let moments = &mut state.optimizer.moments;
        assign(LAYERS, &mut state.network.layers.iter_mut())?;
        assign(FIRST_MOMENTS, &mut moments.iter_mut().map(|moments| &mut moments.first))?;
        assign(SECOND_MOMENTS, &mut moments.iter_mut().map(|moments| &mut moments.second))?;
        if let Some(index) = description.best {
            state.best = Some(Best { index, layers: layers(BEST_LAYERS)? });
        }
        if state.setup.keeps_outputs {
            let shape = self.outputs_shape(state.setup, description.epochs.len());
            let read = contents.array::<f32>(OUTPUTS, &shape);
            let values = read.map_err(|fault| contents.unusable(vec![fault]))?;
            let size = (shape[1] * shape[2]).max(1);
            let epochs =
                values.chunks(size).map(|epoch| ClipOutputs::from_values(state.setup.recipe.head, epoch));
            state.outputs = epochs.collect::<Result<_, _>>()?;
        }
        state.optimizer.resume(description.made * state.steps_per_epoch());
        (state.made, state.epochs, *source) = (description.made, description.epochs, description.source);
        Ok(())
    }
}
