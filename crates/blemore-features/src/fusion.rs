//! Early fusion: the features of several encoders side by side (Section IV of the paper).

use std::collections::HashMap;
use std::fmt;

use blemore_labels::ClipName;

use crate::error::{Names, counted};
use crate::{Error, FeatureTable};

/// Clips that one of several tables lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FusionFault {
    /// The table, from 0, in the order in which they were given.
    pub table: usize,
    /// Clips that other tables have and this one has not, in name order.
    pub missing: Vec<ClipName>,
}

impl FusionFault {
    /// How many clips are missing and which, for messages that name the table themselves.
    ///
    /// ```
    /// let fault = blemore_features::FusionFault { table: 1, missing: vec!["test_0002".parse()?] };
    /// assert_eq!(fault.clips(), "1 clip: test_0002");
    /// assert_eq!(fault.to_string(), "table 2 lacks 1 clip: test_0002");
    /// # Ok::<(), blemore_labels::Error>(())
    /// ```
    #[must_use]
    pub fn clips(&self) -> String {
        format!("{}: {}", counted(self.missing.len(), "clip"), Names(&self.missing))
    }
}

impl fmt::Display for FusionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {} lacks {}", self.table + 1, self.clips())
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
/// table.
///
/// The result is f64 when one of the tables is.
///
/// # Errors
/// [`Error::NoTables`]; [`Error::Fusion`] with every clip that some table lacks.
///
/// ```
/// use blemore_features::{FeatureTable, fuse};
/// use ndarray::array;
///
/// let [one, two] = ["test_0001", "test_0002"].map(|name| name.parse::<blemore_labels::ClipName>().unwrap());
/// let video = FeatureTable::new(vec![one.clone(), two.clone()], array![[1.0], [2.0]])?;
/// let audio = FeatureTable::new(vec![two, one], array![[20.0, 21.0], [10.0, 11.0]])?;
/// assert_eq!(fuse(&[video, audio])?.values(), array![[1.0, 10.0, 11.0], [2.0, 20.0, 21.0]]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
pub fn fuse(tables: &[FeatureTable]) -> Result<FeatureTable, Error> {
    let faults = missing(tables);
    if faults.is_empty() { side_by_side(tables) } else { Err(Error::Fusion { faults }) }
}

/// As [`fuse`], of the clips that all tables have; the others are listed.
///
/// # Errors
/// [`Error::NoTables`]; [`Error::NothingInCommon`] when no clip is left.
pub fn fuse_common(tables: &[FeatureTable]) -> Result<Fusion, Error> {
    let table = side_by_side(tables)?;
    if table.is_empty() && tables.iter().any(|table| !table.is_empty()) {
        return Err(Error::NothingInCommon { tables: tables.len() });
    }
    Ok(Fusion { table, left_out: missing(tables) })
}

fn side_by_side(tables: &[FeatureTable]) -> Result<FeatureTable, Error> {
    let first = tables.first().ok_or(Error::NoTables)?;
    let mut clips = Vec::with_capacity(first.len());
    let mut rows = vec![Vec::with_capacity(first.len()); tables.len()];
    for clip in first.clips() {
        let found: Option<Vec<usize>> = tables.iter().map(|table| table.row_of(clip.as_str())).collect();
        if let Some(found) = found {
            clips.push(clip.clone());
            rows.iter_mut().zip(found).for_each(|(rows, row)| rows.push(row));
        }
    }
    let parts: Vec<_> = tables.iter().zip(rows).collect();
    FeatureTable::beside(clips, &parts)
}

/// What each table lacks of the clips that any of them has.
fn missing(tables: &[FeatureTable]) -> Vec<FusionFault> {
    let mut holders: HashMap<&ClipName, usize> = HashMap::new();
    for clip in tables.iter().flat_map(FeatureTable::clips) {
        *holders.entry(clip).or_default() += 1;
    }
    let mut partial: Vec<&ClipName> =
        holders.into_iter().filter(|(_, count)| *count < tables.len()).map(|(clip, _)| clip).collect();
    partial.sort_unstable();
    let lacking = |table: &FeatureTable| -> Vec<ClipName> {
        partial
            .iter()
            .filter(|clip| table.row_of(clip.as_str()).is_none())
            .map(|clip| (*clip).clone())
            .collect()
    };
    let faults =
        tables.iter().enumerate().map(|(table, features)| FusionFault { table, missing: lacking(features) });
    faults.filter(|fault| !fault.missing.is_empty()).collect()
}
