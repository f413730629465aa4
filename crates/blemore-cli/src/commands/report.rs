//! `blemore report`: a cross-validation on one page.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_run::{Breakdown, Damage, ModelReport, ResultsFolder};
use serde::Serialize;

use crate::arguments::Report;
use crate::output::{Output, breakdown_table, check_output, exists};
use crate::{Failure, read};

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    features: String,
    models: Vec<String>,
    /// Cells of the run that are not in the page.
    missing: usize,
    /// Cells that were left out, because they cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged: Vec<Damage>,
    /// Of each model, the accuracies by the columns that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<ModelBreakdown>,
}

#[derive(Serialize)]
struct ModelBreakdown {
    model: String,
    #[serde(flatten)]
    by: Breakdown,
}

pub(crate) fn run(output: Output, arguments: &Report) -> Result<(), Failure> {
    let inputs: Vec<&Path> =
        [&arguments.run].into_iter().chain(&arguments.metadata).map(PathBuf::as_path).collect();
    check_output(&arguments.output, "html", true, &inputs)?;
    let folder = ResultsFolder::open(&arguments.run)?;
    let metadata = arguments.metadata.as_deref().map(|path| read::metadata(output, path)).transpose()?;
    let report = blemore_run::Report::of(&folder, metadata.as_ref(), &arguments.by, arguments.keep_going)?;
    read::note_stale_tables(output, &report.stale_tables);
    // The page of a command that was killed at its end is whole, and the same command ends well.
    let is_other = |page: Vec<u8>| report.to_html().map(|html| html.as_bytes() != page);
    if !arguments.force && fs::read(&arguments.output).ok().map(is_other).transpose()?.unwrap_or_default() {
        return Err(exists(&arguments.output));
    }
    report.write(&arguments.output)?;
    let document = Document {
        output: arguments.output.display().to_string(),
        features: report.features.clone(),
        models: report.models.iter().map(|model| model.model.to_string()).collect(),
        missing: report.missing,
        damaged: report.damaged.clone(),
        by: breakdowns(&report).collect(),
    };
    if document.missing > 0 {
        output.note(format!("{} cells of the run are not finished and not in the page", document.missing));
    }
    for damage in &document.damaged {
        output.note(format!("Left out: {damage}"));
    }
    output.result(&document, |document| {
        let mut text = format!("{}: {}, {}", document.output, document.features, document.models.join(", "));
        for ModelBreakdown { model, by } in &document.by {
            text.push_str(&format!("\n\n{model}\n{}", breakdown_table(by)));
        }
        text
    })
}

/// The accuracies by column of every model.
fn breakdowns(report: &blemore_run::Report) -> impl Iterator<Item = ModelBreakdown> {
    let of_model = |model: &ModelReport| {
        let name = model.model.to_string();
        model.held_out.by.clone().into_iter().map(move |by| ModelBreakdown { model: name.clone(), by })
    };
    report.models.iter().flat_map(of_model)
}
