//! Metadata: which clips there are, what each shows and in which fold it is held out.

mod field;
mod file;
#[cfg(feature = "polars")]
mod frame;
mod record;
mod row;
mod table;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::Path;

use blemore_base::list::{Names, counted};
use blemore_base::{atomic_write, read_input};
use blemore_labels::{ClipName, Label};

use crate::{Error, Folds};
use field::Field;
use table::{Table, Wanted};

pub use record::{ClipRecord, Gender};
pub use row::MetadataFault;

/// The column of generated metadata that says so.
pub const ORIGIN_COLUMN: &str = "origin";
/// What that column holds.
pub const ORIGIN: &str = "generated";

/// What errors call metadata that were made of clip names.
const CLIP_NAMES: &str = "the clips' names";

/// The clips of a partition: one checked record per clip, and the file's other columns as texts.
///
/// The columns are those of the published files, found by name in any order: `filename`, `video_id`, `mix`,
/// `emotion_1`, `version`, `intensity_level`, `situation`, `emotion_2`, `emotion_1_salience` and `emotion_2_salience` (in
/// percent). `gender` and `fold` (any whole number) may be there too. All other columns are kept
/// ([`column`](Metadata::column)). The name of a clip and its columns must agree. A file needs `filename` alone if all its
/// clips are unlabelled (`test_0001.mov`), or if it has no other columns than `gender` and `fold`.
///
/// | format | how it is written |
/// | --- | --- |
/// | CSV | commas, semicolons or tabs between cells; UTF-8 or UTF-16; decimal points or commas |
/// | JSON lines | one object per line |
/// | Parquet, Arrow IPC (Feather) | with the feature `polars`, which is on by default |
///
/// Rows without a filled cell are left out. Words that pandas reads as empty (`NA`, `None`, ...) are empty cells.
/// Folders before clip names are left out, which [`notes`](Metadata::notes) says.
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
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Metadata {
    table: String,
    clips: Vec<ClipRecord>,
    row_of_clip: HashMap<ClipName, usize>,
    columns: Vec<Column>,
    notes: Vec<String>,
}

/// A column of the file.
#[derive(Clone, Debug)]
enum Column {
    /// Its cells are in the records.
    Published(Field),
    /// Any other column; empty cells are `None`.
    Other { name: String, cells: Vec<Option<Box<str>>> },
}

impl Column {
    fn name(&self) -> &str {
        match self {
            Column::Published(field) => field.name(),
            Column::Other { name, .. } => name,
        }
    }

    /// The cell in this row, whose record this is.
    fn cell<'a>(&'a self, row: usize, record: &'a ClipRecord) -> Option<Cow<'a, str>> {
        match self {
            Column::Published(field) => field.cell(record),
            Column::Other { cells, .. } => cells[row].as_deref().map(Cow::Borrowed),
        }
    }
}

impl Metadata {
    /// Reads a metadata file. Its first bytes tell the format, whatever the extension is.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Table`] for another format, no clips, and columns that are missing or repeated;
    /// [`Error::Metadata`] with every fault of every row.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_columns(path.as_ref(), Wanted::All)
    }

    /// Reads the clip names of a metadata file and no other column: enough for a list of expected clips.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    pub fn read_names(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_columns(path.as_ref(), Wanted::Names)
    }

    fn read_columns(path: &Path, wanted: Wanted) -> Result<Self, Error> {
        let bytes = read_input(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        file::parse(&bytes, wanted, path.display().to_string())
    }

    /// Reads the bytes of a metadata file.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        file::parse(bytes, Wanted::All, "the metadata".to_owned())
    }

    /// Reads CSV text.
    ///
    /// # Errors
    /// As [`Metadata::read`].
    pub fn from_csv(text: &str) -> Result<Self, Error> {
        file::parse_csv(text.as_bytes(), Wanted::All, "CSV text".to_owned())
    }

    /// Metadata of these clips, in the published layout.
    ///
    /// # Errors
    /// As [`Metadata::read`]: for a clip that comes twice, or a record that contradicts its name.
    pub fn from_records(records: &[ClipRecord]) -> Result<Self, Error> {
        Self::of_records(records, &[], "the list of clips")
    }

    /// What the names of these clips tell: a record per clip, without gender and fold.
    ///
    /// # Errors
    /// As [`Metadata::read`], for a clip that comes twice.
    pub fn of_names(clips: impl IntoIterator<Item = ClipName>) -> Result<Self, Error> {
        let records: Vec<ClipRecord> = clips.into_iter().map(ClipRecord::of_name).collect();
        Self::of_records(&records, &[], CLIP_NAMES)
    }

    /// Metadata of generated clips, with a column that says so.
    pub(crate) fn generated(records: &[ClipRecord], table: &str) -> Result<Self, Error> {
        Self::of_records(records, &[(ORIGIN_COLUMN, ORIGIN)], table)
    }

    /// Checked metadata, with columns that hold the same text in every row.
    fn of_records(records: &[ClipRecord], extra: &[(&str, &str)], table: &str) -> Result<Self, Error> {
        let is_filled =
            |field: &Field| !field.is_optional() || records.iter().any(|record| field.cell(record).is_some());
        let fields: Vec<Field> = Field::all().into_iter().filter(is_filled).collect();
        let names = fields.iter().map(|field| field.name()).chain(extra.iter().map(|(name, _)| *name));
        let mut rows = Table::new(names, Wanted::All);
        for (line, record) in (2..).zip(records) {
            let published = fields.iter().map(|field| field.cell(record).unwrap_or_default());
            let cells: Vec<Cow<'_, str>> =
                published.chain(extra.iter().map(|(_, text)| (*text).into())).collect();
            rows.push(line, |place| &cells[place]);
        }
        rows.finish(table.to_owned())
    }

    /// The same table with these folds, made of it, in its column `fold`; the column comes last where there was none.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for the folds of a table with another number of clips.
    pub fn with_folds(mut self, folds: &Folds) -> Result<Self, Error> {
        let of_rows = folds.of_rows();
        if of_rows.len() != self.len() {
            let (clips, rows) = (self.len(), of_rows.len());
            return Err(Error::Mismatch(format!("the folds are of {rows} clips, the metadata have {clips}")));
        }
        for (record, fold) in self.clips.iter_mut().zip(of_rows) {
            record.fold = Some(*fold);
        }
        if !self.columns.iter().any(|column| matches!(column, Column::Published(Field::Fold))) {
            self.columns.push(Column::Published(Field::Fold));
        }
        Ok(self)
    }

    /// Writes the table as CSV, whole or not at all. Reading it again gives the same clips and columns.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        atomic_write(path, |out| file::write_csv(self, out).map_err(io::Error::from))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// The clips, in file order.
    pub fn clips(&self) -> &[ClipRecord] {
        &self.clips
    }

    /// The names of the file's columns, in file order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Column::name)
    }

    /// The cells of a column as texts, one per clip; `None` where a cell is empty. Numbers of published columns are in
    /// their shortest form (`2` for `2.0`), genders are `female` and `male`.
    ///
    /// # Errors
    /// [`Error::Table`], which names the columns that there are.
    pub fn column(&self, name: &str) -> Result<Vec<Option<Cow<'_, str>>>, Error> {
        let Some(column) = self.columns.iter().find(|column| column.name() == name) else {
            let found: Vec<_> = self.columns().collect();
            let found = found.join(", ");
            return Err(match self.table.as_str() {
                CLIP_NAMES => Error::table(
                    CLIP_NAMES,
                    format!("do not tell {name}, but {found}: give --metadata that have the column {name}"),
                ),
                table => missing_columns(table, name, &found),
            });
        };
        Ok(self.clips.iter().enumerate().map(|(row, record)| column.cell(row, record)).collect())
    }

    /// Whether the table says that its clips are generated ([`ORIGIN_COLUMN`]).
    pub fn is_generated(&self) -> bool {
        let origin = self.column(ORIGIN_COLUMN);
        origin.is_ok_and(|cells| cells.iter().any(|cell| cell.as_deref() == Some(ORIGIN)))
    }

    /// What a user should know about the table although nothing is wrong: folders that were left out of clip names.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Where the table came from: its path, as errors name it.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The number of clips, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "metadata without a clip is refused")]
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// The row of a clip: its index in [`Metadata::clips`].
    pub fn row_of(&self, clip: &ClipName) -> Option<usize> {
        self.row_of_clip.get(clip).copied()
    }

    /// The label of every clip, in file order.
    ///
    /// # Errors
    /// [`Error::Table`] with the clips that have none.
    pub fn labels(&self) -> Result<Vec<Label>, Error> {
        let labels: Vec<Label> = self.clips.iter().filter_map(|record| record.label).collect();
        if labels.len() == self.clips.len() {
            return Ok(labels);
        }
        let unlabelled = self.clips.iter().filter(|record| record.label.is_none());
        let clips: Vec<_> = unlabelled.map(|record| &record.clip).collect();
        let problem = format!("has {} without a label: {}", counted(clips.len(), "clip"), Names(&clips));
        Err(Error::table(&self.table, problem))
    }

    /// The actors, each once, in order of their first clip.
    pub fn actors(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.clips.iter().map(|record| record.actor.as_str()).filter(|actor| seen.insert(*actor)).collect()
    }

    /// Checks that no clip and no actor of this partition is in `other`: a model would be tested on what it was trained on.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with every such actor and clip.
    pub fn require_separate(&self, other: &Metadata) -> Result<(), Error> {
        let [own, others] = [self, other].map(|table| table.actors().into_iter().collect::<BTreeSet<_>>());
        let actors: Vec<&str> = own.intersection(&others).copied().collect();
        let clips: Vec<&ClipName> = self
            .clips
            .iter()
            .map(|record| &record.clip)
            .filter(|clip| other.row_of(clip).is_some())
            .collect();
        let what = match (actors.len(), clips.len()) {
            (0, 0) => return Ok(()),
            (0, _) => format!("clips in both the training and the test metadata: {}", Names(&clips)),
            (_, 0) => format!("actors in both the training and the test metadata: {}", actors.join(", ")),
            (_, number) => format!(
                "actors in both the training and the test metadata: {}, with {} in both: {}",
                actors.join(", "),
                counted(number, "clip"),
                Names(&clips)
            ),
        };
        Err(Error::Mismatch(format!(
            "{what}; each actor belongs in one of them, because a model must be tested on people that it was not trained on"
        )))
    }
}

fn missing_columns(table: &str, missing: &str, found: &str) -> Error {
    Error::table(table, format!("has no column {missing}: its columns are {found}"))
}
