//! Metadata: which clips there are, what each shows and in which fold it is held out.

mod columns;
mod record;
mod row;

use std::collections::HashMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use blemore_base::number::is_missing;
use blemore_base::{TextTable, atomic_write, note, text};
use blemore_labels::{ClipName, Label};
use polars::prelude::{
    Column as FrameColumn, CsvWriter, DataFrame, DataType, IntoColumn, IntoSeries, NamedFrom,
    NewChunkedArray, ParquetReader, ParquetWriter, PlSmallStr, PolarsError, Scalar, SerReader, SerWriter,
    Series, StringChunked,
};

use crate::Error;
use crate::generate::{ORIGIN, ORIGIN_COLUMN};
use columns::{CellKind, Column};
use row::{Cells, RowReader};

pub use record::{ClipRecord, Gender};
pub use row::{RowFault, RowProblem};

/// The clips of a partition: a polars frame, and a typed view of it in the same order.
///
/// The columns are those of the published files, found by name in any order: `filename`, `video_id`, `mix`,
/// `emotion_1`, `version`, `intensity_level`, `situation`, `emotion_2`, `emotion_1_salience` and
/// `emotion_2_salience` (percentages), and where they are there `gender` and `fold` (any whole number). Other
/// columns stay in the frame. A clip's name and its columns must agree. A file whose clips are all unlabelled
/// (`test_0001.mov`), or that holds names and nothing else, needs `filename` alone.
///
/// Cells of a CSV are separated by commas, semicolons or tabs, its text is UTF-8 or UTF-16, and its decimal
/// sign may be a comma; rows without a filled cell are left out, and the words that pandas reads as empty are
/// empty. Folders before clip names are left out.
///
/// ```
/// use blemore_data::Metadata;
///
/// let metadata = Metadata::from_csv(
///     "filename,video_id,mix,emotion_1,version,intensity_level,situation,emotion_2,emotion_1_salience,emotion_2_salience\n\
///      A1_hap_int2_ver1,A1,0,hap,1,2.0,,,,\n\
///      A1_mix_ang_sad_70_30_ver1.mp4,A1,1,ang,1,,,sad,70.0,30.0\n",
/// )?;
/// assert_eq!(metadata.len(), 2);
/// assert_eq!(metadata.clips()[1].label, Some("ang+sad 70/30".parse()?));
/// assert_eq!(metadata.frame().height(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Metadata {
    table: String,
    frame: DataFrame,
    clips: Vec<ClipRecord>,
    rows: HashMap<ClipName, usize>,
    notes: Vec<String>,
}

impl Metadata {
    /// Reads a CSV or a parquet file; the first bytes tell which, whatever the extension.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Unreadable`], [`Error::NoClips`], [`Error::MissingColumns`],
    /// [`Error::RepeatedColumns`]; [`Error::Metadata`] with every fault of every row.
    ///
    /// ```
    /// use blemore_data::Metadata;
    /// let error = Metadata::read("no/such/metadata.csv").unwrap_err();
    /// assert!(error.to_string().contains("no/such/metadata.csv"));
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (rows, table) = read_rows_of(path.as_ref())?;
        Self::checked(rows, table)
    }

    /// Reads the clip names of a CSV or parquet file, and nothing of its other columns: all that a list of
    /// expected clips needs.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    ///
    /// ```
    /// use blemore_data::Metadata;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("clips.csv");
    /// std::fs::write(&path, "part,filename\ntest,A1_ang_int1_ver1\ntest,test_0001.mov\n")?;
    /// assert_eq!(Metadata::read_names(&path)?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_names(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (mut rows, table) = read_rows_of(path.as_ref())?;
        let names =
            rows.frame.columns().iter().find(|column| column.name().trim() == Column::Filename.name());
        if let Some(names) = names.cloned() {
            let frame = DataFrame::new(rows.frame.height(), vec![names]);
            rows.frame = frame.map_err(|error| unreadable(&table, "metadata", &error.to_string()))?;
        }
        Self::checked(rows, table)
    }

    /// Reads CSV text.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    ///
    /// ```
    /// use blemore_data::Metadata;
    /// assert_eq!(Metadata::from_csv("filename\ntest_0001.mov\n")?.clips()[0].label, None);
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, Error> {
        let table = "CSV text";
        Self::checked(parse_csv(text.as_bytes(), table)?, table.to_owned())
    }

    /// Checks a frame with the columns of the published files; numbers may be texts, integers or floats.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    ///
    /// ```
    /// use blemore_data::Metadata;
    /// # let metadata = Metadata::from_csv("filename\ntest_0001.mov\ntest_0002.mov\n")?;
    /// let first = Metadata::from_frame(&metadata.frame().head(Some(1)))?;
    /// assert_eq!(first.len(), 1);
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    pub fn from_frame(frame: &DataFrame) -> Result<Self, Error> {
        Self::checked(Rows::of_frame(frame.clone()), "frame".to_owned())
    }

    /// Metadata of these clips, in the published layout.
    ///
    /// # Errors
    /// As [`Metadata::read`], so for a clip that comes twice or a record that contradicts its name.
    ///
    /// ```
    /// use blemore_data::{ClipRecord, Metadata};
    /// let clips = ["A1_ang_int1_ver1", "A1_neu_sit2_ver1"];
    /// let records = clips.iter().map(|name| name.parse().map(ClipRecord::of_name)).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(Metadata::from_records(&records)?.clips(), records);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_records(records: &[ClipRecord]) -> Result<Self, Error> {
        let table = "records";
        Self::checked(records_frame(records, table, &[])?, table.to_owned())
    }

    /// Metadata of generated clips, with a column that says so.
    pub(crate) fn generated(records: &[ClipRecord], table: &str) -> Result<Self, Error> {
        Self::checked(records_frame(records, table, &[(ORIGIN_COLUMN, ORIGIN)])?, table.to_owned())
    }

    /// Writes the frame as CSV or, by the extension `.parquet`, as parquet, whole or not at all. Reading it again gives the
    /// same clips and columns.
    ///
    /// # Errors
    /// [`Error::Write`].
    ///
    /// ```
    /// use blemore_data::Metadata;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("test_metadata.csv");
    /// let metadata = Metadata::from_csv("filename\ntest_0001.mov\n")?;
    /// metadata.write(&path)?;
    /// assert_eq!(Metadata::read(&path)?.clips(), metadata.clips());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let mut frame = self.frame.clone();
        let path = path.as_ref();
        atomic_write(path, |file| {
            let written = if has_parquet_extension(path) {
                ParquetWriter::new(file).finish(&mut frame).map(|_| ())
            } else {
                CsvWriter::new(file).finish(&mut frame)
            };
            written.map_err(std::io::Error::other)
        })
        .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// The clips, in file order.
    ///
    /// ```
    /// # use blemore_data::Metadata;
    /// let metadata = Metadata::from_csv("filename\ntest_0002.mov\ntest_0001.mov\n")?;
    /// assert_eq!(metadata.clips()[0].clip.as_str(), "test_0002");
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    pub fn clips(&self) -> &[ClipRecord] {
        &self.clips
    }

    /// The table itself, extra columns included, in file order; names as in the file, numbers as numbers.
    ///
    /// ```
    /// # use blemore_data::Metadata;
    /// let metadata = Metadata::from_csv("filename,camera\ntest_0001.mov,left\n")?;
    /// assert_eq!(metadata.frame().width(), 2);
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// Whether the table says that its clips are generated ([`ORIGIN_COLUMN`]).
    ///
    /// ```
    /// use blemore_data::generate::{Corpus, CorpusSize};
    /// assert!(Corpus::generate(42, CorpusSize::SMALL)?.train().is_generated());
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    pub fn is_generated(&self) -> bool {
        let origin = self.frame.column(ORIGIN_COLUMN).and_then(|column| column.str());
        origin.is_ok_and(|origin| origin.iter().any(|cell| cell == Some(ORIGIN)))
    }

    /// What is worth saying of the table although nothing is wrong: folders left out of clip names.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Where the table came from: its path, as errors name it.
    ///
    /// ```
    /// # use blemore_data::Metadata;
    /// assert_eq!(Metadata::from_csv("filename\ntest_0001.mov\n")?.table(), "CSV text");
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The number of clips, at least 1.
    ///
    /// ```
    /// # use blemore_data::Metadata;
    /// assert_eq!(Metadata::from_csv("filename\ntest_0001.mov\n")?.len(), 1);
    /// # Ok::<(), blemore_data::Error>(())
    /// ```
    #[expect(clippy::len_without_is_empty, reason = "metadata without a clip is refused")]
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// The row of a clip, counted from 0 as [`Metadata::clips`] is.
    ///
    /// ```
    /// # use blemore_data::Metadata;
    /// let metadata = Metadata::from_csv("filename\ntest_0002.mov\ntest_0001.mov\n")?;
    /// assert_eq!(metadata.row_of(&"test_0001".parse()?), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn row_of(&self, clip: &ClipName) -> Option<usize> {
        self.rows.get(clip).copied()
    }

    /// The label of every clip, in file order.
    ///
    /// # Errors
    /// [`Error::Unlabelled`] with the clips that have none.
    ///
    /// ```
    /// # use blemore_data::{ClipRecord, Metadata};
    /// let metadata = Metadata::from_records(&[ClipRecord::of_name("A1_hap_int1_ver1".parse()?)])?;
    /// assert_eq!(metadata.labels()?, ["hap".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn labels(&self) -> Result<Vec<Label>, Error> {
        let labels: Vec<Label> = self.clips.iter().filter_map(|record| record.label).collect();
        if labels.len() == self.clips.len() {
            return Ok(labels);
        }
        let unlabelled = self.clips.iter().filter(|record| record.label.is_none());
        Err(Error::Unlabelled {
            table: self.table.clone(),
            clips: unlabelled.map(|record| record.clip.clone()).collect(),
        })
    }

    /// The actors, each once, in order of their first clip.
    ///
    /// ```
    /// # use blemore_data::{ClipRecord, Metadata};
    /// let clips = ["A2_hap_int1_ver1", "A1_hap_int1_ver1", "A2_sad_int1_ver1"];
    /// let records = clips.iter().map(|name| name.parse().map(ClipRecord::of_name)).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(Metadata::from_records(&records)?.actors(), ["A2", "A1"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn actors(&self) -> Vec<&str> {
        let mut seen = std::collections::HashSet::new();
        self.clips.iter().map(|record| record.actor.as_str()).filter(|actor| seen.insert(*actor)).collect()
    }

    fn checked(rows: Rows, table: String) -> Result<Self, Error> {
        let Rows { frame, lines, faults } = rows;
        if frame.height() == 0 && faults.is_empty() {
            return Err(Error::NoClips { table });
        }
        let texts =
            text_columns(&frame).map_err(|error| unreadable(&table, "metadata", &error.to_string()))?;
        check_header(&frame, &texts, &table)?;
        let clips = read_rows(&texts, &lines, faults, &table)?;
        let frame = typed_frame(&frame, &texts)
            .map_err(|error| unreadable(&table, "metadata", &error.to_string()))?;
        let rows = clips.iter().enumerate().map(|(row, record)| (record.clip.clone(), row)).collect();
        let names = texts[Column::Filename as usize].iter().flat_map(StringChunked::iter);
        let mut folders = names.zip(&clips).filter_map(|(name, record)| {
            let name = name.filter(|name| ClipName::folder_of(name).is_some())?;
            Some(note::folders_left_out(name, record.clip.as_str()))
        });
        let notes = folders.next().into_iter().collect();
        Ok(Metadata { table, frame, clips, rows, notes })
    }
}

/// A frame and where its rows come from.
struct Rows {
    frame: DataFrame,
    /// The line of each row.
    lines: Vec<u64>,
    /// Rows that are not in the frame.
    faults: Vec<RowFault>,
}

impl Rows {
    /// A frame that came from elsewhere: rows are counted as if a header stood above them.
    fn of_frame(frame: DataFrame) -> Self {
        let lines = (2..).take(frame.height()).collect();
        Rows { frame, lines, faults: Vec::new() }
    }

    /// The cells of a table of text as they were written; missing ones are null.
    fn of_text(table: &mut TextTable<'_>) -> Result<Self, PolarsError> {
        let names = column_names(table.header());
        let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        while let Some(row) = table.next_row() {
            if row.cells().skip(names.len()).any(|cell| !cell.is_empty()) {
                let problem = RowProblem::TooManyCells { found: row.len(), expected: names.len() };
                faults.push(RowFault { line: row.line(), clip: row.cell(0).to_owned(), problem });
                continue;
            }
            lines.push(row.line());
            for (position, column) in columns.iter_mut().enumerate() {
                let cell = Some(row.cell(position)).filter(|cell| !is_missing(cell));
                column.push(cell.map(str::to_owned));
            }
        }
        let columns = names.iter().zip(columns).map(|(name, cells)| {
            StringChunked::from_slice_options(name.as_str().into(), &cells).into_series().into_column()
        });
        Ok(Rows { frame: DataFrame::new(lines.len(), columns.collect())?, lines, faults })
    }
}

/// Each name once: of columns with the same name the second is `name_duplicated_0`, as polars has it.
fn column_names(header: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for name in header {
        let duplicates = (0..).map(|number| format!("{name}_duplicated_{number}"));
        let free = std::iter::once(name.clone()).chain(duplicates).find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

/// The rows of a file, and what errors call it.
fn read_rows_of(path: &Path) -> Result<(Rows, String), Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let table = path.display().to_string();
    let rows =
        if text::is_parquet(&bytes) { parse_parquet(bytes, &table)? } else { parse_csv(&bytes, &table)? };
    Ok((rows, table))
}

fn has_parquet_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// A frame in the published layout, followed by columns that hold the same text in every row.
fn records_frame(records: &[ClipRecord], table: &str, extra: &[(&str, &str)]) -> Result<Rows, Error> {
    let with_gender = records.iter().any(|record| record.gender.is_some());
    let with_folds = records.iter().any(|record| record.fold.is_some());
    let published = Column::ALL.into_iter().filter(|column| match column {
        Column::Gender => with_gender,
        Column::Fold => with_folds,
        _ => true,
    });
    let published = published.map(|column| {
        let cells: Vec<Option<String>> = records.iter().map(|record| column.cell(record)).collect();
        Series::new(column.name().into(), cells).into_column()
    });
    let extra = extra.iter().map(|(name, text)| {
        FrameColumn::new_scalar((*name).into(), Scalar::from(PlSmallStr::from(*text)), records.len())
    });
    DataFrame::new(records.len(), published.chain(extra).collect())
        .map(Rows::of_frame)
        .map_err(|error| unreadable(table, "a frame", &error.to_string()))
}

fn parse_csv(bytes: &[u8], table: &str) -> Result<Rows, Error> {
    let text = text::decode(bytes).map_err(|found| unreadable(table, "CSV", &found.to_string()))?;
    let rows = Rows::of_text(&mut TextTable::new(&text, &[Column::Filename.name()]));
    rows.map_err(|error| unreadable(table, "CSV", &error.to_string()))
}

fn parse_parquet(bytes: Vec<u8>, table: &str) -> Result<Rows, Error> {
    let frame = ParquetReader::new(Cursor::new(bytes)).finish();
    frame.map(Rows::of_frame).map_err(|error| unreadable(table, "parquet", &error.to_string()))
}

fn unreadable(table: &str, format: &'static str, problem: &str) -> Error {
    Error::Unreadable { table: table.to_owned(), format, problem: problem.to_owned() }
}

type TextColumns = [Option<StringChunked>; Column::ALL.len()];

/// The published columns of a frame as texts without blanks around them, by name; missing values are null.
fn text_columns(frame: &DataFrame) -> Result<TextColumns, PolarsError> {
    let mut texts = [const { None }; Column::ALL.len()];
    for (text, column) in texts.iter_mut().zip(Column::ALL) {
        if let Some(found) = frame.columns().iter().find(|found| found.name().trim() == column.name()) {
            let cells = found.cast(&DataType::String)?;
            let present =
                |cell: Option<&str>| Some(cell?.trim()).filter(|cell| !is_missing(cell)).map(str::to_owned);
            let cells: Vec<Option<String>> = cells.str()?.iter().map(present).collect();
            *text = Some(StringChunked::from_slice_options(column.name().into(), &cells));
        }
    }
    Ok(texts)
}

fn check_header(frame: &DataFrame, texts: &TextColumns, table: &str) -> Result<(), Error> {
    let found: Vec<String> = frame.columns().iter().map(|column| column.name().trim().to_owned()).collect();
    // polars renames the second `fold` to `fold_duplicated_0`.
    let repeated: Vec<String> = Column::ALL
        .iter()
        .filter(|column| found.iter().any(|name| *name == format!("{}_duplicated_0", column.name())))
        .map(|column| column.name().to_owned())
        .collect();
    if !repeated.is_empty() {
        return Err(Error::RepeatedColumns { table: table.to_owned(), repeated });
    }
    let filenames = texts[Column::Filename as usize].as_ref();
    let all_unlabelled = filenames.is_some_and(|names| {
        names.iter().flatten().all(|name| ClipName::parse(name).is_ok_and(|clip| clip.label().is_none()))
    });
    let names_suffice = all_unlabelled || found == [Column::Filename.name()];
    let missing: Vec<String> = Column::ALL
        .iter()
        .filter(|column| texts[**column as usize].is_none() && !column.is_optional(names_suffice))
        .map(|column| column.name().to_owned())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::MissingColumns { table: table.to_owned(), missing, found })
}

/// The records, unless there are faults, here or in rows that are not among these.
fn read_rows(
    texts: &TextColumns,
    lines: &[u64],
    mut faults: Vec<RowFault>,
    table: &str,
) -> Result<Vec<ClipRecord>, Error> {
    let cells = Cells::new(std::array::from_fn(|position| texts[position].as_ref()));
    let mut clips: Vec<ClipRecord> = Vec::with_capacity(lines.len());
    let mut first_lines: HashMap<ClipName, u64> = HashMap::with_capacity(lines.len());
    for (index, line) in lines.iter().copied().enumerate() {
        let name = cells.text(Column::Filename, index).unwrap_or("no name");
        let fault = |problem| RowFault { line, clip: name.to_owned(), problem };
        if let Ok(clip) = ClipName::parse(name)
            && let Some(first_line) = first_lines.insert(clip, line)
        {
            faults.push(fault(RowProblem::Duplicate { first_line }));
        }
        match RowReader::read(&cells, index) {
            Ok(record) => clips.push(record),
            Err(problems) => faults.extend(problems.into_iter().map(fault)),
        }
    }
    if faults.is_empty() {
        return Ok(clips);
    }
    faults.sort_by_key(|fault| fault.line);
    Err(Error::Metadata { table: table.to_owned(), faults })
}

/// The frame with the published columns in their types; other columns stay as they are.
fn typed_frame(frame: &DataFrame, texts: &TextColumns) -> Result<DataFrame, PolarsError> {
    let typed = frame.columns().iter().map(|found| {
        let name = found.name().trim();
        let known = Column::ALL.into_iter().find(|column| column.name() == name);
        match known.and_then(|column| Some((column.kind(), texts[column as usize].as_ref()?))) {
            Some((kind, text)) => cast(name, text, kind),
            None => found.clone().with_name(name.into()),
        }
    });
    DataFrame::new(frame.height(), typed.collect())
}

/// The rows have been checked: a cell that does not parse here is an empty one.
fn cast(name: &str, text: &StringChunked, kind: CellKind) -> FrameColumn {
    match kind {
        CellKind::Text => Series::new(name.into(), text.iter().collect::<Vec<_>>()),
        CellKind::Flag => {
            Series::new(name.into(), text.iter().map(|cell| row::parse_flag(cell?)).collect::<Vec<_>>())
        }
        CellKind::Whole => {
            let whole = text.iter().map(|cell| cell.and_then(row::parse_whole));
            Series::new(name.into(), whole.collect::<Vec<_>>())
        }
        CellKind::Number => {
            let numbers = text.iter().map(|cell| cell.and_then(row::parse_number));
            Series::new(name.into(), numbers.collect::<Vec<_>>())
        }
    }
    .into_column()
}
