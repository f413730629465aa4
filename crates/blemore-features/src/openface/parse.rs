//! From the bytes of a CSV file to a matrix, with the frames that are not good interpolated.

use blemore_base::{TextTable, number, text};
use ndarray::Array2;

use super::error::{CellFault, OpenFaceError};
use super::list_cell::ListCell;
use super::note;
use super::rows::{Order, Row, label, one_per_frame};
use super::{
    FEATURES, MINIMUM_CONFIDENCE, MINIMUM_SHARE, Quality, Recording, SeveralFaces, Treatment, Version,
};
use crate::npy::narrow;
use crate::{FeatureMatrix, NonFinite};

/// The features of an OpenFace 3 frame behind its action units.
const FEATURES_3: [&str; 3] = ["gaze_yaw", "gaze_pitch", "emotion_index"];
/// The column that tells OpenFace 3 from 2.0.
const ACTION_UNITS: &str = "action_units";
/// Number of action units that OpenFace 3 writes: what a file without frames stands for.
const ACTION_UNITS_3: usize = 8;
const SUCCESS: &str = "success";
const CONFIDENCE: &str = "confidence";
const FRAME: &str = "frame";
const FACE: &str = "face_id";
const TIME: &str = "timestamp";
/// The most wrong cells that are reported.
const LISTED_CELLS: usize = 20;
/// Up to here every whole number is exact.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Reads the CSV of OpenFace 2.0 or OpenFace 3, told apart by its columns.
///
/// The text may be UTF-8 or UTF-16, with commas, semicolons or tabs between cells and either decimal sign.
/// What stands for a missing number (`nan`, `NA`, `-nan(ind)`, ...) is NaN. Rows are taken in the order of
/// their `frame`, one per frame: [`SeveralFaces`] says of which face. What there is to say about that is in
/// the notes.
///
/// When the share of frames with `success`, or the share with [`MINIMUM_CONFIDENCE`], lies in
/// [[`MINIMUM_SHARE`], 1), frames that fail either test become missing and are interpolated linearly; leading
/// missing frames are left out, trailing ones hold the last value. Otherwise all frames stay. A frame with a
/// value that is not finite counts as failed; with OpenFace 3 it is missing. A file without frames, or empty
/// altogether, gives one frame of zeros.
///
/// # Errors
/// [`OpenFaceError`]: no text, missing columns (all of them), rows that are longer or shorter than the
/// header, cells that hold no number (with line and column), two rows for one frame and face.
pub fn parse(bytes: &[u8], several: SeveralFaces) -> Result<Recording, OpenFaceError> {
    let text = text::decode(bytes)?;
    let mut table = TextTable::new(&text, &[SUCCESS, ACTION_UNITS]);
    if table.header().is_empty() {
        return Ok(zeros(Version::Two, FEATURES.len()));
    }
    if table.header().iter().any(|name| name == ACTION_UNITS) {
        parse_3(&mut table, several)
    } else {
        parse_2(&mut table, several)
    }
}

/// The columns that tell which frame and face a row is of.
struct Columns {
    frame: Option<usize>,
    face: Option<usize>,
    time: Option<usize>,
    confidence: Option<usize>,
}

impl Columns {
    fn of(table: &TextTable<'_>) -> Result<Self, OpenFaceError> {
        let names = [FRAME, FACE, TIME, CONFIDENCE, SUCCESS, ACTION_UNITS];
        let names = names.into_iter().chain(FEATURES).chain(FEATURES_3);
        let repeated: Vec<_> = names.filter(|name| table.columns(name).count() > 1).collect();
        if !repeated.is_empty() {
            let problem =
                format!("column {} is there twice: run OpenFace on the clip again", repeated.join(", "));
            return Err(OpenFaceError::Table(problem));
        }
        let find = |name| table.columns(name).next();
        Ok(Self { frame: find(FRAME), face: find(FACE), time: find(TIME), confidence: find(CONFIDENCE) })
    }

    /// What tells the order of rows. Time stamps do only where rows of several faces have to be told apart.
    fn order(&self, rows: &[Row]) -> Result<Order, OpenFaceError> {
        let several = rows.windows(2).any(|pair| pair[0].face != pair[1].face);
        match self.frame {
            Some(_) => Ok(Order::Numbers),
            None if !several => Ok(Order::File),
            None if self.time.is_some() && rows.iter().all(|row| row.frame.is_some_and(f64::is_finite)) => {
                Ok(Order::TimeStamps)
            }
            None => Err(OpenFaceError::MissingColumns { missing: vec![FRAME.to_owned()] }),
        }
    }
}

/// Where the columns with these names are.
fn places<'n>(
    table: &TextTable<'_>,
    names: impl Iterator<Item = &'n str>,
) -> Result<Vec<(&'n str, usize)>, OpenFaceError> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match table.columns(name).next() {
            Some(place) => found.push((name, place)),
            None => missing.push(name.to_owned()),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(OpenFaceError::MissingColumns { missing }) }
}

/// A row of text, whose faults are gathered.
struct Cells<'r, 'f> {
    row: blemore_base::Row<'r>,
    faults: &'f mut Vec<CellFault>,
}

impl Cells<'_, '_> {
    fn fault(&mut self, column: &str, place: usize, expected: &'static str) {
        let (line, found) = (self.row.line(), self.row.cell(place).to_owned());
        self.faults.push(CellFault { line, column: column.to_owned(), found, expected });
    }

    /// A number, which may be missing. A single one may be printed as Python prints it.
    fn number(&mut self, column: &str, place: usize) -> f64 {
        let printed = || match ListCell::parse(self.row.cell(place))? {
            ListCell::Number(value) => Some(value),
            ListCell::List(values) => values.first().copied().filter(|_| values.len() == 1),
        };
        match self.row.number(place).or_else(printed) {
            Some(value) => value,
            None => {
                self.fault(column, place, "a number");
                f64::NAN
            }
        }
    }

    /// A number that f32 holds.
    fn feature(&mut self, column: &str, place: usize) -> f32 {
        let value = self.number(column, place);
        if value.is_finite() && !narrow(value).is_finite() {
            self.fault(column, place, "a number that fits f32");
        }
        narrow(value)
    }

    fn whole(&mut self, column: &str, place: usize) -> f64 {
        match self.row.number(place).filter(|value| value.fract() == 0.0 && value.abs() < LARGEST_WHOLE) {
            Some(value) => value,
            None => {
                self.fault(column, place, "a whole number");
                0.0
            }
        }
    }

    /// The row without its features.
    fn start(&mut self, columns: &Columns) -> Row {
        let time = columns.time.and_then(|place| self.row.number(place));
        let frame = columns.frame.map(|place| self.whole(FRAME, place)).or(time);
        #[expect(clippy::cast_possible_truncation, reason = "a whole number that i64 holds")]
        let face = columns.face.map_or(0, |place| self.whole(FACE, place) as i64);
        let confidence = columns.confidence.map_or(f32::NAN, |place| self.feature(CONFIDENCE, place));
        Row { line: self.row.line(), frame, face, confidence, tracked: false, values: Vec::new() }
    }
}

/// All rows, with what `read` adds to each, and the faults in them.
fn read_rows(
    table: &mut TextTable<'_>,
    columns: &Columns,
    mut read: impl FnMut(&mut Cells<'_, '_>, &mut Row),
) -> Result<(Vec<Row>, Vec<CellFault>), OpenFaceError> {
    let expected = table.header().len();
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    while let Some(row) = table.next_row() {
        // Some programs end each row with a separator.
        if row.len() < expected || row.cells().skip(expected).any(|cell| !cell.is_empty()) {
            let advice = match row.len() > expected {
                true => {
                    "decimal commas without quotes make two cells of one number; run OpenFace with LC_ALL=C"
                }
                false => "the file is cut short; run OpenFace on the clip again",
            };
            let (line, found) = (row.line(), row.len());
            let problem = format!("line {line} has {found} cells, the header {expected}: {advice}");
            return Err(OpenFaceError::Table(problem));
        }
        let mut cells = Cells { row, faults: &mut faults };
        let mut row = cells.start(columns);
        read(&mut cells, &mut row);
        rows.push(row);
    }
    Ok((rows, faults))
}

fn refuse(mut faults: Vec<CellFault>) -> Result<(), OpenFaceError> {
    faults.sort_by_key(|fault| fault.line);
    faults.truncate(LISTED_CELLS);
    if faults.is_empty() { Ok(()) } else { Err(OpenFaceError::Cells { faults }) }
}

fn parse_2(table: &mut TextTable<'_>, several: SeveralFaces) -> Result<Recording, OpenFaceError> {
    let columns = Columns::of(table)?;
    let places = places(table, [SUCCESS, CONFIDENCE].into_iter().chain(FEATURES))?;
    let mut counted_as_failed = Vec::new();
    let (rows, faults) = read_rows(table, &columns, |cells, row| {
        let mut places = places.iter();
        // What is not 1 failed, and a confidence that is no number is none.
        let success = places.next().is_some_and(|(name, place)| cells.number(name, *place) == 1.0);
        row.values = places.skip(1).map(|(name, place)| cells.feature(name, *place)).collect();
        row.tracked = success && is_finite(row);
        if success && !row.tracked {
            counted_as_failed.push(row.line);
        }
    })?;
    refuse(faults)?;
    if rows.is_empty() {
        return Ok(zeros(Version::Two, FEATURES.len()));
    }
    let order = columns.order(&rows)?;
    let (rows, mut notes) = one_per_frame(rows, order, Version::Two, several)?;
    let frames_where = |wanted: &dyn Fn(&Row) -> bool| -> Vec<i64> {
        let found = rows.iter().enumerate().filter(|(_, row)| wanted(row));
        found.map(|(place, row)| label(row, place, order)).collect()
    };
    let frames = frames_where(&|row| counted_as_failed.binary_search(&row.line).is_ok());
    if !frames.is_empty() {
        let frames = note::frames(&frames);
        notes.push(format!("{frames} have success 1 and values that are no numbers; they count as failed"));
    }
    let tracked: Vec<bool> = rows.iter().map(|row| row.tracked).collect();
    let confident: Vec<bool> = rows.iter().map(|row| row.confidence >= MINIMUM_CONFIDENCE).collect();
    let (success_share, confidence_share) = (share(&tracked), share(&confident));
    let usable = |share: f64| (MINIMUM_SHARE..1.0).contains(&share);
    let missing = frames_where(&|row| !is_finite(row));
    let (frames, treatment) = if missing.len() == rows.len() {
        (Array2::zeros((1, FEATURES.len())), Treatment::Zeros)
    } else if usable(success_share) || usable(confidence_share) {
        let good: Vec<bool> = tracked.iter().zip(confident).map(|(one, other)| *one && other).collect();
        interpolate(matrix(&rows, FEATURES.len()), &good)
    } else {
        (matrix(&rows, FEATURES.len()), Treatment::Kept)
    };
    if treatment == Treatment::Kept && !missing.is_empty() {
        notes.push(format!(
            "{} hold values that are no numbers, and too few frames are good to interpolate; they stay missing: aggregate \
             with --on-nonfinite drop or interpolate",
            note::frames(&missing)
        ));
    }
    let shares = (success_share, Some(confidence_share));
    Ok(recording(Version::Two, rows.len(), shares, (frames, treatment), notes))
}

fn parse_3(table: &mut TextTable<'_>, several: SeveralFaces) -> Result<Recording, OpenFaceError> {
    let columns = Columns::of(table)?;
    let places = places(table, [ACTION_UNITS].into_iter().chain(FEATURES_3))?;
    let mut units = Vec::new();
    let (mut rows, mut faults) = read_rows(table, &columns, |cells, row| {
        let mut places = places.iter();
        let cell = places.next().map_or("", |(_, place)| cells.row.cell(*place));
        units.push((cell.to_owned(), action_units(cell)));
        row.values = places.map(|(name, place)| cells.feature(name, *place)).collect();
    })?;
    // A frame without a face may be a bare `nan` instead of a list of them: the widest frame says how many
    // there are.
    let count = units.iter().flat_map(|(_, units)| units).map(Vec::len).max().unwrap_or(ACTION_UNITS_3);
    let width = count + FEATURES_3.len();
    for (row, (cell, units)) in rows.iter_mut().zip(units) {
        let units = match units {
            Some(units) if units.len() == count => units,
            Some(units) if units.iter().all(|value| value.is_nan()) => vec![f32::NAN; count],
            _ => {
                faults.push(CellFault {
                    line: row.line,
                    column: ACTION_UNITS.to_owned(),
                    found: cell,
                    expected: "a list of as many numbers as in other frames",
                });
                continue;
            }
        };
        row.values.splice(..0, units);
        row.tracked = is_finite(row);
    }
    refuse(faults)?;
    if rows.is_empty() {
        return Ok(zeros(Version::Three, width));
    }
    let order = columns.order(&rows)?;
    let (rows, notes) = one_per_frame(rows, order, Version::Three, several)?;
    let good: Vec<bool> = rows.iter().map(|row| row.tracked).collect();
    let frames = if good.iter().all(|good| *good) {
        (matrix(&rows, width), Treatment::Kept)
    } else if good.iter().any(|good| *good) {
        interpolate(matrix(&rows, width), &good)
    } else {
        (Array2::zeros((1, width)), Treatment::Zeros)
    };
    Ok(recording(Version::Three, rows.len(), (share(&good), None), frames, notes))
}

/// The numbers of a list that f32 holds. A frame without a face has an empty list, or a bare word for a
/// missing number.
fn action_units(cell: &str) -> Option<Vec<f32>> {
    if number::is_missing(cell) {
        return Some(Vec::new());
    }
    let values = match ListCell::parse(cell)? {
        ListCell::List(values) => values,
        ListCell::Number(value) if value.is_nan() => Vec::new(),
        ListCell::Number(_) => return None,
    };
    let fits = |value: &f64| !value.is_finite() || narrow(*value).is_finite();
    values.iter().all(fits).then(|| values.into_iter().map(narrow).collect())
}

fn is_finite(row: &Row) -> bool {
    row.values.iter().all(|value| value.is_finite())
}

fn matrix(rows: &[Row], width: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), width), |(row, column)| rows[row].values[column])
}

fn zeros(version: Version, width: usize) -> Recording {
    let shares = (0.0, (version == Version::Two).then_some(0.0));
    recording(version, 0, shares, (Array2::zeros((1, width)), Treatment::Zeros), Vec::new())
}

/// Of so many frames in the file, with the shares of those with success and of confident ones.
fn recording(
    version: Version,
    frames: usize,
    (success_share, confidence_share): (f64, Option<f64>),
    (matrix, treatment): (Array2<f32>, Treatment),
    notes: Vec<String>,
) -> Recording {
    let quality = Quality { version, frames, success_share, confidence_share, treatment };
    Recording { matrix: FeatureMatrix::of(matrix), quality, notes }
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
