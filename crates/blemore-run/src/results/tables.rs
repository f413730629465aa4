//! The CSV tables of a run, for people and spreadsheets.

use std::path::Path;

use serde::Serialize;

use super::folder::write_whole;
use crate::{CellResult, Error, ModelSummary};

/// The table of all epochs of a run.
pub(crate) const EPOCHS_FILE: &str = "epochs.csv";
/// The table of the best epoch of each cell.
pub(crate) const CELLS_FILE: &str = "cells.csv";
/// The table of means and deviations over folds.
pub(crate) const SUMMARY_FILE: &str = "summary.csv";

/// What comes before an epoch's record in a line of [`EPOCHS_FILE`]: the columns of the published baseline's table.
#[derive(Serialize)]
struct OfCell {
    model: String,
    fold: i64,
}

/// What comes after it.
#[derive(Serialize)]
struct OfFeatures<'a> {
    features: &'a str,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    features: &'a str,
    model: &'a str,
    folds: usize,
    acc_presence_mean: f64,
    acc_presence_std: f64,
    acc_salience_mean: f64,
    acc_salience_std: f64,
}

/// Writes the three tables of a run into its folder.
pub(crate) fn write(folder: &Path, cells: &[CellResult], summary: &[ModelSummary]) -> Result<(), Error> {
    let epochs = cells.iter().flat_map(|cell| {
        let of_cell = || OfCell { model: cell.model.to_string(), fold: cell.fold };
        cell.epochs.iter().map(move |record| (of_cell(), record, OfFeatures { features: &cell.features }))
    });
    write_lines(&folder.join(EPOCHS_FILE), epochs)?;
    write_lines(&folder.join(CELLS_FILE), cells.iter().map(|cell| (cell.names(), &cell.best)))?;
    let summary = summary.iter().map(|model| SummaryLine {
        features: &model.features,
        model: &model.model,
        folds: model.folds,
        acc_presence_mean: model.accuracies.presence.mean,
        acc_presence_std: model.accuracies.presence.std,
        acc_salience_mean: model.accuracies.salience.mean,
        acc_salience_std: model.accuracies.salience.std,
    });
    write_lines(&folder.join(SUMMARY_FILE), summary)
}

fn write_lines<T: Serialize>(path: &Path, lines: impl Iterator<Item = T>) -> Result<(), Error> {
    let csv_error = |source| Error::Csv { path: path.to_owned(), source };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.serialize(line).map_err(csv_error)?;
    }
    let bytes = writer.into_inner().map_err(|error| csv_error(error.into_error().into()))?;
    write_whole(path, &bytes)
}
