//! `blemore late-fuse`: one table of probabilities from those of several systems.

use std::collections::BTreeMap;
use std::path::PathBuf;

use blemore_decode::{Fusion, Training, fuse};
use blemore_eval::{Probabilities, ProbabilityTable};
use serde::Serialize;

use crate::arguments::LateFuse;
use crate::failure::Failure;
use crate::output::{Output, check_output, table};
use crate::systems::{Known, Systems};

/// By the fold that is decoded: the weight of each system.
type Weights = BTreeMap<String, Vec<f64>>;

/// What the weights of clips without a fold are called.
const ALL_FOLDS: &str = "all";

pub(crate) fn run(output: Output, arguments: &LateFuse) -> Result<(), Failure> {
    let inputs = arguments.probabilities.iter().chain(&arguments.fit).chain(&arguments.tables.metadata);
    check_output(
        &arguments.output,
        "csv",
        arguments.force,
        &inputs.map(PathBuf::as_path).collect::<Vec<_>>(),
    )?;
    let systems = Systems::read(output, &arguments.probabilities, &arguments.tables)?;
    let fusion = Fusion::from(arguments.weights);
    let (rows, weights) = if !arguments.fit.is_empty() {
        let validation = Systems::read(output, &arguments.fit, &arguments.tables)?;
        systems.refuse_foreign_metadata(Some(&validation))?;
        systems.note_learned_from(output, &validation);
        let training = validation.training(output, &validation.known()?)?;
        let weights = fusion.weights(&training)?;
        (fuse(&systems.outputs, &weights)?, BTreeMap::from([(ALL_FOLDS.to_owned(), weights)]))
    } else if fusion == Fusion::Mean {
        systems.refuse_foreign_metadata(None)?;
        let count = arguments.probabilities.len();
        let weights = vec![1.0 / count as f64; count];
        (fuse(&systems.outputs, &weights)?, BTreeMap::from([(ALL_FOLDS.to_owned(), weights)]))
    } else {
        systems.refuse_foreign_metadata(None)?;
        let known = systems.known()?;
        let training = systems.training(output, &known)?;
        by_fold(&systems, &known, &training, fusion)?
    };
    let fused = ProbabilityTable::new(systems.outputs.clips().to_vec(), rows)?;
    systems.with_folds(fused)?.write(&arguments.output)?;
    let n_clips = systems.outputs.clips().len();
    let names = systems.outputs.names().to_vec();
    output.result(&Document { output: arguments.output.clone(), n_clips, systems: names, weights }, text)
}

/// Each fold with the weights that the other folds give, clips without a fold with those of all folds.
fn by_fold(
    systems: &Systems,
    known: &Known,
    training: &Training,
    fusion: Fusion,
) -> Result<(Probabilities<f64>, Weights), Failure> {
    if training.fold_numbers().len() < 2 {
        let one = "weights that are learned need clips of at least two folds: give the folds, or --fit with other clips";
        return Err(systems.failure(one.to_owned()));
    }
    // Where no clip came with a fold, the folds were made: they are the training's.
    let folds: Vec<Option<i64>> = if known.folds.iter().all(Option::is_none) {
        training.folds().iter().copied().map(Some).collect()
    } else {
        known.folds.clone()
    };
    let all = fusion.weights(training)?;
    let mut rows = fuse(&systems.outputs, &all)?.rows().to_vec();
    let mut weights = BTreeMap::from([(ALL_FOLDS.to_owned(), all)]);
    for fold in training.fold_numbers() {
        let learned = fusion.weights(&training.only(|other| other != fold)?)?;
        let fused = fuse(&systems.outputs, &learned)?;
        for ((row, fused), other) in rows.iter_mut().zip(fused.rows()).zip(&folds) {
            if *other == Some(fold) {
                *row = *fused;
            }
        }
        weights.insert(fold.to_string(), learned);
    }
    Ok((Probabilities::new(rows)?, weights))
}

/// What was written.
#[derive(Serialize)]
struct Document {
    output: PathBuf,
    n_clips: usize,
    systems: Vec<String>,
    weights: Weights,
}

fn text(document: &Document) -> String {
    let mut header = vec!["fold"];
    header.extend(document.systems.iter().map(String::as_str));
    let row = |(fold, weights): (&String, &Vec<f64>)| {
        std::iter::once(fold.clone()).chain(weights.iter().map(|weight| format!("{weight:.3}"))).collect()
    };
    let weights = table(&header, 1, document.weights.iter().map(row).collect());
    format!("{}: {} clips, weighed by\n{weights}", document.output.display(), document.n_clips)
}
