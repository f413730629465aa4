//! What the commands that train have in common.

use std::path::Path;

use blemore::Partition;
use blemore::data::Metadata;
use blemore::features::{FeatureTable, OnSuspicion, Origin, TableQuality};
use blemore::models::check_device;
use blemore::run::{Arithmetic, Execution, RANDOM_WEIGHTS, RandomOrder, Recipe};

use blemore_cli::Failure;
use blemore_cli::arguments::{ExecutionArguments, Training};
use blemore_cli::output::Output;
use blemore_cli::read;

/// The recipe: the paper's for features, changed by the file, changed by the options.
pub(crate) fn recipe(arguments: &Training) -> Result<Recipe, Failure> {
    recipe_over(Recipe::default(), arguments)
}

/// This recipe, changed by the file, changed by the options.
pub(crate) fn recipe_over(base: Recipe, arguments: &Training) -> Result<Recipe, Failure> {
    let base = match &arguments.recipe {
        Some(path) => base.read_over(path)?,
        None => base,
    };
    // Whoever asks for the published order wants the published operations.
    let arithmetic = match arguments.rng {
        Some(RandomOrder::Reference) => Arithmetic::Published,
        _ => base.arithmetic,
    };
    let recipe = Recipe {
        epochs: arguments.epochs.unwrap_or(base.epochs),
        learning_rate: arguments.learning_rate.unwrap_or(base.learning_rate),
        weight_decay: arguments.weight_decay.unwrap_or(base.weight_decay),
        batch_size: arguments.batch_size.unwrap_or(base.batch_size),
        seed: arguments.seed.unwrap_or(base.seed),
        random_order: arguments.rng.unwrap_or(base.random_order),
        arithmetic,
        ..base
    };
    recipe.validate()?;
    Ok(recipe)
}

/// What training runs on, after a look whether it is there.
pub(crate) fn execution(arguments: ExecutionArguments) -> Result<Execution, Failure> {
    let execution = Execution::from(arguments);
    check_device(execution.device)?;
    Ok(execution)
}

/// Says, should the program be interrupted, that finished cells are kept in this folder.
pub(crate) fn keeps_cells(folder: &Path) {
    blemore_cli::interrupt::will_keep(format!(
        "finished cells and the states of unfinished ones are in {}: the same command goes on from there",
        folder.display()
    ));
}

/// Reads a table of aggregated features; its notes go to stderr.
pub(crate) fn read_features(output: Output, path: &Path) -> Result<FeatureTable, Failure> {
    let table = read::features(output, path)?;
    table.require_one_row_per_clip()?;
    Ok(table)
}

/// What to do about suspect features.
pub(crate) fn on_suspicion(is_strict: bool) -> OnSuspicion {
    if is_strict { OnSuspicion::Refuse } else { OnSuspicion::Note }
}

/// The features of a file, which are those of test clips where there is a `training`.
pub(crate) struct Features<'a> {
    pub(crate) path: &'a Path,
    pub(crate) table: &'a FeatureTable,
    pub(crate) training: Option<&'a TableQuality>,
    pub(crate) on_suspicion: OnSuspicion,
}

/// Joins the features of a file and the metadata of one partition, and says what is suspect about the values; rows of
/// clips that the `other` lists, which has no clip and no actor of this one, are left out.
pub(crate) fn join<'a>(
    output: Output,
    features: &Features<'a>,
    metadata: &'a Metadata,
    other: Option<&Metadata>,
) -> Result<(Partition<'a>, TableQuality), Failure> {
    if let Some(other) = other {
        metadata.require_separate(other)?;
    }
    let file = features.path.display().to_string();
    let partition = Partition::join_beside(file, features.table, metadata, other)?;
    let (quality, suspicions) = partition.check_features(features.training, features.on_suspicion)?;
    output.notes(features.path.display(), &suspicions);
    let is_random = partition.origins().iter().any(Origin::is_random);
    let mark = if is_random { RANDOM_WEIGHTS } else { "" };
    Ok((partition.renamed(features_name(features.path) + mark), quality))
}

/// The name of a feature set: that of its file, without extension.
pub(crate) fn features_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned())
}
