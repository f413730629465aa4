//! From the rows of a file to one row per frame, in order.

use std::collections::BTreeMap;

use blemore_base::list::counted;

use super::error::OpenFaceError;
use super::note;
use super::{SeveralFaces, Version};

/// A row of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    /// The number of the frame, or its time stamp where frames have no numbers.
    pub(super) frame: Option<f64>,
    pub(super) face: i64,
    pub(super) confidence: f32,
    /// Whether a face was tracked.
    pub(super) tracked: bool,
    pub(super) values: Vec<f32>,
}

impl Row {
    /// With the least for none.
    fn confidence(&self) -> f32 {
        if self.confidence.is_nan() { f32::NEG_INFINITY } else { self.confidence }
    }
}

/// What `frame` of the rows is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Numbers, which tell when some are left out.
    Numbers,
    /// Time stamps, which are only compared.
    TimeStamps,
    /// Nothing: the order of the file counts.
    File,
}

/// Sorts rows by their frames and keeps one face per frame.
///
/// Of several faces the most confident one is kept, frame by frame. Of equally confident ones, and where no
/// confidence is told, the one that is tracked in most frames of the file, then the one with the smallest
/// number.
pub(super) fn one_per_frame(
    mut rows: Vec<Row>,
    order: Order,
    version: Version,
    several: SeveralFaces,
) -> Result<(Vec<Row>, Vec<String>), OpenFaceError> {
    let mut notes = Vec::new();
    if order == Order::File {
        return Ok((rows, notes));
    }
    let in_order = |one: &Row, other: &Row| one.frame <= other.frame;
    if !rows.is_sorted_by(in_order) {
        notes.push("the rows are not in the order of their frames; they are sorted".to_owned());
    }
    rows.sort_by(|one, other| one.frame.unwrap_or(0.0).total_cmp(&other.frame.unwrap_or(0.0)));
    let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
    for row in &rows {
        *seen.entry(row.face).or_default() += usize::from(row.tracked);
    }
    let mut kept: Vec<Row> = Vec::new();
    let (mut frames, mut faces) = (Vec::new(), Vec::new());
    for group in rows.chunk_by(|one, other| one.frame == other.frame) {
        if let [first, _, ..] = group {
            refuse_repeated(group)?;
            frames.push(label(first, kept.len(), order));
            faces.extend(group.iter().map(|row| row.face));
        }
        let seen = |row: &Row| seen.get(&row.face).copied().unwrap_or(0);
        let best = group.iter().max_by(|one, other| {
            let confidence = one.confidence().total_cmp(&other.confidence());
            confidence.then_with(|| seen(one).cmp(&seen(other))).then_with(|| other.face.cmp(&one.face))
        });
        kept.extend(best.cloned());
    }
    if !frames.is_empty() {
        faces.sort_unstable();
        faces.dedup();
        let found = format!("{} show faces {}", note::frames(&frames), note::faces(&faces));
        if several == SeveralFaces::Refuse {
            let advice =
                "crop the video to one face, or keep the most confident one with --on-several-faces keep";
            return Err(OpenFaceError::Table(format!("{found}: {advice}")));
        }
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        kept.iter().for_each(|row| *counts.entry(row.face).or_default() += 1);
        let rule = match version {
            Version::Two => "the most confident face of each frame",
            Version::Three => "the face seen in most frames",
        };
        let counts =
            counts.iter().map(|(face, count)| format!("face {face} in {}", counted(*count, "frame")));
        let counts: Vec<_> = counts.collect();
        notes.push(format!("{found}; kept is {rule}: {}", counts.join(", ")));
    }
    if order == Order::Numbers {
        let gaps = gaps(&kept);
        if !gaps.is_empty() {
            let gaps = note::ranges(&gaps);
            notes.push(format!("{gaps} are not in the file; the others are put together"));
        }
    }
    Ok((kept, notes))
}

/// What the frame of a row is called: by its number, else by its place from 1.
#[expect(clippy::cast_possible_truncation, reason = "frame numbers are whole, and have been checked")]
pub(super) fn label(row: &Row, place: usize, order: Order) -> i64 {
    match row.frame.filter(|_| order == Order::Numbers) {
        Some(frame) => frame as i64,
        None => i64::try_from(place + 1).unwrap_or(i64::MAX),
    }
}

fn refuse_repeated(group: &[Row]) -> Result<(), OpenFaceError> {
    let mut lines: BTreeMap<i64, u64> = BTreeMap::new();
    for row in group {
        if let Some(line) = lines.insert(row.face, row.line) {
            let frame = row.frame.unwrap_or_default().to_string();
            return Err(OpenFaceError::Table(format!(
                "lines {line} and {} are both of frame {frame} and of one face: remove one of them, or run OpenFace on the \
                 clip again",
                row.line
            )));
        }
    }
    Ok(())
}

/// First and last number of each gap before and between frames; a frame every few numbers is no gap.
fn gaps(rows: &[Row]) -> Vec<(i64, i64)> {
    let label = |(place, row)| label(row, place, Order::Numbers);
    let numbers: Vec<i64> = rows.iter().enumerate().map(label).collect();
    let step = numbers.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(1);
    let before = numbers.first().filter(|first| step == 1 && **first > 1).map(|first| (1, first - 1));
    let between = numbers.windows(2).filter(|pair| pair[1] - pair[0] > step);
    before.into_iter().chain(between.map(|pair| (pair[0] + step, pair[1] - step))).collect()
}
