//! Several cross-validations that are run together, each in a subfolder of its own.

use std::path::Path;

use blemore_base::Listener;
use blemore_run::{CrossValidated, ResultsFolder};

use crate::epochs::Epochs;
use crate::{CrossValidation, Error, RunPlan};

/// Cross-validations by the names of their subfolders.
#[derive(Clone, Debug)]
pub(crate) struct RunGroup<'a> {
    pub(crate) runs: Vec<NamedRun<'a>>,
}

#[derive(Clone, Debug)]
pub(crate) struct NamedRun<'a> {
    /// Its subfolder.
    pub(crate) name: String,
    pub(crate) experiment: CrossValidation<'a>,
}

impl RunGroup<'_> {
    /// Runs the cells of a plan, whose shares are of the cells of all runs; the results of each run, in their order.
    ///
    /// # Errors
    /// As of [`CrossValidation::run`].
    pub(crate) fn run(
        &self,
        folder: &Path,
        plan: &RunPlan,
        progress: Listener<'_>,
    ) -> Result<Vec<(ResultsFolder, CrossValidated)>, Error> {
        let (mut before, mut wanted, mut total, mut starts) = (0, 0, 0, Vec::new());
        for NamedRun { experiment, .. } in &self.runs {
            starts.push(before);
            let cells = experiment.wanted(plan, before)?.len();
            (wanted, total) = (wanted + cells, total + cells * experiment.recipe().epochs);
            before += experiment.cells().len();
        }
        let epochs = Epochs::new(wanted, total, progress);
        let finished = self.runs.iter().zip(starts).map(|(NamedRun { name, experiment }, start)| {
            let results = ResultsFolder::create(folder.join(name))?;
            let finished = experiment.run_counted(&results, plan, start, &epochs)?;
            Ok((results, finished))
        });
        finished.collect()
    }
}
