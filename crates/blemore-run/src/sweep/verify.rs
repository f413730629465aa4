//! Checking the table of a sweep.

use std::path::Path;

use super::{Candidate, Candidates, SWEEP_FILE, SweepRow, SweepTable};
use crate::{CrossValidated, Difference, Error, ResultsFolder, Run};

/// Checks the table in the folder of a sweep: that it is as it was written, and that what its rows say of their runs is what
/// the cells give: the published accuracies, the epochs and numbers of encoders that the other folds choose, and the weights
/// of the encoders. Labels are not computed again; `blemore sweep` with the same plan does that. `None` where there is no
/// table yet.
///
/// # Errors
/// [`Error::Read`]. What is wrong with the table is in what it gives.
pub fn verify_sweep(folder: &Path) -> Result<Option<Vec<Difference>>, Error> {
    let differs = |problem: String| Difference { what: SWEEP_FILE.to_owned(), problem };
    let table = match SweepTable::read(folder) {
        Ok(None) => return Ok(None),
        Ok(Some(table)) => table,
        Err(Error::Damaged { problem, .. }) => return Ok(Some(vec![differs(problem)])),
        Err(error) => return Err(error),
    };
    let mut differences = Vec::new();
    for row in &table.rows {
        let problem = problem(folder, &table, row)?;
        differences.extend(problem.map(|problem| differs(format!("{}: {problem}", row.combination))));
    }
    Ok(Some(differences))
}

/// What does not fit between a row and its runs.
fn problem(folder: &Path, table: &SweepTable, row: &SweepRow) -> Result<Option<String>, Error> {
    let mut finished = Vec::new();
    for candidate in table.candidates(row) {
        let Some(name) = &candidate.run else { continue };
        match run(folder, name) {
            Ok(run) => finished.push((name, candidate.combination.fusion.best(), run)),
            Err(error @ Error::Read { .. }) => return Err(error),
            Err(error) => return Ok(Some(error.to_string())),
        }
    }
    let candidates = finished.iter().map(|(run, best, cells)| Candidate {
        run,
        best: *best,
        cells: cells.cells_of(&row.combination.model).collect(),
    });
    match Candidates::new(candidates.collect()) {
        Ok(candidates) if is_of(row, &candidates) => Ok(None),
        Ok(_) => {
            let names: Vec<&str> = finished.iter().map(|(name, ..)| name.as_str()).collect();
            Ok(Some(format!("{} gives other numbers", names.join(", "))))
        }
        Err(error) => Ok(Some(error.to_string())),
    }
}

fn run(folder: &Path, name: &str) -> Result<CrossValidated, Error> {
    let folder = ResultsFolder::open(SweepTable::run(folder, name))?;
    Run::read(&folder)?.finished(&folder, true)
}

/// Whether a row says of its runs what they give.
fn is_of(row: &SweepRow, candidates: &Candidates<'_>) -> bool {
    let choices = candidates.choices();
    candidates.published() == row.published
        && choices.iter().map(|choice| choice.epoch).eq(row.epochs.iter().copied())
        && candidates.encoders(&choices) == row.encoders
        && (row.run.is_some() || candidates.chosen(&choices) == row.chosen)
}
