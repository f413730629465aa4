//! `blemore report`: a cross-validation on one page.

use blemore_run::ResultsFolder;
use serde::Serialize;

use crate::arguments::Report;
use crate::output::{Output, refuse_overwriting};
use crate::{Failure, read};

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    features: String,
    models: Vec<String>,
    /// Cells of the run that are not in the page.
    missing: usize,
}

pub(crate) fn run(output: Output, arguments: &Report) -> Result<(), Failure> {
    refuse_overwriting(&arguments.output, arguments.force)?;
    let folder = ResultsFolder::open(&arguments.run)?;
    let truth = arguments.metadata.as_deref().map(|path| read::truth(output, path)).transpose()?;
    let report = blemore_run::Report::of(&folder, truth.as_ref())?;
    report.write(&arguments.output)?;
    let document = Document {
        output: arguments.output.display().to_string(),
        features: report.features.clone(),
        models: report.models.iter().map(|model| model.model.to_string()).collect(),
        missing: report.missing,
    };
    if document.missing > 0 {
        output.note(format!("{} cells of the run are not finished and not in the page", document.missing));
    }
    output.result(&document, |document| {
        format!("{}: {}, {}", document.output, document.features, document.models.join(", "))
    })
}
