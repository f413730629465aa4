//! Running cells side by side, with their results in a folder.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use blemore_models::{Checkpoint, EventFile, Footprint, Snapshots};
use blemore_run::files::{
    CHECKPOINT_FILE, EVENTS_FILE, PROBABILITIES_FILE, STATE_FILE, probability_table, write_config,
};
use blemore_run::{Cell, CellResult, CrossValidated, Progress, ResultsFolder, Run, Share, Workers};

use super::{CrossValidation, TrainedCell};
use crate::Error;
use crate::error::CellFailure;
use crate::parallel::Places;

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

impl CrossValidation<'_> {
    /// Runs the cells that `plan` asks for and that the folder does not hold, and gives all finished cells of the run.
    ///
    /// A cell that another process is computing is waited for. A cell whose loss stops being finite does not keep the
    /// others from running; it is reported at the end.
    ///
    /// # Errors
    /// [`Error::Cells`] with every cell that failed; [`Error::Data`] for a fold that does not exist; [`Error::Run`].
    pub fn run(
        &self,
        folder: &ResultsFolder,
        plan: &RunPlan,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<CrossValidated, Error> {
        let cells = self.cells();
        let run = Run {
            features: self.features().to_owned(),
            data: self.data_key().short(),
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
        Ok(run.write_tables(folder)?)
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
        let footprint = |cell: &&Cell| Footprint::of(&self.config, &cell.model, self.partition.dim());
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
        let snapshots = Snapshots::new(folder.unfinished(&cell.name).join(STATE_FILE), &cell.name);
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
        folder.write(&cell.name, &result, |draft| -> Result<(), Error> {
            write_config(draft, &self.config)?;
            checkpoint.write(draft.join(CHECKPOINT_FILE))?;
            events.write(draft.join(EVENTS_FILE))?;
            Ok(table.write(draft.join(PROBABILITIES_FILE))?)
        })
    }
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
