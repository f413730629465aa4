//! Tables of probabilities on disk: `filename,ang,disg,fea,hap,sad,neu`.

mod fault;
mod read;

use std::collections::HashMap;
use std::path::Path;

use blemore_base::{atomic_write, read_input};
use blemore_labels::{ClipName, Emotion, Label};

pub use self::fault::{TableFault, TableProblem};
use crate::{Error, Probabilities, Truth};

/// The column that holds the clip names.
const CLIP_COLUMN: &str = "filename";

/// What the six numbers of a row are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Probabilities, which sum to 1.
    #[default]
    Probabilities,
    /// Logits: any finite numbers. Their softmax is taken, in f64.
    Logits,
}

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
    folds: Option<Vec<String>>,
    notes: Vec<String>,
}

impl PartialEq for ProbabilityTable {
    /// Whether clips and values are the same, wherever they were read.
    fn eq(&self, other: &Self) -> bool {
        self.clips == other.clips && self.probabilities == other.probabilities
    }
}

impl ProbabilityTable {
    /// Joins clip names and rows, of f32 or f64.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one name for each row, and [`Error::InvalidTable`] with every name
    /// that comes again.
    pub fn new(clips: Vec<ClipName>, probabilities: impl Into<Probabilities<f64>>) -> Result<Self, Error> {
        let probabilities: Probabilities<f64> = probabilities.into();
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
            Ok(Self { clips, probabilities, lines, folds: None, notes: Vec::new() })
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
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_as(path, Scale::Probabilities)
    }

    /// Reads a file as [`ProbabilityTable::read`] does, whose values are on the given scale.
    ///
    /// # Errors
    /// As [`ProbabilityTable::read`]; logits need not sum to 1, but each must be a finite number.
    pub fn read_as(path: impl AsRef<Path>, scale: Scale) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = read_input(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        read::parse(&bytes, scale).map_err(|error| error.at(path))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// [`Error::NotText`] and [`Error::InvalidTable`], as [`ProbabilityTable::read`].
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        read::parse(text, Scale::Probabilities)
    }

    /// Writes the table so that [`ProbabilityTable::read`] gives back the same values to the last bit. The file is there
    /// whole or not at all, and replaces one that was there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        atomic_write(path, |file| file.write_all(self.to_csv().as_bytes()))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// The text that [`ProbabilityTable::write`] writes.
    pub fn to_csv(&self) -> String {
        let mut text = String::from(CLIP_COLUMN);
        for emotion in Emotion::ALL {
            text.extend([",", emotion.code()]);
        }
        text.push_str(if self.folds.is_some() { ",fold\n" } else { "\n" });
        let mut folds = self.folds.iter().flatten();
        for (clip, row) in self.clips.iter().zip(self.probabilities.iter()) {
            text.push_str(clip.as_str());
            for value in row {
                text.extend([",", &value.to_string()]);
            }
            text.extend(folds.next().into_iter().flat_map(|fold| [",", fold.as_str()]));
            text.push('\n');
        }
        text
    }

    /// The name of each clip, in the order of the rows.
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// The probabilities, shape `(N, 6)`.
    pub fn probabilities(&self) -> &Probabilities<f64> {
        &self.probabilities
    }

    /// The table with a column `fold`, which [`ProbabilityTable::write`] writes.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one for each clip.
    pub fn with_folds(mut self, folds: Vec<String>) -> Result<Self, Error> {
        self.probabilities.check_parallel("folds", folds.len())?;
        self.folds = Some(folds);
        Ok(self)
    }

    /// The cells of the column `fold`, one per clip, where the file has that column.
    pub fn folds(&self) -> Option<&[String]> {
        self.folds.as_deref()
    }

    /// What is worth saying of the file although it could be read: folders left out of clip names, values so
    /// coarse that thresholds between them are too.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Number of clips.
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// The true label of each clip, as its name says.
    ///
    /// # Errors
    /// [`Error::InvalidTable`] with every clip whose name carries no label.
    pub fn labels(&self) -> Result<Vec<Label>, Error> {
        self.labels_by(ClipName::label, &TableProblem::Unlabelled)
    }

    /// The true label of each clip, as given.
    ///
    /// # Errors
    /// [`Error::InvalidTable`] with every clip that `truth` has no label for.
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
