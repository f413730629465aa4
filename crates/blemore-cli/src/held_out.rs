//! What a table of outputs says of its system, as several commands show it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use blemore_data::Metadata;
use blemore_eval::{GridSearch, Scale};
use blemore_run::GENERATED_CLIPS;
use blemore_run::figures::{Decoding, HeldOutClips, HeldOutReport};

use crate::failure::Failure;
use crate::output::Output;
use crate::systems::Systems;

/// Metadata that are read already, with their path.
pub(crate) type Given<'a> = Option<(&'a PathBuf, &'a Metadata)>;

/// The accuracies and figures of a table of outputs. Without metadata the clips' names tell all.
pub(crate) fn held_out(
    output: Output,
    path: &PathBuf,
    scale: Scale,
    given: Given<'_>,
    by: &[String],
) -> Result<HeldOutReport, Failure> {
    let systems = Systems::with_metadata(output, std::slice::from_ref(path), scale, given)?;
    systems.refuse_foreign_metadata(None)?;
    let training = systems.training(output, &systems.known()?)?;
    let clips = training.outputs().clips().to_vec();
    let of_names;
    let metadata = match given {
        Some((_, metadata)) => metadata,
        None => {
            of_names = Metadata::of_names(clips.iter().cloned())?;
            &of_names
        }
    };
    let search = GridSearch::default();
    let held_out = HeldOutClips {
        title: training.outputs().names()[0].clone()
            + if metadata.is_generated() { GENERATED_CLIPS } else { "" },
        probabilities: training.outputs().systems()[0].clone(),
        labels: training.labels().to_vec(),
        folds: training.folds().to_vec(),
        decoding: Decoding::Thresholds(BTreeMap::new()),
        clips,
    };
    Ok(held_out.tune(&search)?.report(&search, metadata, by)?)
}
