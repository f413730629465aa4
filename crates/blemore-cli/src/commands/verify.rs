//! `blemore verify`: whether results are as they were written.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_base::list::counted;
use blemore_eval::Truth;
use blemore_run::files::ROWS_FOLDER;
use blemore_run::{Difference, ResultsFolder, SWEEP_RUNS, Verification, seed_folders, verify, verify_sweep};
use serde::Serialize;

use crate::arguments::Verify;
use crate::output::{Output, table};
use crate::{Failure, read};

/// What is printed: one entry per run.
#[derive(Serialize)]
struct Document {
    runs: Vec<Run>,
    /// What is wrong with the table of a sweep; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    sweep: Option<Vec<Difference>>,
}

#[derive(Serialize)]
struct Run {
    folder: String,
    #[serde(flatten)]
    verification: Verification,
}

pub(crate) fn run(output: Output, arguments: &Verify) -> Result<(), Failure> {
    let truth = truth(output, &arguments.metadata)?;
    let paths = match sweep_runs(&arguments.run) {
        Some(runs) => subfolders(&runs)?,
        None => folders(&arguments.run)?,
    };
    let runs = paths.into_iter().map(|path| {
        let verification = verify(&ResultsFolder::open(&path)?, truth.as_ref())?;
        Ok(Run { folder: path.display().to_string(), verification })
    });
    let runs = runs.collect::<Result<_, Failure>>()?;
    let document = Document { runs, sweep: verify_sweep(&arguments.run)? };
    output.result(&document, text)?;
    for Run { folder, verification: found } in &document.runs {
        let unknown = found.finished + found.tests - found.recomputed.min(found.finished + found.tests);
        if unknown > 0 && found.differences.is_empty() {
            output.note(format_args!(
                "{folder}: the accuracies of {} were not computed again: the labels of its clips are not known; give the \
                 metadata that have them",
                counted(unknown, "result")
            ));
        }
    }
    let of_runs: usize = document.runs.iter().map(|run| run.verification.differences.len()).sum();
    let different = of_runs + document.sweep.as_ref().map_or(0, Vec::len);
    match different {
        0 => Ok(()),
        _ => Err(Failure::work(format!(
            "{} in {}: `blemore cross-validate`, `sweep` or `test` with the same settings makes damaged results again",
            counted(different, "difference"),
            arguments.run.display()
        ))),
    }
}

/// The results folder, or those of all rows of a reproduction, or of several seeds.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let rows = path.join(ROWS_FOLDER);
    if rows.is_dir() {
        return subfolders(&rows);
    }
    let seeds = seed_folders(path)?;
    Ok(if seeds.is_empty() { vec![path.to_owned()] } else { seeds })
}

/// Where the runs of a sweep are, of a folder that is one's.
fn sweep_runs(path: &Path) -> Option<PathBuf> {
    let runs = path.join(SWEEP_RUNS);
    runs.is_dir().then_some(runs)
}

/// The folders in a folder, by name.
fn subfolders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot_read = |source| blemore_run::Error::Read { path: path.to_owned(), source };
    let entries = fs::read_dir(path).map_err(cannot_read)?;
    let paths =
        entries.map(|entry| Ok(entry.map_err(cannot_read)?.path())).collect::<Result<Vec<_>, Failure>>();
    let mut paths = paths?;
    paths.retain(|path| path.is_dir());
    paths.sort_unstable();
    Ok(paths)
}

/// The labels of all clips in these metadata; `None` if there are no metadata.
fn truth(output: Output, metadata: &[PathBuf]) -> Result<Option<Truth>, Failure> {
    if metadata.is_empty() {
        return Ok(None);
    }
    let tables = metadata.iter().map(|path| read::metadata(output, path)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(blemore_run::truth(&tables)?))
}

fn text(document: &Document) -> String {
    let rows = document.runs.iter().map(|Run { folder, verification: found }| {
        vec![
            folder.clone(),
            found.features.clone(),
            format!("{} of {}", found.finished, found.cells),
            found.tests.to_string(),
            format!("{} of {}", found.recomputed, found.finished + found.tests),
            found.differences.len().to_string(),
        ]
    });
    let header = ["folder", "features", "cells", "tests", "recomputed", "differences"];
    let mut text = table(&header, 2, rows.collect());
    for Run { folder, verification } in &document.runs {
        for Difference { what, problem } in &verification.differences {
            text.push_str(&format!("\n{folder}: {what}: {problem}"));
        }
    }
    for Difference { what, problem } in document.sweep.iter().flatten() {
        text.push_str(&format!("\n{what}: {problem}"));
    }
    text
}
