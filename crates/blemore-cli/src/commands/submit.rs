//! `blemore submit`: the challenge's bundle, checked against its rules.

use std::path::PathBuf;

use blemore_eval::Submission;
use serde::Serialize;

use crate::arguments::Submit;
use crate::failure::Failure;
use crate::output::{Output, check_output};
use crate::read;

pub(crate) fn run(output: Output, arguments: &Submit) -> Result<(), Failure> {
    let inputs = [&arguments.predictions].into_iter().chain(&arguments.metadata).map(PathBuf::as_path);
    check_output(&arguments.output, "zip", arguments.force, &inputs.collect::<Vec<_>>())?;
    let predictions = read::predictions(output, &arguments.predictions)?;
    let checked = match &arguments.metadata {
        Some(metadata) => {
            let expected = read::names(output, metadata)?;
            Submission::for_clips(&predictions, expected.clips().iter().map(|record| &record.clip))
        }
        None => Submission::new(&predictions),
    };
    let submission = checked.map_err(|error| Failure::from(error).within(&arguments.predictions))?;
    submission.write(&arguments.output)?;
    if arguments.metadata.is_none() {
        output
            .note("the clips were not checked: give --metadata to make sure that each expected one is there");
    }
    let labels = submission.labels();
    let n_blends = labels.iter().filter(|(_, label)| label.is_blend()).count();
    output.result(&Written { output: arguments.output.clone(), n_clips: labels.len(), n_blends }, text)
}

/// What was written.
#[derive(Serialize)]
struct Written {
    output: PathBuf,
    n_clips: usize,
    n_blends: usize,
}

fn text(written: &Written) -> String {
    format!("{}: {} clips, {} of them blends", written.output.display(), written.n_clips, written.n_blends)
}
