//! The state of a fit in a file, from which it goes on after it was killed.

use std::fs;
use std::io;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Contents};
use crate::fit::{Best, Fit};
use crate::parts::Parts;
use crate::{EpochRecord, Error, Examples, FileFault, RandomSource, Trainer};

/// What the errors call it.
const KIND: &str = "training state";
/// What a state's description says that it is.
const FORMAT: &str = "blemore training state 4";
/// Names and prefixes of the arrays.
const EPOCHS: &str = "epochs";
const LAYERS: &str = "layers";
const FIRST_MOMENTS: &str = "first_moments";
const SECOND_MOMENTS: &str = "second_moments";
const BEST_LAYERS: &str = "best_layers";
/// Numbers of an epoch's record.
const RECORD: usize = 9;
/// Between two snapshots a fit trains this many times as long as the last snapshot took.
const PAUSE: u32 = 20;

/// Where a fit leaves its state, and how often.
///
/// The file is a safetensors file that is replaced as a whole: whenever a fit is killed, the state of some epoch is
/// there. It holds weights, both moments of the optimiser, the position in the random numbers, all epochs so far and the
/// best model, 16 bytes or a little more for each parameter.
///
/// ```
/// use std::num::NonZero;
/// use blemore_models::Snapshots;
/// let snapshots = Snapshots::new("results/cell_7/state.safetensors").every(NonZero::new(10).unwrap());
/// assert!(snapshots.path().ends_with("state.safetensors"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    path: PathBuf,
    every: Option<NonZero<usize>>,
}

impl Snapshots {
    /// Snapshots in this file, as often as they take no more than a twentieth of the time, and at the end.
    ///
    /// ```
    /// assert!(blemore_models::Snapshots::new("state.safetensors").path().is_relative());
    /// ```
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), every: None }
    }

    /// A snapshot after each `epochs` epochs, and at the end.
    ///
    /// ```
    /// # use std::num::NonZero;
    /// # use blemore_models::Snapshots;
    /// assert_ne!(Snapshots::new("a").every(NonZero::<usize>::MIN), Snapshots::new("a"));
    /// ```
    pub fn every(mut self, epochs: NonZero<usize>) -> Self {
        self.every = Some(epochs);
        self
    }

    /// The file.
    ///
    /// ```
    /// # use blemore_models::Snapshots;
    /// assert_eq!(Snapshots::new("a").path(), std::path::Path::new("a"));
    /// ```
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Removes the file if it is there.
    ///
    /// # Errors
    /// [`Error::Write`] when it is there and stays.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// blemore_models::Snapshots::new(folder.path().join("none")).remove()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::Write { path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// What a fit depends on; a state is of use to this very run alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Run {
    architecture: String,
    width: usize,
    config: String,
    training_part: String,
    validation_part: String,
    /// The random numbers at the start.
    source: RandomSource,
}

impl Run {
    fn of(trainer: &Trainer, parts: Parts<'_, '_, '_>, source: &RandomSource) -> Result<Self, Error> {
        Ok(Self {
            architecture: trainer.architecture().to_string(),
            width: parts.train.width(),
            config: trainer.config().to_toml()?,
            training_part: parts.train.digest(),
            validation_part: parts.validation.map_or_else(|| "none".to_owned(), Examples::digest),
            source: source.clone(),
        })
    }

    /// What differs from the run of a file.
    fn differences(&self, found: &Self) -> Vec<FileFault> {
        let pairs = [
            ("model", &self.architecture, &found.architecture),
            ("configuration", &self.config, &found.config),
            ("training part", &self.training_part, &found.training_part),
            ("validation part", &self.validation_part, &found.validation_part),
            ("random numbers", &format!("{:?}", self.source), &format!("{:?}", found.source)),
            ("number of features", &self.width.to_string(), &found.width.to_string()),
        ];
        let other = |what, expected: &str, found: &str| FileFault::OtherRun {
            what,
            expected: expected.trim().replace('\n', ", "),
            found: found.trim().replace('\n', ", "),
        };
        let differing = pairs.into_iter().filter(|(_, expected, found)| expected != found);
        differing.map(|(what, expected, found)| other(what, expected, found)).collect()
    }
}

/// What the metadata of the file says.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: String,
    run: Run,
    /// Epochs made.
    epochs: usize,
    /// Place of the best epoch among them, from 0.
    best: Option<usize>,
    /// The random numbers as far as they are drawn.
    source: RandomSource,
}

/// Writes the state of a fit as it goes.
pub(crate) struct Recorder<'a> {
    snapshots: &'a Snapshots,
    run: Run,
    last: Instant,
    took: Duration,
}

impl<'a> Recorder<'a> {
    /// Starts a fit, where its file says that it was left if that is there.
    pub(crate) fn start<'t>(
        snapshots: &'a Snapshots,
        trainer: &'t Trainer,
        parts: Parts<'_, '_, '_>,
        source: &mut RandomSource,
    ) -> Result<(Fit<'t>, Self), Error> {
        let run = Run::of(trainer, parts, source)?;
        let mut fit = Fit::start(trainer, parts, source)?;
        let recorder = Self { snapshots, run, last: Instant::now(), took: Duration::ZERO };
        if snapshots.path.exists() {
            let mut contents = Contents::open(&snapshots.path, KIND)?;
            *source = recorder.restore(&mut fit, &mut contents, trainer)?;
        }
        Ok((fit, recorder))
    }

    /// Writes the state if it is time.
    pub(crate) fn after_epoch(
        &mut self,
        fit: &Fit<'_>,
        source: &RandomSource,
        flow: ControlFlow<()>,
    ) -> Result<(), Error> {
        let due = match self.snapshots.every {
            Some(epochs) => fit.epochs.len().is_multiple_of(epochs.get()),
            None => self.last.elapsed() >= self.took * PAUSE,
        };
        if !(due || flow.is_break() || fit.is_complete()) {
            return Ok(());
        }
        let start = Instant::now();
        self.write(fit, source)?;
        self.last = Instant::now();
        self.took = self.last - start;
        Ok(())
    }

    fn write(&self, fit: &Fit<'_>, source: &RandomSource) -> Result<(), Error> {
        let path = &self.snapshots.path;
        let description = Description {
            format: FORMAT.to_owned(),
            run: self.run.clone(),
            epochs: fit.epochs.len(),
            best: fit.best.as_ref().map(|best| best.index),
            source: source.clone(),
        };
        let mut archive = Archive::new(&description)
            .map_err(|fault| Error::Write { path: path.clone(), source: io::Error::other(fault) })?;
        let records: Vec<f64> = fit.epochs.iter().flat_map(numbers).collect();
        archive.push(EPOCHS, &[fit.epochs.len(), RECORD], records);
        archive.push_parameters(LAYERS, fit.network.layers.iter())?;
        archive.push_parameters(FIRST_MOMENTS, fit.optimizer.moments.iter().map(|moments| &moments.first))?;
        archive
            .push_parameters(SECOND_MOMENTS, fit.optimizer.moments.iter().map(|moments| &moments.second))?;
        if let Some(best) = &fit.best {
            archive.push_layers(BEST_LAYERS, &best.layers);
        }
        archive.write(path)
    }

    /// Puts a fit where the file says; gives the random numbers as far as they were drawn.
    fn restore(
        &self,
        fit: &mut Fit<'_>,
        contents: &mut Contents,
        trainer: &Trainer,
    ) -> Result<RandomSource, Error> {
        let unusable = |contents: &Contents, faults| contents.unusable(KIND, faults);
        let description = contents.description::<Description>();
        let description = description.map_err(|fault| unusable(contents, vec![fault]))?;
        let faults = self.faults(&description);
        if !faults.is_empty() {
            return Err(unusable(contents, faults));
        }
        let layers = |contents: &mut Contents, prefix: &str| {
            let read = contents.layers(prefix, trainer.architecture(), self.run.width);
            read.map_err(|faults| unusable(contents, faults))
        };
        // One set of arrays at a time, so that only one copy is in memory beside the fit.
        fit.network.assign(&layers(contents, LAYERS)?)?;
        for (moments, layer) in fit.optimizer.moments.iter_mut().zip(layers(contents, FIRST_MOMENTS)?) {
            moments.first.assign(&layer)?;
        }
        for (moments, layer) in fit.optimizer.moments.iter_mut().zip(layers(contents, SECOND_MOMENTS)?) {
            moments.second.assign(&layer)?;
        }
        fit.optimizer.resume(description.epochs * fit.steps_per_epoch());
        if let Some(index) = description.best {
            fit.best = Some(Best { index, layers: layers(contents, BEST_LAYERS)? });
        }
        let records = contents.array::<f64>(EPOCHS, &[description.epochs, RECORD]);
        let records = records.map_err(|fault| unusable(contents, vec![fault]))?;
        fit.epochs = records.as_chunks().0.iter().map(record).collect();
        Ok(description.source)
    }

    fn faults(&self, description: &Description) -> Vec<FileFault> {
        let mut faults = self.run.differences(&description.run);
        if description.format != FORMAT {
            let (expected, found) = (FORMAT.to_owned(), description.format.clone());
            faults.push(FileFault::OtherFormat { expected, found });
        }
        if description.best.is_some_and(|best| best >= description.epochs) {
            let problem = format!("it is not among the {} epochs", description.epochs);
            faults.push(FileFault::Value { what: "best epoch", problem });
        }
        faults
    }
}

fn numbers(record: &EpochRecord) -> [f64; RECORD] {
    [
        record.epoch as f64,
        record.train_loss,
        record.val_loss,
        record.alpha,
        record.beta,
        record.acc_presence,
        record.acc_salience,
        record.presence_only,
        record.salience_only,
    ]
}

fn record(numbers: &[f64; RECORD]) -> EpochRecord {
    let [epoch, train_loss, val_loss, alpha, beta, acc_presence, acc_salience, presence_only, salience_only] =
        *numbers;
    EpochRecord {
        epoch: epoch as usize,
        train_loss,
        val_loss,
        alpha,
        beta,
        acc_presence,
        acc_salience,
        presence_only,
        salience_only,
    }
}
