//! One row: what its cells state, what its clip name says, and whether the two agree.

use std::fmt;

use blemore_base::number;
use blemore_base::text::Excerpt;
use blemore_labels::{Blend, ClipName, Emotion, Label, Ratio};

use super::field::Field;
use super::record::{ClipRecord, Gender};

/// Numbers up to here are exact in f64.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
/// Salience of a single emotion, in percent, for files that fill the cell in.
const SINGLE_PERCENT: f64 = 100.0;

/// A fault in one row of metadata.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line} ({}): {problem}", Excerpt(clip).bare())]
pub struct MetadataFault {
    /// The line of the file on which the row begins, as an editor shows it. For a table that is not text: the line that
    /// the row would have below a header.
    pub line: u64,
    /// The row's `filename` cell.
    pub clip: String,
    /// What is wrong.
    pub problem: String,
}

/// A whole number such as `2` or `2.0`.
fn parse_whole(text: &str) -> Option<i64> {
    let of_float = || {
        let number =
            parse_number(text).filter(|number| number.fract() == 0.0 && number.abs() <= LARGEST_EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and in the range of exact numbers")]
        Some(number as i64)
    };
    text.parse().ok().or_else(of_float)
}

/// A number as a cell holds it; the decimal sign may be a comma.
fn parse_number(text: &str) -> Option<f64> {
    number::parse(text)
}

/// The published columns of one row. A column that is not there is `None`, an empty cell `Some(None)`; texts have no
/// blanks around them.
pub(super) type Cells<'row> = [Option<Option<&'row str>>; Field::COUNT];

/// A clip name, or what is wrong with it.
pub(super) type ParsedName = Result<ClipName, blemore_labels::Error>;

/// There is no value, and the problem is among those of the row.
struct Noted;

/// Reads a row and collects what is wrong with it.
pub(super) struct RowReader<'row> {
    cells: Cells<'row>,
    problems: Vec<String>,
}

impl<'row> RowReader<'row> {
    /// The record of a row; `clip` is what its cell `filename` names, where it is filled.
    ///
    /// # Errors
    /// Every problem of the row.
    pub(super) fn read(cells: Cells<'row>, clip: Option<ParsedName>) -> Result<ClipRecord, Vec<String>> {
        let mut reader = RowReader { cells, problems: Vec::new() };
        let record = reader.record(clip);
        match record {
            Some(record) if reader.problems.is_empty() => Ok(record),
            _ => Err(reader.problems),
        }
    }

    fn has(&self, field: Field) -> bool {
        self.cells[field as usize].is_some()
    }

    fn text(&self, field: Field) -> Option<&'row str> {
        self.cells[field as usize].flatten()
    }

    fn record(&mut self, clip: Option<ParsedName>) -> Option<ClipRecord> {
        let clip = self.clip(clip);
        let stated_label = self.label();
        let version = self.whole_number(Field::Version, "a version from 1", 1..=u32::MAX);
        let intensity_level = self.whole_number(Field::IntensityLevel, "an intensity from 1 to 4", 1..=4);
        let situation = self.whole_number(Field::Situation, "a situation from 1 to 4", 1..=4);
        let fold = self.whole_number(Field::Fold, "a fold: any whole number", i64::MIN..=i64::MAX);
        let gender = self.text(Field::Gender).map(Gender::from);
        let actor = self.text(Field::VideoId).map(str::to_owned);
        let clip = clip?;
        let name = ClipRecord::of_name(clip);
        if name.label.is_some() {
            if let Ok(label) = stated_label {
                self.compare("label", Field::Emotion1, name.label, label);
            }
            self.compare("actor", Field::VideoId, name.clip.actor(), actor.as_deref());
            self.compare("version", Field::Version, name.version, version);
            self.compare("intensity", Field::IntensityLevel, name.intensity_level, intensity_level);
            self.compare("situation", Field::Situation, name.situation, situation);
        }
        Some(ClipRecord {
            actor: actor.unwrap_or(name.actor),
            label: name.label.or(stated_label.unwrap_or(None)),
            clip: name.clip,
            gender,
            version,
            intensity_level,
            situation,
            fold,
        })
    }

    fn clip(&mut self, clip: Option<ParsedName>) -> Option<ClipName> {
        let Some(clip) = clip else {
            self.empty(Field::Filename, "a clip name");
            return None;
        };
        clip.map_err(|error| self.problems.push(error.to_string())).ok()
    }

    /// The label that the columns state. `Err` when they state one that is none.
    fn label(&mut self) -> Result<Option<Label>, Noted> {
        let first = self.emotion(Field::Emotion1)?;
        let second = self.emotion(Field::Emotion2)?;
        let first_percent = self.percent(Field::Emotion1Salience)?;
        let second_percent = self.percent(Field::Emotion2Salience)?;
        let label = match (first, second) {
            (None, None) => None,
            (None, Some(_)) => return Err(self.empty(Field::Emotion1, "the first emotion of the blend")),
            (Some(emotion), None) => {
                self.check_single(first_percent, second_percent)?;
                Some(Label::Single(emotion))
            }
            (Some(first), Some(second)) => {
                let Some(first_percent) = first_percent else {
                    return Err(self.empty(Field::Emotion1Salience, "30, 50 or 70"));
                };
                let Some(second_percent) = second_percent else {
                    return Err(self.empty(Field::Emotion2Salience, "30, 50 or 70"));
                };
                let blend = Ratio::from_percentages(first_percent, second_percent)
                    .and_then(|ratio| Blend::new(first, second, ratio));
                Some(Label::Blend(blend.map_err(|error| self.note(error.to_string()))?))
            }
        };
        self.check_mix(label)?;
        Ok(label)
    }

    fn emotion(&mut self, field: Field) -> Result<Option<Emotion>, Noted> {
        let emotion = self.text(field).map(str::parse).transpose();
        emotion.map_err(|error: blemore_labels::Error| self.note(error.to_string()))
    }

    fn percent(&mut self, field: Field) -> Result<Option<f64>, Noted> {
        let Some(text) = self.text(field) else { return Ok(None) };
        match parse_number(text) {
            Some(percent) => Ok(Some(percent)),
            None => Err(self.wrong_cell(field, text, "a percentage: 30, 50 or 70")),
        }
    }

    fn check_single(&mut self, first: Option<f64>, second: Option<f64>) -> Result<(), Noted> {
        for (field, found, allowed, expected) in [
            (Field::Emotion1Salience, first, SINGLE_PERCENT, "nothing, or 100 for the one emotion"),
            (Field::Emotion2Salience, second, 0.0, "nothing beside one emotion"),
        ] {
            if let Some(found) = found.filter(|percent| *percent != allowed) {
                return Err(self.wrong_cell(field, &found.to_string(), expected));
            }
        }
        Ok(())
    }

    fn check_mix(&mut self, label: Option<Label>) -> Result<(), Noted> {
        let Some(text) = self.text(Field::Mix) else {
            let needed = label.is_some() && self.has(Field::Mix);
            return if needed { Err(self.empty(Field::Mix, "0 or 1")) } else { Ok(()) };
        };
        let flag = match text {
            "false" | "False" | "FALSE" => Some(0),
            "true" | "True" | "TRUE" => Some(1),
            _ => parse_whole(text).filter(|number| (0..=1).contains(number)),
        };
        let expected = match (flag, label) {
            (None, _) => "0 or 1",
            (Some(0), Some(Label::Blend(_))) => "1, for the row names two emotions",
            (Some(1), Some(Label::Single(_))) => "0, for the row names one emotion",
            _ => return Ok(()),
        };
        Err(self.wrong_cell(Field::Mix, text, expected))
    }

    fn whole_number<T: TryFrom<i64> + PartialOrd>(
        &mut self,
        field: Field,
        expected: &str,
        range: std::ops::RangeInclusive<T>,
    ) -> Option<T> {
        let text = self.text(field)?;
        let number = parse_whole(text).and_then(|number| T::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong_cell(field, text, expected);
        }
        number
    }

    fn compare<T: PartialEq + fmt::Display>(
        &mut self,
        subject: &str,
        field: Field,
        name: Option<T>,
        columns: Option<T>,
    ) {
        // A cell that could not be read has its own problem.
        let unread = columns.is_none() && self.text(field).is_some();
        if !self.has(field) || unread || name == columns {
            return;
        }
        let said = |value: Option<T>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        let (name, columns) = (said(name), said(columns));
        self.problems.push(format!(
            "the name says {subject} {name}, the columns say {}: correct whichever is wrong",
            Excerpt(&columns).bare()
        ));
    }

    fn empty(&mut self, field: Field, expected: &str) -> Noted {
        self.note(format!("column {} is empty, expected {expected}", field.name()))
    }

    fn wrong_cell(&mut self, field: Field, found: &str, expected: &str) -> Noted {
        self.note(format!("column {} holds {}, expected {expected}", field.name(), Excerpt(found)))
    }

    fn note(&mut self, problem: String) -> Noted {
        self.problems.push(problem);
        Noted
    }
}
