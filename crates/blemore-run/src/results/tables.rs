//! The CSV tables of a run, for people and spreadsheets.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Serialize;

use super::folder::write_whole;
use crate::{CrossValidated, Error};

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
pub(crate) fn write(folder: &Path, finished: &CrossValidated) -> Result<(), Error> {
    let tables = of(folder, finished)?;
    tables.iter().try_for_each(|(path, bytes)| write_whole(path, bytes))
}

/// The tables in a folder that are not those of these cells. Tables come with the last cell: before, one may be missing.
pub(crate) fn differing(folder: &Path, finished: &CrossValidated) -> Result<Vec<PathBuf>, Error> {
    let mut differing = Vec::new();
    for (path, expected) in of(folder, finished)? {
        match fs::read(&path) {
            Ok(found) if found == expected => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && finished.missing > 0 => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => differing.push(path),
            Err(source) => return Err(Error::Read { path, source }),
            Ok(_) => differing.push(path),
        }
    }
    Ok(differing)
}

/// Each table of these cells, with its path.
fn of(folder: &Path, finished: &CrossValidated) -> Result<[(PathBuf, Vec<u8>); 3], Error> {
    let table = |name: &str| folder.join(name);
    let epochs = finished.cells.iter().flat_map(|cell| {
        let of_cell = || OfCell { model: cell.cell.model.to_string(), fold: cell.cell.fold };
        let features = &cell.cell.features;
        cell.epochs.iter().map(move |record| (of_cell(), record, OfFeatures { features }))
    });
    let cells = finished.cells.iter().map(|cell| (cell.names(), &cell.best));
    let summary = finished.summary.iter().map(|model| SummaryLine {
        features: &model.features,
        model: &model.model,
        folds: model.folds,
        acc_presence_mean: model.accuracies.presence.mean,
        acc_presence_std: model.accuracies.presence.std,
        acc_salience_mean: model.accuracies.salience.mean,
        acc_salience_std: model.accuracies.salience.std,
    });
    Ok([csv(table(EPOCHS_FILE), epochs)?, csv(table(CELLS_FILE), cells)?, csv(table(SUMMARY_FILE), summary)?])
}

fn csv<T: Serialize>(path: PathBuf, mut lines: impl Iterator<Item = T>) -> Result<(PathBuf, Vec<u8>), Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = lines.try_for_each(|line| writer.serialize(line));
    match written.and_then(|()| writer.into_inner().map_err(|error| error.into_error().into())) {
        Ok(bytes) => Ok((path, bytes)),
        Err(source) => Err(Error::Csv { path, source }),
    }
}
