//! Metadata as several commands read them, with what is to be said of the file.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use blemore_data::{Dataset, Metadata};
use blemore_eval::{Predictions, Truth};
use blemore_features::FeatureTable;
use blemore_labels::Label;
use blemore_run::{ResultsFolder, Run};

use crate::advice;
use crate::failure::Failure;
use crate::output::Output;

/// The metadata of a file; its notes go to stderr.
///
/// # Errors
/// A [`Failure`] where the file cannot be read.
pub fn metadata(output: Output, path: &Path) -> Result<Metadata, Failure> {
    let metadata = Metadata::read(path)?;
    output.notes(path.display(), metadata.notes());
    Ok(metadata)
}

/// The clips of a metadata file, of which nothing but the names is read; its notes go to stderr.
///
/// # Errors
/// A [`Failure`] where the file cannot be read.
pub fn names(output: Output, path: &Path) -> Result<Metadata, Failure> {
    let metadata = Metadata::read_names(path)?;
    output.notes(path.display(), metadata.notes());
    Ok(metadata)
}

/// A table of features with one or more rows per clip; its notes go to stderr.
///
/// # Errors
/// A [`Failure`] where the file cannot be read; of a folder, with the command that makes a table of its arrays.
pub fn features(output: Output, path: &Path) -> Result<FeatureTable, Failure> {
    let table = FeatureTable::read(path);
    let table = table.map_err(|error| Failure::from(error).advised(advice::table_of(path)))?;
    output.notes(path.display(), table.notes());
    Ok(table)
}

/// Predictions; their notes go to stderr.
///
/// # Errors
/// A [`Failure`] where the file cannot be read; of a table of probabilities, with the command that decodes it.
pub(crate) fn predictions(output: Output, path: &Path) -> Result<Predictions, Failure> {
    let predictions = Predictions::read(path);
    let predictions =
        predictions.map_err(|error| Failure::from(error).advised(advice::predictions_of(path)))?;
    output.notes(path.display(), predictions.notes());
    Ok(predictions)
}

/// A dataset folder.
///
/// # Errors
/// A [`Failure`] where it is none, with the command for the dataset folder around or below it.
pub fn dataset(path: &Path) -> Result<Dataset, Failure> {
    Dataset::open(path).map_err(|error| Failure::from(error).advised(advice::dataset_at(path)))
}

/// A folder of results.
///
/// # Errors
/// A [`Failure`] where it is none, with the command for the one around or below it.
pub fn results(path: &Path) -> Result<ResultsFolder, Failure> {
    let folder = ResultsFolder::open(path).and_then(|folder| Run::read(&folder).map(|_| folder));
    folder.map_err(|error| match error {
        blemore_run::Error::NoRun { .. } => Failure::from(error).advised(advice::run_at(path)),
        error => error.into(),
    })
}

/// The labels and actors of every clip in a file.
///
/// # Errors
/// A [`Failure`] of the input where the file cannot be read or a clip has no label.
pub fn truth(output: Output, path: &Path) -> Result<Truth, Failure> {
    Ok(blemore_run::truth([&metadata(output, path)?])?)
}

/// Says so where tables of a run are not what its cells give.
pub fn note_stale_tables(output: Output, tables: &[PathBuf]) {
    for path in tables {
        output.note(format!(
            "{} is not what the finished cells give: it is missing or was changed, or cells are newer; \
             `blemore cross-validate` writes it anew",
            path.display()
        ));
    }
}

/// Says so where ACC_salience has no clip to count.
pub fn note_without_blends(output: Output, file: impl Display, labels: &[Label]) {
    if !labels.is_empty() && !labels.iter().any(|label| label.is_blend()) {
        output.note(format_args!(
            "{file}: no clip shows a blend, so ACC_salience is 0/0 and counts as 0.0, as published"
        ));
    }
}
