//! Running cells side by side, with their results in a folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use blemore_eval::{Probabilities, ProbabilityTable};
use blemore_labels::ClipName;
use blemore_models::{Checkpoint, EpochRecord, EventFile, Snapshots, TrainConfig};
use serde::{Deserialize, Serialize};

use super::{Cell, CellResult, CrossValidated, CrossValidation, TrainedCell};
use crate::error::CellFailure;
use crate::parallel::{Places, Workers};
use crate::results::folder::{cannot_write, read_json, write_json};
use crate::results::{ResultsFolder, key, tables};
use crate::{Error, Partition};

/// The file that lists the cells of a run.
const RUN_FILE: &str = "run.json";
/// The effective configuration, in a result's folder.
pub(crate) const CONFIG_FILE: &str = "config.toml";
/// Weights, standardiser and thresholds, in a result's folder.
pub(crate) const CHECKPOINT_FILE: &str = "checkpoint.safetensors";
/// Every epoch for TensorBoard, in a result's folder; it looks for this beginning of the name.
const EVENTS_FILE: &str = "events.out.tfevents.blemore";
/// The state of an unfinished fit.
pub(crate) const STATE_FILE: &str = "state.safetensors";
/// Out-of-fold probabilities, in a result's folder.
pub(crate) const PROBABILITIES_FILE: &str = "probabilities.csv";

/// What the right to write the tables is called among the rights to compute results.
const TABLES: &str = "tables";

/// Which cells to run, and with how much of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RunPlan {
    /// Processors, and how many cells side by side.
    pub workers: Workers,
    /// Only a share of the cells, for a scheduler's job array.
    pub share: Option<Share>,
    /// Only the cells of this fold.
    pub fold: Option<i64>,
}

/// Share `index` of `count`: every `count`-th cell.
///
/// ```
/// use blemore::Share;
/// let share: Share = "2/3".parse()?;
/// assert!((0..6).map(|cell| share.contains(cell)).eq([false, true, false, false, true, false]));
/// assert!("0/3".parse::<Share>().is_err());
/// # Ok::<(), blemore::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    index: usize,
    count: usize,
}

impl Share {
    /// Share `index` (from 1) of `count`.
    ///
    /// # Errors
    /// [`Error::Share`] unless `1 <= index <= count`.
    pub fn new(index: usize, count: usize) -> Result<Self, Error> {
        if (1..=count).contains(&index) {
            return Ok(Self { index, count });
        }
        Err(Error::Share { found: format!("{index}/{count}") })
    }

    /// Whether the cell at this position (from 0) is in the share.
    pub fn contains(self, position: usize) -> bool {
        position % self.count == self.index - 1
    }
}

impl std::str::FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.trim().parse().ok()?, count.trim().parse().ok()?)));
        let (index, count) = numbers.ok_or_else(|| Error::Share { found: text.to_owned() })?;
        Self::new(index, count)
    }
}

/// News of a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The cells of the run are known.
    Planned {
        /// How many cells there are to do.
        cells: usize,
        /// How many epochs each of them has.
        epochs: usize,
    },
    /// An epoch of a cell ended.
    Epoch {
        /// The cell.
        cell: &'a Cell,
        /// The epoch.
        record: &'a EpochRecord,
    },
    /// A cell is done.
    Finished {
        /// The cell.
        cell: &'a Cell,
        /// Epochs that did not have to be trained, because the result was there already.
        epochs_found: usize,
    },
}

/// What a results folder says of its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The feature set.
    pub features: String,
    /// The hash of the training partition.
    pub(crate) data: String,
    /// The configuration of every cell.
    pub config: TrainConfig,
    /// The subfolders of the cells, model by model.
    pub(crate) cells: Vec<String>,
}

impl Run {
    /// Reads what the run in a folder was.
    ///
    /// # Errors
    /// [`Error::NoRun`] when no cross-validation has written there.
    pub fn read(folder: &ResultsFolder) -> Result<Self, Error> {
        let path = folder.path().join(RUN_FILE);
        if !path.is_file() {
            return Err(Error::NoRun { path: folder.path().to_owned() });
        }
        read_json(&path)
    }

    /// Whether it is the run of this experiment: the same cells of the same clips, features and settings.
    #[must_use]
    pub fn is_of(&self, experiment: &CrossValidation<'_>) -> bool {
        self.cells.iter().eq(experiment.cells().iter().map(|cell| &cell.name))
    }

    pub(crate) fn write(&self, folder: &ResultsFolder) -> Result<(), Error> {
        write_json(folder.path().join(RUN_FILE), self)
    }

    /// Checks that every cell is finished, and that `train` is the partition that they were trained on.
    ///
    /// # Errors
    /// [`Error::OtherFeatures`], [`Error::Unfinished`].
    pub fn require(&self, folder: &ResultsFolder, train: &Partition<'_>) -> Result<(), Error> {
        let path = folder.path().to_owned();
        if key::of_partition(train).to_string() != self.data {
            return Err(Error::OtherFeatures { features: train.features().to_owned(), path });
        }
        match self.missing(folder)? {
            0 => Ok(()),
            missing => Err(Error::Unfinished { path, missing }),
        }
    }

    /// The finished cells.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Json`] for results that cannot be read.
    pub fn finished(&self, folder: &ResultsFolder) -> Result<CrossValidated, Error> {
        let cells = self.cells.iter().map(|name| folder.read::<CellResult>(name));
        Ok(CrossValidated::new(cells.filter_map(Result::transpose).collect::<Result<_, _>>()?))
    }

    /// Writes the tables of the finished cells, which it gives. One process at a time: of several that end together, the
    /// last has seen the cells of all.
    pub(crate) fn write_tables(&self, folder: &ResultsFolder) -> Result<CrossValidated, Error> {
        let _claim = folder.claim(TABLES)?;
        let finished = self.finished(folder)?;
        tables::write(folder.path(), &finished.cells, &finished.summary)?;
        Ok(finished)
    }

    /// How many cells are not finished.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn missing(&self, folder: &ResultsFolder) -> Result<usize, Error> {
        let finished = folder.names()?;
        Ok(self.cells.iter().filter(|name| !finished.contains(name)).count())
    }

    /// The out-of-fold probabilities of a finished cell.
    ///
    /// # Errors
    /// [`Error::Eval`] when they cannot be read.
    pub fn probabilities(&self, folder: &ResultsFolder, cell: usize) -> Result<ProbabilityTable, Error> {
        Ok(ProbabilityTable::read(probabilities_file(folder, &self.cells[cell]))?)
    }
}

/// Where a cell's probabilities are.
pub(crate) fn probabilities_file(folder: &ResultsFolder, cell: &str) -> PathBuf {
    folder.of_result(cell).join(PROBABILITIES_FILE)
}

impl CrossValidation<'_> {
    /// Runs the cells that `plan` asks for and that the folder does not hold, and gives all finished cells of the run.
    ///
    /// A cell that another process is computing is waited for. A cell whose loss stops being finite does not keep the
    /// others from running; it is reported at the end.
    ///
    /// # Errors
    /// [`Error::Cells`] with every cell that failed; [`Error::Data`] for a fold that does not exist; [`Error::Write`].
    pub fn run(
        &self,
        folder: &ResultsFolder,
        plan: &RunPlan,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<CrossValidated, Error> {
        let cells = self.cells();
        let run = Run {
            features: self.features().to_owned(),
            data: self.data_key().to_string(),
            config: self.config.clone(),
            cells: cells.iter().map(|cell| cell.name.clone()).collect(),
        };
        if let Some(fold) = plan.fold {
            self.folds.split(fold)?;
        }
        run.write(folder)?;
        let wanted: Vec<&Cell> = cells
            .iter()
            .enumerate()
            .filter(|(position, _)| plan.share.is_none_or(|share| share.contains(*position)))
            .filter(|(_, cell)| plan.fold.is_none_or(|fold| cell.fold == fold))
            .map(|(_, cell)| cell)
            .collect();
        progress(Progress::Planned { cells: wanted.len(), epochs: self.config.epochs });
        self.run_cells(&wanted, folder, plan.workers, progress)?;
        run.write_tables(folder)
    }

    fn run_cells(
        &self,
        cells: &[&Cell],
        folder: &ResultsFolder,
        workers: Workers,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<(), Error> {
        let stopped = AtomicBool::new(false);
        let places = Places::new(workers, self.config.device, cells.len(), self.partition.n_bytes());
        let footprint = |cell: &&Cell| self.config.footprint(&cell.model, self.partition.dim());
        let outcomes = places.map(cells, footprint, |cell, threads| {
            if stopped.load(Ordering::Relaxed) {
                return Ok(Outcome::Done);
            }
            let outcome = self.run_cell(cell, threads, folder, Patience::Skip, progress);
            if outcome.as_ref().is_err_and(|error| !concerns_cell_alone(error)) {
                stopped.store(true, Ordering::Relaxed);
            }
            outcome
        });
        let mut failures = Vec::new();
        for (&cell, outcome) in cells.iter().zip(outcomes) {
            let outcome = match outcome {
                Ok(Outcome::BusyElsewhere) => {
                    self.run_cell(cell, places.processors(), folder, Patience::Wait, progress)
                }
                other => other,
            };
            failures.extend(outcome.err().map(|error| CellFailure { cell: cell.clone(), error }));
        }
        if failures.is_empty() { Ok(()) } else { Err(Error::Cells { failures }) }
    }

    fn run_cell(
        &self,
        cell: &Cell,
        threads: usize,
        folder: &ResultsFolder,
        patience: Patience,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Outcome, Error> {
        let is_finished = || Ok::<bool, Error>(folder.read::<CellResult>(&cell.name)?.is_some());
        let found = |epochs_found| {
            progress(Progress::Finished { cell, epochs_found });
            Ok(Outcome::Done)
        };
        if is_finished()? {
            return found(self.config.epochs);
        }
        let _claim = match patience {
            Patience::Wait => folder.claim(&cell.name)?,
            Patience::Skip => match folder.try_claim(&cell.name)? {
                Some(claim) => claim,
                None => return Ok(Outcome::BusyElsewhere),
            },
        };
        // Another process may have finished it between the look and the claim.
        if is_finished()? {
            return found(self.config.epochs);
        }
        let split = self.folds.split(cell.fold)?;
        let snapshots = Snapshots::new(folder.unfinished(&cell.name).join(STATE_FILE));
        let mut epochs = 0;
        let trained = self.train(cell, &split, threads, &snapshots, &mut |record| {
            epochs += 1;
            progress(Progress::Epoch { cell, record });
        })?;
        self.write_cell(cell, &split.validation, trained, folder)?;
        found(self.config.epochs.saturating_sub(epochs))
    }

    fn write_cell(
        &self,
        cell: &Cell,
        validation: &[usize],
        outcome: TrainedCell,
        folder: &ResultsFolder,
    ) -> Result<(), Error> {
        let TrainedCell { trained, standardizer, probabilities } = outcome;
        let clips = validation.iter().map(|row| self.partition.metadata().clips()[*row].clip.clone());
        let table = probability_table(clips.collect(), &probabilities)?;
        let checkpoint = Checkpoint::new(
            trained.model,
            self.config.clone(),
            standardizer,
            trained.best.thresholds(),
            &cell.features,
        )?;
        let result = CellResult {
            features: cell.features.clone(),
            model: cell.model.clone(),
            fold: cell.fold,
            best: trained.best,
            epochs: trained.epochs,
        };
        let mut events = EventFile::new(SystemTime::now());
        result.epochs.iter().for_each(|record| events.epoch(record));
        folder.write(&cell.name, &result, |draft| {
            write_config(draft, &self.config)?;
            checkpoint.write(draft.join(CHECKPOINT_FILE))?;
            events.write(draft.join(EVENTS_FILE))?;
            Ok(table.write(draft.join(PROBABILITIES_FILE))?)
        })
    }
}

pub(crate) fn write_config(draft: &Path, config: &TrainConfig) -> Result<(), Error> {
    let path = draft.join(CONFIG_FILE);
    std::fs::write(&path, config.to_toml()?).map_err(cannot_write(&path))
}

/// Probabilities of f32 in the f64 of a table, exactly.
pub(crate) fn probability_table(
    clips: Vec<ClipName>,
    probabilities: &Probabilities<f32>,
) -> Result<ProbabilityTable, Error> {
    let rows = probabilities.iter().map(|row| row.map(f64::from)).collect();
    Ok(ProbabilityTable::new(clips, Probabilities::new(rows)?)?)
}

/// What to do about a cell that another process is computing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    Skip,
    Wait,
}

enum Outcome {
    Done,
    BusyElsewhere,
}

/// Whether the other cells can go on.
fn concerns_cell_alone(error: &Error) -> bool {
    matches!(error, Error::Diverged { .. } | Error::Models(blemore_models::Error::NonFiniteLoss { .. }))
}
