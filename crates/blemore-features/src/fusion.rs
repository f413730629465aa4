//! Early fusion: the features of several encoders side by side (Section IV of the paper).

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashSet};

use blemore_base::list::{Names, counted};
use blemore_labels::ClipName;
use ndarray::{Array2, CowArray, Ix2, s};

use crate::npy::Floats;
use crate::{EncoderColumns, Error, FeatureTable};

/// Clips that one of several tables lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {} lacks {}", .table + 1, self.clips())]
pub struct FusionFault {
    /// The table, from 0, in the order in which they were given.
    pub table: usize,
    /// Clips that other tables have and this one has not, in name order.
    pub missing: Vec<ClipName>,
}

impl FusionFault {
    /// How many clips are missing and which, for messages that name the table themselves: `1 clip: test_0002`.
    #[must_use]
    pub fn clips(&self) -> String {
        format!("{}: {}", counted(self.missing.len(), "clip"), Names(&self.missing))
    }
}

/// A fusion of the clips that all tables have.
#[derive(Debug, Clone, PartialEq)]
pub struct Fusion {
    /// The features side by side.
    pub table: FeatureTable,
    /// What each table lacked, for those that lacked something: these clips are not in the result.
    pub left_out: Vec<FusionFault>,
}

/// Puts the columns of several tables side by side, joined by clip name, clips in the order of the first
/// table. Each table has one row per clip. Which columns are those of which table is noted
/// ([`FeatureTable::encoders`]).
///
/// The result is f64 when one of the tables is.
///
/// # Errors
/// [`Error::Mismatch`] without tables; [`Error::Table`] for a clip with several rows; [`Error::Fusion`] with every clip that
/// some table lacks.
///
/// ```
/// use blemore_features::{FeatureTable, fuse};
/// use blemore_labels::ClipName;
/// use ndarray::array;
///
/// let [one, two] = ["test_0001", "test_0002"].map(|name| name.parse::<ClipName>().unwrap());
/// let video = FeatureTable::new([one.clone(), two.clone()], array![[1.0], [2.0]])?;
/// let audio = FeatureTable::new([two, one], array![[20.0, 21.0], [10.0, 11.0]])?;
/// assert_eq!(fuse(&[&video, &audio])?.values(), array![[1.0, 10.0, 11.0], [2.0, 20.0, 21.0]]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
pub fn fuse<T: Borrow<FeatureTable>>(tables: &[T]) -> Result<FeatureTable, Error> {
    let tables = borrowed(tables);
    let faults = missing(&tables);
    if faults.is_empty() { common(&tables) } else { Err(Error::Fusion { faults }) }
}

/// As [`fuse`], of the clips that any table has, those of the first table first. What a table lacks is noted
/// ([`FeatureTable::encoders`]) for models that leave a missing encoder out; its columns hold zeros, which mean nothing.
///
/// # Errors
/// [`Error::Mismatch`] without tables, [`Error::Table`] for a clip with several rows.
///
/// ```
/// use blemore_features::{FeatureTable, fuse_all};
/// use blemore_labels::ClipName;
/// use ndarray::array;
///
/// let [one, two] = ["test_0001", "test_0002"].map(|name| name.parse::<ClipName>().unwrap());
/// let video = FeatureTable::new([one.clone(), two.clone()], array![[1.0], [2.0]])?;
/// let audio = FeatureTable::new([two], array![[20.0]])?;
/// let fused = fuse_all(&[&video, &audio])?;
/// assert_eq!(fused.encoders()[1].missing, [one]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
pub fn fuse_all<T: Borrow<FeatureTable>>(tables: &[T]) -> Result<FeatureTable, Error> {
    let tables = borrowed(tables);
    let mut seen = HashSet::new();
    let clips = tables.iter().flat_map(|table| table.clips()).filter(|clip| seen.insert(*clip));
    side_by_side(&tables, clips.cloned().collect())
}

/// As [`fuse`], of the clips that all tables have; the others are listed.
///
/// # Errors
/// [`Error::Table`]; [`Error::Mismatch`] without tables, and when no clip is left.
pub fn fuse_common<T: Borrow<FeatureTable>>(tables: &[T]) -> Result<Fusion, Error> {
    let tables = borrowed(tables);
    let table = common(&tables)?;
    if table.is_empty() && tables.iter().any(|table| !table.is_empty()) {
        let tables = tables.len();
        return Err(Error::Mismatch(format!(
            "no clip is in all of the {tables} tables: they belong to different partitions or datasets"
        )));
    }
    Ok(Fusion { table, left_out: missing(&tables) })
}

fn borrowed(tables: &[impl Borrow<FeatureTable>]) -> Vec<&FeatureTable> {
    tables.iter().map(Borrow::borrow).collect()
}

/// The clips that all tables have, in the order of the first.
fn common(tables: &[&FeatureTable]) -> Result<FeatureTable, Error> {
    let is_everywhere =
        |clip: &&ClipName| tables.iter().all(|table| table.index().position(clip.as_str()).is_some());
    let clips = tables.first().into_iter().flat_map(|first| first.clips());
    side_by_side(tables, clips.filter(is_everywhere).cloned().collect())
}

fn side_by_side(tables: &[&FeatureTable], clips: Vec<ClipName>) -> Result<FeatureTable, Error> {
    if tables.is_empty() {
        return Err(Error::Mismatch("there are no tables to fuse: give at least one".to_owned()));
    }
    tables.iter().try_for_each(|table| table.require_one_row_per_clip())?;
    let values = if tables.iter().any(|table| table.is_f64()) {
        Floats::F64(columns(&clips, tables, FeatureTable::values_f64).into())
    } else {
        Floats::F32(columns(&clips, tables, FeatureTable::values).into())
    };
    let origins = tables.iter().flat_map(|table| table.origins()).cloned().collect();
    let encoders = encoders(&clips, tables);
    let table = FeatureTable::of_checked(clips.into_iter().collect(), values).with_origins(Ok(origins));
    if encoders.len() < 2 { Ok(table) } else { table.with_encoders(encoders) }
}

/// The encoders of all tables, each with the clips that it has no row of.
fn encoders(clips: &[ClipName], tables: &[&FeatureTable]) -> Vec<EncoderColumns> {
    let mut encoders = Vec::new();
    for table in tables {
        for encoder in table.encoders_beside(encoders.len() + 1) {
            let has = |clip: &ClipName| table.index().position(clip.as_str()).is_some() && encoder.has(clip);
            let mut missing: Vec<ClipName> = clips.iter().filter(|clip| !has(clip)).cloned().collect();
            missing.sort_unstable();
            encoders.push(EncoderColumns { missing, ..encoder });
        }
    }
    encoders
}

/// The columns of all tables, with the rows of these clips.
fn columns<'t, T: Copy + Default + 't>(
    clips: &[ClipName],
    tables: &[&'t FeatureTable],
    values: impl Fn(&'t FeatureTable) -> CowArray<'t, T, Ix2>,
) -> Array2<T> {
    let width = tables.iter().map(|table| table.width()).sum();
    let mut fused = Array2::default((clips.len(), width));
    let mut start = 0;
    for table in tables {
        let values = values(table);
        let end = start + table.width();
        for (mut row, clip) in fused.rows_mut().into_iter().zip(clips) {
            for from in table.index().rows_of(clip.as_str()) {
                row.slice_mut(s![start..end]).assign(&values.row(*from));
            }
        }
        start = end;
    }
    fused
}

/// What each table lacks of the clips that any of them has.
fn missing(tables: &[&FeatureTable]) -> Vec<FusionFault> {
    let all: BTreeSet<&ClipName> = tables.iter().flat_map(|table| table.clips()).collect();
    let fault = |(table, features): (usize, &&FeatureTable)| {
        let lacks = |clip: &&&ClipName| features.index().position(clip.as_str()).is_none();
        FusionFault { table, missing: all.iter().filter(lacks).map(|clip| (*clip).clone()).collect() }
    };
    tables.iter().enumerate().map(fault).filter(|fault| !fault.missing.is_empty()).collect()
}
