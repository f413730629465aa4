//! Figures 2 and 3 of the paper: the clips of a dataset.

use std::collections::HashMap;

use blemore_data::{ClipLength, ClipRecord, Dataset, FeatureSource, Metadata};
use blemore_figures::{Figure, LengthUnit};
use blemore_labels::{ClipName, Label};

use crate::Error;

/// Clips by emotions and salience. Clips without a label are left out.
pub fn structure_of(title: &str, dataset: &Dataset) -> Figure {
    let labels: Vec<Label> = records(dataset).filter_map(|record| record.label).collect();
    blemore_figures::structure(title, &labels)
}

/// How long single and blended clips are, from the first set of arrays with side files that tell seconds, or else from the
/// first set of arrays: in frames, or with `rate` frames per second in seconds. `None` where there are no arrays. Clips
/// without a label are left out.
///
/// # Errors
/// [`Error::Data`] for arrays and side files that cannot be read.
pub fn durations_of(dataset: &Dataset, rate: Option<f64>) -> Result<Option<Figure>, Error> {
    let label_of: HashMap<&ClipName, Label> =
        records(dataset).filter_map(|record| Some((&record.clip, record.label?))).collect();
    let mut first = None;
    for set in dataset.feature_sets() {
        let lengths = lengths(set)?;
        if lengths.is_empty() {
            continue;
        }
        let has_seconds = lengths.iter().all(|length| length.seconds.is_some());
        if has_seconds || first.is_none() {
            first = Some((set, lengths));
        }
        if has_seconds {
            break;
        }
    }
    Ok(first.map(|(set, lengths)| figure(set, &lengths, rate, &label_of)))
}

fn figure(
    set: &FeatureSource,
    lengths: &[ClipLength],
    rate: Option<f64>,
    label_of: &HashMap<&ClipName, Label>,
) -> Figure {
    let seconds = |length: &ClipLength| length.seconds.or_else(|| Some(length.frames as f64 / rate?));
    let in_seconds = lengths.iter().all(|length| seconds(length).is_some());
    let unit = if in_seconds { LengthUnit::Seconds } else { LengthUnit::Frames };
    let of_kind = |is_blend: bool| -> Vec<f64> {
        let of_clip = |length: &ClipLength| {
            let label = label_of.get(&length.clip).filter(|label| label.is_blend() == is_blend);
            label.map(|_| seconds(length).filter(|_| in_seconds).unwrap_or(length.frames as f64))
        };
        lengths.iter().filter_map(of_clip).collect()
    };
    blemore_figures::durations(&set.title(), &of_kind(false), &of_kind(true), unit)
}

/// Of both partitions.
fn lengths(set: &FeatureSource) -> Result<Vec<ClipLength>, Error> {
    let mut lengths = set.train().lengths()?;
    // One folder may serve both partitions.
    if let Some(test) = set.test().filter(|test| *test != set.train()) {
        lengths.extend(test.lengths()?);
    }
    Ok(lengths)
}

fn records(dataset: &Dataset) -> impl Iterator<Item = &ClipRecord> {
    dataset.test().into_iter().chain([dataset.train()]).flat_map(Metadata::clips)
}
