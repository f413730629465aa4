//! Metadata as polars frames, and the formats that polars reads.

use std::io::Cursor;

use polars::prelude::{
    Column as FrameColumn, DataFrame, DataType, IntoColumn, IpcReader, NamedFrom, ParquetReader, PolarsError,
    SerReader, Series,
};

use super::field::{Field, Kind};
use super::file::unreadable;
use super::table::{Table, Wanted};
use super::{Column, Metadata};
use crate::Error;

/// The first bytes of Parquet and of Arrow IPC.
const PARQUET: &[u8] = b"PAR1";
const IPC: &[u8] = b"ARROW1";

impl Metadata {
    /// Checks a frame that has the columns of the published files; numbers may be texts, integers or floats.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    pub fn from_frame(frame: &DataFrame) -> Result<Self, Error> {
        let table = "the frame";
        let rows = rows(frame, Wanted::All);
        rows.map_err(|error| unreadable(table, "metadata", &error))?.finish(table.to_owned())
    }

    /// The table as a frame, to join and group: one row per clip and one column per column of the file, in file order.
    /// Published columns have their types: texts, `i64`, and `f64` for intensity, situation and saliences. All other columns
    /// are texts. Empty cells are null.
    ///
    /// # Errors
    /// What polars says, if it cannot make the frame.
    ///
    /// ```
    /// use blemore_data::Metadata;
    /// use blemore_data::polars::prelude::DataType;
    ///
    /// let metadata = Metadata::from_csv("filename,camera,fold\ntest_0001,left,0\ntest_0002,,1\n")?;
    /// let frame = metadata.frame()?;
    /// assert_eq!(frame.shape(), (2, 3));
    /// assert_eq!(frame.column("fold")?.dtype(), &DataType::Int64);
    /// assert_eq!(frame.column("camera")?.null_count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn frame(&self) -> Result<DataFrame, PolarsError> {
        let columns = self.columns.iter().map(|column| self.frame_column(column)).collect();
        DataFrame::new(self.clips.len(), columns)
    }

    fn frame_column(&self, column: &Column) -> FrameColumn {
        let cells: Vec<_> = (0..).zip(&self.clips).map(|(row, record)| column.cell(row, record)).collect();
        let kind = match column {
            Column::Published(field) => field.kind(),
            Column::Other { .. } => Kind::Text,
        };
        let name = column.name().into();
        let series = match kind {
            Kind::Text => Series::new(name, cells),
            Kind::Whole => Series::new(name, parsed::<i64>(&cells)),
            Kind::Number => Series::new(name, parsed::<f64>(&cells)),
        };
        series.into_column()
    }
}

fn parsed<T: std::str::FromStr>(cells: &[Option<impl AsRef<str>>]) -> Vec<Option<T>> {
    cells.iter().map(|cell| cell.as_ref()?.as_ref().parse().ok()).collect()
}

/// The rows of a file in one of the formats that polars reads; `None` for any other file.
pub(super) fn parse(bytes: &[u8], wanted: Wanted, table: &str) -> Result<Option<Table>, Error> {
    let (format, frame) = if bytes.starts_with(PARQUET) {
        ("Parquet", ParquetReader::new(Cursor::new(bytes)).finish())
    } else if bytes.starts_with(IPC) {
        ("Arrow IPC", IpcReader::new(Cursor::new(bytes)).finish())
    } else {
        return Ok(None);
    };
    let rows = frame.and_then(|frame| rows(&frame, wanted));
    rows.map(Some).map_err(|error| unreadable(table, format, &error))
}

/// The rows of a frame. Their lines are counted as if a header stood above them.
fn rows(frame: &DataFrame, wanted: Wanted) -> Result<Table, PolarsError> {
    let is_wanted = |name: &str| wanted == Wanted::All || name.trim() == Field::Filename.name();
    let columns = frame.columns().iter().filter(|column| is_wanted(column.name()));
    let texts = columns.map(|column| column.cast(&DataType::String)).collect::<Result<Vec<_>, _>>()?;
    let texts = texts.iter().map(FrameColumn::str).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Table::new(texts.iter().map(|column| column.name().as_str()), wanted);
    for row in 0..frame.height() {
        rows.push(row as u64 + 2, |place| texts[place].get(row).unwrap_or_default());
    }
    Ok(rows)
}
