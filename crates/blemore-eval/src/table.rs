//! Tables of probabilities on disk: `filename,ang,disg,fea,hap,sad,neu`.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::Path;

use blemore_base::number::{self, is_missing};
use blemore_base::text::{self, Excerpt};
use blemore_base::{Row, TextTable, atomic_write, note};
use blemore_labels::{ClipName, Emotion, Label};

use crate::probabilities::{ProbabilityFault, fault_of, is_coarse};
use crate::{Error, Probabilities, Truth};

/// The column that holds the clip names.
const CLIP_COLUMN: &str = "filename";

/// Probabilities of N clips, shape `(N, 6)`, with the name of each clip; no clip comes twice.
///
/// ```
/// use blemore_eval::{GridSearch, ProbabilityTable};
///
/// let table = ProbabilityTable::parse(
///     b"filename,neu,ang,disg,fea,hap,sad
///       A102_ang_int1_ver1,0.0,0.9,0.1,0.0,0.0,0.0
///       A102_mix_ang_hap_50_50_ver1.mov,0,0.5,0,0,0.5,0",
/// )?;
/// assert_eq!(table.clips()[1].as_str(), "A102_mix_ang_hap_50_50_ver1");
/// let found = GridSearch::default().search(table.probabilities(), &table.labels()?)?;
/// assert_eq!(found.scores.acc_presence(), 1.0);
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ProbabilityTable {
    clips: Vec<ClipName>,
    probabilities: Probabilities<f64>,
    /// The line of each row.
    lines: Vec<u64>,
    notes: Vec<String>,
}

impl PartialEq for ProbabilityTable {
    /// Whether clips and values are the same, wherever they were read.
    fn eq(&self, other: &Self) -> bool {
        self.clips == other.clips && self.probabilities == other.probabilities
    }
}

impl ProbabilityTable {
    /// Joins clip names and rows.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one name for each row, and [`Error::InvalidTable`] with every name
    /// that comes again.
    ///
    /// ```
    /// use blemore_eval::{Probabilities, ProbabilityTable};
    ///
    /// let row = Probabilities::new(vec![[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]])?;
    /// let table = ProbabilityTable::new(vec!["A102_ang_int1_ver1".parse()?], row)?;
    /// assert_eq!(table.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(clips: Vec<ClipName>, probabilities: Probabilities<f64>) -> Result<Self, Error> {
        probabilities.check_parallel("clip names", clips.len())?;
        // As if they stood below a header.
        let lines: Vec<u64> = (2..).take(clips.len()).collect();
        let mut seen = HashMap::new();
        let mut faults = Vec::new();
        for (clip, &line) in clips.iter().zip(&lines) {
            if let Some(first_line) = seen.insert(clip.as_str(), line) {
                seen.insert(clip.as_str(), first_line);
                let problem = TableProblem::RepeatedClip { first_line };
                faults.push(TableFault { line, clip: Some(clip.to_string()), problem });
            }
        }
        if faults.is_empty() {
            Ok(Self { clips, probabilities, lines, notes: Vec::new() })
        } else {
            Err(Error::InvalidTable { path: None, faults })
        }
    }

    /// Reads a CSV file with the columns `filename, ang, disg, fea, hap, sad, neu`, found by name; their
    /// order does not matter, and further columns are passed over. Commas, semicolons or tabs separate cells;
    /// the decimal sign may be a comma; the text may be UTF-8 or UTF-16. Folders before clip names are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read, [`Error::NotText`] when it is a spreadsheet or another
    /// binary file, and [`Error::InvalidTable`] with every fault of it: columns that are missing or come
    /// twice, rows with too few or too many cells, names that are no clip names or come twice, values that
    /// are no numbers, rows that are no probabilities.
    ///
    /// ```no_run
    /// use blemore_eval::ProbabilityTable;
    ///
    /// let table = ProbabilityTable::read("probabilities.csv")?;
    /// println!("{} clips", table.len());
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(&bytes).map_err(|error| error.at(path))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// [`Error::NotText`] and [`Error::InvalidTable`], as [`ProbabilityTable::read`].
    ///
    /// ```
    /// use blemore_eval::ProbabilityTable;
    ///
    /// let error = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu
    /// A102_ang_int1_ver1,0.9,nan,0,0,0,0
    /// A102_ang_int7_ver1,0.9,0.1,0,0,0,0").unwrap_err();
    /// assert!(error.to_string().contains("line 2 (A102_ang_int1_ver1): the value of disg is \"nan\""));
    /// assert!(error.to_string().contains("line 3"));
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text = text::decode(text);
        let text = text.map_err(|found| Error::NotText { path: None, problem: found.to_string() })?;
        let mut table = TextTable::new(&text, &[CLIP_COLUMN]);
        let columns = Columns::find(&table).map_err(|faults| Error::InvalidTable { path: None, faults })?;
        let mut rows = Rows::new(columns);
        while let Some(row) = table.next_row() {
            rows.push(row);
        }
        rows.finish()
    }

    /// Writes the table so that [`ProbabilityTable::read`] gives back the same values to the last bit. The file is there
    /// whole or not at all, and replaces one that was there.
    ///
    /// # Errors
    /// [`Error::Write`].
    ///
    /// ```no_run
    /// # let table = blemore_eval::ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu")?;
    /// table.write("probabilities.csv")?;
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        atomic_write(path, |file| file.write_all(self.to_csv().as_bytes()))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// The text that [`ProbabilityTable::write`] writes.
    ///
    /// ```
    /// use blemore_eval::ProbabilityTable;
    ///
    /// let table = ProbabilityTable::parse(b"ang,disg,fea,hap,sad,neu,filename\n0,0,0,0,0,1,test_0001.mov")?;
    /// assert_eq!(table.to_csv(), "filename,ang,disg,fea,hap,sad,neu\ntest_0001,0,0,0,0,0,1\n");
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn to_csv(&self) -> String {
        let mut text = String::from(CLIP_COLUMN);
        for emotion in Emotion::ALL {
            text.extend([",", emotion.code()]);
        }
        text.push('\n');
        for (clip, row) in self.clips.iter().zip(self.probabilities.iter()) {
            text.push_str(clip.as_str());
            for value in row {
                text.extend([",", &value.to_string()]);
            }
            text.push('\n');
        }
        text
    }

    /// The name of each clip, in the order of the rows.
    ///
    /// ```
    /// # use blemore_eval::ProbabilityTable;
    /// let table = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\ntest_0001,1,0,0,0,0,0")?;
    /// assert_eq!(table.clips()[0].as_str(), "test_0001");
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// The probabilities, shape `(N, 6)`.
    ///
    /// ```
    /// # use blemore_eval::ProbabilityTable;
    /// let table = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\ntest_0001,1,0,0,0,0,0")?;
    /// assert_eq!(table.probabilities().rows()[0][0], 1.0);
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn probabilities(&self) -> &Probabilities<f64> {
        &self.probabilities
    }

    /// What is worth saying of the file although it could be read: folders left out of clip names, values so
    /// coarse that thresholds between them are too.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Number of clips.
    ///
    /// ```
    /// # use blemore_eval::ProbabilityTable;
    /// assert_eq!(ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu")?.len(), 0);
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there is no clip.
    ///
    /// ```
    /// # use blemore_eval::ProbabilityTable;
    /// assert!(ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu")?.is_empty());
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// The true label of each clip, as its name says.
    ///
    /// # Errors
    /// [`Error::InvalidTable`] with every clip whose name carries no label.
    ///
    /// ```
    /// # use blemore_eval::ProbabilityTable;
    /// let table = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\ntest_0001,1,0,0,0,0,0")?;
    /// assert!(table.labels().unwrap_err().to_string().contains("test_0001"));
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn labels(&self) -> Result<Vec<Label>, Error> {
        self.labels_by(ClipName::label, &TableProblem::Unlabelled)
    }

    /// The true label of each clip, as given.
    ///
    /// # Errors
    /// [`Error::InvalidTable`] with every clip that `truth` has no label for.
    ///
    /// ```
    /// use blemore_eval::{ProbabilityTable, Truth};
    ///
    /// let table = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\ntest_0001,1,0,0,0,0,0")?;
    /// let mut truth = Truth::default();
    /// assert!(table.labels_in(&truth).unwrap_err().to_string().contains("test_0001"));
    /// truth.insert("test_0001".parse()?, "ang".parse()?);
    /// assert_eq!(table.labels_in(&truth)?, ["ang".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn labels_in(&self, truth: &Truth) -> Result<Vec<Label>, Error> {
        self.labels_by(|clip| truth.label(clip.as_str()), &TableProblem::NoTruth)
    }

    fn labels_by(
        &self,
        label: impl Fn(&ClipName) -> Option<Label>,
        missing: &TableProblem,
    ) -> Result<Vec<Label>, Error> {
        let mut labels = Vec::with_capacity(self.len());
        let mut faults = Vec::new();
        for (clip, &line) in self.clips.iter().zip(&self.lines) {
            match label(clip) {
                Some(label) => labels.push(label),
                None => {
                    let clip = Some(clip.to_string());
                    faults.push(TableFault { line, clip, problem: missing.clone() });
                }
            }
        }
        if faults.is_empty() { Ok(labels) } else { Err(Error::InvalidTable { path: None, faults }) }
    }
}

/// What is wrong at one place of a table.
///
/// ```
/// use blemore_eval::{Error, ProbabilityTable, TableProblem};
///
/// let Err(Error::InvalidTable { faults, .. }) = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad")
///     else { unreachable!() };
/// assert_eq!(faults[0].line, 1);
/// assert_eq!(faults[0].problem, TableProblem::MissingColumn { column: "neu" });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TableFault {
    /// Line of the file as an editor shows it, from 1; for a table that was not read from a file, the line
    /// that it would have.
    pub line: u64,
    /// The clip name as it stands there, if it can be read.
    pub clip: Option<String>,
    /// The fault.
    pub problem: TableProblem,
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(clip) = &self.clip {
            write!(f, " ({})", Excerpt(clip).bare())?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// The ways in which a table of probabilities can be wrong.
///
/// ```
/// use blemore_eval::TableProblem;
///
/// let problem = TableProblem::NotANumber { column: "hap", found: "n/a".to_owned() };
/// assert_eq!(problem.to_string(), "the value of hap is \"n/a\", expected a number");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TableProblem {
    /// A column that must be there is not.
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A column comes more than once.
    RepeatedColumn {
        /// Its name.
        column: &'static str,
    },
    /// A row has more or fewer cells than the header.
    CellCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A name that is no clip name.
    ClipName {
        /// What is wrong with it.
        reason: String,
    },
    /// A clip that was there before.
    RepeatedClip {
        /// The line where it was.
        first_line: u64,
    },
    /// A clip without a label in its name, where labels are needed.
    Unlabelled,
    /// A clip that the given truth does not have.
    NoTruth,
    /// A value that is no number.
    NotANumber {
        /// The column.
        column: &'static str,
        /// The text.
        found: String,
    },
    /// A number with another decimal sign than the numbers before it.
    DecimalSign {
        /// The column.
        column: &'static str,
        /// The text.
        found: String,
    },
    /// Six numbers that are no probabilities.
    Probabilities(ProbabilityFault),
}

impl fmt::Display for TableProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingColumn { column } => write!(f, "there is no column {column}"),
            Self::RepeatedColumn { column } => write!(f, "the column {column} comes more than once"),
            Self::CellCount { expected, found } => {
                write!(
                    f,
                    "{found} cells, where the header names {expected} columns: quote cells that hold a \
                     separator"
                )
            }
            Self::ClipName { reason } => f.write_str(reason),
            Self::RepeatedClip { first_line } => write!(f, "the clip is in line {first_line} already"),
            Self::Unlabelled => f.write_str("the name carries no label: give the metadata"),
            Self::NoTruth => {
                f.write_str("there is no truth for the clip: give its label, or leave its row out")
            }
            Self::NotANumber { column, found } => {
                write!(f, "the value of {column} is {}, expected a number", Excerpt(found))
            }
            Self::DecimalSign { column, found } => write!(
                f,
                "the value of {column} is {}, where numbers before it have the other decimal sign: use one \
                 of \".\" and \",\"",
                Excerpt(found)
            ),
            Self::Probabilities(fault) => write_by_emotion(f, *fault),
        }
    }
}

/// Names the emotion instead of the number of the column.
fn write_by_emotion(f: &mut fmt::Formatter<'_>, fault: ProbabilityFault) -> fmt::Result {
    let code = |class: usize| Emotion::ALL.get(class).map_or("?", |emotion| emotion.code());
    match fault {
        ProbabilityFault::NotFinite { class } => write!(f, "the value of {} is not finite", code(class)),
        ProbabilityFault::Negative { class, found } => {
            write!(f, "the value of {} is {found}, expected one from 0 to 1 (a logit?)", code(class))
        }
        sum @ ProbabilityFault::Sum { .. } => write!(f, "{sum}"),
    }
}

/// Where in a row the name and the six values stand.
struct Columns {
    clip: usize,
    emotions: [usize; Emotion::COUNT],
    total: usize,
}

impl Columns {
    fn find(table: &TextTable<'_>) -> Result<Self, Vec<TableFault>> {
        let mut faults = Vec::new();
        let mut find = |column: &'static str| {
            let mut places = table.columns(column);
            let found = places.next();
            let problem = match (found, places.next()) {
                (None, _) => TableProblem::MissingColumn { column },
                (Some(_), Some(_)) => TableProblem::RepeatedColumn { column },
                (Some(place), None) => return place,
            };
            faults.push(TableFault { line: table.header_line(), clip: None, problem });
            0
        };
        let columns = Self {
            clip: find(CLIP_COLUMN),
            emotions: Emotion::ALL.map(|emotion| find(emotion.code())),
            total: table.header().len(),
        };
        if faults.is_empty() { Ok(columns) } else { Err(faults) }
    }
}

/// The rows read so far, and the faults found in them.
struct Rows {
    columns: Columns,
    clips: Vec<ClipName>,
    values: Vec<[f64; Emotion::COUNT]>,
    lines: Vec<u64>,
    first_lines: HashMap<ClipName, u64>,
    faults: Vec<TableFault>,
    /// What is said of the first name with a folder.
    folder: Option<String>,
    coarse: usize,
}

impl Rows {
    fn new(columns: Columns) -> Self {
        Self {
            columns,
            clips: Vec::new(),
            values: Vec::new(),
            lines: Vec::new(),
            first_lines: HashMap::new(),
            faults: Vec::new(),
            folder: None,
            coarse: 0,
        }
    }

    fn push(&mut self, row: Row<'_>) {
        let line = row.line();
        let text = row.cell(self.columns.clip);
        let clip = Some(text.to_owned()).filter(|text| !text.is_empty());
        let fault = |problem| TableFault { line, clip: clip.clone(), problem };
        // A spreadsheet may fill rows up with empty cells.
        let surplus = row.cells().skip(self.columns.total).any(|cell| !cell.is_empty());
        if surplus || row.len() < self.columns.total {
            let problem = TableProblem::CellCount { expected: self.columns.total, found: row.len() };
            self.faults.push(fault(problem));
            return;
        }

        match ClipName::parse(text) {
            Err(error) => self.faults.push(fault(TableProblem::ClipName { reason: error.to_string() })),
            Ok(name) => {
                match self.first_lines.get(&name) {
                    Some(&first_line) => self.faults.push(fault(TableProblem::RepeatedClip { first_line })),
                    None => {
                        self.first_lines.insert(name.clone(), line);
                    }
                }
                if self.folder.is_none() && ClipName::folder_of(text).is_some() {
                    self.folder = Some(note::folders_left_out(text, name.as_str()));
                }
                self.clips.push(name);
                self.lines.push(line);
            }
        }

        let mut values = [0.0; Emotion::COUNT];
        let mut all_numbers = true;
        for ((value, place), emotion) in values.iter_mut().zip(self.columns.emotions).zip(Emotion::ALL) {
            let (text, column) = (row.cell(place), emotion.code());
            match row.number(place).filter(|_| !is_missing(text)) {
                Some(number) => *value = number,
                None => {
                    all_numbers = false;
                    let found = text.to_owned();
                    self.faults.push(fault(match number::parse(text) {
                        Some(_) if !is_missing(text) => TableProblem::DecimalSign { column, found },
                        _ => TableProblem::NotANumber { column, found },
                    }));
                }
            }
        }
        if let Some(problem) = fault_of(&values).filter(|_| all_numbers) {
            self.faults.push(fault(TableProblem::Probabilities(problem)));
        }
        self.coarse += usize::from(is_coarse(&values));
        self.values.push(values);
    }

    fn finish(self) -> Result<ProbabilityTable, Error> {
        if !self.faults.is_empty() {
            return Err(Error::InvalidTable { path: None, faults: self.faults });
        }
        let rows =
            if self.coarse == 1 { "1 row sums".to_owned() } else { format!("{} rows sum", self.coarse) };
        let coarse = format!(
            "{rows} to 1 only about, as values rounded to two digits do: they are taken as they are; write \
             more digits for exact thresholds"
        );
        Ok(ProbabilityTable {
            clips: self.clips,
            probabilities: Probabilities::new(self.values)?,
            lines: self.lines,
            notes: self.folder.into_iter().chain((self.coarse > 0).then_some(coarse)).collect(),
        })
    }
}
