//! Results as columns, for frames of any library.

use blemore_labels::Emotion;

use crate::files::read_outputs;
use crate::{CellResult, EpochRecord, Error, ResultsFolder, Run};

/// Which results of a run a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultsTable {
    /// One row per finished cell: its best epoch.
    Cells,
    /// One row per epoch of each finished cell, with the columns of [`ResultsTable::Cells`].
    Epochs,
    /// One row per clip and model, predicted by the cell that held out its fold: probabilities, the label that the cell's
    /// thresholds decode, and the label that the clip's name tells.
    Clips,
}

/// The cells of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum ResultsColumn {
    /// Texts; `None` where a cell is empty.
    Text(Vec<Option<String>>),
    /// Folds.
    Whole(Vec<i64>),
    /// Epochs.
    Count(Vec<u64>),
    /// Losses, thresholds, accuracies, probabilities.
    Number(Vec<f64>),
}

/// A column with its name.
type Named = (&'static str, ResultsColumn);

fn text<'a, R: 'a>(
    name: &'static str,
    rows: impl IntoIterator<Item = &'a R>,
    of_row: fn(&R) -> String,
) -> Named {
    (name, ResultsColumn::Text(rows.into_iter().map(|row| Some(of_row(row))).collect()))
}

/// The columns that name the cell of each row.
fn names(cells: &[&CellResult]) -> Vec<Named> {
    let folds = cells.iter().map(|cell| cell.cell.fold).collect();
    vec![
        text("features", cells, |cell| cell.cell.features.clone()),
        text("model", cells, |cell| cell.cell.model.to_string()),
        ("fold", ResultsColumn::Whole(folds)),
    ]
}

fn epochs(rows: &[(&CellResult, &EpochRecord)]) -> Vec<Named> {
    let number = |name: &'static str, value: fn(&EpochRecord) -> f64| {
        (name, ResultsColumn::Number(rows.iter().map(|(_, record)| value(record)).collect()))
    };
    let cells: Vec<&CellResult> = rows.iter().map(|(cell, _)| *cell).collect();
    let mut columns = names(&cells);
    columns
        .push(("epoch", ResultsColumn::Count(rows.iter().map(|(_, record)| record.epoch as u64).collect())));
    columns.extend([
        number("train_loss", |record| record.train_loss),
        number("val_loss", |record| record.val_loss),
        number("alpha", |record| record.alpha),
        number("beta", |record| record.beta),
        number("acc_presence", |record| record.acc_presence),
        number("acc_salience", |record| record.acc_salience),
        number("presence_only", |record| record.presence_only),
        number("salience_only", |record| record.salience_only),
    ]);
    columns
}

impl Run {
    /// Results of the finished cells as named columns, one cell per row in each.
    ///
    /// # Errors
    /// [`Error::DamagedCells`], [`Error::Read`] and [`Error::Eval`] for results that cannot be read; [`Error::NoRun`] for
    /// clips of a run without a finished cell.
    pub fn columns(
        &self,
        folder: &ResultsFolder,
        table: ResultsTable,
    ) -> Result<Vec<(&'static str, ResultsColumn)>, Error> {
        let finished = self.finished(folder, false)?;
        let cells = &finished.cells;
        match table {
            ResultsTable::Cells => {
                let rows = cells.iter().map(|cell| (cell, &cell.best));
                Ok(epochs(&rows.collect::<Vec<_>>()))
            }
            ResultsTable::Epochs => {
                let rows = cells.iter().flat_map(|cell| cell.epochs.iter().map(move |epoch| (cell, epoch)));
                Ok(epochs(&rows.collect::<Vec<_>>()))
            }
            ResultsTable::Clips => clips(folder, cells),
        }
    }
}

fn clips(folder: &ResultsFolder, cells: &[CellResult]) -> Result<Vec<Named>, Error> {
    if cells.is_empty() {
        return Err(Error::NoRun { path: folder.path().to_owned() });
    }
    let (mut cell_of_row, mut clips, mut predicted) = (Vec::new(), Vec::new(), Vec::new());
    let mut probabilities: [Vec<f64>; Emotion::COUNT] = Default::default();
    for cell in cells {
        let tables = read_outputs(folder, &cell.cell.name)?;
        predicted.extend(cell.decision().decode(&tables.outputs()?)?);
        let table = tables.emotions;
        cell_of_row.resize(clips.len() + table.len(), cell);
        clips.extend_from_slice(table.clips());
        for row in table.probabilities() {
            probabilities.iter_mut().zip(row).for_each(|(column, value)| column.push(*value));
        }
    }
    let mut columns = names(&cell_of_row);
    columns.push(text("filename", &clips, ToString::to_string));
    let numbers = Emotion::ALL.into_iter().zip(probabilities);
    columns.extend(numbers.map(|(emotion, column)| (emotion.code(), ResultsColumn::Number(column))));
    columns.push(text("predicted", &predicted, ToString::to_string));
    let labels = clips.iter().map(|clip| clip.label().map(|label| label.to_string()));
    columns.push(("label", ResultsColumn::Text(labels.collect())));
    Ok(columns)
}
