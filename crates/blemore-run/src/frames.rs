//! Results as polars frames.

use blemore_data::polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};
use blemore_eval::decode_all;
use blemore_labels::Emotion;

use crate::files::as_predicted;
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

/// The columns of a frame of cells or epochs that name the cell.
fn names(cells: &[&CellResult]) -> Vec<Column> {
    let text = |name: &str, value: fn(&CellResult) -> String| {
        column(name, cells.iter().map(|cell| value(cell)).collect::<Vec<_>>())
    };
    let folds: Vec<i64> = cells.iter().map(|cell| cell.cell.fold).collect();
    vec![
        text("features", |cell| cell.cell.features.clone()),
        text("model", |cell| cell.cell.model.to_string()),
        column("fold", folds),
    ]
}

fn column<T>(name: &str, values: Vec<T>) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    Series::new(name.into(), values).into_column()
}

fn epochs(rows: &[(&CellResult, &EpochRecord)]) -> Result<DataFrame, Error> {
    let number = |name: &str, value: fn(&EpochRecord) -> f64| {
        column(name, rows.iter().map(|(_, record)| value(record)).collect::<Vec<_>>())
    };
    let cells: Vec<&CellResult> = rows.iter().map(|(cell, _)| *cell).collect();
    let mut columns = names(&cells);
    columns.push(column("epoch", rows.iter().map(|(_, record)| record.epoch as u64).collect::<Vec<_>>()));
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
    Ok(DataFrame::new(rows.len(), columns)?)
}

impl Run {
    /// Results of the finished cells as a frame, to join and group.
    ///
    /// # Errors
    /// [`Error::DamagedCells`], [`Error::Read`] and [`Error::Eval`] for results that cannot be read; [`Error::Frame`].
    ///
    /// ```no_run
    /// use blemore_data::Metadata;
    /// use blemore_data::polars::prelude::{ChunkAgg, DataFrameJoinOps};
    /// use blemore_run::{ResultsFolder, ResultsTable, Run};
    ///
    /// let folder = ResultsFolder::open("runs/wavlm")?;
    /// let run = Run::read(&folder)?;
    /// println!("{}", run.frame(&folder, ResultsTable::Cells)?);
    ///
    /// // How probable do the models find anger, by the actors' gender?
    /// let clips = run.frame(&folder, ResultsTable::Clips)?;
    /// let metadata = Metadata::read("train_metadata.csv")?.frame()?;
    /// for group in clips.inner_join(&metadata, ["filename"], ["filename"])?.partition_by(["gender"], true)? {
    ///     println!("{}: {:?}", group.column("gender")?.get(0)?, group.column("ang")?.f64()?.mean());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn frame(&self, folder: &ResultsFolder, table: ResultsTable) -> Result<DataFrame, Error> {
        if table == ResultsTable::Clips {
            return self.clips(folder);
        }
        let finished = self.finished(folder, false)?;
        let rows: Vec<(&CellResult, &EpochRecord)> = match table {
            ResultsTable::Epochs => finished
                .cells
                .iter()
                .flat_map(|cell| cell.epochs.iter().map(move |epoch| (cell, epoch)))
                .collect(),
            _ => finished.cells.iter().map(|cell| (cell, &cell.best)).collect(),
        };
        epochs(&rows)
    }

    fn clips(&self, folder: &ResultsFolder) -> Result<DataFrame, Error> {
        let mut frame: Option<DataFrame> = None;
        for cell in &self.finished(folder, false)?.cells {
            let table = Self::probabilities(folder, &cell.cell)?;
            let predicted = decode_all(&as_predicted(&table)?, cell.best.thresholds());
            let mut columns = names(&vec![cell; table.clips().len()]);
            columns.push(column("filename", table.clips().iter().map(|clip| clip.to_string()).collect()));
            columns.extend(Emotion::ALL.map(|emotion| {
                let probabilities = table.probabilities().iter().map(|row| row[emotion.index()]);
                column(&emotion.to_string(), probabilities.collect::<Vec<f64>>())
            }));
            columns.push(column("predicted", predicted.iter().map(ToString::to_string).collect()));
            let labels = table.clips().iter().map(|clip| clip.label().map(|label| label.to_string()));
            columns.push(column("label", labels.collect::<Vec<Option<String>>>()));
            let rows = DataFrame::new(table.clips().len(), columns)?;
            match &mut frame {
                Some(frame) => _ = frame.vstack_mut(&rows)?,
                None => frame = Some(rows),
            }
        }
        frame.ok_or_else(|| Error::NoRun { path: folder.path().to_owned() })
    }
}
