//! The files of a result's folder.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_eval::ProbabilityTable;

use crate::label_table::LabelTable;
use crate::results::folder::cannot_write;
use crate::{Error, OutputTables, Recipe, ResultsFolder};

/// What was run, in a results folder.
pub const RUN_FILE: &str = "run.json";
/// A results folder per row, in the folder of a reproduction.
pub const ROWS_FOLDER: &str = "rows";
/// The recipe, in a result's folder.
pub const RECIPE_FILE: &str = "recipe.toml";
/// Weights, standardiser and thresholds, in a result's folder.
pub const CHECKPOINT_FILE: &str = "checkpoint.safetensors";
/// Every epoch for TensorBoard, in a result's folder; it looks for this beginning of the name.
pub const EVENTS_FILE: &str = "events.out.tfevents.blemore";
/// The state of an unfinished fit.
pub const STATE_FILE: &str = "state.safetensors";
/// Out-of-fold probabilities, in a result's folder: six numbers of each clip, whatever the head.
pub const PROBABILITIES_FILE: &str = "probabilities.csv";
/// The probability of each label for the same clips, in a result's folder, where the head gives it.
pub const LABEL_PROBABILITIES_FILE: &str = "label_probabilities.csv";

/// What the model gave for the clips of the fold after each epoch, in a result's folder, where it was kept.
pub const EPOCH_OUTPUTS_FILE: &str = "epoch_outputs.safetensors";
/// The predictions on the test clips, in the folder of a held-out test.
pub const PREDICTIONS_FILE: &str = "predictions.json";

/// Where a cell's probabilities are.
pub fn probabilities_file(folder: &ResultsFolder, cell: &str) -> PathBuf {
    folder.of_result(cell).join(PROBABILITIES_FILE)
}

/// Writes the effective recipe into a result's folder.
///
/// # Errors
/// [`Error::Write`], [`Error::RecipeWrite`].
pub fn write_recipe(draft: &Path, recipe: &Recipe) -> Result<(), Error> {
    let path = draft.join(RECIPE_FILE);
    fs::write(&path, recipe.to_toml()?).map_err(cannot_write(&path))
}

/// Writes what a model gave into a result's folder.
///
/// # Errors
/// [`Error::Write`], [`Error::Eval`].
pub fn write_outputs(draft: &Path, tables: &OutputTables) -> Result<(), Error> {
    tables.emotions.write(draft.join(PROBABILITIES_FILE))?;
    tables.labels.as_ref().map_or(Ok(()), |labels| labels.write(&draft.join(LABEL_PROBABILITIES_FILE)))
}

/// Reads what a model gave from a result's folder.
///
/// # Errors
/// [`Error::Eval`], [`Error::Read`], [`Error::Damaged`] for a table of labels with other clips.
pub fn read_outputs(folder: &ResultsFolder, result: &str) -> Result<OutputTables, Error> {
    let emotions = ProbabilityTable::read(probabilities_file(folder, result))?;
    let path = folder.of_result(result).join(LABEL_PROBABILITIES_FILE);
    if !path.is_file() {
        return Ok(OutputTables { emotions, labels: None });
    }
    let labels = LabelTable::read(&path)?;
    if labels.clips() != emotions.clips() {
        let problem = format!("its clips are not those of {PROBABILITIES_FILE}");
        return Err(Error::Damaged { path, problem });
    }
    Ok(OutputTables { emotions, labels: Some(labels) })
}
