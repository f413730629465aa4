//! Checking a whole results folder.

use blemore_eval::{PerMeasure, Predictions, Scorer, Truth};
use blemore_labels::Label;
use serde::Serialize;

use super::ResultsFolder;
use crate::files::RUN_FILE;
use crate::files::{probabilities_file, read_outputs};
use crate::{Cell, CellResult, CellState, CrossValidated, Error, HeldOutResult, Run};

/// What [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The feature set of the run.
    pub features: String,
    /// Cells of the run.
    pub cells: usize,
    /// Cells that are finished and whole.
    pub finished: usize,
    /// Held-out tests that are whole.
    pub tests: usize,
    /// Cells and tests whose accuracies were computed again from their probabilities and predictions. The labels of the
    /// others are not known.
    pub recomputed: usize,
    /// All that is not as it was written, or does not fit together.
    pub differences: Vec<Difference>,
}

/// Something in a results folder that is not as it was written, or that does not fit together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file or result, relative to the folder.
    pub what: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Checks every result of a folder against the hashes in its record, against its run and against its own epochs, computes
/// all accuracies again, and compares the tables with the cells.
///
/// Labels come from `truth`, or without it from the clips' names.
///
/// # Errors
/// [`Error::NoRun`] for a folder without a run, [`Error::Read`]. What is wrong with results is in what it gives.
pub fn verify(folder: &ResultsFolder, truth: Option<&Truth>) -> Result<Verification, Error> {
    let run = match Run::read(folder) {
        Err(Error::Damaged { path, problem }) => {
            let what = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let differences = vec![Difference { what, problem }];
            return Ok(Verification {
                features: String::new(),
                cells: 0,
                finished: 0,
                tests: 0,
                recomputed: 0,
                differences,
            });
        }
        run => run?,
    };
    let mut found = Verification {
        features: run.features.clone(),
        cells: run.cells.len(),
        finished: 0,
        tests: 0,
        recomputed: 0,
        differences: Vec::new(),
    };
    let mut results = Vec::new();
    for (cell, state) in run.states(folder)? {
        match state {
            CellState::Missing => {}
            CellState::Damaged(problem) => found.differs(&cell.name, problem),
            CellState::Finished(result) => {
                found.finished += 1;
                found.check(&cell.name, check_cell(folder, &result, truth));
                results.push(*result);
            }
        }
    }
    for name in folder.names()? {
        if run.cells.iter().any(|cell| cell.name == name) {
            continue;
        }
        match folder.read::<HeldOutResult>(&name) {
            Ok(Some(test)) if test.features == run.features => {
                found.tests += 1;
                found.check(&name, check_test(folder, &test, truth));
            }
            Err(error @ Error::Read { .. }) => return Err(error),
            Err(Error::Damaged { problem, .. }) if is_test(&name) => found.differs(&name, problem),
            _ => found.differs(&name, "it is no result of this run: remove it".to_owned()),
        }
    }
    if found.finished == 0 && found.differences.is_empty() {
        found.differs(RUN_FILE, "no cell of the run is finished".to_owned());
    }
    // The tables have the damaged cells too.
    let missing = found.cells - found.finished;
    let finished = found.differences.is_empty().then(|| CrossValidated::new(results, missing, Vec::new()));
    let stale = finished.map(|finished| Run::stale_tables(folder, &finished)).transpose()?;
    for path in stale.into_iter().flatten() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        found.differs(&name, "it is not there, or not what the finished cells give".to_owned());
    }
    Ok(found)
}

/// Whether a result's name says that it is a held-out test.
fn is_test(name: &str) -> bool {
    name.contains("-test-") || name.contains("-ensemble-")
}

impl Verification {
    fn differs(&mut self, what: &str, problem: String) {
        self.differences.push(Difference { what: what.to_owned(), problem });
    }

    fn check(&mut self, what: &str, checked: Result<Recomputed, Error>) {
        match checked {
            Ok(Recomputed::Equal) => self.recomputed += 1,
            Ok(Recomputed::UnknownLabels) => {}
            Ok(Recomputed::Other(problem)) => self.differs(what, problem),
            Err(error) => self.differs(what, error.to_string()),
        }
    }
}

/// What comes of computing accuracies again.
pub(crate) enum Recomputed {
    Equal,
    Other(String),
    UnknownLabels,
}

impl Recomputed {
    fn of(said: PerMeasure<f64>, found: PerMeasure<f64>) -> Self {
        if said == found {
            return Self::Equal;
        }
        Self::Other(format!(
            "its accuracies are {} and {}, its record says {} and {}",
            found.presence, found.salience, said.presence, said.salience
        ))
    }
}

/// The accuracies of a cell from its probabilities, beside those of its record.
pub(crate) fn check_cell(
    folder: &ResultsFolder,
    result: &CellResult,
    truth: Option<&Truth>,
) -> Result<Recomputed, Error> {
    let Cell { name, .. } = &result.cell;
    let tables = read_outputs(folder, name)?;
    let table = &tables.emotions;
    let labels: Result<Vec<Label>, _> = match truth {
        Some(truth) => table.labels_in(truth),
        None => table.labels(),
    };
    let Ok(labels) = labels else { return Ok(Recomputed::UnknownLabels) };
    if labels.is_empty() {
        return Ok(Recomputed::Other(format!("{} has no clips", probabilities_file(folder, name).display())));
    }
    let scores = result.decision().score(&tables.outputs()?, &labels)?;
    Ok(Recomputed::of(result.accuracies(), scores.accuracies()))
}

fn check_test(
    folder: &ResultsFolder,
    test: &HeldOutResult,
    truth: Option<&Truth>,
) -> Result<Recomputed, Error> {
    let Some(said) = test.scores else { return Ok(Recomputed::UnknownLabels) };
    let predictions = Predictions::read(test.predictions(folder))?;
    let scorer = truth.map_or_else(Scorer::default, |truth| Scorer::with_truth(truth.clone()));
    match scorer.score(&predictions) {
        Ok(report) if report.scores.presence.total == test.n_clips as u64 => {
            Ok(Recomputed::of(said.accuracies, report.scores.accuracies()))
        }
        _ => Ok(Recomputed::UnknownLabels),
    }
}
