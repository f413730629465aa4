//! `blemore predict`: predictions from one checkpoint file.

use blemore::data::{Alignment, Unmatched};
use blemore::eval::Predictions;
use blemore::models::Checkpoint;
use blemore_cli::arguments::Predict;
use blemore_cli::output::{Output, refuse_overwriting};
use blemore_cli::read;
use serde::Serialize;

use super::training::read_features;
use crate::failure::Failure;

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    n_clips: usize,
    n_blends: usize,
    /// The feature set that the checkpoint was trained on.
    trained_on: String,
}

pub(crate) fn run(output: Output, arguments: &Predict) -> Result<(), Failure> {
    refuse_overwriting(&arguments.output, arguments.force)?;
    let checkpoint = Checkpoint::read(&arguments.checkpoint)?;
    let mut features = read_features(output, &arguments.features)?;
    if let Some(metadata) = &arguments.metadata {
        let metadata = read::names(output, metadata)?;
        let alignment = Alignment::new(features.clips(), &metadata);
        let file = arguments.features.display().to_string();
        let alignment = alignment.require(&file, Unmatched::DropFeatures)?;
        features = features.select(alignment.feature_rows())?;
    }
    let labels = checkpoint.predict(&features)?;
    let n_blends = labels.iter().filter(|label| label.is_blend()).count();
    let predictions: Predictions = features.clips().iter().cloned().zip(labels).collect();
    predictions.write(&arguments.output)?;
    let document = Document {
        output: arguments.output.display().to_string(),
        n_clips: predictions.len(),
        n_blends,
        trained_on: checkpoint.feature_set().to_owned(),
    };
    output.result(&document, |document| {
        format!(
            "{}: {} clips, {} of them blends, by a model trained on {}",
            document.output, document.n_clips, document.n_blends, document.trained_on
        )
    })?;
    Ok(())
}
