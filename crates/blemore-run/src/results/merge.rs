//! Joining the results of one run that were computed in several folders.

use std::path::Path;

use super::folder::{ResultsFolder, copy_folder};
use crate::{Cell, CellState, CrossValidated, Error, Run};

/// Copies the finished cells of several folders of the same cross-validation into one, and writes its tables, which it
/// gives.
///
/// The folder `into` may be one of them, or hold cells of the run; what it holds already stays. Where one copy of a cell is
/// damaged, a whole one is taken from another folder.
///
/// ```no_run
/// use blemore_run::{ResultsFolder, merge};
/// let parts = [ResultsFolder::open("runs/part-1")?, ResultsFolder::open("runs/part-2")?];
/// assert_eq!(merge(&parts, "runs/whole")?.missing, 0);
/// # Ok::<(), blemore_run::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoRun`] for a folder without a run, [`Error::OtherRun`] when they are not parts of one,
/// [`Error::AnotherRun`] when `into` holds another, [`Error::Write`].
pub fn merge(runs: &[ResultsFolder], into: impl AsRef<Path>) -> Result<CrossValidated, Error> {
    let into = into.as_ref();
    let Some(first) = runs.first() else { return Err(Error::NoRun { path: into.to_owned() }) };
    let mut run = Run::read(first)?;
    for other in &runs[1..] {
        let found = Run::read(other)?;
        let differences = run.differences(&found);
        if !differences.is_empty() {
            let (first, other) = (first.path().to_owned(), other.path().to_owned());
            return Err(Error::OtherRun { first, other, differences });
        }
        let new: Vec<Cell> = found.cells.into_iter().filter(|cell| !run.cells.contains(cell)).collect();
        run.cells.extend(new);
    }
    let whole = ResultsFolder::create(into)?;
    let run = run.enter(&whole, false)?;
    for cell in &run.cells {
        take(&run, cell, runs, &whole)?;
    }
    run.write_tables(&whole)
}

/// Copies a cell into `whole`, unless it holds it, from the first folder that has it whole.
fn take(run: &Run, cell: &Cell, runs: &[ResultsFolder], whole: &ResultsFolder) -> Result<(), Error> {
    let held = run.state(whole, cell)?;
    if matches!(held, CellState::Finished(_)) {
        return Ok(());
    }
    for source in runs {
        if matches!(run.state(source, cell)?, CellState::Finished(_)) {
            let _claim = whole.claim(&cell.name)?;
            if matches!(held, CellState::Damaged(_)) {
                whole.remove(&cell.name)?;
            }
            return whole.place(&cell.name, |draft| copy_folder(&source.of_result(&cell.name), draft));
        }
    }
    Ok(())
}
