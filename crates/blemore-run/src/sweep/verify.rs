//! Checking the table of a sweep.

use std::path::Path;

use blemore_eval::PerMeasure;

use super::{SWEEP_FILE, SweepRow, SweepTable};
use crate::{CellResult, Difference, Error, ResultsFolder, Run};

/// Checks the table in the folder of a sweep: that it is as it was written, and that what its rows say of their runs is what
/// the cells give: the published accuracies, and the weights of the encoders. What is chosen on other folds is not computed
/// again; `blemore sweep` with the same plan does that. `None` where there is no table yet.
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
        let problem = problem(folder, row)?;
        differences.extend(problem.map(|problem| differs(format!("{}: {problem}", row.combination))));
    }
    Ok(Some(differences))
}

/// What does not fit between a row and its run.
fn problem(folder: &Path, row: &SweepRow) -> Result<Option<String>, Error> {
    let path = SweepTable::run(folder, &row.run);
    let finished = ResultsFolder::open(&path).and_then(|folder| Run::read(&folder)?.finished(&folder, true));
    let finished = match finished {
        Err(error @ Error::Read { .. }) => return Err(error),
        Err(error) => return Ok(Some(error.to_string())),
        Ok(finished) => finished,
    };
    let cells: Vec<&CellResult> =
        finished.cells.iter().filter(|cell| cell.cell.model == row.combination.model).collect();
    let published = PerMeasure::spread(cells.iter().map(|cell| cell.accuracies()));
    let is_same = published == row.published && CellResult::mean_encoders(cells) == row.encoders;
    Ok((!is_same).then(|| format!("its run {} gives other numbers, or is not whole", row.run)))
}
