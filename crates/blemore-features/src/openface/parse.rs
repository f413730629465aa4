//! From CSV to a matrix, with the frames that are not good mended.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::{Array2, Axis};

use super::error::{CellFault, OpenFaceError};
use super::{FEATURES, MINIMUM_CONFIDENCE, MINIMUM_SHARE, Quality, Recording, Treatment, Version};
use crate::{FeatureMatrix, NonFinite};

/// The features of an OpenFace 3 frame behind its action units.
const FEATURES_3: [&str; 3] = ["gaze_yaw", "gaze_pitch", "emotion_index"];
/// The column that tells OpenFace 3 from 2.0.
const ACTION_UNITS: &str = "action_units";
/// Number of action units that OpenFace 3 writes: what a file without frames stands for.
const ACTION_UNITS_3: usize = 8;
const SUCCESS: &str = "success";
const CONFIDENCE: &str = "confidence";
/// The most wrong cells that are reported.
const LISTED_CELLS: usize = 20;

/// Reads the CSV of OpenFace 2.0 or OpenFace 3, told apart by its columns; blanks around names and numbers
/// are let be.
///
/// When the share of frames with `success`, or the share with [`MINIMUM_CONFIDENCE`], lies in
/// [[`MINIMUM_SHARE`], 1), frames that fail either test become missing and are interpolated linearly; leading
/// missing frames are left out, trailing ones hold the last value. Otherwise all frames stay. With OpenFace 3
/// a frame with a NaN is missing. A file without frames, or empty altogether, gives one frame of zeros.
///
/// # Errors
/// [`OpenFaceError`]: no CSV, missing columns (all of them), cells that hold no number (with line and
/// column).
pub fn parse(text: &str) -> Result<Recording, OpenFaceError> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let not_csv = |error: csv::Error| OpenFaceError::NotCsv { problem: error.to_string() };
    let columns = Columns::new(reader.headers().map_err(not_csv)?);
    if columns.places.is_empty() {
        return zeros(Version::Two, FEATURES.len());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record.map_err(not_csv)?);
    }
    if columns.places.contains_key(ACTION_UNITS) {
        parse_3(&columns, &rows)
    } else {
        parse_2(&columns, &rows)
    }
}

struct Columns {
    places: HashMap<String, usize>,
}

impl Columns {
    fn new(header: &StringRecord) -> Self {
        Self { places: header.iter().enumerate().map(|(place, name)| (name.to_owned(), place)).collect() }
    }

    fn find<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<(&'n str, usize)>, OpenFaceError> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in names {
            match self.places.get(name) {
                Some(place) => found.push((name, *place)),
                None => missing.push(name.to_owned()),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(OpenFaceError::MissingColumns { missing }) }
    }
}

fn parse_2(columns: &Columns, rows: &[StringRecord]) -> Result<Recording, OpenFaceError> {
    let columns = columns.find([SUCCESS, CONFIDENCE].into_iter().chain(FEATURES))?;
    if rows.is_empty() {
        return zeros(Version::Two, FEATURES.len());
    }
    let cells = numbers(&columns, rows)?;
    let (marks, frames) = cells.view().split_at(Axis(1), 2);
    // What is not 1 failed, and a confidence that is no number is none.
    let succeeded: Vec<bool> = marks.column(0).iter().map(|mark| *mark == 1.0).collect();
    let confident: Vec<bool> = marks.column(1).iter().map(|mark| *mark >= MINIMUM_CONFIDENCE).collect();
    let (success_share, confidence_share) = (share(&succeeded), share(&confident));
    let usable = |share: f64| (MINIMUM_SHARE..1.0).contains(&share);
    let good: Vec<bool> =
        succeeded.iter().zip(&confident).map(|(success, confident)| *success && *confident).collect();
    let (frames, treatment) = if usable(success_share) || usable(confidence_share) {
        interpolate(frames.to_owned(), &good)
    } else {
        (frames.to_owned(), Treatment::Kept)
    };
    let quality = Quality {
        version: Version::Two,
        frames: rows.len(),
        success_share,
        confidence_share: Some(confidence_share),
        treatment,
    };
    recording(frames, quality)
}

fn parse_3(columns: &Columns, rows: &[StringRecord]) -> Result<Recording, OpenFaceError> {
    let places = columns.find([ACTION_UNITS].into_iter().chain(FEATURES_3))?;
    let units_place = places.first().map_or(0, |(_, place)| *place);
    let units: Vec<_> =
        rows.iter().map(|row| action_units(row.get(units_place).unwrap_or_default())).collect();
    // A frame without a face may be a bare `nan` instead of a list of them: the widest frame says how many
    // there are.
    let count = units.iter().flatten().map(Vec::len).max().unwrap_or(ACTION_UNITS_3);
    if rows.is_empty() {
        return zeros(Version::Three, count + FEATURES_3.len());
    }
    let mut faults = Vec::new();
    let mut frames = Array2::from_elem((rows.len(), count + FEATURES_3.len()), f32::NAN);
    for (index, (row, units)) in rows.iter().zip(&units).enumerate() {
        match units {
            Some(units) if units.len() == count => {
                units.iter().enumerate().for_each(|(unit, value)| frames[[index, unit]] = *value);
            }
            Some(units) if units.iter().all(|value| value.is_nan()) => {}
            _ => faults.push(fault(
                row,
                ACTION_UNITS,
                units_place,
                "a list of as many numbers as in other frames",
            )),
        }
        for (column, (name, place)) in places.iter().skip(1).enumerate() {
            match number(row.get(*place).unwrap_or_default()) {
                Some(value) => frames[[index, count + column]] = value,
                None => faults.push(fault(row, name, *place, "a number")),
            }
        }
    }
    refuse(faults)?;
    let good: Vec<bool> =
        frames.rows().into_iter().map(|row| row.iter().all(|value| value.is_finite())).collect();
    let success_share = share(&good);
    let (frames, treatment) = if good.iter().all(|good| *good) {
        (frames, Treatment::Kept)
    } else if good.iter().any(|good| *good) {
        interpolate(frames, &good)
    } else {
        (Array2::zeros((1, frames.ncols())), Treatment::Zeros)
    };
    let quality = Quality {
        version: Version::Three,
        frames: rows.len(),
        success_share,
        confidence_share: None,
        treatment,
    };
    recording(frames, quality)
}

fn recording(frames: Array2<f32>, quality: Quality) -> Result<Recording, OpenFaceError> {
    let problem = |error: crate::Error| OpenFaceError::NotCsv { problem: error.to_string() };
    Ok(Recording { matrix: FeatureMatrix::new(frames).map_err(problem)?, quality })
}

fn zeros(version: Version, width: usize) -> Result<Recording, OpenFaceError> {
    let confidence_share = (version == Version::Two).then_some(0.0);
    let quality =
        Quality { version, frames: 0, success_share: 0.0, confidence_share, treatment: Treatment::Zeros };
    recording(Array2::zeros((1, width)), quality)
}

/// Takes all but the good frames as missing. Without any good frame there is nothing to go by, and all stay.
fn interpolate(mut frames: Array2<f32>, good: &[bool]) -> (Array2<f32>, Treatment) {
    let Some(first) = good.iter().position(|good| *good) else {
        return (frames, Treatment::Kept);
    };
    for (mut frame, good) in frames.rows_mut().into_iter().zip(good) {
        if !good {
            frame.fill(f32::NAN);
        }
    }
    let missing = good[first..].iter().filter(|good| !**good).count();
    frames.slice_collapse(ndarray::s![first.., ..]);
    let (frames, _) = NonFinite::Interpolate.apply(frames.into());
    (frames.into_owned(), Treatment::Interpolated { frames: missing, dropped: first })
}

#[expect(clippy::cast_precision_loss, reason = "a clip has far fewer than 2^53 frames")]
fn share(marks: &[bool]) -> f64 {
    marks.iter().filter(|mark| **mark).count() as f64 / marks.len().max(1) as f64
}

/// (rows, columns) of numbers.
fn numbers(columns: &[(&str, usize)], rows: &[StringRecord]) -> Result<Array2<f32>, OpenFaceError> {
    let mut faults = Vec::new();
    let mut cells = Array2::zeros((rows.len(), columns.len()));
    for (row, mut cells) in rows.iter().zip(cells.rows_mut()) {
        for ((name, place), cell) in columns.iter().zip(cells.iter_mut()) {
            match number(row.get(*place).unwrap_or_default()) {
                Some(value) => *cell = value,
                None => faults.push(fault(row, name, *place, "a number")),
            }
        }
    }
    refuse(faults).map(|()| cells)
}

/// A number or a NaN, which stands for itself; `None` for other words.
fn number(text: &str) -> Option<f32> {
    if text.is_empty() { Some(f32::NAN) } else { text.parse().ok() }
}

/// The numbers of `[0.1, nan, 0.3]`; of the bare word `nan`, one.
fn action_units(text: &str) -> Option<Vec<f32>> {
    let list = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let words = list.unwrap_or(text).split([',', ' ', '\n']).filter(|word| !word.is_empty());
    let units: Option<Vec<f32>> = words.map(|word| word.parse().ok()).collect();
    match (units, list) {
        (Some(units), None) if !units.iter().all(|value| value.is_nan()) => None,
        (units, _) => units,
    }
}

fn fault(row: &StringRecord, column: &str, place: usize, expected: &'static str) -> CellFault {
    let line = row.position().map_or(0, csv::Position::line);
    CellFault {
        line,
        column: column.to_owned(),
        found: row.get(place).unwrap_or_default().to_owned(),
        expected,
    }
}

fn refuse(mut faults: Vec<CellFault>) -> Result<(), OpenFaceError> {
    faults.truncate(LISTED_CELLS);
    if faults.is_empty() { Ok(()) } else { Err(OpenFaceError::Cells { faults }) }
}
