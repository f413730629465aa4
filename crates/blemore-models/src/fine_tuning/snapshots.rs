//! The state of a fit in a file, from which it goes on after it was killed.

use std::fs;
use std::time::Instant;

use blemore_encoders::HiCmaeConfig;
use serde::{Deserialize, Serialize};
use tch::{Tensor, no_grad};

use super::state::{Best, State};
use crate::files::{Archive, Contents, check_format, take};
use crate::libtorch::values;
use crate::training::snapshots::{Pace, Run};
use crate::{ClipOutputs, EpochRecord, Error, RandomSource, Recipe, Snapshots};

/// What the errors call it.
const KIND: &str = "training state";
/// What a state's description says that it is.
const FORMAT: &str = "blemore fine-tuning state 1";
/// What stands before the names of the weights.
const WEIGHTS: &str = "weights";
const FIRST_MOMENTS: &str = "first_moments";
const SECOND_MOMENTS: &str = "second_moments";
const BEST_WEIGHTS: &str = "best_weights";
const BEST_OUTPUTS: &str = "best_outputs";

/// What the metadata of the file says.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: String,
    run: Run,
    /// Number of steps of the optimiser.
    steps: u64,
    /// The losses of the batches of the epoch that is being made.
    losses: Vec<f64>,
    epochs: Vec<EpochRecord>,
    /// Place of the best epoch among them, from 0.
    best: Option<usize>,
}

/// Writes the state of a fit as it goes.
pub(super) struct Recorder<'a> {
    snapshots: &'a Snapshots,
    run: Run,
    pace: Pace,
}

impl<'a> Recorder<'a> {
    /// For a fit of so many training and validation clips.
    pub(super) fn new(
        snapshots: &'a Snapshots,
        (recipe, config): (&Recipe, &HiCmaeConfig),
        (training, validation): (usize, Option<usize>),
        source: &RandomSource,
    ) -> Result<Self, Error> {
        let run = Run {
            identity: snapshots.identity.clone(),
            architecture: format!("{config:?}"),
            width: config.width as usize,
            training_examples: training,
            validation_examples: validation,
            recipe: recipe.to_toml()?,
            source: source.clone(),
        };
        Ok(Self { snapshots, run, pace: Pace::new() })
    }

    /// Writes the state if it is due, or if this is the last step.
    pub(super) fn after_step(&mut self, state: &State<'_>, is_last: bool) -> Result<(), Error> {
        if self.pace.is_due() || is_last {
            let start = Instant::now();
            self.write(state)?;
            self.pace.wrote(start);
        }
        Ok(())
    }

    fn write(&self, state: &State<'_>) -> Result<(), Error> {
        if let Some(folder) = self.snapshots.path().parent() {
            let failed = |source| Error::Write { path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut archive = Archive::new(Description {
            format: FORMAT.to_owned(),
            run: self.run.clone(),
            steps: state.network.steps,
            losses: state.losses.clone(),
            epochs: state.epochs.clone(),
            best: state.best.as_ref().map(|best| best.index),
        });
        let weights = state.network.network.weights();
        let best = state.best.as_ref().map(|best| best.weights.iter());
        let mut best = best.into_iter().flatten();
        for (weight, [first, second]) in weights.iter().zip(&state.network.moments) {
            let shape: Vec<usize> = weight.tensor.size().iter().map(|size| *size as usize).collect();
            let arrays = [(WEIGHTS, &weight.tensor), (FIRST_MOMENTS, first), (SECOND_MOMENTS, second)];
            for (kind, tensor) in arrays.into_iter().chain(best.next().map(|best| (BEST_WEIGHTS, best))) {
                archive.push(format!("{kind}.{}", weight.name), &shape, values(tensor)?);
            }
        }
        if let Some(best) = &state.best {
            let values = best.outputs.values();
            archive.push(BEST_OUTPUTS, &[values.len()], values);
        }
        archive.write(self.snapshots.path())
    }

    /// Sets a fit to the state in the file, if there is one.
    pub(super) fn restore(&self, state: &mut State<'_>, recipe: &Recipe) -> Result<(), Error> {
        if !self.snapshots.path().exists() {
            return Ok(());
        }
        let mut contents = Contents::open(self.snapshots.path(), KIND)?;
        let description = contents.description::<Description>();
        let description = description.map_err(|fault| contents.unusable(vec![fault]))?;
        let mut faults = self.run.differences(&description.run);
        take(&mut faults, check_format(&description.format, FORMAT));
        let Description { steps, losses, epochs, best, .. } = description;
        let made = epochs.len() * state.steps_per_epoch() + losses.len();
        let is_whole = losses.len() <= state.steps_per_epoch() && made as u64 == steps;
        let needs_best = self.run.validation_examples.is_some() && !epochs.is_empty();
        if !is_whole || best.is_some() != needs_best || best.is_some_and(|best| best >= epochs.len()) {
            faults.push(format!("its steps cannot be used: {steps}, with {made} losses"));
        }
        if !faults.is_empty() {
            return Err(contents.unusable(faults));
        }
        let mut best_weights = Vec::new();
        for (weight, [first, second]) in
            state.network.network.weights().iter().zip(&mut state.network.moments)
        {
            let mut read = |kind: &str| read(&mut contents, kind, &weight.name, &weight.tensor);
            assign(&weight.tensor, &read(WEIGHTS)?)?;
            assign(first, &read(FIRST_MOMENTS)?)?;
            assign(second, &read(SECOND_MOMENTS)?)?;
            if best.is_some() {
                best_weights.push(read(BEST_WEIGHTS)?);
            }
        }
        if let (Some(index), Some(clips)) = (best, self.run.validation_examples) {
            let read = contents.array::<f32>(BEST_OUTPUTS, &[clips * recipe.head.classes()]);
            let values = read.map_err(|fault| contents.unusable(vec![fault]))?;
            let outputs = ClipOutputs::from_values(recipe.head, &values)?;
            state.best = Some(Best { index, weights: best_weights, outputs });
        }
        (state.network.steps, state.losses, state.epochs) = (steps, losses, epochs);
        Ok(())
    }
}

/// The array of a weight, as a tensor beside it.
fn read(contents: &mut Contents, kind: &str, name: &str, like: &Tensor) -> Result<Tensor, Error> {
    let shape: Vec<usize> = like.size().iter().map(|size| *size as usize).collect();
    let read = contents.array::<f32>(&format!("{kind}.{name}"), &shape);
    let values = read.map_err(|fault| contents.unusable(vec![fault]))?;
    Ok(Tensor::f_from_slice(&values)?.f_view(like.size().as_slice())?.f_to_device(like.device())?)
}

fn assign(tensor: &Tensor, source: &Tensor) -> Result<(), Error> {
    no_grad(|| Ok(tensor.f_detach()?.f_copy_(source)?))
}
