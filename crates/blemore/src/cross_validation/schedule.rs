//! Running cells side by side, with their results in a folder.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use blemore_base::Listener;
use blemore_data::Split;
use blemore_labels::ClipName;
use blemore_models::{EpochOutputs, EventFile, Footprint, Snapshots};
use blemore_run::files::{
    CHECKPOINT_FILE, EPOCH_OUTPUTS_FILE, EVENTS_FILE, STATE_FILE, write_outputs, write_recipe,
};
use blemore_run::{
    Cell, CellResult, CellState, CrossValidated, Execution, JobShare, Made, ResultsFolder, Run,
};

use super::CrossValidation;
use super::material::TrainedCell;
use crate::Error;
use crate::epochs::Epochs;
use crate::error::CellFailure;
use crate::scheduler::{Place, Scheduler};
use crate::stopwatch::Stopwatch;

/// Which cells to run, and on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RunPlan {
    /// What training runs on.
    pub execution: Execution,
    /// Only a share of the cells, for a job array.
    pub share: Option<JobShare>,
    /// Only the cells of this fold.
    pub fold: Option<i64>,
    /// Whether another run in the folder is removed instead of refused.
    pub replace: bool,
    /// Whether cells keep the outputs of every epoch ([`EPOCH_OUTPUTS_FILE`]), so that an epoch can be chosen later. A cell
    /// that is there without them is trained again.
    pub keep_outputs: bool,
}

/// What the cells of one command share.
#[derive(Clone, Copy)]
pub(super) struct Work<'w> {
    run: &'w Run,
    folder: &'w ResultsFolder,
    pub(super) plan: &'w RunPlan,
    pub(super) epochs: &'w Epochs<'w>,
}

impl Work<'_> {
    /// What there is of a cell. One without the outputs of its epochs is of no use where they are kept.
    fn state(&self, cell: &Cell) -> Result<CellState, Error> {
        let state = self.run.state(self.folder, cell)?;
        let lacks_outputs = || !self.folder.of_result(&cell.name).join(EPOCH_OUTPUTS_FILE).is_file();
        Ok(match state {
            CellState::Finished(_) if self.plan.keep_outputs && lacks_outputs() => {
                CellState::Damaged("it does not have the outputs of every epoch".to_owned())
            }
            state => state,
        })
    }
}

impl CrossValidation<'_> {
    /// Runs the cells of `plan` that are not in the folder, and gives all finished cells of the run.
    ///
    /// It waits for cells that other processes compute. If the loss of a cell stops being finite, the other cells still
    /// run, and the error comes at the end.
    ///
    /// # Errors
    /// [`Error::Cells`] with every cell that failed; [`Error::Data`] for a fold that does not exist; [`Error::Run`].
    pub fn run(
        &self,
        folder: &ResultsFolder,
        plan: &RunPlan,
        progress: Listener<'_>,
    ) -> Result<CrossValidated, Error> {
        let cells = self.n_cells(plan)?;
        self.run_counted(folder, plan, 0, &Epochs::new(cells, cells * self.recipe.epochs, progress))
    }

    /// The number of cells of `plan`, finished ones among them.
    ///
    /// # Errors
    /// [`Error::Data`] for a fold that does not exist.
    pub fn n_cells(&self, plan: &RunPlan) -> Result<usize, Error> {
        Ok(self.wanted(plan, 0)?.len())
    }

    /// The cells of `plan`. A share counts `before` cells of other runs too.
    pub(crate) fn wanted(&self, plan: &RunPlan, before: usize) -> Result<Vec<Cell>, Error> {
        if let Some(fold) = plan.fold {
            self.folds.split(fold)?;
        }
        let is_wanted = |(position, cell): &(usize, Cell)| {
            plan.share.is_none_or(|share| share.contains(before + *position))
                && plan.fold.is_none_or(|fold| cell.fold == fold)
        };
        Ok(self.cells().into_iter().enumerate().filter(is_wanted).map(|(_, cell)| cell).collect())
    }

    /// [`run`](Self::run) as a part of larger work, whose epochs are counted together.
    pub(crate) fn run_counted(
        &self,
        folder: &ResultsFolder,
        plan: &RunPlan,
        before: usize,
        epochs: &Epochs<'_>,
    ) -> Result<CrossValidated, Error> {
        let wanted = self.wanted(plan, before)?;
        let run = self.run_record().enter(folder, plan.replace)?;
        self.run_cells(&Work { run: &run, folder, plan, epochs }, &wanted)?;
        Ok(run.write_tables(folder)?)
    }

    fn run_cells(&self, work: &Work<'_>, cells: &[Cell]) -> Result<(), Error> {
        let execution = work.plan.execution;
        let stopped = AtomicBool::new(false);
        let scheduler = Scheduler::new(execution, cells.len(), self.material.n_bytes());
        let footprint = |cell: &Cell| self.material.footprint(&self.recipe, execution.device, &cell.model);
        let footprints = cells.iter().map(footprint).collect::<Result<Vec<_>, _>>()?;
        let fits: Vec<(&Cell, Footprint)> = cells.iter().zip(footprints).collect();
        let of_fit = |(_, footprint): &(&Cell, Footprint)| *footprint;
        let outcomes = scheduler.map(&fits, of_fit, |(cell, _), place| {
            if stopped.load(Ordering::Relaxed) {
                return Ok(Outcome::Done);
            }
            let outcome = self.run_cell(work, cell, place, Patience::Skip);
            if outcome.as_ref().is_err_and(|error| !concerns_cell_alone(error)) {
                stopped.store(true, Ordering::Relaxed);
            }
            outcome
        });
        let mut failures = Vec::new();
        for (cell, outcome) in cells.iter().zip(outcomes) {
            let outcome = match outcome {
                Ok(Outcome::BusyElsewhere) => self.run_cell(work, cell, scheduler.alone(), Patience::Wait),
                other => other,
            };
            failures.extend(outcome.err().map(|error| CellFailure { cell: cell.clone(), error }));
        }
        if failures.is_empty() { Ok(()) } else { Err(Error::Cells { failures }) }
    }

    fn run_cell(
        &self,
        work: &Work<'_>,
        cell: &Cell,
        place: Place,
        patience: Patience,
    ) -> Result<Outcome, Error> {
        let Work { folder, epochs, .. } = *work;
        let done = |found| {
            epochs.finished(cell, found);
            Ok(Outcome::Done)
        };
        if let CellState::Finished(_) = work.state(cell)? {
            return done(self.recipe.epochs);
        }
        let _claim = match patience {
            Patience::Wait => folder.claim(&cell.name)?,
            Patience::Skip => match folder.try_claim(&cell.name)? {
                Some(claim) => claim,
                None => return Ok(Outcome::BusyElsewhere),
            },
        };
        // Another process may have finished it between the first check and the claim.
        match work.state(cell)? {
            CellState::Finished(_) => return done(self.recipe.epochs),
            CellState::Missing => {}
            CellState::Damaged(problem) => {
                epochs.note(&folder.of_result(&cell.name), &format!("trained again: {problem}"));
                folder.remove(&cell.name)?;
            }
        }
        let split = self.folds.split(cell.fold)?;
        let snapshots = Snapshots::new(folder.unfinished(&cell.name).join(STATE_FILE), &cell.name);
        let stopwatch = Stopwatch::start(place);
        let mut trained_now = 0;
        let trained = self.train(cell, &split, place, &snapshots, work, &mut || {
            trained_now += 1;
            epochs.trained(cell);
        })?;
        self.write_cell(work, cell, &split, trained, stopwatch.made())?;
        done(self.recipe.epochs.saturating_sub(trained_now))
    }

    fn write_cell(
        &self,
        work: &Work<'_>,
        cell: &Cell,
        split: &Split,
        outcome: TrainedCell,
        made: Made,
    ) -> Result<(), Error> {
        let TrainedCell { epochs, best, decision, outputs, epoch_outputs, encoders, weights } = outcome;
        let records = self.material.metadata().clips();
        let clips = split.validation.iter().map(|row| records[*row].clip.clone());
        let clips: Vec<ClipName> = clips.collect();
        let tables = outputs.to_tables(clips.clone())?;
        let epoch_outputs = EpochOutputs::new(self.recipe.head, clips, epoch_outputs)?;
        let result = CellResult {
            cell: cell.clone(),
            run: self.run_key().short(),
            seed: self.recipe.seed,
            expected_score: decision.expected_score(),
            encoders,
            best,
            epochs,
        };
        let mut events = EventFile::new(SystemTime::now());
        result.epochs.iter().for_each(|record| events.epoch(record));
        work.folder.write(&result, Some(made), |draft| -> Result<(), Error> {
            write_recipe(draft, &self.recipe)?;
            let trained_on = split.train.iter().map(|row| &records[*row].clip);
            let file = draft.join(CHECKPOINT_FILE);
            let source = (self.features(), self.material.origins());
            weights.write(&file, (&self.recipe, decision), source, trained_on)?;
            events.write(draft.join(EVENTS_FILE))?;
            if work.plan.keep_outputs {
                epoch_outputs.write(draft.join(EPOCH_OUTPUTS_FILE))?;
            }
            Ok(write_outputs(draft, &tables)?)
        })
    }
}

/// What to do if another process computes a cell.
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
