//! One row: what its cells state, what its clip name says, and whether the two agree.

use std::fmt;

use blemore_labels::{Blend, ClipName, Emotion, Label, Ratio, Setting};
use polars::prelude::StringChunked;

use super::columns::Column;
use super::record::{ClipRecord, Gender};

/// Texts that stand for an empty cell.
const EMPTY: [&str; 4] = ["", "nan", "NaN", "NA"];
/// Salience of a single emotion, in percent, for files that fill the cell in.
const SINGLE_PERCENT: f64 = 100.0;

/// A fault in one row of metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFault {
    /// The line of the file on which the row begins: the header is line 1, the first clip as a rule line 2.
    pub row: usize,
    /// The row's `filename` cell.
    pub clip: String,
    /// What is wrong.
    pub problem: RowProblem,
}

impl fmt::Display for RowFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "row {}, {}: {}", self.row, self.clip, self.problem)
    }
}

/// What can be wrong with a row of metadata.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// The name follows none of the dataset's patterns, or an emotion or ratio in the columns is none.
    #[error("{0}")]
    Label(#[from] blemore_labels::Error),
    /// A cell that does not hold what its column should.
    #[error("column {column} holds {found:?}, expected {expected}")]
    Cell {
        /// The column.
        column: &'static str,
        /// The cell.
        found: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// An empty cell where the other cells of the row need it filled.
    #[error("column {column} is empty, expected {expected}")]
    EmptyCell {
        /// The column.
        column: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// The clip name and the columns state different things.
    #[error("the name says {subject} {name}, the columns say {columns}: correct whichever is wrong")]
    Contradiction {
        /// What they disagree about.
        subject: &'static str,
        /// What the name says.
        name: String,
        /// What the columns say.
        columns: String,
    },
    /// More filled cells than the header has columns.
    #[error("{found} cells, where the header names {expected} columns: quote cells that hold a separator")]
    TooManyCells {
        /// The number of cells.
        found: usize,
        /// The number of columns.
        expected: usize,
    },
    /// Bytes that are no UTF-8 text.
    #[error("not UTF-8 text: save the file as UTF-8")]
    NotUtf8,
    /// The clip has a row already.
    #[error("the clip is in row {first_row} already: keep one of the two rows")]
    Duplicate {
        /// The earlier row, counted as [`RowFault::row`].
        first_row: usize,
    },
}

/// A cell of `mix`: 0 or 1, in the ways that programs write it.
pub(super) fn parse_flag(text: &str) -> Option<i64> {
    match text {
        "0" | "0.0" | "0,0" | "false" | "False" | "FALSE" => Some(0),
        "1" | "1.0" | "1,0" | "true" | "True" | "TRUE" => Some(1),
        _ => None,
    }
}

/// A number as a cell holds it; the decimal sign may be a comma.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    if text.contains(',') { text.replace(',', ".").parse().ok() } else { text.parse().ok() }
}

/// The cells of a table whose columns are all texts.
pub(super) struct Cells<'frame> {
    columns: [Option<&'frame StringChunked>; Column::ALL.len()],
}

impl<'frame> Cells<'frame> {
    pub(super) fn new(columns: [Option<&'frame StringChunked>; Column::ALL.len()]) -> Self {
        Cells { columns }
    }

    fn has(&self, column: Column) -> bool {
        self.columns[column as usize].is_some()
    }

    /// The cell without surrounding blanks; `None` when it is empty or its column is not there.
    pub(super) fn text(&self, column: Column, row: usize) -> Option<&'frame str> {
        let cell = self.columns[column as usize]?.get(row)?.trim();
        (!EMPTY.contains(&cell)).then_some(cell)
    }
}

/// There is no value, and the problem is among those of the row.
struct Noted;

/// Reads rows and gathers what is wrong with each.
pub(super) struct RowReader<'cells> {
    cells: &'cells Cells<'cells>,
    row: usize,
    problems: Vec<RowProblem>,
}

impl<'cells> RowReader<'cells> {
    /// The record of row `row`, counted from 0 without the header.
    ///
    /// # Errors
    /// Every problem of the row.
    pub(super) fn read(cells: &'cells Cells<'cells>, row: usize) -> Result<ClipRecord, Vec<RowProblem>> {
        let mut reader = RowReader { cells, row, problems: Vec::new() };
        let record = reader.record();
        match record {
            Some(record) if reader.problems.is_empty() => Ok(record),
            _ => Err(reader.problems),
        }
    }

    fn record(&mut self) -> Option<ClipRecord> {
        let clip = self.clip();
        let stated_label = self.label();
        let version = self.whole_number(Column::Version, "a version from 1", 1..=u32::MAX);
        let intensity_level = self.whole_number(Column::IntensityLevel, "an intensity from 1 to 4", 1..=4);
        let situation = self.whole_number(Column::Situation, "a situation from 1 to 4", 1..=4);
        let fold = self.whole_number(Column::Fold, "a fold number from 0", 0..=255);
        let gender = self.cells.text(Column::Gender, self.row).map(Gender::from);
        let actor = self.cells.text(Column::VideoId, self.row).map(str::to_owned);
        let clip = clip?;
        if let Some(name_label) = clip.label() {
            if let Ok(label) = stated_label {
                self.compare("label", Column::Emotion1, Some(name_label), label);
            }
            let (intensity, scene) = match clip.setting() {
                Some(Setting::Intensity(level)) => (Some(u32::from(level)), None),
                Some(Setting::Situation(number)) => (None, Some(u32::from(number))),
                None => (None, None),
            };
            self.compare("actor", Column::VideoId, clip.actor(), actor.as_deref());
            self.compare("version", Column::Version, clip.version(), version);
            self.compare("intensity", Column::IntensityLevel, intensity, intensity_level);
            self.compare("situation", Column::Situation, scene, situation);
        }
        let narrow = |number: Option<u32>| number.and_then(|number| u8::try_from(number).ok());
        Some(ClipRecord {
            actor: actor.unwrap_or_else(|| clip.as_str().to_owned()),
            label: clip.label().or(stated_label.unwrap_or(None)),
            clip,
            gender,
            version,
            intensity_level: narrow(intensity_level),
            situation: narrow(situation),
            fold: narrow(fold),
        })
    }

    fn clip(&mut self) -> Option<ClipName> {
        let Some(text) = self.cells.text(Column::Filename, self.row) else {
            self.problems
                .push(RowProblem::EmptyCell { column: Column::Filename.name(), expected: "a clip name" });
            return None;
        };
        ClipName::parse(text).map_err(|error| self.problems.push(error.into())).ok()
    }

    /// The label that the columns state. `Err` when they state one that is none.
    fn label(&mut self) -> Result<Option<Label>, Noted> {
        let first = self.emotion(Column::Emotion1)?;
        let second = self.emotion(Column::Emotion2)?;
        let first_percent = self.percent(Column::Emotion1Salience)?;
        let second_percent = self.percent(Column::Emotion2Salience)?;
        let label = match (first, second) {
            (None, None) => None,
            (None, Some(_)) => return Err(self.empty(Column::Emotion1, "the first emotion of the blend")),
            (Some(emotion), None) => {
                self.check_single(first_percent, second_percent)?;
                Some(Label::Single(emotion))
            }
            (Some(first), Some(second)) => {
                let Some(first_percent) = first_percent else {
                    return Err(self.empty(Column::Emotion1Salience, "30, 50 or 70"));
                };
                let Some(second_percent) = second_percent else {
                    return Err(self.empty(Column::Emotion2Salience, "30, 50 or 70"));
                };
                let blend = Ratio::from_percentages(first_percent, second_percent)
                    .and_then(|ratio| Blend::new(first, second, ratio));
                Some(Label::Blend(blend.map_err(|error| self.note(error.into()))?))
            }
        };
        self.check_mix(label)?;
        Ok(label)
    }

    fn emotion(&mut self, column: Column) -> Result<Option<Emotion>, Noted> {
        let emotion = self.cells.text(column, self.row).map(str::parse).transpose();
        emotion.map_err(|error: blemore_labels::Error| self.note(error.into()))
    }

    fn percent(&mut self, column: Column) -> Result<Option<f64>, Noted> {
        let Some(text) = self.cells.text(column, self.row) else { return Ok(None) };
        match parse_number(text) {
            Some(percent) => Ok(Some(percent)),
            None => Err(self.wrong_cell(column, text, "a percentage: 30, 50 or 70")),
        }
    }

    fn check_single(&mut self, first: Option<f64>, second: Option<f64>) -> Result<(), Noted> {
        let expected = "nothing, or 100 for the one emotion";
        if let Some(found) = first.filter(|percent| *percent != SINGLE_PERCENT) {
            return Err(self.wrong_cell(Column::Emotion1Salience, &found.to_string(), expected));
        }
        if let Some(found) = second.filter(|percent| *percent != 0.0) {
            return Err(self.wrong_cell(
                Column::Emotion2Salience,
                &found.to_string(),
                "nothing beside one emotion",
            ));
        }
        Ok(())
    }

    fn check_mix(&mut self, label: Option<Label>) -> Result<(), Noted> {
        let Some(text) = self.cells.text(Column::Mix, self.row) else {
            let needed = label.is_some() && self.cells.has(Column::Mix);
            return if needed { Err(self.empty(Column::Mix, "0 or 1")) } else { Ok(()) };
        };
        let expected = match (parse_flag(text), label) {
            (None, _) => "0 or 1",
            (Some(0), Some(Label::Blend(_))) => "1, for the row names two emotions",
            (Some(1), Some(Label::Single(_))) => "0, for the row names one emotion",
            _ => return Ok(()),
        };
        Err(self.wrong_cell(Column::Mix, text, expected))
    }

    /// A cell such as `2` or `2.0`.
    fn whole_number(
        &mut self,
        column: Column,
        expected: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let text = self.cells.text(column, self.row)?;
        let digits = text.split_once(['.', ',']).map_or(text, |(whole, fraction)| {
            if fraction.bytes().all(|byte| byte == b'0') { whole } else { text }
        });
        let number = digits.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong_cell(column, text, expected);
        }
        number
    }

    fn compare<T: PartialEq + fmt::Display>(
        &mut self,
        subject: &'static str,
        column: Column,
        name: Option<T>,
        columns: Option<T>,
    ) {
        // A cell that could not be read has its own problem.
        let unread = columns.is_none() && self.cells.text(column, self.row).is_some();
        if !self.cells.has(column) || unread || name == columns {
            return;
        }
        let said = |value: Option<T>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        self.problems.push(RowProblem::Contradiction { subject, name: said(name), columns: said(columns) });
    }

    fn empty(&mut self, column: Column, expected: &'static str) -> Noted {
        self.note(RowProblem::EmptyCell { column: column.name(), expected })
    }

    fn wrong_cell(&mut self, column: Column, found: &str, expected: &'static str) -> Noted {
        self.note(RowProblem::Cell { column: column.name(), found: found.to_owned(), expected })
    }

    fn note(&mut self, problem: RowProblem) -> Noted {
        self.problems.push(problem);
        Noted
    }
}
