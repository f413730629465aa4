//! The files of a result's folder.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_eval::{Probabilities, ProbabilityTable};
use blemore_labels::ClipName;

use crate::results::folder::cannot_write;
use crate::{Error, Recipe, ResultsFolder};

/// The recipe, in a result's folder.
pub const RECIPE_FILE: &str = "recipe.toml";
/// Weights, standardiser and thresholds, in a result's folder.
pub const CHECKPOINT_FILE: &str = "checkpoint.safetensors";
/// Every epoch for TensorBoard, in a result's folder; it looks for this beginning of the name.
pub const EVENTS_FILE: &str = "events.out.tfevents.blemore";
/// The state of an unfinished fit.
pub const STATE_FILE: &str = "state.safetensors";
/// Out-of-fold probabilities, in a result's folder.
pub const PROBABILITIES_FILE: &str = "probabilities.csv";

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

/// Probabilities of f32 in the f64 of a table, exactly.
pub fn probability_table(
    clips: Vec<ClipName>,
    probabilities: &Probabilities<f32>,
) -> Result<ProbabilityTable, Error> {
    let rows = probabilities.iter().map(|row| row.map(f64::from)).collect();
    Ok(ProbabilityTable::new(clips, Probabilities::new(rows)?)?)
}

/// Probabilities of a cell as the model gave them: f32, so that differences between them are what they were when the
/// thresholds were chosen.
pub fn as_predicted(table: &ProbabilityTable) -> Result<Probabilities<f32>, Error> {
    #[expect(clippy::cast_possible_truncation, reason = "exact: the values were f32")]
    let rows = table.probabilities().iter().map(|row| row.map(|value| value as f32));
    Ok(Probabilities::new(rows.collect())?)
}
