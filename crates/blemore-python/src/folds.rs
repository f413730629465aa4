//! Folds that keep actors apart.

use blemore_data::{ClipRecord, Folds, Metadata};
use blemore_labels::ClipName;
use pyo3::prelude::*;

use crate::convert::{labels, refusal, refused};

/// The fold of each row: checked where folds are given, else balanced new ones, alike in clips, blends and classes.
#[pyfunction]
fn folds_of_actors(
    actors: Vec<String>,
    labels: Option<&Bound<'_, PyAny>>,
    folds: Option<Vec<i64>>,
    count: usize,
    seed: u64,
) -> PyResult<Vec<i64>> {
    let labels = labels.map(self::labels).transpose()?;
    let lengths = [("labels", labels.as_ref().map(Vec::len)), ("folds", folds.as_ref().map(Vec::len))];
    for (what, found) in lengths {
        if let Some(found) = found.filter(|found| *found != actors.len()) {
            let rows = actors.len();
            return Err(refusal(format!("there are {rows} actors but {found} {what}: give one per row")));
        }
    }
    let record = |(row, actor): (usize, String)| {
        // Metadata know rows by clip names: these tell neither actor nor label.
        let clip = ClipName::parse(&format!("test_{row}")).map_err(refused)?;
        let label = labels.as_ref().map(|labels| labels[row]);
        let fold = folds.as_ref().map(|folds| folds[row]);
        Ok(ClipRecord { actor, label, fold, ..ClipRecord::of_name(clip) })
    };
    let records = actors.into_iter().enumerate().map(record).collect::<PyResult<Vec<_>>>()?;
    let metadata = Metadata::from_records(&records).map_err(refused)?;
    let found = match folds {
        Some(_) => Folds::new(&metadata),
        None => Folds::make(&metadata, count, seed),
    };
    Ok(found.map_err(refused)?.of_rows().to_vec())
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(folds_of_actors, module)?)
}
