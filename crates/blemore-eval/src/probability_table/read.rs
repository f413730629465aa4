//! Reading a table of probabilities from text, with every fault of it.

use std::collections::HashMap;

use blemore_base::number::{self, is_missing};
use blemore_base::{Row, TextTable, note, text};
use blemore_labels::{ClipName, Emotion};

use super::{CLIP_COLUMN, ProbabilityTable, Scale, TableFault, TableProblem};
use crate::probabilities::{fault_of, is_coarse};
use crate::{Error, Probabilities};

/// The column that may say in which fold a clip is.
const FOLD_COLUMN: &str = "fold";

/// The table that bytes of text hold.
pub(super) fn parse(bytes: &[u8], scale: Scale) -> Result<ProbabilityTable, Error> {
    let text = text::decode(bytes);
    let text = text.map_err(|found| Error::NotText { path: None, problem: found.to_string() })?;
    let mut table = TextTable::new(&text, &[CLIP_COLUMN]);
    let columns = Columns::find(&table).map_err(|faults| Error::InvalidTable { path: None, faults })?;
    let mut rows = Rows { columns, scale, ..Rows::default() };
    while let Some(row) = table.next_row() {
        rows.push(row);
    }
    rows.finish()
}

/// Where in a row the name and the six values stand.
#[derive(Default)]
struct Columns {
    clip: usize,
    emotions: [usize; Emotion::COUNT],
    /// The column `fold`, where there is one.
    fold: Option<usize>,
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
            fold: table.columns(FOLD_COLUMN).next(),
            total: table.header().len(),
        };
        if faults.is_empty() { Ok(columns) } else { Err(faults) }
    }
}

/// The rows read so far, and the faults found in them.
#[derive(Default)]
struct Rows {
    columns: Columns,
    scale: Scale,
    folds: Vec<String>,
    clips: Vec<ClipName>,
    values: Vec<[f64; Emotion::COUNT]>,
    lines: Vec<u64>,
    first_lines: HashMap<ClipName, u64>,
    faults: Vec<TableFault>,
    /// What is said of the first name with a folder.
    folder: Option<String>,
    coarse: usize,
    /// Rows of logits that could be probabilities.
    like_probabilities: usize,
}

impl Rows {
    fn push(&mut self, row: Row<'_>) {
        let line = row.line();
        let text = row.cell(self.columns.clip);
        let clip = || (!text.is_empty()).then(|| text.to_owned());
        let fault = |problem| TableFault { line, clip: clip(), problem };
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
                self.folds.extend(self.columns.fold.map(|place| row.cell(place).to_owned()));
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
        if self.scale == Scale::Logits {
            self.like_probabilities += usize::from(fault_of(&values).is_none());
            softmax(&mut values);
        }
        if let Some(problem) = fault_of(&values).filter(|_| all_numbers) {
            self.faults.push(fault(TableProblem::Probabilities(problem)));
        }
        self.coarse += usize::from(is_coarse(&values));
        self.values.push(values);
    }

    fn finish(mut self) -> Result<ProbabilityTable, Error> {
        if let [line, ..] = self.lines[..]
            && self.like_probabilities == self.lines.len()
        {
            self.faults.push(TableFault { line, clip: None, problem: TableProblem::NotLogits });
        }
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
            folds: self.columns.fold.map(|_| self.folds),
            notes: self.folder.into_iter().chain((self.coarse > 0).then_some(coarse)).collect(),
        })
    }
}

/// Exponentials over their sum, in place; where a logit is not finite, neither is any result.
fn softmax(logits: &mut [f64; Emotion::COUNT]) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|logit| (logit - largest).exp());
    let sum: f64 = powers.iter().sum();
    *logits = powers.map(|power| power / sum);
}
