//! `blemore merge`: the cells of several folders in one.

use blemore_run::{ResultsFolder, merge};

use crate::Failure;
use crate::arguments::Merge;
use crate::output::{Output, run_table};

pub(crate) fn run(output: Output, arguments: &Merge) -> Result<(), Failure> {
    let runs = arguments.runs.iter().map(ResultsFolder::open).collect::<Result<Vec<_>, _>>()?;
    let merged = merge(&runs, &arguments.output)?;
    let missing = format!("{} cells of the run are in none of the folders", merged.missing);
    if merged.missing > 0 && !arguments.partial {
        return Err(Failure::work(format!(
            "{missing}: run them and merge again, or give --partial to do with what is joined in {}",
            arguments.output.display()
        )));
    }
    if merged.missing > 0 {
        output.note(missing);
    }
    output.result(&merged.cross_validated, run_table)
}
