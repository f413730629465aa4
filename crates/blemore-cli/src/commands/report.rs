//! `blemore report`: runs and tables of outputs on one page.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_base::atomic_write;
use blemore_data::Metadata;
use blemore_eval::Scale;
use blemore_media::FileStamp;
use blemore_run::{Breakdown, Damage, ModelReport, OutputsReport, Page, Reproduced, SweepTable, TableFormat};
use serde::Serialize;

use super::figures;
use crate::arguments::{Report, ReportFormat};
use crate::held_out::{Given, held_out};
use crate::output::{Output, breakdown_table, check_output, exists};
use crate::{Failure, read};

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    systems: Vec<String>,
    /// Cells of the runs that are not in the page.
    missing: usize,
    /// Cells that were left out, because they cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged: Vec<Damage>,
    /// Of each system, the accuracies by the columns that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<SystemBreakdown>,
}

#[derive(Serialize)]
struct SystemBreakdown {
    system: String,
    #[serde(flatten)]
    by: Breakdown,
}

pub(crate) fn run(output: Output, arguments: &Report) -> Result<(), Failure> {
    let inputs = [&arguments.run[..], &arguments.probabilities, &arguments.features].concat();
    let inputs: Vec<&Path> =
        inputs.iter().chain(&arguments.data).chain(&arguments.metadata).map(PathBuf::as_path).collect();
    check_output(&arguments.output, arguments.format.ending(), true, &inputs)?;
    let metadata = arguments.metadata.as_deref().map(|path| read::metadata(output, path)).transpose()?;
    let page = page(output, arguments, metadata.as_ref())?;
    let text = match arguments.format {
        ReportFormat::Html => page.to_html()?,
        ReportFormat::Latex => page.to_tables(TableFormat::Latex)?,
        ReportFormat::Markdown => page.to_tables(TableFormat::Markdown)?,
        ReportFormat::Csv => page.to_tables(TableFormat::Csv)?,
    };
    // The page of a command that was killed at its end is whole, and the same command ends well.
    let is_other = fs::read(&arguments.output).is_ok_and(|found| found != text.as_bytes());
    if is_other && !arguments.force {
        return Err(exists(&arguments.output));
    }
    atomic_write(&arguments.output, |file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::work(format!("cannot write {}: {error}", arguments.output.display())))?;
    let document = document(arguments, &page);
    if document.missing > 0 {
        output.note(format!("{} cells of the run are not finished and not in the page", document.missing));
    }
    for damage in &document.damaged {
        output.note(format!("Left out: {damage}"));
    }
    output.result(&document, text_of)
}

fn page(output: Output, arguments: &Report, metadata: Option<&Metadata>) -> Result<Page, Failure> {
    let mut page = Page::default();
    for folder in &arguments.run {
        add_run(output, &mut page, folder, metadata, arguments)?;
    }
    let scale = if arguments.logits { Scale::Logits } else { Scale::Probabilities };
    let given: Given<'_> = arguments.metadata.as_ref().zip(metadata);
    for path in &arguments.probabilities {
        page.outputs.push(OutputsReport {
            held_out: held_out(output, path, scale, given, &arguments.by)?,
            file: path.display().to_string(),
            sha256: FileStamp::of(path)?.sha256.to_string(),
            generated: metadata.is_some_and(Metadata::is_generated),
        });
    }
    if let Some(folder) = &arguments.data {
        page.figures = figures::of_dataset(output, folder, &read::dataset(folder)?, None)?;
    }
    for path in &arguments.features {
        let components = figures::of_features(output, path, metadata, &[])?;
        page.figures.extend(components.into_iter().map(|(_, figure)| figure));
    }
    Ok(page)
}

/// A cross-validation, a sweep with all its runs, or what was reproduced: its tables, and the best model of each row.
fn add_run(
    output: Output,
    page: &mut Page,
    folder: &Path,
    metadata: Option<&Metadata>,
    arguments: &Report,
) -> Result<(), Failure> {
    let read = |folder: &Path| -> Result<blemore_run::Report, Failure> {
        let results = read::results(folder)?;
        let report = blemore_run::Report::of(&results, metadata, &arguments.by, arguments.keep_going)?;
        read::note_stale_tables(output, &report.stale_tables);
        Ok(report)
    };
    if let Some(sweep) = SweepTable::read(folder)? {
        for run in sweep.runs(folder) {
            page.runs.push(read(&run)?);
        }
        return Ok(());
    }
    let Some(reproduced) = Reproduced::read(folder)? else {
        page.runs.push(read(folder)?);
        return Ok(());
    };
    for row in reproduced.rows.iter().chain(&reproduced.subsampled) {
        let mut report = read(&folder.join(&row.folder))?;
        report.models.retain(|model| model.model == row.best_model);
        page.runs.push(report);
    }
    page.reproduced.push(reproduced);
    Ok(())
}

fn document(arguments: &Report, page: &Page) -> Document {
    let models = || page.runs.iter().flat_map(|run| &run.models);
    let of_runs = models().map(|model: &ModelReport| &model.held_out);
    let systems: Vec<_> = of_runs.chain(page.outputs.iter().map(|outputs| &outputs.held_out)).collect();
    let by = systems.iter().flat_map(|system| {
        system.by.iter().map(|by| SystemBreakdown { system: system.title.clone(), by: by.clone() })
    });
    Document {
        output: arguments.output.display().to_string(),
        missing: page.runs.iter().map(|run| run.missing).sum(),
        damaged: page.runs.iter().flat_map(|run| run.damaged.clone()).collect(),
        by: by.collect(),
        systems: systems.iter().map(|system| system.title.clone()).collect(),
    }
}

fn text_of(document: &Document) -> String {
    let mut text = format!("{}: {}", document.output, document.systems.join("; "));
    for SystemBreakdown { system, by } in &document.by {
        text.push_str(&format!("\n\n{system}\n{}", breakdown_table(by)));
    }
    text
}
