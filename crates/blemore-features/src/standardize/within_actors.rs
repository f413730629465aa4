//! Standardisation within each actor, for plots: what is left is the expression, not who plays it.

use std::collections::BTreeMap;

use blemore_base::list::{Names, counted};
use ndarray::{Array2, Axis};

use crate::{Error, FeatureTable, Standardizer};

/// The (R, D) features of a table, standardised over the rows of each actor by themselves.
///
/// It is for plots (the paper's figures of features) and not for training, because it looks at all clips of an
/// actor, those of other folds included.
///
/// # Errors
/// [`Error::Mismatch`] with every clip whose name tells no actor.
///
/// ```
/// use blemore_features::{FeatureTable, standardize_within_actors};
/// use ndarray::array;
///
/// let names = ["A1_ang_int1_ver1", "A2_ang_int1_ver1", "A1_hap_int1_ver1", "A2_hap_int1_ver1"];
/// let clips = names.map(|name| name.parse().unwrap());
/// let table = FeatureTable::new(clips, array![[1.0], [100.0], [3.0], [300.0]])?;
/// assert_eq!(standardize_within_actors(&table)?, array![[-1.0], [-1.0], [1.0], [1.0]]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
pub fn standardize_within_actors(table: &FeatureTable) -> Result<Array2<f32>, Error> {
    let mut rows_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut without = Vec::new();
    for clip in table.clips() {
        match clip.actor() {
            Some(actor) => rows_of.entry(actor).or_default().extend(table.index().rows_of(clip.as_str())),
            None => without.push(clip.clone()),
        }
    }
    if !without.is_empty() {
        let clips = counted(without.len(), "clip");
        return Err(Error::Mismatch(format!("{clips} without an actor in the name: {}", Names(&without))));
    }
    let mut out = Array2::zeros((table.len(), table.width()));
    for rows in rows_of.values() {
        let of_actor = table.rows(rows)?;
        let standardized = Standardizer::fit(of_actor.clone())?.apply(of_actor)?.to_array();
        for (row, values) in rows.iter().zip(standardized.axis_iter(Axis(0))) {
            out.row_mut(*row).assign(&values);
        }
    }
    Ok(out)
}
