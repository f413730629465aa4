//! `blemore merge`: the cells of several folders in one.

use blemore::{ResultsFolder, merge};
use blemore_cli::output::Output;

use super::cross_validate::text;
use crate::arguments::Merge;
use crate::failure::Failure;

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
    Ok(output.result(&merged.cross_validated, text)?)
}
