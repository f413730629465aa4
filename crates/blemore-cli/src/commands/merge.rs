//! `blemore merge`: the cells of several folders in one.

use blemore::{ResultsFolder, merge};

use super::cross_validate::text;
use crate::arguments::Merge;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(output: Output, arguments: &Merge) -> Result<(), Failure> {
    let runs = arguments.runs.iter().map(ResultsFolder::open).collect::<Result<Vec<_>, _>>()?;
    let merged = merge(&runs, &arguments.output)?;
    if merged.missing > 0 {
        output.note(format!("{} cells of the run are in none of the folders", merged.missing));
    }
    output.result(&merged.cross_validated, text)
}
