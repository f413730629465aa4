//! `blemore predict`: predictions from one checkpoint file.

mod clip;
mod network;

use std::path::Path;

use blemore::data::{Alignment, Unmatched};
use blemore::decode::{Outputs, TrainedDecoder};
use blemore::eval::{Predictions, decode_all};
use blemore::features::{FeatureFolder, FeatureRows, FeatureTable};
use blemore::labels::Label;
use blemore::models::{Checkpoint, Decision, FineTunedCheckpoint};
use blemore::run::OutputTables;
use blemore_cli::advice;
use blemore_cli::arguments::Predict;
use blemore_cli::output::{Output, check_output};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use serde::Serialize;

use blemore_cli::Failure;

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    n_clips: usize,
    n_blends: usize,
    /// Clips that were in the training part of the checkpoint.
    n_seen: usize,
    /// The feature set that the checkpoint was trained on.
    trained_on: String,
}

pub(crate) fn run(output: Output, arguments: &Predict) -> Result<(), Failure> {
    let path = &arguments.checkpoint;
    let is_network = path.is_file() && FineTunedCheckpoint::is_in(path)?;
    let wrong = |problem: &str| Err(Failure::input(format!("{}: {problem}", path.display())));
    match (arguments, is_network) {
        (Predict { clips: Some(clips), output: Some(target), .. }, true) => {
            network::of_folder(output, arguments, clips, target)
        }
        (Predict { clip: Some(clip), .. }, true) => network::of_clip(output, arguments, clip),
        (_, true) => wrong("a fine-tuned network takes --clips or --clip, and no features"),
        (Predict { clips: Some(_), .. }, false) => {
            wrong("a model of features: make them with `blemore encode`, and give it --features")
        }
        (Predict { faces: Some(_), .. } | Predict { face_detector: Some(_), .. }, false) => {
            wrong("a model of features: --faces and --face-detector are for a fine-tuned network")
        }
        (Predict { clip: Some(clip), .. }, false) => clip::run(output, arguments, clip),
        (Predict { features: Some(features), output: Some(target), .. }, false) => {
            of_features(output, arguments, features, target)
        }
        _ => Err(Failure::input("name --features or --clips, and --output; or --clip")),
    }
}

/// A checkpoint; of a folder, the error names one in it.
fn read_checkpoint(path: &Path) -> Result<Checkpoint, Failure> {
    Checkpoint::read(path).map_err(|error| Failure::from(error).advised(advice::checkpoint_in(path)))
}

fn of_features(output: Output, arguments: &Predict, features: &Path, target: &Path) -> Result<(), Failure> {
    let inputs = [arguments.checkpoint.as_path(), features].into_iter();
    let inputs: Vec<&Path> = inputs.chain(arguments.decoder.as_deref()).collect();
    check_output(target, "json", arguments.force, &inputs)?;
    let checkpoint = read_checkpoint(&arguments.checkpoint)?;
    let decoder = arguments.decoder.as_ref().map(TrainedDecoder::read).transpose()?;
    let table = read_features(output, features, &checkpoint)?;
    let file = features.display().to_string();
    let rows = match &arguments.metadata {
        None => FeatureRows::from(&table),
        Some(metadata) => {
            let metadata = read::names(output, metadata)?;
            let alignment = Alignment::new(table.index(), &metadata, None);
            table.rows_of_clips(alignment.require(&file, Unmatched::DropFeatures)?.feature_clips())?
        }
    };
    let clips = rows.clips();
    if rows.len() > clips.len() {
        let (rows, clips) = (rows.len(), clips.len());
        output
            .note(format!("{file}: {rows} rows of {clips} clips; the logits of a clip's rows are averaged"));
    }
    let n_seen = clips.iter().filter(|clip| checkpoint.has_seen(clip)).count();
    let tables = checkpoint.outputs(rows)?.to_tables(clips.into_iter().cloned().collect())?;
    let labels = labels((checkpoint.feature_set(), checkpoint.decision()), decoder.as_ref(), &tables)?;
    write(output, target, &file, (&tables, labels), (n_seen, checkpoint.feature_set()))
}

/// Writes the predictions, and says what they are of.
fn write(
    output: Output,
    target: &Path,
    source: &str,
    (tables, labels): (&OutputTables, Vec<Label>),
    (n_seen, trained_on): (usize, &str),
) -> Result<(), Failure> {
    if n_seen > 0 {
        let all = labels.len();
        output.note(format!(
            "{source}: {n_seen} of {all} clips were in the training part of this checkpoint: what it says of them is no test"
        ));
    }
    let n_blends = labels.iter().filter(|label| label.is_blend()).count();
    let predictions: Predictions = tables.emotions.clips().iter().cloned().zip(labels).collect();
    predictions.write(target)?;
    let document = Document {
        output: target.display().to_string(),
        n_clips: predictions.len(),
        n_blends,
        n_seen,
        trained_on: trained_on.to_owned(),
    };
    output.result(&document, |document| {
        format!(
            "{}: {} clips, {} of them blends, by a model trained on {}",
            document.output, document.n_clips, document.n_blends, document.trained_on
        )
    })
}

/// The label of each clip, by a decoder of its six probabilities, or by the checkpoint's decision.
fn labels(
    (feature_set, decision): (&str, Decision),
    decoder: Option<&TrainedDecoder>,
    tables: &OutputTables,
) -> Result<Vec<Label>, Failure> {
    let table = &tables.emotions;
    match (decoder, decision) {
        (Some(decoder), _) => Ok(decoder.decode(&Outputs::new([(feature_set, table)])?)?),
        (None, Decision::Thresholds(thresholds)) => Ok(decode_all(table.probabilities(), thresholds)),
        (None, decision @ Decision::ExpectedScore(_)) => Ok(decision.decode(&tables.outputs()?)?),
    }
}

/// A table; or the rows of all arrays in a folder, which a model of subsampled features takes (Table III).
fn read_features(output: Output, path: &Path, checkpoint: &Checkpoint) -> Result<FeatureTable, Failure> {
    if !path.is_dir() {
        let table = FeatureTable::read(path)?;
        output.notes(path.display(), table.notes());
        return Ok(table);
    }
    let report = with_bar(output, |listener| FeatureFolder::new(path).subsample(listener))?;
    let (expected, found) = (checkpoint.model().width(), report.table.width());
    if found != expected {
        let path = path.display();
        return Err(Failure::input(format!(
            "the arrays in {path} have {found} values per frame, and the model takes {expected}: if it was trained on \
             aggregated features, make a table of the arrays with `blemore aggregate`"
        )));
    }
    if let Some(dropped_axes) = report.dropped_axes {
        output.note(format!("{}: {dropped_axes}", path.display()));
    }
    Ok(report.table)
}
