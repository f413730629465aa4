//! `blemore merge`: the cells of several folders in one.

use blemore_base::list::counted;
use blemore_run::{Damage, ResultsFolder, merge};

use crate::Failure;
use crate::arguments::Merge;
use crate::output::{Output, check_output_folder, run_table};

pub(crate) fn run(output: Output, arguments: &Merge) -> Result<(), Failure> {
    check_output_folder(&arguments.output)?;
    let runs = arguments.runs.iter().map(ResultsFolder::open).collect::<Result<Vec<_>, _>>()?;
    let finished = merge(&runs, &arguments.output)?;
    let folder = arguments.output.display();
    for Damage { name, problem } in &finished.damaged {
        output.note(format!("{name}: no folder has a whole copy, and that in {folder} {problem}"));
    }
    let absent = finished.missing + finished.damaged.len();
    if absent > 0 {
        let absent = format!("{} of the run are whole in none of the folders", counted(absent, "cell"));
        if !arguments.partial {
            return Err(Failure::work(format!(
                "{absent}: run them and merge again, or give --partial to do with what is joined in {folder}"
            )));
        }
        output.note(absent);
    }
    output.result(&finished, run_table)
}
