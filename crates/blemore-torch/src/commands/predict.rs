//! `blemore predict`: predictions from one checkpoint file.

mod clip;

use std::path::Path;

use blemore::data::{Alignment, Unmatched};
use blemore::decode::{Outputs, TrainedDecoder};
use blemore::eval::{Predictions, decode_all};
use blemore::features::{FeatureFolder, FeatureRows, FeatureTable};
use blemore::labels::Label;
use blemore::models::{Checkpoint, Decision};
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
    match (&arguments.clip, &arguments.features, &arguments.output) {
        (Some(clip), ..) => clip::run(output, arguments, clip),
        (None, Some(features), Some(target)) => of_features(output, arguments, features, target),
        _ => Err(Failure::input("name --features and --output, or --clip")),
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
    if n_seen > 0 {
        let all = clips.len();
        output.note(format!(
            "{file}: {n_seen} of {all} clips were in the training part of this checkpoint: what it says of them is no test"
        ));
    }
    let named = clips.iter().map(|clip| (*clip).clone()).collect();
    let tables = checkpoint.outputs(rows)?.to_tables(named)?;
    let labels = labels(&checkpoint, decoder.as_ref(), &tables)?;
    let n_blends = labels.iter().filter(|label| label.is_blend()).count();
    let predictions: Predictions = clips.into_iter().cloned().zip(labels).collect();
    predictions.write(target)?;
    let document = Document {
        output: target.display().to_string(),
        n_clips: predictions.len(),
        n_blends,
        n_seen,
        trained_on: checkpoint.feature_set().to_owned(),
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
    checkpoint: &Checkpoint,
    decoder: Option<&TrainedDecoder>,
    tables: &OutputTables,
) -> Result<Vec<Label>, Failure> {
    let table = &tables.emotions;
    match (decoder, checkpoint.decision()) {
        (Some(decoder), _) => Ok(decoder.decode(&Outputs::new([(checkpoint.feature_set(), table)])?)?),
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
