//! Joining the results of one run that were computed in several folders.

use std::path::Path;

use super::folder::{ResultsFolder, copy_folder};
use crate::{CrossValidated, Error, Run};

/// What [`merge`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// All finished cells of the run.
    pub cross_validated: CrossValidated,
    /// How many cells are in none of the folders.
    pub missing: usize,
}

/// Copies the finished cells of several folders of the same cross-validation into one, and writes its tables.
///
/// The folder `into` may be one of them, or hold cells of the run; what it holds already stays.
///
/// ```no_run
/// use blemore_run::{ResultsFolder, merge};
/// let parts = [ResultsFolder::open("runs/part-1")?, ResultsFolder::open("runs/part-2")?];
/// assert_eq!(merge(&parts, "runs/whole")?.missing, 0);
/// # Ok::<(), blemore_run::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoRun`] for a folder without a run, [`Error::OtherRun`] when they, or what `into` holds, are not
/// of the same one, [`Error::Write`].
pub fn merge(runs: &[ResultsFolder], into: impl AsRef<Path>) -> Result<Merged, Error> {
    let into = into.as_ref();
    let Some(first) = runs.first() else { return Err(Error::NoRun { path: into.to_owned() }) };
    let run = Run::read(first)?;
    let check = |other: &ResultsFolder| {
        if Run::read(other)?.cells == run.cells {
            return Ok(());
        }
        let (first, other) = (first.path().to_owned(), other.path().to_owned());
        Err(Error::OtherRun { first, other })
    };
    runs[1..].iter().try_for_each(check)?;
    if let Ok(held) = ResultsFolder::open(into) {
        match check(&held) {
            Err(Error::NoRun { .. }) => {}
            checked => checked?,
        }
    }
    let whole = ResultsFolder::create(into)?;
    run.write(&whole)?;
    for name in &run.cells {
        let target = whole.of_result(name);
        let source = runs.iter().map(|folder| folder.of_result(name)).find(|source| source.is_dir());
        if let Some(source) = source
            && !target.is_dir()
        {
            whole.place(name, |draft| copy_folder(&source, draft))?;
        }
    }
    let cross_validated = run.write_tables(&whole)?;
    Ok(Merged { missing: run.missing(&whole)?, cross_validated })
}
